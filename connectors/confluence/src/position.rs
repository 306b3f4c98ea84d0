//! What the cursor remembers: what everything was like when it was handed over, and how far a round is.

use std::collections::{BTreeMap, BTreeSet};

use connector::{Cursor, Error};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Catalogue, Entry, short};
use crate::config::Config;

/// Raised when the same site would give other records than before; older cursors start over.
const EDITION: u32 = 1;
/// Documents are compared in so many groups: a cursor stays small however many there are.
const BUCKETS: u16 = 4_096;
/// Changes are searched for again so far back. Searches know minutes only, in a time zone that nobody is sure
/// of, and learn of a change late.
const OVERLAP_MILLIS: i64 = 26 * 3_600_000;
/// Most changes that are remembered as handed over by the search.
const MOST_SEEN: usize = 5_000;
/// Most pages whose includes are remembered.
const MOST_INCLUDING: usize = 2_000;

/// A place in the changes of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    edition: u32,
    /// What the documents of each group were like when they were handed over.
    #[serde(default)]
    buckets: BTreeMap<u16, String>,
    /// When the last full sweep began, in milliseconds; absent before the first one is done.
    #[serde(default)]
    pub(crate) swept: Option<i64>,
    /// Whether the last sweep could not see everything, so that the next round sweeps again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_partial: bool,
    /// The newest change that the last sweep met, by the clock of the site.
    #[serde(default)]
    newest: Option<i64>,
    /// Versions and moments of what was modified lately and was handed over.
    #[serde(default)]
    seen: BTreeMap<String, (u64, i64)>,
    /// Changes before this moment are not remembered one by one any more.
    #[serde(default)]
    floor: i64,
    /// Which pages show others inside.
    #[serde(default)]
    including: BTreeMap<String, BTreeSet<String>>,
    /// What tells the problems of the last sweep from others.
    #[serde(default)]
    pub(crate) problems: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) round: Option<Round>,
}

/// How far a round is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Round {
    /// Everything is compared.
    Sweep {
        began: i64,
        /// Group and id of what was handed over last.
        after: Option<(u16, String)>,
        /// What the groups that were passed were like.
        done: BTreeMap<u16, String>,
    },
    /// What a search found is handed over, after an id.
    Changes { after: String },
}

impl Position {
    /// Reads a cursor; the beginning of everything when there is none.
    ///
    /// # Errors
    /// [`Error::StartOver`] when it is no cursor of this edition.
    pub(crate) fn read(cursor: Option<&Cursor>) -> Result<Self, Error> {
        let start = Self { edition: EDITION, ..Self::default() };
        let Some(cursor) = cursor else { return Ok(start) };
        let read: Option<Self> = serde_json::from_str(cursor.as_str()).ok();
        read.filter(|position| position.edition == EDITION)
            .ok_or_else(|| Error::StartOver { what: "the cursor is not one of this connector".to_owned() })
    }

    pub(crate) fn cursor(&self) -> Result<Cursor, Error> {
        let text = serde_json::to_string(self);
        text.map(Cursor::new).map_err(|error| Error::GiveUp {
            what: "the cursor cannot be written".to_owned(),
            source: Some(error.into()),
        })
    }

    /// Reports whether everything has to be compared: now and then, when a part could not be seen, and whenever the
    /// clock makes no sense.
    pub(crate) fn is_sweep_due(&self, config: &Config, now: Timestamp) -> bool {
        let every = i64::try_from(config.sweep_every.as_millis()).unwrap_or(i64::MAX);
        match (self.swept, self.newest) {
            (Some(swept), Some(_)) => {
                self.is_partial || now.millis() < swept || now.millis() - swept >= every
            }
            _ => true,
        }
    }

    /// Returns from when on changes are searched for.
    pub(crate) fn since(&self) -> Timestamp {
        Timestamp::from_millis(self.newest.unwrap_or_default()).plus_millis(-OVERLAP_MILLIS)
    }

    /// Reports whether a change is one that was not handed over.
    pub(crate) fn is_fresh(&self, id: &str, version: u64, modified: Option<Timestamp>) -> bool {
        let at = modified.map_or(i64::MAX, Timestamp::millis);
        at >= self.floor && self.seen.get(id).is_none_or(|(seen, _)| *seen != version)
    }

    pub(crate) fn see(&mut self, id: &str, version: u64, modified: Option<Timestamp>) {
        let at = modified.map_or(i64::MAX, Timestamp::millis);
        self.seen.insert(id.to_owned(), (version, at));
    }

    /// Notes that a document was handed over apart from a sweep: the next one hands its group over again, since
    /// what the group was like is no longer what is held.
    pub(crate) fn touch(&mut self, id: &str) {
        self.buckets.insert(bucket(id), String::new());
    }

    /// Searches from a newer moment on. A change that claims to be of the future moves nothing past the present.
    pub(crate) fn advance(&mut self, modified: Option<Timestamp>, now: Timestamp) {
        self.newest = self.newest.max(modified.map(|at| at.min(now).millis()));
    }

    /// Forgets changes that no search will find again, and the oldest when there are too many.
    pub(crate) fn forget(&mut self) {
        let since = self.since().millis() - OVERLAP_MILLIS;
        self.seen.retain(|_, (_, at)| *at >= since);
        if self.seen.len() > MOST_SEEN {
            let mut times: Vec<i64> = self.seen.values().map(|(_, at)| *at).collect();
            times.sort_unstable();
            let floor = times[times.len() - MOST_SEEN];
            self.seen.retain(|_, (_, at)| *at >= floor);
            self.floor = floor;
        }
    }

