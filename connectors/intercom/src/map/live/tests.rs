use serde_json::{Value, json};

use super::*;

fn read(value: Value) -> LiveConversation {
    let wire: Conversation = serde_json::from_value(value).unwrap();
    let readers = readers(&wire);
    conversation(&wire, readers, TicketState::None).unwrap()
}

fn talk(parts: Value, more: Value) -> LiveConversation {
    let mut talk = json!({
        "id": 1, "created_at": 1_700_000_000, "state": "open",
        "source": {"id": "s", "type": "conversation", "delivered_as": "customer_initiated", "body": "Hello",
                   "author": {"type": "user", "id": "u"}},
    });
    talk["conversation_parts"]["conversation_parts"] = parts;
    let Value::Object(more) = more else { panic!("no object") };
    talk.as_object_mut().unwrap().extend(more);
    read(talk)
}

fn message(at: i64, author: Value, text: &str) -> Value {
    let mut part = json!({"id": at, "part_type": "comment", "body": text, "created_at": 1_700_000_000 + at});
    part["author"] = author;
    part
}

#[test]
fn the_way_of_each_part_is_told_where_it_is_stated() {
    let live = talk(
        json!([
            {"id": 1, "part_type": "comment", "body": "a", "author": {"type": "user", "email": "ann@mail.example"},
             "email_message_metadata": {"email_address_headers": [
                {"type": "from", "email_address": "other@mail.example"}, {"type": "to", "email_address": "help@acme.example"},
                {"type": "cc", "email_address": "boss@mail.example"}]}},
            {"id": 2, "part_type": "comment", "body": "b", "email_message_metadata": null},
            {"id": 3, "part_type": "comment", "body": "c"},
            {"id": 4, "part_type": "close", "body": null, "email_message_metadata": null},
        ]),
        json!({}),
    );
    let ways: Vec<_> = live.parts.iter().map(|part| part.channel).collect();
    assert_eq!(ways, [Some(Channel::Messenger), Some(Channel::Email), Some(Channel::Messenger), None, None]);
    assert_eq!(live.parts[1].author_email.as_deref(), Some("other@mail.example"));
    assert_eq!(live.parts[1].recipients, ["help@acme.example", "boss@mail.example"]);
    assert_eq!(live.parts[4].kind, PartKind::Event);
}

#[test]
fn what_was_redacted_is_a_message_without_text() {
    let live = talk(json!([{"id": 1, "part_type": "comment", "body": null, "redacted": true}]), json!({}));
    assert_eq!((live.parts[1].kind, live.parts[1].text.as_str()), (PartKind::Message, ""));
    let live =
        talk(json!([{"id": 1, "part_type": "comment", "body": "old text", "redacted": true}]), json!({}));
    assert_eq!(live.parts[1].text, "");
}

#[test]
fn nobody_is_null_or_zero() {
    for nobody in [json!(null), json!(0), json!("0")] {
        let live = talk(json!([]), json!({"admin_assignee_id": nobody, "team_assignee_id": nobody}));
        assert_eq!(live.assignee, None);
    }
    let live = talk(json!([]), json!({"admin_assignee_id": 0, "team_assignee_id": 7}));
    assert_eq!(live.assignee, Some(Assignee::Team("7".into())));
    let live = talk(json!([]), json!({"admin_assignee_id": "5", "team_assignee_id": 7}));
    assert_eq!(live.assignee, Some(Assignee::Agent("5".into())));
}

#[test]
fn fin_answers_until_it_hands_over() {
    let fin = json!({"type": "bot", "id": "f", "from_ai_agent": true, "is_ai_answer": true});
    let bot = |more: Value| talk(json!([message(1, fin.clone(), "Try this.")]), more).other_bot;
    assert_eq!(
        bot(json!({"ai_agent_participated": true, "ai_agent": {"resolution_state": null}})),
        OtherBot::Answering
    );
    assert_eq!(bot(json!({"ai_agent": {"resolution_state": "assumed_resolution"}})), OtherBot::Answering);
    for word in ["escalated", "negative_feedback", "procedure_handoff", "routed_to_team", "abandoned"] {
        assert_eq!(bot(json!({"ai_agent": {"resolution_state": word}})), OtherBot::Done, "{word}");
    }
    assert_eq!(bot(json!({"ai_agent": null})), OtherBot::Answering, "the author alone tells");
    let agent = json!({"type": "admin", "id": "9"});
    let taken = talk(json!([message(1, fin, "Try this."), message(2, agent, "I take over.")]), json!({}));
    assert_eq!(taken.other_bot, OtherBot::Done);
}

#[test]
fn a_workflow_that_has_asked_is_collecting() {
    let bot = json!({"type": "bot", "id": "o", "from_ai_agent": false, "is_ai_answer": false});
    assert_eq!(
        talk(json!([message(1, bot.clone(), "What is your order number?")]), json!({})).other_bot,
        OtherBot::Collecting
    );
    assert_eq!(
        talk(json!([message(1, bot.clone(), "We reply by mail.")]), json!({})).other_bot,
        OtherBot::Done
    );
    let choices = json!([{"id": 4, "part_type": "quick_reply", "author": bot, "body": "Choose."}]);
    assert_eq!(talk(choices, json!({})).other_bot, OtherBot::Collecting);
    assert_eq!(talk(json!([]), json!({})).other_bot, OtherBot::Absent);
}

#[test]
fn how_it_was_begun() {
    let begun = |source: Value| begun_by(Some(&serde_json::from_value(source).unwrap()));
    assert_eq!(begun(json!({"delivered_as": "automated"})), BegunBy::Campaign);
    assert_eq!(begun(json!({"delivered_as": "operator_initiated"})), BegunBy::Workflow);
    assert_eq!(begun(json!({"delivered_as": "new_word", "author": {"type": "lead"}})), BegunBy::Customer);
    assert_eq!(begun(json!({})), BegunBy::Unknown);
    assert_eq!(begun_by(None), BegunBy::Unknown);
}

#[test]
fn the_first_message_counts_among_all_parts() {
    let live = talk(json!([{"id": 1}]), json!({"statistics": {"count_conversation_parts": 700}}));
    assert_eq!(live.parts_in_all, Some(701));
    assert_eq!(live.parts.len(), 2);
}
