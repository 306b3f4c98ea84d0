//! The budget of calls: how many are left in the running window, and who gets them.
//!
//! Intercom counts in windows of ten seconds and says after every call how many are left and when the window
//! ends. Fixed rates, as `tower` has them, know neither; nor do they know two kinds of callers. So this is a
//! counter of our own: it starts careful, believes every answer, keeps a fifth back for live traffic, and
//! lets no import pass while a live call waits.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::Priority;

const WINDOW_SECS: i64 = 10;
const WINDOW: Duration = Duration::from_secs(WINDOW_SECS.unsigned_abs());
/// Calls in a window before Intercom has said how many it allows.
const CAREFUL: u64 = 10;
/// The part of a window that imports leave alone: one in so many.
const KEPT_BACK: u64 = 5;
/// By how much the waits of several callers differ, so that they do not all come back at once.
const STAGGER: Duration = Duration::from_millis(40);

pub(super) struct Budget {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    limit: u64,
    left: u64,
    ends: Instant,
    /// What Intercom calls the end of the running window.
    reset: i64,
    /// Calls under way.
    flying: u64,
    live_waiting: u64,
}

/// What an answer says about the budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    limit: Option<u64>,
    left: Option<u64>,
    reset: Option<i64>,
    /// Until the window ends.
    pub(super) wait: Duration,
}

impl Told {
    /// Reads the headers; `now` is in seconds since 1970.
    pub(super) fn read(headers: &HeaderMap, now: i64) -> Self {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
        let count = |name| number(name).and_then(|count| u64::try_from(count).ok());
        let reset = number("x-ratelimit-reset");
        // Clocks differ: a window that has ended long ago by ours still deserves a short wait.
        let seconds = reset.map_or(10, |reset| reset.saturating_sub(now).max(1));
        Self {
            limit: count("x-ratelimit-limit"),
            left: count("x-ratelimit-remaining"),
            reset,
            wait: Duration::from_secs(u64::try_from(seconds).unwrap_or(1)),
        }
    }
}

impl Budget {
    pub(super) fn new() -> Self {
        let state = State {
            limit: CAREFUL,
            left: CAREFUL,
            ends: Instant::now() + WINDOW,
            reset: 0,
            flying: 0,
            live_waiting: 0,
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// Waits until a call may be sent. Dropping the wait or the permit gives nothing away for good.
    pub(super) async fn acquire(&self, priority: Priority) -> Permit<'_> {
        let _queued = (priority == Priority::Live).then(|| Queued::new(self));
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let until = {
                let mut state = self.state();
                if state.admit(priority) {
                    return Permit { budget: self };
                }
                state.ends
            };
            tokio::select! {
                () = sleep_until(until) => {}
                () = changed => {}
            }
        }
    }

    /// Takes leave at once, or says how long it would take.
    pub(super) fn try_acquire(&self, priority: Priority) -> Result<Permit<'_>, Duration> {
        let mut state = self.state();
        let admitted = state.admit(priority);
        let wait = state.ends.saturating_duration_since(Instant::now());
        drop(state);
        if admitted { Ok(Permit { budget: self }) } else { Err(wait) }
    }

    /// Returns a moment that is surely over at Intercom: where the last known window began. A clock of ours
    /// that is behind makes no wait longer for it.
    pub(super) fn at_least(&self) -> i64 {
        self.state().reset.saturating_sub(WINDOW_SECS)
    }

    /// Lets nobody through for a while, because Intercom has refused a call.
    pub(super) fn pause(&self, wait: Duration) {
        let mut state = self.state();
        let stagger = STAGGER * u32::try_from(state.flying.min(25)).unwrap_or(0);
        state.left = 0;
        state.ends = state.ends.max(Instant::now() + wait + stagger);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admit(&mut self, priority: Priority) -> bool {
        let now = Instant::now();
        if now >= self.ends {
            self.left = self.limit;
            self.ends = now + WINDOW;
        }
        let admitted = match priority {
            Priority::Live => self.left > 0,
            Priority::Import => self.left > self.limit / KEPT_BACK && self.live_waiting == 0,
        };
        if admitted {
            self.left -= 1;
            self.flying += 1;
        }
        admitted
    }

    /// Believes an answer. Those under way besides may not be counted in it yet.
    fn learn(&mut self, told: &Told) {
        let (Some(limit), Some(left)) = (told.limit.filter(|limit| *limit > 0), told.left) else { return };
        self.limit = limit;
        match told.reset {
            Some(reset) if reset > self.reset => {
                self.reset = reset;
                self.left = left.saturating_sub(self.flying.saturating_sub(1));
                self.ends = Instant::now() + told.wait.min(WINDOW);
            }
            Some(reset) if reset < self.reset => {}
            _ => self.left = self.left.min(left),
        }
    }
}

/// Leave to send one call; it counts as under way until this is dropped.
pub(super) struct Permit<'a> {
    budget: &'a Budget,
}

impl Permit<'_> {
    pub(super) fn learn(&self, told: &Told) {
        self.budget.state().learn(told);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.flying = state.flying.saturating_sub(1);
        drop(state);
        self.budget.changed.notify_waiters();
    }
}

/// A live call that waits, whether it is let through or given up.
struct Queued<'a> {
    budget: &'a Budget,
}

impl<'a> Queued<'a> {
    fn new(budget: &'a Budget) -> Self {
        budget.state().live_waiting += 1;
        Self { budget }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.live_waiting = state.live_waiting.saturating_sub(1);
        drop(state);
        self.budget.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
