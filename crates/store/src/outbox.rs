//! The to-do list of the search index.
//!
//! A row says that the index has to do something about a chunk. It is written in the transaction that
//! changes the chunk and taken away once the index has flushed. There is at most one row per chunk, with the
//! newest need; its number is given in the order in which transactions of a tenant commit, so "everything
//! after number n" is never more than meant.

use std::collections::{HashMap, HashSet};

use domain::{Chunk, ChunkId, TenantId};

use crate::Store;
use crate::chunks;
use crate::error::Error;
use crate::sql::{fixed, params};
use crate::tx::Tx;

/// What the index has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutboxOp {
    /// Write the chunk whole.
    Upsert,
    /// Write its validity; text and vectors are as they were.
    Validity,
    /// Take it out.
    Remove,
}

impl OutboxOp {
    fn name(self) -> &'static str {
        match self {
            Self::Upsert => "upsert",
            Self::Validity => "validity",
            Self::Remove => "remove",
        }
    }

    fn from_name(name: &str) -> Result<Self, Error> {
        [Self::Upsert, Self::Validity, Self::Remove]
            .into_iter()
            .find(|op| op.name() == name)
            .ok_or_else(|| Error::damaged(format!("`{name}` is no operation of the outbox")))
    }

    /// What is left to do when `self` is still undone and `next` comes.
    fn then(self, next: Self) -> Self {
        if self == Self::Upsert && next == Self::Validity { Self::Upsert } else { next }
    }
}

/// One thing the index has to do.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Its number; for [`Store::outbox_done`].
    pub seq: i64,
    /// What to do.
    pub op: OutboxOp,
    /// About which chunk.
    pub chunk_id: ChunkId,
    /// The chunk as it is now; absent for [`OutboxOp::Remove`].
    pub chunk: Option<Chunk>,
}

/// What one transaction wants of the index.
#[derive(Default)]
pub(crate) struct Queue {
    order: Vec<ChunkId>,
    ops: HashMap<ChunkId, OutboxOp>,
}

impl Queue {
    pub(crate) fn push(&mut self, op: OutboxOp, chunk: ChunkId) {
        match self.ops.get_mut(&chunk) {
            Some(known) => *known = known.then(op),
            None => {
                self.ops.insert(chunk, op);
                self.order.push(chunk);
            }
        }
    }

    /// Writes the rows; the tenant's row must be locked.
    pub(crate) async fn write(self, tx: &mut Tx, tenant: TenantId) -> Result<(), Error> {
        let count = self.order.len() as i64;
        if count == 0 {
            return Ok(());
        }
        let sql = "UPDATE tenants SET outbox_seq = outbox_seq + $2 WHERE id = $1 RETURNING outbox_seq";
        let last = tx.one(sql, params![tenant, count]).await?.int()?;
        let rows = self
            .order
            .iter()
            .zip(last - count + 1..)
            .map(|(chunk, seq)| params![tenant, seq, self.ops[chunk].name(), *chunk]);
        tx.insert(
            "index_outbox (tenant, seq, op, chunk)",
            rows,
            "ON CONFLICT (tenant, chunk) DO UPDATE SET seq = excluded.seq,
                 op = CASE WHEN excluded.op = 'validity' AND index_outbox.op = 'upsert'
                      THEN 'upsert' ELSE excluded.op END",
        )
        .await?;
        Ok(())
    }
}

/// Locks the tenant's row until the transaction ends, and fails when there is no such tenant.
pub(crate) async fn lock(tx: &mut Tx, tenant: TenantId) -> Result<(), Error> {
    let sql = "UPDATE tenants SET outbox_seq = outbox_seq WHERE id = $1";
    match tx.execute(sql, params![tenant]).await? {
        0 => Err(Error::not_found("tenant", tenant)),
        _ => Ok(()),
    }
}

