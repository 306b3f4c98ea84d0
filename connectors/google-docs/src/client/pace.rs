//! The budget of calls: at most so many in any minute, and waits that grow.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

const MINUTE: Duration = Duration::from_secs(60);
/// The longest wait between two tries, as Google advises.
const LONGEST: Duration = Duration::from_secs(64);

/// Calls of the last minute. Google counts per minute and does not say how many are left, so we count ourselves.
pub(super) struct Budget {
    per_minute: usize,
    sent: Mutex<VecDeque<Instant>>,
}

impl Budget {
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.max(1) as usize, sent: Mutex::default() }
    }

    /// Waits until a call may be sent, and counts it.
    pub(super) async fn acquire(&self) {
        while let Err(until) = self.admit() {
            sleep_until(until).await;
        }
    }

    fn admit(&self) -> Result<(), Instant> {
        let now = Instant::now();
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        while sent.front().is_some_and(|oldest| now.duration_since(*oldest) >= MINUTE) {
            sent.pop_front();
        }
        match sent.front() {
            Some(oldest) if sent.len() >= self.per_minute => Err(*oldest + MINUTE),
            _ => {
                sent.push_back(now);
                Ok(())
            }
        }
    }
}

/// Returns the wait before try number `tries` (from 0): twice as long each time, plus a part of the first wait.
pub(super) fn backoff(first: Duration, tries: u32, jitter: f64) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(tries.min(10)));
    (doubled + first.mul_f64(jitter.clamp(0.0, 1.0))).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute() {
        let second = Duration::from_secs(1);
        let waits: Vec<u64> = (0..8).map(|tries| backoff(second, tries, 0.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 64]);
        assert_eq!(backoff(second, 1, 0.5), Duration::from_millis(2_500));
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_has_more_calls_than_allowed() {
        let budget = Budget::new(3);
        let begun = Instant::now();
        let mut sent = Vec::new();
        for _ in 0..7 {
            budget.acquire().await;
            sent.push(begun.elapsed().as_secs());
        }
        assert_eq!(sent, [0, 0, 0, 60, 60, 60, 120]);
    }
}
