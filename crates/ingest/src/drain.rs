//! Brings the index up to the store: the outbox is emptied in batches, vectors come from the cache where
//! the same text was embedded before.

use std::collections::HashMap;

use domain::{Chunk, TenantId, text};
use index::{Index, Op};
use llm::{Embedder, Role};
use store::{OutboxOp, OutboxRow, Store};

use crate::error::Error;
use crate::pipeline::{Progress, Stop};

/// Rows taken from the outbox at a time.
const BATCH: u32 = 512;

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

/// Empties the outbox of `tenant`. Repeatable: a row is taken away only after the index has flushed it.
///
/// # Errors
/// Fails when store, index or model do; what was done is kept.
pub async fn drain(
    (store, index, embedder): (&Store, &Index, &dyn Embedder),
    tenant: TenantId,
    stop: &Stop,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Drained, Error> {
    let mut total = Drained::default();
    loop {
        let rows = store.pending_outbox(tenant, BATCH).await?;
        if rows.is_empty() {
            return Ok(total);
        }
        if stop.is_asked() {
            return Err(Error::Interrupted);
        }
        let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
        let vectors = vectors(store, embedder, &rows, &mut total).await?;
        let ops = rows.into_iter().map(|row| op(row, &vectors, embedder)).collect::<Result<Vec<_>, _>>()?;
        index.apply(tenant, ops).await?;
        store.outbox_done(tenant, &seqs).await?;
        total.rows += seqs.len() as u64;
        progress(Progress::Indexed { chunks: total.rows, embedded: total.embedded });
    }
}

type Vectors = HashMap<[u8; 32], Vec<f32>>;

/// Returns the hash under which the vector of a chunk is cached.
fn key(chunk: &Chunk) -> [u8; 32] {
    text::hash(&[chunk.search_text.as_bytes()])
}

async fn vectors(
    store: &Store,
    embedder: &dyn Embedder,
    rows: &[OutboxRow],
    total: &mut Drained,
) -> Result<Vectors, Error> {
    let texts: HashMap<[u8; 32], &str> = rows
        .iter()
        .filter(|row| row.op == OutboxOp::Upsert)
        .filter_map(|row| row.chunk.as_ref())
        .map(|chunk| (key(chunk), chunk.search_text.as_str()))
        .collect();
    let model = &embedder.model().checksum;
    let keys: Vec<[u8; 32]> = texts.keys().copied().collect();
    let mut vectors = store.cached_embeddings(model, &keys).await?;
    total.cached += vectors.len() as u64;
    let mut missing: Vec<[u8; 32]> = keys.into_iter().filter(|key| !vectors.contains_key(key)).collect();
    missing.sort_unstable();
    if !missing.is_empty() {
        let passages: Vec<String> = missing.iter().map(|key| texts[key].to_owned()).collect();
        let made = embedder.embed(&passages, Role::Passage).await?;
        let made: Vec<([u8; 32], Vec<f32>)> = missing.into_iter().zip(made).collect();
        store.put_embeddings(model, made.clone()).await?;
        total.embedded += made.len() as u64;
        vectors.extend(made);
    }
    Ok(vectors)
}

/// Makes the change of a row. A row that cannot be made into one stays in the outbox: were it passed over, the
/// index would lack the chunk for good.
fn op(row: OutboxRow, vectors: &Vectors, embedder: &dyn Embedder) -> Result<Op, Error> {
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
