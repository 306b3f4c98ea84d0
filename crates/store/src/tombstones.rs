//! What must not come back, under keyed hashes: nobody can read from them who was erased.

use std::collections::HashMap;

use domain::{TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::sql::{fixed, params};
use crate::tx::Tx;

impl Store {
    /// Returns those of `hashes` that have a tombstone, each with its moment: what is from then or before must
    /// not come back.
    pub async fn buried(
        &self,
        tenant: TenantId,
        hashes: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Timestamp>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT hash, at FROM tombstones WHERE tenant = $1 AND hash";
        let rows = tx.rows_in((sql, ""), &fixed![tenant], hashes).await?;
        rows.into_iter().map(|mut row| Ok((row.hash()?, row.time()?))).collect()
    }

    /// Returns all tombstones of a tenant, oldest first: what a restore has to replay.
    pub async fn list_tombstones(&self, tenant: TenantId) -> Result<Vec<([u8; 32], Timestamp)>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT hash, at FROM tombstones WHERE tenant = $1 ORDER BY at, hash";
        let rows = tx.rows(sql, params![tenant]).await?;
        rows.into_iter().map(|mut row| Ok((row.hash()?, row.time()?))).collect()
    }
}

/// Writes tombstones; of two for one thing the later moment counts.
pub(crate) async fn bury(
    tx: &mut Tx,
    tenant: TenantId,
    tombstones: &[([u8; 32], Timestamp)],
) -> Result<(), Error> {
    let mut latest: HashMap<[u8; 32], Timestamp> = HashMap::new();
    for (hash, at) in tombstones {
        let kept = latest.entry(*hash).or_insert(*at);
        *kept = (*kept).max(*at);
    }
    let rows = latest.iter().map(|(hash, at)| params![tenant, hash, *at]);
    tx.insert(
        "tombstones (tenant, hash, at)",
        rows,
        "ON CONFLICT (tenant, hash) DO UPDATE SET at = excluded.at WHERE excluded.at > tombstones.at",
    )
    .await?;
    Ok(())
}
