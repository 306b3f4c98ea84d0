//! What a source hands over: the outside world in our words, before any rule of ours has looked at it.
//!
//! A connector translates its wire format into these records and does nothing else.

use serde::{Deserialize, Serialize};

use crate::audience::Applicability;
use crate::conversation::{Author, Status};
use crate::language::Language;
use crate::time::Timestamp;

/// One thing read from a source.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An article, page or doc.
    Document(RawDocument),
    /// A past or running conversation, whole.
    Conversation(Box<RawConversation>),
    /// Something that happened to an identity.
    Person(PersonEvent),
    /// A company and what it is called.
    Company(RawCompany),
    /// A thing that is gone at the source.
    Deleted(ExternalId),
}

/// What kind of thing an external id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// An article, page or doc.
    Document,
    /// A conversation.
    Conversation,
    /// A contact or account.
    Person,
    /// A company.
    Company,
}

impl RecordKind {
    /// Returns the name as the store writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Conversation => "conversation",
            Self::Person => "person",
            Self::Company => "company",
        }
    }
}

/// The name that a source gives one of its things; unique within source and kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExternalId {
    /// What it names.
    pub kind: RecordKind,
    /// The source's own id.
    pub id: String,
}

/// Who may see a document, in the source's terms.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RawAudience {
    /// Anybody.
    Public,
    /// Agents only; also what a source says nothing about.
    #[default]
    Internal,
    /// The members of the company that the source names so.
    Company(String),
    /// The one identity that the source names so.
    Person(String),
}

/// An article, page or doc as Markdown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawDocument {
    /// The source's own id.
    pub external_id: String,
    /// The title, possibly empty.
    pub title: String,
    /// The text as Markdown.
    pub markdown: String,
    /// Where a person can read it.
    pub url: Option<String>,
    /// The language the source states.
    pub language: Option<Language>,
    /// Who may see it.
    pub audience: RawAudience,
    /// For which customers it is true.
    pub applicability: Applicability,
    /// When it was first written.
    pub created_at: Option<Timestamp>,
    /// When this state of it was written; absent means that nobody knows.
    pub updated_at: Option<Timestamp>,
    /// Ids that this entry led to, for corpora of questions that ended at an article or an intent.
    pub leads_to: Vec<String>,
}

/// By what way a conversation came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A chat window on a page or in an app.
    Messenger,
    /// Mail.
    Email,
    /// A telephone call, written down.
    Phone,
    /// A public forum.
    Forum,
    /// Anything else.
    #[default]
    Other,
}

/// How far a contact has made itself known; it never goes backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Nothing is known.
    #[default]
    Visitor,
    /// Left an address.
    Lead,
    /// Has an account.
    User,
}

/// Who wrote in, as the source states it: claims, not proof.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawCustomer {
    /// The id of the source's own contact record, such as Intercom's contact id.
    pub contact_id: Option<String>,
    /// The id in the company's own product (`user_id`).
    pub account_id: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Visitor, lead or user, where the source says.
    pub role: Option<Role>,
    /// Ids of the companies the contact belongs to, written server-side.
    pub companies: Vec<String>,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawTurn {
    /// Who wrote it.
    pub author: Author,
    /// The source's id of the author.
    pub author_id: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// The text, plain or Markdown.
    pub text: String,
    /// Ids of articles that the source says were cited in it.
    pub cites: Vec<String>,
}

/// A conversation, whole and in order.
#[derive(Debug, Clone, PartialEq)]
pub struct RawConversation {
    /// The source's own id.
    pub external_id: String,
    /// By what way it came in.
    pub channel: Channel,
    /// The language the source states.
    pub language: Option<Language>,
    /// When it began.
    pub created_at: Timestamp,
    /// Who wrote in.
    pub customer: RawCustomer,
    /// Further customers who can read along.
    pub others: Vec<RawCustomer>,
    /// Subject line.
    pub subject: Option<String>,
    /// Topic in the source's words.
    pub topic: Option<String>,
    /// Tags in the source's words.
    pub tags: Vec<String>,
    /// How it ended.
    pub status: Status,
    /// Position in `turns` of the message that solved it.
    pub solution_turn: Option<usize>,
    /// The customer's rating, 1 to 5.
    pub rating: Option<u8>,
    /// How many conversations of the whole this one stands for; 0 for one that must not enter a rate.
    pub weight: f64,
    /// All messages, oldest first.
    pub turns: Vec<RawTurn>,
    /// Set where the source leaves out what lies between the first message and this moment: what was stored of
    /// that stays.
    pub cut_until: Option<Timestamp>,
}

/// A company among the customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCompany {
    /// The source's own id.
    pub external_id: String,
    /// What it is called.
    pub name: String,
}

/// Something that happened to an identity at a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub change: PersonChange,
}

/// The kinds of person events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonChange {
    /// The contact was seen with these attributes.
    Seen(RawCustomer),
    /// The source merged one contact into another; an event, not proof.
    Merged {
        /// The contact that vanished.
        from: String,
        /// The contact that stayed.
        into: String,
    },
    /// The source no longer has this contact: it was deleted there for good.
    Gone {
        /// The contact.
        contact: String,
    },
}
