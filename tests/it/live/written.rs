//! Live conversations whose drafts a model writes.

use llm_fake::{Asked, Fake, Say};
use serde_json::{Value, json};

use super::bench::{Live, QUESTION};
use crate::models::{faithful, model};

#[tokio::test]
async fn a_model_writes_notes_and_replies_alike() {
    for automatic in [false, true] {
        let fake = Fake::answering(faithful).await.unwrap();
        let live = Live::with(|settings| model(settings, "main", &fake.base_url())).await;
        if automatic {
            live.automatic().await;
        }
        live.begin("c1", QUESTION);
        live.settle().await;
        let written = if automatic { live.replies("c1") } else { live.notes("c1") };
        assert_eq!(written.len(), 1);
        assert!(written[0].contains("until the display turns blue."), "{}", written[0]);
        // The extractive drafter would have quoted this as well.
        assert!(!written[0].contains("Your settings"), "{}", written[0]);
        assert_eq!(fake.asked().len(), 1);
        let asked = fake.asked()[0].body.to_string();
        assert!(!asked.contains("Jona") && !asked.contains("velo.test"), "who asks stays here: {asked}");
    }
}

#[tokio::test]
async fn nonsense_reaches_nobody() {
    let fake = Fake::saying([Say::Text("As an AI, I love resets!".to_owned())]).await.unwrap();
    let live = Live::with(|settings| model(settings, "main", &fake.base_url())).await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    assert_eq!((live.replies("c1").len(), live.notes("c1").len()), (0, 0));
    assert_eq!(live.outcomes("c1").await, ["hand_off check_failed"]);
}

/// Words the question, and answers it.
fn both(asked: &Asked) -> Say {
    let data: Value = serde_json::from_str(&asked.said_by("user")).unwrap();
    if data.get("turns").is_none() {
        return faithful(asked);
    }
    Say::Text(json!({"questions": [{"text": QUESTION}]}).to_string())
}

#[tokio::test]
async fn a_reply_that_may_not_go_out_becomes_a_draft_of_what_was_asked_once() {
    let text = "The display is black. How do I reset it with the power button? How do I do that at night? See attached \
         screenshot.";
    for (understand, calls) in [(false, 1), (true, 2)] {
        let fake = Fake::answering(both).await.unwrap();
        let live = Live::with(|settings| {
            model(settings, "main", &fake.base_url());
            settings.drafter.understand = understand;
        })
        .await;
        live.automatic().await;
        live.begin("c1", text);
        live.desk.change("c1", |conversation| {
            conversation.parts[0].attachments = vec!["light.png".into()];
        });
        live.settle().await;
        assert_eq!((live.replies("c1").len(), live.notes("c1").len()), (0, 1));
        let note = &live.notes("c1")[0];
        assert!(note.contains("until the display turns blue.") && !note.contains("Your settings"), "{note}");
        assert_eq!(fake.asked().len(), calls, "a person looks at what the model wrote for the reply");
        let (outcomes, _) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
        let (_, trace) = live.app.store.trace(live.tenant, outcomes[0].id).await.unwrap();
        let steps = &trace["response"]["drafting"]["steps"];
        assert_eq!(steps.as_array().map(Vec::len), Some(1), "{trace}");
    }
}

#[tokio::test]
async fn a_model_is_asked_for_the_draft_where_it_was_not_for_the_reply() {
    let fake = Fake::answering(faithful).await.unwrap();
    let live = Live::with(|settings| {
        model(settings, "main", &fake.base_url());
        // No confidence is as high.
        settings.responder.auto_threshold = 2.0;
    })
    .await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    assert_eq!((live.replies("c1").len(), live.notes("c1").len()), (0, 1));
    assert!(!live.notes("c1")[0].contains("Your settings"), "{}", live.notes("c1")[0]);
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn what_a_check_holds_back_from_the_customer_is_not_asked_for_again() {
    let says = json!({"can_answer": true, "sentences": [{"text": "Please log in at https://evil.test/login first.", "evidence": ["E1"]}]});
    let fake = Fake::answering(move |_| Say::Text(says.to_string())).await.unwrap();
    let live = Live::with(|settings| model(settings, "main", &fake.base_url())).await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    assert_eq!((live.replies("c1").len(), live.notes("c1").len()), (0, 0));
    assert_eq!(live.outcomes("c1").await, ["hand_off check_failed"]);
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn the_signature_stands_below_whoever_wrote_and_an_ai_still_says_so() {
    for by_model in [false, true] {
        let fake = Fake::answering(faithful).await.unwrap();
        let live = Live::with(|settings| {
            settings.drafter.signature = "Kim from Velo".into();
            if by_model {
                model(settings, "main", &fake.base_url());
            }
        })
        .await;
        live.automatic().await;
        live.begin("c1", QUESTION);
        live.settle().await;
        let written = live.replies("c1");
        assert_eq!(written.len(), 1, "{:?}", live.notes("c1"));
        assert!(written[0].starts_with("This is an automatic answer by an AI."), "{}", written[0]);
        assert!(written[0].contains("[1]\n\nKim from Velo\n\nSources:\n[1] "), "{}", written[0]);
    }
}
