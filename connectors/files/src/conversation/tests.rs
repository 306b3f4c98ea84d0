use serde_json::json;

use super::*;
use crate::row;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn limits() -> Limits {
    Limits { now: at("2025-06-01T00:00:00Z"), max_turns: 10_000 }
}

fn read(row: &Value) -> Result<(RawConversation, Vec<String>), Refused> {
    let row::Kind::Conversation(row) = row::parse(&row.to_string()).unwrap() else { panic!("an article") };
    let mut notes = Notes::default();
    let conversation = build(*row, limits(), &mut notes)?;
    Ok((conversation, notes.finish()))
}

fn ok(row: &Value) -> (RawConversation, Vec<String>) {
    read(row).unwrap()
}

fn simple(extra: &Value) -> Value {
    let mut row = json!({
        "conversation_id": "c1", "created_at": "2025-03-01T12:00:00Z",
        "turns": [{"author": "customer", "text": "hello"}, {"author": "agent", "text": "hi"}],
    });
    row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    row
}

#[test]
fn the_least_conversation_is_enough() {
    let (conversation, notes) = ok(&simple(&json!({})));
    assert_eq!(notes, Vec::<String>::new());
    assert_eq!(conversation.customer, RawCustomer::default());
    assert_eq!(conversation.weight, 1.0);
    assert_eq!(conversation.status, Status::Unknown);
    assert_eq!(conversation.channel, Channel::Other);
    let times: Vec<_> = conversation.turns.iter().map(|turn| turn.at.millis()).collect();
    let start = at("2025-03-01T12:00:00Z").millis();
    assert_eq!(times, [start, start + 1]);
}

