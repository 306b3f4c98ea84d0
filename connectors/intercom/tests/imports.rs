//! What an import has to mind of Intercom.

use connector::{Cursor, Effect, Problem, Source};
use domain::record::{PersonChange, RawConversation, Record};
use serde_json::{Value, json};

use crate::fake::{EAST, Fake};

/// What a round gave.
#[derive(Default)]
struct Round {
    records: Vec<Record>,
    problems: Vec<Problem>,
    cursors: Vec<Cursor>,
}

async fn round(source: &dyn Source, mut cursor: Option<Cursor>) -> Round {
    let mut round = Round::default();
    loop {
        let page = source.pull(cursor.as_ref()).await.unwrap();
        round.records.extend(page.records);
        round.problems.extend(page.problems);
        round.cursors.push(page.next.clone());
        if !page.more {
            return round;
        }
        cursor = Some(page.next);
        assert!(round.cursors.len() < 300, "the round does not end");
    }
}

impl Round {
    fn end(&self) -> Option<Cursor> {
        self.cursors.last().cloned()
    }

    fn conversations(&self) -> Vec<&RawConversation> {
        self.records
            .iter()
            .filter_map(|record| if let Record::Conversation(talk) = record { Some(&**talk) } else { None })
            .collect()
    }

    fn contacts(&self) -> Vec<String> {
        let seen = self.records.iter().filter_map(|record| match record {
            Record::Person(event) => match &event.change {
                PersonChange::Seen(customer) => customer.contact_id.clone(),
                PersonChange::Merged { .. } | PersonChange::Gone { .. } => None,
            },
            _ => None,
        });
        seen.collect()
    }

    fn told(&self) -> String {
        self.problems.iter().map(|problem| format!("{:?} {problem}\n", problem.effect)).collect()
    }
}

fn talk(parts: Vec<Value>) -> Value {
    let count = parts.len();
    let author = json!({"type": "user", "id": "u"});
    let mut talk = json!({"state": "closed", "source": {"type": "conversation", "body": "It is dark.", "author": author},
        "statistics": {"count_conversation_parts": count}, "conversation_parts": {"total_count": count}});
    talk["conversation_parts"]["conversation_parts"] = Value::Array(parts);
    talk
}

fn part(id: usize) -> Value {
    json!({"id": id, "part_type": "comment", "body": format!("text {id}"), "created_at": 1_750_000_000 + id,
        "author": {"type": "admin", "id": "9"}})
}

#[tokio::test]
async fn a_long_history_is_cut_into_windows_and_progress_is_told() {
    let (fake, server) = Fake::start().await;
    let mut told = Vec::new();
    for number in 0..620_i64 {
        let mut talk = talk(vec![]);
        talk["created_at"] = json!(1_600_000_000 + number / 2 * 90_000);
        fake.put("conversations", &number.to_string(), talk);
    }
    let source = fake.source(&server, 100);
    let round = round(source.as_ref(), None).await;
    let mut ids: Vec<&str> = round.conversations().iter().map(|talk| talk.external_id.as_str()).collect();
    assert_eq!((ids.len(), round.told()), (620, String::new()));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 620, "each of them once");
    for cursor in &round.cursors {
        assert!(cursor.as_str().len() < 100_000, "a cursor stays small");
        told.extend(intercom::progress(cursor).filter(|told| told.what == "conversations"));
    }
    assert!(told.iter().all(|told| told.total == Some(620)));
    assert!(told.is_sorted_by(|one, next| one.read <= next.read && one.up_to <= next.up_to));
    assert!(told.len() > 4 && told[2].read > 0);
    assert_eq!(intercom::progress(&round.end().unwrap()), None);
    let windows = fake.called("POST /conversations/search").len();
    assert!(windows < 60, "{windows} searches for 620 conversations");
}

#[tokio::test]
async fn a_window_that_stays_short_is_named_and_asked_for_again() {
    let (fake, server) = Fake::start().await;
    fake.put("conversations", "1", talk(vec![]));
    fake.state().overcount = 1;
    let source = fake.source(&server, 10);
    let first = round(source.as_ref(), None).await;
    assert_eq!(first.conversations().len(), 1);
    assert!(first.told().contains("Skipped conversations created_at from"), "{}", first.told());
    assert!(first.told().contains("lists 1 of the 2 that it counts; asked for again"), "{}", first.told());
    let unseen = source.list(None).await.unwrap().unseen;
    assert!(unseen.iter().any(|problem| problem.place.starts_with("conversations")), "{unseen:?}");
    // What was hidden appears: an old conversation that no change would bring.
    let mut old = talk(vec![]);
    (old["created_at"], old["updated_at"]) = (json!(1_600_000_000), json!(1_600_000_000));
    fake.put("conversations", "2", old);
    fake.state().overcount = 0;
    let second = round(source.as_ref(), first.end()).await;
    assert!(second.conversations().iter().any(|talk| talk.external_id == "2"));
    assert_eq!(second.told(), "");
    let third = round(source.as_ref(), second.end()).await;
    assert_eq!(third.records, []);
}

