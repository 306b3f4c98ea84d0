//! When people answer.

use std::collections::{BTreeMap, BTreeSet};

use domain::Timestamp;
use serde::Deserialize;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Opening hours by weekday, and holidays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Raw")]
pub struct OfficeHours {
    utc_offset_minutes: i64,
    /// From and to in minutes of the day, Monday first; `None` for a closed day.
    days: [Option<(i64, i64)>; 7],
    holidays: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    utc_offset_minutes: i64,
    days: BTreeMap<String, String>,
    holidays: Vec<String>,
}

impl TryFrom<Raw> for OfficeHours {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        if raw.utc_offset_minutes.abs() > 14 * 60 {
            return Err(format!("`{}` minutes are no offset from UTC", raw.utc_offset_minutes));
        }
        let mut days = [None; 7];
        for (name, hours) in &raw.days {
            let day = WEEKDAYS.iter().position(|day| day == name);
            let day =
                day.ok_or_else(|| format!("`{name}` is no weekday; known are {}", WEEKDAYS.join(", ")))?;
            days[day] =
                Some(parse(hours).ok_or_else(|| format!("`{hours}` are no hours like `09:00-17:30`"))?);
        }
        for holiday in &raw.holidays {
            let parsed: Result<Timestamp, _> = holiday.parse();
            if holiday.len() != 10 || parsed.is_err() {
                return Err(format!("`{holiday}` is no day like `2025-12-25`"));
            }
        }
        Ok(Self {
            utc_offset_minutes: raw.utc_offset_minutes,
            days,
            holidays: raw.holidays.into_iter().collect(),
        })
    }
}

fn parse(hours: &str) -> Option<(i64, i64)> {
    let minutes = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
        ((0..=24).contains(&hour) && (0..60).contains(&minute)).then(|| hour * 60 + minute)
    };
    let (from, to) = hours.split_once('-')?;
    let (from, to) = (minutes(from)?, minutes(to)?);
    (from < to && to <= 24 * 60).then_some((from, to))
}

impl OfficeHours {
    /// Reports whether anything is known of the hours.
    #[must_use]
    pub fn are_known(&self) -> bool {
        self.days.iter().any(Option::is_some)
    }

    /// Reports whether people answer at `at`; unknown hours count as open.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        if !self.are_known() {
            return true;
        }
        let local = at.plus_millis(self.utc_offset_minutes * MINUTE_MS);
        let minute = local.millis() % DAY_MS / MINUTE_MS;
        self.hours_on(local).is_some_and(|(from, to)| (from..to).contains(&minute))
    }

    /// Returns when people answer next, as weekday from Monday (0) and minute of the day, seen from `at`;
    /// `None` when that is now, unknown, or further away than two weeks.
    #[must_use]
    pub fn next_opening(&self, at: Timestamp) -> Option<(usize, i64)> {
        if !self.are_known() || self.is_open(at) {
            return None;
        }
        let local = at.plus_millis(self.utc_offset_minutes * MINUTE_MS);
        let minute = local.millis() % DAY_MS / MINUTE_MS;
        (0..15).find_map(|ahead| {
            let day = local.plus_millis(ahead * DAY_MS);
            let (from, _) = self.hours_on(day)?;
            (ahead > 0 || minute < from).then(|| (weekday(day), from))
        })
    }

    fn hours_on(&self, local: Timestamp) -> Option<(i64, i64)> {
        let date = local.to_string().chars().take(10).collect::<String>();
        if self.holidays.contains(&date) { None } else { self.days[weekday(local)] }
    }
}

/// Returns the weekday, Monday being 0. The first of January 1970 was a Thursday.
fn weekday(local: Timestamp) -> usize {
    usize::try_from((local.millis() / DAY_MS + 3) % 7).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(text: &str) -> Result<OfficeHours, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn opens_and_closes_by_local_time_and_holiday() {
        let office = office(
            r#"{"utc_offset_minutes": 60, "days": {"monday": "09:00-17:30", "tuesday": "09:00-12:00"},
                "holidays": ["2025-07-08"]}"#,
        )
        .unwrap();
        // The 7th of July 2025 was a Monday.
        assert!(!office.is_open(at("2025-07-07T07:59:00Z")));
        assert!(office.is_open(at("2025-07-07T08:00:00Z")));
        assert!(!office.is_open(at("2025-07-07T16:30:00Z")));
        assert!(!office.is_open(at("2025-07-08T09:00:00Z")), "a holiday");
        assert!(!office.is_open(at("2025-07-12T09:00:00Z")));
        assert_eq!(office.next_opening(at("2025-07-07T07:00:00Z")), Some((0, 540)));
        assert_eq!(office.next_opening(at("2025-07-07T18:00:00Z")), Some((0, 540)), "Tuesday is a holiday");
        assert_eq!(office.next_opening(at("2025-07-14T18:00:00Z")), Some((1, 540)));
        assert_eq!(office.next_opening(at("2025-07-07T09:00:00Z")), None, "it is open");
    }

    #[test]
    fn unknown_hours_are_open_and_name_no_time() {
        let office = office(r#"{"utc_offset_minutes": 0, "days": {}, "holidays": []}"#).unwrap();
        assert!(office.is_open(at("2025-07-12T03:00:00Z")));
        assert_eq!(office.next_opening(at("2025-07-12T03:00:00Z")), None);
    }

    #[test]
    fn what_is_no_hour_is_named() {
        for (text, named) in [
            (r#"{"utc_offset_minutes": 0, "days": {"someday": "09:00-10:00"}, "holidays": []}"#, "someday"),
            (r#"{"utc_offset_minutes": 0, "days": {"monday": "9-5"}, "holidays": []}"#, "9-5"),
            (r#"{"utc_offset_minutes": 0, "days": {"monday": "17:00-09:00"}, "holidays": []}"#, "17:00"),
            (r#"{"utc_offset_minutes": 0, "days": {}, "holidays": ["Christmas"]}"#, "Christmas"),
            (r#"{"utc_offset_minutes": 9000, "days": {}, "holidays": []}"#, "9000"),
        ] {
            assert!(office(text).unwrap_err().contains(named));
        }
    }
}
