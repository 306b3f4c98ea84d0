//! Tenants and their sources.

use domain::{SourceId, TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::sql::{Row, params};

/// A company that uses Backstory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id, derived from the name.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
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

impl Store {
    /// Returns the tenant of this name, added at `now` when it is new.
    pub async fn ensure_tenant(&self, name: &str, now: Timestamp) -> Result<TenantId, Error> {
        let id = TenantId::derive(name);
        let mut tx = self.pools.write(id).await?;
        tx.execute(
            "INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
            params![id, name, now],
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Returns all tenants by name. For operators; no request of a tenant may lead here.
    pub async fn list_tenants(&self) -> Result<Vec<Tenant>, Error> {
        let mut tx = self.pools.read(None).await?;
        let rows = tx.rows("SELECT id, name, created_at FROM tenants ORDER BY name", params![]).await?;
        rows.into_iter()
            .map(|mut row| Ok(Tenant { id: row.id()?, name: row.text()?, created_at: row.time()? }))
            .collect()
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
