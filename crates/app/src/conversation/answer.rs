//! The answer to a need: the responder's, as a reply or as a note for agents.

use connector::channel::Action;
use domain::live::{Assignee, LiveConversation, Part, PartKind};
use domain::{Author, HandOff, Language, Mode, Outcome, Silence, Turn};
use identity::{Purpose, Scope};
use responder::lookups::Fared;
use responder::{Incoming, Responder, Response};
use store::live::{LiveState, NewOutgoing, Outgoing, OutgoingKind, OutgoingState};

use super::compose;
use super::gate::Verdict;
use super::identify::Who;
use super::need::{Need, ids};
use super::record::{Record, body};
use super::send::{Written, mark};
use super::step::{Halt, Round, Step};
use crate::tend::or_hand_off;

impl Step<'_> {
    /// Asks the responder, and writes what it says.
    pub(crate) async fn answer(
        &self,
        live: &LiveConversation,
        need: &Need<'_>,
        (who, state): (&Who, &LiveState),
        (topic, verdict): (&str, Verdict),
    ) -> Result<Round, Halt> {
        let form = self.app.settings.drafter_of(self.tenant()).form_of_address;
        let (purpose, response) = self.respond(live, need, (who, verdict)).await?;
        let decision = &response.decision;
        let outcome = decision.outcome;
        if let (Purpose::Auto, Some(draft)) = (purpose, &decision.draft) {
            let reply = (OutgoingKind::Reply, compose::reply(draft, form, state.automatic_count == 0));
            return self.send(live, need, reply, (topic, outcome, &response, who)).await;
        }
        let shown = match outcome {
            Outcome::Answer | Outcome::Ask => decision.draft.as_ref(),
            // Below the threshold a draft helps nobody; what only the agent may know may.
            Outcome::HandOff(_) | Outcome::Silent(_) => None,
        };
        let language = response.question.as_ref().map_or(Language::UNKNOWN, |question| question.language);
        let note = match outcome {
            Outcome::Silent(_) => None,
            _ => compose::note(decision, shown, language, None),
        };
        // One draft at a time: a note cannot be taken back, and two of them are one too many to read.
        let stands = note.is_some() && self.a_note_stands(live).await?;
        let (outcome, note) = match outcome {
            Outcome::Answer | Outcome::Ask if stands => (Outcome::Silent(Silence::DraftStands), None),
            _ => (outcome, note.filter(|_| !stands)),
        };
        // What only the customer may be told is told once they have proven who they are.
        let offer = match outcome {
            Outcome::HandOff(HandOff::NeedsProof) if note.is_some() => self.offer(live, need, who).await?,
            _ => None,
        };
        if let Some(offer) = &offer
            && verdict == Verdict::Auto
        {
            let text = compose::ask_for_proof(offer, (language, form), state.automatic_count == 0);
            let record = (topic, Outcome::Ask, &response, who);
            let round = self.send(live, need, (OutgoingKind::Reply, text), record).await?;
            return self.unless_sent(offer, round).await;
        }
        let note = match &offer {
            Some(offer) => compose::note(decision, shown, language, Some(offer)),
            None => note,
        };
        // What we do not answer must not stay with us, where nobody looks.
        let ours = live.assignee == Some(Assignee::Agent(self.account.teammate.clone()));
        let hands_over = match outcome {
            Outcome::Answer | Outcome::Ask => ours,
            Outcome::HandOff(_) => ours || verdict == Verdict::Auto,
            Outcome::Silent(_) => false,
        };
        // The assignment is our own doing; everything else must be as it was when the answer was made.
        let mut made_for = live.clone();
        if hands_over {
            self.hand_over().await?;
            made_for.assignee = self.channel.load(&self.external_id).await?.assignee;
        }
        match note {
            Some(text) => {
                let note = (OutgoingKind::Note, text);
                let round = self.send(&made_for, need, note, (topic, outcome, &response, who)).await?;
                match &offer {
                    Some(offer) => self.unless_sent(offer, round).await,
                    None => Ok(round),
                }
            }
            None => {
                self.settle(need, topic, (outcome, state), Some((&response, who))).await?;
                Ok(Round::Done)
            }
        }
    }

    /// Reports whether a note of ours is about something that nobody has answered yet.
    async fn a_note_stands(&self, live: &LiveConversation) -> Result<bool, Halt> {
        let sent = self.app.store.list_outgoing(self.tenant(), self.conversation).await?;
        let unanswered: Vec<&str> = live.unanswered().map(|part| part.id.as_str()).collect();
        let about = |one: &Outgoing| one.covers.iter().any(|part| unanswered.contains(&part.as_str()));
        Ok(sent
            .iter()
            .any(|one| one.kind == OutgoingKind::Note && one.state == OutgoingState::Sent && about(one)))
    }

    /// Asks the responder, and returns what its answer is for.
    async fn respond(
        &self,
        live: &LiveConversation,
        need: &Need<'_>,
        (who, verdict): (&Who, Verdict),
    ) -> Result<(Purpose, Response), Halt> {
        // Whether anything may be written is the gate's to say; the responder says what.
        let purpose = if verdict == Verdict::Auto { Purpose::Auto } else { Purpose::Draft };
        let scope = Scope::live(self.tenant(), who.readers.clone(), purpose, self.now())?;
        let incoming = Incoming {
            subject: live.subject.clone(),
            turns: turns(live, need),
            language: live.language.unwrap_or(Language::UNKNOWN),
            first_name: who.first_name.clone(),
            customer: self.app.settings.live_of(self.tenant()).customer.read(live),
            attached: attached(need),
        };
        let _open = self.app.ingest.courtesy.open();
        match reply_or_draft(&self.app.responder, &scope, &incoming).await {
            Ok(answered) => Ok(answered),
            Err(error) => Ok((Purpose::Draft, or_hand_off(Err(error))?)),
        }
    }

    /// Writes a note or a reply and records its outcome.
    async fn send(
        &self,
        live: &LiveConversation,
        need: &Need<'_>,
        (kind, text): (OutgoingKind, String),
        (topic, outcome, response, who): (&str, Outcome, &Response, &Who),
    ) -> Result<Round, Halt> {
        if response.asked.iter().any(|asked| asked.fared == Fared::Found) {
            // Before anything leaves us: nothing is ever learned from a conversation in which facts were shown.
            self.app.store.put_looked_up(self.tenant(), self.conversation, self.now()).await?;
        }
        let trace = self.app.seams.ids.trace();
        let covers = ids(&need.open);
        let record = Record {
            parts: covers.clone(),
            topic,
            outcome,
            standing: true,
            trace,
            more: self.told(response, who, Some(kind)),
            sent: None,
        };
        // Before anything leaves us: a later step that finds it there knows what it was.
        self.app.store.put_trace(self.tenant(), trace, self.now(), &body(&record)).await?;
        let new = NewOutgoing {
            id: self.app.seams.ids.outgoing(),
            conversation: self.conversation,
            kind,
            mark: mark(&self.external_id, kind, &covers),
            trace,
            covers,
            text,
        };
        let id = new.id;
        match self.write(live, new).await? {
            Written::There(part) => {
                self.record(Record { sent: Some((id, part)), ..record }).await?;
                Ok(Round::Done)
            }
            Written::Not(why) => {
                tracing::debug!(conversation.id = %self.conversation, why, "not written; looking again");
                self.give_back(kind).await?;
                Ok(Round::Again)
            }
        }
    }

    /// Takes our claim back from a conversation into which nothing was written.
    async fn give_back(&self, kind: OutgoingKind) -> Result<(), Halt> {
        if kind == OutgoingKind::Note {
            return Ok(());
        }
        match self.channel.load(&self.external_id).await {
            Ok(live) if live.assignee == Some(Assignee::Agent(self.account.teammate.clone())) => {
                Ok(self.channel.act(&self.external_id, &Action::Assign { to: None }).await?)
            }
            Ok(_) | Err(connector::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Answers with a reply where the scope is for one and one may go out, with a draft everywhere else. What becomes a
/// draft was understood, searched and looked up once, and rests on the evidence of the reply that it was to be.
async fn reply_or_draft(
    responder: &Responder,
    scope: &Scope,
    incoming: &Incoming,
) -> Result<(Purpose, Response), responder::Error> {
    let mut answering = responder.take_up(scope, incoming, Mode::Draft).await?;
    if scope.purpose() == Purpose::Auto {
        let reply = answering.respond(Mode::Auto).await?;
        let decision = &reply.decision;
        if matches!(decision.outcome, Outcome::Answer | Outcome::Ask) && decision.draft.is_some() {
            return Ok((Purpose::Auto, reply));
        }
        answering = answering.for_draft();
    }
    Ok((Purpose::Draft, answering.respond(Mode::Draft).await?))
}

/// Returns the names of what came along with the newest messages.
pub(crate) fn attached(need: &Need<'_>) -> Vec<String> {
    need.open.iter().flat_map(|part| part.attachments.iter().cloned()).collect()
}

/// Returns what was written to and by the customer. What a bot wrote after the newest messages, such as "we
/// will be right with you", is no answer to them and is left out.
pub(crate) fn turns(live: &LiveConversation, need: &Need<'_>) -> Vec<Turn> {
    let first_open = need.open.first().map(|part| part.at);
    let counts = |part: &&Part| {
        let late_bot = part.author == Author::Bot && first_open.is_some_and(|at| part.at >= at);
        part.kind == PartKind::Message && !part.redacted && !late_bot
    };
    let turn = |(position, part): (usize, &Part)| Turn {
        position: u32::try_from(position).unwrap_or(u32::MAX),
        author: part.author,
        author_id: part.author_id.clone(),
        at: part.at,
        text: part.text.clone(),
        cites: Vec::new(),
    };
    live.parts.iter().filter(counts).enumerate().map(turn).collect()
}
