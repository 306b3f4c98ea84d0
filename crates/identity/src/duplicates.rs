//! Pairs of people who may be one: scored, with reasons, proposed and never merged silently.
//!
//! A name alone is never a reason: hundreds of people share one. A pair is only looked at when the two share
//! something rare (an e-mail address that cannot be matched by, a telephone number, nearly the same address,
//! a company or the digits in their addresses *and* the name).
//!
//! [`find`] looks at the people of a store, [`propose`] at the records of a file. A file holds more of each person
//! (a day of birth, a town) and more slips, and no person has approved anything in it yet; so its fields are
//! weighed by how much they say in that file: `columns` finds out what a column holds, `block` which records to
//! compare, `weigh` how strongly they speak for one person, `judge` whether that is enough, and `cluster` joins
//! records only where all of a group supports it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CompanyId, PersonId};

use self::compare::Likeness;
use crate::identifier::{Identifier, Kind};
use crate::names::Name;
use crate::people::{People, SubjectFacts};

mod block;
mod cluster;
mod columns;
mod compare;
mod date;
mod email;
mod judge;
mod linkage;
mod phrase;
mod record;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod weigh;

pub use linkage::{Proposal, Proposed, propose};
pub use table::{Row, Table, TableError};

/// Something that speaks for two people being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The same e-mail address, which is quarantined or was parted.
    SameEmail,
    /// The same telephone number.
    SamePhone,
    /// The same address but for dots, tags or the domain.
    NearlySameEmail,
    /// The same digits in their addresses, such as a year of birth.
    SameDigits,
    /// The same company.
    SameCompany,
    /// The same name, in whatever order and spelling.
    SameName,
    /// The same name but for a slip in a word.
    NearlySameName,
    /// Each has a `user_id`, and they are different: speaks against.
    DifferentUserIds,
    /// Clearly different names: speaks against.
    DifferentNames,
}

impl Reason {
    /// Returns the reason in words that a person reads.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::SameEmail => "the same e-mail address",
            Self::SamePhone => "the same telephone number",
            Self::NearlySameEmail => "the same e-mail address but for dots, tags or the domain",
            Self::SameDigits => "the same digits in their e-mail addresses",
            Self::SameCompany => "the same company",
            Self::SameName => "the same name",
            Self::NearlySameName => "nearly the same name",
            Self::DifferentUserIds => "but different user ids",
            Self::DifferentNames => "but clearly different names",
        }
    }

    /// Returns by what factor the reason multiplies the odds that the two are one. First guesses, to be
    /// replaced once people have approved and refused enough pairs.
    fn odds(self) -> f64 {
        match self {
            Self::SameEmail => 8.0,
            Self::SamePhone => 6.0,
            Self::NearlySameEmail => 5.0,
            Self::SameDigits => 3.0,
            Self::SameCompany => 2.0,
            Self::SameName => 6.0,
            Self::NearlySameName => 3.0,
            Self::DifferentUserIds => 0.25,
            Self::DifferentNames => 0.05,
        }
    }
}

/// Two people who may be one.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The one with the lower id.
    pub one: PersonId,
    /// The other.
    pub other: PersonId,
    /// How likely they are one, between 0 and 1; for sorting, not calibrated.
    pub score: f64,
    /// Why.
    pub reasons: BTreeSet<Reason>,
}

/// Pairs below this score are not worth a person's look.
const WORTH_A_LOOK: f64 = 0.5;

/// The odds that two people who share one rare thing are one, before any reason is weighed.
const PRIOR_ODDS: f64 = 0.25;

/// A block of more people than this says nothing about any two of them.
const LARGEST_BLOCK: usize = 20;

/// What is compared of one person.
#[derive(Debug, Default)]
struct Profile<'a> {
    identifiers: BTreeSet<&'a Identifier>,
    names: BTreeSet<Name>,
    companies: BTreeSet<CompanyId>,
}

/// Something rare that two people can share, under which they are looked up.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Block {
    Whole(Identifier),
    LocalPart(String),
    NameAndDigits(String, String),
    NameAndCompany(String, CompanyId),
}

/// Returns the pairs of people who may be one, likeliest first.
#[must_use]
pub fn find(facts: &[SubjectFacts], people: &People) -> Vec<Candidate> {
    let profiles = profiles(facts, people);
    let mut blocks: BTreeMap<Block, BTreeSet<PersonId>> = BTreeMap::new();
    for (person, profile) in &profiles {
        for block in profile.blocks() {
            blocks.entry(block).or_default().insert(*person);
        }
    }
    let mut pairs: BTreeSet<(PersonId, PersonId)> = BTreeSet::new();
    for block in blocks.into_values().filter(|block| block.len() <= LARGEST_BLOCK) {
        for one in &block {
            pairs.extend(block.range(one..).skip(1).map(|other| (*one, *other)));
        }
    }
    let mut candidates: Vec<Candidate> = pairs
        .into_iter()
        .map(|(one, other)| weigh((one, &profiles[&one]), (other, &profiles[&other])))
        .filter(|candidate| candidate.score >= WORTH_A_LOOK)
        .collect();
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then((a.one, a.other).cmp(&(b.one, b.other))));
    candidates
}

