use serde_json::{Value, json};

use super::*;

fn read(value: Value) -> RawConversation {
    record(&serde_json::from_value(value).unwrap()).unwrap()
}

fn part(kind: &str, author: &str, body: Value) -> Value {
    let author = json!({"type": author, "id": "9"});
    let mut part = json!({"id": 1, "part_type": kind, "author": author, "created_at": 1_700_000_100});
    part["body"] = body;
    part
}

#[test]
fn words_in_any_part_are_turns_and_notes_never_are() {
    let talk = read(json!({
        "id": "1", "created_at": 1_700_000_000, "state": "closed",
        "source": {"type": "conversation", "delivered_as": "customer_initiated", "body": "<p>It is dark.</p>",
                   "author": {"type": "user", "id": "u"}},
        "conversation_parts": {"conversation_parts": [
            part("comment", "admin", json!("Hold the button.")),
            part("assignment", "admin", json!("Bo takes over.")),
            part("close", "admin", json!("Closing this.")),
            part("close", "admin", json!(null)),
            part("note", "admin", json!("secret 1")),
            part("note_and_reopen", "admin", json!("secret 2")),
            part("call_summary", "bot", json!("secret 3")),
            part("ticket_note_created", "admin", json!("secret 4")),
        ]},
    }));
    let texts: Vec<&str> = talk.turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(texts, ["It is dark.", "Hold the button.", "Bo takes over.", "Closing this."]);
    assert_eq!((talk.status, talk.weight), (Status::Unknown, 1.0));
}

#[test]
fn outbound_messages_enter_no_rate() {
    let talk = |delivered_as: &str, author: &str| {
        read(json!({"id": "1", "created_at": 1_700_000_000,
            "source": {"delivered_as": delivered_as, "body": "Hello", "author": {"type": author, "id": "u"}},
            "conversation_parts": {"conversation_parts": [part("comment", "user", json!("Thanks"))]}}))
    };
    assert_eq!(talk("automated", "admin").weight, 0.0);
    assert_eq!(talk("admin_initiated", "admin").weight, 0.0);
    assert_eq!(talk("operator_initiated", "bot").weight, 1.0);
    assert_eq!(talk("customer_initiated", "user").weight, 1.0);
    let unheard =
        json!({"id": 1, "created_at": 1, "source": {"delivered_as": "operator_initiated", "body": "Hi"}});
    assert_eq!(read(unheard).weight, 0.0);
}

#[test]
fn only_what_was_said_counts_as_solved() {
    let status = |state: &str, word: &str| {
        read(json!({"id": 1, "created_at": 1, "state": state, "ai_agent": {"resolution_state": word}})).status
    };
    assert_eq!(status("closed", "confirmed_resolution"), Status::Solved);
    assert_eq!(status("closed", "assumed_resolution"), Status::Unknown);
    assert_eq!(status("closed", "negative_feedback"), Status::Unsolved);
    assert_eq!(status("open", "confirmed_resolution"), Status::Unsolved);
    assert_eq!(status("snoozed", ""), Status::Unsolved);
}

#[test]
fn missing_parts_are_counted() {
    let talk = |parts: Value, total: Value, counted: Value| {
        missing(
            &serde_json::from_value(
                json!({"id": 1, "created_at": 1, "statistics": {"count_conversation_parts": counted},
            "conversation_parts": {"conversation_parts": parts, "total_count": total}}),
            )
            .unwrap(),
        )
    };
    assert_eq!(talk(json!([{}, {}]), json!(2), json!(2)), 0);
    assert_eq!(talk(json!([{}, {}]), json!(2), json!(5)), 3);
    assert_eq!(talk(json!([{}, 7]), json!(2), json!(null)), 1, "a part that is no object is missing");
    assert_eq!(talk(json!([{}]), json!(null), json!(null)), 0);
}

#[test]
fn links_to_articles_are_cited() {
    let text = "See the guide (https://help.example/acme/en/articles/39-charge), https://help.example/de/articles/40 \
                and /articles/41 or articles/x.";
    assert_eq!(cites(text), ["39:en", "40:de"]);
}

#[test]
fn who_wrote_first_comes_first() {
    let talk = read(json!({"id": 1, "created_at": 1,
        "contacts": {"contacts": [{"id": "b", "external_id": null}, {"id": "a", "external_id": "4711"}]},
        "source": {"author": {"type": "user", "id": "a", "name": "Ann", "email": "ann@mail.example"}}}));
    assert_eq!(talk.customer.account_id.as_deref(), Some("4711"));
    assert_eq!(talk.customer.email.as_deref(), Some("ann@mail.example"));
    assert_eq!(talk.others.len(), 1);
}

#[test]
fn the_made_up_id_of_a_lead_is_no_account() {
    let talk = |kind: &str| {
        read(
            json!({"id": 1, "created_at": 1, "contacts": {"contacts": [{"id": "a", "external_id": "made-up"}]},
            "source": {"author": {"type": kind, "id": "a"}}}),
        )
    };
    assert_eq!(talk("lead").customer.account_id, None);
    assert_eq!(talk("user").customer.account_id.as_deref(), Some("made-up"));
}

#[test]
fn what_a_lead_began_is_not_the_users_into_whom_it_was_merged() {
    let begun = |author: &str, id: &str, contacts: Value| {
        let talk = read(json!({"id": "1", "created_at": 1_700_000_000, "contacts": {"contacts": contacts},
            "source": {"delivered_as": "customer_initiated", "body": "Hello",
                       "author": {"type": author, "id": id, "email": "vera@linden.test"}}}));
        (talk.customer.contact_id.unwrap(), talk.customer.account_id, talk.others.len())
    };
    let vera = || json!([{"id": "vera", "external_id": "u-1"}]);
    assert_eq!(begun("user", "vera", vera()), ("vera".into(), Some("u-1".into()), 0));
    assert_eq!(begun("lead", "zorro", vera()), ("zorro".into(), None, 0));
    assert_eq!(begun("lead", "zorro", json!([{"id": "omar"}, {"id": "zorro"}])).0, "zorro");
}
