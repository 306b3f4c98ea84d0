//! What came in, stored once, with the work that follows from it.

use domain::{TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::jobs::{self, NewJob};
use crate::sql::params;
use crate::tx::Tx;

/// A notification from the outside: ids and a topic, nothing of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// The channel's kind.
    pub channel: String,
    /// The account it is about.
    pub account: String,
    /// The outside's id of it.
    pub delivery_id: String,
    /// The outside's word for what happened.
    pub topic: String,
    /// When it happened, as the outside says.
    pub at: Timestamp,
}

/// Work that becomes due, and how long something new may put it off.
#[derive(Debug, Clone, PartialEq)]
pub struct Wake {
    /// The job; while one of its kind and key waits, none is added.
    pub job: NewJob,
    /// Where one waits already that was never tried: put it off until this one is due, but by no more than
    /// this after it was first due. Absent: leave it as it is.
    pub put_off_by_ms: Option<i64>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was new, and its work is queued.
    New,
    /// It was there before; nothing was done.
    Again,
}

impl Store {
    /// Reports whether a delivery of an account was stored.
    pub async fn has_delivery(
        &self,
        tenant: TenantId,
        channel: &str,
        account: &str,
        delivery_id: &str,
    ) -> Result<bool, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT 1 FROM deliveries
             WHERE tenant = $1 AND channel = $2 AND account = $3 AND delivery_id = $4";
        Ok(tx.find(sql, params![tenant, channel, account, delivery_id]).await?.is_some())
    }

    /// Stores a delivery and queues what follows from it, in one transaction; a known one changes nothing.
    pub async fn take_delivery(
        &self,
        tenant: TenantId,
        delivery: &NewDelivery,
        wake: Option<Wake>,
        now: Timestamp,
    ) -> Result<Taken, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "INSERT INTO deliveries (tenant, channel, account, delivery_id, topic, at, received_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let NewDelivery { channel, account, delivery_id, topic, at } = delivery;
        let row = params![tenant, channel, account, delivery_id, topic, *at, now];
        if tx.execute(sql, row).await? == 0 {
            return Ok(Taken::Again);
        }
        if let Some(wake) = wake {
            queue(&mut tx, tenant, wake).await?;
        }
        tx.commit().await?;
        Ok(Taken::New)
    }

    /// Queues work that no delivery asked for.
    pub async fn wake(&self, tenant: TenantId, wakes: Vec<Wake>) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        for wake in wakes {
            queue(&mut tx, tenant, wake).await?;
        }
        tx.commit().await
    }

    /// Returns how many deliveries of each topic came in, by topic.
    pub async fn count_deliveries(&self, tenant: TenantId) -> Result<Vec<(String, u64)>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT topic, COUNT(*) FROM deliveries WHERE tenant = $1 GROUP BY topic ORDER BY topic";
        let rows = tx.rows(sql, params![tenant]).await?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.count()?))).collect()
    }

    /// Forgets deliveries received before `before`: what comes again after so long counts as new. Returns
    /// how many.
    pub async fn forget_deliveries(&self, tenant: TenantId, before: Timestamp) -> Result<u64, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "DELETE FROM deliveries WHERE tenant = $1 AND received_at < $2";
        let gone = tx.execute(sql, params![tenant, before]).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// Puts off the job that waits, or adds one.
async fn queue(tx: &mut Tx, tenant: TenantId, wake: Wake) -> Result<(), Error> {
    if let (Some(put_off), Some(key)) = (wake.put_off_by_ms, &wake.job.dedupe) {
        // A job that was tried already waits for a reason of its own.
        let sql = "UPDATE jobs SET run_at = CASE
                 WHEN $4 <= run_at THEN run_at
                 WHEN $4 > due_at + $5 THEN due_at + $5
                 ELSE $4 END
             WHERE tenant = $1 AND kind = $2 AND dedupe_key = $3 AND state = 'ready' AND attempts = 0";
        let row = params![tenant, &wake.job.kind, key, wake.job.run_at, put_off];
        if tx.execute(sql, row).await? > 0 {
            return Ok(());
        }
    }
    jobs::insert(tx, tenant, vec![wake.job]).await?;
    Ok(())
}
