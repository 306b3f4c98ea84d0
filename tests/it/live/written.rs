//! Live conversations whose drafts a model writes.

use llm_fake::{Fake, Say};

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
