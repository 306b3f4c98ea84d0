//! Nearest points, looked for one by one.

use std::collections::HashMap;

use qdrant_client::qdrant::query::Variant;
use qdrant_client::qdrant::vector_input::Variant as Input;
use qdrant_client::qdrant::vectors_config::Config as VectorsConfig;
use qdrant_client::qdrant::with_payload_selector::SelectorOptions as PayloadOptions;
use qdrant_client::qdrant::with_vectors_selector::SelectorOptions as VectorOptions;
use qdrant_client::qdrant::{
    DenseVector, Filter, Modifier, NamedVectorsOutput, QueryPoints, ScoredPoint, SparseVector, VectorOutput,
    VectorsOutput, WithPayloadSelector, WithVectorsSelector, vector_output, vectors_output,
};
use tonic::Status;

use crate::part::{Key, Part, Payload, Point, Points, in_order, of_length_one};
use crate::shards::key;
use crate::state::{Collection, exceeded, invalid};

/// How many are found where nothing else is asked for, as by the real one.
const USUAL: u64 = 10;

impl Collection {
    /// Returns how many numbers a dense vector has.
    pub(crate) fn size(&self, name: &str) -> Result<u64, Status> {
        let config = self.made.vectors_config.as_ref().and_then(|vectors| vectors.config.as_ref());
        match config {
            Some(VectorsConfig::ParamsMap(map)) => map.map.get(name).map(|params| params.size),
            _ => None,
        }
        .ok_or_else(|| invalid(format!("Not existing vector name error: {name}")))
    }

    fn is_weighted(&self, name: &str) -> Option<bool> {
        let params = self.made.sparse_vectors_config.as_ref()?.map.get(name)?;
        Some(params.modifier == Some(Modifier::Idf.into()))
    }

    pub(crate) fn query(&self, query: QueryPoints) -> Result<Vec<ScoredPoint>, Status> {
        let limit = query.limit.unwrap_or(USUAL);
        let params = query.params.unwrap_or_default();
        if let Some(strict) = self.made.strict_mode_config.as_ref().filter(|strict| strict.enabled()) {
            if let Some(most) = strict.max_query_limit.map(u64::from).filter(|most| limit > *most) {
                return Err(exceeded("limit", usize::try_from(limit).unwrap_or(usize::MAX), most));
            }
            if params.exact() && strict.search_allow_exact == Some(false) {
                return Err(invalid("Exact search disabled! Help: Set exact=false."));
            }
        }
        if !query.prefetch.is_empty() || query.score_threshold.is_some() || query.offset.is_some() {
            return Err(Status::unimplemented("the stand-in knows plain searches alone"));
        }
        let name = query.using.unwrap_or_default();
        let input = match query.query.and_then(|query| query.variant) {
            Some(Variant::Nearest(input)) => input.variant,
            _ => return Err(Status::unimplemented("the stand-in looks for the nearest alone")),
        };
        let (name, filter) = (name.as_str(), query.filter.as_ref());
        let mut found = Vec::new();
        for (shard, points) in self.reads(query.shard_key_selector.as_ref())? {
            let nearest = match &input {
                Some(Input::Dense(DenseVector { data })) => {
                    if params.idf.is_some() {
                        return Err(invalid(format!("Vector `{name}` has no IDF modifier")));
                    }
                    self.by_meaning(points, name, data.clone(), filter)?
                }
                Some(Input::Sparse(SparseVector { indices, values })) => {
                    let Some(weighted) = self.is_weighted(name) else {
                        return Err(invalid(format!("Not existing vector name error: {name}")));
                    };
                    let mut terms = in_order(indices, values)?;
                    if weighted {
                        let corpus = params.idf.as_ref().and_then(|idf| idf.corpus.as_ref());
                        points.weigh(name, &mut terms, corpus)?;
                    }
                    points.by_words(name, &terms, filter)?
                }
                _ => return Err(Status::unimplemented("the stand-in knows dense and sparse vectors alone")),
            };
            found.extend(nearest.into_iter().map(|(key, score, point)| (key, score, point, shard)));
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found
            .into_iter()
            .map(|(id, score, point, shard)| ScoredPoint {
                id: Some(id.id()),
                payload: some_payload(point, query.with_payload.as_ref()),
                score,
                version: point.version,
                vectors: some_vectors(point, query.with_vectors.as_ref()),
                shard_key: key(shard),
                ..ScoredPoint::default()
            })
            .collect())
    }

