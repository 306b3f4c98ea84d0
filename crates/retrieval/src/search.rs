//! One question against the index: two lists, weighed into one ranking of documents.

use std::collections::HashMap;

use domain::evidence::{Missing, Ranked, Reranked};
use domain::{Applicability, ChunkId, DocumentId, Kind, Language, Question};
use identity::{Purpose, Scope};
use index::{Hit, Hits, Query};
use llm::Role;
use store::LoadedChunk;

use crate::confidence::{self, Examples, Features};
use crate::find::{Error, Retrieval};
use crate::fit::{self, Answer, Fit, Side};
use crate::fusion::{self, DEPTH, Fused, Listed, Lists, Tongue};
use crate::needs;

/// A document that was found, with its pieces.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// How it scores by words and meaning, or by the order of a reranker.
    pub(crate) fused: Fused<DocumentId>,
    /// What the tenant's priors add to that, where they count.
    pub(crate) prior: Option<f32>,
    /// Its pieces that were found, best first. Never empty.
    pub(crate) pieces: Vec<Piece>,
}

impl Candidate {
    /// Returns the score that it is ranked by.
    pub(crate) fn score(&self) -> f32 {
        self.prior.map_or(self.fused.score, |prior| self.fused.score + prior)
    }
}

/// A piece of a document that was found.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) loaded: LoadedChunk,
    pub(crate) cosine: Option<f32>,
    pub(crate) bm25: Option<f32>,
}

/// Everything that was found for a question.
pub(crate) struct Searched {
    /// Documents, best first.
    pub(crate) candidates: Vec<Candidate>,
    /// How the best of them compared before any model put them in order, where somebody asks.
    pub(crate) ranked: Vec<Ranked>,
    /// Documents that hold for others, or perhaps, best first.
    pub(crate) unfit: Vec<(Candidate, Fit)>,
    /// What has to be known before anything can be answered.
    pub(crate) missing: Option<Missing>,
    /// What the confidence is made of; nothing when nothing was found.
    pub(crate) features: Option<Features>,
    /// Whether a model put the best of them in order; nothing where none was asked.
    pub(crate) reranked: Option<Reranked>,
    /// Chunks that the index found and the scope does not allow.
    pub(crate) refused: usize,
}

