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
        Clock(Arc::new(AtomicI64::new(seconds * 1_000)))
    }

    /// Returns the UNIX millisecond.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Returns the UNIX second.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.now_ms().div_euclid(1_000)
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

/// Writes a moment as Drive does.
pub(crate) fn rfc3339(ms: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{moment:.3}")
}

/// Writes a moment as HTTP does.
pub(crate) fn http_date(ms: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap_or_default()
}
