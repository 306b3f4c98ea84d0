//! Reading the collection.

use domain::{ChunkId, Language, TenantId};
use qdrant_client::qdrant::query::Variant;
use qdrant_client::qdrant::vector_input::Variant as InputVariant;
use qdrant_client::qdrant::with_payload_selector::SelectorOptions as PayloadOptions;
use qdrant_client::qdrant::with_vectors_selector::SelectorOptions as VectorOptions;
use qdrant_client::qdrant::{
    CountPoints, DenseVector, FacetCounts, Filter, PayloadIncludeSelector, Query as WireQuery,
    QueryBatchPoints, QueryPoints, ScoredPoint, ScrollPoints, SearchParams, SparseVector, VectorInput,
    VectorsSelector, WithPayloadSelector, WithVectorsSelector, facet_value,
};

use super::collection::{Limits, words_of};
use super::keys::Whose;
use super::tenant::{RECORD, Record, Slot, state, tenant_of};
use super::{Inner, Part, wire};
use crate::analyser::{self, Analyser};
use crate::changes::check_question;
use crate::error::{Error, Trouble};
use crate::filter::{Condition, Filter as Ours};
use crate::payload::{self, DENSE, LEXICAL};
use crate::query::{Hit, Hits, IN_SIGHT, PointState, Query};
use crate::statistics::{MOST_LANGUAGES, Terms, in_order};

/// More languages than any tenant has: what they count together is the number of chunks.
const ALL_LANGUAGES: u64 = 1_000;

/// How many points are read at a time.
const PAGE: usize = 1_000;

/// A tenant's part as it is now.
struct Now {
    record: Record,
    languages: Vec<(Language, usize)>,
    points: usize,
}

impl Now {
    fn of(record: Record, counted: Vec<(String, usize)>) -> Self {
        let points = counted.iter().map(|(_, count)| count).sum();
        let mut languages = in_order(counted.into_iter());
        languages.truncate(MOST_LANGUAGES);
        Self { record, languages, points }
    }
}

impl Inner {
    /// Searches by meaning and by words among what `filter` lets through.
    pub(super) async fn search(&self, tenant: TenantId, filter: Ours, query: &Query) -> Result<Hits, Error> {
        if let Some(vector) = &query.dense {
            check_question(vector, self.manifest.dimensions)?;
        }
        let limits = self.limits().await?;
        match self.now(tenant).await? {
            Some(now) => self.find(now, &self.part(tenant), filter, query, limits).await,
            None => Ok(Hits::default()),
        }
    }

    /// Searches a part that does not count yet.
    pub(super) async fn search_beside(
        &self,
        record: Record,
        filter: Ours,
        query: &Query,
    ) -> Result<Hits, Error> {
        let limits = self.limits().await?;
        let now = Now::of(record, self.languages(record.slot).await?);
        self.find(now, &Part::default(), filter, query, limits).await
    }

    async fn find(
        &self,
        now: Now,
        part: &Part,
        mut filter: Ours,
        query: &Query,
        limits: Limits,
    ) -> Result<Hits, Error> {
        let slot = now.record.slot;
        filter.of_kinds(&query.kinds);
        if let Some(customer) = &query.applicability {
            filter.holding_for(customer);
        }
        let filter = wire::filter(&filter, slot);

        let analyser = part.analyser(now.record.average_length, Analyser::new);
        let analysis = analyser.question(&query.text, query.language, &now.languages)?;
        let mut terms = part.statistics.terms(&analysis, now.points);
        self.look_up(slot, &mut terms, limits).await?;
        part.statistics.learn_terms(&terms);
        let (query_idf, known_idf) = terms.sums(&analysis);

        let words = analysis.words.len();
        let mut hits = Hits { query_idf, known_idf, words, languages: now.languages, ..Hits::default() };
        if query.limit == 0 {
            return Ok(hits);
        }
        if query.exact && !limits.exact {
            let reason = "exact searches are not allowed".to_owned();
            return Err(self.caller.error("searching", Trouble::Limit, reason));
        }
        let shape = Shape { slot, filter: &filter, query, limits };
        let (indices, values): (Vec<u32>, Vec<f32>) =
            analysis.terms().into_iter().map(|term| (term, analyser::weight(term))).unzip();
        let lexical = (!indices.is_empty())
            .then(|| self.nearest(&shape, InputVariant::Sparse(SparseVector { indices, values })));
        let dense = query.dense.clone();
        let dense = dense.map(|data| self.nearest(&shape, InputVariant::Dense(DenseVector { data })));
        let queries = [&lexical, &dense].into_iter().flatten().cloned().collect();
        let mut found = self.ask(slot.tenant, queries).await?;
        if dense.is_some() {
            hits.dense = in_rank(found.pop().unwrap_or_default(), slot);
        }
        if lexical.is_some() {
            hits.lexical = in_rank(found.pop().unwrap_or_default(), slot);
        }
        Ok(hits)
    }

