//! The end of the process at any moment loses nothing that was reported as done, and needs no repair by hand.
//!
//! A folder changes round after round. An installation that nobody disturbs reads it in this process; another
//! one is read by a child process, which says what it has done and is killed at a moment drawn by lot. Then it
//! is opened again: what was reported must be there, the index must be that of the store, and once reading is
//! finished everything must be as in the installation that nobody disturbed.

mod child;
mod folder;
mod state;

use std::path::Path;
use std::time::Duration;

use app::verify::{Comparison, Difference};
use domain::{Audience, Chunk, Timestamp};
use index::Op;

use self::child::{Event, open, read, run_and_kill};
use self::folder::{Dice, Inbox};
use self::state::State;
use crate::harness::{Bench, now};

/// How often the child is killed.
const KILLS: usize = 20;

fn same(comparison: &Comparison) -> bool {
    comparison.waiting == 0 && comparison.differences.is_empty()
}

/// The present of a round.
fn moment(round: usize) -> Timestamp {
    now().plus_millis(round as i64 * 86_400_000)
}

#[test]
fn what_was_reported_survives_a_kill_at_any_moment() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut inbox = Inbox::new(home.path().join("inbox"));
    let mut dice = Dice(20);
    let (calm, shaken) = (home.path().join("calm"), home.path().join("shaken"));
    // Details are kept under hashes of a secret; with the same one they can be compared.
    drop(runtime.block_on(open(&calm, moment(0), |_| {})).unwrap());
    std::fs::create_dir_all(shaken.join("data")).unwrap();
    std::fs::copy(calm.join("data/detail.key"), shaken.join("data/detail.key")).unwrap();

    let (mut killed, mut half_done) = (0, 0);
    for round in 0..KILLS {
        inbox.change(round, &mut dice);
        let now = moment(round);
        let (wanted, events) = runtime.block_on(undisturbed(&calm, inbox.path(), now));

        let (after, then) = (dice.below(events), Duration::from_micros(dice.below(15_000) as u64));
        let (reported, was_killed) = run_and_kill(&shaken, inbox.path(), now, after, then);
        killed += usize::from(was_killed);
        let saved: Vec<_> = reported.iter().filter_map(Event::saved).flatten().cloned().collect();
        half_done += usize::from(was_killed && !saved.is_empty());

        let context = format!("round {round}, killed {then:?} after event {after} of {events}");
        runtime.block_on(check_and_finish(&shaken, inbox.path(), now, &saved, &wanted, &context));
    }
    assert!(killed >= KILLS - 3, "only {killed} of {KILLS} children were killed before they had finished");
    assert!(half_done >= KILLS / 3, "only {half_done} children were killed between two pages");
}

/// Reads the folder without being disturbed; returns what is known then and how many events there were.
async fn undisturbed(home: &Path, inbox: &Path, now: Timestamp) -> (State, usize) {
    let events = std::sync::Mutex::new(0);
    let count = |_: &Event| *events.lock().unwrap() += 1;
    let app = open(home, now, |_| {}).await.unwrap();
    read(&app, inbox, now, &count).await.unwrap();
    let tenant = app.tenant("default").await.unwrap();
    let comparison = app.compare_index(tenant).await.unwrap();
    assert!(same(&comparison), "undisturbed: {comparison:?}");
    // The beginning and the opening of the installation are events of the child, too.
    (State::of(&app, tenant).await, *events.lock().unwrap() + 2)
}

async fn check_and_finish(
    home: &Path,
    inbox: &Path,
    now: Timestamp,
    saved: &[(String, String)],
    wanted: &State,
    context: &str,
) {
    let app = open(home, now, |_| {}).await.unwrap();
    let tenant = app.tenant("default").await.unwrap();
    let comparison = app.compare_index(tenant).await.unwrap();
    assert!(same(&comparison), "{context}: the index is not that of the store: {comparison:?}");
    let state = State::of(&app, tenant).await;
    for (item, hash) in saved {
        assert_eq!(state.items.get(item), Some(hash), "{context}: `{item}` was reported and is not there");
    }

    let rest = std::sync::Mutex::new(Vec::new());
    let gather = |event: &Event| rest.lock().unwrap().extend(event.saved().into_iter().flatten().cloned());
    read(&app, inbox, now, &gather).await.unwrap();
    let again: Vec<_> = rest.into_inner().unwrap().into_iter().filter(|item| saved.contains(item)).collect();
    assert!(again.is_empty(), "{context}: the cursor does not go on, these were read twice: {again:?}");
    let comparison = app.compare_index(tenant).await.unwrap();
    assert!(same(&comparison), "{context}, finished: {comparison:?}");
    State::of(&app, tenant).await.assert_is(wanted, context);
    assert!(app.store.check_integrity().await.unwrap().is_empty(), "{context}");
}

/// The comparison that everything above rests on can fail: each way in which an index can differ is found.
#[tokio::test]
async fn every_difference_between_index_and_store_is_found() {
    let bench = Bench::with_sample().await;
    let (app, tenant) = (&bench.app, bench.tenant);
    let comparison = app.compare_index(tenant).await.unwrap();
    assert!(same(&comparison) && comparison.chunks > 100, "{comparison:?}");

    let states = app.store.chunk_states(tenant, None, 1000).await.unwrap();
    let ids: Vec<_> = states.iter().map(|state| state.id).collect();
    let chunks = app.store.load_chunks_unscoped_for_maintenance(tenant, &ids).await.unwrap();
    let put = |chunk: Chunk| Op::Upsert { chunk: Box::new(chunk), dense: vec![0.5; 64] };
    let (first, second, third) = (chunks[0].clone(), chunks[1].clone(), chunks[2].clone());
    let stray = Chunk { id: domain::ChunkId::derive(first.version, 9_999), ..first.clone() };
    let other = if second.audience == Audience::Public { Audience::Internal } else { Audience::Public };
    let ops = vec![
        Op::Remove(first.id),
        put(Chunk { audience: other, ..second.clone() }),
        Op::Close { chunk: third.id, valid_to: now() },
        put(stray.clone()),
    ];
    app.index.apply(tenant, ops).await.unwrap();
    let mut found = app.compare_index(tenant).await.unwrap().differences;
    found.sort_by_key(ToString::to_string);
    let mut wanted = vec![
        Difference::Missing(first.id),
        Difference::Different(second.id, "audience"),
        Difference::Different(third.id, "end"),
        Difference::LeftOver(stray.id),
    ];
    wanted.sort_by_key(ToString::to_string);
    assert_eq!(found, wanted);
}
