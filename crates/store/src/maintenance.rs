//! Looking after the database: what it holds, whether it is sound, and copies of it.

use std::path::Path;

use domain::TenantId;

use crate::Store;
use crate::error::Error;
use crate::pool::{Backend, Pools};
use crate::sql::params;

/// How much a tenant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Articles.
    pub articles: u64,
    /// Histories of conversations.
    pub histories: u64,
    /// Learned answers.
    pub learned_answers: u64,
    /// Versions of all documents.
    pub versions: u64,
    /// Chunks of all versions.
    pub chunks: u64,
    /// Conversations.
    pub conversations: u64,
    /// Turns of all conversations.
    pub turns: u64,
    /// Identities.
    pub subjects: u64,
    /// Chunks that wait for the index.
    pub outbox: u64,
    /// Jobs that wait or run.
    pub jobs: u64,
    /// Jobs that were given up.
    pub dead_jobs: u64,
    /// Records of decisions.
    pub traces: u64,
}

impl Store {
    /// Returns how much a tenant has.
    pub async fn counts(&self, tenant: TenantId) -> Result<Counts, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let mut row = tx
            .one(
                "SELECT (SELECT COUNT(*) FROM documents WHERE tenant = $1 AND kind = 'article'),
                    (SELECT COUNT(*) FROM documents WHERE tenant = $1 AND kind = 'history'),
                    (SELECT COUNT(*) FROM documents WHERE tenant = $1 AND kind = 'learned_answer'),
                    (SELECT COUNT(*) FROM versions WHERE tenant = $1),
                    (SELECT COUNT(*) FROM chunks WHERE tenant = $1),
                    (SELECT COUNT(*) FROM conversations WHERE tenant = $1),
                    (SELECT COUNT(*) FROM turns WHERE tenant = $1),
                    (SELECT COUNT(*) FROM subjects WHERE tenant = $1),
                    (SELECT COUNT(*) FROM index_outbox WHERE tenant = $1),
                    (SELECT COUNT(*) FROM jobs WHERE tenant = $1 AND state <> 'dead'),
                    (SELECT COUNT(*) FROM jobs WHERE tenant = $1 AND state = 'dead'),
                    (SELECT COUNT(*) FROM traces WHERE tenant = $1)",
                params![tenant],
            )
            .await?;
        Ok(Counts {
            articles: row.count()?,
            histories: row.count()?,
            learned_answers: row.count()?,
            versions: row.count()?,
            chunks: row.count()?,
            conversations: row.count()?,
            turns: row.count()?,
            subjects: row.count()?,
            outbox: row.count()?,
            jobs: row.count()?,
            dead_jobs: row.count()?,
            traces: row.count()?,
        })
    }

    /// Writes a copy of the whole database to the new file `path`, while it is in use: the state of one
    /// moment.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is such a file, [`Error::Invalid`] on Postgres, which has its own tools.
    pub async fn backup_to(&self, path: &Path) -> Result<(), Error> {
        let Pools::Sqlite { readers, .. } = &self.pools else {
            let what = "a Postgres database is copied by its own tools, such as `pg_dump`".to_owned();
            return Err(Error::Invalid { what });
        };
        let name = path.display().to_string();
        if path.exists() {
            return Err(Error::Conflict { what: format!("there is a file `{name}` already") });
        }
        let mut connection = readers.acquire().await?;
        // Copying writes to the new file only, but a connection that may only read refuses it all the same.
        let read_only: i64 = sqlx::query_scalar("PRAGMA query_only").fetch_one(&mut *connection).await?;
        sqlx::query("PRAGMA query_only = OFF").execute(&mut *connection).await?;
        let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut *connection).await;
        if read_only != 0 {
            sqlx::query("PRAGMA query_only = ON").execute(&mut *connection).await?;
        }
        copied?;
        Ok(())
    }

    /// Looks for damage and returns what it finds, in words; nothing when all is well.
    pub async fn check_integrity(&self) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        let mut tx = self.pools.read(None).await?;
        if self.backend() == Backend::Sqlite {
            for mut row in tx.rows("PRAGMA integrity_check(20)", params![]).await? {
                let line = row.text()?;
                if line != "ok" {
                    found.push(line);
                }
            }
        }
        for (what, sql) in ORPHANS {
            let count = tx.one(sql, params![]).await?.int()?;
            if count > 0 {
                found.push(format!("{count} {what}"));
            }
        }
        Ok(found)
    }
}

/// Rules between tables that no constraint keeps.
const ORPHANS: [(&str, &str); 3] = [
    (
        "outbox rows are about a chunk that does not exist",
        "SELECT COUNT(*) FROM index_outbox o WHERE o.op <> 'remove' AND NOT EXISTS
             (SELECT 1 FROM chunks c WHERE c.tenant = o.tenant AND c.id = o.chunk)",
    ),
    (
        "conversations are gone and left turns or readers behind",
        "SELECT COUNT(*) FROM (SELECT tenant, conversation FROM turns
             UNION SELECT tenant, conversation FROM conversation_readers) AS parts
         WHERE NOT EXISTS (SELECT 1 FROM conversations c
             WHERE c.tenant = parts.tenant AND c.id = parts.conversation)",
    ),
    (
        "documents have no version that is valid now",
        "SELECT COUNT(*) FROM documents d WHERE NOT EXISTS
             (SELECT 1 FROM versions v WHERE v.tenant = d.tenant AND v.document = d.id
                  AND v.valid_to = 253402300799999)",
    ),
];
