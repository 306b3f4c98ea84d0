//! The schema, brought up to date when a store is opened.
//!
//! Both databases have the same numbered files. A migration is only ever added, and says with which older
//! programs it still agrees, so that nodes of the previous release can go on working beside newer ones.

use domain::TenantId;

use crate::error::Error;
use crate::people;
use crate::pool::{Backend, Pools};
use crate::sql::params;
use crate::tx::Tx;

struct Migration {
    version: i64,
    name: &'static str,
    /// The oldest schema version a program may know and still work on the migrated data.
    understood_from: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal, understood_from $from:literal) => {
        Migration {
            version: $version,
            name: $name,
            understood_from: $from,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_start", understood_from 1),
    // An older program counts on the database to remove turns with their conversation.
    migration!(2, "0002_fewer_foreign_keys", understood_from 2),
    // An older program tells a proven customer what was only claimed, and leaves accounts behind as they were.
    migration!(3, "0003_accounts", understood_from 3),
    // New tables only, which an older program leaves alone.
    migration!(4, "0004_live", understood_from 2),
    // As before.
    migration!(5, "0005_access", understood_from 2),
    // An older program would take in again who was erased.
    migration!(6, "0006_privacy", understood_from 6),
    // New tables only, which an older program leaves alone.
    migration!(7, "0007_proof", understood_from 6),
    // A new column, which an older program leaves alone.
    migration!(8, "0008_refusals", understood_from 6),
    // An older program would show a confined key everything.
    migration!(9, "0009_inboxes", understood_from 9),
    // A new table only, which an older program leaves alone.
    migration!(10, "0010_connections", understood_from 9),
    // A new table only, which an older program leaves alone.
    migration!(11, "0011_spending", understood_from 9),
    // An older program would learn from conversations in which looked-up facts were shown.
    migration!(12, "0012_triage_and_lookups", understood_from 12),
    // New tables only, which an older program leaves alone; they go with the rows that they hang on.
    migration!(13, "0013_feedback", understood_from 12),
    // An older program would go on writing for a company that is being removed.
    migration!(14, "0014_removals", understood_from 14),
];

/// The newest schema version that this program knows.
pub(crate) const KNOWN: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// The version that brought accounts.
const ACCOUNTS: i64 = 3;

const OWN_TABLE: &str = "CREATE TABLE IF NOT EXISTS _migrations (
    version         BIGINT NOT NULL PRIMARY KEY,
    name            TEXT   NOT NULL,
    understood_from BIGINT NOT NULL
)";

/// Applies what is missing, all of it or nothing. Where nothing is missing it only reads, so that an ordinary
/// role that may not create tables can open a migrated database.
pub(crate) async fn run(pools: &Pools) -> Result<(), Error> {
    let mut tx = pools.read(None).await?;
    if applied(&mut tx, pools.backend()).await? >= KNOWN {
        return Ok(());
    }
    drop(tx);
    let mut tx = pools.write(None).await?;
    if pools.backend() == Backend::Postgres {
        // Two nodes that start at once take turns.
        tx.execute("SELECT pg_advisory_xact_lock($1)", params![0x6261_636b_7374_6f72_i64]).await?;
    }
    tx.script(OWN_TABLE).await?;
    let applied = applied(&mut tx, pools.backend()).await?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > applied) {
        tx.script(match pools.backend() {
            Backend::Sqlite => migration.sqlite,
            Backend::Postgres => migration.postgres,
        })
        .await?;
        tx.execute(
            "INSERT INTO _migrations (version, name, understood_from) VALUES ($1, $2, $3)",
            params![migration.version, migration.name, migration.understood_from],
        )
        .await?;
        tracing::info!(schema.version = migration.version, "migrated the database to `{}`", migration.name);
    }
    if (1..ACCOUNTS).contains(&applied) {
        derive_accounts(&mut tx).await?;
    }
    tx.commit().await
}

/// Derives the accounts of data that is older than them.
async fn derive_accounts(tx: &mut Tx) -> Result<(), Error> {
    let rows = tx.rows("SELECT id FROM tenants ORDER BY id", params![]).await?;
    for mut row in rows {
        let tenant: TenantId = row.id()?;
        tx.act_for(Some(tenant)).await?;
        people::relink_everybody(tx, tenant).await?;
    }
    Ok(())
}

/// Returns the newest version applied, 0 for an empty database, and fails when this program is too old.
async fn applied(tx: &mut Tx, backend: Backend) -> Result<i64, Error> {
    let sql = match backend {
        Backend::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_migrations'",
        Backend::Postgres => {
            "SELECT COUNT(*) FROM pg_class WHERE relname = '_migrations' AND pg_table_is_visible(oid)"
        }
    };
    if tx.one(sql, params![]).await?.int()? == 0 {
        return Ok(0);
    }
    let sql = "SELECT COALESCE(MAX(version), 0), COALESCE(MAX(understood_from), 0) FROM _migrations";
    let mut row = tx.one(sql, params![]).await?;
    let (found, understood_from) = (row.int()?, row.int()?);
    if understood_from > KNOWN {
        return Err(Error::NewerSchema { found, known: KNOWN });
    }
    Ok(found)
}

#[cfg(any(test, feature = "testing"))]
impl crate::Store {
    /// Marks the database as one that only a newer program understands, and returns the version it claims.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn claim_newer_schema(&self) -> Result<i64, Error> {
        let version = KNOWN + 1;
        let mut tx = self.pools.write(None).await?;
        tx.execute(
            "INSERT INTO _migrations (version, name, understood_from) VALUES ($1, $2, $3)",
            params![version, "of a newer program", version],
        )
        .await?;
        tx.commit().await?;
        Ok(version)
    }
}
