//! What is kept of a decision: one outcome for each message, with its trace.

use domain::{DocumentId, HandOff, Outcome, OutgoingId, Silence, TraceId};
use responder::Response;
use serde_json::json;
use store::live::{LiveState, NewOutcome, OutgoingKind};

use super::identify::Who;
use super::need::{Need, ids};
use super::step::{Halt, Step};

/// What is to be recorded of a need.
pub(crate) struct Record<'a> {
    pub(crate) parts: Vec<String>,
    pub(crate) topic: &'a str,
    pub(crate) outcome: Outcome,
    pub(crate) standing: bool,
    pub(crate) trace: TraceId,
    /// What else the trace says.
    pub(crate) more: serde_json::Value,
    pub(crate) sent: Option<(OutgoingId, String)>,
}

impl Step<'_> {
    /// Records an outcome for which nothing is written, and does what it asks for.
    pub(crate) async fn settle(
        &self,
        need: &Need<'_>,
        topic: &str,
        (outcome, state): (Outcome, &LiveState),
        response: Option<(&Response, &Who)>,
    ) -> Result<(), Halt> {
        // What we had taken on goes back to people. Before the flag: a hand-off that did not stick is tried
        // again, and with the flag set nothing would be.
        let asked = outcome == Outcome::HandOff(HandOff::AskedForHuman);
        if matches!(outcome, Outcome::HandOff(_)) && (asked || state.automatic_count > 0) {
            self.hand_over().await?;
        }
        if asked {
            self.app.store.keep_hands_off(self.tenant(), self.conversation, self.now()).await?;
        }
        let more = response.map_or_else(|| json!({}), |(response, who)| self.told(response, who, None));
        let record = Record {
            parts: ids(&need.open),
            topic,
            outcome,
            standing: true,
            trace: self.app.seams.ids.trace(),
            more,
            sent: None,
        };
        self.record(record).await
    }

    pub(crate) fn silence<'t>(
        &self,
        parts: Vec<String>,
        topic: &'t str,
        why: Silence,
        standing: bool,
    ) -> Record<'t> {
        let trace = self.app.seams.ids.trace();
        Record { parts, topic, outcome: Outcome::Silent(why), standing, trace, more: json!({}), sent: None }
    }

    /// Returns what a trace says beyond the outcome: ids, scores and reasons, no texts.
    pub(crate) fn told(
        &self,
        response: &Response,
        who: &Who,
        kind: Option<OutgoingKind>,
    ) -> serde_json::Value {
        json!({
            "conversation": self.conversation,
            "assurance": who.assurance,
            "limits": who.limits,
            "readers": who.readers.len(),
            "written": kind,
            "cited": cited(response),
            "response": response.trace(),
        })
    }

    pub(crate) async fn record(&self, record: Record<'_>) -> Result<(), Halt> {
        let body = body(&record);
        let outcome = NewOutcome {
            id: record.trace,
            conversation: self.conversation,
            parts: record.parts,
            topic: record.topic.to_owned(),
            outcome: record.outcome.name().to_owned(),
            reason: record.outcome.reason().map(str::to_owned),
            standing: record.standing,
            sent: record.sent,
        };
        Ok(self.app.store.record_outcome(self.tenant(), &outcome, &body, self.now()).await?)
    }
}

/// Returns the documents that the draft cites which was shown or sent, in the order of their numbers.
fn cited(response: &Response) -> Vec<DocumentId> {
    let shown = matches!(response.decision.outcome, Outcome::Answer | Outcome::Ask);
    let draft = response.decision.draft.as_ref().filter(|_| shown);
    draft.map(|draft| draft.sources.iter().map(|source| source.document).collect()).unwrap_or_default()
}

/// Returns the trace of an outcome.
pub(crate) fn body(record: &Record<'_>) -> serde_json::Value {
    let mut body = record.more.clone();
    body["topic"] = json!(record.topic);
    body["outcome"] = json!(record.outcome.name());
    body["reason"] = json!(record.outcome.reason());
    body
}
