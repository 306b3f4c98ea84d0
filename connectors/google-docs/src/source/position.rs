//! What the cursor remembers: where each log of changes goes on, what the folders were like, and how far a round is.

use std::collections::BTreeMap;

use connector::{Cursor, Error};
use domain::text::{hash, hex};
use serde::{Deserialize, Serialize};

/// Raised when the same Drive would give other records than before; older cursors start over.
const EDITION: u32 = 2;

/// Into how many groups folders are put to compare them. The cursor is stored with every page, so it holds a sum for
/// each group and not for each folder; in a tree of a few hundred folders nearly every folder has its own.
const BUCKETS: u16 = 1_024;

/// Most folders that are followed when they left; more are found by the listing.
pub(super) const MOST_LEFT: usize = 300;
/// Most documents that are asked for again because Google was out of order.
pub(super) const MOST_AGAIN: usize = 300;

/// A place in the changes of what is chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    edition: u32,
    /// A fingerprint of what is chosen and by which rules.
    mark: String,
    /// Where each log goes on.
    pub(super) logs: Vec<Log>,
    /// What the groups of folders were like when their documents were handed over.
    pub(super) folders: BTreeMap<u16, String>,
    /// In which stretch of time the folders were looked at last.
    pub(super) checked: i64,
    /// Documents that could not be read for the moment, and how often it was tried.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) again: BTreeMap<String, u8>,
    pub(super) step: Step,
}

/// The log of changes of a shared drive, or of the user when there is no drive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Log {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) drive: Option<String>,
    pub(super) token: String,
}

/// Where a round is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Everything, in the order of ids, after one.
    First { after: Option<String> },
    /// Between rounds.
    Rest,
    /// Documents that could not be read before, after one.
    Again { after: Option<String> },
    /// The changes of a log.
    Changes(Reading),
    /// Documents of folders that are not what they were, after one.
    Moved { after: Option<String>, groups: Vec<u16>, left: Vec<String> },
}

/// How far the logs are read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Reading {
    /// Which log.
    pub(super) log: usize,
    /// Whether the folders have to be looked at afterwards.
    pub(super) recheck: bool,
    /// Folders that may have left.
    pub(super) left: Vec<String>,
}

impl Position {
    /// Returns the beginning of everything.
    pub(super) fn begin(mark: &str, logs: Vec<Log>, folders: BTreeMap<u16, String>, checked: i64) -> Self {
        Self {
            edition: EDITION,
            mark: mark.to_owned(),
            logs,
            folders,
            checked,
            again: BTreeMap::new(),
            step: Step::First { after: None },
        }
    }

    /// Reads a cursor.
    ///
    /// # Errors
    /// [`Error::StartOver`] when it is not one of this source as it is configured now.
    pub(super) fn read(cursor: &Cursor, mark: &str) -> Result<Self, Error> {
        let over = |what: &str| Error::StartOver { what: what.to_owned() };
        let position: Self = serde_json::from_str(cursor.as_str())
            .map_err(|_| over("the cursor is not one of Google Drive, or of another version"))?;
        if position.edition != EDITION {
            return Err(over("the cursor is of another version"));
        }
        if position.mark != mark {
            return Err(over("other folders are chosen than before, or other rules hold"));
        }
        Ok(position)
    }

    /// Returns whose logs a cursor follows, whatever was chosen then.
    pub(super) fn logs_of(cursor: &Cursor) -> Result<Vec<Option<String>>, Error> {
        let position: Self = serde_json::from_str(cursor.as_str())
            .map_err(|_| Error::StartOver { what: "the cursor is not one of Google Drive".to_owned() })?;
        Ok(position.logs.into_iter().map(|log| log.drive).collect())
    }

    /// Writes the cursor.
    pub(super) fn cursor(&self) -> Cursor {
        Cursor::new(serde_json::to_string(self).expect("maps with plain keys can be written as JSON"))
    }

    /// Reports whether a log of this drive, or of the user, is followed.
    pub(super) fn follows(&self, drive: Option<&str>) -> bool {
        self.logs.iter().any(|log| log.drive.as_deref() == drive)
    }

