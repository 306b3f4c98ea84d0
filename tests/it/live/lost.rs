//! Calls that never came: a poll finds what they were about.

use connector::testing::Fault;

use super::bench::{Live, QUESTION};

#[tokio::test]
async fn an_hour_of_lost_calls_heals_without_answering_twice_or_too_late() {
    let live = Live::new().await;
    // Seen before the calls were lost.
    live.begin("seen", QUESTION);
    live.settle().await;
    // Lost: an open question, one that a person has answered, and one that nobody may answer any more.
    live.begin("open", QUESTION);
    live.begin("answered", QUESTION);
    live.advance(60_000);
    live.desk.agent_writes("answered", "t2", "Twelve seconds.");
    live.advance(59 * 60_000);
    let lost = live.desk.calls();
    assert!(lost.len() >= 3);

    let found = live.app.reconcile().await.unwrap();
    assert_eq!(found.missed, 2, "{found:?}");
    live.settle().await;
    assert_eq!(live.notes("open").len(), 1);
    assert!(live.notes("answered").is_empty());
    assert_eq!(live.outcomes("answered").await, ["silent human_owns"]);
    assert_eq!(live.notes("seen").len(), 1);

    // Late calls and another poll change nothing.
    for call in &lost {
        live.post(call).await;
    }
    live.settle().await;
    assert_eq!(live.app.reconcile().await.unwrap().missed, 0);
    live.settle().await;
    for id in ["seen", "open"] {
        assert_eq!(live.notes(id).len(), 1);
        assert_eq!(live.outcomes(id).await, ["answer"]);
    }
}

#[tokio::test]
async fn a_reply_is_not_sent_an_hour_late() {
    let live = Live::new().await;
    live.automatic().await;
    live.begin("c1", QUESTION);
    let _lost = live.desk.calls();
    live.advance(60 * 60_000);
    live.app.reconcile().await.unwrap();
    live.settle().await;
    assert!(live.replies("c1").is_empty());
    assert_eq!(live.notes("c1").len(), 1, "a draft still helps");
}

#[tokio::test]
async fn more_than_a_page_is_found_and_an_account_that_is_down_is_asked_again() {
    let live = Live::new().await;
    for number in 0..7 {
        live.begin(&format!("c{number}"), QUESTION);
    }
    let _lost = live.desk.calls();
    live.advance(20 * 60_000);
    live.desk.fail(Fault::Down);
    assert_eq!(live.app.reconcile().await.unwrap().changed, 0);
    assert_eq!(live.app.reconcile().await.unwrap().missed, 7);
    live.settle().await;
    for number in 0..7 {
        assert_eq!(live.notes(&format!("c{number}")).len(), 1);
    }
}
