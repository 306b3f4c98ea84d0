//! The records of decisions.

use domain::{TenantId, Timestamp, TraceId};

use crate::Store;
use crate::error::Error;
use crate::sql::params;

impl Store {
    /// Keeps the record of a decision made at `at`; the same id again replaces it.
    pub async fn put_trace(
        &self,
        tenant: TenantId,
        id: TraceId,
        at: Timestamp,
        body: &serde_json::Value,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        tx.execute(
            "INSERT INTO traces (tenant, id, at, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, id) DO UPDATE SET at = excluded.at, body = excluded.body",
            params![tenant, id, at, body.to_string()],
        )
        .await?;
        tx.commit().await
    }

    /// Returns the record of a decision and when it was made.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such record.
    pub async fn trace(
        &self,
        tenant: TenantId,
        id: TraceId,
    ) -> Result<(Timestamp, serde_json::Value), Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT at, body FROM traces WHERE tenant = $1 AND id = $2";
        let row = tx.find(sql, params![tenant, id]).await?;
        let mut row = row.ok_or_else(|| Error::not_found("trace", id))?;
        Ok((row.time()?, row.json()?))
    }
}
