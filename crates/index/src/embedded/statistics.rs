//! Statistics of a tenant's texts, asked of the engine.

use std::collections::HashMap;

use domain::Language;
use qdrant_edge::{
    EdgeShard, FacetRequest, FacetValue, NamedQuery, QueryEnum, SearchParams, SearchRequest, SparseVector,
    VectorInternal, VectorStructInternal, WithPayloadInterface, WithVector,
};

use super::engine::failed;
use super::filter::path;
use crate::analyser::Analysis;
use crate::error::Error;
use crate::payload::{self, LEXICAL};
use crate::statistics::{MOST_LANGUAGES, Statistics, in_order};

/// Returns the languages of the chunks with how many there are, most frequent first.
pub(super) fn languages(of: &Statistics, engine: &EdgeShard) -> Result<Vec<(Language, usize)>, Error> {
    let (writes, known) = of.languages();
    if let Some(languages) = known {
        return Ok(languages);
    }
    let request =
        FacetRequest { key: path(payload::LANGUAGE)?, limit: MOST_LANGUAGES, filter: None, exact: true };
    let hits = engine.facet(request).map_err(failed)?.hits;
    let languages = in_order(hits.into_iter().filter_map(|hit| match hit.value {
        FacetValue::Keyword(code) => Some((code, hit.count)),
        _ => None,
    }));
    of.learn_languages(writes, &languages);
    Ok(languages)
}

/// Returns the sums of the inverse document frequencies of a question's words: of all, and of those known.
pub(super) fn idf(of: &Statistics, engine: &EdgeShard, analysis: &Analysis) -> Result<(f32, f32), Error> {
    let mut terms = of.terms(analysis, engine.info().points_count);
    look_up(engine, &mut terms.idf)?;
    of.learn_terms(&terms);
    Ok(terms.sums(analysis))
}

/// Asks the engine for what is missing in `terms`. The engine does not tell document frequencies, but a
/// search for one term scores its best text with `idf · weight`, and the weight can be read.
fn look_up(engine: &EdgeShard, terms: &mut HashMap<u32, Option<f32>>) -> Result<(), Error> {
    for (term, idf) in terms.iter_mut().filter(|(_, idf)| idf.is_none()) {
        let query = VectorInternal::Sparse(SparseVector { indices: vec![*term], values: vec![1.0] });
        let request = SearchRequest {
            query: QueryEnum::Nearest(NamedQuery::new(query, LEXICAL)),
            filter: None,
            params: Some(SearchParams { exact: true, ..SearchParams::default() }),
            limit: 1,
            offset: 0,
            with_payload: Some(WithPayloadInterface::Bool(false)),
            with_vector: Some(WithVector::Selector(vec![LEXICAL.to_owned()])),
            score_threshold: None,
        };
        let best = engine.search(request).map_err(failed)?.into_iter().next();
        *idf = best.and_then(|best| {
            let weight = weight(best.vector.as_ref()?, *term)?;
            (weight > 0.0).then(|| best.score / weight)
        });
    }
    Ok(())
}

/// Returns the weight of a term in a point's lexical vector.
fn weight(vectors: &VectorStructInternal, term: u32) -> Option<f32> {
    let VectorStructInternal::Named(named) = vectors else {
        return None;
    };
    let VectorInternal::Sparse(vector) = named.get(LEXICAL)? else {
        return None;
    };
    let at = vector.indices.iter().position(|index| *index == term)?;
    vector.values.get(at).copied()
}
