//! One question against the index: two lists, weighed into one ranking of documents.

use std::collections::HashMap;

use domain::evidence::{Missing, Ranked, Reranked};
use domain::{Applicability, ChunkId, DocumentId, Language, Question};
use identity::Scope;
use index::{Hit, Hits, Query};
use llm::Role;
use store::{ChunkHead, Heads, LoadedChunk};

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

/// How the nearest vectors are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looking {
    /// At each of them: what is found has to be found again, as in replays and where something is measured.
    Exactly,
    /// Along the approximate graph, which takes a fraction of the time among many texts: for live questions.
    ByTheGraph,
}

/// What ranks a piece of a document that was found, its texts unread.
#[derive(Debug)]
struct Head {
    chunk: ChunkHead,
    cosine: Option<f32>,
    bm25: Option<f32>,
}

/// A document behind those that were read.
#[derive(Debug)]
pub(crate) struct Further {
    /// How it scores.
    pub(crate) score: f32,
    /// The language of its best piece.
    pub(crate) language: Language,
    /// What its best piece leads to.
    pub(crate) leads_to: Vec<String>,
}

/// Everything that was found for a question.
pub(crate) struct Searched {
    /// Documents, best first: at least as many as were wanted.
    pub(crate) candidates: Vec<Candidate>,
    /// The documents behind them, best first.
    pub(crate) further: Vec<Further>,
    /// How the best of them compared before any model put them in order, where somebody asks.
    pub(crate) ranked: Vec<Ranked>,
    /// Documents that hold for others, or perhaps, best first: as many as pieces are kept.
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
    /// Searches and ranks within the scope, and reads the best documents, at least `depth`.
    ///
    /// Hundreds of chunks rank, and the texts of a few documents are read. Every load asks the scope.
    pub(crate) async fn search(
        &self,
        scope: &Scope,
        question: &Question,
        depth: usize,
        looking: Looking,
    ) -> Result<Searched, Error> {
        let sentences = needs::sentences(&question.text);
        let mut asked = Vec::with_capacity(1 + sentences.len());
        for text in std::iter::once(question.text.as_str()).chain(sentences) {
            let query = Query {
                text: text.to_owned(),
                language: question.language,
                dense: Some(self.vector(text, Role::Query).await?),
                kinds: Vec::new(),
                applicability: None,
                limit: DEPTH,
                exact: looking == Looking::Exactly,
            };
            asked.push(self.index.search(scope, &query).await?);
        }
        let all = || asked.iter().flat_map(|hits| hits.dense.iter().chain(&hits.lexical));
        let mut wanted: Vec<ChunkId> = all().map(|hit| hit.chunk).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let Heads { chunks, refused } = self.store.load_heads(scope, &wanted).await?;
        let chunks: HashMap<ChunkId, ChunkHead> = chunks.into_iter().map(|one| (one.id, one)).collect();
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
        let mut by_document: HashMap<DocumentId, Vec<Head>> = HashMap::new();
        for chunk in chunks.into_values().filter(|chunk| chunk.has_body) {
            let (cosine, bm25) = (cosines.get(&chunk.id).copied(), words.get(&chunk.id).copied());
            by_document.entry(chunk.document).or_default().push(Head { chunk, cosine, bm25 });
        }
        let strength = |head: &Head| {
            weight * head.cosine.unwrap_or(0.0) + (1.0 - weight) * head.bm25.unwrap_or(0.0) / best_word
        };
        for heads in by_document.values_mut() {
            heads.sort_by(|a, b| {
                strength(b).total_cmp(&strength(a)).then(a.chunk.position.cmp(&b.chunk.position))
            });
        }
        let fits = fits(question, &by_document);
        // A document of which only the title was found has no piece to show.
        let shown = |one: &Fused<DocumentId>| fits.get(&one.key) == Some(&Fit::Holds);
        let (mut found, mut unfit): (Vec<Fused<DocumentId>>, Vec<Fused<DocumentId>>) =
            fused.into_iter().filter(|one| fits.contains_key(&one.key)).partition(shown);
        let leads_to = |document: &DocumentId| by_document[document][0].chunk.leads_to.as_slice();
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

        let wanted = self.wanted(scope, depth).min(found.len());
        let behind = found.split_off(wanted);
        unfit.truncate(self.kept());
        let mut loaded = self.texts(scope, found.iter().chain(&unfit), &by_document).await?;
        let further = behind.iter().filter_map(|one| further(one, &mut by_document)).collect();
        let mut candidate = |fused| candidate(fused, &mut by_document, &mut loaded);
        let candidates = found.into_iter().filter_map(&mut candidate).collect();
        let unfit = unfit.into_iter().filter_map(|one| Some((candidate(one)?, fits[&one.key]))).collect();
        let (candidates, ranked) = self.weigh(scope, question, candidates);
        let (candidates, reranked) = self.rerank(scope, question, candidates).await;
        Ok(Searched { candidates, further, ranked, unfit, missing, features, reranked, refused })
    }

    /// Returns how many documents are read where `depth` are wanted: those that a model is sent too, and all where what
    /// replays have shown of documents puts them in order.
    fn wanted(&self, scope: &Scope, depth: usize) -> usize {
        if self.counting(scope).is_some() {
            return usize::MAX;
        }
        let reranker = self.reranker().filter(|_| !scope.reach().internal);
        depth.max(self.considered()).max(reranker.map_or(0, |reranker| reranker.most))
    }

