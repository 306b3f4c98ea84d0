//! Delivering a reply, if nothing has changed, and saying honestly whether it is there.

use connector::Error;
use connector::channel::{Addressee, Changed, Delivery, Guard, Reply};
use domain::Author;
use domain::live::{LiveConversation, Part, PartKind};
use serde_json::{Value, json};

use super::{load, mark};
use crate::client::{Client, Written};
use crate::html;
use crate::map::live;
use crate::wire::{Conversation, loose};

pub(super) async fn deliver(client: &Client, reply: &Reply, guard: &Guard) -> Result<Delivery, Error> {
    let now = match load::bare(client, &reply.conversation).await {
        Ok((_, now)) => now,
        Err(Error::NotFound { .. }) => return Ok(Delivery::Refused(Changed::Gone)),
        Err(error) => return Err(error),
    };
    if let Some(changed) = changed(&now, guard, &reply.as_teammate) {
        return Ok(Delivery::Refused(changed));
    }
    // What was just read would be old after a wait, so this call does not wait for its turn.
    match client.post_now(&["conversations", &reply.conversation, "reply"], &body(reply)).await {
        Ok(answer) => Ok(written(answer, &now, reply)),
        Err(failure) if failure.is_gone() => Ok(Delivery::Refused(Changed::Gone)),
        Err(failure) => match failure.written() {
            Written::No => Err(failure.into()),
            Written::Perhaps => Ok(Delivery::Unknown { what: failure.what().to_owned() }),
        },
    }
}

fn body(reply: &Reply) -> Value {
    let mut body = json!({
        "message_type": "comment",
        "type": "admin",
        "admin_id": reply.as_teammate,
        "body": html::from_plain(&reply.text),
    });
    if reply.to == Addressee::Agents {
        body["message_type"] = json!("note");
        body["skip_notifications"] = json!(true);
    }
    body
}

/// Finds what of the guard no longer holds.
fn changed(now: &LiveConversation, guard: &Guard, teammate: &str) -> Option<Changed> {
    if now.newest_message().map(|part| part.id.as_str()) != Some(&guard.newest_message) {
        return Some(newer(now, guard, teammate));
    }
    let mut here: Vec<&str> =
        now.contacts.iter().filter_map(|contact| contact.contact_id.as_deref()).collect();
    let mut expected: Vec<&str> = guard.readers.iter().map(String::as_str).collect();
    here.sort_unstable();
    expected.sort_unstable();
    if here != expected {
        return Some(Changed::Readers);
    }
    if now.assignee != guard.assignee || guard.is_moved(now) {
        return Some(Changed::Assignee);
    }
    (now.state != guard.state).then_some(Changed::State)
}

/// Says who wrote after the message that was to be answered; a person of the company weighs most.
fn newer(now: &LiveConversation, guard: &Guard, teammate: &str) -> Changed {
    let at = now.parts.iter().position(|part| part.id == guard.newest_message);
    let after = at.map_or(&[][..], |at| &now.parts[at + 1..]);
    let ours = |part: &Part| part.author_id.as_deref() == Some(teammate);
    let wrote = |author: Author| {
        after.iter().filter(move |part| part.kind == PartKind::Message && part.author == author)
    };
    if wrote(Author::Agent).any(|part| !ours(part)) {
        Changed::HumanReplied
    } else if wrote(Author::Bot).next().is_some() || wrote(Author::Agent).next().is_some() {
        Changed::BotReplied
    } else {
        Changed::NewerMessage
    }
}

/// Finds the new part in the answer, which is the conversation with the reply in it.
fn written(answer: Value, before: &LiveConversation, reply: &Reply) -> Delivery {
    let unknown = || Delivery::Unknown { what: "the answer of Intercom does not show the reply".to_owned() };
    let Some(conversation) = loose::as_object::<Conversation>(answer) else { return unknown() };
    let parts = live::parts(&conversation, conversation.created_at.unwrap_or(0));
    let is_new = |part: &&Part| before.parts.iter().all(|old| old.id != part.id);
    match parts.iter().rev().filter(is_new).find(|part| mark::carries(part, reply)) {
        Some(part) => Delivery::Delivered { part: part.id.clone() },
        None => unknown(),
    }
}

#[cfg(test)]
mod tests {
    use domain::live::{Assignee, State, TicketState};
    use serde_json::json;

    use super::*;

    fn now(parts: Value, more: Value) -> LiveConversation {
        let mut talk = json!({"id": 1, "created_at": 1, "state": "open", "admin_assignee_id": 5,
            "contacts": {"contacts": [{"id": "a"}, {"id": "b"}]},
            "source": {"id": "s", "body": "Hello", "author": {"type": "user", "id": "a"}}});
        talk["conversation_parts"]["conversation_parts"] = parts;
        let Value::Object(more) = more else { panic!("no object") };
        talk.as_object_mut().unwrap().extend(more);
        let wire: Conversation = serde_json::from_value(talk).unwrap();
        live::conversation(&wire, live::readers(&wire), TicketState::None).unwrap()
    }

    fn part(id: u64, author: &str, author_id: &str, kind: &str) -> Value {
        json!({"id": id, "part_type": kind, "body": "x", "created_at": id, "author": {"type": author, "id": author_id}})
    }

    fn guard() -> Guard {
        Guard {
            newest_message: "s".into(),
            readers: vec!["b".into(), "a".into()],
            assignee: Some(Assignee::Agent("5".into())),
            inbox: None,
            state: State::Open,
        }
    }

    #[test]
    fn an_unchanged_conversation_passes() {
        assert_eq!(changed(&now(json!([part(2, "admin", "9", "note")]), json!({})), &guard(), "5"), None);
    }

    #[test]
    fn every_change_is_named() {
        let check = |parts: Value, more: Value| changed(&now(parts, more), &guard(), "5");
        assert_eq!(check(json!([part(2, "user", "a", "comment")]), json!({})), Some(Changed::NewerMessage));
        let both = json!([part(2, "admin", "9", "comment"), part(3, "user", "a", "comment")]);
        assert_eq!(check(both, json!({})), Some(Changed::HumanReplied));
        assert_eq!(check(json!([part(2, "bot", "f", "comment")]), json!({})), Some(Changed::BotReplied));
        assert_eq!(check(json!([part(2, "admin", "5", "comment")]), json!({})), Some(Changed::BotReplied));
        let alone = json!({"contacts": {"contacts": [{"id": "a"}]}});
        assert_eq!(check(json!([]), alone), Some(Changed::Readers));
        assert_eq!(check(json!([]), json!({"admin_assignee_id": null})), Some(Changed::Assignee));
        assert_eq!(check(json!([]), json!({"team_assignee_id": 7})), Some(Changed::Assignee));
        assert_eq!(check(json!([]), json!({"state": "closed"})), Some(Changed::State));
    }

    #[test]
    fn a_message_that_went_is_a_change() {
        let guard = Guard { newest_message: "gone".into(), ..guard() };
        assert_eq!(changed(&now(json!([]), json!({})), &guard, "5"), Some(Changed::NewerMessage));
    }
}
