//! Every stored chunk with its vector, for an index that is made anew beside the one that counts.

use domain::{ChunkId, TenantId};
use index::Op;
use store::{OutboxOp, OutboxRow};

use crate::drain::{Drained, op};
use crate::error::Error;
use crate::pipeline::{Ingest, Stop};

/// Chunks handed over at a time.
const BATCH: u32 = 512;

impl Ingest {
    /// Hands every stored chunk of `tenant` to `put`, in the order of their ids. The outbox is left alone: what
    /// changes meanwhile waits there.
    ///
    /// # Errors
    /// Fails when store, model or `put` do, and when the end is asked for.
    pub async fn hand_over(
        &self,
        tenant: TenantId,
        stop: &Stop,
        mut put: impl AsyncFnMut(Vec<Op>) -> Result<(), Error>,
    ) -> Result<Drained, Error> {
        let mut total = Drained::default();
        let mut after: Option<ChunkId> = None;
        loop {
            let page = self.store.chunk_states(tenant, after, BATCH).await?;
            let Some(last) = page.last() else { return Ok(total) };
            after = Some(last.id);
            if stop.is_asked() {
                return Err(Error::Interrupted);
            }
            self.courtesy.give_way().await;
            let ids: Vec<ChunkId> = page.iter().map(|chunk| chunk.id).collect();
            let chunks = self.store.load_chunks_unscoped_for_maintenance(tenant, &ids).await?;
            let row = |chunk: domain::Chunk| OutboxRow {
                seq: 0,
                op: OutboxOp::Upsert,
                chunk_id: chunk.id,
                chunk: Some(chunk),
            };
            let rows: Vec<OutboxRow> = chunks.into_iter().map(row).collect();
            let Some(vectors) = self.vectors(tenant, &rows, stop, &mut total).await? else {
                return Err(Error::Interrupted);
            };
            let ops: Vec<Op> =
                rows.into_iter().map(|row| op(row, &vectors, &*self.embedder)).collect::<Result<_, _>>()?;
            total.rows += ops.len() as u64;
            put(ops).await?;
        }
    }
}
