//! The way of a turn: understand, find, draft, check, decide.

use std::collections::HashMap;
use std::sync::Arc;

use domain::decision::{ForAgent, Verdict};
use domain::evidence::{Found, Ranked, Reranked, Why};
use domain::{Audience, Calibration, Decision, Draft, Evidence, Kind, Mode, Outcome, Question, TenantId};
use identity::{Assurance, Purpose, Scope};
use retrieval::Retrieval;
use serde::Serialize;

use crate::decide::{Grounds, Thresholds, decide};
use crate::lookups::{self, Asked, Fared, Lookups, NoLookups};
use crate::understand::model::{self, Reading};
use crate::understand::{self, Incoming, Understood, understand};
use crate::voice::Voice;
use crate::write::{Drafting, NoWriters, Task, Writers, Written};
use crate::{checks, clarify, extract};

/// When an answer is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// From which confidence on a draft is made.
    pub draft_threshold: f32,
    /// From which confidence on a reply may go out by itself.
    pub auto_threshold: f32,
    /// What a confidence is worth, where a replay has shown it.
    pub calibration: Option<Arc<Calibration>>,
    /// How the company speaks to its customers.
    pub voice: Voice,
}

/// Why no decision could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The search failed.
    #[error("the search for evidence failed")]
    Retrieval(#[from] retrieval::Error),
    /// What a model answered before cannot be repeated.
    #[error("the models cannot be replayed")]
    Replay(#[source] llm::Error),
}

/// A decision with the grounds it stands on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Response {
    /// What was asked, where anything was.
    pub question: Option<Question>,
    /// What was found that an automatic reply may show.
    pub evidence: Option<Evidence>,
    /// What is done.
    pub decision: Decision,
    /// How the turn was understood, where a model may do that for the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// How the draft came about, where a model may write for the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drafting: Option<Drafting>,
    /// What was looked up about who reads, and how that went; never what was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Asked>,
}

/// Most pieces that are shown beside a draft.
const MOST_BESIDE: usize = 5;
/// A piece is shown beside the draft when it scores at least this share of the best there is.
const BESIDE_SHARE: f32 = 0.6;

/// Answers turns. There is one in an installation; live traffic, commands and replays share it.
#[derive(Clone)]
pub struct Responder {
    retrieval: Arc<Retrieval>,
    config: Config,
    own: HashMap<TenantId, Config>,
    writers: Arc<dyn Writers>,
    lookups: Arc<dyn Lookups>,
}

/// What was composed, with what is to be recorded of it.
struct Composed {
    draft: Option<Draft>,
    /// What is wrong with an answer that did not become a draft.
    verdict: Option<Verdict>,
    drafting: Option<Drafting>,
}

impl Responder {
    /// Makes a responder whose drafts are extractive.
    #[must_use]
    pub fn new(retrieval: Arc<Retrieval>, config: Config) -> Self {
        let (writers, lookups) = (Arc::new(NoWriters), Arc::new(NoLookups));
        Self { retrieval, config, own: HashMap::new(), writers, lookups }
    }

    /// Answers tenants that have something of their own by that.
    #[must_use]
    pub fn with_own(self, own: HashMap<TenantId, Config>) -> Self {
        Self { own, ..self }
    }

    /// Returns by what a tenant's questions are answered.
    #[must_use]
    pub fn config(&self, tenant: TenantId) -> &Config {
        self.own.get(&tenant).unwrap_or(&self.config)
    }

    /// Has models write for the tenants that have one.
    #[must_use]
    pub fn with_writers(self, writers: Arc<dyn Writers>) -> Self {
        Self { writers, ..self }
    }

    /// Has facts looked up about accounts that have proven who they are.
    #[must_use]
    pub fn with_lookups(self, lookups: Arc<dyn Lookups>) -> Self {
        Self { lookups, ..self }
    }

