//! Each job is done once, in the order of its group, whoever crashes in between.

use std::collections::BTreeMap;

use domain::JobId;
use proptest::prelude::*;
use store::{Backoff, Claimed, Error, NewJob, PageWrite};
use uuid::Uuid;

use crate::db::{Db, Place, at, contract, run};

contract!(
    jobs_are_claimed_when_they_are_due,
    only_the_asked_kinds_are_claimed,
    a_group_keeps_its_order_and_never_runs_twice,
    a_job_in_the_future_holds_up_nobody,
    a_lease_that_ran_out_is_claimed_again_under_a_new_token,
    a_held_job_can_be_held_longer,
    a_failed_job_comes_back_later_and_dies_at_last,
    a_job_whose_holders_vanish_dies_at_last,
    waiting_jobs_of_one_key_are_one,
    a_failed_job_stands_for_one_that_came_meanwhile,
    a_dead_job_is_retried,
    jobs_come_with_a_page,
);

const LEASE: i64 = 1000;
const BACKOFF: Backoff = Backoff { first_ms: 100, longest_ms: 1000 };

fn job(number: u128, group: Option<&str>, run_at: i64) -> NewJob {
    NewJob {
        id: JobId::from_uuid(Uuid::from_u128(number)),
        kind: "index".to_owned(),
        group: group.map(str::to_owned),
        dedupe: None,
        args: serde_json::json!({ "number": number as u64 }),
        run_at: at(run_at),
        max_attempts: 3,
    }
}

async fn claim(db: &Db, now: i64) -> Option<Claimed> {
    db.store.claim(&["index"], at(now), LEASE).await.unwrap()
}

fn number(claimed: &Claimed) -> u128 {
    claimed.id.uuid().as_u128()
}

async fn jobs_are_claimed_when_they_are_due(db: Db) {
    db.store.enqueue(db.tenant, vec![job(1, None, 50), job(2, None, 10), job(3, None, 200)]).await.unwrap();
    assert_eq!(claim(&db, 9).await, None);
    let first = claim(&db, 100).await.unwrap();
    assert_eq!((number(&first), first.attempt, first.tenant), (2, 1, db.tenant));
    assert_eq!(first.args, serde_json::json!({ "number": 2 }));
    assert_eq!(number(&claim(&db, 100).await.unwrap()), 1);
    assert_eq!(claim(&db, 100).await, None);
    db.store.complete(&first).await.unwrap();
    assert_eq!(db.store.open_jobs().await.unwrap(), 2);
    assert!(matches!(db.store.complete(&first).await, Err(Error::Conflict { .. })), "only once");
}

async fn only_the_asked_kinds_are_claimed(db: Db) {
    db.store.enqueue(db.tenant, vec![job(1, None, 0)]).await.unwrap();
    assert_eq!(db.store.claim(&["other"], at(1), LEASE).await.unwrap(), None);
    assert_eq!(db.store.claim(&[], at(1), LEASE).await.unwrap(), None);
    assert!(db.store.claim(&["other", "index"], at(1), LEASE).await.unwrap().is_some());
}

async fn a_group_keeps_its_order_and_never_runs_twice(db: Db) {
    let jobs = vec![job(3, Some("c1"), 0), job(1, Some("c1"), 5), job(2, Some("c2"), 7)];
    db.store.enqueue(db.tenant, jobs).await.unwrap();
    let first = claim(&db, 10).await.unwrap();
    assert_eq!(number(&first), 3);
    let other = claim(&db, 10).await.unwrap();
    assert_eq!(number(&other), 2, "the other group is free");
    assert_eq!(claim(&db, 10).await, None);
    // A failure does not let the next one overtake.
    db.store.fail(&first, at(20), "no answer", BACKOFF).await.unwrap();
    assert_eq!(claim(&db, 30).await, None);
    let again = claim(&db, 200).await.unwrap();
    assert_eq!((number(&again), again.attempt), (3, 2));
    db.store.complete(&again).await.unwrap();
    assert_eq!(number(&claim(&db, 200).await.unwrap()), 1);
}

async fn a_job_in_the_future_holds_up_nobody(db: Db) {
    db.store.enqueue(db.tenant, vec![job(1, Some("c1"), 1000), job(2, Some("c1"), 5000)]).await.unwrap();
    db.store.enqueue(db.tenant, vec![job(3, Some("c1"), 0)]).await.unwrap();
    assert_eq!(number(&claim(&db, 10).await.unwrap()), 3);
}