#[test]
fn nulls_everywhere_are_as_good_as_nothing() {
    let (plain, _) = ok(&simple(&json!({})));
    let (nulls, notes) = ok(&simple(&json!({
        "customer": null, "others": [null], "subject": null, "topic": null, "tags": null, "status": null,
        "solution_turn": null, "rating": null, "weight": null, "in_random_sample": null, "language": null,
        "channel": null, "title": null, "unknown": {"deep": [1]},
        "turns": [
            {"author": "customer", "text": "hello", "at": null, "author_id": null, "cited_articles": null},
            {"author": "agent", "text": "hi", "at": ""},
        ],
    })));
    assert_eq!(nulls, plain);
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn a_time_follows_the_message_before_it() {
    let (conversation, notes) = ok(&json!({"conversation_id": 7, "turns": [
        {"text": "a"}, {"text": "b", "at": "2025-03-01T12:00:00Z"}, {"text": "c"},
    ]}));
    assert_eq!(conversation.external_id, "7");
    let noon = at("2025-03-01T12:00:00Z");
    assert_eq!(conversation.created_at, noon);
    let times: Vec<_> = conversation.turns.iter().map(|turn| turn.at).collect();
    assert_eq!(times, [noon, noon, noon.plus_millis(1)]);
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn messages_out_of_order_are_sorted_and_the_solution_follows() {
    let (conversation, notes) = ok(&simple(&json!({"solution_turn": 1, "turns": [
        {"text": "a", "at": "2025-03-01T12:00:00Z"},
        {"text": "d", "at": "2025-03-01T15:00:00Z"},
        {"text": "b", "at": "2025-03-01T13:00:00Z"},
        {"text": "c", "at": "2025-03-01T13:00:00Z"},
    ]})));
    let texts: Vec<_> = conversation.turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(texts, ["a", "b", "c", "d"]);
    assert_eq!(conversation.solution_turn, Some(3));
    assert_eq!(notes, ["has messages that are not in the order of their times; they were sorted"]);
}

#[test]
fn the_future_is_left_out_until_it_comes() {
    let refused =
        read(&simple(&json!({"turns": [{"at": "2025-06-02T00:00:01Z", "text": "a"}]}))).unwrap_err();
    assert_eq!(refused.until, Some(at("2025-06-01T00:00:01Z")));
    assert!(refused.what.contains("`turns[0].at`"), "{}", refused.what);
    assert!(read(&simple(&json!({"created_at": "2030-01-01"}))).unwrap_err().what.contains("`created_at`"));
    assert!(read(&simple(&json!({"turns": [{"at": "2025-06-02T00:00:00Z", "text": "a"}]}))).is_ok());
}

#[test]
fn what_cannot_be_a_conversation_is_left_out() {
    let what = |row: &Value| read(row).unwrap_err().what;
    assert_eq!(
        what(&simple(&json!({"conversation_id": " "}))),
        "is a conversation without `conversation_id`"
    );
    assert_eq!(what(&simple(&json!({"turns": []}))), "is a conversation without messages");
    assert!(what(&simple(&json!({"created_at": null}))).contains("nowhere when"));
    assert!(what(&simple(&json!({"created_at": "yesterday, by Ann"}))).contains("not a time"));
    assert!(!what(&simple(&json!({"created_at": "yesterday, by Ann"}))).contains("Ann"));
    assert!(what(&simple(&json!({"created_at": 1_700_000_000}))).contains("not a time"));
    let many: Vec<_> = (0..10_001).map(|_| json!({"text": "a"})).collect();
    assert_eq!(
        what(&simple(&json!({"turns": many}))),
        "has 10001 messages; at most 10000 are read (`max_turns`)"
    );
}

#[test]
fn ten_thousand_messages_are_read() {
    let many: Vec<_> = (0..10_000).map(|number| json!({"text": format!("message {number}")})).collect();
    let (conversation, _) = ok(&simple(&json!({"turns": many})));
    assert_eq!(conversation.turns.len(), 10_000);
    assert_eq!(conversation.turns[9_999].text, "message 9999");
}

#[test]
fn customers_in_every_shape() {
    let (conversation, _) = ok(&simple(&json!({
        "customer": {"account_id": 4711, "lead_id": "l1", "email": " Ann@Example.org ", "company": "acme",
                     "companies": ["acme", 9]},
        "others": [{"contact_id": "k1", "lead_id": "l2", "role": "User"}, null, {}],
    })));
    let expected = RawCustomer {
        contact_id: Some("l1".into()),
        account_id: Some("4711".into()),
        email: Some("Ann@Example.org".into()),
        role: Some(Role::Lead),
        companies: vec!["acme".into(), "9".into()],
        ..RawCustomer::default()
    };
    assert_eq!(conversation.customer, expected);
    let other =
        RawCustomer { contact_id: Some("k1".into()), role: Some(Role::User), ..RawCustomer::default() };
    assert_eq!(conversation.others, [other, RawCustomer::default()]);
}

#[test]
fn unknown_words_have_a_place() {
    let (conversation, _) = ok(&simple(&json!({
        "channel": "CHAT", "status": "closed", "topic": ["returns", "size"], "tags": "one", "language": "pt_BR",
        "turns": [{"author": "action", "text": 5}, {"author": null}, {"author": "Bot", "cited_articles": ["a", 2]}],
    })));
    assert_eq!(conversation.channel, Channel::Messenger);
    assert_eq!(conversation.status, Status::Unknown);
    assert_eq!(conversation.topic.as_deref(), Some("returns, size"));
    assert_eq!(conversation.tags, ["one"]);
    assert_eq!(conversation.language.unwrap().code(), "pt");
    let authors: Vec<_> = conversation.turns.iter().map(|turn| turn.author).collect();
    assert_eq!(authors, [Author::Other, Author::Other, Author::Bot]);
    assert_eq!(conversation.turns[0].text, "5");
    assert_eq!(conversation.turns[2].cites, ["a", "2"]);
}

#[test]
fn numbers_out_of_range_are_told() {
    let (conversation, notes) = ok(&simple(&json!({"rating": 6, "weight": -1, "solution_turn": 2})));
    assert_eq!((conversation.rating, conversation.weight, conversation.solution_turn), (None, 0.0, None));
    assert_eq!(notes.len(), 3);
    let (conversation, notes) = ok(&simple(&json!({"rating": "4", "weight": 2.5, "solution_turn": 1})));
    assert_eq!(
        (conversation.rating, conversation.weight, conversation.solution_turn),
        (Some(4), 2.5, Some(1))
    );
    assert_eq!(notes.len(), 0);
    let (conversation, _) = ok(&simple(&json!({"weight": 2.5, "in_random_sample": false})));
    assert_eq!(conversation.weight, 0.0);
}

#[test]
fn control_characters_are_removed_and_counted() {
    let (conversation, notes) =
        ok(&simple(&json!({"subject": "a\u{0}b", "turns": [{"text": "c\u{1}\u{2}d\r\ne"}]})));
    assert_eq!(conversation.subject.as_deref(), Some("ab"));
    assert_eq!(conversation.turns[0].text, "cd\ne");
    assert_eq!(notes, ["3 control characters were removed"]);
}
