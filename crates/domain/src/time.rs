//! Moments, in milliseconds since 1970 in UTC.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const OPEN_TEXT: &str = "9999-12-31T23:59:59.999Z";

/// A moment in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time; write it like `2025-03-01T12:00:00Z` or `2025-03-01`")]
pub struct ParseError(String);

impl Timestamp {
    /// The moment before all others that are used.
    pub const MIN: Self = Self(0);
    /// "Not ended": the year 9999. Open ends are this value and never null, so that range filters work.
    pub const OPEN: Self = Self(253_402_300_799_999);

    /// Wraps milliseconds since 1970, held between [`Timestamp::MIN`] and [`Timestamp::OPEN`].
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(Self::MIN.0, Self::OPEN.0))
    }

    /// Returns milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the moment `millis` later (earlier when negative), held within the supported range.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Reports whether this is the open end.
    #[must_use]
    pub fn is_open(self) -> bool {
        self == Self::OPEN
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The last day of 9999 lies outside jiff's range.
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => moment.fmt(f),
            Err(_) => f.write_str(OPEN_TEXT),
        }
    }
}

impl FromStr for Timestamp {
    type Err = ParseError;

    /// Parses RFC 3339 with an offset, a date alone (midnight UTC), or a date and time without offset (UTC).
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        if text == OPEN_TEXT {
            return Ok(Self::OPEN);
        }
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::from_millis(moment.as_millisecond()));
        }
        text.parse::<jiff::civil::DateTime>()
            .ok()
            .and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC).ok())
            .map(|zoned| Self::from_millis(zoned.timestamp().as_millisecond()))
            .ok_or_else(|| ParseError(text.to_owned()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_people_write() {
        let noon: Timestamp = "2025-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(noon.to_string(), "2025-03-01T12:00:00Z");
        assert_eq!("2025-03-01T13:00:00+01:00".parse(), Ok(noon));
        assert_eq!("2025-03-01T12:00:00".parse(), Ok(noon));
        assert_eq!("2025-03-01".parse(), Ok(noon.plus_millis(-12 * 3_600_000)));
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn the_open_end_is_the_last_moment() {
        assert_eq!(Timestamp::OPEN.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!("9999-12-31T23:59:59.999Z".parse(), Ok(Timestamp::OPEN));
        assert_eq!(Timestamp::OPEN.plus_millis(1), Timestamp::OPEN);
    }
}
