//! The clock that the stand-in lives by. It moves only when a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A settable clock; clones share the moment.
#[derive(Debug, Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// Stops at a UNIX second.
    #[must_use]
    pub fn at(seconds: i64) -> Clock {
        Clock(Arc::new(AtomicI64::new(seconds * 1000)))
    }

    /// Returns the UNIX second, the unit in which Intercom tells time.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Returns the UNIX millisecond.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Jumps to a UNIX millisecond, backwards too.
    pub fn set_ms(&self, ms: i64) {
        self.0.store(ms, Ordering::SeqCst);
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}