    /// Reads a tenant's record and languages, together where its part is known.
    async fn now(&self, tenant: TenantId) -> Result<Option<Now>, Error> {
        let part = self.part(tenant);
        let guessed = part.slot(tenant);
        let (record, mut counted) = tokio::try_join!(self.record(tenant), self.languages(guessed))?;
        let Some(record) = record else {
            return Ok(None);
        };
        if record.slot != guessed {
            part.moved(record.slot);
            counted = self.languages(record.slot).await?;
        }
        Ok(Some(Now::of(record, counted)))
    }

    async fn languages(&self, slot: Slot) -> Result<Vec<(String, usize)>, Error> {
        let request = FacetCounts {
            collection_name: self.name(),
            key: payload::LANGUAGE.to_owned(),
            filter: Some(wire::all_of(slot)),
            limit: Some(ALL_LANGUAGES),
            exact: Some(true),
            timeout: Some(self.server_timeout()),
            ..FacetCounts::default()
        };
        let hits = self.caller.facet(slot.tenant, request).await?.hits;
        let code = |value: facet_value::Variant| match value {
            facet_value::Variant::StringValue(code) => Some(code),
            _ => None,
        };
        let counted = hits.into_iter().filter_map(|hit| Some((code(hit.value?.variant?)?, whole(hit.count))));
        Ok(counted.collect())
    }

    /// Asks the server for what is missing in `terms`. It does not tell document frequencies, but a search for one
    /// term scores its best text with `idf · weight`, and the weight can be read.
    async fn look_up(&self, slot: Slot, terms: &mut Terms, limits: Limits) -> Result<(), Error> {
        let missing: Vec<u32> =
            terms.idf.iter().filter(|(_, idf)| idf.is_none()).map(|(term, _)| *term).collect();
        for some in missing.chunks(limits.searches) {
            let one = |term: &u32| QueryPoints {
                with_vectors: Some(vectors_of(LEXICAL)),
                ..self.query(
                    slot,
                    InputVariant::Sparse(SparseVector { indices: vec![*term], values: vec![1.0] }),
                    wire::all_of(slot),
                    (1, None),
                )
            };
            let found = self.ask(slot.tenant, some.iter().map(one).collect()).await?;
            for (term, best) in some.iter().zip(found) {
                let idf = best.into_iter().next().and_then(|best| {
                    let weight = wire::weight(best.vectors, *term)?;
                    (weight > 0.0).then(|| best.score / weight)
                });
                terms.idf.insert(*term, idf);
            }
        }
        Ok(())
    }

