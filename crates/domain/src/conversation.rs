//! Conversations with customers and their turns.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, SubjectId};
use crate::language::Language;
use crate::record::Channel;
use crate::time::Timestamp;

/// Who wrote a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The customer the conversation is with.
    Customer,
    /// Somebody who answers for the company.
    Agent,
    /// A machine that answers for the company.
    Bot,
    /// Anybody else.
    Other,
}

impl Author {
    /// Returns the name as the store and reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::Bot => "bot",
            Self::Other => "other",
        }
    }
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Marked as solved.
    Solved,
    /// Marked as not solved, or still open.
    Unsolved,
    /// Nobody said.
    #[default]
    Unknown,
}

/// One message of a stored conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Position within the conversation, from 0.
    pub position: u32,
    /// Who wrote it.
    pub author: Author,
    /// The source's id of the author.
    pub author_id: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// The text.
    pub text: String,
    /// Ids or addresses of articles cited in it.
    pub cites: Vec<String>,
}

/// A stored conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The source's own id.
    pub external_id: String,
    /// By what way it came in.
    pub channel: Channel,
    /// Its language; unknown when too little was written.
    pub language: Language,
    /// When it began.
    pub created_at: Timestamp,
    /// The identity of the customer; absent when the source names nobody.
    pub subject_id: Option<SubjectId>,
    /// Every identity that can read along, the customer included.
    pub readers: Vec<SubjectId>,
    /// Subject line.
    pub subject: Option<String>,
    /// Topic in the source's words.
    pub topic: Option<String>,
    /// Tags in the source's words.
    pub tags: Vec<String>,
    /// How it ended.
    pub status: Status,
    /// Position of the message that solved it.
    pub solution_turn: Option<u32>,
    /// The customer's rating, 1 to 5.
    pub rating: Option<u8>,
    /// How many conversations of the whole this one stands for.
    pub weight: f64,
    /// All messages, oldest first.
    pub turns: Vec<Turn>,
}
