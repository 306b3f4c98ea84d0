//! What teammates do with a conversation besides writing: assign, close, snooze, open, bring people in.

use super::{Author, Part, State, Workspace};
use crate::error::ApiError;

/// Who is to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignee {
    /// A teammate.
    Admin(String),
    /// A team.
    Team(String),
    /// No teammate any more.
    NoAdmin,
    /// No team any more.
    NoTeam,
}

impl Workspace {
    /// Assigns a conversation; a closed one opens.
    ///
    /// # Errors
    ///
    /// Everybody named has to exist.
    pub fn assign(
        &mut self,
        conversation: &str,
        by: &str,
        to: &Assignee,
        body: Option<&str>,
    ) -> Result<(), ApiError> {
        let author = self.admin_author(by)?;
        self.known_assignee(to)?;
        let now = self.now();
        let found = self.find_conversation(conversation)?;
        let mut part_type = "assignment";
        let assigned_to = match to {
            Assignee::Admin(id) => {
                found.admin_assignee = Some(id.clone());
                ("admin".to_owned(), Some(id.clone()))
            }
            Assignee::Team(id) => {
                found.team_assignee = Some(id.clone());
                ("team".to_owned(), Some(id.clone()))
            }
            Assignee::NoAdmin => {
                found.admin_assignee = None;
                ("nobody_admin".to_owned(), None)
            }
            Assignee::NoTeam => {
                found.team_assignee = None;
                ("nobody_admin".to_owned(), None)
            }
        };
        if found.state == State::Closed {
            part_type = "assign_and_reopen";
            found.state = State::Open;
            found.statistics.count_reopens += 1;
        }
        found.statistics.count_assignments += 1;
        found.statistics.first_assignment_at = found.statistics.first_assignment_at.or(Some(now));
        found.statistics.last_assignment_at = Some(now);
        let part = Part { assigned_to: Some(assigned_to), ..Part::new(part_type, author, body) };
        let id = self.add_part(conversation, part)?;
        self.tell(conversation, "conversation.admin.assigned", std::slice::from_ref(&id));
        Ok(())
    }

    fn known_assignee(&self, to: &Assignee) -> Result<(), ApiError> {
        let known = match to {
            Assignee::Admin(id) => self.admins.iter().any(|admin| admin.id == *id),
            Assignee::Team(id) => self.teams.iter().any(|team| team.id == *id),
            Assignee::NoAdmin | Assignee::NoTeam => true,
        };
        if known { Ok(()) } else { Err(ApiError::new(404, "assignee_not_found", "Assignee not found")) }
    }

    /// Closes a conversation, perhaps with a last word that the customer sees.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn close(&mut self, conversation: &str, admin: &str, body: Option<&str>) -> Result<(), ApiError> {
        let author = self.admin_author(admin)?;
        self.close_as(conversation, author, body)
    }

    /// Closes a conversation on behalf of anybody, such as a workflow after a time without an answer.
    ///
    /// # Errors
    ///
    /// The conversation has to exist.
    pub fn close_as(
        &mut self,
        conversation: &str,
        author: Author,
        body: Option<&str>,
    ) -> Result<(), ApiError> {
        let now = self.now();
        let found = self.find_conversation(conversation)?;
        found.state = State::Closed;
        found.snoozed_until = None;
        found.waiting_since = None;
        found.statistics.first_close_at = found.statistics.first_close_at.or(Some(now));
        found.statistics.last_close_at = Some(now);
        found.statistics.last_closed_by_id = Some(author.id.clone());
        self.step(conversation, Part::new("close", author, body), "conversation.admin.closed")
    }

    /// Puts a conversation to sleep until a UNIX second.
    ///
    /// # Errors
    ///
    /// Both have to exist, and the second has to lie ahead.
    pub fn snooze(&mut self, conversation: &str, admin: &str, until: i64) -> Result<(), ApiError> {
        let author = self.admin_author(admin)?;
        if until <= self.now() {
            return Err(ApiError::invalid("snoozed_until must be in the future"));
        }
        let found = self.find_conversation(conversation)?;
        found.state = State::Snoozed;
        found.snoozed_until = Some(until);
        self.step(conversation, Part::new("snoozed", author, None), "conversation.admin.snoozed")
    }

    /// Opens a conversation.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn open(&mut self, conversation: &str, admin: &str) -> Result<(), ApiError> {
        let author = self.admin_author(admin)?;
        let found = self.find_conversation(conversation)?;
        if found.state == State::Closed {
            found.statistics.count_reopens += 1;
        }
        found.state = State::Open;
        found.snoozed_until = None;
        self.step(conversation, Part::new("open", author, None), "conversation.admin.opened")
    }

    pub(crate) fn wake(&mut self, conversation: &str) {
        let Some(found) = self.conversations.get_mut(conversation) else { return };
        found.state = State::Open;
        found.snoozed_until = None;
        let part = Part::new("timer_unsnooze", Author::operator(), None);
        // The conversation was there a line above.
        let _ = self.step(conversation, part, "conversation.admin.unsnoozed");
    }

    fn step(&mut self, conversation: &str, part: Part, topic: &str) -> Result<(), ApiError> {
        let id = self.add_part(conversation, part)?;
        self.tell(conversation, topic, std::slice::from_ref(&id));
        Ok(())
    }

    /// Brings another contact into a conversation, or takes one out.
    ///
    /// # Errors
    ///
    /// Everybody named has to exist, and the last contact stays.
    pub fn participate(
        &mut self,
        conversation: &str,
        admin: &str,
        contact: &str,
        on: bool,
    ) -> Result<(), ApiError> {
        let author = self.admin_author(admin)?;
        self.find_conversation(conversation)?;
        self.reachable(contact)?;
        let found = self.find_conversation(conversation)?;
        let there = found.contacts.iter().any(|id| id == contact);
        if !on && !there {
            return Err(ApiError::no_contact());
        }
        if !on && found.contacts.len() == 1 {
            return Err(ApiError::new(422, "parameter_invalid", "Removing the last customer is not allowed"));
        }
        if on && there {
            return Ok(());
        }
        found.contacts.retain(|id| id != contact);
        if on {
            found.contacts.push(contact.to_owned());
        }
        let (part_type, topic) = match on {
            true => ("participant_added", "conversation.contact.attached"),
            false => ("participant_removed", "conversation.contact.detached"),
        };
        self.step(conversation, Part::new(part_type, author, None), topic)
    }

    /// Marks a conversation as important, or no longer.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn prioritise(&mut self, conversation: &str, admin: &str, priority: bool) -> Result<(), ApiError> {
        let author = self.admin_author(admin)?;
        self.find_conversation(conversation)?.priority = priority;
        self.step(conversation, Part::new("priority_changed", author, None), "conversation.priority.updated")
    }

    /// Marks a conversation as read by the customer, or unread.
    ///
    /// # Errors
    ///
    /// The conversation has to exist.
    pub fn mark_read(&mut self, conversation: &str, read: bool) -> Result<(), ApiError> {
        self.find_conversation(conversation)?.read = read;
        self.touch(conversation);
        if read {
            self.tell(conversation, "conversation.read", &[]);
        }
        Ok(())
    }
}
