//! Removing a tenant with everything it has, a bounded piece at a time.
//!
//! It is marked first, in the transaction that takes away what gives access to it: keys, accounts, sources and work
//! that waits. From then on no transaction for it begins, one that had begun before has ended, and it is in no list.
//! Its rows go in pieces, each in a transaction of its own, so that others are not kept waiting; broken off at any
//! point, the same calls go on. What stays is one entry in `removals`: which, when and by whom.
//!
//! What is removed goes by the list in [`crate::holdings`]; what is looked for afterwards goes by the schema of the
//! database itself, so that a table that was forgotten in the one is found by the other.

use domain::{TenantId, Timestamp};
use serde::Serialize;
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use crate::Store;
use crate::erasure::Found;
use crate::error::Error;
use crate::holdings::TABLES;
use crate::pool::Backend;
use crate::sql::{Row, params};

/// So many rows go in one transaction.
const PIECE: u32 = 1_000;
/// A table without an index by tenant, whose rows go by ranges of what they are found by.
const DETAILS: &str = "details";
/// So many ranges.
const RANGES: u32 = 256;
/// What is taken from first: whoever works on it looks for the chunks that it names.
const FIRST: &str = "index_outbox";
/// What is taken from last: nearly everything hangs on it.
const LAST: &str = "sources";

/// What gives access to a tenant, and work that waits for it.
const ACCESS: [&str; 7] = [
    "DELETE FROM api_keys WHERE tenant = $1",
    "DELETE FROM install_steps WHERE tenant = $1",
    "DELETE FROM channel_accounts WHERE tenant = $1",
    "DELETE FROM connections WHERE tenant = $1",
    "DELETE FROM messenger_secrets WHERE tenant = $1",
    "DELETE FROM step_ups WHERE tenant = $1",
    "DELETE FROM jobs WHERE tenant = $1",
];

/// That a tenant was removed: all that stays of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// Which.
    pub tenant: TenantId,
    /// Since when it was removed.
    pub began_at: Timestamp,
    /// When nothing of it was left; none while it is being removed.
    pub ended_at: Option<Timestamp>,
    /// By whom.
    pub removed_by: String,
}

/// How far the removal of rows has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    table: usize,
    range: u32,
}

/// What is left of a tenant in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Where, such as the name of a table.
    pub place: String,
    /// How much.
    pub count: u64,
}

impl Store {
    /// Marks a tenant as being removed since `at`, and takes away what gives access to it. Where it is marked
    /// already, the first mark stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such tenant.
    pub async fn begin_removal(&self, tenant: TenantId, at: Timestamp, by: &str) -> Result<(), Error> {
        let mut tx = self.pools.write_unasked(tenant).await?;
        let sql = match self.backend() {
            Backend::Sqlite => "SELECT removing_at FROM tenants WHERE id = $1",
            // Waits for everybody who writes for it.
            Backend::Postgres => "SELECT removing_at FROM tenants WHERE id = $1 FOR UPDATE",
        };
        let found = tx.find(sql, params![tenant]).await?;
        let marked = found.ok_or_else(|| Error::not_found("tenant", tenant))?.maybe_time()?;
        if marked.is_none() {
            tx.execute("UPDATE tenants SET removing_at = $2 WHERE id = $1", params![tenant, at]).await?;
            let sql = "INSERT INTO removals (id, began_at, removed_by) VALUES ($1, $2, $3)
                 ON CONFLICT (id, began_at) DO UPDATE SET ended_at = NULL, removed_by = excluded.removed_by";
            tx.execute(sql, params![tenant, at, by]).await?;
        }
        for sql in ACCESS {
            tx.execute(sql, params![tenant]).await?;
        }
        tx.commit().await
    }

    /// Removes some of the rows of a tenant that is marked, and returns how many of which table; `None` when there
    /// are no more.
    pub async fn remove_some(&self, tenant: TenantId, place: &mut Place) -> Result<Option<Found>, Error> {
        while let Some(table) = tables().nth(place.table) {
            let rows = self.remove_piece(tenant, table, place.range).await?;
            let is_whole = if table == DETAILS { place.range + 1 == RANGES } else { rows == 0 };
            *place = match (is_whole, table) {
                (true, _) => Place { table: place.table + 1, range: 0 },
                (false, DETAILS) => Place { range: place.range + 1, ..*place },
                (false, _) => *place,
            };
            if rows > 0 {
                return Ok(Some(Found { table, rows }));
            }
        }
        Ok(None)
    }

