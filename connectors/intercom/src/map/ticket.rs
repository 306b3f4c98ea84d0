//! A customer's ticket as a conversation. Tickets that only teammates see are none.

use domain::Status;
use domain::record::{Channel, RawConversation, RawCustomer, RawTurn};
use serde_json::Value;

use super::{conversation, live, moment};
use crate::html;
use crate::wire::{Ticket, loose};

/// Returns the id under which a ticket is handed over.
pub(crate) fn external_id(id: &str) -> String {
    format!("ticket:{id}")
}

/// Reports whether a ticket is a customer's own; back-office and tracker tickets are not read.
pub(crate) fn is_of_customer(ticket: &Ticket) -> bool {
    ticket.category.as_deref().is_some_and(|category| matches!(category, "Customer" | "request"))
}

/// Makes the record of a ticket: what the customer described, then what was said.
///
/// # Errors
/// Says what is missing.
pub(crate) fn record(ticket: &Ticket) -> Result<RawConversation, &'static str> {
    let id = ticket.id.as_deref().ok_or("has no `id`")?;
    let created_at = ticket.created_at.ok_or("has no `created_at`")?;
    let mut readers = ticket.contacts.iter().map(|contact| RawCustomer {
        contact_id: contact.id.clone(),
        account_id: contact.external_id.clone(),
        ..RawCustomer::default()
    });
    let customer = readers.next().unwrap_or_default();
    let mut before = created_at;
    let parts = ticket.ticket_parts.as_ref().map(|parts| parts.ticket_parts.as_slice()).unwrap_or_default();
    let parts = parts.iter().enumerate().map(|(position, part)| {
        before = part.created_at.unwrap_or(before);
        live::part(part, position, before, Channel::Other)
    });
    let parts: Vec<_> = parts.collect();
    let mut turns: Vec<RawTurn> = Vec::new();
    if let Some(text) = attribute(ticket, "_default_description_") {
        let (author, author_id) = (domain::Author::Customer, customer.contact_id.clone());
        turns.push(RawTurn { author, author_id, at: moment(created_at), text, cites: Vec::new() });
    }
    turns.extend(conversation::turns(parts));
    Ok(RawConversation {
        cut_until: None,
        external_id: external_id(id),
        channel: Channel::Other,
        language: None,
        created_at: moment(created_at),
        others: readers.collect(),
        customer,
        subject: attribute(ticket, "_default_title_"),
        topic: None,
        tags: Vec::new(),
        status: if ticket.is_resolved() { Status::Solved } else { Status::Unsolved },
        solution_turn: None,
        rating: None,
        // A ticket often goes on from a conversation that is counted already.
        weight: 0.0,
        turns,
    })
}

/// Reports how many parts are missing.
pub(crate) fn missing(ticket: &Ticket) -> u64 {
    ticket.ticket_parts.as_ref().map_or(0, |parts| {
        let shown = parts.ticket_parts.len() as u64;
        parts.total_count.unwrap_or(shown).saturating_sub(shown)
    })
}

fn attribute(ticket: &Ticket, name: &str) -> Option<String> {
    let value: &Value = ticket.ticket_attributes.as_ref()?.get(name)?;
    let text = value.get("value").unwrap_or(value);
    loose::as_id(text).map(|text| html::plain(&text)).filter(|text| !text.is_empty())
}
