//! Notifications: is it Intercom's, and what does it say.

use connector::Secret;
use connector::channel::{Call, ChangedBy, Event, Inbound, Refusal};
use domain::record::{PersonChange, PersonEvent};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha1::Sha1;

use crate::map::{moment, people};
use crate::wire::{Contact, Notification, loose};

/// Reads a notification. The signature is over the raw body and comes first: nothing unsigned is looked at.
///
/// # Errors
/// Says what to answer the outside.
pub(super) fn receive(secret: &Secret, call: &Call<'_>) -> Result<Inbound, Refusal> {
    verify(secret, call)?;
    let malformed = |what: &str| Refusal::Malformed(what.to_owned());
    let notification: Value = serde_json::from_slice(call.body).map_err(|_| malformed("it is no JSON"))?;
    let notification: Notification =
        loose::as_object(notification).ok_or_else(|| malformed("it is no object"))?;
    let topic = notification.topic.ok_or_else(|| malformed("it has no `topic`"))?;
    let at = notification.created_at.ok_or_else(|| malformed("it has no `created_at`"))?;
    let item = notification.data.map_or(Value::Null, |data| data.item);
    Ok(Inbound {
        delivery_id: notification.id.ok_or_else(|| malformed("it has no `id`"))?,
        account: notification.app_id.ok_or_else(|| malformed("it has no `app_id`"))?,
        event: event(&topic, &item, at),
        topic,
        at: moment(at),
    })
}

/// Checks `X-Hub-Signature: sha1=<hex>` in constant time.
fn verify(secret: &Secret, call: &Call<'_>) -> Result<(), Refusal> {
    let stated = call.header("x-hub-signature").and_then(|value| value.trim().strip_prefix("sha1="));
    let signature = stated.and_then(unhex).ok_or(Refusal::Unsigned)?;
    // An empty secret would let anybody sign.
    if secret.reveal().is_empty() {
        return Err(Refusal::Unsigned);
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.reveal().as_bytes()).map_err(|_| Refusal::Unsigned)?;
    mac.update(call.body);
    mac.verify_slice(&signature).map_err(|_| Refusal::Unsigned)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 40 || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// Says what a topic means. What is not known, or names nothing, is left to the reconciliation.
fn event(topic: &str, item: &Value, at: i64) -> Event {
    let id = item.get("id").and_then(loose::as_id);
    match topic {
        "ping" => Event::Ping,
        "conversation.deleted" => id.map_or(Event::Other, |id| Event::ConversationDeleted { id }),
        "conversation_part.redacted" => redacted(item),
        "contact.merged" => merged(item, at),
        "article.created"
        | "article.updated"
        | "article.published"
        | "article.unpublished"
        | "article.deleted" => id.map_or(Event::Other, |id| Event::Knowledge { id }),
        // It can be taken out of the archive again, so nothing of it may be lost for this.
        "contact.archived" => Event::Other,
        // A deleted contact carries an id alone.
        "contact.deleted" => id.map_or(Event::Other, |contact| {
            Event::Person(PersonEvent { at: moment(at), change: PersonChange::Gone { contact } })
        }),
        _ if topic.starts_with("contact.") || topic == "visitor.signed_up" => seen(item, at),
        _ if topic.starts_with("conversation.") || topic.starts_with("conversation_part.") => {
            conversation_of(item).map_or(Event::Other, |id| Event::Conversation { id, by: changed_by(topic) })
        }
        _ if topic.starts_with("ticket.") => ticket_conversation(item)
            .map_or(Event::Other, |id| Event::Conversation { id, by: changed_by(topic) }),
        _ => Event::Other,
    }
}

/// Tells from a topic's words who made a conversation change.
fn changed_by(topic: &str) -> ChangedBy {
    let has = |word: &str| topic.split('.').any(|part| part == word);
    if has("user") || topic == "ticket.contact.replied" || topic == "conversation.rating.added" {
        ChangedBy::Customer
    } else if has("operator") {
        ChangedBy::Bot
    } else if has("admin") || topic == "ticket.note.created" {
        ChangedBy::Agent
    } else {
        ChangedBy::Unknown
    }
}

/// Returns the conversation of an item, which may be one or a part that names one.
fn conversation_of(item: &Value) -> Option<String> {
    let is_part = item.get("type").and_then(Value::as_str).is_some_and(|kind| kind.contains("part"));
    let named = item.get("conversation_id").and_then(loose::as_id);
    let inner = item.pointer("/conversation/id").and_then(loose::as_id);
    named.or(inner).or_else(|| item.get("id").filter(|_| !is_part).and_then(loose::as_id))
}

/// Returns the conversation that a ticket is linked to. Some topics put the ticket one level deeper.
fn ticket_conversation(item: &Value) -> Option<String> {
    let ticket = item.get("ticket").filter(|ticket| ticket.is_object()).unwrap_or(item);
    let linked = loose::as_items(ticket.get("linked_objects").cloned().unwrap_or_default());
    let talk =
        linked.iter().find(|object| object.get("type").and_then(Value::as_str) == Some("conversation"));
    talk.and_then(|object| object.get("id")).and_then(loose::as_id)
}

/// The item is the conversation with the part in it, or the part itself.
fn redacted(item: &Value) -> Event {
    let Some(conversation) = conversation_of(item) else { return Event::Other };
    let is_part = item.get("type").and_then(Value::as_str).is_some_and(|kind| kind.contains("part"));
    let part = if is_part {
        item.get("id").and_then(loose::as_id)
    } else {
        let parts = loose::as_items(item.get("conversation_parts").cloned().unwrap_or_default());
        let gone = parts.iter().find(|part| part.get("redacted") == Some(&Value::Bool(true)));
        let only = parts.first().filter(|_| parts.len() == 1);
        gone.or(only).and_then(|part| part.get("id")).and_then(loose::as_id)
    };
    Event::Redacted { conversation, part }
}

fn merged(item: &Value, at: i64) -> Event {
    let Some(contact) = loose::as_object::<Contact>(item.clone()) else { return Event::Other };
    match (contact.merged_from.and_then(|from| from.id), contact.id) {
        (Some(from), Some(into)) => {
            Event::Person(PersonEvent { at: moment(at), change: PersonChange::Merged { from, into } })
        }
        _ => Event::Other,
    }
}

/// Tag topics carry the contact inside; the others are the contact.
fn seen(item: &Value, at: i64) -> Event {
    let item = item.get("contact").filter(|contact| contact.is_object()).unwrap_or(item);
    match loose::as_object::<Contact>(item.clone()).filter(|contact| contact.id.is_some()) {
        Some(contact) => Event::Person(PersonEvent {
            at: moment(at),
            change: PersonChange::Seen(people::customer(&contact)),
        }),
        None => Event::Other,
    }
}

#[cfg(test)]
mod tests;
