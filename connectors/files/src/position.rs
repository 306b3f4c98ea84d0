//! What the cursor remembers: which state of which file was read, and how far.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Cursor, Error};
use domain::text::{hash, hex};
use serde::{Deserialize, Serialize};

use crate::Config;

/// Raised when the same file would give other records than before; cursors of another edition start over.
const EDITION: u32 = 1;

/// A place in the changes of a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    edition: u32,
    /// A hash of the settings that decide what a file gives.
    settings: String,
    /// The files that are read.
    pub(crate) files: BTreeMap<String, Read>,
    /// Whether a round is under way, and how far it is in the file it is reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) round: Option<Round>,
}

/// The state in which a file was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Read {
    pub(crate) stamp: Stamp,
    /// The hash of its bytes; empty when it could not be opened.
    pub(crate) hash: String,
    /// The files whose records were taken instead of some of this one's.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) behind: BTreeSet<String>,
    /// The moment, in milliseconds, from which something in it is no longer in the future.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) again_at: Option<i64>,
}

/// What can be seen of a file without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// Its size in bytes.
    pub(crate) size: u64,
    /// When it was last written, in nanoseconds; absent when that is too fresh to tell two states apart.
    pub(crate) written_ns: Option<u64>,
}

impl Stamp {
    /// Reports whether a file with this stamp surely is what it was when it had the other one.
    pub(crate) fn proves(self, other: Self) -> bool {
        self == other && self.written_ns.is_some()
    }
}

/// A round that is under way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Round {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<At>,
}

/// How far the round is in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct At {
    pub(crate) file: String,
    pub(crate) hash: String,
    /// How many lines are done.
    pub(crate) line: u64,
    /// How many of them were not blank.
    pub(crate) filled: u64,
    /// As in [`Read`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) behind: BTreeSet<String>,
    /// As in [`Read`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) again_at: Option<i64>,
}

impl At {
    /// Returns the top of a file.
    pub(crate) fn start(file: &str, hash: String) -> Self {
        Self { file: file.to_owned(), hash, line: 0, filled: 0, behind: BTreeSet::new(), again_at: None }
    }
}

impl Position {
    /// Returns the beginning of everything.
    pub(crate) fn start(config: &Config) -> Self {
        let numbers = [config.max_record_bytes, config.max_turns as u64].map(u64::to_be_bytes);
        let audience = format!("{:?}", config.default_audience);
        let settings = hash(&[audience.as_bytes(), &numbers[0], &numbers[1]]);
        let settings = hex(&settings[..8]);
        Self { edition: EDITION, settings, files: BTreeMap::new(), round: None }
    }

    /// Reads a cursor. One that was made with other settings or by another edition means the beginning,
    /// because every file may now give something else.
    ///
    /// # Errors
    /// Fails when it is no cursor of this connector.
    pub(crate) fn read(cursor: Option<&Cursor>, config: &Config) -> Result<Self, Error> {
        let start = Self::start(config);
        let Some(cursor) = cursor else {
            return Ok(start);
        };
        #[derive(Deserialize)]
        struct Head {
            edition: u32,
            settings: String,
        }
        let foreign = |_| Error::StartOver { what: "the cursor is not one of a folder".to_owned() };
        let head: Head = serde_json::from_str(cursor.as_str()).map_err(foreign)?;
        if head.edition != start.edition || head.settings != start.settings {
            return Ok(start);
        }
        serde_json::from_str(cursor.as_str()).map_err(foreign)
    }

    /// Writes the cursor.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor::new(serde_json::to_string(self).expect("maps with text keys can be written as JSON"))
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::record::RawAudience;

    use super::*;

    #[test]
    fn other_settings_start_over() {
        let config = Config::new("x", Timestamp::MIN);
        let mut position = Position::start(&config);
        position.round = Some(Round::default());
        assert_eq!(Position::read(Some(&position.cursor()), &config).unwrap(), position);
        let later = Config { now: Timestamp::OPEN, page_records: 1, ..config.clone() };
        assert_eq!(Position::read(Some(&position.cursor()), &later).unwrap(), position);
        let other = Config { default_audience: RawAudience::Public, ..config.clone() };
        assert_eq!(Position::read(Some(&position.cursor()), &other).unwrap(), Position::start(&other));
        assert!(matches!(Position::read(Some(&Cursor::new("{}")), &config), Err(Error::StartOver { .. })));
    }

    #[test]
    fn a_fresh_stamp_proves_nothing() {
        let old = Stamp { size: 1, written_ns: Some(5) };
        let fresh = Stamp { size: 1, written_ns: None };
        assert!(old.proves(old));
        assert!(!fresh.proves(fresh) && !old.proves(fresh));
        assert!(!old.proves(Stamp { size: 2, ..old }));
    }
}
