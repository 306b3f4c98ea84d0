//! The contracts as tests, and a channel in memory.
//!
//! A connector's `tests/contract.rs` implements [`Harness`] on its fake of the outside and calls
//! [`source_suite`]. The suite panics with what was broken. It reads nothing but what a caller of the source
//! would see, so it cannot tell a good fake from a real system.

mod channel_suite;
mod desk;
mod memory;
mod suite;

use async_trait::async_trait;
use domain::record::{ExternalId, Record};

use crate::source::Source;

pub use channel_suite::{ChannelHarness, channel_suite};
pub use desk::{Desk, Fault, Moment, Sent};
pub use memory::Memory;
pub use suite::source_suite;

/// A fake of the outside that keeps its state while sources come and go.
#[async_trait]
pub trait Harness: Send {
    /// Returns a source as a new process would build it, with pages of at most [`PAGE`] records.
    async fn open(&self) -> Box<dyn Source>;

    /// Changes the outside.
    async fn change(&mut self, change: Change) -> Applied;

    /// Returns the id under which the source hands over item `number`; different for every number.
    fn id(&self, number: usize) -> ExternalId;

    /// Returns keys and tokens that the sources were given; none may ever be seen outside.
    fn secrets(&self) -> Vec<String>;
}

/// How many records a page of a source under test holds at most.
pub const PAGE: usize = 3;

/// What the suite does to the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Writes item `number` anew or over what is there. `text` must come back in the record's text. The
    /// item carries fields that the connector does not know.
    Put {
        /// Which item.
        number: usize,
        /// A text to be found again.
        text: String,
    },
    /// Removes item `number`.
    Remove {
        /// Which item.
        number: usize,
    },
    /// Adds something that cannot be read, among the good items.
    Spoil,
    /// Begins a trouble that concerns every call.
    Begin(Trouble),
    /// Ends the trouble.
    End,
}

/// What can be wrong with the outside as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The outside asks to come back later and says when.
    RateLimited,
    /// The key no longer counts.
    Unauthorised,
    /// The account is not there.
    Gone,
    /// Nothing answers.
    Down,
}

/// Whether a harness can do what the suite asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is done.
    Done,
    /// The outside knows no such thing; the suite leaves the case out. Only for [`Change::Begin`].
    Unknown,
}

/// Returns what a record names.
#[must_use]
pub fn id_of(record: &Record) -> Option<ExternalId> {
    use domain::record::RecordKind;
    let named = |kind, id: &str| Some(ExternalId { kind, id: id.to_owned() });
    match record {
        Record::Document(document) => named(RecordKind::Document, &document.external_id),
        Record::Conversation(conversation) => named(RecordKind::Conversation, &conversation.external_id),
        Record::Company(company) => named(RecordKind::Company, &company.external_id),
        Record::Deleted(id) => Some(id.clone()),
        Record::Person(_) => None,
    }
}

/// Returns the text of a record, empty for what has none.
#[must_use]
pub fn text_of(record: &Record) -> String {
    match record {
        Record::Document(document) => document.markdown.clone(),
        Record::Conversation(conversation) => {
            conversation.turns.iter().map(|turn| turn.text.as_str()).collect::<Vec<_>>().join("\n")
        }
        Record::Company(company) => company.name.clone(),
        Record::Person(_) | Record::Deleted(_) => String::new(),
    }
}