fn profiles<'a>(facts: &'a [SubjectFacts], people: &People) -> BTreeMap<PersonId, Profile<'a>> {
    let by_subject: BTreeMap<_, _> = facts.iter().map(|one| (one.subject, one)).collect();
    let mut profiles: BTreeMap<PersonId, Profile<'_>> = BTreeMap::new();
    for person in people.persons().values() {
        let profile = profiles.entry(person.id).or_default();
        for one in person.subjects.iter().filter_map(|subject| by_subject.get(subject)) {
            profile.identifiers.extend(one.identifiers.keys());
            profile.names.extend(one.names.iter().filter_map(|name| Name::read(name)));
            profile.companies.extend(&one.companies);
        }
    }
    profiles
}

impl Profile<'_> {
    fn of_kind(&self, kind: Kind) -> BTreeSet<&str> {
        self.identifiers.iter().filter(|one| one.kind() == kind).map(|one| one.value()).collect()
    }

    /// The parts of its addresses before the `@`, without tags and dots; short ones say too little.
    fn local_parts(&self) -> BTreeSet<String> {
        let bare = |local: &str| local.split('+').next().unwrap_or_default().replace(['.', '_', '-'], "");
        let parts = self.identifiers.iter().filter_map(|one| one.local_part()).map(bare);
        parts.filter(|part| part.chars().count() >= 6).collect()
    }

    /// The digits in its addresses; fewer than two say nothing.
    fn digits(&self) -> BTreeSet<String> {
        let digits = |local: &str| local.chars().filter(char::is_ascii_digit).collect::<String>();
        let all = self.identifiers.iter().filter_map(|one| one.local_part()).map(digits);
        all.filter(|digits| digits.len() >= 2).collect()
    }

    fn full_names(&self) -> BTreeSet<String> {
        self.names.iter().filter(|name| name.is_full()).map(Name::key).collect()
    }

    /// Word for word in alphabetical order, as many words, each the same or one slip apart.
    fn nearly_shares_a_name_with(&self, other: &Self) -> bool {
        let near = |one: &str, two: &str| compare::words(one, two) <= Likeness::Close;
        let nearly = |one: &String, two: &String| {
            one.split(' ').count() == two.split(' ').count()
                && one.split(' ').zip(two.split(' ')).all(|(one, two)| near(one, two))
        };
        let names = other.full_names();
        self.full_names().iter().any(|one| names.iter().any(|two| nearly(one, two)))
    }

    fn blocks(&self) -> Vec<Block> {
        let whole = |one: &&&Identifier| matches!(one.kind(), Kind::Email | Kind::Phone);
        let mut blocks: Vec<Block> =
            self.identifiers.iter().filter(whole).map(|one| Block::Whole((*one).clone())).collect();
        blocks.extend(self.local_parts().into_iter().map(Block::LocalPart));
        for name in self.full_names() {
            blocks.extend(self.digits().into_iter().map(|digits| Block::NameAndDigits(name.clone(), digits)));
            blocks.extend(self.companies.iter().map(|company| Block::NameAndCompany(name.clone(), *company)));
        }
        blocks
    }
}

fn weigh(one: (PersonId, &Profile<'_>), other: (PersonId, &Profile<'_>)) -> Candidate {
    let (a, b) = (one.1, other.1);
    let share = |kind| !a.of_kind(kind).is_disjoint(&b.of_kind(kind));
    let same_email = share(Kind::Email);
    let same_name = !a.full_names().is_disjoint(&b.full_names());
    let user_ids = (a.of_kind(Kind::UserId), b.of_kind(Kind::UserId));
    let differ = |x: &Name| b.names.iter().all(|y| x.clearly_differs(y));
    let rules = [
        (same_email, Reason::SameEmail),
        (share(Kind::Phone), Reason::SamePhone),
        (!same_email && !a.local_parts().is_disjoint(&b.local_parts()), Reason::NearlySameEmail),
        (!same_email && !a.digits().is_disjoint(&b.digits()), Reason::SameDigits),
        (!a.companies.is_disjoint(&b.companies), Reason::SameCompany),
        (same_name, Reason::SameName),
        (!same_name && a.nearly_shares_a_name_with(b), Reason::NearlySameName),
        (
            !user_ids.0.is_empty() && !user_ids.1.is_empty() && user_ids.0.is_disjoint(&user_ids.1),
            Reason::DifferentUserIds,
        ),
        (!a.names.is_empty() && !b.names.is_empty() && a.names.iter().all(differ), Reason::DifferentNames),
    ];
    let reasons: BTreeSet<Reason> =
        rules.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect();
    let odds = reasons.iter().fold(PRIOR_ODDS, |odds, reason| odds * reason.odds());
    Candidate { one: one.0, other: other.0, score: odds / (1.0 + odds), reasons }
}