#[tokio::test]
async fn missing_parts_are_named_and_fetched_again() {
    let (fake, server) = Fake::start().await;
    fake.put("conversations", "1", talk(vec![part(1), part(2)]));
    fake.state().hides.insert("1".into(), 2);
    let source = fake.source(&server, 10);
    let first = round(source.as_ref(), None).await;
    assert_eq!(first.conversations()[0].turns.len(), 2);
    assert_eq!(
        first.told(),
        "Kept conversations/1: shows 1 parts and counts 1 more; asked for again in the next round\n"
    );
    let second = round(source.as_ref(), first.end()).await;
    assert_eq!(second.conversations()[0].turns.len(), 3);
    assert_eq!(second.told(), "");
    assert_eq!(round(source.as_ref(), second.end()).await.records, []);
}

#[tokio::test]
async fn a_single_short_answer_is_asked_for_twice() {
    let (fake, server) = Fake::start().await;
    fake.put("conversations", "1", talk(vec![part(1), part(2)]));
    fake.state().hides.insert("1".into(), 1);
    let round = round(fake.source(&server, 10).as_ref(), None).await;
    assert_eq!((round.conversations()[0].turns.len(), round.told()), (3, String::new()));
}

#[tokio::test]
async fn the_cut_after_500_parts_is_told_and_not_asked_for_again() {
    let (fake, server) = Fake::start().await;
    let mut long = talk((0..500).map(part).collect());
    long["statistics"]["count_conversation_parts"] = json!(730);
    fake.put("conversations", "1", long);
    let source = fake.source(&server, 10);
    let first = round(source.as_ref(), None).await;
    assert_eq!(first.conversations()[0].turns.len(), 501);
    assert!(first.told().contains("has 230 parts more than the 500 newest"), "{}", first.told());
    assert_eq!(fake.called("GET /conversations/1").len(), 1);
    assert_eq!(round(source.as_ref(), first.end()).await.records, []);
}

#[tokio::test]
async fn changes_come_once_and_a_vanished_conversation_is_deleted() {
    let (fake, server) = Fake::start().await;
    for id in ["1", "2"] {
        fake.put("conversations", id, talk(vec![]));
    }
    let source = fake.source(&server, 10);
    let first = round(source.as_ref(), None).await;
    fake.put("conversations", "1", talk(vec![part(1)]));
    let second = round(source.as_ref(), first.end()).await;
    assert_eq!(second.conversations().len(), 1);
    assert_eq!(second.conversations()[0].turns.len(), 2);
    // Listed by the search, gone when it is loaded.
    fake.put("conversations", "2", json!({"state": "open"}));
    fake.state().closed.insert("/conversations/2", 410);
    let third = round(source.as_ref(), second.end()).await;
    assert!(matches!(&third.records[..], [Record::Deleted(id)] if id.id == "2"), "{:?}", third.records);
}

#[tokio::test]
async fn one_conversation_that_is_refused_stops_no_other() {
    let (fake, server) = Fake::start().await;
    for id in ["1", "2"] {
        fake.put("conversations", id, talk(vec![]));
    }
    fake.state().closed.insert("/conversations/2", 403);
    let source = fake.source(&server, 10);
    let round = round(source.as_ref(), None).await;
    assert_eq!(round.conversations().len(), 1);
    assert!(round.told().starts_with("Skipped conversations/2: "), "{}", round.told());
    fake.state().closed.insert("/conversations/1", 401);
    assert!(source.pull(None).await.is_err(), "a token that no longer counts ends the call");
}

