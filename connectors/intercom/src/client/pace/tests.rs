use futures::FutureExt as _;

use super::*;

fn told(limit: u64, left: u64, reset: i64, wait: u64) -> Told {
    Told { limit: Some(limit), left: Some(left), reset: Some(reset), wait: Duration::from_secs(wait) }
}

async fn spend(budget: &Budget, priority: Priority, calls: u64) {
    for _ in 0..calls {
        drop(budget.acquire(priority).await);
    }
}

/// Reports whether a call of this kind would go out at once.
fn is_open(budget: &Budget, priority: Priority) -> bool {
    budget.acquire(priority).now_or_never().is_some()
}

#[tokio::test(start_paused = true)]
async fn a_spent_window_is_waited_for() {
    let budget = Budget::new();
    budget.acquire(Priority::Live).await.learn(&told(100, 3, 1_000, 7));
    let begun = Instant::now();
    spend(&budget, Priority::Live, 3).await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    spend(&budget, Priority::Live, 1).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(7), "until Intercom's window ends");
    spend(&budget, Priority::Live, 99).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(7), "a window holds what Intercom allows");
    spend(&budget, Priority::Live, 1).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(17));
}

#[tokio::test(start_paused = true)]
async fn imports_leave_a_fifth_to_live_traffic() {
    let budget = Budget::new();
    budget.acquire(Priority::Import).await.learn(&told(100, 21, 1_000, 10));
    assert!(is_open(&budget, Priority::Import));
    assert!(!is_open(&budget, Priority::Import));
    spend(&budget, Priority::Live, 20).await;
    assert!(!is_open(&budget, Priority::Live));
}

#[tokio::test(start_paused = true)]
async fn a_waiting_live_call_goes_before_imports() {
    let budget = Budget::new();
    budget.acquire(Priority::Live).await.learn(&told(5, 0, 1_000, 10));
    let order = Mutex::new(Vec::new());
    let import = async {
        drop(budget.acquire(Priority::Import).await);
        order.lock().unwrap().push("import");
    };
    let live = async {
        drop(budget.acquire(Priority::Live).await);
        order.lock().unwrap().push("live");
    };
    // Asked in this order whenever something happens; the one of tokio takes turns.
    futures::join!(import, live);
    assert_eq!(*order.lock().unwrap(), ["live", "import"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_pauses_everybody() {
    let budget = Budget::new();
    budget.pause(Duration::from_secs(9));
    let begun = Instant::now();
    spend(&budget, Priority::Import, 1).await;
    assert!(begun.elapsed() >= Duration::from_secs(9));
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_are_counted_and_old_answers_ignored() {
    let budget = Budget::new();
    let (first, second, third) = (
        budget.acquire(Priority::Live).await,
        budget.acquire(Priority::Live).await,
        budget.acquire(Priority::Live).await,
    );
    first.learn(&told(10, 4, 2_000, 10));
    second.learn(&told(10, 9, 1_990, 1));
    assert_eq!(budget.state().left, 2, "two are under way besides the one that was answered");
    third.learn(&told(10, 1, 2_000, 10));
    assert_eq!(budget.state().left, 1, "others spend from the same budget");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_behind_is_put_right() {
    let budget = Budget::new();
    budget.acquire(Priority::Live).await.learn(&told(10, 1, 1_000, 4));
    assert_eq!(budget.at_least(), 990);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_wait_is_told_how_long() {
    let budget = Budget::new();
    budget.acquire(Priority::Live).await.learn(&told(10, 1, 1_000, 4));
    assert!(budget.try_acquire(Priority::Live).is_ok());
    assert_eq!(budget.try_acquire(Priority::Live).err(), Some(Duration::from_secs(4)));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_wait_holds_nobody_up() {
    let budget = Budget::new();
    budget.acquire(Priority::Live).await.learn(&told(10, 0, 1_000, 10));
    assert!(!is_open(&budget, Priority::Live));
    let state = budget.state();
    assert_eq!((state.live_waiting, state.flying), (0, 0));
}

#[test]
fn headers_are_read_and_clocks_may_differ() {
    let headers = |reset: &str| {
        HeaderMap::from_iter([
            ("x-ratelimit-limit".parse().unwrap(), "167".parse().unwrap()),
            ("x-ratelimit-remaining".parse().unwrap(), "0".parse().unwrap()),
            ("x-ratelimit-reset".parse().unwrap(), reset.parse().unwrap()),
        ])
    };
    assert_eq!(Told::read(&headers("1010"), 1_000), told(167, 0, 1_010, 10));
    assert_eq!(Told::read(&headers("900"), 1_000).wait, Duration::from_secs(1));
    assert_eq!(Told::read(&HeaderMap::new(), 1_000).wait, Duration::from_secs(10));
}
