//! A conversation as it stands at its channel right now: what live traffic looks at before it says anything.
//!
//! A channel translates its wire format into these values and judges nothing; who may read what, and whether
//! anything is said at all, is decided elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::conversation::Author;
use crate::language::Language;
use crate::record::{Channel, RawCustomer};
use crate::time::Timestamp;

/// A conversation, whole, as its channel shows it at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveConversation {
    /// The channel's own id.
    pub external_id: String,
    /// By what way it came in.
    pub channel: Channel,
    /// The language the channel states.
    pub language: Option<Language>,
    /// When it began.
    pub created_at: Timestamp,
    /// When anything about it last changed.
    pub updated_at: Timestamp,
    /// Who began it.
    pub begun_by: BegunBy,
    /// Open, closed or asleep.
    pub state: State,
    /// Who is to answer.
    pub assignee: Option<Assignee>,
    /// The inbox it lies in, by the channel's id of its team.
    pub inbox: Option<String>,
    /// Whether that inbox is not read: nothing in it is looked at or answered.
    pub is_private: bool,
    /// Everybody among the customers who can read along, the first of them the one who began.
    pub contacts: Vec<RawCustomer>,
    /// Subject line.
    pub subject: Option<String>,
    /// Tags in the channel's words.
    pub tags: Vec<String>,
    /// What else is noted of it, by name, as far as it is text.
    pub attributes: BTreeMap<String, String>,
    /// What is noted of the customers, by name, as far as it is text and the same for all who read along.
    pub noted: BTreeMap<String, String>,
    /// The customer's rating, 1 to 5.
    pub rating: Option<u8>,
    /// What another automatic answerer is doing here.
    pub other_bot: OtherBot,
    /// Whether a ticket hangs on it.
    pub ticket: TicketState,
    /// Messages, notes and events, oldest first, the first message included.
    pub parts: Vec<Part>,
    /// How many parts the channel says there are, where it says so; more than `parts` when it cut the list.
    pub parts_in_all: Option<u64>,
}

/// How a conversation was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BegunBy {
    /// A customer wrote in.
    Customer,
    /// A teammate wrote first.
    Agent,
    /// A campaign or another message sent to many.
    Campaign,
    /// A bot or workflow opened it.
    Workflow,
    /// Nobody can tell.
    #[default]
    Unknown,
}

/// Whether a conversation waits for anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Open.
    #[default]
    Open,
    /// Closed.
    Closed,
    /// Asleep until a moment or a message.
    Snoozed,
}

/// Who is to answer a conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignee {
    /// One teammate, by the channel's id.
    Agent(String),
    /// A team, by the channel's id.
    Team(String),
}

/// What another automatic answerer is doing in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherBot {
    /// None has taken part.
    #[default]
    Absent,
    /// One took part and has handed over or been escalated from.
    Done,
    /// One is answering.
    Answering,
    /// A workflow is collecting data.
    Collecting,
}

/// Whether a ticket hangs on a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// None.
    #[default]
    None,
    /// One that is not resolved.
    Open,
    /// Resolved.
    Resolved,
}

/// One entry of a conversation: a message, a note or an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The channel's id of it; unique within the conversation.
    pub id: String,
    /// What it is.
    pub kind: PartKind,
    /// Who wrote or did it.
    pub author: Author,
    /// The channel's id of the author: a contact, a teammate, a bot.
    pub author_id: Option<String>,
    /// The author's address as the part states it; a claim. For a mail, the sender.
    pub author_email: Option<String>,
    /// When.
    pub at: Timestamp,
    /// By what way this part came, whatever way the conversation began; absent when the channel does not say.
    pub channel: Option<Channel>,
    /// The text as plain text; empty for an event.
    pub text: String,
    /// Addresses a mail went to, sender left out; empty for anything else.
    pub recipients: Vec<String>,
    /// Names of attached files.
    pub attachments: Vec<String>,
    /// Whether the channel has taken the text away.
    pub redacted: bool,
}

/// What a part of a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Something customers can read.
    Message,
    /// Something only teammates can read.
    Note,
    /// Something that happened: an assignment, a change of state, a tag.
    Event,
}

impl LiveConversation {
    /// Returns the newest message that customers can read.
    #[must_use]
    pub fn newest_message(&self) -> Option<&Part> {
        self.parts.iter().rev().find(|part| part.kind == PartKind::Message)
    }

    /// Returns the messages of the customers that no teammate has answered yet, oldest first.
    pub fn unanswered(&self) -> impl Iterator<Item = &Part> {
        let answered = |part: &Part| part.kind == PartKind::Message && part.author == Author::Agent;
        let from = self.parts.iter().rposition(answered).map_or(0, |position| position + 1);
        let wrote = |part: &&Part| part.kind == PartKind::Message && part.author == Author::Customer;
        self.parts[from..].iter().filter(wrote)
    }
}