#[tokio::test]
async fn contacts_of_the_same_day_are_found_and_told_once() {
    let (fake, server) = Fake::start().await;
    // The first minutes of a day in a workspace far in the east.
    fake.state().clock = 1_750_032_000 - EAST * 3_600 + 86_400;
    fake.put("contacts", "a", json!({"role": "user", "email": "ann@mail.example"}));
    let source = fake.source(&server, 10);
    let first = round(source.as_ref(), None).await;
    assert_eq!(first.contacts(), ["a"]);
    fake.put("contacts", "b", json!({"role": "lead"}));
    fake.put("contacts", "a", json!({"role": "user", "email": "ann@new.example"}));
    let second = round(source.as_ref(), first.end()).await;
    assert_eq!(second.contacts(), ["a", "b"]);
    let third = round(source.as_ref(), second.end()).await;
    assert_eq!(third.contacts(), Vec::<String>::new());
    // One that the search shows minutes late.
    let late = fake.state().clock - 200;
    fake.put("contacts", "c", json!({"role": "lead", "created_at": late, "updated_at": late}));
    assert_eq!(round(source.as_ref(), third.end()).await.contacts(), ["c"]);
}

#[tokio::test]
async fn a_translation_that_changes_alone_is_found() {
    let (fake, server) = Fake::start().await;
    let article = |german: &str| {
        json!({"title": "Lamp", "body": "<p>On.</p>", "state": "published", "default_locale": "en", "updated_at": 1_700_000_000,
            "url": "https://help.example/en/articles/1", "translated_content": {
                "de": {"title": "Lampe", "body": german, "state": "published", "url": "https://help.example/de/articles/1"}}})
    };
    fake.put("articles", "1", article("<p>An.</p>"));
    let source = fake.source(&server, 10);
    let first = round(source.as_ref(), None).await;
    assert_eq!(first.records.len(), 2);
    fake.put("articles", "1", article("<p>An und aus.</p>"));
    let second = round(source.as_ref(), first.end()).await;
    let [Record::Document(document)] = &second.records[..] else { panic!("{:?}", second.records) };
    assert_eq!((document.external_id.as_str(), document.markdown.as_str()), ("1:de", "An und aus."));
}

#[tokio::test]
async fn many_companies_leave_the_cursor_small() {
    let (fake, server) = Fake::start().await;
    for number in 0..600 {
        fake.put("companies", &number.to_string(), json!({"name": format!("Company {number}")}));
    }
    let source = fake.source(&server, 150);
    let first = round(source.as_ref(), None).await;
    assert_eq!(first.records.len(), 600);
    assert!(first.cursors.iter().all(|cursor| cursor.as_str().len() < 12_000));
    assert_eq!(
        intercom::progress(&first.cursors[1]).map(|told| (told.what, told.read)),
        Some(("companies", 300))
    );
    fake.put("companies", "7", json!({"name": "Renamed"}));
    let second = round(source.as_ref(), first.end()).await;
    let renamed = |record: &Record| matches!(record, Record::Company(company) if company.name == "Renamed");
    assert!(second.records.iter().any(renamed) && second.records.len() < 30, "{:?}", second.records);
    assert_eq!(round(source.as_ref(), second.end()).await.records, []);
}

#[tokio::test]
async fn a_help_centre_that_is_off_makes_its_articles_internal() {
    let (fake, server) = Fake::start().await;
    fake.put("help_centers", "1", json!({"website_turned_on": false}));
    fake.put(
        "articles",
        "1",
        json!({"title": "Lamp", "state": "published", "url": "https://help.example/en/articles/1"}),
    );
    let round = round(fake.source(&server, 10).as_ref(), None).await;
    let [Record::Document(document)] = &round.records[..] else { panic!("{:?}", round.records) };
    assert_eq!(document.audience, domain::record::RawAudience::Internal);
}

#[tokio::test]
async fn what_is_closed_to_the_token_is_told_and_stops_deleting() {
    let (fake, server) = Fake::start().await;
    fake.put("companies", "1", json!({"name": "Acme"}));
    fake.state().closed.insert("/internal_articles", 403);
    let source = fake.source(&server, 10);
    let round = round(source.as_ref(), None).await;
    assert_eq!(round.records.len(), 1, "the rest goes on");
    assert!(round.told().contains("internal_articles: cannot be read"), "{}", round.told());
    assert_eq!(round.problems[0].effect, Effect::Skipped);
    assert_eq!(source.list(None).await.unwrap().unseen.len(), 1);
}