async fn a_lease_that_ran_out_is_claimed_again_under_a_new_token(db: Db) {
    db.store.enqueue(db.tenant, vec![job(1, Some("c1"), 0), job(2, Some("c1"), 1)]).await.unwrap();
    let lost = claim(&db, 10).await.unwrap();
    assert_eq!(claim(&db, 10 + LEASE - 1).await, None);
    let mine = claim(&db, 10 + LEASE).await.unwrap();
    assert_eq!((number(&mine), mine.attempt), (1, 2));
    assert!(mine.token > lost.token);
    for refused in [
        db.store.complete(&lost).await,
        db.store.fail(&lost, at(0), "late", BACKOFF).await,
        db.store.extend(&lost, at(0), LEASE).await,
    ] {
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
    }
    db.store.complete(&mine).await.unwrap();
    assert_eq!(number(&claim(&db, 10 + LEASE).await.unwrap()), 2);
}

async fn a_held_job_can_be_held_longer(db: Db) {
    db.store.enqueue(db.tenant, vec![job(1, None, 0)]).await.unwrap();
    let mine = claim(&db, 0).await.unwrap();
    db.store.extend(&mine, at(500), LEASE).await.unwrap();
    assert_eq!(claim(&db, 500 + LEASE - 1).await, None);
    db.store.complete(&mine).await.unwrap();
}

async fn a_failed_job_comes_back_later_and_dies_at_last(db: Db) {
    db.store.enqueue(db.tenant, vec![job(1, None, 0)]).await.unwrap();
    let mut now = 0;
    for attempt in 1..=3 {
        let mine = claim(&db, now).await.unwrap();
        assert_eq!(mine.attempt, attempt);
        db.store.fail(&mine, at(now), &format!("failure {attempt}"), BACKOFF).await.unwrap();
        assert_eq!(claim(&db, now).await, None);
        let wait = BACKOFF.delay_ms(mine.id, attempt);
        if attempt < 3 {
            assert_eq!(claim(&db, now + wait - 1).await, None);
        }
        now += wait;
    }
    assert_eq!(claim(&db, now + 1_000_000).await, None);
    let dead = db.store.dead_letters(db.tenant).await.unwrap();
    assert_eq!((dead.len(), dead[0].attempts, dead[0].last_error.as_deref()), (1, 3, Some("failure 3")));
    assert_eq!(db.store.open_jobs().await.unwrap(), 0);
}

async fn a_job_whose_holders_vanish_dies_at_last(db: Db) {
    db.store.enqueue(db.tenant, vec![job(1, Some("c1"), 0), job(2, Some("c1"), 1)]).await.unwrap();
    for attempt in 0..3 {
        assert_eq!(number(&claim(&db, 10 + attempt * LEASE).await.unwrap()), 1);
    }
    assert_eq!(number(&claim(&db, 10 + 3 * LEASE).await.unwrap()), 2, "its group goes on");
    assert_eq!(db.store.dead_letters(db.tenant).await.unwrap().len(), 1);
}

async fn waiting_jobs_of_one_key_are_one(db: Db) {
    let keyed = |number| NewJob { dedupe: Some("k".to_owned()), ..job(number, None, 0) };
    assert_eq!(db.store.enqueue(db.tenant, vec![keyed(1), keyed(2)]).await.unwrap(), 1);
    assert_eq!(db.store.enqueue(db.tenant, vec![keyed(3)]).await.unwrap(), 0);
    let mine = claim(&db, 1).await.unwrap();
    // The running one may have read the old state, so the next one is work of its own.
    assert_eq!(db.store.enqueue(db.tenant, vec![keyed(4)]).await.unwrap(), 1);
    db.store.complete(&mine).await.unwrap();
    assert_eq!(number(&claim(&db, 1).await.unwrap()), 4);
}

async fn a_failed_job_stands_for_one_that_came_meanwhile(db: Db) {
    let keyed = |number| NewJob { dedupe: Some("k".to_owned()), ..job(number, None, 0) };
    db.store.enqueue(db.tenant, vec![keyed(1)]).await.unwrap();
    let mine = claim(&db, 1).await.unwrap();
    db.store.enqueue(db.tenant, vec![keyed(2)]).await.unwrap();
    db.store.fail(&mine, at(2), "no answer", BACKOFF).await.unwrap();
    assert_eq!(db.store.open_jobs().await.unwrap(), 1);
    let again = claim(&db, 500).await.unwrap();
    assert_eq!((number(&again), again.attempt), (1, 2));
}

async fn a_dead_job_is_retried(db: Db) {
    db.store.enqueue(db.tenant, vec![NewJob { max_attempts: 1, ..job(1, None, 0) }]).await.unwrap();
    let mine = claim(&db, 1).await.unwrap();
    db.store.fail(&mine, at(2), "no answer", BACKOFF).await.unwrap();
    db.store.retry_dead(db.tenant, mine.id, at(5000)).await.unwrap();
    assert_eq!(claim(&db, 4999).await, None);
    assert_eq!(claim(&db, 5000).await.unwrap().attempt, 1);
    let refused = db.store.retry_dead(db.tenant, mine.id, at(5000)).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })));
}