    async fn remove_piece(&self, tenant: TenantId, table: &'static str, range: u32) -> Result<u64, Error> {
        let mut tx = self.pools.write_unasked(tenant).await?;
        let rows = if table == DETAILS {
            let (from, to) = hashes(range);
            let sql = "DELETE FROM details WHERE tenant = $1 AND hash BETWEEN $2 AND $3";
            tx.execute(sql, params![tenant, from, to]).await?
        } else {
            let sql = match self.backend() {
                Backend::Sqlite => format!(
                    "DELETE FROM {table} WHERE rowid IN
                         (SELECT rowid FROM {table} WHERE tenant = $1 LIMIT {PIECE})"
                ),
                Backend::Postgres => format!(
                    "DELETE FROM {table} WHERE ctid = ANY
                         (ARRAY(SELECT ctid FROM {table} WHERE tenant = $1 LIMIT {PIECE}))"
                ),
            };
            tx.execute_str(AssertSqlSafe(sql).into_sql_str(), params![tenant]).await?
        };
        tx.commit().await?;
        Ok(rows)
    }

    /// Removes a tenant itself, of which nothing else is left, and notes when.
    pub async fn end_removal(&self, tenant: TenantId, at: Timestamp) -> Result<(), Error> {
        let mut tx = self.pools.write_unasked(tenant).await?;
        let sql = "DELETE FROM tenants WHERE id = $1 AND removing_at IS NOT NULL";
        tx.execute(sql, params![tenant]).await?;
        let sql = "UPDATE removals SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
        tx.execute(sql, params![tenant, at]).await?;
        tx.commit().await
    }

    /// Returns which tenants were removed, or are being removed, oldest first.
    pub async fn list_removals(&self) -> Result<Vec<Removal>, Error> {
        let mut tx = self.pools.read(None).await?;
        let sql = "SELECT id, began_at, ended_at, removed_by FROM removals ORDER BY began_at, id";
        tx.rows(sql, params![]).await?.into_iter().map(removal).collect()
    }

    /// Counts what every table of this database holds of a tenant that has a column `tenant`, declared or not, and
    /// the tenant itself. Nothing is left of one that was removed.
    pub async fn leftovers(&self, tenant: TenantId) -> Result<Vec<Left>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = match self.backend() {
            Backend::Sqlite => {
                "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND c.name = 'tenant' ORDER BY 1"
            }
            Backend::Postgres => {
                "SELECT table_name::text FROM information_schema.columns
                 WHERE table_schema = current_schema() AND column_name = 'tenant' ORDER BY 1"
            }
        };
        let mut places = vec![("tenants".to_owned(), "id")];
        for mut row in tx.rows(sql, params![]).await? {
            places.push((row.text()?, "tenant"));
        }
        let mut left = Vec::new();
        for (place, column) in places {
            let table = place.replace('"', "\"\"");
            let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{table}\" WHERE {column} = $1"));
            let rows = tx.rows_str(sql.into_sql_str(), params![tenant]).await?;
            let count = rows.into_iter().next().map_or(Ok(0), |mut row| row.count())?;
            if count > 0 {
                left.push(Left { place, count });
            }
        }
        Ok(left)
    }
}

fn removal(mut row: Row) -> Result<Removal, Error> {
    Ok(Removal {
        tenant: row.id()?,
        began_at: row.time()?,
        ended_at: row.maybe_time()?,
        removed_by: row.text()?,
    })
}

/// The tables that hold anything of tenants, each before what it hangs on.
fn tables() -> impl Iterator<Item = &'static str> {
    let of_tenants =
        TABLES.iter().filter(|holding| holding.columns.iter().any(|(name, _)| *name == "tenant"));
    let between = of_tenants.map(|holding| holding.table).filter(|table| ![FIRST, LAST].contains(table));
    std::iter::once(FIRST).chain(between).chain(std::iter::once(LAST))
}

/// Returns the first and the last hash of a range; together the ranges are all there are.
fn hashes(range: u32) -> (i64, i64) {
    let width = 1_i64 << 56;
    let from = i64::MIN.wrapping_add(i64::from(range).wrapping_mul(width));
    (from, from + (width - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_is_in_one_range() {
        assert_eq!((hashes(0).0, hashes(RANGES - 1).1), (i64::MIN, i64::MAX));
        for range in 1..RANGES {
            assert_eq!(hashes(range - 1).1 + 1, hashes(range).0, "{range}");
        }
    }

    #[test]
    fn every_table_with_a_tenant_stands_in_the_order_once() {
        let order: Vec<&str> = tables().collect();
        let declared =
            TABLES.iter().filter(|holding| holding.columns.iter().any(|(name, _)| *name == "tenant"));
        assert_eq!(order.len(), declared.count());
        assert!(order.first() == Some(&FIRST) && order.last() == Some(&LAST));
        assert!(order.contains(&DETAILS) && order.contains(&"audit") && !order.contains(&"removals"));
    }
}
