//! The sources that are read at intervals, by the names that people gave them, and how reading them goes.

use domain::record::{ExternalId, RecordKind};
use domain::{SourceId, TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::live::Sealed;
use crate::sql::{Row, params};

/// A source that is read at intervals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Whose it is.
    pub tenant: TenantId,
    /// What people call it; one of the tenant's has that name.
    pub name: String,
    /// The connector that reads it.
    pub kind: String,
    /// Its settings as JSON, without secrets; none where the configuration has them.
    pub settings: Option<String>,
    /// What opens it.
    pub secret: Option<Sealed>,
    /// The source under which its documents are known, once it was reached.
    pub source: Option<SourceId>,
    /// When it was added.
    pub added_at: Timestamp,
    /// Since when it is not read.
    pub paused_at: Option<Timestamp>,
    /// When the newest round began.
    pub began_at: Option<Timestamp>,
    /// When a round last ended, well or not.
    pub ended_at: Option<Timestamp>,
    /// When the newest round began that ended well: everything from before is known.
    pub read_to: Option<Timestamp>,
    /// The longest time between the beginnings of two rounds that ended well, in milliseconds.
    pub worst_gap_ms: i64,
    /// How the newest round ended, as JSON.
    pub report: Option<String>,
}

/// What is known of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holds {
    /// Documents, without what was made of conversations.
    pub documents: u64,
    /// Conversations.
    pub conversations: u64,
    /// Chunks that count now.
    pub chunks: u64,
    /// When the document was written that has been as it is for the longest.
    pub oldest: Option<Timestamp>,
    /// When the document was written that has been as it is for the shortest.
    pub newest: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "SELECT tenant, name, kind, settings, secret, source, added_at, paused_at, began_at, ended_at,
                read_to, worst_gap_ms, report
         FROM connections"
    };
}

impl Store {
    /// Adds a connection. One that has the name already keeps everything it has but its kind, unless the new
    /// one comes with settings of its own.
    ///
    /// # Errors
    /// [`Error::Conflict`] when settings come for a name that is taken.
    pub async fn add_connection(&self, new: &Connection) -> Result<(), Error> {
        let mut tx = self.pools.write(new.tenant).await?;
        let sql = "INSERT INTO connections (tenant, name, kind, settings, secret, source, added_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (tenant, name) DO UPDATE SET kind = excluded.kind
             WHERE excluded.settings IS NULL AND connections.settings IS NULL";
        let secret = new.secret.as_ref().map(|secret| secret.0.clone());
        let row = params![new.tenant, &new.name, &new.kind, &new.settings, secret, new.source, new.added_at];
        if tx.execute(sql, row).await? == 0 {
            return Err(Error::Conflict { what: format!("there is a source `{}` already", new.name) });
        }
        tx.commit().await
    }

