//! Tickets, as far as a support inbox without ticket forms needs them.

use serde_json::{Map, Value, json};

use super::{Author, Workspace};
use crate::error::ApiError;
use crate::render;

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TicketState {
    /// New.
    #[default]
    Submitted,
    /// Somebody works on it.
    InProgress,
    /// The customer has to say something.
    WaitingOnCustomer,
    /// Done.
    Resolved,
}

impl TicketState {
    /// Every state.
    pub const ALL: [TicketState; 4] = [
        TicketState::Submitted,
        TicketState::InProgress,
        TicketState::WaitingOnCustomer,
        TicketState::Resolved,
    ];

    /// Returns the word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            TicketState::Submitted => "submitted",
            TicketState::InProgress => "in_progress",
            TicketState::WaitingOnCustomer => "waiting_on_customer",
            TicketState::Resolved => "resolved",
        }
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            TicketState::Submitted => "8571",
            TicketState::InProgress => "8572",
            TicketState::WaitingOnCustomer => "8573",
            TicketState::Resolved => "8574",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            TicketState::Submitted => "Submitted",
            TicketState::InProgress => "In progress",
            TicketState::WaitingOnCustomer => "Waiting on you",
            TicketState::Resolved => "Resolved",
        }
    }
}

/// One entry of a ticket.
#[derive(Debug, Clone)]
pub struct TicketPart {
    /// A number, as text.
    pub id: String,
    /// `comment`, `note`, `ticket_state_updated_by_admin` and so on.
    pub part_type: String,
    /// HTML.
    pub body: Option<String>,
    /// When.
    pub created_at: i64,
    /// Who.
    pub author: Author,
    /// The state before and after.
    pub states: (TicketState, TicketState),
}

/// A ticket.
#[derive(Debug, Clone, Default)]
pub struct Ticket {
    /// The id for calls.
    pub id: String,
    /// The number that people see; no id for calls.
    pub ticket_id: String,
    /// `Customer`, `Back-office` or `Tracker`.
    pub category: String,
    /// Where it stands.
    pub state: TicketState,
    /// Title, description and further fields.
    pub attributes: Map<String, Value>,
    /// Ids of contacts.
    pub contacts: Vec<String>,
    /// The teammate.
    pub admin_assignee: Option<String>,
    /// The team.
    pub team_assignee: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// Entries.
    pub parts: Vec<TicketPart>,
    /// The conversation it hangs on.
    pub conversation: Option<String>,
}

impl Workspace {
    /// Opens a ticket, perhaps linked to a conversation, and returns its id.
    ///
    /// # Errors
    ///
    /// Everybody named has to exist.
    pub fn add_ticket(
        &mut self,
        contact: &str,
        title: &str,
        category: &str,
        conversation: Option<&str>,
    ) -> Result<String, ApiError> {
        self.reachable(contact)?;
        let (id, now) = (self.ids.number(), self.now());
        if let Some(conversation) = conversation {
            self.find_conversation(conversation)?.tickets.push(id.clone());
            self.touch(conversation);
        }
        let attributes = json!({ "_default_title_": title, "_default_description_": null });
        let ticket = Ticket {
            id: id.clone(),
            ticket_id: (self.tickets.len() + 1).to_string(),
            category: category.to_owned(),
            state: TicketState::Submitted,
            attributes: attributes.as_object().cloned().unwrap_or_default(),
            contacts: vec![contact.to_owned()],
            admin_assignee: None,
            team_assignee: None,
            created_at: now,
            updated_at: now,
            parts: Vec::new(),
            conversation: conversation.map(str::to_owned),
        };
        self.tickets.insert(id.clone(), ticket);
        self.tell_ticket(&id, "ticket.created");
        Ok(id)
    }

    /// Moves a ticket to a state.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn set_ticket_state(
        &mut self,
        ticket: &str,
        admin: &str,
        state: TicketState,
    ) -> Result<(), ApiError> {
        let author = self.admin_author(admin)?;
        let before = self.find_ticket(ticket)?.state;
        self.find_ticket(ticket)?.state = state;
        self.ticket_part(ticket, "ticket_state_updated_by_admin", author, None, (before, state))?;
        self.tell_ticket(ticket, "ticket.state.updated");
        if state == TicketState::Resolved {
            self.tell_ticket(ticket, "ticket.resolved");
            // Since 2.15 the two differ in where the ticket stands.
            let item = json!({ "type": "ticket", "ticket": render::ticket(self, &self.tickets[ticket]) });
            self.raise("ticket.closed", item);
        }
        Ok(())
    }

    /// Lets anybody write on a ticket: a `comment` or a `note`.
    ///
    /// # Errors
    ///
    /// The ticket has to exist; contacts cannot write on back-office tickets.
    pub fn ticket_reply(
        &mut self,
        ticket: &str,
        part_type: &str,
        author: Author,
        body: &str,
    ) -> Result<String, ApiError> {
        let by_admin = author.kind == "admin";
        let found = self.find_ticket(ticket)?;
        if !by_admin && found.category != "Customer" {
            let message = "User replies are not allowed on Backoffice tickets";
            return Err(ApiError::new(400, "parameter_mismatch", message));
        }
        let state = found.state;
        let id = self.ticket_part(ticket, part_type, author, Some(body), (state, state))?;
        let topic = match (by_admin, part_type) {
            (_, "note") => "ticket.note.created",
            (true, _) => "ticket.admin.replied",
            (false, _) => "ticket.contact.replied",
        };
        self.tell_ticket(ticket, topic);
        Ok(id)
    }

    fn ticket_part(
        &mut self,
        ticket: &str,
        part_type: &str,
        author: Author,
        body: Option<&str>,
        states: (TicketState, TicketState),
    ) -> Result<String, ApiError> {
        let (id, now) = (self.ids.number(), self.now());
        let part_type = part_type.to_owned();
        let body = body.map(crate::html::body);
        let found = self.find_ticket(ticket)?;
        found.parts.push(TicketPart { id: id.clone(), part_type, body, created_at: now, author, states });
        found.updated_at = now;
        Ok(id)
    }

    pub(crate) fn find_ticket(&mut self, id: &str) -> Result<&mut Ticket, ApiError> {
        self.tickets.get_mut(id).ok_or_else(|| ApiError::new(404, "ticket_not_found", "Ticket not found"))
    }

    pub(crate) fn tell_ticket(&mut self, id: &str, topic: &str) {
        let Some(ticket) = self.tickets.get(id) else { return };
        let item = render::ticket(self, ticket);
        self.raise(topic, item);
    }
}
