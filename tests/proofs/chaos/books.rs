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
    /// When the last whole round began in which a document was not named as unreadable; the first of its tries, and
    /// the last one.
    looked: BTreeMap<String, (Timestamp, Timestamp)>,
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

    /// Notes that the try was whole; documents named as unreadable were not looked at. Returns how many rights it had
    /// to see taken away that no round before had.
    pub(super) fn whole(&mut self, now: Timestamp, named: &BTreeSet<String>) -> usize {
        let first = self.open.take().unwrap_or(now);
        for id in self.known.iter().filter(|id| !named.contains(*id)) {
            self.looked.insert(id.clone(), (first, now));
        }
        let lost = self.lost.iter().filter(|(key, _)| !named.contains(&key.0) && self.had.contains(*key));
        let new = lost.filter(|((id, viewer), since)| self.counted.insert((id.clone(), *viewer, **since)));
        new.count()
    }

    /// Returns since when somebody may not see a document that is found nevertheless, if a round has had to see it.
    pub(super) fn is_stale(
        &self,
        outside: &dyn Outside,
        (id, viewer): (&String, Viewer),
        spare: Duration,
    ) -> Option<Timestamp> {
        let (first, last) = *self.looked.get(id)?;
        let gone = self.gone.get(id).copied().filter(|since| last >= *since);
        let lost = self.lost.get(&(id.clone(), viewer)).copied().filter(|since| {
            let delay = outside.delay(*since);
            let delay = if delay.is_zero() { delay } else { delay + spare };
            first >= since.plus_millis(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX))
        });
        gone.or(lost)
    }
}
