//! Tenants and their sources.

use domain::{SourceId, TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// A company that uses Backstory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id, derived from the name.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// Since when it is being removed.
    pub removing_at: Option<Timestamp>,
}

/// One outside system that a tenant is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its id, derived from tenant, kind and account.
    pub id: SourceId,
    /// The connector that reads it.
    pub kind: String,
    /// The workspace, folder or site.
    pub account: String,
    /// What people call it.
    pub name: String,
    /// Where reading goes on; opaque.
    pub cursor: Option<String>,
    /// When a full listing of what it holds last succeeded.
    pub last_full_listing: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
}

fn source(mut row: Row) -> Result<Source, Error> {
    Ok(Source {
        id: row.id()?,
        kind: row.text()?,
        account: row.text()?,
        name: row.text()?,
        cursor: row.maybe_text()?,
        last_full_listing: row.maybe_time()?,
        created_at: row.time()?,
    })
}

macro_rules! tenants {
    () => {
        "SELECT id, name, created_at, removing_at FROM tenants"
    };
}

fn tenant(mut row: Row) -> Result<Tenant, Error> {
    Ok(Tenant { id: row.id()?, name: row.text()?, created_at: row.time()?, removing_at: row.maybe_time()? })
}

async fn find(tx: &mut Tx, id: TenantId) -> Result<Option<Tenant>, Error> {
    tx.find(concat!(tenants!(), " WHERE id = $1"), params![id]).await?.map(tenant).transpose()
}

/// Keeps a tenant from being removed until the transaction ends, and fails when there is none, or it is being
/// removed.
pub(crate) async fn hold(tx: &mut Tx, tenant: TenantId) -> Result<(), Error> {
    let sql = match tx {
        // Only one writes at a time.
        Tx::Sqlite(_) => "SELECT removing_at FROM tenants WHERE id = $1",
        // Waits for whoever marks it, and sees the mark then; nobody else waits for this.
        Tx::Postgres(_) => "SELECT removing_at FROM tenants WHERE id = $1 FOR KEY SHARE",
    };
    let found = tx.find(sql, params![tenant]).await?;
    match found.map(|mut row| row.maybe_time()).transpose()? {
        Some(None) => Ok(()),
        Some(Some(_)) | None => Err(Error::not_found("tenant", tenant)),
    }
}

impl Store {
    /// Returns the tenant of this name, added at `now` when it is new. One that was removed before is made anew,
    /// empty, and later than it was removed.
    ///
    /// # Errors
    /// [`Error::Conflict`] while it is being removed.
    pub async fn ensure_tenant(&self, name: &str, now: Timestamp) -> Result<TenantId, Error> {
        let id = TenantId::derive(name);
        let mut tx = self.pools.write_unasked(id).await?;
        if let Some(tenant) = find(&mut tx, id).await? {
            return match tenant.removing_at {
                None => Ok(id),
                Some(_) => Err(Error::Conflict {
                    what: format!(
                        "the tenant `{name}` is being removed; `backstory tenants remove {name}` goes on with that"
                    ),
                }),
            };
        }
        let sql = "SELECT COALESCE(MAX(COALESCE(ended_at, began_at)) + 1, $2) FROM removals WHERE id = $1";
        let created_at = tx.one(sql, params![id, now]).await?.time()?.max(now);
        tx.execute(
            "INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
            params![id, name, created_at],
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Returns all tenants by name, without those that are being removed. For operators; no request of a tenant
    /// may lead here.
    pub async fn list_tenants(&self) -> Result<Vec<Tenant>, Error> {
        let mut all = self.list_all_tenants().await?;
        all.retain(|tenant| tenant.removing_at.is_none());
        Ok(all)
    }

    /// Returns all tenants by name, with those that are being removed.
    pub async fn list_all_tenants(&self) -> Result<Vec<Tenant>, Error> {
        let mut tx = self.pools.read(None).await?;
        let sql = concat!(tenants!(), " ORDER BY name");
        tx.rows(sql, params![]).await?.into_iter().map(tenant).collect()
    }

    /// Returns how many people a tenant has at a moment.
    pub async fn count_people(&self, tenant: TenantId, at: Timestamp) -> Result<u64, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT COUNT(DISTINCT person) FROM links
             WHERE tenant = $1 AND valid_from <= $2 AND valid_to > $2";
        tx.one(sql, params![tenant, at]).await?.count()
    }

    /// Returns the source of this connector kind and account, added at `now` when it is new; a new name
    /// replaces the old one.
    pub async fn ensure_source(
        &self,
        tenant: TenantId,
        (kind, account): (&str, &str),
        name: &str,
        now: Timestamp,
    ) -> Result<SourceId, Error> {
        let id = SourceId::derive(tenant, kind, account);
        let mut tx = self.pools.write(tenant).await?;
        tx.execute(
            "INSERT INTO sources (tenant, id, kind, account, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name",
            params![tenant, id, kind, account, name, now],
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Returns the sources of a tenant, oldest first.
    pub async fn list_sources(&self, tenant: TenantId) -> Result<Vec<Source>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT id, kind, account, name, cursor, last_full_listing, created_at
             FROM sources WHERE tenant = $1 ORDER BY created_at, id";
        tx.rows(sql, params![tenant]).await?.into_iter().map(source).collect()
    }

    /// Returns where reading this source goes on; `None` before the first page.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such source.
    pub async fn cursor(&self, tenant: TenantId, source: SourceId) -> Result<Option<String>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT cursor FROM sources WHERE tenant = $1 AND id = $2";
        let row = tx.find(sql, params![tenant, source]).await?;
        row.ok_or_else(|| Error::not_found("source", source))?.maybe_text()
    }
}
