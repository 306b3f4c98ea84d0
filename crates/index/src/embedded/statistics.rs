//! What is known of a tenant's text as a whole, remembered for as long as it holds well enough.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Language;
use qdrant_edge::{
    EdgeShard, FacetRequest, FacetValue, NamedQuery, QueryEnum, SearchParams, SearchRequest, SparseVector,
    VectorInternal, VectorStructInternal, WithPayloadInterface, WithVector,
};

use super::engine::{LEXICAL, failed};
use crate::analyser::{self, Analysis};
use crate::error::Error;
use crate::filter::path;
use crate::payload;

/// How many languages are counted.
const MOST_LANGUAGES: usize = 32;

/// How many terms are remembered.
const MOST_TERMS: usize = 200_000;

/// Terms are forgotten when the number of chunks has changed by more than one in so many. Until then a
/// logarithm of it hardly moves, and looking up hundreds of terms again after every write would be slow.
const CHANGE_THAT_COUNTS: usize = 50;

/// What is remembered; `writes` says of which state of the index.
#[derive(Debug, Default)]
struct Remembered {
    writes: u64,
    /// Only of this very state: a chunk in a new language must be found at once.
    languages: Option<Vec<(Language, usize)>>,
    /// The inverse document frequencies of terms that some text holds.
    terms: HashMap<u32, f32>,
    /// How many chunks there were when the first of them was looked up.
    points: usize,
}

/// Statistics of one tenant's texts.
#[derive(Debug, Default)]
pub(super) struct Statistics(Mutex<Remembered>);

impl Statistics {
    fn remembered<T>(&self, act: impl FnOnce(&mut Remembered) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that something was written.
    pub(super) fn forget(&self) {
        self.remembered(|known| {
            known.writes += 1;
            known.languages = None;
        });
    }

    /// Returns the languages of the chunks with how many there are, most frequent first.
    pub(super) fn languages(&self, engine: &EdgeShard) -> Result<Vec<(Language, usize)>, Error> {
        let (writes, known) = self.remembered(|known| (known.writes, known.languages.clone()));
        if let Some(languages) = known {
            return Ok(languages);
        }
        let request =
            FacetRequest { key: path(payload::LANGUAGE)?, limit: MOST_LANGUAGES, filter: None, exact: true };
        let mut languages: Vec<(Language, usize)> = engine
            .facet(request)
            .map_err(failed)?
            .hits
            .into_iter()
            .filter_map(|hit| match hit.value {
                FacetValue::Keyword(code) => Some((Language::from_tag(&code), hit.count)),
                _ => None,
            })
            .collect();
        languages.sort_by_key(|(language, count)| (std::cmp::Reverse(*count), *language));
        self.remembered(|known| {
            if known.writes == writes {
                known.languages = Some(languages.clone());
            }
        });
        Ok(languages)
    }

    /// Returns the sums of the inverse document frequencies of a question's words: of all of them, and of
    /// those alone that some text holds. Of a word's forms in several languages the rarest counts.
    pub(super) fn idf(&self, engine: &EdgeShard, analysis: &Analysis) -> Result<(f32, f32), Error> {
        let points = engine.info().points_count;
        let (writes, mut terms) = self.remembered(|known| {
            if known.points.abs_diff(points) * CHANGE_THAT_COUNTS > known.points
                || known.terms.len() > MOST_TERMS
            {
                known.terms.clear();
                known.points = points;
            }
            let wanted = analysis.terms();
            (known.writes, wanted.into_iter().map(|term| (term, known.terms.get(&term).copied())).collect())
        });
        look_up(engine, &mut terms)?;
        let idf_of = |cut: &[u32]| {
            let found: Vec<f32> = cut.iter().filter_map(|term| terms.get(term).copied()?).collect();
            (!found.is_empty()).then(|| found.iter().sum::<f32>())
        };
        #[expect(clippy::cast_precision_loss, reason = "a logarithm is taken of it")]
        let of_unknown = ((points as f32 + 0.5) / 0.5 + 1.0).ln();
        let (mut all, mut known) = (0.0, 0.0);
        for word in &analysis.words {
            let idf = word
                .iter()
                .filter_map(|cut| idf_of(cut))
                .fold(None, |most: Option<f32>, idf| Some(most.map_or(idf, |most| most.max(idf))));
            known += idf.unwrap_or(0.0);
            all += idf.unwrap_or(of_unknown);
        }
        for gram in &analysis.grams {
            let idf = terms.get(gram).copied().flatten();
            known += idf.unwrap_or(0.0) * analyser::weight(*gram);
            all += idf.unwrap_or(of_unknown) * analyser::weight(*gram);
        }
        self.remembered(|remembered| {
            if remembered.writes == writes {
                remembered.terms.extend(terms.iter().filter_map(|(term, idf)| Some((*term, (*idf)?))));
            }
        });
        Ok((all, known))
    }
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
