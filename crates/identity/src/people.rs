//! Which subjects are one person, since when, and which identifiers must not be matched by.
//!
//! [`People::link`] looks at a *closed group* of subjects: every subject that shares a
//! [bond](SubjectFacts::bonds) with one of the group, or that an entry of the ledger joins with one, belongs
//! to it. So a store calls it for the group that a change touched and replaces the links of that group; the
//! result is the same as if it had looked at everybody. The order of subjects and entries means nothing.
//!
//! Rules, strongest first:
//! 1. The same contact id is the same person, across sources only if the id is unique everywhere.
//! 2. The same `user_id` is the same person, unless it is shared by clearly different people. A contact that
//!    has carried several `user_id`s matches by none of them.
//! 3. The same e-mail address is the same person only if exactly one person has it: carried by two users, or
//!    under two clearly different full names, it is quarantined. Who carries addresses of two users matches
//!    by none, and no chain of addresses leads from one user to another.
//! 4. A telephone number or a name never matches; see [`crate::duplicates`].
//! 5. The ledger joins and parts people from the moment of its entries.
//!
//! A subject that shows several people in itself, or is named by a quarantined identifier, stays
//! [apart](Apart): it belongs to no person, so that nobody reads what is kept under it.
//!
//! Links say since when they were known. A quarantine counts for the past as well: it only ever takes away.

use std::collections::{BTreeMap, BTreeSet};

use domain::record::Role;
use domain::{CompanyId, PersonId, SubjectId, Timestamp};

use crate::customer::{Customer, NamedBy};
use crate::identifier::{Identifier, Kind};
use crate::ledger::{Entry, Ledger};

mod matching;
mod several;
mod since;
#[cfg(test)]
mod tests;
mod timeline;

pub use matching::{Apart, Quarantine};

/// What is known of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectFacts {
    /// The subject.
    pub subject: SubjectId,
    /// By what it is named.
    pub named_by: NamedBy,
    /// How far it has made itself known.
    pub role: Role,
    /// Its identifiers, each with the moment at which it was first seen with this subject.
    pub identifiers: BTreeMap<Identifier, Timestamp>,
    /// All names it was ever seen under.
    pub names: BTreeSet<String>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// The companies it belongs to.
    pub companies: BTreeSet<CompanyId>,
}

impl SubjectFacts {
    /// Returns what one sighting of a customer at `at` says.
    #[must_use]
    pub fn seen(
        subject: SubjectId,
        customer: &Customer,
        companies: BTreeSet<CompanyId>,
        at: Timestamp,
    ) -> Self {
        Self {
            subject,
            named_by: customer.subject.by(),
            role: customer.role,
            identifiers: customer.identifiers.iter().map(|identifier| (identifier.clone(), at)).collect(),
            names: customer.name.iter().cloned().collect(),
            first_seen: at,
            last_seen: at,
            companies,
        }
    }

    /// Takes in what else is known of the same subject. Neither order nor repetition matters; a role never
    /// goes backwards.
    ///
    /// # Panics
    /// Panics when `other` is about another subject.
    pub fn absorb(&mut self, other: Self) {
        assert_eq!(self.subject, other.subject, "facts of one subject belong together");
        self.named_by = self.named_by.min(other.named_by);
        self.role = self.role.max(other.role);
        for (identifier, at) in other.identifiers {
            let first = self.identifiers.entry(identifier).or_insert(at);
            *first = at.min(*first);
        }
        self.names.extend(other.names);
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.companies.extend(other.companies);
    }

    /// Returns the identifiers by which this subject can match another: what a store follows to find the
    /// closed group. Telephone numbers are not among them.
    pub fn bonds(&self) -> impl Iterator<Item = &Identifier> {
        self.identifiers
            .keys()
            .filter(|identifier| identifier.kind() != Kind::Phone && identifier.holds_across_sources())
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Identifier> {
        self.identifiers.keys().filter(move |identifier| identifier.kind() == kind)
    }
}

/// By what a subject came to its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// It stands for itself.
    Itself,
    /// The same contact id.
    ContactId,
    /// The same `user_id`.
    UserId,
    /// The same e-mail address.
    Email,
    /// An entry of the ledger that somebody approved.
    Merge,
    /// The source merged the contacts: an event, not proof.
    SourceMerge,
    /// An undo parted it from others.
    Undo,
}

impl By {
    /// Returns the name as the store and reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::ContactId => "contact_id",
            Self::UserId => "user_id",
            Self::Email => "email",
            Self::Merge => "merge",
            Self::SourceMerge => "source_merge",
            Self::Undo => "undo",
        }
    }
}

