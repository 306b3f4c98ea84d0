//! What the cursor remembers: what was handed over, since when changes count, and how far a round is.

use std::collections::BTreeMap;

use connector::{Cursor, Error};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalogue::Kind;
use super::walk::{Gap, Walk};

/// Raised when the same workspace would give other records than before; older cursors start over.
const EDITION: u32 = 1;

/// Changes are asked for again so far back, in seconds: Intercom's search shows some only after minutes.
pub(super) const OVERLAP: i64 = 600;

/// Most things that are remembered as handed over lately; what is forgotten is handed over once more.
const MOST_SEEN: usize = 5_000;

/// A place in the changes of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    edition: u32,
    /// When the first import began, in seconds.
    pub(super) started: i64,
    /// What the buckets of articles and companies were like when they were handed over.
    #[serde(default)]
    pub(super) contents: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) contacts: Track,
    #[serde(default)]
    pub(super) conversations: Track,
    #[serde(default)]
    pub(super) tickets: Track,
    /// Conversations of which parts were missing, and how often they were asked for.
    #[serde(default)]
    pub(super) again: BTreeMap<String, u8>,
    /// How far the round is; absent between rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) round: Option<Step>,
}

/// Where a round is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Articles and companies, after a key.
    Contents { kind: Kind, after: Option<String>, read: u64 },
    /// Contacts, after a place in Intercom's list.
    Contacts { after: Option<String>, read: u64, tries: u8 },
    /// Conversations of which parts were missing, after an id.
    Again { after: Option<String> },
    /// Conversations.
    Conversations(Walk),
    /// Tickets.
    Tickets(Walk),
}

/// Since when changes of a kind count, and what of the time before was handed over already.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Track {
    /// The newest change that was handed over; absent before the first import is done.
    pub(super) since: Option<i64>,
    /// The newest change met in the running round.
    newest: i64,
    /// When each was changed, and a fingerprint of what it was like.
    seen: BTreeMap<String, (i64, String)>,
    /// Stretches of time that were not listed whole.
    pub(super) gaps: Vec<Gap>,
}

impl Track {
    /// Remembers a thing that is about to be handed over; false when it was, as it is, already.
    pub(super) fn take(&mut self, id: &str, changed: i64, fingerprint: String, started: i64) -> bool {
        let since = self.since.unwrap_or(started) - OVERLAP;
        self.newest = self.newest.max(changed);
        if changed < since {
            return self.since.is_none();
        }
        let value = (changed, fingerprint);
        self.seen.insert(id.to_owned(), value.clone()) != Some(value)
    }

    /// Ends a round: changes count from the newest one met, those of the overlap are remembered.
    pub(super) fn finish(&mut self, started: i64) {
        let since = match self.since {
            None => started,
            Some(since) => since.max(self.newest),
        };
        self.since = Some(since);
        self.seen.retain(|_, (changed, _)| *changed >= since - OVERLAP);
        if self.seen.len() > MOST_SEEN {
            let mut times: Vec<i64> = self.seen.values().map(|(changed, _)| *changed).collect();
            times.sort_unstable();
            let oldest = times[times.len() - MOST_SEEN];
            self.seen.retain(|_, (changed, _)| *changed >= oldest);
        }
    }
}

impl Position {
    /// Reads a cursor; the beginning of everything when there is none or an older edition wrote it.
    ///
    /// # Errors
    /// Fails when it is no cursor of this connector.
    pub(super) fn read(cursor: Option<&Cursor>, now: Timestamp) -> Result<Self, Error> {
        let start = Self {
            edition: EDITION,
            started: now.millis() / 1_000,
            contents: BTreeMap::new(),
            contacts: Track::default(),
            conversations: Track::default(),
            tickets: Track::default(),
            again: BTreeMap::new(),
            round: None,
        };
        let Some(cursor) = cursor else { return Ok(start) };
        #[derive(Deserialize)]
        struct Head {
            edition: u32,
        }
        let foreign = |_| Error::StartOver { what: "the cursor is not one of a workspace".to_owned() };
        let head: Head = serde_json::from_str(cursor.as_str()).map_err(foreign)?;
        if head.edition != EDITION {
            return Ok(start);
        }
        serde_json::from_str(cursor.as_str()).map_err(foreign)
    }

