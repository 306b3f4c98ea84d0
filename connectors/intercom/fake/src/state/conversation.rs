//! A conversation and how it begins and ends.

use serde_json::{Map, Value};

use super::{AppliedTag, Author, Contact, Part, Role, Workspace};
use crate::error::ApiError;
use crate::render;

/// Whether a conversation waits for anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Open.
    #[default]
    Open,
    /// Closed.
    Closed,
    /// Asleep.
    Snoozed,
}

impl State {
    /// Returns the word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Closed => "closed",
            State::Snoozed => "snoozed",
        }
    }
}

/// The first message. It is no part.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// A number, as text.
    pub id: String,
    /// `conversation`, `email` and so on.
    pub kind: String,
    /// `customer_initiated`, `admin_initiated`, `automated` and so on.
    pub delivered_as: String,
    /// The subject of a mail.
    pub subject: String,
    /// HTML.
    pub body: String,
    /// Who wrote it.
    pub author: Author,
    /// The page it was written on.
    pub url: Option<String>,
    /// Attachments as on the wire.
    pub attachments: Vec<Value>,
    /// Whether the text was taken away.
    pub redacted: bool,
}

/// What the customer thought of it.
#[derive(Debug, Clone)]
pub struct Rating {
    /// 1 to 5.
    pub rating: u8,
    /// In words.
    pub remark: String,
    /// When.
    pub at: i64,
}

/// What Intercom counts.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    pub(crate) first_contact_reply_at: Option<i64>,
    pub(crate) last_contact_reply_at: Option<i64>,
    pub(crate) first_admin_reply_at: Option<i64>,
    pub(crate) last_admin_reply_at: Option<i64>,
    pub(crate) first_assignment_at: Option<i64>,
    pub(crate) last_assignment_at: Option<i64>,
    pub(crate) first_close_at: Option<i64>,
    pub(crate) last_close_at: Option<i64>,
    pub(crate) last_closed_by_id: Option<String>,
    pub(crate) count_reopens: u32,
    pub(crate) count_assignments: u32,
}

/// A conversation.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// A number, as text.
    pub id: String,
    /// The title given to it.
    pub title: Option<String>,
    /// When it began.
    pub created_at: i64,
    /// When anything about it last changed.
    pub updated_at: i64,
    /// Since when a customer waits.
    pub waiting_since: Option<i64>,
    /// When it wakes.
    pub snoozed_until: Option<i64>,
    /// Open, closed or asleep.
    pub state: State,
    /// Whether it was read.
    pub read: bool,
    /// Whether it is marked.
    pub priority: bool,
    /// The teammate.
    pub admin_assignee: Option<String>,
    /// The team.
    pub team_assignee: Option<String>,
    /// The company it belongs to.
    pub company: Option<String>,
    /// Tags.
    pub tags: Vec<AppliedTag>,
    /// The rating.
    pub rating: Option<Rating>,
    /// The first message.
    pub source: Source,
    /// Ids of contacts, the one who began first.
    pub contacts: Vec<String>,
    /// Further data.
    pub custom_attributes: Map<String, Value>,
    /// Everything after the first message.
    pub parts: Vec<Part>,
    /// What Fin did, as on the wire.
    pub ai_agent: Option<Value>,
    /// Ids of linked tickets.
    pub tickets: Vec<String>,
    /// Counts.
    pub statistics: Statistics,
}

/// How a conversation begins.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The channel: `conversation` (the Messenger), `email` and so on.
    pub channel: String,
    /// `customer_initiated`, `admin_initiated`, `automated` and so on.
    pub delivered_as: String,
    /// The subject of a mail.
    pub subject: String,
    /// Who wrote first, if not the contact.
    pub author: Option<Author>,
    /// The page it was written on.
    pub url: Option<String>,
}

impl Opening {
    /// The contact writes into the Messenger.
    #[must_use]
    pub fn messenger() -> Opening {
        Opening {
            channel: "conversation".to_owned(),
            delivered_as: "customer_initiated".to_owned(),
            subject: String::new(),
            author: None,
            url: None,
        }
    }

    /// The contact writes a mail.
    #[must_use]
    pub fn email(subject: &str) -> Opening {
        Opening { channel: "email".to_owned(), subject: subject.to_owned(), ..Opening::messenger() }
    }
}

impl Conversation {
    pub(crate) fn repoint(&mut self, from: &str, into: &str, authors: bool) {
        if self.contacts.iter().any(|id| id == from) {
            self.contacts.retain(|id| id != into);
        }
        for id in self.contacts.iter_mut().filter(|id| *id == from) {
            into.clone_into(id);
        }
        let all = self.parts.iter_mut().map(|part| &mut part.author).chain([&mut self.source.author]);
        for author in all.filter(|author| authors && author.id == from) {
            into.clone_into(&mut author.id);
            "user".clone_into(&mut author.kind);
        }
    }

