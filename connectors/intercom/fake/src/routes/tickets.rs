//! Tickets.

use serde_json::{Value, json};

use super::replies::named_contact;
use crate::error::ApiError;
use crate::gate::Call;
use crate::pages::Cursor;
use crate::render;
use crate::search::{Dialect, Query, ticket_field};
use crate::state::{Author, TicketState};

pub(crate) fn search(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let query = Query::parse(call.body)?;
    let pagination = &call.body["pagination"];
    let cursor =
        Cursor::parse(pagination["per_page"].as_i64(), pagination["starting_after"].as_str(), 20, 150)?;
    let found = query.choose(&Dialect::Tickets, call.workspace.tickets.values(), ticket_field)?;
    let page = cursor.cut(found, |ticket| (ticket.updated_at, &ticket.id));
    let tickets: Vec<Value> =
        page.items.iter().map(|ticket| render::ticket(call.workspace, ticket)).collect();
    Ok(json!({ "type": "ticket.list", "pages": page.pages, "total_count": page.total, "tickets": tickets }))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    let ticket = call.workspace.find_ticket(&id)?.clone();
    Ok(render::ticket(call.workspace, &ticket))
}

/// Since 2.14: `ticket_state_id`, `admin_id` and `assignee_id` on top.
pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    call.workspace.find_ticket(&id)?;
    let admin = call.text("admin_id").unwrap_or_else(|| call.owner.to_owned());
    if let Some(state) = call.text("ticket_state_id") {
        let known = TicketState::ALL.into_iter().find(|known| known.id() == state);
        let message = "Ticket state id is not valid or is not associated with the ticket type";
        let state = known.ok_or_else(|| ApiError::new(400, "ticket_state_id_invalid", message))?;
        call.workspace.set_ticket_state(&id, &admin, state)?;
    }
    if let Some(assignee) = call.text("assignee_id") {
        let nobody = || ApiError::new(404, "assignee_not_found", "Assignee not found");
        let team = call.workspace.teams.iter().any(|team| team.id == assignee);
        let topic = if team { "ticket.team.assigned" } else { "ticket.admin.assigned" };
        if !team {
            call.workspace.admin(&assignee).map_err(|_| nobody())?;
        }
        let ticket = call.workspace.find_ticket(&id)?;
        *(if team { &mut ticket.team_assignee } else { &mut ticket.admin_assignee }) = Some(assignee);
        call.workspace.tell_ticket(&id, topic);
    }
    if let Some(fields) = call.body["ticket_attributes"].as_object() {
        call.workspace.find_ticket(&id)?.attributes.extend(fields.clone());
        call.workspace.tell_ticket(&id, "ticket.attribute.updated");
    }
    get(call)
}

pub(crate) fn reply(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    call.workspace.tickets.get(&id).ok_or_else(|| ApiError::missing("Resource"))?;
    let kind = call.required("message_type")?;
    let body = call.required("body")?;
    let author: Author = match call.required("type")?.as_str() {
        "admin" => call.workspace.admin_author(&call.required("admin_id")?)?,
        "user" => call.workspace.contact_author(&named_contact(call, call.body)?.id)?,
        _ => return Err(ApiError::invalid("type must be admin or user")),
    };
    if !["comment", "note"].contains(&kind.as_str()) {
        return Err(ApiError::invalid("message_type must be comment or note"));
    }
    let part = call.workspace.ticket_reply(&id, &kind, author, &body)?;
    let ticket = call.workspace.find_ticket(&id)?;
    let part =
        ticket.parts.iter().find(|there| there.id == part).ok_or_else(|| ApiError::missing("Resource"))?;
    Ok(render::ticket_part(part))
}

pub(crate) fn types(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let types = ["Customer", "Back-office", "Tracker"];
    let data: Vec<Value> =
        types.iter().map(|category| render::ticket_type(call.workspace, category)).collect();
    Ok(json!({ "type": "list", "data": data }))
}

pub(crate) fn states(_: &mut Call<'_>) -> Result<Value, ApiError> {
    let data: Vec<Value> = TicketState::ALL.into_iter().map(render::ticket_state).collect();
    Ok(json!({ "type": "list", "data": data }))
}