impl Store {
    /// Returns what the index of a tenant has to do next, in order.
    pub async fn pending_outbox(&self, tenant: TenantId, limit: u32) -> Result<Vec<OutboxRow>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT seq, op, chunk FROM index_outbox WHERE tenant = $1 ORDER BY seq LIMIT $2";
        let mut rows = Vec::new();
        for mut row in tx.rows(sql, params![tenant, limit]).await? {
            rows.push((row.int()?, OutboxOp::from_name(&row.text()?)?, row.id::<ChunkId>()?));
        }
        let wanted = rows.iter().filter(|(_, op, _)| *op != OutboxOp::Remove).map(|(.., chunk)| *chunk);
        let mut chunks = chunks::by_id(&mut tx, tenant, wanted).await?;
        rows.into_iter()
            .map(|(seq, op, chunk_id)| {
                let chunk = chunks.remove(&chunk_id);
                if op != OutboxOp::Remove && chunk.is_none() {
                    return Err(Error::damaged(format!("chunk `{chunk_id}` of the outbox is missing")));
                }
                Ok(OutboxRow { seq, op, chunk_id, chunk })
            })
            .collect()
    }

    /// Returns which of these rows still wait: a chunk that was queued again has another number.
    pub async fn outbox_standing(&self, tenant: TenantId, seqs: &[i64]) -> Result<HashSet<i64>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT seq FROM index_outbox WHERE tenant = $1 AND seq";
        let rows = tx.rows_in((sql, ""), &fixed![tenant], seqs.iter().copied()).await?;
        rows.into_iter().map(|mut row| row.int()).collect()
    }

    /// Takes rows away that the index has flushed. A chunk that was queued again meanwhile has another
    /// number and stays.
    pub async fn outbox_done(&self, tenant: TenantId, seqs: &[i64]) -> Result<(), Error> {
        let Some(highest) = seqs.iter().max() else {
            return Ok(());
        };
        let mut tx = self.pools.write(tenant).await?;
        let sql = "DELETE FROM index_outbox WHERE tenant = $1 AND seq";
        tx.execute_in((sql, ""), &fixed![tenant], seqs.iter().copied()).await?;
        let sql = "UPDATE tenants SET outbox_done = $2 WHERE id = $1 AND outbox_done < $2";
        tx.execute(sql, params![tenant, *highest]).await?;
        tx.commit().await
    }

    /// Returns how many chunks wait for the index.
    pub async fn outbox_len(&self, tenant: TenantId) -> Result<u64, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT COUNT(*) FROM index_outbox WHERE tenant = $1";
        tx.one(sql, params![tenant]).await?.count()
    }

    /// Returns the highest number that was ever reported done: an index that kept less is older than the
    /// store and has to be rebuilt.
    pub async fn outbox_position(&self, tenant: TenantId) -> Result<i64, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let row = tx.find("SELECT outbox_done FROM tenants WHERE id = $1", params![tenant]).await?;
        row.ok_or_else(|| Error::not_found("tenant", tenant))?.int()
    }

    /// Queues what of these chunks the index should hold: those that are stored to be written, the others to be
    /// taken out.
    pub async fn requeue(&self, tenant: TenantId, wanted: &[ChunkId]) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        lock(&mut tx, tenant).await?;
        let stored = chunks::by_id(&mut tx, tenant, wanted.iter().copied()).await?;
        let mut queue = Queue::default();
        for chunk in wanted {
            let op = if stored.contains_key(chunk) { OutboxOp::Upsert } else { OutboxOp::Remove };
            queue.push(op, *chunk);
        }
        queue.write(&mut tx, tenant).await?;
        tx.commit().await
    }

    /// Queues every stored chunk, for an index that starts empty, and returns how many there are.
    pub async fn reset_outbox(&self, tenant: TenantId) -> Result<u64, Error> {
        let mut tx = self.pools.write(tenant).await?;
        lock(&mut tx, tenant).await?;
        tx.execute("DELETE FROM index_outbox WHERE tenant = $1", params![tenant]).await?;
        let queued = tx
            .execute(
                "INSERT INTO index_outbox (tenant, seq, op, chunk)
                 SELECT c.tenant, t.outbox_seq + ROW_NUMBER() OVER (ORDER BY c.id), 'upsert', c.id
                 FROM chunks c JOIN tenants t ON t.id = c.tenant WHERE c.tenant = $1",
                params![tenant],
            )
            .await?;
        let sql = "UPDATE tenants SET outbox_seq = outbox_seq + $2 WHERE id = $1";
        tx.execute(sql, params![tenant, queued as i64]).await?;
        tx.commit().await?;
        Ok(queued)
    }
}