    /// Loads the pieces of documents that were found.
    async fn texts(
        &self,
        scope: &Scope,
        documents: impl Iterator<Item = &Fused<DocumentId>>,
        heads: &HashMap<DocumentId, Vec<Head>>,
    ) -> Result<HashMap<ChunkId, LoadedChunk>, Error> {
        let wanted: Vec<ChunkId> =
            documents.filter_map(|one| heads.get(&one.key)).flatten().map(|head| head.chunk.id).collect();
        let loaded = self.store.load_chunks(scope, &wanted).await?;
        Ok(loaded.chunks.into_iter().map(|one| (one.chunk.id, one)).collect())
    }

    /// Loads the bodies of those chunks that are example messages: short ones that lead somewhere.
    async fn short_bodies(
        &self,
        scope: &Scope,
        chunks: impl Iterator<Item = &ChunkHead>,
    ) -> Result<HashMap<ChunkId, String>, Error> {
        let leading: Vec<ChunkId> =
            chunks.filter(|chunk| !chunk.leads_to.is_empty()).map(|chunk| chunk.id).collect();
        if leading.is_empty() {
            return Ok(HashMap::new());
        }
        let bodies = self.store.load_chunks(scope, &leading).await?.chunks.into_iter();
        let bodies = bodies.map(|one| (one.chunk.id, one.chunk.body));
        Ok(bodies.filter(|(_, body)| confidence::is_example(body)).collect())
    }
}

/// Returns a document that was read, unless nothing of it is there any more.
fn candidate(
    fused: Fused<DocumentId>,
    heads: &mut HashMap<DocumentId, Vec<Head>>,
    loaded: &mut HashMap<ChunkId, LoadedChunk>,
) -> Option<Candidate> {
    let piece =
        |Head { chunk, cosine, bm25 }: Head| Some(Piece { loaded: loaded.remove(&chunk.id)?, cosine, bm25 });
    let pieces: Vec<Piece> = heads.remove(&fused.key)?.into_iter().filter_map(piece).collect();
    (!pieces.is_empty()).then_some(Candidate { fused, prior: None, pieces })
}

/// Returns what is kept of a document that is not read.
fn further(fused: &Fused<DocumentId>, heads: &mut HashMap<DocumentId, Vec<Head>>) -> Option<Further> {
    let best = heads.remove(&fused.key)?.into_iter().next()?.chunk;
    Some(Further { score: fused.score, language: best.language, leads_to: best.leads_to })
}

/// Says of each document whether it holds for whoever asks.
fn fits(question: &Question, heads: &HashMap<DocumentId, Vec<Head>>) -> HashMap<DocumentId, Fit> {
    let side = Side::read(question, heads.values().map(|heads| applicability(heads)));
    heads.iter().map(|(document, heads)| (*document, side.fit(applicability(heads)))).collect()
}

/// Returns for whom a document holds: every piece of it says so.
fn applicability(heads: &[Head]) -> &Applicability {
    &heads[0].chunk.applicability
}

/// Finds the one thing on which it depends which of the best documents is true, with how likely they carry an answer.
fn missing(
    (found, unfit): (&[Fused<DocumentId>], &[Fused<DocumentId>]),
    fits: &HashMap<DocumentId, Fit>,
    heads: &HashMap<DocumentId, Vec<Head>>,
    (language, words): (Language, usize),
) -> Option<Missing> {
    if !unfit.iter().any(|one| matches!(fits[&one.key], Fit::Depends(_))) {
        return None;
    }
    let chunk = |document: &DocumentId| &heads[document][0].chunk;
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
        heads: &HashMap<DocumentId, Vec<Head>>,
    ) -> Result<Option<Examples>, Error> {
        let head = |one: &Fused<DocumentId>| &heads[&one.key][0].chunk;
        let best = || found.iter().take(confidence::COHERENT);
        let are_most = |examples: usize| examples * 2 > best().count();
        let mut bodies = self.short_bodies(scope, best().map(head)).await?;
        if !are_most(best().filter(|one| bodies.contains_key(&head(one).id)).count()) {
            return Ok(None);
        }
        let others = found.iter().skip(confidence::COHERENT).map(head);
        bodies.extend(self.short_bodies(scope, others).await?);
        let examples: Vec<&Fused<DocumentId>> =
            found.iter().filter(|one| bodies.contains_key(&head(one).id)).collect();
        let closest: Vec<ChunkId> =
            examples.iter().take(confidence::COHERENT).map(|one| head(one).id).collect();
        let vectors: Vec<Vec<f32>> =
            self.index.vectors(scope, &closest).await?.into_iter().map(|(_, vector)| vector).collect();
        let nearest =
            examples.iter().filter_map(|one| Some((bodies[&head(one).id].as_str(), one.cosine?))).collect();
        let idf = (hits.query_idf, hits.known_idf);
        Ok(Some(Examples::measure(&question.text, nearest, &vectors, idf)))
    }
}

/// Weighs the two lists of one search into one ranking of documents.
fn ranked(hits: &Hits, chunks: &HashMap<ChunkId, ChunkHead>, weight: f32) -> Vec<Fused<DocumentId>> {
    // A title alone stands in the index as a chunk without a body; it speaks for its document by meaning only.
    let is_title = |hit: &&Hit| chunks.get(&hit.chunk).is_some_and(|one| !one.has_body);
    let is_text = |hit: &&Hit| chunks.get(&hit.chunk).is_some_and(|one| one.has_body);
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
