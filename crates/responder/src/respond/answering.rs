//! A turn while it is answered: understood, searched and looked up once, whatever is made of it.
//!
//! A reply that may not go out becomes a draft for a person. Both are made under the same scope and so of the same
//! evidence, and nobody outside is asked twice for it: neither a model nor the company's own system. What only the
//! agent may know is a search of its own, at the same time where a draft is wanted from the start, and stands beside
//! the draft. Nothing of it outlives the turn.

use std::iter::once;

use domain::decision::Unseen;
use domain::{Evidence, Mode, Outcome, Question};
use identity::{Purpose, Scope};

use super::{Composed, Error, Responder, Response, beside};
use crate::checks;
use crate::decide::{Grounds, decide};
use crate::lookups::{self, Asked, Fared};
use crate::understand::model::Reading;
use crate::understand::{self, Incoming, Understood, understand};
use crate::write::Task;

/// A turn that is being answered. It belongs to the scope in which it was taken up, and serves no other.
pub struct Answering<'a> {
    responder: &'a Responder,
    incoming: &'a Incoming,
    scope: Scope,
    known: Known,
}

/// What is known of a turn before anything is made of it.
enum Known {
    /// Nothing had to be searched.
    Settled(Outcome),
    /// Something is asked, and this stands for an answer.
    Asked(Box<Ground>),
}

struct Ground {
    /// What is asked, as the conversation has it.
    question: Question,
    /// The same with what was looked up of the customer's side: for searches alone.
    searched: Question,
    unseen: Option<Unseen>,
    reading: Option<Reading>,
    evidence: Evidence,
    /// What was found for the single questions of a message with several, where it may carry an answer.
    parts: Vec<Evidence>,
    /// The lowest confidence of all that was asked.
    least: f32,
    asked: Vec<Asked>,
    /// What models made of this evidence, once they were asked.
    written: Option<Composed>,
    /// What the agent may know as well, once it was searched for.
    all: Option<Evidence>,
}

impl Responder {
    /// Takes up the newest turn of `incoming`: understands it, and finds within `scope` what may answer it.
    ///
    /// # Errors
    /// Fails when the search does, or a recording of a model is missing; nothing was written anywhere.
    #[tracing::instrument(name = "turn.take_up", skip_all, fields(tenant.id = %scope.tenant()))]
    pub async fn take_up<'a>(
        &'a self,
        scope: &Scope,
        incoming: &'a Incoming,
        mode: Mode,
    ) -> Result<Answering<'a>, Error> {
        let known = match understand(incoming) {
            Understood::Settled(outcome) => Known::Settled(outcome),
            Understood::Asks(by_rules) => {
                let (asked, reading) = self.read(scope, incoming, *by_rules, mode).await?;
                Known::Asked(Box::new(self.ground(scope, asked, reading).await?))
            }
        };
        Ok(Answering { responder: self, incoming, scope: scope.clone(), known })
    }

    /// Finds what may answer. Where it depends on the customer's side which of it holds, and a look-up knows that side,
    /// it is found anew with what the look-up said.
    async fn ground(
        &self,
        scope: &Scope,
        understand::Asked { question, mut single, unseen, .. }: understand::Asked,
        reading: Option<Reading>,
    ) -> Result<Ground, Error> {
        let config = self.config(scope.tenant());
        let (mut evidence, mut all) = self.find_both(scope, &question, config).await?;
        let mut parts = self.parts(scope, &single, config).await?;
        let sides = lookups::depends_on(once(&evidence).chain(&parts));
        let looked_up = self.lookups.look_up(scope, &question, &sides).await;
        let customer = lookups::complete(&question.customer, scope, &looked_up);
        let searched = Question { customer, ..question.clone() };
        if sides.iter().any(|part| searched.customer.part(*part) != question.customer.part(*part)) {
            single.iter_mut().for_each(|one| one.customer.clone_from(&searched.customer));
            (evidence, all) = self.find_both(scope, &searched, config).await?;
            parts = self.parts(scope, &single, config).await?;
            // What was looked up is told nowhere but in evidence that the account alone may see.
            evidence.question = question.clone();
        }
        let asked = lookups::add(&mut evidence, scope, looked_up);
        let least = parts.iter().map(|part| part.confidence).fold(evidence.confidence, f32::min);
        parts.retain(|part| part.confidence >= config.draft_threshold);
        Ok(Ground { question, searched, unseen, reading, evidence, parts, least, asked, written: None, all })
    }
}