    async fn ask(&self, tenant: TenantId, queries: Vec<QueryPoints>) -> Result<Vec<Vec<ScoredPoint>>, Error> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let asked = queries.len();
        let request = QueryBatchPoints {
            collection_name: self.name(),
            query_points: queries,
            timeout: Some(self.server_timeout()),
            ..QueryBatchPoints::default()
        };
        let answered = self.caller.query_batch(tenant, request).await?.result;
        if answered.len() != asked {
            let reason = format!("{} of {asked} searches were answered", answered.len());
            return Err(self.caller.error("searching", Trouble::Refused, reason));
        }
        Ok(answered.into_iter().map(|one| one.result).collect())
    }

    fn query(
        &self,
        slot: Slot,
        input: InputVariant,
        filter: Filter,
        (limit, in_sight): (usize, Option<usize>),
    ) -> QueryPoints {
        let is_words = matches!(input, InputVariant::Sparse(_));
        QueryPoints {
            collection_name: self.name(),
            query: Some(WireQuery { variant: Some(Variant::Nearest(VectorInput { variant: Some(input) })) }),
            using: Some(if is_words { LEXICAL } else { DENSE }.to_owned()),
            filter: Some(filter),
            params: Some(SearchParams {
                // Words are looked up in lists, which are exact by themselves.
                exact: Some(in_sight.is_none() && !is_words),
                hnsw_ef: in_sight.filter(|_| !is_words).map(|in_sight| in_sight as u64),
                idf: is_words.then(|| words_of(wire::all_of(slot))),
                ..SearchParams::default()
            }),
            limit: Some(limit as u64),
            with_payload: Some(false.into()),
            with_vectors: Some(false.into()),
            timeout: Some(self.server_timeout()),
            ..QueryPoints::default()
        }
    }

    fn nearest(&self, shape: &Shape<'_>, input: InputVariant) -> QueryPoints {
        let Shape { slot, filter, query, limits } = *shape;
        let limit = query.limit.min(limits.hits);
        let in_sight = (!query.exact).then(|| IN_SIGHT.max(limit).min(limits.in_sight));
        let document = PayloadIncludeSelector { fields: vec![payload::DOCUMENT.to_owned()] };
        QueryPoints {
            with_payload: Some(WithPayloadSelector {
                selector_options: Some(PayloadOptions::Include(document)),
            }),
            ..self.query(slot, input, filter.clone(), (limit, in_sight))
        }
    }

    /// Returns the dense vectors of those of `chunks` that `filter` lets through.
    pub(super) async fn vectors(
        &self,
        tenant: TenantId,
        filter: &Ours,
        chunks: &[ChunkId],
    ) -> Result<Vec<(ChunkId, Vec<f32>)>, Error> {
        let Some(slot) = self.record(tenant).await?.map(|record| record.slot) else {
            return Ok(Vec::new());
        };
        let page = PAGE.min(self.limits().await?.hits);
        let mut vectors = Vec::with_capacity(chunks.len());
        for some in chunks.chunks(page) {
            let mut filter = filter.clone();
            filter.must.push(Condition::Chunks(some.to_vec()));
            let request = ScrollPoints {
                collection_name: self.name(),
                filter: Some(wire::filter(&filter, slot)),
                limit: Some(u32::try_from(some.len()).unwrap_or(u32::MAX)),
                with_payload: Some(false.into()),
                with_vectors: Some(vectors_of(DENSE)),
                timeout: Some(self.server_timeout()),
                ..ScrollPoints::default()
            };
            let points = self.caller.scroll(tenant, request).await?.result;
            vectors.extend(points.into_iter().filter_map(|point| {
                Some((wire::chunk(point.id.as_ref(), slot)?, wire::dense(point.vectors)?))
            }));
        }
        Ok(vectors)
    }

    /// Returns how many chunks of a tenant `filter` lets through.
    pub(super) async fn count(&self, tenant: TenantId, filter: &Ours) -> Result<usize, Error> {
        match self.record(tenant).await? {
            Some(record) => self.count_where(tenant, wire::filter(filter, record.slot)).await,
            None => Ok(0),
        }
    }

    pub(super) async fn count_where(&self, whose: impl Into<Whose>, filter: Filter) -> Result<usize, Error> {
        let request = CountPoints {
            collection_name: self.name(),
            filter: Some(filter),
            exact: Some(true),
            timeout: Some(self.server_timeout()),
            ..CountPoints::default()
        };
        Ok(whole(self.caller.count(whose, request).await?.result.unwrap_or_default().count))
    }

    /// Returns what is held of up to `limit` chunks after `after`, in the order of their points.
    pub(super) async fn scroll(
        &self,
        tenant: TenantId,
        after: Option<ChunkId>,
        limit: usize,
    ) -> Result<Vec<PointState>, Error> {
        let Some(slot) = self.record(tenant).await?.map(|record| record.slot) else {
            return Ok(Vec::new());
        };
        let offset = match after.map(|chunk| slot.point_after(chunk)) {
            None => None,
            Some(Some(next)) => Some(next),
            Some(None) => return Ok(Vec::new()),
        };
        let limit = limit.min(self.limits().await?.hits);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let request = ScrollPoints {
            collection_name: self.name(),
            filter: Some(wire::all_of(slot)),
            offset,
            limit: Some(u32::try_from(limit).unwrap_or(u32::MAX)),
            with_payload: Some(true.into()),
            with_vectors: Some(vectors_of(DENSE)),
            timeout: Some(self.server_timeout()),
            ..ScrollPoints::default()
        };
        let points = self.caller.scroll(tenant, request).await?.result;
        let read = points.into_iter().map(|point| {
            let held = point.id.as_ref().and_then(|id| state(id, &point.payload, slot));
            let unreadable = || Error::Broken {
                tenant,
                reason: format!("the payload of point {:?} cannot be read", point.id),
            };
            let held = held.ok_or_else(unreadable)?;
            Ok(PointState { has_vector: wire::dense(point.vectors).is_some(), ..held })
        });
        read.collect()
    }

    /// Returns the tenants that have a record.
    pub(super) async fn tenants(&self) -> Result<Vec<TenantId>, Error> {
        let page = PAGE.min(self.limits().await?.hits);
        let (mut tenants, mut offset) = (Vec::new(), None);
        loop {
            let request = ScrollPoints {
                collection_name: self.name(),
                filter: Some(Filter { must_not: vec![wire::is_empty(RECORD)], ..Filter::default() }),
                offset,
                limit: Some(u32::try_from(page).unwrap_or(u32::MAX)),
                with_payload: Some(true.into()),
                with_vectors: Some(false.into()),
                timeout: Some(self.server_timeout()),
                ..ScrollPoints::default()
            };
            let response = self.caller.scroll(Whose::Everybody, request).await?;
            tenants.extend(response.result.iter().filter_map(|point| tenant_of(&point.payload)));
            offset = response.next_page_offset;
            if offset.is_none() {
                tenants.sort_unstable();
                return Ok(tenants);
            }
        }
    }

    /// Returns how many points belong to nobody we know: somebody else has written them.
    pub(super) async fn strays(&self) -> Result<usize, Error> {
        let nobody = vec![wire::is_empty(super::tenant::TENANT), wire::is_empty(RECORD)];
        self.count_where(Whose::Everybody, Filter { must: nobody, ..Filter::default() }).await
    }
}

/// What the two searches of a question have in common.
#[derive(Clone, Copy)]
struct Shape<'a> {
    slot: Slot,
    filter: &'a Filter,
    query: &'a Query,
    limits: Limits,
}

fn vectors_of(name: &str) -> WithVectorsSelector {
    let names = VectorsSelector { names: vec![name.to_owned()] };
    WithVectorsSelector { selector_options: Some(VectorOptions::Include(names)) }
}

/// Returns the hits, best first. A point without a readable document is none of ours.
fn in_rank(found: Vec<ScoredPoint>, slot: Slot) -> Vec<Hit> {
    let hit = |point: ScoredPoint| {
        let chunk = wire::chunk(point.id.as_ref(), slot)?;
        let document = payload::document(&wire::fields(&point.payload))?;
        Some(Hit { chunk, document, score: point.score })
    };
    let mut hits: Vec<Hit> = found.into_iter().filter_map(hit).collect();
    // Equal scores come in the order in which they were found; ids make that repeat.
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
    hits
}

fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
