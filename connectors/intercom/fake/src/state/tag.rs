//! Tags, and the tags of conversations.

use super::Workspace;
use crate::error::ApiError;
use crate::render;

/// A tag.
#[derive(Debug, Clone)]
pub struct Tag {
    /// A number, as text.
    pub id: String,
    /// Its name; unique.
    pub name: String,
}

/// A tag as somebody put it on something.
#[derive(Debug, Clone)]
pub struct AppliedTag {
    /// The tag.
    pub id: String,
    /// When.
    pub at: i64,
    /// The teammate.
    pub by: String,
}

impl Workspace {
    /// Finds or adds a tag and returns its id.
    pub fn tag(&mut self, name: &str) -> String {
        if let Some(tag) = self.tags.iter().find(|tag| tag.name.eq_ignore_ascii_case(name)) {
            return tag.id.clone();
        }
        let id = self.ids.number();
        self.tags.push(Tag { id: id.clone(), name: name.to_owned() });
        id
    }

    pub(crate) fn tag_by_id(&self, id: &str) -> Result<&Tag, ApiError> {
        self.tags.iter().find(|tag| tag.id == id).ok_or_else(|| ApiError::missing("Resource"))
    }

    /// Tags a conversation.
    ///
    /// # Errors
    ///
    /// Conversation, tag and teammate have to exist.
    pub fn tag_conversation(&mut self, conversation: &str, tag: &str, admin: &str) -> Result<(), ApiError> {
        self.tag_by_id(tag)?;
        self.admin(admin)?;
        let applied = AppliedTag { id: tag.to_owned(), at: self.now(), by: admin.to_owned() };
        let found = self.find_conversation(conversation)?;
        if !found.tags.iter().any(|there| there.id == tag) {
            found.tags.push(applied);
        }
        self.touch(conversation);
        self.tell(conversation, "conversation_part.tag.created", &[]);
        Ok(())
    }

    /// Takes a tag off a conversation.
    ///
    /// # Errors
    ///
    /// The conversation has to exist and to carry the tag.
    pub fn untag_conversation(&mut self, conversation: &str, tag: &str, admin: &str) -> Result<(), ApiError> {
        self.admin(admin)?;
        let found = self.find_conversation(conversation)?;
        let before = found.tags.len();
        found.tags.retain(|there| there.id != tag);
        if found.tags.len() == before {
            return Err(ApiError::new(404, "tag_not_found", "Tag not found"));
        }
        self.touch(conversation);
        Ok(())
    }

    /// Tags or untags a contact.
    ///
    /// # Errors
    ///
    /// Contact and tag have to exist.
    pub fn tag_contact(&mut self, contact: &str, tag: &str, on: bool) -> Result<(), ApiError> {
        self.tag_by_id(tag)?;
        let now = self.now();
        let found = self.find_contact(contact)?;
        found.tags.retain(|there| there != tag);
        if on {
            found.tags.push(tag.to_owned());
        }
        found.updated_at = now;
        let step = if on { "created" } else { "deleted" };
        let topic = format!("contact.{}.tag.{step}", found.role.word());
        let item = render::contact_tag(self, contact, tag);
        self.raise(&topic, item);
        Ok(())
    }
}
