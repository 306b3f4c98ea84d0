//! Brings the index up to the store: the outbox is emptied in batches, vectors come from the cache where
//! the same text was embedded before.

use std::collections::HashMap;

use domain::{Chunk, TenantId, text};
use index::Op;
use llm::{Embedder, Role};
use store::{OutboxOp, OutboxRow};

use crate::error::Error;
use crate::pipeline::{Ingest, Progress, Stop};

/// Rows taken from the outbox at a time.
const BATCH: u32 = 512;
/// The same where questions are answered beside it: the index is busy with them for a moment only.
const SHARED_BATCH: u32 = 64;

/// What draining did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Rows taken from the outbox.
    pub rows: u64,
    /// Texts that had to be embedded.
    pub embedded: u64,
    /// Texts whose vectors were in the cache.
    pub cached: u64,
}

impl Ingest {
    /// Empties the outbox of `tenant`. Repeatable, also by several at once: a row is taken away only after the
    /// index has flushed it, and one that no longer counts is not applied.
    ///
    /// # Errors
    /// Fails when store, index or model do; what was done is kept.
    pub async fn drain(
        &self,
        tenant: TenantId,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Drained, Error> {
        let mut total = Drained::default();
        loop {
            let most = if self.courtesy.texts().is_some() { SHARED_BATCH } else { BATCH };
            let rows = self.store.pending_outbox(tenant, most).await?;
            if rows.is_empty() {
                return Ok(total);
            }
            if stop.is_asked() {
                return Err(Error::Interrupted);
            }
            self.courtesy.give_way().await;
            let Some(vectors) = self.vectors(tenant, &rows, stop, &mut total).await? else {
                return Err(Error::Interrupted);
            };
            let turn = self.index.turn(tenant).await;
            // What was queued again while vectors were made has another number, and comes with the next batch:
            // applied now, it could bring back what somebody else has just taken away.
            let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
            let standing = self.store.outbox_standing(tenant, &seqs).await?;
            let rows = rows.into_iter().filter(|row| standing.contains(&row.seq));
            let ops = rows.map(|row| op(row, &vectors, &*self.embedder)).collect::<Result<Vec<_>, _>>()?;
            self.index.apply(tenant, ops).await?;
            let seqs: Vec<i64> = seqs.into_iter().filter(|seq| standing.contains(seq)).collect();
            self.store.outbox_done(tenant, &seqs).await?;
            drop(turn);
            total.rows += seqs.len() as u64;
            progress(Progress::Indexed { chunks: total.rows, embedded: total.embedded });
        }
    }

    /// Makes searches fast where the texts of `tenant` have doubled since that was done last; for 100,000 it takes half a
    /// minute, in which the outbox waits.
    ///
    /// # Errors
    /// Fails when the index does.
    pub async fn join(&self, tenant: TenantId) -> Result<(), Error> {
        let _turn = self.index.turn(tenant).await;
        Ok(self.index.join(tenant).await?)
    }

    /// Returns the vectors of what is to be added; none where the end was asked for before all were made. Those
    /// that were made are kept.
    pub(crate) async fn vectors(
        &self,
        tenant: TenantId,
        rows: &[OutboxRow],
        stop: &Stop,
        total: &mut Drained,
    ) -> Result<Option<Vectors>, Error> {
        let texts: HashMap<[u8; 32], &str> = rows
            .iter()
            .filter(|row| row.op == OutboxOp::Upsert)
            .filter_map(|row| row.chunk.as_ref())
            .map(|chunk| (key(chunk), chunk.search_text.as_str()))
            .collect();
        let model = &self.embedder.model().checksum;
        let keys: Vec<[u8; 32]> = texts.keys().copied().collect();
        let mut vectors = self.store.cached_embeddings(model, &keys).await?;
        total.cached += vectors.len() as u64;
        let mut missing: Vec<[u8; 32]> = keys.into_iter().filter(|key| !vectors.contains_key(key)).collect();
        missing.sort_unstable();
        let mut made: Vec<([u8; 32], Vec<f32>)> = Vec::with_capacity(missing.len());
        let batch = self.courtesy.texts().unwrap_or(BATCH as usize);
        for keys in missing.chunks(batch) {
            if stop.is_asked() {
                break;
            }
            self.courtesy.give_way().await;
            let passages: Vec<String> = keys.iter().map(|key| texts[key].to_owned()).collect();
            let new = self.embedder.embed(&passages, Role::Passage).await?;
            made.extend(keys.iter().copied().zip(new));
        }
        let is_whole = made.len() == missing.len() || !stop.is_asked();
        if !made.is_empty() {
            self.store.put_embeddings(tenant, model, made.clone()).await?;
            total.embedded += made.len() as u64;
            vectors.extend(made);
        }
        Ok(is_whole.then_some(vectors))
    }
}

pub(crate) type Vectors = HashMap<[u8; 32], Vec<f32>>;

/// Returns the hash under which the vector of a chunk is cached.
fn key(chunk: &Chunk) -> [u8; 32] {
    text::hash(&[chunk.search_text.as_bytes()])
}

/// Makes the change of a row. A row that cannot be made into one stays in the outbox: were it passed over, the
/// index would lack the chunk for good.
pub(crate) fn op(row: OutboxRow, vectors: &Vectors, embedder: &dyn Embedder) -> Result<Op, Error> {
    match (row.op, row.chunk) {
        (OutboxOp::Remove, _) => Ok(Op::Remove(row.chunk_id)),
        (OutboxOp::Validity, Some(chunk)) => Ok(Op::Close { chunk: row.chunk_id, valid_to: chunk.valid_to }),
        (OutboxOp::Upsert, Some(chunk)) => match vectors.get(&key(&chunk)) {
            Some(dense) => Ok(Op::Upsert { chunk: Box::new(chunk), dense: dense.clone() }),
            None => Err(Error::Model(llm::Error::Malformed {
                model: embedder.model().name.clone(),
                why: "it gave fewer vectors than it was given texts".to_owned(),
            })),
        },
        (OutboxOp::Upsert | OutboxOp::Validity, None) => {
            let what = format!("chunk `{}` of the outbox is missing", row.chunk_id);
            Err(Error::Store(store::Error::Damaged { what }))
        }
    }
}