    /// Remembers which pages a page shows inside.
    pub(crate) fn includes(&mut self, id: &str, others: BTreeSet<String>) {
        if others.is_empty() {
            self.including.remove(id);
        } else if self.including.len() < MOST_INCLUDING || self.including.contains_key(id) {
            self.including.insert(id.to_owned(), others);
        }
    }

    /// Returns the pages that show one of these inside.
    pub(crate) fn including(&self, others: &BTreeSet<String>) -> BTreeSet<String> {
        let shows = self.including.iter().filter(|(_, shown)| !shown.is_disjoint(others));
        shows.map(|(id, _)| id.clone()).collect()
    }

    /// Returns what has to be handed over in a sweep, in order: everything in groups that are not what they
    /// were, and what shows such things inside.
    pub(crate) fn changed<'a>(
        &self,
        groups: &BTreeMap<u16, String>,
        catalogue: &'a Catalogue,
    ) -> Vec<(u16, &'a Entry)> {
        let is_other = |bucket: u16| self.buckets.get(&bucket) != groups.get(&bucket);
        let mut changed: Vec<(u16, &Entry)> = catalogue
            .entries
            .values()
            .map(|entry| (bucket(&entry.id), entry))
            .filter(|(group, entry)| {
                let shown = self.including.get(&entry.id);
                is_other(*group) || shown.is_some_and(|shown| shown.iter().any(|id| is_other(bucket(id))))
            })
            .collect();
        changed.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        changed
    }

    /// Ends a sweep: groups that were passed are what they were when they were; others stay as they were known.
    pub(crate) fn finish(
        &mut self,
        began: i64,
        now: Timestamp,
        done: BTreeMap<u16, String>,
        groups: &BTreeMap<u16, String>,
        catalogue: &Catalogue,
    ) {
        self.buckets.extend(done);
        self.buckets.retain(|group, _| groups.contains_key(group));
        self.including.retain(|id, _| catalogue.entries.contains_key(id));
        self.swept = Some(began);
        self.is_partial = !catalogue.unseen.is_empty();
        let newest = catalogue.entries.values().filter_map(|entry| entry.modified).max();
        self.advance(newest, now);
        let since = self.since();
        for entry in catalogue.entries.values().filter(|entry| entry.modified.is_some_and(|at| at >= since)) {
            self.seen
                .entry(entry.id.clone())
                .or_insert((entry.version, entry.modified.map_or(0, Timestamp::millis)));
        }
        for comment in catalogue.comments.values().flatten() {
            // When a comment was written is not known here; what is remembered needlessly is forgotten later.
            let at = self.newest.unwrap_or_default();
            self.seen.entry(comment.id.clone()).or_insert((comment.version, at));
        }
        self.round = None;
        self.forget();
    }
}

/// Returns what every group of documents is like.
pub(crate) fn groups(config: &Config, catalogue: &Catalogue) -> BTreeMap<u16, String> {
    let mut states: BTreeMap<u16, Vec<[u8; 5]>> = BTreeMap::new();
    for entry in catalogue.entries.values() {
        states.entry(bucket(&entry.id)).or_default().push(catalogue.state(config, entry));
    }
    let name = |states: &Vec<[u8; 5]>| hex(short(&format!("{states:?}")));
    states.iter().map(|(group, states)| (*group, name(states))).collect()
}

pub(crate) fn bucket(id: &str) -> u16 {
    let hash = short(id);
    u16::from_be_bytes([hash[0], hash[1]]) % BUCKETS
}

pub(crate) fn hex(bytes: [u8; 5]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_and_other_editions_start_over() {
        for text in
            ["", "{}", "null", r#"{"edition":0}"#, r#"{"edition":2}"#, r#"{"edition":1,"round":{"x":1}}"#]
        {
            let read = Position::read(Some(&Cursor::new(text)));
            assert!(matches!(read, Err(Error::StartOver { .. })), "{text}");
        }
        let start = Position::read(None).unwrap();
        assert_eq!(Position::read(Some(&start.cursor().unwrap())).unwrap(), start);
    }

    #[test]
    fn a_cursor_stays_small() {
        let mut position = Position::read(None).unwrap();
        let mut catalogue = Catalogue::default();
        for number in 0..200_000_u32 {
            let id = number.to_string();
            let modified = Some(Timestamp::from_millis(1_700_000_000_000 + i64::from(number)));
            catalogue
                .entries
                .insert(id.clone(), Entry { id: id.clone(), modified, version: 1, ..Entry::default() });
            position.includes(&id, BTreeSet::from(["1".to_owned()]));
        }
        let all: BTreeMap<u16, String> = (0..BUCKETS).map(|group| (group, "0123456789".to_owned())).collect();
        position.round = Some(Round::Sweep { began: 1, after: None, done: all.clone() });
        assert!(position.cursor().unwrap().as_str().len() < 300_000);
        position.finish(1, Timestamp::OPEN, all.clone(), &all, &catalogue);
        assert!(position.cursor().unwrap().as_str().len() < 400_000);
    }
}
