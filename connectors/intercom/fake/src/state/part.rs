//! What stands in a conversation, and who wrote it.

use serde_json::Value;

use super::State;

/// Who wrote or did something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// `user`, `lead`, `admin`, `team`, `bot`, or whatever else may come.
    pub kind: String,
    /// An id, of a contact or a teammate.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The address as the part states it; not always the contact's.
    pub email: String,
    /// Whether Fin wrote it.
    pub from_ai_agent: bool,
    /// Whether a model generated it.
    pub is_ai_answer: bool,
}

impl Author {
    /// Fin, with an answer that was generated or one that was configured.
    #[must_use]
    pub fn fin(is_ai_answer: bool) -> Author {
        Author { from_ai_agent: true, is_ai_answer, ..Author::operator() }
    }

    /// The workflow bot.
    #[must_use]
    pub fn operator() -> Author {
        Author {
            kind: "bot".to_owned(),
            id: "278".to_owned(),
            name: Some("Operator".to_owned()),
            email: "operator@intercom.test".to_owned(),
            from_ai_agent: false,
            is_ai_answer: false,
        }
    }
}

/// One entry of a conversation.
#[derive(Debug, Clone)]
pub struct Part {
    /// A number, as text; given when it is added.
    pub id: String,
    /// `comment`, `note`, `assignment` and many more; an open set.
    pub part_type: String,
    /// HTML; absent for mere events.
    pub body: Option<String>,
    /// When; given when it is added.
    pub created_at: i64,
    /// Who.
    pub author: Author,
    /// To whom it assigned: `admin`, `team` or `nobody_admin`, and an id.
    pub assigned_to: Option<(String, Option<String>)>,
    /// Attachments as on the wire.
    pub attachments: Vec<Value>,
    /// Whether the text was taken away.
    pub redacted: bool,
    /// What an event says about itself.
    pub event_details: Option<Value>,
    /// Subject and address headers of a mail, as on the wire.
    pub email_message_metadata: Option<Value>,
    /// Buttons of a quick reply, as on the wire.
    pub quick_reply_options: Vec<Value>,
    /// The state afterwards; given when it is added.
    pub state: State,
    /// Whether the customer is told by mail or push.
    pub skip_notifications: bool,
}

impl Part {
    /// Returns the text without its markup.
    #[must_use]
    pub fn plain(&self) -> String {
        self.body.as_deref().map(crate::html::plain).unwrap_or_default()
    }

    /// Makes a part that only misses what adding it gives.
    #[must_use]
    pub fn new(part_type: &str, author: Author, body: Option<&str>) -> Part {
        Part {
            id: String::new(),
            part_type: part_type.to_owned(),
            body: body.map(crate::html::body),
            created_at: 0,
            author,
            assigned_to: None,
            attachments: Vec::new(),
            redacted: false,
            event_details: None,
            email_message_metadata: None,
            quick_reply_options: Vec::new(),
            state: State::Open,
            skip_notifications: false,
        }
    }
}

/// What a teammate writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyKind {
    /// The customer sees it.
    Comment,
    /// Teammates see it.
    Note,
    /// A question with buttons.
    QuickReply,
}

/// A reply of a teammate in full.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Comment, note or buttons.
    pub kind: ReplyKind,
    /// HTML or plain text.
    pub body: Option<String>,
    /// Attachments as on the wire.
    pub attachments: Vec<Value>,
    /// Buttons as on the wire.
    pub options: Vec<Value>,
    /// Whether nobody is told.
    pub skip_notifications: bool,
}

impl Reply {
    /// A comment without anything special.
    #[must_use]
    pub fn comment(body: &str) -> Reply {
        Reply {
            kind: ReplyKind::Comment,
            body: Some(body.to_owned()),
            attachments: Vec::new(),
            options: Vec::new(),
            skip_notifications: false,
        }
    }
}