    /// Has the documents of a group of folders handed over again when the folders are looked at next.
    pub(super) fn doubt(&mut self, group: u16) {
        self.folders.insert(group, String::new());
    }

    /// Reports whether this may be the id of a folder that was read.
    pub(super) fn may_be_folder(&self, id: &str) -> bool {
        self.folders.contains_key(&group(id))
    }
}

/// Returns the group of a folder.
pub(super) fn group(id: &str) -> u16 {
    let sum = hash(&[id.as_bytes()]);
    u16::from_be_bytes([sum[0], sum[1]]) % BUCKETS
}

/// Returns what each group is like, from what each folder is like.
pub(super) fn sums(folders: &BTreeMap<String, String>) -> BTreeMap<u16, String> {
    let mut parts: BTreeMap<u16, Vec<&[u8]>> = BTreeMap::new();
    for (id, is_like) in folders {
        parts.entry(group(id)).or_default().extend([id.as_bytes(), is_like.as_bytes()]);
    }
    parts.into_iter().map(|(group, parts)| (group, hex(&hash(&parts)[..5]))).collect()
}

/// Returns the groups that are not the same.
pub(super) fn differing(old: &BTreeMap<u16, String>, new: &BTreeMap<u16, String>) -> Vec<u16> {
    let mut groups: Vec<u16> = old.keys().chain(new.keys()).copied().collect();
    groups.sort_unstable();
    groups.dedup();
    groups.retain(|group| old.get(group) != new.get(group));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Position {
        let logs =
            vec![Log { drive: None, token: "7".into() }, Log { drive: Some("d".into()), token: "9".into() }];
        Position::begin("mark", logs, BTreeMap::from([(3, "abc".into())]), 5)
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for step in [
            Step::First { after: Some("x".into()) },
            Step::Rest,
            Step::Again { after: None },
            Step::Changes(Reading { log: 1, recheck: true, left: vec!["f".into()] }),
            Step::Moved { after: None, groups: vec![1, 2], left: vec![] },
        ] {
            let position = Position { step, again: BTreeMap::from([("d".into(), 2)]), ..some() };
            assert_eq!(Position::read(&position.cursor(), "mark").unwrap(), position);
        }
    }

    #[test]
    fn foreign_cursors_start_over() {
        let read = |text: &str| Position::read(&Cursor::new(text), "mark");
        for text in ["x", "{}", "null", r#"{"edition":1}"#] {
            assert!(matches!(read(text), Err(Error::StartOver { .. })), "{text}");
        }
        let old = Position { edition: 0, ..some() };
        assert!(matches!(read(old.cursor().as_str()), Err(Error::StartOver { .. })));
        assert!(matches!(Position::read(&some().cursor(), "other"), Err(Error::StartOver { .. })));
    }

    #[test]
    fn a_cursor_of_many_folders_stays_small() {
        let folders =
            (0..100_000).map(|number| (format!("folder-{number:040}"), number.to_string())).collect();
        let again = (0..MOST_AGAIN).map(|number| (format!("{number:044}"), 1)).collect();
        let left = (0..MOST_LEFT).map(|number| format!("{number:044}")).collect();
        let step = Step::Moved { after: None, groups: (0..BUCKETS).collect(), left };
        let position = Position { folders: sums(&folders), again, step, ..some() };
        assert!(position.cursor().as_str().len() < 64 << 10, "{}", position.cursor().as_str().len());
    }

    #[test]
    fn only_what_changed_differs() {
        let old = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "1".to_owned())]);
        let mut new = old.clone();
        assert!(differing(&sums(&old), &sums(&new)).is_empty());
        new.insert("b".into(), "2".into());
        new.insert("c".into(), "1".into());
        let mut expected = vec![group("b"), group("c")];
        expected.sort_unstable();
        assert_eq!(differing(&sums(&old), &sums(&new)), expected);
        new.remove("a");
        assert!(differing(&sums(&old), &sums(&new)).contains(&group("a")));
    }
}