    /// Decides about the newest turn of `incoming` within `scope`.
    ///
    /// # Errors
    /// Fails when the search does, or a recording of a model is missing; nothing was written anywhere.
    #[tracing::instrument(name = "turn.answer", skip_all, fields(tenant.id = %scope.tenant()))]
    pub async fn respond(&self, scope: &Scope, incoming: &Incoming, mode: Mode) -> Result<Response, Error> {
        let by_rules = match understand(incoming) {
            Understood::Settled(outcome) => return Ok(Response::settled(outcome)),
            Understood::Asks(by_rules) => *by_rules,
        };
        let (understand::Asked { question, single, unseen, .. }, reading) =
            self.read(scope, incoming, by_rules, mode).await?;
        let config = self.config(scope.tenant());
        let mut evidence = self.find(scope, &question, config).await?;
        let ask = self.clarify(scope, &evidence, incoming);
        let looked_up = self.lookups.look_up(scope, &question).await;
        let asked = lookups::add(&mut evidence, scope, looked_up);
        let parts = self.parts(scope, &single, config).await?;
        // A reply that nobody looks at answers all that was asked or nothing.
        let least = parts.iter().map(|part| part.confidence).fold(evidence.confidence, f32::min);
        let confidence = if mode == Mode::Auto { least } else { evidence.confidence };
        let carried = parts.into_iter().filter(|part| part.confidence >= config.draft_threshold);
        let parts: Vec<Evidence> = carried.collect();
        let task = Task {
            evidence: &evidence,
            parts: &parts,
            language: question.language,
            first_name: incoming.first_name.as_deref(),
            voice: &config.voice,
        };
        let asks = ask.is_some();
        let Composed { draft, verdict, drafting } = match ask {
            Some(draft) => {
                Composed { draft: Some(draft), verdict: None, drafting: self.unasked(scope, "asks_back") }
            }
            None => {
                let is_sure = confidence >= config.thresholds().of(scope.purpose());
                self.compose(scope, &task, (mode, is_sure)).await?
            }
        };
        parts.into_iter().for_each(|part| evidence.take_in(part));
        let check = if asks { checks::run_on_question } else { checks::run };
        let mut checks =
            draft.as_ref().map(|draft| check(draft, &evidence, question.language)).unwrap_or_default();
        checks.extend(verdict);
        let (for_agent, needs_proof) = match scope.purpose() {
            Purpose::Draft => self.beside(scope, &question, &evidence).await?,
            Purpose::Auto | Purpose::Lookup => (Vec::new(), false),
        };
        // What the company could tell whoever proves to be the account is a reason to ask for proof.
        let provable =
            scope.purpose() == Purpose::Draft && asked.iter().any(|one| one.fared == Fared::NeedsProof);
        let needs_proof = needs_proof || provable;
        let grounds = Grounds {
            mode,
            purpose: scope.purpose(),
            has_evidence: !evidence.kept.is_empty(),
            confidence: evidence.missing.as_ref().filter(|_| asks).map_or(confidence, |one| one.confidence),
            asks,
            draft,
            for_agent,
            needs_proof,
            unseen,
            checks,
        };
        let decision = decide(grounds, config.thresholds());
        Ok(Response {
            question: Some(question),
            evidence: Some(evidence),
            decision,
            reading,
            drafting,
            asked,
        })
    }

    /// Has the tenant's models say what is asked, where it wants that; the rules' questions stand otherwise.
    async fn read(
        &self,
        scope: &Scope,
        incoming: &Incoming,
        by_rules: understand::Asked,
        mode: Mode,
    ) -> Result<(understand::Asked, Option<Reading>), Error> {
        let writer =
            self.writers.of(scope.tenant()).filter(|writer| writer.understands() && mode != Mode::Off);
        let Some(writer) = writer else { return Ok((by_rules, None)) };
        let (asked, reading) = model::read(&writer, incoming, by_rules).await.map_err(Error::Replay)?;
        Ok((asked, Some(reading)))
    }

