//! Who lost which right when, and which round has had to see it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::Timestamp;

use crate::outside::{Outside, Viewer};

/// What is known of the documents of one system outside.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Every document that was ever to be read.
    known: BTreeSet<String>,
    /// What somebody could see at some time.
    had: BTreeSet<(String, Viewer)>,
    /// Since when somebody may not see a document.
    lost: BTreeMap<(String, Viewer), Timestamp>,
    /// Since when a document is not to be read at all.
    gone: BTreeMap<String, Timestamp>,
    /// When the round was begun that is not at its end.
    open: Option<Timestamp>,
    /// When the last whole round began: the first of its tries, and the last one.
    looked: Option<(Timestamp, Timestamp)>,
    /// When the last round began that could not see everything and had to look for a document by its own id.
    looked_for: BTreeMap<String, Timestamp>,
    counted: BTreeSet<(String, Viewer, Timestamp)>,
}

impl Books {
    /// Notes what is to be read now, and by whom.
    pub(super) fn look(&mut self, outside: &dyn Outside, now: Timestamp) {
        let truth = outside.truth();
        self.known.extend(truth.keys().cloned());
        for id in &self.known {
            let doc = truth.get(id);
            if doc.is_some() {
                self.gone.remove(id);
            } else {
                self.gone.entry(id.clone()).or_insert(now);
            }
            for viewer in Viewer::ALL {
                let key = (id.clone(), viewer);
                if doc.is_some_and(|doc| viewer.may_see(&doc.audience)) {
                    self.lost.remove(&key);
                    self.had.insert(key);
                } else {
                    self.lost.entry(key).or_insert(now);
                }
            }
        }
    }

    /// Reports whether a document was ever to be read here.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    /// Notes that a round is tried, whatever becomes of it.
    pub(super) fn try_from(&mut self, now: Timestamp) {
        self.open.get_or_insert(now);
    }

    /// Notes that the try was whole. Returns how many rights it had to see taken away that no round before had.
    pub(super) fn whole(&mut self, now: Timestamp) -> usize {
        self.looked = Some((self.open.take().unwrap_or(now), now));
        let lost = self.lost.iter().filter(|(key, _)| self.had.contains(*key));
        let new = lost.filter(|((id, viewer), since)| self.counted.insert((id.clone(), *viewer, **since)));
        new.count()
    }

    /// Notes that the try came to its end although it could not see everything, or was to ask a person. What was not
    /// there when it began was looked for by its own id.
    pub(super) fn partly(&mut self, now: Timestamp, absent: BTreeSet<String>) {
        self.looked_for.extend(absent.into_iter().map(|id| (id, now)));
    }

    /// Returns the documents that are known and not there.
    pub(super) fn absent(&self, outside: &dyn Outside) -> BTreeSet<String> {
        self.known.iter().filter(|id| !outside.is_there(id)).cloned().collect()
    }

    /// Returns since when somebody may not see a document that is found nevertheless, if a round has had to see it.
    pub(super) fn is_stale(
        &self,
        outside: &dyn Outside,
        (id, viewer): (&String, Viewer),
        spare: Duration,
    ) -> Option<Timestamp> {
        let last = self.looked.map(|(_, last)| last).max(self.looked_for.get(id).copied());
        let gone = self.gone.get(id).copied().filter(|since| last.is_some_and(|last| last >= *since));
        let lost = self.lost.get(&(id.clone(), viewer)).copied().filter(|since| {
            let delay = outside.delay(*since);
            let delay = if delay.is_zero() { delay } else { delay + spare };
            let due = since.plus_millis(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX));
            self.looked.is_some_and(|(first, _)| first >= due)
        });
        gone.or(lost)
    }
}