/// A subject belongs to a person between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The subject.
    pub subject: SubjectId,
    /// The person.
    pub person: PersonId,
    /// From when, inclusive.
    pub from: Timestamp,
    /// Until when, exclusive; [`Timestamp::OPEN`] for the newest link.
    pub to: Timestamp,
    /// What made it so at `from`.
    pub by: By,
}

impl Link {
    /// Reports whether it holds at `at`.
    #[must_use]
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.from <= at && (at < self.to || self.to.is_open())
    }
}

/// One human for one tenant, as known at the end of all facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id: that of its oldest subject.
    pub id: PersonId,
    /// The furthest that any of its subjects has made itself known.
    pub role: Role,
    /// Its subjects.
    pub subjects: BTreeSet<SubjectId>,
    /// The companies of its subjects.
    pub companies: BTreeSet<CompanyId>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
}

/// Who is who within a closed group of subjects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct People {
    links: Vec<Link>,
    accounts: Vec<Link>,
    persons: BTreeMap<PersonId, Person>,
    apart: BTreeMap<SubjectId, Apart>,
    quarantined: BTreeMap<Identifier, Quarantine>,
}

impl People {
    /// Links the subjects of a closed group. Facts of one subject may come in several pieces.
    #[must_use]
    pub fn link(group: &[SubjectFacts], entries: &[Entry]) -> Self {
        let facts = sorted(group);
        let ledger = Ledger::new(entries);
        let matches = matching::find(&facts, &ledger.detached());
        let links = timeline::links(&facts, &matches, Some(&ledger.joins()));
        let accounts = timeline::links(&facts, &matches, None);
        let mut persons: BTreeMap<PersonId, Person> = BTreeMap::new();
        let by_subject: BTreeMap<SubjectId, &SubjectFacts> =
            facts.iter().map(|one| (one.subject, one)).collect();
        for link in links.iter().filter(|link| link.to.is_open()) {
            let one = by_subject[&link.subject];
            let person = persons.entry(link.person).or_insert_with(|| Person {
                id: link.person,
                role: one.role,
                subjects: BTreeSet::new(),
                companies: BTreeSet::new(),
                first_seen: one.first_seen,
                last_seen: one.last_seen,
            });
            person.role = person.role.max(one.role);
            person.subjects.insert(one.subject);
            person.companies.extend(&one.companies);
            person.first_seen = person.first_seen.min(one.first_seen);
            person.last_seen = person.last_seen.max(one.last_seen);
        }
        Self { links, accounts, persons, apart: matches.apart, quarantined: matches.quarantined }
    }

    /// Returns all links, by subject and then by time. The links of one subject follow each other without
    /// gap from its first sighting on; a subject that stays apart has none.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Returns which subjects are one account: like [`People::links`], but by contact id and `user_id` alone,
    /// the person standing for the account. Text of another account of the same person was only claimed to
    /// be that person's, by an address that anybody can type or by a merge, and is no fact for an automatic
    /// reply.
    #[must_use]
    pub fn accounts(&self) -> &[Link] {
        &self.accounts
    }

    /// Returns the people as known at the end of all facts.
    #[must_use]
    pub fn persons(&self) -> &BTreeMap<PersonId, Person> {
        &self.persons
    }

    /// Returns the subjects that belong to no person, and why.
    #[must_use]
    pub fn apart(&self) -> &BTreeMap<SubjectId, Apart> {
        &self.apart
    }

    /// Returns the identifiers that must not be matched by, and why.
    #[must_use]
    pub fn quarantined(&self) -> &BTreeMap<Identifier, Quarantine> {
        &self.quarantined
    }

    /// Returns the person to whom `subject` belonged at `at`.
    #[must_use]
    pub fn person_at(&self, subject: SubjectId, at: Timestamp) -> Option<PersonId> {
        self.links.iter().find(|link| link.subject == subject && link.holds_at(at)).map(|link| link.person)
    }

    /// Returns the subjects that belonged to `person` at `at`.
    #[must_use]
    pub fn subjects_at(&self, person: PersonId, at: Timestamp) -> BTreeSet<SubjectId> {
        self.links
            .iter()
            .filter(|link| link.person == person && link.holds_at(at))
            .map(|link| link.subject)
            .collect()
    }
}

/// Returns one piece of facts for each subject, oldest first.
fn sorted(group: &[SubjectFacts]) -> Vec<SubjectFacts> {
    let mut by_subject: BTreeMap<SubjectId, SubjectFacts> = BTreeMap::new();
    for piece in group {
        match by_subject.get_mut(&piece.subject) {
            Some(known) => known.absorb(piece.clone()),
            None => {
                by_subject.insert(piece.subject, piece.clone());
            }
        }
    }
    let mut facts: Vec<SubjectFacts> = by_subject.into_values().collect();
    facts.sort_by_key(|one| (one.first_seen, one.subject));
    facts
}