    /// Composes a draft: the tenant's models where it has some and the evidence is worth asking them, the extractive
    /// drafter where not, and where none of them can be reached.
    async fn compose(
        &self,
        scope: &Scope,
        task: &Task<'_>,
        (mode, is_sure): (Mode, bool),
    ) -> Result<Composed, Error> {
        let extract =
            || extract::draft(task.evidence, task.parts, task.language, (task.voice, task.first_name));
        let Some(writer) = self.writers.of(scope.tenant()) else {
            return Ok(Composed { draft: extract(), verdict: None, drafting: None });
        };
        // Nothing would be done with what a model wrote.
        if mode == Mode::Off || !is_sure {
            let drafting = self.unasked(scope, "below_threshold");
            return Ok(Composed { draft: extract(), verdict: None, drafting });
        }
        let (written, drafting) = writer.write(task).await.map_err(Error::Replay)?;
        let (draft, verdict) = match written {
            Written::Draft(draft) => (Some(draft), None),
            Written::CannotAnswer => (None, None),
            Written::Unusable(detail) => {
                (None, Some(Verdict { check: "drafter".to_owned(), passed: false, detail }))
            }
            Written::Failed => (extract(), None),
        };
        Ok(Composed { draft, verdict, drafting: Some(drafting) })
    }

    /// Composes what is asked back, where a single thing that nobody knows of the customer separates the best answers
    /// and one of them would be good enough.
    fn clarify(&self, scope: &Scope, evidence: &Evidence, incoming: &Incoming) -> Option<Draft> {
        let config = self.config(scope.tenant());
        let least = config.thresholds().of(scope.purpose());
        let missing = evidence.missing.as_ref().filter(|missing| missing.confidence >= least)?;
        if clarify::was_asked(&incoming.turns) {
            return None;
        }
        clarify::draft(missing, evidence.question.language, (&config.voice, incoming.first_name.as_deref()))
    }

    /// Says why no model was asked, where the tenant has some.
    fn unasked(&self, scope: &Scope, why: &'static str) -> Option<Drafting> {
        self.writers.of(scope.tenant()).map(|writer| writer.unasked(why))
    }

    /// Finds evidence for each single question of a message that asks several things.
    async fn parts(
        &self,
        scope: &Scope,
        single: &[Question],
        config: &Config,
    ) -> Result<Vec<Evidence>, Error> {
        let mut parts = Vec::new();
        for question in single {
            parts.push(self.find(scope, question, config).await?);
        }
        Ok(parts)
    }

    /// Finds evidence that may carry an answer, with a confidence that means what it says.
    async fn find(&self, scope: &Scope, question: &Question, config: &Config) -> Result<Evidence, Error> {
        let mut evidence = self.retrieval.find(scope, question).await?;
        checks::drop_declining(&mut evidence);
        if let Some(calibration) = &config.calibration {
            let calibrated = |confidence: f32| calibration.of(f64::from(confidence)) as f32;
            evidence.confidence = calibrated(evidence.confidence);
            if let Some(missing) = &mut evidence.missing {
                missing.confidence = calibrated(missing.confidence);
            }
        }
        Ok(evidence)
    }

    /// Finds what only the agent may know, and whether the best of it is about this very customer.
    async fn beside(
        &self,
        scope: &Scope,
        question: &Question,
        shown: &Evidence,
    ) -> Result<(Vec<ForAgent>, bool), Error> {
        let all = self.retrieval.find(&scope.for_agent(), question).await?;
        let is_perhaps = |found: &Found| found.why == Why::PerhapsNotApplicable;
        let perhaps = all.dropped.iter().filter(|found| is_perhaps(found));
        let mut found: Vec<&Found> = all.kept.iter().chain(perhaps).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let best = found.first().map_or(0.0, |found| found.score);
        let reach = scope.reach();
        let mut beside: Vec<ForAgent> = Vec::new();
        // Who has proven to be the account gains nothing for what was merely joined to it.
        let provable = scope.assurance() < Assurance::Verified;
        let needs_proof = provable && is_best_of_person(&all);
        for found in found {
            let chunk = &found.chunk;
            let hidden = !reach.allows_audience(chunk.audience, chunk.kind);
            let other_language = shown.question.language.is_known()
                && chunk.language.is_known()
                && chunk.language != shown.question.language;
            let known = beside.iter().any(|one| one.document == chunk.document);
            if !(hidden || other_language || is_perhaps(found))
                || known
                || found.score < best * BESIDE_SHARE
                || beside.len() == MOST_BESIDE
            {
                continue;
            }
            beside.push(ForAgent {
                chunk: chunk.id,
                document: chunk.document,
                external_id: found.external_id.clone(),
                title: extract::title(found, question.language),
                url: found.address(),
                leads_to: chunk.leads_to.clone(),
                audience: chunk.audience.kind().to_owned(),
            });
        }
        Ok((beside, needs_proof))
    }
}

