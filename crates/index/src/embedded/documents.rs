//! Which document a chunk belongs to, remembered: a chunk never changes its document.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use domain::{ChunkId, DocumentId};
use qdrant_edge::{EdgeShard, PointId, WithPayloadInterface, WithVector};

use super::engine::failed;
use super::filter::path;
use crate::error::Error;
use crate::payload;

/// How many chunks are remembered.
const MOST: usize = 200_000;

/// The documents of the chunks that were found lately.
#[derive(Debug, Default)]
pub(super) struct Documents(Mutex<HashMap<ChunkId, DocumentId>>);

impl Documents {
    /// Returns the documents of those of `chunks` that are there.
    pub(super) fn of(
        &self,
        engine: &EdgeShard,
        mut chunks: BTreeSet<ChunkId>,
    ) -> Result<HashMap<ChunkId, DocumentId>, Error> {
        let mut documents = HashMap::with_capacity(chunks.len());
        {
            let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for chunk in &chunks {
                if let Some(document) = remembered.get(chunk) {
                    documents.insert(*chunk, *document);
                }
            }
        }
        chunks.retain(|chunk| !documents.contains_key(chunk));
        if chunks.is_empty() {
            return Ok(documents);
        }
        let points: Vec<PointId> = chunks.into_iter().map(payload::point_id).collect();
        let document = WithPayloadInterface::Fields(vec![path(payload::DOCUMENT)?]);
        let records =
            engine.retrieve(&points, Some(document), Some(WithVector::Bool(false))).map_err(failed)?;
        let found = records.iter().filter_map(|record| {
            let document = payload::document(&record.payload.as_ref()?.0)?;
            Some((payload::chunk_id(&record.id)?, document))
        });
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() > MOST {
            remembered.clear();
        }
        for (chunk, document) in found {
            remembered.insert(chunk, document);
            documents.insert(chunk, document);
        }
        Ok(documents)
    }
}
