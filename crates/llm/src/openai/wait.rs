use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// Reads how long the server asks to wait: seconds or a date.
///
/// A date is compared with the server's own `Date`, so neither our clock nor a wrong one of theirs
/// matters.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = rfc2822::parse(text).ok()?.timestamp();
    let now = rfc2822::parse(headers.get(DATE)?.to_str().ok()?).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Returns a wait that doubles with each attempt, of which half is chance: callers that failed
/// together do not come back together.
pub(crate) fn backoff(first: Duration, attempt: u32) -> Duration {
    let full = first.saturating_mul(1 << attempt.min(16));
    let chance = RandomState::new().build_hasher().finish() % 1024;
    let half = full / 2;
    half + half.mul_f64(chance as f64 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|&(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn reads_seconds_and_dates() {
        assert_eq!(asked(&headers(&[("retry-after", "7")])), Some(Duration::from_secs(7)));
        let date =
            [("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), ("date", "Sun, 06 Nov 1994 08:49:00 GMT")];
        assert_eq!(asked(&headers(&date)), Some(Duration::from_secs(37)));
        let past =
            [("retry-after", "Sun, 06 Nov 1994 08:48:00 GMT"), ("date", "Sun, 06 Nov 1994 08:49:00 GMT")];
        assert_eq!(asked(&headers(&past)), Some(Duration::ZERO));
        for nonsense in ["soon", "-3", "NaN", ""] {
            assert_eq!(asked(&headers(&[("retry-after", nonsense)])), None, "{nonsense}");
        }
        assert_eq!(asked(&headers(&[])), None);
    }

    #[test]
    fn backoff_grows_and_stays_bounded() {
        let first = Duration::from_millis(100);
        for attempt in 0..40 {
            let full = first * (1 << attempt.min(16));
            let wait = backoff(first, attempt);
            assert!(wait >= full / 2 && wait <= full, "{attempt}: {wait:?}");
        }
    }
}
