//! Tickets.

use serde_json::{Value, json};

use super::{author, contact_reference};
use crate::state::{Ticket, TicketPart, TicketState, Workspace};

pub(crate) fn ticket_state(state: TicketState) -> Value {
    json!({
        "type": "ticket_state",
        "id": state.id(),
        "category": state.word(),
        "internal_label": state.label(),
        "external_label": state.label(),
    })
}

/// There is one type of each category.
pub(crate) fn ticket_type(workspace: &Workspace, category: &str) -> Value {
    let id = match category {
        "Back-office" => "102",
        "Tracker" => "103",
        _ => "101",
    };
    let states: Vec<Value> = TicketState::ALL.into_iter().map(ticket_state).collect();
    json!({
        "type": "ticket_type",
        "id": id,
        "category": category,
        "name": category,
        "description": "",
        "icon": "",
        "workspace_id": workspace.id_code,
        "archived": false,
        "created_at": workspace.created_at,
        "updated_at": workspace.created_at,
        "ticket_type_attributes": { "type": "list", "ticket_type_attributes": [] },
        "ticket_states": { "type": "list", "data": states },
    })
}

pub(crate) fn ticket_part(part: &TicketPart) -> Value {
    json!({
        "type": "ticket_part",
        "id": part.id,
        "part_type": part.part_type,
        "body": part.body,
        "previous_ticket_state": part.states.0.word(),
        "ticket_state": part.states.1.word(),
        "created_at": part.created_at,
        "updated_at": part.created_at,
        "author": author(&part.author),
        "attachments": [],
        "redacted": false,
    })
}

pub(crate) fn ticket(workspace: &Workspace, ticket: &Ticket) -> Value {
    let contacts: Vec<Value> = ticket.contacts.iter().map(|id| contact_reference(workspace, id)).collect();
    let cut = ticket.parts.len().saturating_sub(super::part_limit());
    let parts: Vec<Value> = ticket.parts[cut..].iter().map(ticket_part).collect();
    let linked: Vec<Value> = ticket
        .conversation
        .iter()
        .map(|id| json!({ "type": "conversation", "id": id, "category": null }))
        .collect();
    json!({
        "type": "ticket",
        "id": ticket.id,
        "ticket_id": ticket.ticket_id,
        "category": ticket.category,
        "ticket_attributes": ticket.attributes,
        "ticket_state": ticket_state(ticket.state),
        "ticket_type": ticket_type(workspace, &ticket.category),
        "contacts": { "type": "contact.list", "contacts": contacts },
        "admin_assignee_id": ticket.admin_assignee.as_deref().unwrap_or("0"),
        "team_assignee_id": ticket.team_assignee.as_deref().unwrap_or("0"),
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "open": ticket.state != TicketState::Resolved,
        "linked_objects": { "type": "list", "data": linked, "total_count": linked.len(), "has_more": false },
        "ticket_parts": { "type": "ticket_part.list", "ticket_parts": parts, "total_count": ticket.parts.len() },
        "is_shared": ticket.category == "Customer",
    })
}
