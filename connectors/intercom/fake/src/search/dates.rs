//! Days that begin at a workspace's midnight, the only precision the contact search has.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::error::ApiError;

/// The calendar of a time zone.
#[derive(Debug, Clone)]
pub(crate) struct Days(TimeZone);

impl Days {
    pub(crate) fn of(zone: &str) -> Result<Days, ApiError> {
        let zone =
            TimeZone::get(zone).map_err(|_| ApiError::invalid(format!("unknown time zone `{zone}`")))?;
        Ok(Days(zone))
    }

    /// `=` is the whole day of the bound, `>` begins with the day after it, `<` ends before it.
    pub(crate) fn matches(&self, moment: i64, operator: &str, bound: i64) -> bool {
        let Some((start, next)) = self.day(bound) else { return false };
        match operator {
            ">" => moment >= next,
            "<" => moment < start,
            _ => (start..next).contains(&moment),
        }
    }

    fn day(&self, moment: i64) -> Option<(i64, i64)> {
        let start = Timestamp::from_second(moment).ok()?.to_zoned(self.0.clone()).start_of_day().ok()?;
        let next = start.checked_add(1.day()).ok()?.start_of_day().ok()?;
        Some((start.timestamp().as_second(), next.timestamp().as_second()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the official description, and the same query elsewhere.
    #[test]
    fn a_day_is_the_workspaces_day() {
        let nine_in_the_morning = 1_577_869_200;
        let utc = Days::of("UTC").unwrap();
        let next_day = 1_577_923_200;
        assert!(!utc.matches(next_day - 1, ">", nine_in_the_morning));
        assert!(utc.matches(next_day, ">", nine_in_the_morning));
        assert!(utc.matches(1_577_836_800, "=", nine_in_the_morning));
        assert!(!utc.matches(1_577_836_800, "<", nine_in_the_morning));
        let west = Days::of("America/Los_Angeles").unwrap();
        let midnight_there = 1_577_865_600;
        assert!(west.matches(midnight_there, "=", nine_in_the_morning));
        assert!(!west.matches(next_day, ">", nine_in_the_morning));
        assert!(west.matches(midnight_there + 86_400, ">", nine_in_the_morning));
    }

    #[test]
    fn a_day_with_a_change_of_clocks_is_longer_or_shorter() {
        let berlin = Days::of("Europe/Berlin").unwrap();
        let noon = 1_774_778_400; // 29 March 2026: the day has 23 hours
        let midnight = 1_774_738_800;
        assert!(berlin.matches(midnight, "=", noon));
        assert!(berlin.matches(midnight + 23 * 3600 - 1, "=", noon));
        assert!(berlin.matches(midnight + 23 * 3600, ">", noon));
    }
}
