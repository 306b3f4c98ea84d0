//! The outside fails, or we do: nothing is lost and nothing is written twice.

use std::time::Duration;

use app::conversation::Worked;
use connector::testing::Fault;
use store::live::OutgoingState;

use super::bench::{Live, QUESTION};

/// Runs the next job, which fails, and lets the wait before the next attempt pass.
async fn fails(live: &Live) {
    live.post_all().await;
    live.advance(5_000);
    assert_eq!(live.app.work_once().await.unwrap(), Worked::Failed);
    live.advance(15 * 60_000);
}

#[tokio::test]
async fn what_arrived_without_an_answer_is_found_and_not_repeated() {
    for automatic in [false, true] {
        let live = Live::new().await;
        if automatic {
            live.automatic().await;
        }
        live.begin("c1", QUESTION);
        live.desk.fail(Fault::AnswerLost);
        fails(&live).await;
        let open = live.app.store.open_outgoing(live.tenant, live.id("c1")).await.unwrap().unwrap();
        assert_eq!(open.state, OutgoingState::Unknown);
        live.settle().await;
        assert_eq!(live.notes("c1").len() + live.replies("c1").len(), 1, "automatic {automatic}");
        assert_eq!(live.outcomes("c1").await, ["answer"]);
        let (_, written) = live.app.written_in(live.tenant, live.id("c1")).await.unwrap();
        assert_eq!((written.len(), written[0].state), (1, OutgoingState::Sent));
    }
}

#[tokio::test]
async fn what_did_not_arrive_is_written_after_all() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.desk.fail(Fault::CallLost);
    fails(&live).await;
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
    assert_eq!(live.outcomes("c1").await, ["answer"]);
}

#[tokio::test]
async fn a_crash_between_sending_and_recording_is_made_good() {
    for automatic in [false, true] {
        let live = Live::new().await;
        if automatic {
            live.automatic().await;
        }
        live.begin("c1", QUESTION);
        live.post_all().await;
        live.advance(5_000);
        live.desk.fail(Fault::Hangs);
        {
            // The step ends here, as if the process had died, once the text is in the conversation.
            let mut step = std::pin::pin!(live.app.work_once());
            while live.notes("c1").len() + live.replies("c1").len() == 0 {
                tokio::select! {
                    biased;
                    ended = &mut step => panic!("the delivery returned: {ended:?}"),
                    () = tokio::task::yield_now() => {}
                }
            }
        }
        assert!(live.app.written_in(live.tenant, live.id("c1")).await.unwrap().0.is_empty());
        assert_eq!(live.app.work_once().await.unwrap(), Worked::Nothing, "the lease still holds");
        live.advance(60_000);
        live.settle().await;
        assert_eq!(live.notes("c1").len() + live.replies("c1").len(), 1);
        assert_eq!(live.outcomes("c1").await, ["answer"]);
        let state = live.app.store.live_state(live.tenant, live.id("c1")).await.unwrap();
        assert_eq!(state.automatic_count, u32::from(automatic));
    }
}

#[tokio::test]
async fn an_outside_that_is_down_is_asked_again_until_a_person_has_to() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    for _ in 0..16 {
        live.desk.fail(Fault::Down);
        fails(&live).await;
    }
    assert_eq!(live.app.work_once().await.unwrap(), Worked::Nothing);
    let dead = live.app.dead_letters(live.tenant).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert!(dead[0].last_error.as_deref().unwrap().contains("does not answer"));
    live.app.retry(live.tenant, dead[0].id).await.unwrap();
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1);
    assert!(live.app.dead_letters(live.tenant).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_revoked_key_is_waited_for_however_long_it_takes() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    for _ in 0..40 {
        live.desk.fail(Fault::LockedOut);
        fails(&live).await;
    }
    assert!(live.app.dead_letters(live.tenant).await.unwrap().is_empty());
    assert_eq!(live.app.store.open_jobs().await.unwrap(), 1);
    live.settle().await;
    assert_eq!(live.notes("c1").len(), 1, "the key is mended");
    assert_eq!(live.app.store.open_jobs().await.unwrap(), 0);
}

#[tokio::test]
async fn a_worker_that_is_asked_to_stop_ends_between_jobs() {
    let live = Live::new().await;
    live.begin("c1", QUESTION);
    live.post_all().await;
    live.advance(5_000);
    let stop = app::Stop::default();
    let worker = live.app.work(2, &stop);
    let watch = async {
        while live.notes("c1").is_empty() {
            tokio::task::yield_now().await;
        }
        stop.ask();
    };
    let both = async { tokio::join!(worker, watch).0 };
    tokio::time::timeout(Duration::from_secs(30), both).await.unwrap().unwrap();
    assert_eq!(live.outcomes("c1").await, ["answer"]);
}
