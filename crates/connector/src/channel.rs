//! What a channel does: say what came in, show a conversation, deliver a reply once, act.

use std::fmt;

use async_trait::async_trait;
use domain::Timestamp;
use domain::live::{Assignee, LiveConversation, State};
use domain::record::PersonEvent;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One outside system in which customers write and are answered.
///
/// A channel keeps no state that matters, and says nothing on its own. Receiving is pure; everything else
/// may be called again at any time, with what each method says about repetition.
#[async_trait]
pub trait Channel: fmt::Debug + Send + Sync {
    /// Reads what the outside has sent us. Pure: it looks at bytes and nothing else.
    ///
    /// Repetition: the same call gives the same values.
    ///
    /// # Errors
    /// [`Refusal`], with what to answer the outside.
    fn receive(&self, call: &Call<'_>) -> Result<Vec<Inbound>, Refusal>;

    /// Loads a conversation whole, as it stands now.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is gone for good; any other kind says nothing about it.
    async fn load(&self, conversation: &str) -> Result<LiveConversation, Error>;

    /// Delivers a reply or a note if `guard` still holds, reading the conversation again just before.
    ///
    /// Repetition: only after [`Delivery::Refused`], or after the conversation was loaded and the reply was
    /// found not to be there. A dropped call counts as [`Delivery::Unknown`].
    ///
    /// # Errors
    /// Only when nothing can have been written: the call is safe to repeat.
    async fn deliver(&self, reply: &Reply, guard: &Guard) -> Result<Delivery, Error>;

    /// Does something that is no message. Repetition: safe; the same action twice leaves what one leaves.
    ///
    /// # Errors
    /// Any [`Error`]. After [`Error::Unreachable`] the action may have been done.
    async fn act(&self, conversation: &str, action: &Action) -> Result<(), Error>;

    /// Lists conversations that changed at or after `since`, a page at a time: what notifications may have
    /// lost. `after` is the `next` of the page before. Listing one that did not change is allowed, leaving
    /// one out is not.
    ///
    /// A channel that does not say otherwise cannot list them: what its notifications lose stays lost.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::StartOver`] when `after` no longer counts.
    async fn changed(&self, since: Timestamp, after: Option<&str>) -> Result<ChangedPage, Error> {
        let _ = (since, after);
        Err(Error::GiveUp { what: "this channel cannot list what changed".to_owned(), source: None })
    }
}

/// Some of the conversations that changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangedPage {
    /// The channel's ids, each with the moment of its last change.
    pub conversations: Vec<(String, Timestamp)>,
    /// Where the list goes on; absent at its end.
    pub next: Option<String>,
}

/// A call from the outside, as it came.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Header names in lower case, and their values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, untouched: signatures are over these bytes.
    pub body: &'a [u8],
}

impl Call<'_> {
    /// Returns a header's value; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| *value)
    }
}

impl fmt::Debug for Call<'_> {
    /// Writes no header and no text: either may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({} headers, {} bytes)", self.headers.len(), self.body.len())
    }
}

/// Why a call from the outside is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The signature is missing or wrong.
    #[error("the signature is missing or wrong")]
    Unsigned,
    /// The body is not what this channel is sent.
    #[error("the body is not understood: {0}")]
    Malformed(String),
}

/// Something that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// The outside's id of the notification: the same one may come again.
    pub delivery_id: String,
    /// The account (workspace) it is about; what a tenant is found by, once the signature holds.
    pub account: String,
    /// The outside's word for what happened, for counting.
    pub topic: String,
    /// When it happened, as the outside says.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// What can happen outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Something in a conversation changed; load it to see what.
    Conversation {
        /// The channel's id of it.
        id: String,
        /// Who made it change, as far as the notification says.
        by: ChangedBy,
    },
    /// A conversation is gone for good.
    ConversationDeleted {
        /// The channel's id of it.
        id: String,
    },
    /// The text of a part was taken away.
    Redacted {
        /// The channel's id of the conversation.
        conversation: String,
        /// The channel's id of the part.
        part: Option<String>,
    },
    /// Something happened to a contact.
    Person(PersonEvent),
    /// Knowledge changed; read it again.
    Knowledge {
        /// The outside's id of the article.
        id: String,
    },
    /// The connection is being tried; nothing happened.
    Ping,
    /// Something that nothing is done about.
    Other,
}

/// Who made a conversation change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangedBy {
    /// A customer.
    Customer,
    /// A teammate.
    Agent,
    /// A bot.
    Bot,
    /// Nobody said.
    Unknown,
}

/// Something to be written into a conversation.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The channel's id of the conversation.
    pub conversation: String,
    /// Who is to read it.
    pub to: Addressee,
    /// The text as plain text with blank lines between paragraphs.
    pub text: String,
    /// The teammate in whose name it is written, by the channel's id.
    pub as_teammate: String,
    /// A short mark that finds this very reply again after an unclear delivery, the same for every attempt. A
    /// channel may put it at the end of a note; in what customers read it has no place, and such a reply is
    /// found by its text.
    pub mark: String,
}

impl fmt::Debug for Reply {
    /// Writes the length of the text alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { conversation, to, text, mark, .. } = self;
        write!(f, "Reply({conversation}, {to:?}, {} bytes, mark {mark})", text.len())
    }
}

/// Who is to read what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// Teammates alone: a note.
    Agents,
    /// Everybody in the conversation.
    Customers,
}

/// What must be found unchanged for a reply to be delivered: the fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Id of the newest message that customers can read.
    pub newest_message: String,
    /// Ids of all contacts who can read along.
    pub readers: Vec<String>,
    /// Who is to answer; for a reply this is our own claim.
    pub assignee: Option<Assignee>,
    /// The inbox it lies in; see [`Guard::is_moved`].
    pub inbox: Option<String>,
    /// The state of the conversation.
    pub state: State,
}

impl Guard {
    /// Reports whether the conversation lies in another inbox now, of which other people may be in charge. To lie in
    /// none is no move: a channel may take it out of its inbox when a teammate takes it over.
    #[must_use]
    pub fn is_moved(&self, now: &LiveConversation) -> bool {
        now.inbox.is_some() && now.inbox != self.inbox
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It is there, under this id of its part.
    Delivered {
        /// The channel's id of the new part.
        part: String,
    },
    /// Nothing was written, because the conversation is no longer what the guard says.
    Refused(Changed),
    /// It may be there or not: load the conversation and look for the mark before anything is repeated.
    Unknown {
        /// What happened, without texts or secrets.
        what: String,
    },
}

/// What of a guard no longer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// A newer message of a customer.
    NewerMessage,
    /// A person of the company has answered.
    HumanReplied,
    /// Another machine has answered.
    BotReplied,
    /// Somebody came to read along, or went.
    Readers,
    /// It was assigned to somebody else, or moved to another inbox.
    Assignee,
    /// It was closed, opened or put to sleep.
    State,
    /// The conversation is gone.
    Gone,
}

/// Something done to a conversation that is no message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Add a tag by its name.
    Tag {
        /// The name.
        name: String,
    },
    /// Hand it to somebody.
    Assign {
        /// To whom; nobody when absent.
        to: Option<Assignee>,
    },
    /// Close it.
    Close,
    /// Put it to sleep until a moment.
    Snooze {
        /// Until when.
        until: Timestamp,
    },
    /// Set an attribute.
    Attribute {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Merge a lead into a user; contact ids.
    Merge {
        /// The lead, which vanishes.
        from: String,
        /// The user, who stays.
        into: String,
    },
}
