//! What a replay records: one [`Case`] per conversation and one [`ReplayedTurn`] per question and mask.

use domain::priors::Signs;
use domain::record::Channel;
use domain::{Author, Conversation, Language, Outcome, Timestamp};
use identity::{Assurance, Mask, Purpose};
use serde::{Deserialize, Serialize};

use crate::human::{self, Label};
use crate::judge::{Judgement, Source};
use crate::resolution::Resolution;

/// A replayed conversation as it really went, whatever the mask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The source's own id.
    pub conversation: String,
    /// By what way it came in.
    pub channel: Channel,
    /// Topic in the source's words.
    pub topic: Option<String>,
    /// Its language.
    pub language: Language,
    /// When it began.
    pub created_at: Timestamp,
    /// How many conversations of the whole it stands for; 0 keeps it out of every rate.
    pub weight: f64,
    /// What people wrote in it, in order.
    pub human: Vec<human::Reply>,
    /// How it ended.
    pub resolution: Resolution,
}

impl Case {
    /// Reads the parts of `conversation` that a report needs.
    #[must_use]
    pub fn read(conversation: &Conversation, resolution: Resolution) -> Self {
        Self {
            conversation: conversation.external_id.clone(),
            channel: conversation.channel,
            topic: conversation.topic.clone(),
            language: conversation.language,
            created_at: conversation.created_at,
            weight: conversation.weight,
            human: human::replies(conversation),
            resolution,
        }
    }

    /// Reports whether a person of the company, or a helper, wrote anything.
    #[must_use]
    pub fn reached_human(&self) -> bool {
        !self.human.is_empty()
    }
}

/// The draft that a replayed question got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftRecord {
    /// The text as a customer would have read it.
    pub text: String,
    /// What it cites, in order of first use.
    pub sources: Vec<Source>,
}

/// The reply that a draft is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HumanRecord {
    /// Position of its first message.
    pub position: u32,
    /// Who wrote it.
    pub author: Author,
    /// What kind of reply it is.
    pub label: Label,
    /// The text; of several messages in a row, all of them.
    pub text: String,
    /// Ids or addresses of what it cites.
    pub cites: Vec<String>,
}

/// A reply that a person wrote after the one that the draft is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LaterReply {
    /// Its position.
    pub position: u32,
    /// What kind of reply it is.
    pub label: Label,
    /// How much of it the draft had already said, 0 to 1.
    pub covered: f64,
}

/// What a replayed question saw that it must not see. Every figure must be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Leaks {
    /// Pieces of the very conversation that was replayed.
    pub own_conversation: u32,
    /// Pieces that were not known yet at the moment of the question.
    pub not_yet_known: u32,
    /// Pieces about a person who is none of the readers.
    pub other_person: u32,
}

impl Leaks {
    /// Returns the sum of all kinds.
    #[must_use]
    pub fn total(self) -> u64 {
        u64::from(self.own_conversation) + u64::from(self.not_yet_known) + u64::from(self.other_person)
    }

    /// Adds the counts of another turn.
    pub fn add(&mut self, other: Self) {
        self.own_conversation = self.own_conversation.saturating_add(other.own_conversation);
        self.not_yet_known = self.not_yet_known.saturating_add(other.not_yet_known);
        self.other_person = self.other_person.saturating_add(other.other_person);
    }
}

/// How many articles there were at the moment of a question, and for how many nobody knows whether that was
/// already their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Versions {
    /// Articles that counted at that moment or would have, had their history been known.
    pub articles: u64,
    /// Those of which the state at that moment is not known.
    pub unknown: u64,
}

/// A document that a draft could have been made of, as the search has weighed it. It names neither document nor person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// What is known of it without reading it.
    pub signs: Signs,
    /// Its score by words and meaning, without priors.
    pub score: f64,
    /// Whether the draft cites it.
    pub cited: bool,
    /// Whether the person's reply points to it.
    pub named: bool,
}

/// How long the parts of a turn took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// Search.
    pub retrieval_ms: u64,
    /// Draft, checks and decision.
    pub answer_ms: u64,
    /// Comparison with the human reply.
    pub judge_ms: u64,
}

/// One customer's turn as it was replayed under one mask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayedTurn {
    /// The source's own id of the conversation.
    pub conversation: String,
    /// Position of the customer's message.
    pub position: u32,
    /// When it was written.
    pub at: Timestamp,
    /// By what way the conversation came in.
    pub channel: Channel,
    /// Topic in the source's words.
    pub topic: Option<String>,
    /// The customer's language.
    pub language: Language,
    /// How many conversations of the whole this one stands for.
    pub weight: f64,
    /// What the question was allowed to know.
    pub mask: Mask,
    /// What the answer was for.
    pub purpose: Purpose,
    /// How sure we were of the author.
    pub assurance: Assurance,
    /// Whether nobody had replied yet: only such turns enter the headline.
    pub is_headline: bool,
    /// The question.
    pub question: String,
    /// What was decided, and why.
    pub outcome: Outcome,
    /// Calibrated probability that the draft is right.
    pub confidence: f64,
    /// The draft; also present for a hand-off where there was one.
    pub draft: Option<DraftRecord>,
    /// The documents that it could have been made of, best first.
    #[serde(default)]
    pub ranked: Vec<Weighed>,
    /// What only the agent may know, beside the draft.
    pub for_agent: Vec<Source>,
    /// The reply a person wrote; absent where nobody did.
    pub human: Option<HumanRecord>,
    /// Replies that people wrote after that.
    pub later: Vec<LaterReply>,
    /// How the draft compares with the reply; present wherever there are both.
    pub judgement: Option<Judgement>,
    /// What it saw and must not have.
    pub leaks: Leaks,
    /// How much of the knowledge is of unknown age.
    pub versions: Versions,
    /// How long it took.
    pub timings: Timings,
}

/// How a replayed turn or conversation came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Answered like the person.
    Same,
    /// Answered otherwise than the person.
    Different,
    /// Not answered; the reason is that of the decision.
    Held,
    /// Answered, but no person replied, so there is nothing to compare with.
    Unjudged,
}

impl ReplayedTurn {
    /// Returns how the turn came out. To ask back is no answer and counts as held.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        match (&self.outcome, &self.judgement) {
            (Outcome::Ask | Outcome::HandOff(_) | Outcome::Silent(_), _) => Comparison::Held,
            (Outcome::Answer, None) => Comparison::Unjudged,
            (Outcome::Answer, Some(judgement)) if judgement.same => Comparison::Same,
            (Outcome::Answer, Some(_)) => Comparison::Different,
        }
    }

    /// Returns why the turn was held, `asked_back` for a question in return.
    #[must_use]
    pub fn held_because(&self) -> Option<&'static str> {
        match &self.outcome {
            Outcome::Ask => Some("asked_back"),
            other => other.reason(),
        }
    }
}