    /// Returns the ids of teammates who wrote here.
    pub(crate) fn teammates(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for part in self.parts.iter().filter(|part| part.author.kind == "admin" && part.body.is_some()) {
            if !ids.contains(&part.author.id) {
                ids.push(part.author.id.clone());
            }
        }
        ids
    }
}

impl Workspace {
    /// Begins a conversation with a contact in the Messenger and returns its id.
    ///
    /// # Errors
    ///
    /// The contact has to exist.
    pub fn start(&mut self, contact: &str, body: &str) -> Result<String, ApiError> {
        self.start_as(contact, body, Opening::messenger())
    }

    /// Begins a conversation in any way and returns its id.
    ///
    /// # Errors
    ///
    /// The contact has to exist.
    pub fn start_as(&mut self, contact: &str, body: &str, opening: Opening) -> Result<String, ApiError> {
        let now = self.now();
        let by_contact = opening.author.is_none();
        let author = match opening.author {
            Some(author) => author,
            None => self.contact_author(contact)?,
        };
        let writer = self.find_contact(contact)?;
        writer.last_replied_at = if by_contact { Some(now) } else { writer.last_replied_at };
        let source = Source {
            id: self.ids.number(),
            kind: opening.channel,
            delivered_as: opening.delivered_as,
            subject: opening.subject,
            body: crate::html::body(body),
            author,
            url: opening.url,
            attachments: Vec::new(),
            redacted: false,
        };
        let id = self.ids.number();
        let conversation = Conversation {
            id: id.clone(),
            title: None,
            created_at: now,
            updated_at: now,
            waiting_since: by_contact.then_some(now),
            snoozed_until: None,
            state: State::Open,
            read: false,
            priority: false,
            admin_assignee: None,
            team_assignee: None,
            company: None,
            tags: Vec::new(),
            rating: None,
            source,
            contacts: vec![contact.to_owned()],
            custom_attributes: Map::new(),
            parts: Vec::new(),
            ai_agent: None,
            tickets: Vec::new(),
            statistics: Statistics::default(),
        };
        self.conversations.insert(id.clone(), conversation);
        let topic =
            if by_contact { "conversation.user.created" } else { "conversation.admin.single.created" };
        self.tell(&id, topic, &[]);
        Ok(id)
    }

    /// Returns a conversation.
    #[must_use]
    pub fn conversation(&self, id: &str) -> Option<&Conversation> {
        self.conversations.get(id)
    }

    /// Returns a conversation to set anything about it that no event would tell.
    #[must_use]
    pub fn conversation_mut(&mut self, id: &str) -> Option<&mut Conversation> {
        self.conversations.get_mut(id)
    }

    pub(crate) fn find_conversation(&mut self, id: &str) -> Result<&mut Conversation, ApiError> {
        self.conversations.get_mut(id).ok_or_else(|| ApiError::missing("Resource"))
    }

    /// Deletes a conversation for good; a call cannot tell it from one that never was.
    ///
    /// # Errors
    ///
    /// It has to exist.
    pub fn delete_conversation(&mut self, id: &str) -> Result<(), ApiError> {
        self.find_conversation(id)?;
        self.conversations.remove(id);
        self.deleted_conversations.insert(id.to_owned());
        self.raise("conversation.deleted", serde_json::json!({ "type": "conversation", "id": id }));
        Ok(())
    }

    /// Returns a contact as the author of something; change the address to let a mail come from elsewhere.
    ///
    /// # Errors
    ///
    /// The contact has to exist.
    pub fn contact_author(&self, contact: &str) -> Result<Author, ApiError> {
        self.reachable(contact).map(author_of)
    }

    pub(crate) fn touch(&mut self, id: &str) {
        let now = self.now();
        if let Some(conversation) = self.conversations.get_mut(id) {
            conversation.updated_at = now;
        }
    }

    /// Raises a notification about a conversation that carries these parts.
    pub(crate) fn tell(&mut self, id: &str, topic: &str, parts: &[String]) {
        let Some(conversation) = self.conversations.get(id) else { return };
        let item = render::notified_conversation(self, conversation, parts);
        self.raise(topic, item);
    }
}

fn author_of(contact: &Contact) -> Author {
    Author {
        kind: match contact.role {
            Role::Lead => "lead".to_owned(),
            Role::User => "user".to_owned(),
        },
        id: contact.id.clone(),
        name: contact.name.clone(),
        email: contact.email.clone().unwrap_or_default(),
        from_ai_agent: false,
        is_ai_answer: false,
    }
}
