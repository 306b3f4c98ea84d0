//! Conversations are sorted: tagged, written to and assigned by what the customer's words say.

use app::Stop;
use app::config::{Judged, TriageRule};
use connector::testing::{Fault, Moment};
use domain::live::Assignee;
use responder::triage::Urgency;
use serde_json::json;

use super::bench::{Live, QUESTION};

const URGENT: &str = "This is urgent: the display does not reset, how do I reset it with the power button?";

fn rule(tag: Option<&str>, assign: Option<&str>) -> TriageRule {
    TriageRule {
        urgency: Some(Urgency::High),
        tag: tag.map(Into::into),
        assign: assign.map(Into::into),
        ..TriageRule::default()
    }
}

/// With urgent conversations tagged and given to a team, and the urgency written.
async fn sorted() -> Live {
    Live::with(|settings| {
        settings.triage.enabled = true;
        settings.triage.attributes = [(Judged::Urgency, "Urgency".to_owned())].into();
        settings.triage.rules = vec![rule(Some("urgent"), Some("team:8"))];
    })
    .await
}

#[tokio::test]
async fn nothing_is_sorted_unless_it_is_configured() {
    let live =
        Live::with(|settings| settings.triage.rules = vec![rule(Some("urgent"), Some("team:8"))]).await;
    live.begin("c1", URGENT);
    live.settle().await;
    let there = live.conversation("c1");
    assert!(there.tags.is_empty() && there.attributes.is_empty() && there.assignee.is_none());
    assert_eq!(live.app.store.triage(live.tenant, live.id("c1")).await.unwrap(), None);
}

#[tokio::test]
async fn what_holds_is_tagged_written_and_assigned_once() {
    let live = sorted().await;
    live.begin("c1", URGENT);
    live.begin("c2", QUESTION);
    live.settle().await;
    let (urgent, other) = (live.conversation("c1"), live.conversation("c2"));
    assert_eq!(
        (urgent.tags.as_slice(), &urgent.assignee),
        (&["urgent".to_owned()][..], &Some(Assignee::Team("8".into())))
    );
    assert_eq!(
        (urgent.attributes["Urgency"].as_str(), other.attributes["Urgency"].as_str()),
        ("high", "normal")
    );
    assert!(other.tags.is_empty() && other.assignee.is_none());
    // A draft helps whoever was given the conversation.
    assert_eq!((live.notes("c1").len(), live.outcomes("c1").await), (1, vec!["answer".to_owned()]));
    let noted = live.app.store.triage(live.tenant, live.id("c1")).await.unwrap().unwrap();
    assert!(noted.contains("\"high\"") && !noted.contains("power button"), "{noted}");

    // What people do stands, however often the conversation is looked at.
    live.desk.change("c1", |conversation| {
        conversation.tags.clear();
        conversation.assignee = None;
        conversation.attributes.insert("Urgency".into(), "can wait".into());
    });
    live.settle().await;
    live.advance(60_000);
    live.desk.customer_writes("c1", "It is still urgent, how do I reset the display?");
    live.settle().await;
    let there = live.conversation("c1");
    assert!(there.tags.is_empty() && there.assignee.is_none(), "{there:?}");
    assert_eq!(there.attributes["Urgency"], "can wait");
}

#[tokio::test]
async fn what_somebody_took_meanwhile_is_theirs() {
    for taken in [Assignee::Agent("t2".into()), Assignee::Team("3".into())] {
        let live = sorted().await;
        live.begin("c1", URGENT);
        let by = taken.clone();
        live.desk.at(Moment::Loaded, move |conversation| conversation.assignee = Some(by));
        live.settle().await;
        let there = live.conversation("c1");
        assert_eq!((there.assignee, there.tags), (Some(taken), vec!["urgent".to_owned()]));
    }
}

#[tokio::test]
async fn what_fails_half_way_is_done_by_the_next_attempt() {
    let live = sorted().await;
    live.begin("c1", URGENT);
    live.post_all().await;
    live.advance(5_000);
    live.desk.fail(Fault::AssignmentSlips);
    live.settle().await;
    let there = live.conversation("c1");
    assert_eq!((there.tags.len(), there.attributes["Urgency"].as_str()), (1, "high"));
    assert_eq!(live.notes("c1").len(), 1);
}

#[tokio::test]
async fn hands_off_means_sorting_too() {
    let live = sorted().await;
    live.begin("c1", URGENT);
    live.desk.change("c1", |conversation| conversation.tags.push("no-ai".into()));
    live.begin("c2", URGENT);
    live.desk.change("c2", |conversation| conversation.is_private = true);
    live.settle().await;
    assert_eq!(live.conversation("c1").tags, ["no-ai"]);
    for id in ["c1", "c2"] {
        let there = live.conversation(id);
        assert!(there.assignee.is_none() && there.attributes.is_empty(), "{id}");
    }
}

#[tokio::test]
async fn spam_can_be_kept_away_from_answers() {
    let live = Live::with(|settings| {
        settings.triage.enabled = true;
        let spam = TriageRule { spam: Some(true), tag: Some("no-ai".into()), ..TriageRule::default() };
        settings.triage.rules = vec![spam];
    })
    .await;
    live.begin("c1", "Dear website owner, we offer SEO services and backlinks. How do I reset your display?");
    live.settle().await;
    assert_eq!((live.notes("c1").len(), live.outcomes("c1").await), (0, vec!["silent off".to_owned()]));
}

#[tokio::test]
async fn topics_are_learned_from_past_conversations_and_choose_the_mode() {
    let live = Live::with(|settings| {
        settings.triage.enabled = true;
        settings.triage.tag_topic = true;
        settings.triage.topics = vec!["display".into(), "billing".into()];
    })
    .await;
    let mut lines = String::new();
    for number in 0..12 {
        for (tag, text) in [
            ("display", format!("The display of device {number} stays dark, how do I reset the display?")),
            ("billing", format!("Invoice {number} shows the wrong amount, please correct the invoice")),
        ] {
            let at = format!("2025-05-{:02}T10:00:00Z", number + 1);
            let turns = json!([{"author": "customer", "at": at, "text": text}, {"author": "agent", "at": at, "text": "Done."}]);
            let row =
                json!({"conversation_id": format!("{tag}-{number}"), "tags": [tag, "old"], "turns": turns});
            lines.push_str(&format!("{row}\n"));
        }
    }
    let folder = live.folder.path().join("past");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("past.jsonl"), lines).unwrap();
    live.app.read_files(live.tenant, &folder, false, Stop::default(), &|_| {}).await.unwrap();
    // Drafts are off for what is about invoices.
    let off = store::live::SwitchKind::Mode { topic: "billing".into(), mode: domain::Mode::Off };
    live.app.store.switch(live.tenant, &off, "anna", live.now()).await.unwrap();
    live.begin("c1", QUESTION);
    live.begin("c2", "My invoice shows a wrong amount, can you correct the invoice?");
    live.settle().await;
    assert_eq!((live.conversation("c1").tags, live.notes("c1").len()), (vec!["display".to_owned()], 1));
    assert_eq!(live.conversation("c2").tags, ["billing"]);
    assert_eq!(live.outcomes("c2").await, ["silent off"]);
}