async fn jobs_come_with_a_page(db: Db) {
    db.save(PageWrite { jobs: vec![job(1, None, 0)], ..PageWrite::default() }, at(0)).await;
    assert!(claim(&db, 0).await.is_some());
}

#[derive(Debug, Clone)]
enum Step {
    Enqueue { group: u8, delay: i64 },
    Claim,
    Complete(prop::sample::Index),
    Fail(prop::sample::Index),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let any = any::<prop::sample::Index>;
    let step = prop_oneof![
        3 => (0..3_u8, 0..300_i64).prop_map(|(group, delay)| Step::Enqueue { group, delay }),
        4 => Just(Step::Claim),
        3 => any().prop_map(Step::Complete),
        1 => any().prop_map(Step::Fail),
        2 => (0..1500_i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

/// What a test knows of the queue: who was completed how often, and every claim ever handed out.
#[derive(Default)]
struct Model {
    now: i64,
    enqueued: u128,
    completed: BTreeMap<u128, u32>,
    claims: Vec<(Claimed, i64)>,
}

impl Model {
    async fn step(&mut self, db: &Db, step: Step) {
        match step {
            Step::Enqueue { group, delay } => {
                self.enqueued += 1;
                // Group 0 is none at all.
                let name = format!("g{group}");
                let group = (group > 0).then_some(name.as_str());
                let new = NewJob { max_attempts: 1000, ..job(self.enqueued, group, self.now + delay) };
                db.store.enqueue(db.tenant, vec![new]).await.unwrap();
            }
            Step::Claim => {
                if let Some(claimed) = claim(db, self.now).await {
                    self.claims.push((claimed, self.now + LEASE));
                }
            }
            Step::Complete(which) if !self.claims.is_empty() => {
                let (claimed, _) = which.get(&self.claims).clone();
                if db.store.complete(&claimed).await.is_ok() {
                    *self.completed.entry(number(&claimed)).or_default() += 1;
                }
            }
            Step::Fail(which) if !self.claims.is_empty() => {
                let (claimed, _) = which.get(&self.claims).clone();
                let _ = db.store.fail(&claimed, at(self.now), "again", BACKOFF).await;
            }
            Step::Complete(_) | Step::Fail(_) => {}
            Step::Wait(millis) => self.now += millis,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Workers that claim, vanish, come back late, fail and complete in any order: in the end each job was
    /// completed exactly once.
    #[test]
    fn each_job_is_completed_exactly_once(steps in steps()) {
        run(Place::Memory, async |db| {
            let mut model = Model::default();
            for step in steps {
                model.step(&db, step).await;
            }
            // All leases and waits are over; the rest is worked off.
            model.now += 1_000_000;
            while let Some(claimed) = claim(&db, model.now).await {
                db.store.complete(&claimed).await.unwrap();
                *model.completed.entry(number(&claimed)).or_default() += 1;
            }
            let expected: BTreeMap<u128, u32> = (1..=model.enqueued).map(|number| (number, 1)).collect();
            assert_eq!(model.completed, expected);
            assert_eq!(db.store.open_jobs().await.unwrap(), 0);
        });
    }
}

/// Workers at the same time on a real server: nobody gets what another one holds, and a group never runs
/// twice at once.
#[test]
fn workers_at_the_same_time_share_the_work() {
    run(Place::Postgres, share);
    run(Place::File, share);
}

async fn share(db: Db) {
    let jobs = (1..=60).map(|n| job(n, Some(["a", "b", "c"][n as usize % 3]), 0)).collect();
    db.store.enqueue(db.tenant, jobs).await.unwrap();
    let running = std::sync::Arc::new(std::sync::Mutex::new(BTreeMap::<u64, u32>::new()));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (db, running) = (db.clone(), running.clone());
        workers.spawn(async move {
            let mut done = Vec::new();
            while db.store.open_jobs().await.unwrap() > 0 {
                let Some(mine) = claim(&db, 1).await else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let group = mine.args["number"].as_u64().unwrap() % 3;
                assert_eq!(running.lock().unwrap().insert(group, 1), None, "group {group} runs twice");
                tokio::task::yield_now().await;
                running.lock().unwrap().remove(&group);
                db.store.complete(&mine).await.unwrap();
                done.push(number(&mine));
            }
            done
        });
    }
    let mut all: Vec<u128> = workers.join_all().await.concat();
    all.sort_unstable();
    assert_eq!(all, (1..=60).collect::<Vec<_>>());
}
