//! Reading one tenant's folder.

use std::collections::{BTreeSet, HashMap};

use domain::{ChunkId, DocumentId};
use qdrant_edge::{
    CountRequest, EdgeShard, Filter as EdgeFilter, NamedQuery, PointId, QueryEnum, ScrollRequest,
    SearchParams, SearchRequest, SparseVector, VectorInternal, VectorStructInternal, WithPayloadInterface,
    WithVector,
};
use uuid::Uuid;

use super::engine::{failed, read_page};
use super::filter::written;
use super::shard::Shard;
use super::statistics;
use crate::analyser;
use crate::changes::check_question;
use crate::error::Error;
use crate::filter::{Condition, Filter};
use crate::payload::{self, DENSE, LEXICAL};
use crate::query::{Hit, Hits, IN_SIGHT, PointState, Query};

impl Shard {
    /// Searches by meaning and by words among what `filter` lets through.
    pub(crate) fn search(&self, mut filter: Filter, query: &Query) -> Result<Hits, Error> {
        let engine = self.engine()?;
        filter.of_kinds(&query.kinds);
        if let Some(customer) = &query.applicability {
            filter.holding_for(customer);
        }
        let filter = written(&filter)?;
        let languages = statistics::languages(&self.statistics, engine)?;
        let analysis = self.analyser().question(&query.text, query.language, &languages)?;
        let (query_idf, known_idf) = statistics::idf(&self.statistics, engine, &analysis)?;
        let terms = analysis.terms();

        let words = analysis.words.len();
        let mut hits = Hits { query_idf, known_idf, words, languages, ..Hits::default() };
        if query.limit == 0 {
            return Ok(hits);
        }
        let (mut lexical, mut dense) = (Vec::new(), Vec::new());
        if !terms.is_empty() {
            let (indices, values) = terms.into_iter().map(|term| (term, analyser::weight(term))).unzip();
            let words = VectorInternal::Sparse(SparseVector { indices, values });
            lexical = nearest(engine, words, LEXICAL, &filter, query)?;
        }
        if let Some(vector) = &query.dense {
            check_question(vector, self.dimensions())?;
            dense = nearest(engine, VectorInternal::Dense(vector.clone()), DENSE, &filter, query)?;
        }
        let chunks: BTreeSet<ChunkId> = lexical.iter().chain(&dense).map(|(chunk, _)| *chunk).collect();
        let documents = self.documents.of(engine, chunks)?;
        (hits.lexical, hits.dense) = (self::hits(&lexical, &documents), self::hits(&dense, &documents));
        Ok(hits)
    }

    /// Returns the dense vectors of those of `chunks` that `filter` lets through.
    pub(crate) fn vectors(
        &self,
        mut filter: Filter,
        chunks: &[ChunkId],
    ) -> Result<Vec<(ChunkId, Vec<f32>)>, Error> {
        if chunks.is_empty() {
            return Ok(Vec::new());
        }
        filter.must.push(Condition::Chunks(chunks.to_vec()));
        let request = ScrollRequest {
            offset: None,
            limit: Some(chunks.len()),
            filter: Some(written(&filter)?),
            with_payload: Some(WithPayloadInterface::Bool(false)),
            with_vector: WithVector::Selector(vec![DENSE.to_owned()]),
            order_by: None,
        };
        let (records, _) = self.engine()?.scroll(request).map_err(failed)?;
        Ok(records
            .into_iter()
            .filter_map(|record| Some((payload::chunk_id(&record.id)?, dense(record.vector?)?)))
            .collect())
    }

    /// Returns how many chunks `filter` lets through.
    pub(crate) fn count(&self, filter: Option<&Filter>) -> Result<usize, Error> {
        let filter = filter.map(written).transpose()?;
        self.engine()?.count(CountRequest { filter, exact: true }).map_err(failed)
    }

    /// Returns what is held of up to `limit` chunks after `after`, in the order of their ids.
    pub(crate) fn scroll(&self, after: Option<ChunkId>, limit: usize) -> Result<Vec<PointState>, Error> {
        let from = match after.map(|chunk| chunk.uuid().as_u128().checked_add(1)) {
            None => None,
            Some(Some(next)) => Some(PointId::Uuid(Uuid::from_u128(next))),
            Some(None) => return Ok(Vec::new()),
        };
        if limit == 0 {
            return Ok(Vec::new());
        }
        let with_vector = WithVector::Selector(vec![DENSE.to_owned()]);
        let (records, _) = read_page(self.engine()?, from, limit, true, with_vector)?;
        records
            .into_iter()
            .map(|record| {
                let fields = record.payload.as_ref().map(|payload| &payload.0);
                let state = fields
                    .and_then(|fields| payload::state(payload::chunk_id(&record.id)?, fields))
                    .ok_or_else(|| {
                        Error::Engine(format!("the payload of point `{}` cannot be read", record.id))
                    })?;
                let has_vector = record.vector.and_then(dense).is_some();
                Ok(PointState { has_vector, ..state })
            })
            .collect()
    }
}

/// Returns the dense one of a point's vectors.
fn dense(vectors: VectorStructInternal) -> Option<Vec<f32>> {
    match vectors {
        VectorStructInternal::Named(mut named) => match named.remove(DENSE) {
            Some(VectorInternal::Dense(dense)) => Some(dense),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the points nearest to a vector, best first.
fn nearest(
    engine: &EdgeShard,
    vector: VectorInternal,
    name: &str,
    filter: &EdgeFilter,
    query: &Query,
) -> Result<Vec<(ChunkId, f32)>, Error> {
    let request = SearchRequest {
        query: QueryEnum::Nearest(NamedQuery::new(vector, name)),
        filter: Some(filter.clone()),
        params: Some(SearchParams {
            exact: query.exact,
            hnsw_ef: Some(IN_SIGHT.max(query.limit)),
            ..SearchParams::default()
        }),
        limit: query.limit,
        offset: 0,
        // Every segment would read it for as many points as are wanted in all.
        with_payload: Some(WithPayloadInterface::Bool(false)),
        with_vector: None,
        score_threshold: None,
    };
    let points = engine.search(request).map_err(failed)?;
    let mut found: Vec<(ChunkId, f32)> =
        points.iter().filter_map(|point| Some((payload::chunk_id(&point.id)?, point.score))).collect();
    // Equal scores come in the order in which they were found; ids make that repeat.
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Ok(found)
}

/// Adds the documents. A chunk that was removed since it was found is left out.
fn hits(found: &[(ChunkId, f32)], documents: &HashMap<ChunkId, DocumentId>) -> Vec<Hit> {
    let hit = |(chunk, score): &(ChunkId, f32)| {
        let document = *documents.get(chunk)?;
        Some(Hit { chunk: *chunk, document, score: *score })
    };
    found.iter().filter_map(hit).collect()
}
