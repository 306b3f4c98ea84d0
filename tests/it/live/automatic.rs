//! Replies that nobody looks at first.

use app::conversation::Worked;
use connector::testing::{Fault, Moment};
use domain::live::Assignee;
use domain::record::Channel;

use super::bench::{Live, QUESTION, TEAMMATE, human};

const AGAIN: &str = "And how long do I hold the power button to reset the display?";

#[tokio::test]
async fn a_reply_says_what_it_is_and_comes_from_the_ai_teammate() {
    let live = Live::new().await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    let replies = live.replies("c1");
    assert_eq!(replies.len(), 1);
    assert!(replies[0].starts_with("This is an automatic answer by an AI."), "{}", replies[0]);
    assert!(replies[0].contains("twelve seconds") && !replies[0].contains("bs-"), "{}", replies[0]);
    assert!(live.notes("c1").is_empty());
    assert_eq!(live.conversation("c1").assignee, Some(Assignee::Agent(TEAMMATE.into())));
}

#[tokio::test]
async fn there_are_at_most_two_and_only_the_first_introduces_itself() {
    let live = Live::new().await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    for _ in 0..3 {
        live.advance(60_000);
        live.desk.customer_writes("c1", AGAIN);
        live.settle().await;
    }
    let replies = live.replies("c1");
    assert_eq!(replies.len(), 2);
    assert!(!replies[1].contains("by an AI"), "{}", replies[1]);
    assert_eq!(live.notes("c1").len(), 1, "then people get a draft");
    assert_eq!(live.conversation("c1").assignee, Some(Assignee::Team("7".into())), "and the conversation");
}

#[tokio::test]
async fn auto_needs_a_second_person_and_stays_a_draft_until_then() {
    let live = Live::new().await;
    let kind = store::live::SwitchKind::Mode { topic: String::new(), mode: domain::Mode::Auto };
    live.app.store.switch(live.tenant, &kind, "anna", live.now()).await.unwrap();
    live.begin("c1", QUESTION);
    live.settle().await;
    assert!(live.replies("c1").is_empty());
    assert_eq!(live.notes("c1").len(), 1);
}

#[tokio::test]
async fn what_stands_in_a_file_is_looked_at_by_a_person_first() {
    let live = Live::new().await;
    live.automatic().await;
    let cases = [
        ("c1", format!("{QUESTION} See attached screenshot."), 0, 1),
        ("c2", "What does this mean?".to_owned(), 0, 0),
        ("c3", String::new(), 0, 0),
        ("c4", QUESTION.to_owned(), 1, 0),
    ];
    for (id, text, replies, notes) in cases {
        live.begin(id, "");
        live.desk.change(id, |conversation| {
            conversation.parts[0].text.clone_from(&text);
            conversation.parts[0].attachments = vec!["light.png".into()];
        });
        live.settle().await;
        assert_eq!((live.replies(id).len(), live.notes(id).len()), (replies, notes), "{id} {text}");
    }
    assert!(live.notes("c1")[0].contains("light.png"), "{:?}", live.notes("c1"));
    assert_eq!(live.outcomes("c3").await, ["hand_off attachment"]);
    assert_eq!(live.conversation("c3").assignee, Some(Assignee::Team("7".into())));
}

#[tokio::test]
async fn mail_is_not_answered_automatically_before_a_test_mail_was_seen() {
    let live = Live::new().await;
    live.automatic().await;
    live.begin("c1", "");
    live.desk.change("c1", |conversation| {
        conversation.channel = Channel::Email;
        let part = &mut conversation.parts[0];
        part.text = QUESTION.into();
        part.channel = Some(Channel::Email);
        part.author_email = Some("jona@velo.test".into());
    });
    live.settle().await;
    assert!(live.replies("c1").is_empty());
    assert_eq!(live.notes("c1").len(), 1);
}

