//! Live conversations: a customer writes, and exactly one thing is done about it, whatever happens meanwhile.

mod bench;

mod applies;
mod automatic;
mod crashes;
mod feedback;
mod lost;
mod races;
mod silence;
mod triage;
mod walls;
mod written;

use bench::{Live, QUESTION};

#[tokio::test]
async fn a_message_becomes_one_note_with_its_sources() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    let notes = live.notes("c1");
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("twelve seconds") && notes[0].starts_with("Draft, not sent:"), "{}", notes[0]);
    assert!(notes[0].contains("Sources:\n[1] Reset the display"), "{}", notes[0]);
    let outcomes = live.outcomes("c1").await;
    assert_eq!(outcomes, ["answer"]);
    let (stored, written) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
    assert_eq!((written.len(), written[0].text.as_deref()), (1, None), "the channel holds the text now");
    let (_, trace) = live.app.store.trace(live.tenant, stored[0].id).await.unwrap();
    assert_eq!((&trace["outcome"], &trace["assurance"]), (&"answer".into(), &"claimed".into()));
    assert!(!trace.to_string().contains("power button"), "a trace holds no text: {trace}");
}

#[tokio::test]
async fn quick_messages_are_answered_once_together() {
    let live = Live::new().await;
    live.begin("c1", "Hello");
    live.post_all().await;
    for text in ["I have a question.", QUESTION] {
        live.advance(4_000);
        live.desk.customer_writes("c1", text);
        live.post_all().await;
        assert_eq!(live.work().await, 0, "the customer is still writing");
    }
    live.advance(4_999);
    assert_eq!(live.work().await, 0);
    live.advance(1);
    assert_eq!(live.work().await, 1);
    assert_eq!(live.notes("c1").len(), 1);
    let (outcomes, _) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
    assert_eq!((outcomes.len(), outcomes[0].parts.len()), (1, 3));
}

#[tokio::test]
async fn who_never_stops_writing_is_answered_after_twenty_seconds() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.post_all().await;
    for _ in 0..4 {
        live.advance(4_500);
        live.desk.customer_writes("c1", "One more thing about the display");
        live.post_all().await;
        assert_eq!(live.work().await, 0);
    }
    live.advance(2_000);
    assert_eq!(live.work().await, 1);
    assert_eq!(live.notes("c1").len(), 1);
}

#[tokio::test]
async fn the_same_call_five_times_at_once_counts_once() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    let call = live.desk.calls().pop().unwrap();
    let posts = (0..5).map(|_| live.post(&call));
    let received = futures::future::join_all(posts).await;
    assert_eq!(received.iter().map(|one| one.queued).sum::<u32>(), 1);
    assert_eq!(received.iter().map(|one| one.again).sum::<u32>(), 4);
    live.advance(5_000);
    assert_eq!(live.work().await, 1);
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
}

#[tokio::test]
async fn calls_out_of_order_change_nothing() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.advance(60_000);
    live.desk.agent_writes("c1", "t2", "Have you tried to turn it off?");
    live.advance(11 * 60_000);
    live.desk.customer_writes("c1", "Yes. How do I reset the display with the power button?");
    let mut calls = live.desk.calls();
    calls.reverse();
    for call in &calls {
        live.post(call).await;
        live.work().await;
    }
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
    assert_eq!(live.outcomes("c1").await, ["answer", "silent human_owns"]);
}

#[tokio::test]
async fn our_own_notes_coming_back_lead_to_nothing() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    let echoes = live.desk.calls();
    assert!(echoes.is_empty(), "settled with all of them posted");
    for _ in 0..3 {
        live.advance(60_000);
        live.desk.change("c1", |conversation| conversation.tags.push("seen".into()));
        live.settle().await;
    }
    assert_eq!(live.notes("c1").len(), 1);
    assert_eq!(live.outcomes("c1").await.len(), 1);
    assert_eq!(live.app.store.open_jobs().await.unwrap(), 0);
}

#[tokio::test]
async fn a_second_note_is_never_added_before_somebody_answers() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.settle().await;
    live.desk.customer_writes("c1", "And does the display reset delete my settings?");
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
    assert_eq!(live.outcomes("c1").await, ["answer", "silent draft_stands"]);
    live.advance(60_000);
    live.desk.agent_writes("c1", "t2", "It keeps them.");
    live.advance(11 * 60_000);
    live.desk.customer_writes("c1", "Thank you. How long do I hold the power button to reset the display?");
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 2);
}
