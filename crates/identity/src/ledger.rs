//! The ledger of merges: who joined or parted which people, when and why.
//!
//! Entries are only ever added. What the ledger says *at a moment* follows from the entries up to and
//! including that moment and from nothing later: a merge counts from its own `at`, and until the `at` of
//! its undo. So a replayed question sees the people as the ledger gave them then, and a live one sees every
//! change at once. The order in which entries are handed over means nothing.
//!
//! The ledger speaks of people, but people change when more becomes known. An entry therefore holds on to
//! the subject that gave a person its id ([`PersonId::of_subject`]): "merge A into B" means "the people to
//! whom these two subjects belong at that moment are one".

use std::collections::{BTreeMap, BTreeSet};

use domain::{MergeId, PersonId, SourceId, SubjectId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::customer::SubjectName;
use crate::identifier::{Identifier, Kind, Rejected};

#[cfg(test)]
mod tests;

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: MergeId,
    /// When it was written, and from when it counts.
    pub at: Timestamp,
    /// Who did it: a member of the team, a source, a rule.
    pub by: String,
    /// Why, in words, with the event where there was one.
    pub why: String,
    /// What was changed.
    pub change: Change,
}

impl Entry {
    /// Returns the entry for a merge of contacts that `source` reports: an event, not proof. Reported again, it
    /// is the same entry.
    ///
    /// # Errors
    /// Fails when one of the two is no contact id.
    pub fn merged_at_source(
        source: SourceId,
        from: &str,
        into: &str,
        at: Timestamp,
    ) -> Result<Self, Rejected> {
        let subject = |id: &str| {
            let contact = Identifier::parse(Kind::ContactId, id)?;
            Ok(SubjectName::of_identifier(&contact).subject(source))
        };
        let (from, into) = (subject(from)?, subject(into)?);
        Ok(Self {
            id: MergeId::of_source(from, into),
            at,
            by: source.to_string(),
            why: "the source merged these contacts".to_owned(),
            change: Change::SourceMerge { from, into },
        })
    }
}

/// What an entry changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Somebody approved that two people are one. The older person's id stays.
    Merge {
        /// The person that joins.
        from: PersonId,
        /// The person that is joined.
        into: PersonId,
    },
    /// The source merged one contact into another: an event, not proof.
    SourceMerge {
        /// The contact that vanished there.
        from: SubjectId,
        /// The contact that stayed there.
        into: SubjectId,
    },
    /// Somebody found that a subject was matched wrongly: it no longer matches by its identifiers. Unlike a
    /// merge this counts for all moments, since a wrong match never was right.
    Detach {
        /// The subject.
        subject: SubjectId,
    },
    /// An earlier entry no longer counts. An undo can be undone.
    Undo {
        /// The earlier entry.
        of: MergeId,
    },
}

impl Change {
    /// Returns the people it speaks of, by the subjects that gave them their ids. A store finds the entries
    /// about a group of subjects by these.
    #[must_use]
    pub fn people(&self) -> Vec<PersonId> {
        match *self {
            Self::Merge { from, into } => vec![from, into],
            Self::SourceMerge { from, into } => vec![PersonId::of_subject(from), PersonId::of_subject(into)],
            Self::Detach { subject } => vec![PersonId::of_subject(subject)],
            Self::Undo { .. } => Vec::new(),
        }
    }
}

/// Two people that the ledger makes one between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Join {
    pub(crate) entry: MergeId,
    pub(crate) people: [PersonId; 2],
    pub(crate) by_source: bool,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// The entries, ready to be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger<'a> {
    entries: BTreeMap<MergeId, &'a Entry>,
    undone_by: BTreeMap<MergeId, BTreeSet<MergeId>>,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(entries: &'a [Entry]) -> Self {
        let mut ledger = Self::default();
        for entry in entries {
            // The same id twice is the same entry twice; should they differ, the choice is at least fixed.
            let kept = ledger.entries.entry(entry.id).or_insert(entry);
            *kept = (*kept).min(entry);
        }
        for (id, entry) in &ledger.entries {
            if let Change::Undo { of } = entry.change {
                ledger.undone_by.entry(of).or_default().insert(*id);
            }
        }
        ledger
    }

    /// Returns the entries that count at `at`, oldest first.
    pub(crate) fn active(&self, at: Timestamp) -> Vec<&'a Entry> {
        let mut active: Vec<&Entry> =
            self.entries.values().copied().filter(|entry| self.counts(entry, at, &mut Vec::new())).collect();
        active.sort_unstable();
        active.sort_by_key(|entry| (entry.at, entry.id));
        active
    }

    /// Reports whether `entry` counts at `at`: it was written by then, and no undo of it counts.
    fn counts(&self, entry: &Entry, at: Timestamp, path: &mut Vec<MergeId>) -> bool {
        // Entries that undo each other in a circle cannot come about; if handed over, they count for nothing.
        if entry.at > at || path.contains(&entry.id) {
            return false;
        }
        path.push(entry.id);
        let undone = self.undos(entry).any(|undo| self.counts(undo, at, path));
        path.pop();
        !undone
    }

    /// Returns the undos of an entry; what claims to be older than the entry is none.
    fn undos(&self, entry: &Entry) -> impl Iterator<Item = &'a Entry> {
        let at = entry.at;
        let ids = self.undone_by.get(&entry.id);
        ids.into_iter()
            .flatten()
            .filter_map(|id| self.entries.get(id).copied())
            .filter(move |undo| undo.at >= at)
    }

    /// Returns the moments at which an entry can begin or cease to count, oldest first.
    fn moments(&self, entry: &Entry) -> BTreeSet<Timestamp> {
        let mut moments = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![entry];
        while let Some(next) = open.pop() {
            if seen.insert(next.id) {
                moments.insert(next.at);
                open.extend(self.undos(next));
            }
        }
        moments
    }

    /// Returns all joins with the times in which they hold.
    pub(crate) fn joins(&self) -> Vec<Join> {
        let mut joins = Vec::new();
        for entry in self.entries.values() {
            let (people, by_source) = match entry.change {
                Change::Merge { from, into } => ([from, into], false),
                Change::SourceMerge { from, into } => {
                    ([PersonId::of_subject(from), PersonId::of_subject(into)], true)
                }
                Change::Detach { .. } | Change::Undo { .. } => continue,
            };
            let mut since = None;
            for moment in self.moments(entry) {
                let counts = self.counts(entry, moment, &mut Vec::new());
                match (since, counts) {
                    (None, true) => since = Some(moment),
                    (Some(from), false) => {
                        joins.push(Join { entry: entry.id, people, by_source, from, to: moment });
                        since = None;
                    }
                    _ => {}
                }
            }
            if let Some(from) = since {
                joins.push(Join { entry: entry.id, people, by_source, from, to: Timestamp::OPEN });
            }
        }
        joins
    }

    /// Returns the subjects that no longer match by their identifiers.
    pub(crate) fn detached(&self) -> BTreeSet<SubjectId> {
        let detaches = |entry: &&Entry| match entry.change {
            Change::Detach { subject } => Some(subject),
            _ => None,
        };
        self.active(Timestamp::OPEN).iter().filter_map(detaches).collect()
    }
}

/// Returns the entries that count at `at`, oldest first: written by then and not undone by then.
#[must_use]
pub fn active(entries: &[Entry], at: Timestamp) -> Vec<&Entry> {
    Ledger::new(entries).active(at)
}
