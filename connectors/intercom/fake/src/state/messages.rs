//! What people and bots write into a conversation, and what is taken away again.

use serde_json::{Map, Value};

use super::{Author, Part, Rating, Reply, ReplyKind, State, Workspace};
use crate::error::ApiError;

impl Workspace {
    /// Adds any part, known to Intercom's documentation or not, without a notification, and returns its id.
    ///
    /// # Errors
    ///
    /// The conversation has to exist.
    pub fn add_part(&mut self, conversation: &str, part: Part) -> Result<String, ApiError> {
        self.find_conversation(conversation)?;
        let (id, now) = (self.ids.number(), self.now());
        let found = self.find_conversation(conversation)?;
        found.parts.push(Part { id: id.clone(), created_at: now, state: found.state, ..part });
        found.updated_at = now;
        Ok(id)
    }

    /// Lets a contact write; a closed or sleeping conversation opens.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn contact_reply(
        &mut self,
        conversation: &str,
        contact: &str,
        body: &str,
    ) -> Result<String, ApiError> {
        let author = self.contact_author(contact)?;
        self.customer_part(conversation, Part::new("comment", author, Some(body)))
    }

    /// Lets a customer's part in that is more than a plain message: a mail with headers, or a sender other than
    /// the contact.
    ///
    /// # Errors
    ///
    /// The conversation has to exist.
    pub fn customer_part(&mut self, conversation: &str, mut part: Part) -> Result<String, ApiError> {
        let now = self.now();
        let found = self.find_conversation(conversation)?;
        if found.state != State::Open {
            "open".clone_into(&mut part.part_type);
            found.statistics.count_reopens += 1;
        }
        found.state = State::Open;
        found.snoozed_until = None;
        found.read = false;
        found.waiting_since = found.waiting_since.or(Some(now));
        found.statistics.first_contact_reply_at = found.statistics.first_contact_reply_at.or(Some(now));
        found.statistics.last_contact_reply_at = Some(now);
        let author = part.author.id.clone();
        let id = self.add_part(conversation, part)?;
        if let Some(contact) = self.contacts.get_mut(&author) {
            contact.last_replied_at = Some(now);
        }
        self.tell(conversation, "conversation.user.replied", std::slice::from_ref(&id));
        Ok(id)
    }

    /// Lets a teammate write to the customer.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn admin_reply(&mut self, conversation: &str, admin: &str, body: &str) -> Result<String, ApiError> {
        self.reply(conversation, admin, Reply::comment(body))
    }

    /// Lets a teammate write for teammates.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn note(&mut self, conversation: &str, admin: &str, body: &str) -> Result<String, ApiError> {
        self.reply(conversation, admin, Reply { kind: ReplyKind::Note, ..Reply::comment(body) })
    }

    /// Lets a teammate write anything a teammate can write.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn reply(&mut self, conversation: &str, admin: &str, reply: Reply) -> Result<String, ApiError> {
        let author = self.admin_author(admin)?;
        let (part_type, topic) = match reply.kind {
            ReplyKind::Comment => ("comment", "conversation.admin.replied"),
            ReplyKind::QuickReply => ("quick_reply", "conversation.admin.replied"),
            ReplyKind::Note => ("note", "conversation.admin.noted"),
        };
        let part = Part {
            attachments: reply.attachments,
            quick_reply_options: reply.options,
            skip_notifications: reply.skip_notifications,
            ..Part::new(part_type, author, reply.body.as_deref())
        };
        if reply.kind != ReplyKind::Note {
            self.answered(conversation)?;
        }
        let id = self.add_part(conversation, part)?;
        self.tell(conversation, topic, std::slice::from_ref(&id));
        Ok(id)
    }

    /// Lets Fin or the workflow bot write.
    ///
    /// # Errors
    ///
    /// The conversation has to exist.
    pub fn bot_reply(&mut self, conversation: &str, bot: Author, body: &str) -> Result<String, ApiError> {
        self.answered(conversation)?;
        let id = self.add_part(conversation, Part::new("comment", bot, Some(body)))?;
        self.tell(conversation, "conversation.operator.replied", std::slice::from_ref(&id));
        Ok(id)
    }

    /// A customer was answered: nobody waits, and what was closed is open again.
    fn answered(&mut self, conversation: &str) -> Result<(), ApiError> {
        let now = self.now();
        let found = self.find_conversation(conversation)?;
        found.waiting_since = None;
        if found.state == State::Closed {
            found.state = State::Open;
            found.statistics.count_reopens += 1;
        }
        found.statistics.first_admin_reply_at = found.statistics.first_admin_reply_at.or(Some(now));
        found.statistics.last_admin_reply_at = Some(now);
        let contacts = found.contacts.clone();
        for id in contacts {
            if let Some(contact) = self.contacts.get_mut(&id) {
                contact.last_contacted_at = Some(now);
            }
        }
        Ok(())
    }

    /// Takes the text of a part, or of the first message, away.
    ///
    /// # Errors
    ///
    /// There has to be such a part with a text.
    pub fn redact(&mut self, conversation: &str, id: &str) -> Result<(), ApiError> {
        let absent = || {
            let message = "Conversation part or message not found";
            ApiError::new(404, "conversation_part_or_message_not_found", message)
        };
        let found = self.conversations.get_mut(conversation).ok_or_else(absent)?;
        if found.source.id == id {
            found.source.redacted = true;
            found.source.body = String::new();
            found.source.attachments.clear();
        } else {
            let part = found.parts.iter_mut().find(|part| part.id == id).ok_or_else(absent)?;
            if part.body.is_none() {
                return Err(ApiError::new(
                    400,
                    "conversation_part_not_redactable",
                    "Conversation part not redactable",
                ));
            }
            part.redacted = true;
            part.body = None;
            part.attachments.clear();
        }
        self.touch(conversation);
        self.tell(conversation, "conversation_part.redacted", &[id.to_owned()]);
        Ok(())
    }

    /// Lets the customer rate a conversation.
    ///
    /// # Errors
    ///
    /// The conversation has to exist.
    pub fn rate(&mut self, conversation: &str, rating: u8, remark: &str) -> Result<(), ApiError> {
        let at = self.now();
        self.find_conversation(conversation)?.rating = Some(Rating { rating, remark: remark.to_owned(), at });
        self.touch(conversation);
        self.tell(conversation, "conversation.rating.added", &[]);
        Ok(())
    }

    /// Sets further data of a conversation and leaves the part that tells of it.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn set_attributes(
        &mut self,
        conversation: &str,
        admin: &str,
        fields: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        let author = self.admin_author(admin)?;
        for (name, value) in fields {
            self.find_conversation(conversation)?.custom_attributes.insert(name.clone(), value.clone());
            let mut part = Part::new("conversation_attribute_updated_by_admin", author.clone(), None);
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            part.event_details =
                Some(serde_json::json!({ "attribute": { "name": name }, "value": { "name": shown } }));
            self.add_part(conversation, part)?;
        }
        Ok(())
    }

    /// Returns a teammate as the author of something.
    ///
    /// # Errors
    ///
    /// The teammate has to exist.
    pub fn admin_author(&self, admin: &str) -> Result<Author, ApiError> {
        let found = self.admin(admin)?;
        Ok(Author {
            kind: "admin".to_owned(),
            id: found.id.clone(),
            name: Some(found.name.clone()),
            email: found.email.clone(),
            from_ai_agent: false,
            is_ai_answer: false,
        })
    }
}
