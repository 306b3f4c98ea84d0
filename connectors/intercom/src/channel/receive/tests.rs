use serde_json::json;

use super::*;

fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha1={}", domain::text::hex(&mac.finalize().into_bytes()))
}

fn read(topic: &str, item: Value) -> Event {
    let mut body = json!({"type": "notification_event", "id": "notif_1", "app_id": "ws1", "topic": topic,
        "created_at": 1_700_000_000, "delivery_attempts": 1, "data": {"type": "notification_event_data"}});
    body["data"]["item"] = item;
    let body = body.to_string();
    let signature = sign("shh", body.as_bytes());
    let call = Call { headers: &[("x-hub-signature", &signature)], body: body.as_bytes() };
    let inbound = receive(&Secret::new("shh"), &call).unwrap();
    assert_eq!(
        (inbound.delivery_id.as_str(), inbound.account.as_str(), inbound.topic.as_str()),
        ("notif_1", "ws1", topic)
    );
    assert_eq!(inbound.at, moment(1_700_000_000));
    inbound.event
}

#[test]
fn nothing_unsigned_is_looked_at() {
    let body = br#"{"id": "x"}"#;
    let good = sign("shh", body);
    let upper = good.to_uppercase().replace("SHA1", "sha1");
    let check = |secret: &str, signature: &str, body: &[u8]| {
        receive(&Secret::new(secret), &Call { headers: &[("x-hub-signature", signature)], body }).unwrap_err()
    };
    for signed in [&good, &upper] {
        assert!(matches!(check("shh", signed, body), Refusal::Malformed(_)), "signed, and then looked at");
    }
    assert_eq!(check("other", &good, body), Refusal::Unsigned);
    assert_eq!(check("", &sign("", body), body), Refusal::Unsigned);
    assert_eq!(check("shh", &good, br#"{"id": "y"}"#), Refusal::Unsigned);
    for wrong in ["", "sha1=", "sha1=zz", &good[5..], &good[..44], "sha256=00", "sha1=ééééééééééééééééééééé"]
    {
        assert_eq!(check("shh", wrong, body), Refusal::Unsigned, "{wrong}");
    }
    let bare = receive(&Secret::new("shh"), &Call { headers: &[], body });
    assert_eq!(bare.unwrap_err(), Refusal::Unsigned);
}

#[test]
fn conversations_say_who_changed_them() {
    for (topic, by) in [
        ("conversation.user.created", ChangedBy::Customer),
        ("conversation.user.replied", ChangedBy::Customer),
        ("conversation.admin.replied", ChangedBy::Agent),
        ("conversation.admin.single.created", ChangedBy::Agent),
        ("conversation.admin.open.assigned", ChangedBy::Agent),
        ("conversation.admin.noted", ChangedBy::Agent),
        ("conversation.admin.replied.translated", ChangedBy::Agent),
        ("conversation.operator.replied", ChangedBy::Bot),
        ("conversation.rating.added", ChangedBy::Customer),
        ("conversation.read", ChangedBy::Unknown),
        ("conversation.contact.attached", ChangedBy::Unknown),
        ("conversation.topic.of.tomorrow", ChangedBy::Unknown),
    ] {
        let event = read(topic, json!({"type": "conversation", "id": 515}));
        assert_eq!(event, Event::Conversation { id: "515".into(), by }, "{topic}");
    }
    let part = json!({"type": "conversation_part", "id": "9", "conversation_id": "515"});
    let id = "515".to_owned();
    assert_eq!(
        read("conversation_part.tag.created", part),
        Event::Conversation { id, by: ChangedBy::Unknown }
    );
    let orphan = json!({"type": "conversation_part", "id": "9"});
    assert_eq!(
        read("conversation_part.tag.created", orphan),
        Event::Other,
        "a part's id is no conversation's"
    );
}

#[test]
fn what_is_gone_is_told() {
    let deleted = read("conversation.deleted", json!({"type": "conversation", "id": "515"}));
    assert_eq!(deleted, Event::ConversationDeleted { id: "515".into() });
    let whole = json!({"type": "conversation", "id": "515", "conversation_parts": {"conversation_parts": [
        {"id": "8", "redacted": false}, {"id": "9", "redacted": true}]}});
    let redacted = Event::Redacted { conversation: "515".into(), part: Some("9".into()) };
    assert_eq!(read("conversation_part.redacted", whole), redacted);
    let part = json!({"type": "conversation_part", "id": "9", "conversation": {"id": "515"}});
    assert_eq!(read("conversation_part.redacted", part), redacted);
}

#[test]
fn people_are_seen_and_merged() {
    let contact = json!({"type": "contact", "id": "c", "role": "user", "external_id": "4711", "email": "ann@mail.example"});
    for topic in
        ["contact.user.created", "contact.lead.added_email", "contact.unarchive", "contact.subscribed"]
    {
        let Event::Person(event) = read(topic, contact.clone()) else { panic!("{topic}") };
        let PersonChange::Seen(seen) = event.change else { panic!("{topic}") };
        assert_eq!((seen.contact_id.as_deref(), seen.account_id.as_deref()), (Some("c"), Some("4711")));
    }
    let tagged = json!({"type": "contact_tag", "tag": {"id": 1}, "contact": contact});
    assert!(matches!(read("contact.user.tag.created", tagged), Event::Person(_)));
    let visitor = json!({"type": "visitor", "id": "v", "user_id": "4712", "email": null});
    let Event::Person(event) = read("visitor.signed_up", visitor) else { panic!("no person") };
    let PersonChange::Seen(seen) = event.change else { panic!("not seen") };
    assert_eq!(seen.role, Some(domain::record::Role::Visitor));
    let merged = json!({"type": "contact", "id": "user", "merged_from": {"type": "contact", "id": "lead"}});
    let change = PersonChange::Merged { from: "lead".into(), into: "user".into() };
    assert_eq!(
        read("contact.merged", merged),
        Event::Person(PersonEvent { at: moment(1_700_000_000), change })
    );
    assert_eq!(read("contact.merged", json!({"id": "user"})), Event::Other);
    let change = PersonChange::Gone { contact: "c".into() };
    let gone = Event::Person(PersonEvent { at: moment(1_700_000_000), change });
    assert_eq!(read("contact.deleted", json!({"id": "c"})), gone);
    assert_eq!(read("contact.deleted", json!({})), Event::Other);
    assert_eq!(read("contact.archived", json!({"id": "c"})), Event::Other, "it can come back");
}

#[test]
fn tickets_lead_to_their_conversation() {
    let ticket = json!({"type": "ticket", "id": "3", "linked_objects": {"data": [{"type": "conversation", "id": "515"}]}});
    let id = "515".to_owned();
    let by = ChangedBy::Customer;
    assert_eq!(read("ticket.contact.replied", ticket.clone()), Event::Conversation { id: id.clone(), by });
    let by = ChangedBy::Unknown;
    assert_eq!(read("ticket.closed", json!({"ticket": ticket})), Event::Conversation { id, by });
    assert_eq!(read("ticket.created", json!({"type": "ticket", "id": "3"})), Event::Other);
}

#[test]
fn the_rest_is_counted_and_left_alone() {
    assert_eq!(read("ping", json!({"type": "ping", "message": "hi"})), Event::Ping);
    assert_eq!(
        read("article.published", json!({"type": "article", "id": "39"})),
        Event::Knowledge { id: "39".into() }
    );
    for topic in
        ["company.created", "admin.logged_in", "call.ended", "job.completed", "no.such.topic", "conversation"]
    {
        assert_eq!(read(topic, json!({"id": "1"})), Event::Other, "{topic}");
    }
    assert_eq!(read("conversation.user.replied", json!(null)), Event::Other);
}
