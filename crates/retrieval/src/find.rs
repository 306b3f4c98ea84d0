//! From a question to evidence, and to a ranking of everything.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use domain::evidence::{Found, Why};
use domain::{ConversationId, Evidence, Kind, Priors, Question, TenantId};
use identity::Scope;
use index::{Index, Query};
use llm::rerank::Info;
use llm::{Embedder, Reranker, Role};
use store::Store;

use crate::fit::Fit;
use crate::gather::{Gathered, considered, found, gather};
use crate::search::{Candidate, Looking, Searched};
use crate::vote::{self, Elected, Voter};

/// How evidence is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// How many pieces are kept for an answer.
    pub keep: usize,
}

/// Why nothing could be found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] store::Error),
    /// The index failed.
    #[error("the index failed")]
    Index(#[from] index::Error),
    /// The embedding model failed.
    #[error("the embedding model failed")]
    Model(#[from] llm::Error),
}

/// Vectors that are remembered: questions, which an agent's look beside repeats, and names of targets.
const REMEMBERED: usize = 4_096;
/// A ranking of everything that was found, by the sources' own ids.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Documents, best first.
    pub documents: Vec<(String, f32)>,
    /// What those documents lead to, by votes; empty where nothing leads anywhere.
    pub votes: Vec<(String, f32)>,
    /// Calibrated probability that an answer is among them.
    pub confidence: f32,
}

/// Vectors of texts, oldest first out.
#[derive(Debug, Default)]
struct Memory {
    vectors: HashMap<String, Vec<f32>>,
    order: VecDeque<String>,
}

/// Finds evidence. There is one in an installation.
#[derive(Clone)]
pub struct Retrieval {
    pub(crate) store: Store,
    pub(crate) index: Arc<Index>,
    pub(crate) embedder: Arc<dyn Embedder>,
    pub(crate) reranker: Option<Arc<dyn Reranker>>,
    priors: Option<Arc<Priors>>,
    own: HashMap<TenantId, Option<Arc<Priors>>>,
    config: Config,
    memory: Arc<Mutex<Memory>>,
}

impl Retrieval {
    /// Makes a finder.
    #[must_use]
    pub fn new(store: Store, index: Arc<Index>, embedder: Arc<dyn Embedder>, config: Config) -> Self {
        let (priors, own, memory) = (None, HashMap::new(), Arc::default());
        Self { store, index, embedder, reranker: None, priors, own, config, memory }
    }

    /// Has a model, where there is one, put the best of what is found for customers in order.
    #[must_use]
    pub fn with_reranker(self, reranker: Option<Arc<dyn Reranker>>) -> Self {
        Self { reranker, ..self }
    }

    /// Ranks what is found for customers by what replays have shown too: those of all tenants that set nothing of their
    /// own, and those of each other one.
    #[must_use]
    pub fn with_priors(
        self,
        priors: Option<Arc<Priors>>,
        own: HashMap<TenantId, Option<Arc<Priors>>>,
    ) -> Self {
        Self { priors, own, ..self }
    }

    /// Returns what a replay has shown of a tenant's documents, where that is configured.
    #[must_use]
    pub fn priors(&self, tenant: TenantId) -> Option<&Priors> {
        self.own.get(&tenant).unwrap_or(&self.priors).as_deref()
    }

    /// Returns from how many documents evidence is taken.
    pub(crate) fn considered(&self) -> usize {
        considered(self.config.keep)
    }

    /// Returns how many pieces are kept for an answer.
    pub(crate) fn kept(&self) -> usize {
        self.config.keep
    }

    /// Returns what puts the best in order, where there is something.
    #[must_use]
    pub fn reranker(&self) -> Option<&Info> {
        self.reranker.as_ref().map(|reranker| reranker.info())
    }

    /// Finds evidence for a question, as far as `scope` allows.
    ///
    /// # Errors
    /// Fails when store, index or model do.
    #[tracing::instrument(name = "question.find", skip_all, fields(tenant.id = %scope.tenant()))]
    pub async fn find(&self, scope: &Scope, question: &Question) -> Result<Evidence, Error> {
        let looking = if scope.is_replay() { Looking::Exactly } else { Looking::ByTheGraph };
        let searched = self.search(scope, question, self.considered(), looking).await?;
        if searched.refused > 0 {
            tracing::error!(tenant.id = %scope.tenant(), refused = searched.refused,
                "the index found what the scope does not allow");
        }
        let votes = self.votes(question, &searched).await?;
        let confidence = searched.features.map_or(0.0, |features| features.probability());
        let mut gathered = gather(searched.candidates, self.config.keep);
        self.complete(scope, &mut gathered).await?;
        let Gathered { kept, mut dropped, .. } = gathered;
        for (Candidate { fused, pieces, .. }, fit) in searched.unfit {
            let why = if fit == Fit::Not { Why::NotApplicable } else { Why::PerhapsNotApplicable };
            let best = pieces.into_iter().next().map(|piece| found(piece, fused.score));
            dropped.extend(best.map(|one| Found { why, ..one }));
        }
        Ok(Evidence {
            question: question.clone(),
            kept,
            dropped,
            votes: votes.into_iter().take(self.config.keep).map(|one| (one.target, one.share)).collect(),
            confidence,
            missing: searched.missing,
            reranked: searched.reranked,
            ranked: searched.ranked,
        })
    }