#[tokio::test]
async fn a_human_at_the_same_time_is_counted_and_ends_automatic_replies() {
    for before in [false, true] {
        let live = Live::new().await;
        live.automatic().await;
        live.begin("c1", QUESTION);
        if before {
            live.desk.at(Moment::Delivered, |conversation| {
                let reply = human(conversation, 3_000, "Twelve seconds.");
                conversation.parts.push(reply);
            });
            live.settle().await;
        } else {
            // Nine seconds later, and told by a call.
            live.post_all().await;
            live.advance(5_000);
            live.work().await;
            live.advance(9_000);
            live.desk.agent_writes("c1", "t2", "Twelve seconds.");
            live.settle().await;
        }
        assert_eq!(live.app.store.count_collisions(live.tenant).await.unwrap(), 1);
        live.advance(11 * 60_000);
        live.desk.customer_writes("c1", AGAIN);
        live.settle().await;
        assert_eq!(live.replies("c1").len(), 1, "automatic replies pause here");
        assert_eq!(live.notes("c1").len(), 1);
        assert_eq!(live.app.store.count_collisions(live.tenant).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_human_eleven_seconds_later_is_no_collision() {
    let live = Live::new().await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    live.post_all().await;
    live.advance(5_000);
    live.work().await;
    live.advance(10_001);
    live.desk.agent_writes("c1", "t2", "Twelve seconds.");
    live.settle().await;
    assert_eq!(live.app.store.count_collisions(live.tenant).await.unwrap(), 0);
}

#[tokio::test]
async fn a_hand_off_that_does_not_stick_is_tried_again() {
    for automatic in [false, true] {
        let live = Live::new().await;
        if automatic {
            live.automatic().await;
        }
        live.begin("c1", "Can I please talk to a real person?");
        live.desk.fail(Fault::AssignmentSlips);
        live.post_all().await;
        live.advance(5_000);
        assert_eq!(live.app.work_once().await.unwrap(), Worked::Failed);
        assert_eq!(live.conversation("c1").assignee, None);
        live.advance(15 * 60_000);
        live.settle().await;
        assert_eq!(live.conversation("c1").assignee, Some(Assignee::Team("7".into())));
        assert_eq!(live.outcomes("c1").await, ["hand_off asked_for_human"]);
    }
}

#[tokio::test]
async fn what_cannot_be_answered_goes_to_people() {
    let live = Live::with(|settings| {
        settings.responder.auto_threshold = 2.0;
        settings.responder.draft_threshold = 2.0;
    })
    .await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    assert_eq!(live.outcomes("c1").await, ["hand_off low_confidence"]);
    assert!(live.notes("c1").is_empty() && live.replies("c1").is_empty());
    assert_eq!(live.conversation("c1").assignee, Some(Assignee::Team("7".into())));
}

#[tokio::test]
async fn an_attribute_says_who_answered() {
    let live = Live::with(|settings| settings.live.outcome_attribute = "Answered by".into()).await;
    let answered_by = |id: &str| live.conversation(id).attributes.get("Answered by").cloned();
    live.begin("drafted", QUESTION);
    live.begin("own", QUESTION);
    live.settle().await;
    assert_eq!(answered_by("drafted"), None, "nobody has answered yet");
    live.desk.agent_writes(
        "drafted",
        "t2",
        "Hello Jona, hold the power button for twelve seconds until the display turns blue.",
    );
    live.desk.agent_writes("own", "t2", "I have just sent a new display to you, it is with you on Monday.");
    live.settle().await;
    assert_eq!(answered_by("drafted").as_deref(), Some("ai_draft"));
    assert_eq!(answered_by("own").as_deref(), Some("human"));

    live.automatic().await;
    live.begin("automatic", QUESTION);
    live.settle().await;
    assert_eq!(answered_by("automatic").as_deref(), Some("ai"));
    live.desk.customer_writes("automatic", "Thanks, but that does not help.");
    live.desk.agent_writes("automatic", "t2", "Then let us have a look at it together on the phone today.");
    live.settle().await;
    assert_eq!(answered_by("automatic").as_deref(), Some("human"));
}

#[tokio::test]
async fn nothing_is_written_to_an_attribute_that_nobody_named() {
    let live = Live::new().await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    assert_eq!(live.replies("c1").len(), 1);
    assert!(live.conversation("c1").attributes.is_empty());
}