    /// Writes the cursor.
    pub(super) fn cursor(&self) -> Cursor {
        Cursor::new(serde_json::to_string(self).expect("maps with text keys can be written as JSON"))
    }

    /// Returns where a new round begins.
    pub(super) fn first() -> Step {
        Step::Contents { kind: Kind::Article, after: None, read: 0 }
    }
}

/// How far a round is, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What is being read: `articles`, `contacts`, `conversations`…
    pub what: &'static str,
    /// How many of it are read.
    pub read: u64,
    /// How many Intercom said there are, where it did.
    pub total: Option<u64>,
    /// Up to when it is read, where it is read in the order of time.
    pub up_to: Option<Timestamp>,
}

/// Reads from a cursor of this connector how far its round is; none between rounds.
#[must_use]
pub fn progress(cursor: &Cursor) -> Option<Progress> {
    let position: Position = serde_json::from_str(cursor.as_str()).ok()?;
    let simple = |what, read| Progress { what, read, total: None, up_to: None };
    let walk = |what, walk: &Walk| Progress {
        what,
        read: walk.read,
        total: walk.total,
        up_to: (walk.from > 0).then(|| crate::map::moment(walk.from)),
    };
    Some(match position.round? {
        Step::Contents { kind, read, .. } => simple(kind.name(), read),
        Step::Contacts { read, .. } => simple("contacts", read),
        Step::Again { .. } => simple("conversations", 0),
        Step::Conversations(walked) => walk("conversations", &walked),
        Step::Tickets(walked) => walk("tickets", &walked),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_handed_over_once() {
        let mut track = Track { since: Some(10_000), ..Track::default() };
        assert!(track.take("a", 9_900, "x".into(), 0));
        assert!(!track.take("a", 9_900, "x".into(), 0), "as it is, it was handed over");
        assert!(track.take("a", 9_900, "y".into(), 0), "another state within the same second");
        assert!(!track.take("b", 9_000, "x".into(), 0), "older than the overlap");
        track.finish(0);
        assert_eq!(track.since, Some(10_000));
        assert!(track.take("c", 12_000, "x".into(), 0));
        track.finish(0);
        assert_eq!((track.since, track.seen.len()), (Some(12_000), 1));
    }

    #[test]
    fn an_import_takes_everything_and_remembers_what_is_new() {
        let mut track = Track::default();
        assert!(track.take("old", 5, "x".into(), 10_000));
        assert!(track.take("new", 20_000, "x".into(), 10_000));
        track.finish(10_000);
        assert_eq!(track.since, Some(10_000), "changes count from the beginning of the import");
        assert!(!track.take("new", 20_000, "x".into(), 10_000));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut track = Track { since: Some(0), ..Track::default() };
        for number in 0..=i64::try_from(MOST_SEEN).unwrap() {
            track.take(&number.to_string(), 1_000_000 - number / 20, String::new(), 0);
        }
        track.finish(0);
        assert!(track.seen.len() <= MOST_SEEN + 20);
    }

    #[test]
    fn foreign_cursors_start_over() {
        let read = |text: &str| Position::read(Some(&Cursor::new(text)), Timestamp::MIN);
        assert!(matches!(read("x"), Err(Error::StartOver { .. })));
        assert!(matches!(read("{}"), Err(Error::StartOver { .. })));
        assert_eq!(read("{\"edition\": 0}").unwrap(), Position::read(None, Timestamp::MIN).unwrap());
        let position =
            Position { round: Some(Position::first()), ..Position::read(None, Timestamp::MIN).unwrap() };
        assert_eq!(read(position.cursor().as_str()).unwrap(), position);
    }
}