impl Retrieval {
    /// Searches, loads within the scope, and ranks.
    pub(crate) async fn search(
        &self,
        scope: &Scope,
        question: &Question,
        kinds: &[Kind],
    ) -> Result<Searched, Error> {
        let sentences = needs::sentences(&question.text);
        let mut asked = Vec::with_capacity(1 + sentences.len());
        for text in std::iter::once(question.text.as_str()).chain(sentences) {
            let query = Query {
                text: text.to_owned(),
                language: question.language,
                dense: Some(self.vector(text, Role::Query).await?),
                kinds: kinds.to_vec(),
                applicability: None,
                limit: DEPTH,
                exact: repeats(scope),
            };
            asked.push(self.index.search(scope, &query).await?);
        }
        let all = || asked.iter().flat_map(|hits| hits.dense.iter().chain(&hits.lexical));
        let mut wanted: Vec<ChunkId> = all().map(|hit| hit.chunk).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let loaded = self.store.load_chunks(scope, &wanted).await?;
        let chunks: HashMap<ChunkId, LoadedChunk> =
            loaded.chunks.into_iter().map(|one| (one.chunk.id, one)).collect();
        let knows = !question.language.is_known() || self.embedder.model().knows(question.language.code());
        let tongue = if knows { Tongue::Known } else { Tongue::Foreign };
        let hits = &asked[0];
        let weight = fusion::dense_weight(tongue, hits.words);
        let fused = ranked(hits, &chunks, weight);
        let by_sentence: Vec<Vec<Fused<DocumentId>>> = asked[1..]
            .iter()
            .map(|hits| ranked(hits, &chunks, fusion::dense_weight(tongue, hits.words)))
            .collect();

        let (mut cosines, mut words): (HashMap<ChunkId, f32>, HashMap<ChunkId, f32>) = Default::default();
        for hits in &asked {
            best_of(&mut cosines, &hits.dense);
            best_of(&mut words, &hits.lexical);
        }
        let best_word = words.values().copied().fold(1e-6, f32::max);
        let mut by_document: HashMap<DocumentId, Vec<Piece>> = HashMap::new();
        for loaded in chunks.into_values().filter(|one| !one.chunk.body.is_empty()) {
            let (cosine, bm25) =
                (cosines.get(&loaded.chunk.id).copied(), words.get(&loaded.chunk.id).copied());
            by_document.entry(loaded.chunk.document).or_default().push(Piece { loaded, cosine, bm25 });
        }
        let strength = |piece: &Piece| {
            weight * piece.cosine.unwrap_or(0.0) + (1.0 - weight) * piece.bm25.unwrap_or(0.0) / best_word
        };
        for pieces in by_document.values_mut() {
            pieces.sort_by(|a, b| {
                strength(b)
                    .total_cmp(&strength(a))
                    .then(a.loaded.chunk.position.cmp(&b.loaded.chunk.position))
            });
        }
        let fits = fits(question, &by_document);
        // A document of which only the title was found has no piece to show.
        let shown = |one: &Fused<DocumentId>| fits.get(&one.key) == Some(&Fit::Holds);
        let (mut found, unfit): (Vec<Fused<DocumentId>>, Vec<Fused<DocumentId>>) =
            fused.into_iter().filter(|one| fits.contains_key(&one.key)).partition(shown);
        let leads_to = |document: &DocumentId| by_document[document][0].loaded.chunk.leads_to.as_slice();
        let missing = missing((&found, &unfit), &fits, &by_document, (question.language, hits.words));
        let mut features = Features::measure(&found, hits.words, leads_to);
        if let Some(features) = &mut features {
            features.examples = self.examples(scope, question, hits, &found, &by_document).await?;
        }
        if !by_sentence.is_empty() {
            let shown = |list: Vec<Fused<DocumentId>>| list.into_iter().filter(shown).collect();
            let by_sentence: Vec<Vec<Fused<DocumentId>>> = by_sentence.into_iter().map(shown).collect();
            found = needs::combine(&found, &by_sentence, |document| !leads_to(document).is_empty());
        }
        let mut candidate = |fused: Fused<DocumentId>| {
            Some(Candidate { pieces: by_document.remove(&fused.key)?, fused, prior: None })
        };
        let candidates = found.into_iter().filter_map(&mut candidate).collect();
        let unfit = unfit
            .into_iter()
            .map(|one| (one, fits[&one.key]))
            .filter_map(|(one, fit)| Some((candidate(one)?, fit)))
            .collect();
        let (candidates, ranked) = self.weigh(scope, question, candidates);
        let (candidates, reranked) = self.rerank(scope, question, candidates).await;
        let refused = loaded.refused.len();
        Ok(Searched { candidates, ranked, unfit, missing, features, reranked, refused })
    }
}

/// Reports whether a search has to find the same again: replays, and what is measured or looked up. A customer's
/// question may follow the approximate graph, which takes half the time among many texts.
fn repeats(scope: &Scope) -> bool {
    scope.is_replay() || scope.purpose() == Purpose::Lookup
}

/// Says of each document whether it holds for whoever asks.
fn fits(question: &Question, pieces: &HashMap<DocumentId, Vec<Piece>>) -> HashMap<DocumentId, Fit> {
    let side = Side::read(question, pieces.values().map(|pieces| applicability(pieces)));
    pieces.iter().map(|(document, pieces)| (*document, side.fit(applicability(pieces)))).collect()
}

/// Returns for whom a document holds: every piece of it says so.
fn applicability(pieces: &[Piece]) -> &Applicability {
    &pieces[0].loaded.chunk.applicability
}