    /// Ranks documents for a question, best first, at most `depth`; and the ids that they lead to, by votes.
    ///
    /// # Errors
    /// Fails when store, index or model do.
    pub async fn rank(&self, scope: &Scope, question: &Question, depth: usize) -> Result<Ranking, Error> {
        let searched = self.search(scope, question, depth, Looking::Exactly).await?;
        let votes = self.votes(question, &searched).await?;
        Ok(Ranking {
            documents: searched
                .candidates
                .iter()
                .take(depth)
                .map(|one| (one.pieces[0].loaded.external_id.clone(), one.score()))
                .collect(),
            votes: votes.into_iter().take(depth).map(|one| (one.target, one.total)).collect(),
            confidence: searched.features.map_or(0.0, |features| features.probability()),
        })
    }

    /// Returns the conversation behind the piece of one kind that is nearest in meaning, with the cosine.
    ///
    /// # Errors
    /// Fails when index, store or model do.
    pub async fn nearest(
        &self,
        scope: &Scope,
        question: &Question,
        kind: Kind,
    ) -> Result<Option<(ConversationId, f32)>, Error> {
        let query = Query {
            text: String::new(),
            language: question.language,
            dense: Some(self.vector(&question.text, Role::Query).await?),
            kinds: vec![kind],
            applicability: None,
            limit: 1,
            exact: true,
        };
        let hits = self.index.search(scope, &query).await?;
        let Some(best) = hits.dense.first() else { return Ok(None) };
        let loaded = self.store.load_chunks(scope, &[best.chunk]).await?;
        Ok(loaded.chunks.first().and_then(|one| one.chunk.conversation).map(|found| (found, best.score)))
    }

    /// Makes the vector of a question, so that searches which begin at once share it.
    ///
    /// # Errors
    /// Fails when the model does.
    pub async fn prepare(&self, question: &Question) -> Result<(), Error> {
        self.vector(&question.text, Role::Query).await.map(drop)
    }

    async fn votes(&self, question: &Question, searched: &Searched) -> Result<Vec<Elected<String>>, Error> {
        let best = searched.candidates.iter().map(|one| {
            let chunk = &one.pieces[0].loaded.chunk;
            (one.fused.score, chunk.language, &chunk.leads_to)
        });
        let further = searched.further.iter().map(|one| (one.score, one.language, &one.leads_to));
        let voters: Vec<Voter<'_, String>> = best
            .chain(further)
            .filter(|(_, _, leads_to)| !leads_to.is_empty())
            .map(|(score, language, leads_to)| {
                let differs =
                    language.is_known() && question.language.is_known() && language != question.language;
                let language = if differs { vote::Language::Other } else { vote::Language::Same };
                Voter { score, language, leads_to }
            })
            .collect();
        if voters.is_empty() {
            return Ok(Vec::new());
        }
        let asked = self.vector(&question.text, Role::Query).await?;
        let targets: HashSet<&String> = voters.iter().flat_map(|voter| voter.leads_to).collect();
        let mut cosines: HashMap<&String, f32> = HashMap::with_capacity(targets.len());
        for target in targets {
            if let Some(name) = vote::words_of(target) {
                let vector = self.vector(&name, Role::Passage).await?;
                cosines.insert(target, asked.iter().zip(&vector).map(|(a, b)| a * b).sum());
            }
        }
        Ok(vote::vote(&voters, |target| cosines.get(target).copied()))
    }

    /// Returns the vector of a text; a text that was asked for lately costs nothing.
    pub(crate) async fn vector(&self, text: &str, role: Role) -> Result<Vec<f32>, Error> {
        if let Some(vector) = self.memory.lock().unwrap_or_else(PoisonError::into_inner).vectors.get(text) {
            return Ok(vector.clone());
        }
        let vector = self.embedder.embed(&[text.to_owned()], role).await?.pop().unwrap_or_default();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.vectors.insert(text.to_owned(), vector.clone()).is_none() {
            memory.order.push_back(text.to_owned());
        }
        if memory.order.len() > REMEMBERED
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.vectors.remove(&oldest);
        }
        Ok(vector)
    }
}