/// Reports whether the best of what was found is a person's own. What was learned of the very same conversation
/// is the same once more, without what is personal, and may stand before it.
fn is_best_of_person(all: &Evidence) -> bool {
    let own = all.kept.iter().position(|found| matches!(found.chunk.audience, Audience::Person(_)));
    own.is_some_and(|own| {
        let conversation = all.kept[own].chunk.conversation;
        all.kept[..own].iter().all(|found| {
            let same = conversation.is_some() && found.chunk.conversation == conversation;
            same && found.chunk.kind == Kind::LearnedAnswer
        })
    })
}

impl Config {
    fn thresholds(&self) -> Thresholds {
        Thresholds { draft: self.draft_threshold, auto: self.auto_threshold }
    }
}

impl Response {
    fn settled(outcome: Outcome) -> Self {
        let decision = Decision {
            outcome,
            draft: None,
            for_agent: Vec::new(),
            unseen: None,
            confidence: 0.0,
            checks: Vec::<Verdict>::new(),
        };
        Self { question: None, evidence: None, decision, reading: None, drafting: None, asked: Vec::new() }
    }

    /// Returns what priors did to the order of the documents that were found for the question as a whole.
    fn priors(&self) -> Vec<TracedPrior> {
        let ranked = self.evidence.iter().flat_map(|evidence| &evidence.ranked);
        let one = |one: &Ranked| Some(TracedPrior { document: one.document.to_string(), added: one.prior? });
        ranked.filter_map(one).collect()
    }

    /// Returns what is kept of this decision: ids, scores and reasons, no texts.
    #[must_use]
    pub fn trace(&self) -> Trace<'_> {
        let pieces = self.evidence.iter().flat_map(|evidence| evidence.kept.iter().chain(&evidence.dropped));
        Trace {
            outcome: self.decision.outcome.name(),
            reason: self.decision.outcome.reason(),
            confidence: self.decision.confidence,
            checks: &self.decision.checks,
            unseen: self.decision.unseen.as_ref().map(|unseen| unseen.files.len()),
            reading: self.reading.as_ref(),
            drafting: self.drafting.as_ref(),
            reranked: self.evidence.as_ref().and_then(|evidence| evidence.reranked.as_ref()),
            priors: self.priors(),
            asked: &self.asked,
            evidence: pieces
                .map(|found| TracedPiece {
                    chunk: found.chunk.id.to_string(),
                    audience: found.chunk.audience.kind(),
                    score: found.score,
                    cosine: found.cosine,
                    bm25: found.bm25,
                    why: found.why,
                })
                .collect(),
        }
    }
}

/// What is kept of a decision.
#[derive(Debug, Serialize)]
pub struct Trace<'a> {
    outcome: &'static str,
    reason: Option<&'static str>,
    confidence: f32,
    checks: &'a [Verdict],
    /// How many files came along that were not looked at; none where the text only points to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    unseen: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<&'a Reading>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drafting: Option<&'a Drafting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reranked: Option<&'a Reranked>,
    /// What the tenant's priors added to the scores of documents, where they count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    priors: Vec<TracedPrior>,
    #[serde(skip_serializing_if = "<[Asked]>::is_empty")]
    asked: &'a [Asked],
    evidence: Vec<TracedPiece>,
}

#[derive(Debug, Serialize)]
struct TracedPrior {
    document: String,
    added: f32,
}

#[derive(Debug, Serialize)]
struct TracedPiece {
    chunk: String,
    audience: &'static str,
    score: f32,
    cosine: Option<f32>,
    bm25: Option<f32>,
    why: domain::evidence::Why,
}
