//! Visitors: objects of their own that turn into contacts.

use super::{NewContact, Role, Workspace};
use crate::error::ApiError;

/// Somebody on the web site who has not written.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// 24 hexadecimal digits.
    pub id: String,
    /// A UUID that Intercom made up.
    pub user_id: String,
    /// The name, if given.
    pub name: Option<String>,
    /// When first seen.
    pub created_at: i64,
}

impl Workspace {
    /// Lets a visitor come by and returns its `user_id`.
    pub fn add_visitor(&mut self) -> String {
        let user_id = self.ids.uuid();
        let visitor =
            Visitor { id: self.ids.object(), user_id: user_id.clone(), name: None, created_at: self.now() };
        self.visitors.push(visitor);
        user_id
    }

    pub(crate) fn visitor(&mut self, key: &str) -> Result<&mut Visitor, ApiError> {
        let found = self.visitors.iter_mut().find(|visitor| visitor.user_id == key || visitor.id == key);
        found.ok_or_else(|| ApiError::missing("Visitor"))
    }

    /// Makes a lead of a visitor, as its first message does, and returns the lead's id.
    ///
    /// # Errors
    ///
    /// The visitor has to be known.
    pub fn visitor_to_lead(&mut self, user_id: &str) -> Result<String, ApiError> {
        let visitor = self.visitor(user_id)?.clone();
        self.visitors.retain(|other| other.id != visitor.id);
        let id = self.add_contact(Role::Lead, NewContact { name: visitor.name, ..NewContact::default() })?;
        self.find_contact(&id)?.external_id = Some(visitor.user_id);
        Ok(id)
    }

    /// Turns a visitor into a user, known or new, and returns the user's id.
    ///
    /// # Errors
    ///
    /// The visitor has to be known.
    pub fn visitor_to_user(&mut self, user_id: &str, user: NewContact) -> Result<String, ApiError> {
        let visitor = self.visitor(user_id)?.clone();
        let known = self.contacts.values().find(|contact| {
            contact.role == Role::User
                && user.external_id.is_some()
                && contact.external_id == user.external_id
        });
        let id = match known {
            Some(contact) => contact.id.clone(),
            None => self.add_contact(Role::User, user)?,
        };
        self.visitors.retain(|other| other.id != visitor.id);
        self.tell_contact(&id, "visitor.signed_up");
        Ok(id)
    }
}