    fn by_meaning<'a>(
        &self,
        points: &'a Points,
        name: &str,
        vector: Vec<f32>,
        filter: Option<&Filter>,
    ) -> Result<Vec<(Key, f32, &'a Point)>, Status> {
        let size = self.size(name)?;
        if vector.len() as u64 != size {
            let got = vector.len();
            return Err(invalid(format!("Vector dimension error: expected dim: {size}, got {got}")));
        }
        let vector = of_length_one(vector);
        let scored = points.passing(filter)?.into_iter().filter_map(|(key, point)| {
            let score: f32 = point.dense.get(name)?.iter().zip(&vector).map(|(a, b)| a * b).sum();
            Some((key, score, point))
        });
        Ok(scored.collect())
    }
}

impl Points {
    fn by_words(
        &self,
        name: &str,
        terms: &[(u32, f32)],
        filter: Option<&Filter>,
    ) -> Result<Vec<(Key, f32, &Point)>, Status> {
        let mut found = Vec::new();
        for part in self.parts(filter) {
            let mut scores: HashMap<Key, f32> = HashMap::new();
            for (term, weight) in terms {
                for key in part.holding(name, *term) {
                    *scores.entry(key).or_default() += weight * part.weight(key, name, *term);
                }
            }
            for (key, score) in scores {
                let Some(point) = part.points.get(&key) else { continue };
                if filter.map_or(Ok(true), |filter| crate::filter::passes(filter, key, &point.payload))? {
                    found.push((key, score, point));
                }
            }
        }
        Ok(found)
    }

    /// Multiplies each term by its inverse document frequency among the points that pass `corpus`.
    #[expect(clippy::cast_precision_loss, reason = "a logarithm is taken of it")]
    fn weigh(&self, name: &str, terms: &mut [(u32, f32)], corpus: Option<&Filter>) -> Result<(), Status> {
        let all = self.passing(corpus)?.len() as f32;
        for (term, weight) in terms {
            let mut holding = 0.0;
            for part in self.parts(corpus) {
                for key in part.holding(name, *term) {
                    let Some(point) = part.points.get(&key) else { continue };
                    let counts =
                        corpus.map_or(Ok(true), |corpus| crate::filter::passes(corpus, key, &point.payload));
                    holding += f32::from(u8::from(counts?));
                }
            }
            *weight *= ((all - holding + 0.5) / (holding + 0.5)).ln_1p();
        }
        Ok(())
    }
}

impl Part {
    fn weight(&self, key: Key, name: &str, term: u32) -> f32 {
        let terms = self.points.get(&key).and_then(|point| point.sparse.get(name));
        let found = terms.and_then(|terms| {
            let at = terms.binary_search_by_key(&term, |(term, _)| *term).ok()?;
            terms.get(at)
        });
        found.map_or(0.0, |(_, weight)| *weight)
    }
}

/// Returns as much of a payload as was asked for.
pub(crate) fn some_payload(point: &Point, wanted: Option<&WithPayloadSelector>) -> Payload {
    let wanted = wanted.and_then(|wanted| wanted.selector_options.as_ref());
    let chosen = |keep: &dyn Fn(&String) -> bool| {
        let fields = point.payload.iter().filter(|(name, _)| keep(name));
        fields.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    match wanted {
        None | Some(PayloadOptions::Enable(false)) => Payload::new(),
        Some(PayloadOptions::Enable(true)) => point.payload.clone(),
        Some(PayloadOptions::Include(some)) => chosen(&|name| some.fields.contains(name)),
        Some(PayloadOptions::Exclude(some)) => chosen(&|name| !some.fields.contains(name)),
    }
}

/// Returns as many of the vectors as were asked for.
pub(crate) fn some_vectors(point: &Point, wanted: Option<&WithVectorsSelector>) -> Option<VectorsOutput> {
    let wanted = wanted.and_then(|wanted| wanted.selector_options.as_ref())?;
    let is_wanted = |name: &String| match wanted {
        VectorOptions::Enable(all) => *all,
        VectorOptions::Include(some) => some.names.contains(name),
    };
    let output = |vector| VectorOutput { vector: Some(vector), ..VectorOutput::default() };
    let dense = point
        .dense
        .iter()
        .map(|(name, data)| (name, output(vector_output::Vector::Dense(DenseVector { data: data.clone() }))));
    let sparse = point.sparse.iter().map(|(name, terms)| {
        let (indices, values) = terms.iter().copied().unzip();
        (name, output(vector_output::Vector::Sparse(SparseVector { indices, values })))
    });
    let vectors: HashMap<String, VectorOutput> = dense
        .chain(sparse)
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, vector)| (name.clone(), vector))
        .collect();
    let named = vectors_output::VectorsOptions::Vectors(NamedVectorsOutput { vectors });
    Some(VectorsOutput { vectors_options: Some(named) })
}
