//! From matches and ledger to links with the times in which they hold.

use std::collections::BTreeMap;

use domain::{PersonId, Timestamp};

use super::matching::Matches;
use super::{By, Link, SubjectFacts};
use crate::ledger::Join;

/// Two subjects, by position, that are one person between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Tie {
    from: Timestamp,
    by: By,
    one: usize,
    other: usize,
    to: Timestamp,
}

/// Returns the links of `facts`, which are sorted from the oldest subject to the newest; without `joins` only
/// those that make an account.
pub(super) fn links(facts: &[SubjectFacts], matches: &Matches, joins: Option<&[Join]>) -> Vec<Link> {
    let ties = ties(facts, matches, joins);
    let mut ends: Vec<Timestamp> = ties.iter().map(|tie| tie.to).filter(|to| !to.is_open()).collect();
    ends.sort_unstable();
    ends.dedup();

    let mut groups = Groups::new(facts, matches);
    let mut next = 0;
    for end in ends.into_iter().map(Some).chain([None]) {
        while let Some(tie) = ties.get(next).filter(|tie| end.is_none_or(|end| tie.from < end)) {
            groups.join(tie.one, tie.other, tie.from, tie.by);
            next += 1;
        }
        if let Some(end) = end {
            let holding = ties[..next].iter().filter(|tie| tie.to > end);
            groups.regroup(holding, end);
        }
    }
    groups.into_links()
}

/// Returns all ties between subjects that belong to somebody, in order of time.
fn ties(facts: &[SubjectFacts], matches: &Matches, joins: Option<&[Join]>) -> Vec<Tie> {
    let by_person: BTreeMap<PersonId, usize> = facts
        .iter()
        .enumerate()
        .filter(|(_, one)| !matches.apart.contains_key(&one.subject))
        .map(|(position, one)| (PersonId::of_subject(one.subject), position))
        .collect();
    let claims = if joins.is_some() { matches.claims.as_slice() } else { &[] };
    let joined = joins.unwrap_or_default().iter().filter_map(|join| {
        let [one, other] = join.people.map(|person| by_person.get(&person).copied());
        let (one, other) = (one?, other?);
        let from = join.from.max(facts[one].first_seen).max(facts[other].first_seen);
        let by = if join.by_source { By::SourceMerge } else { By::Merge };
        (from < join.to).then_some(Tie { from, by, one: one.min(other), other: one.max(other), to: join.to })
    });
    let matched = matches.accounts.iter().chain(claims).map(|found| Tie {
        from: found.from,
        by: found.by,
        one: found.one,
        other: found.other,
        to: Timestamp::OPEN,
    });
    let mut ties: Vec<Tie> = matched.chain(joined).collect();
    ties.sort_unstable();
    ties
}

/// Subjects in groups that change as time goes by. A group is named after its oldest subject, which is its
/// lowest position.
struct Groups<'a> {
    facts: &'a [SubjectFacts],
    /// The group of each subject; absent for those that stay apart.
    group: Vec<Option<usize>>,
    members: Vec<Vec<usize>>,
    /// The newest link of each subject: group, since when, by what.
    newest: Vec<(usize, Timestamp, By)>,
    links: Vec<Link>,
}

impl<'a> Groups<'a> {
    fn new(facts: &'a [SubjectFacts], matches: &Matches) -> Self {
        let alone = |position: usize| !matches.apart.contains_key(&facts[position].subject);
        Self {
            facts,
            group: (0..facts.len()).map(|position| alone(position).then_some(position)).collect(),
            members: (0..facts.len()).map(|position| vec![position]).collect(),
            newest: facts
                .iter()
                .enumerate()
                .map(|(position, one)| (position, one.first_seen, By::Itself))
                .collect(),
            links: Vec::new(),
        }
    }

    fn join(&mut self, one: usize, other: usize, at: Timestamp, by: By) {
        let (Some(one), Some(other)) = (self.group[one], self.group[other]) else {
            return;
        };
        if one == other {
            return;
        }
        let (older, younger) = (one.min(other), one.max(other));
        for member in std::mem::take(&mut self.members[younger]) {
            self.members[older].push(member);
            self.group[member] = Some(older);
            self.relink(member, older, at, by);
        }
    }

    /// Forms the groups anew from the ties that still hold at `at`.
    fn regroup<'t>(&mut self, holding: impl Iterator<Item = &'t Tie>, at: Timestamp) {
        let mut fresh = Self {
            facts: self.facts,
            group: self.group.iter().enumerate().map(|(position, group)| group.map(|_| position)).collect(),
            members: (0..self.facts.len()).map(|position| vec![position]).collect(),
            newest: std::mem::take(&mut self.newest),
            links: Vec::new(),
        };
        let before = fresh.newest.clone();
        for tie in holding {
            fresh.join(tie.one, tie.other, at, By::Undo);
        }
        // Joining wrote down steps on the way; only the outcome counts.
        fresh.newest = before;
        fresh.links = std::mem::take(&mut self.links);
        *self = fresh;
        for position in 0..self.facts.len() {
            if let Some(group) = self.group[position] {
                self.relink(position, group, at, By::Undo);
            }
        }
    }

    /// Ends the newest link of a subject at `at` and begins another, if its group has changed.
    fn relink(&mut self, position: usize, group: usize, at: Timestamp, by: By) {
        let (old, from, old_by) = self.newest[position];
        if old == group {
            return;
        }
        if from < at {
            self.links.push(self.link(position, old, from, at, old_by));
        }
        self.newest[position] = (group, from.max(at), by);
    }

    fn link(&self, position: usize, group: usize, from: Timestamp, to: Timestamp, by: By) -> Link {
        let person = PersonId::of_subject(self.facts[group].subject);
        Link { subject: self.facts[position].subject, person, from, to, by }
    }

    fn into_links(mut self) -> Vec<Link> {
        for position in 0..self.facts.len() {
            if let Some(group) = self.group[position] {
                let (_, from, by) = self.newest[position];
                self.links.push(self.link(position, group, from, Timestamp::OPEN, by));
            }
        }
        let mut links = self.links;
        links.sort_unstable_by_key(|link| (link.subject, link.from));
        links
    }
}