    /// Returns the connections of a tenant, by name.
    pub async fn list_connections(&self, tenant: TenantId) -> Result<Vec<Connection>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(columns!(), " WHERE tenant = $1 ORDER BY name");
        tx.rows(sql, params![tenant]).await?.into_iter().map(read).collect()
    }

    /// Returns the connection of a name.
    pub async fn find_connection(&self, tenant: TenantId, name: &str) -> Result<Option<Connection>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(columns!(), " WHERE tenant = $1 AND name = $2");
        tx.find(sql, params![tenant, name]).await?.map(read).transpose()
    }

    /// Keeps a secret in place of any other.
    pub async fn put_connection_secret(
        &self,
        (tenant, name): (TenantId, &str),
        new: &Sealed,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE connections SET secret = $3 WHERE tenant = $1 AND name = $2";
        tx.execute(sql, params![tenant, name, new.0.clone()]).await?;
        tx.commit().await
    }

    /// Keeps `new` in place of the secret `old`; false where another one is kept by now.
    pub async fn replace_connection_secret(
        &self,
        (tenant, name): (TenantId, &str),
        old: &Sealed,
        new: &Sealed,
    ) -> Result<bool, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE connections SET secret = $4 WHERE tenant = $1 AND name = $2 AND secret = $3";
        let rows = tx.execute(sql, params![tenant, name, old.0.clone(), new.0.clone()]).await?;
        tx.commit().await?;
        Ok(rows > 0)
    }

    /// Notes that a connection is not read since `at`, or is read again; false where that was so already.
    pub async fn pause_connection(
        &self,
        (tenant, name): (TenantId, &str),
        at: Option<Timestamp>,
    ) -> Result<bool, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE connections SET paused_at = $3
             WHERE tenant = $1 AND name = $2 AND (paused_at IS NULL) <> ($4 = 1)";
        let rows = tx.execute(sql, params![tenant, name, at, at.is_none()]).await?;
        tx.commit().await?;
        Ok(rows > 0)
    }

    /// Takes a connection for a round that began at `began`, until `until`; false where somebody else has it.
    pub async fn begin_round(
        &self,
        (tenant, name): (TenantId, &str),
        began: Timestamp,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<bool, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE connections SET began_at = $3, leased_until = $5
             WHERE tenant = $1 AND name = $2 AND leased_until <= $4";
        let rows = tx.execute(sql, params![tenant, name, began, now, until]).await?;
        tx.commit().await?;
        Ok(rows > 0)
    }

    /// Keeps a connection that was taken until `until`.
    pub async fn hold_round(&self, tenant: TenantId, name: &str, until: Timestamp) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE connections SET leased_until = $3 WHERE tenant = $1 AND name = $2";
        tx.execute(sql, params![tenant, name, until]).await?;
        tx.commit().await
    }

    /// Notes how a round ended, and lets the connection go. `well` is when it began, where it saw everything.
    pub async fn round_ended(
        &self,
        (tenant, name): (TenantId, &str),
        (well, at): (Option<Timestamp>, Timestamp),
        source: Option<SourceId>,
        report: &str,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE connections SET ended_at = $3, leased_until = 0, source = COALESCE($5, source), report = $6,
                 worst_gap_ms = CASE WHEN $7 = 1 AND $4 - read_to > worst_gap_ms THEN $4 - read_to
                     ELSE worst_gap_ms END,
                 read_to = CASE WHEN $7 = 1 THEN $4 ELSE read_to END
             WHERE tenant = $1 AND name = $2";
        let began = well.unwrap_or(at);
        let row = params![tenant, name, at, began, source, report, well.is_some()];
        tx.execute(sql, row).await?;
        tx.commit().await
    }

    /// Forgets a connection; what was read of it stays. False where there is none.
    pub async fn remove_connection(&self, tenant: TenantId, name: &str) -> Result<bool, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let rows =
            tx.execute("DELETE FROM connections WHERE tenant = $1 AND name = $2", params![tenant, name]);
        let rows = rows.await?;
        tx.commit().await?;
        Ok(rows > 0)
    }

    /// Returns what is known of a source at a moment.
    pub async fn source_holds(
        &self,
        tenant: TenantId,
        source: SourceId,
        at: Timestamp,
    ) -> Result<Holds, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT (SELECT COUNT(*) FROM documents d
                    WHERE d.tenant = $1 AND d.source = $2 AND d.conversation IS NULL),
                (SELECT COUNT(*) FROM conversations c WHERE c.tenant = $1 AND c.source = $2),
                (SELECT COUNT(*) FROM chunks k JOIN documents d ON d.tenant = k.tenant AND d.id = k.document
                    WHERE k.tenant = $1 AND d.source = $2 AND k.valid_from <= $3 AND k.valid_to > $3),
                (SELECT MIN(v.valid_from) FROM versions v JOIN documents d ON d.tenant = v.tenant AND d.id = v.document
                    WHERE v.tenant = $1 AND d.source = $2 AND d.conversation IS NULL AND v.valid_to > $3),
                (SELECT MAX(v.valid_from) FROM versions v JOIN documents d ON d.tenant = v.tenant AND d.id = v.document
                    WHERE v.tenant = $1 AND d.source = $2 AND d.conversation IS NULL AND v.valid_to > $3)";
        let mut row = tx.one(sql, params![tenant, source, at]).await?;
        Ok(Holds {
            documents: row.count()?,
            conversations: row.count()?,
            chunks: row.count()?,
            oldest: row.maybe_time()?,
            newest: row.maybe_time()?,
        })
    }

    /// Returns up to `limit` things that are stored of a source, so that they can be deleted.
    pub async fn some_of_source(
        &self,
        tenant: TenantId,
        source: SourceId,
        limit: u32,
    ) -> Result<Vec<ExternalId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let mut found = Vec::new();
        for (kind, sql) in [
            (
                RecordKind::Document,
                "SELECT external_id FROM documents
                 WHERE tenant = $1 AND source = $2 AND conversation IS NULL LIMIT $3",
            ),
            (
                RecordKind::Conversation,
                "SELECT external_id FROM conversations WHERE tenant = $1 AND source = $2 LIMIT $3",
            ),
            (
                RecordKind::Person,
                "SELECT external_id FROM subjects WHERE tenant = $1 AND source = $2 LIMIT $3",
            ),
        ] {
            for mut row in tx.rows(sql, params![tenant, source, limit]).await? {
                found.push(ExternalId { kind, id: row.text()? });
            }
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let sql = "SELECT kind, external_id FROM items WHERE tenant = $1 AND source = $2 LIMIT $3";
        for mut row in tx.rows(sql, params![tenant, source, limit]).await? {
            found.push(ExternalId { kind: row.word()?, id: row.text()? });
        }
        Ok(found)
    }

    /// Forgets a source of which nothing is stored any more, and where reading it would go on.
    ///
    /// # Errors
    /// Fails while something of it is stored, or an account of a channel stands on it.
    pub async fn remove_source(&self, tenant: TenantId, source: SourceId) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE connections SET source = NULL, read_to = NULL WHERE tenant = $1 AND source = $2";
        tx.execute(sql, params![tenant, source]).await?;
        tx.execute("DELETE FROM sources WHERE tenant = $1 AND id = $2", params![tenant, source]).await?;
        tx.commit().await
    }
}

fn read(mut row: Row) -> Result<Connection, Error> {
    Ok(Connection {
        tenant: row.id()?,
        name: row.text()?,
        kind: row.text()?,
        settings: row.maybe_text()?,
        secret: row.take::<Option<Vec<u8>>>()?.map(Sealed),
        source: row.maybe_id()?,
        added_at: row.time()?,
        paused_at: row.maybe_time()?,
        began_at: row.maybe_time()?,
        ended_at: row.maybe_time()?,
        read_to: row.maybe_time()?,
        worst_gap_ms: row.int()?,
        report: row.maybe_text()?,
    })
}