impl Answering<'_> {
    /// Goes on for the draft that a reply becomes which may not go out.
    #[must_use]
    pub fn for_draft(self) -> Self {
        Self { scope: self.scope.for_draft(), ..self }
    }

    /// Decides about the turn, for what its scope is for. A model that wrote of this evidence is not asked again.
    ///
    /// # Errors
    /// Fails when the search does, or a recording of a model is missing; nothing was written anywhere.
    #[tracing::instrument(name = "turn.answer", skip_all, fields(tenant.id = %self.scope.tenant()))]
    pub async fn respond(&mut self, mode: Mode) -> Result<Response, Error> {
        let Self { responder, incoming, scope, known } = self;
        let ground = match known {
            Known::Settled(outcome) => return Ok(Response::settled(*outcome)),
            Known::Asked(ground) => &mut **ground,
        };
        let config = responder.config(scope.tenant());
        let (purpose, thresholds) = (scope.purpose(), config.thresholds());
        // A reply that nobody looks at answers all that was asked or nothing.
        let confidence = if mode == Mode::Auto { ground.least } else { ground.evidence.confidence };
        let ask = responder.clarify(scope, &ground.evidence, incoming);
        let asks = ask.is_some();
        let language = ground.question.language;
        let Composed { draft, verdict, drafting } = match ask {
            Some(draft) => {
                let drafting = responder.unasked(scope, "asks_back");
                Composed { draft: Some(draft), verdict: None, drafting }
            }
            None => {
                let task = Task {
                    evidence: &ground.evidence,
                    parts: &ground.parts,
                    language,
                    first_name: incoming.first_name.as_deref(),
                    voice: &config.voice,
                };
                let is_sure = confidence >= thresholds.of(purpose);
                responder.compose(scope, &task, (mode, is_sure), &mut ground.written).await?
            }
        };
        let mut evidence = ground.evidence.clone();
        ground.parts.iter().for_each(|part| evidence.take_in(part.clone()));
        let check = if asks { checks::run_on_question } else { checks::run };
        let mut checks = draft.as_ref().map(|draft| check(draft, &evidence, language)).unwrap_or_default();
        checks.extend(verdict);
        let (for_agent, needs_proof) = match purpose {
            Purpose::Draft => {
                let all = match ground.all.take() {
                    Some(all) => all,
                    None => responder.find_for_agent(scope, &ground.searched).await?,
                };
                beside(scope, &ground.searched, &evidence, ground.all.insert(all))
            }
            Purpose::Auto | Purpose::Lookup => (Vec::new(), false),
        };
        // What the company could tell whoever proves to be the account is a reason to ask for proof.
        let provable =
            purpose == Purpose::Draft && ground.asked.iter().any(|one| one.fared == Fared::NeedsProof);
        let grounds = Grounds {
            mode,
            purpose,
            has_evidence: !evidence.kept.is_empty(),
            confidence: evidence.missing.as_ref().filter(|_| asks).map_or(confidence, |one| one.confidence),
            asks,
            draft,
            for_agent,
            needs_proof: needs_proof || provable,
            unseen: ground.unseen.clone(),
            checks,
        };
        Ok(Response {
            question: Some(ground.question.clone()),
            evidence: Some(evidence),
            decision: decide(grounds, thresholds),
            reading: ground.reading.clone(),
            drafting,
            asked: ground.asked.clone(),
        })
    }
}