#[tokio::test]
async fn customers_tickets_are_read_and_back_office_is_not() {
    let (fake, server) = Fake::start().await;
    let ticket = |category: &str| {
        json!({"category": category, "ticket_state": {"category": "resolved"}, "contacts": {"contacts": [{"id": "c"}]},
            "ticket_attributes": {"_default_title_": "Lamp", "_default_description_": "It is dark."},
            "ticket_parts": {"ticket_parts": [
                {"id": 1, "part_type": "comment", "body": "<p>A new one is on its way.</p>", "author": {"type": "admin", "id": "9"}},
                {"id": 2, "part_type": "note", "body": "secret", "author": {"type": "admin", "id": "9"}}], "total_count": 2}})
    };
    fake.put("tickets", "1", ticket("Customer"));
    fake.put("tickets", "2", ticket("Back-office"));
    let source = fake.source(&server, 10);
    let round = round(source.as_ref(), None).await;
    let [talk] = round.conversations()[..] else { panic!("{:?}", round.records) };
    let texts: Vec<&str> = talk.turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(
        (talk.external_id.as_str(), texts),
        ("ticket:1", vec!["It is dark.", "A new one is on its way."])
    );
    let listed: Vec<String> = source.list(None).await.unwrap().ids.into_iter().map(|id| id.id).collect();
    assert_eq!(listed, ["ticket:1"]);
}

#[tokio::test]
async fn what_lies_in_a_private_inbox_is_left_out_also_when_it_was_moved_there() {
    let (fake, server) = Fake::start().await;
    fake.put("teams", "7", json!({"name": "EU Legal"}));
    fake.put("teams", "8", json!({"name": "Support"}));
    for (id, team) in [("1", json!(7)), ("2", json!("8")), ("3", json!(null))] {
        let mut talk = talk(vec![part(1)]);
        talk["team_assignee_id"] = team;
        fake.put("conversations", id, talk);
    }
    let source = fake.source(&server, 10);
    let first = round(&*source, None).await;
    let ids = |round: &Round| -> Vec<String> {
        let mut ids: Vec<String> =
            round.conversations().iter().map(|talk| talk.external_id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&first), ["2", "3"]);
    assert!(first.told().is_empty(), "{}", first.told());

    let mut moved = talk(vec![part(1), part(2)]);
    moved["team_assignee_id"] = json!(7);
    fake.put("conversations", "2", moved);
    let second = round(&*source, first.end()).await;
    assert!(ids(&second).is_empty());
    let gone = |record: &Record| matches!(record, Record::Deleted(id) if id.id == "2");
    assert!(second.records.iter().any(gone), "what was read before goes: {:?}", second.records);
    let listed: Vec<String> = source.list(None).await.unwrap().ids.into_iter().map(|id| id.id).collect();
    assert_eq!(listed, ["3"]);
}

#[tokio::test]
async fn where_names_of_teams_cannot_be_read_their_inboxes_are_left_out() {
    let (fake, server) = Fake::start().await;
    fake.state().closed.insert("/teams", 403);
    for (id, team) in [("1", json!(7)), ("2", json!(null))] {
        let mut talk = talk(vec![]);
        talk["team_assignee_id"] = team;
        fake.put("conversations", id, talk);
    }
    let source = fake.source(&server, 10);
    let first = round(&*source, None).await;
    assert_eq!(first.conversations().len(), 1);
    assert!(first.told().contains("intercom.private_inboxes"), "{}", first.told());
}

#[tokio::test]
async fn a_read_that_fails_for_a_moment_is_sent_again_and_then_given_up() {
    let (fake, server) = Fake::start().await;
    let source = fake.source(&server, 10);
    fake.state().hiccups = 2;
    source.check().await.unwrap();
    fake.state().hiccups = 3;
    let error = source.check().await.unwrap_err();
    assert!(matches!(error, connector::Error::Unreachable { .. }), "{error}");
    assert_eq!(fake.called("GET /me").len(), 6);
}

#[tokio::test]
async fn a_workspace_that_moved_to_another_region_is_to_be_connected_again() {
    let (fake, server) = Fake::start().await;
    let connection = intercom::Connection {
        region: intercom::Region::Us,
        base_url: Some(server.uri()),
        token: connector::Secret::new(crate::fake::TOKEN),
        now: domain::Timestamp::from_millis(fake.state().clock * 1_000),
        timeout: intercom::Connection::TIMEOUT,
        private_inboxes: Vec::new(),
    };
    let client = intercom::Client::new(&connection).unwrap();
    let source = intercom::source(&client, intercom::SourceConfig::usual()).unwrap();
    let error = source.check().await.unwrap_err().to_string();
    assert!(error.contains("connect it again"), "{error}");
}