/// Finds the one thing on which it depends which of the best documents is true, with how likely they carry an answer.
fn missing(
    (found, unfit): (&[Fused<DocumentId>], &[Fused<DocumentId>]),
    fits: &HashMap<DocumentId, Fit>,
    pieces: &HashMap<DocumentId, Vec<Piece>>,
    (language, words): (Language, usize),
) -> Option<Missing> {
    if !unfit.iter().any(|one| matches!(fits[&one.key], Fit::Depends(_))) {
        return None;
    }
    let chunk = |document: &DocumentId| &pieces[document][0].loaded.chunk;
    // What is in another language is not told, whatever the customer says.
    let is_told = |one: &&Fused<DocumentId>| {
        let of = chunk(&one.key).language;
        fits[&one.key] != Fit::Not && (of == language || !of.is_known() || !language.is_known())
    };
    let mut possible: Vec<Fused<DocumentId>> = found.iter().chain(unfit).filter(is_told).copied().collect();
    possible.sort_by(|a, b| fusion::descending(a.score, b.score).then_with(|| a.key.cmp(&b.key)));
    let answer = |one: &Fused<DocumentId>| Answer {
        score: one.score,
        of: &chunk(&one.key).applicability,
        fit: fits[&one.key],
    };
    let answers: Vec<Answer<'_>> = possible.iter().map(answer).collect();
    let (part, values) = fit::missing(&answers)?;
    let best = possible.iter().find(|one| fits[&one.key] == Fit::Depends(part))?;
    let features = Features::measure(&possible, words, |document| chunk(document).leads_to.as_slice())?;
    Some(Missing { part, values, chunk: chunk(&best.key).id, confidence: features.probability() })
}

impl Retrieval {
    /// Measures what example messages say of a question, where most of the best of what was found are some.
    async fn examples(
        &self,
        scope: &Scope,
        question: &Question,
        hits: &Hits,
        found: &[Fused<DocumentId>],
        pieces: &HashMap<DocumentId, Vec<Piece>>,
    ) -> Result<Option<Examples>, Error> {
        let chunk = |one: &Fused<DocumentId>| &pieces[&one.key][0].loaded.chunk;
        let is_example = |one: &&Fused<DocumentId>| {
            let chunk = chunk(one);
            !chunk.leads_to.is_empty() && confidence::is_example(&chunk.body)
        };
        let best = || found.iter().take(confidence::COHERENT);
        if best().filter(is_example).count() * 2 <= best().count() {
            return Ok(None);
        }
        let examples: Vec<&Fused<DocumentId>> = found.iter().filter(is_example).collect();
        let closest: Vec<ChunkId> =
            examples.iter().take(confidence::COHERENT).map(|one| chunk(one).id).collect();
        let vectors: Vec<Vec<f32>> =
            self.index.vectors(scope, &closest).await?.into_iter().map(|(_, vector)| vector).collect();
        let nearest =
            examples.iter().filter_map(|one| Some((chunk(one).body.as_str(), one.cosine?))).collect();
        let idf = (hits.query_idf, hits.known_idf);
        Ok(Some(Examples::measure(&question.text, nearest, &vectors, idf)))
    }
}

/// Weighs the two lists of one search into one ranking of documents.
fn ranked(hits: &Hits, chunks: &HashMap<ChunkId, LoadedChunk>, weight: f32) -> Vec<Fused<DocumentId>> {
    // A title alone stands in the index as a chunk without a body; it speaks for its document by meaning only.
    let is_title = |hit: &&Hit| chunks.get(&hit.chunk).is_some_and(|one| one.chunk.body.is_empty());
    let is_text = |hit: &&Hit| chunks.get(&hit.chunk).is_some_and(|one| !one.chunk.body.is_empty());
    let listed = |hit: &Hit| Listed { key: hit.document, score: hit.score };
    let texts: Vec<Listed<DocumentId>> = hits.dense.iter().filter(is_text).map(listed).collect();
    let titles: Vec<Listed<DocumentId>> = hits.dense.iter().filter(is_title).map(listed).collect();
    let dense = fusion::with_titles(&texts, &titles);
    let lexical: Vec<Listed<DocumentId>> = hits.lexical.iter().filter(is_text).map(listed).collect();
    fusion::fuse(Lists { dense: &dense, lexical: &lexical, query_idf: hits.query_idf }, weight)
}

/// Keeps the best score of each chunk.
fn best_of(scores: &mut HashMap<ChunkId, f32>, hits: &[Hit]) {
    for hit in hits {
        scores.entry(hit.chunk).and_modify(|score| *score = score.max(hit.score)).or_insert(hit.score);
    }
}
