//! Merging a lead into a user.

use super::{Contact, MergedAuthors, Role, Workspace};
use crate::error::ApiError;
use crate::render;

/// A merge that happened.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The lead that is gone.
    pub from: String,
    /// The id that Intercom had made up for it.
    pub external_id: Option<String>,
    /// The user that stays.
    pub into: String,
    /// When.
    pub at: i64,
}

impl Workspace {
    /// Merges a lead into a user: conversations, tags and companies move, the lead is gone.
    ///
    /// # Errors
    ///
    /// Only a lead merges, and only into a user.
    pub fn merge(&mut self, from: &str, into: &str) -> Result<(), ApiError> {
        let (lead, user) = (self.reachable(from)?, self.reachable(into)?);
        if lead.role != Role::Lead || user.role != Role::User {
            return Err(ApiError::invalid("can only merge a lead into a user"));
        }
        let lead = lead.clone();
        self.contacts.remove(from);
        self.take_over(&lead, into);
        let at = self.now();
        self.merges.push(Merge {
            from: from.to_owned(),
            external_id: lead.external_id,
            into: into.to_owned(),
            at,
        });
        let Some(survivor) = self.contacts.get(into) else { return Ok(()) };
        let mut item = render::contact(self, survivor);
        item["merged_from"] = serde_json::json!({ "type": "contact", "id": from });
        self.raise("contact.merged", item);
        Ok(())
    }

    fn take_over(&mut self, lead: &Contact, into: &str) {
        let now = self.now();
        if let Some(user) = self.contacts.get_mut(into) {
            let missing = |list: &[String], there: &[String]| -> Vec<String> {
                list.iter().filter(|id| !there.contains(id)).cloned().collect()
            };
            user.tags.extend(missing(&lead.tags, &user.tags));
            user.companies.extend(missing(&lead.companies, &user.companies));
            user.notes.extend(lead.notes.iter().cloned());
            user.phone = user.phone.take().or_else(|| lead.phone.clone());
            user.email = user.email.take().or_else(|| lead.email.clone());
            user.last_replied_at = user.last_replied_at.max(lead.last_replied_at);
            user.updated_at = now;
        }
        let repoint = self.quirks.merged_authors == MergedAuthors::Repointed;
        for conversation in self.conversations.values_mut() {
            conversation.repoint(&lead.id, into, repoint);
        }
        for ticket in self.tickets.values_mut() {
            for contact in ticket.contacts.iter_mut().filter(|contact| **contact == lead.id) {
                into.clone_into(contact);
            }
        }
    }

    /// Returns who survived a merge of this id, however long the chain.
    #[must_use]
    pub fn survivor(&self, id: &str) -> Option<String> {
        let mut found: Option<String> = None;
        loop {
            let current = found.as_deref().unwrap_or(id);
            match self.merges.iter().find(|merge| merge.from == current) {
                Some(merge) => found = Some(merge.into.clone()),
                None => return found,
            }
        }
    }
}
