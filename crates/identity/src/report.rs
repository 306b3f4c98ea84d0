//! The identity report: how well customers are known, and what stands in the way.

use std::collections::{BTreeMap, BTreeSet};

use domain::record::Role;
use domain::{ConversationId, SubjectId, Timestamp};
use serde::Serialize;

use crate::assurance::Assurance;
use crate::customer::NamedBy;
use crate::duplicates;
use crate::identifier::{Kind, Rejected};
use crate::people::{People, SubjectFacts};

#[cfg(test)]
mod tests;

/// After how many days without a sign of life a lead is stale.
pub const STALE_LEAD_DAYS: i64 = 90;

const DAY_MS: i64 = 86_400_000;

/// What the report needs of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationFacts {
    /// Its id.
    pub conversation: ConversationId,
    /// The identity of its customer.
    pub subject: Option<SubjectId>,
    /// The highest assurance that a message of its customer had.
    pub assurance: Assurance,
    /// What its source stated about the customer and identifies nobody.
    pub rejected: Vec<(Kind, Rejected)>,
}

/// How many things there are of a kind, and how many conversations they touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Touched {
    /// How many.
    pub count: usize,
    /// How many conversations.
    pub conversations: usize,
}

/// How well customers are known. Shares are left to the reader of the counts: a share of nothing is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct IdentityReport {
    /// All conversations.
    pub conversations: usize,
    /// Conversations whose customer something identifies and that belong to a person.
    pub identified: usize,
    /// Conversations in which a message of the customer was proven.
    pub verified: usize,
    /// People, and the conversations that belong to them.
    pub people: Touched,
    /// Pairs of people who may be one, and the conversations of both.
    pub duplicates: Touched,
    /// Identifiers stated that identify nobody, and the conversations that stated one.
    pub placeholders: Touched,
    /// The same by reason.
    pub placeholders_by_reason: BTreeMap<Rejected, Touched>,
    /// `user_id`s that several people share, and the conversations of those who carry one.
    pub shared_ids: Touched,
    /// E-mail addresses that do not belong to exactly one person, and the conversations of those who carry one.
    pub shared_emails: Touched,
    /// Subjects that belong to no person, and their conversations.
    pub apart: Touched,
    /// People who never became more than a lead and have not been seen for [`STALE_LEAD_DAYS`].
    pub stale_leads: Touched,
}

impl IdentityReport {
    /// Counts, as of `now`. Conversations of subjects that `facts` does not know count as unidentified.
    #[must_use]
    pub fn count(
        facts: &[SubjectFacts],
        people: &People,
        conversations: &[ConversationFacts],
        now: Timestamp,
    ) -> Self {
        let conversations = Conversations::new(conversations);
        let identified: BTreeSet<SubjectId> = facts
            .iter()
            .filter(|one| !one.identifiers.is_empty() && !people.apart().contains_key(&one.subject))
            .map(|one| one.subject)
            .collect();
        let owned = people.persons().values().flat_map(|person| &person.subjects);
        let stale_before = now.plus_millis(-STALE_LEAD_DAYS * DAY_MS);
        let stale = people
            .persons()
            .values()
            .filter(|person| person.role == Role::Lead && person.last_seen < stale_before);
        let pairs = duplicates::find(facts, people);
        let paired =
            pairs.iter().flat_map(|pair| [pair.one, pair.other]).filter_map(|id| people.persons().get(&id));
        let (placeholders, placeholders_by_reason) = conversations.rejected();
        Self {
            conversations: conversations.all.len(),
            identified: conversations.of(&identified),
            verified: conversations.all.iter().filter(|one| one.assurance == Assurance::Verified).count(),
            people: Touched { count: people.persons().len(), conversations: conversations.of(owned) },
            duplicates: Touched {
                count: pairs.len(),
                conversations: conversations.of(paired.flat_map(|person| &person.subjects)),
            },
            placeholders,
            placeholders_by_reason,
            shared_ids: shared(Kind::UserId, facts, people, &conversations),
            shared_emails: shared(Kind::Email, facts, people, &conversations),
            apart: Touched {
                count: people.apart().len(),
                conversations: conversations.of(people.apart().keys()),
            },
            stale_leads: Touched {
                count: stale.clone().count(),
                conversations: conversations.of(stale.flat_map(|person| &person.subjects)),
            },
        }
    }
}

/// Counts the quarantined identifiers of a kind and the conversations of those who carry them. The addresses
/// of a shared id are left out: each may well be one person's, it is the id that is shared.
fn shared(kind: Kind, facts: &[SubjectFacts], people: &People, conversations: &Conversations<'_>) -> Touched {
    let mut identifiers = BTreeSet::new();
    let mut carriers = BTreeSet::new();
    for one in facts {
        let is_mixed = people.apart().contains_key(&one.subject) && one.named_by != NamedBy::Identifier(kind);
        if kind == Kind::Email && is_mixed {
            continue;
        }
        for identifier in one.of_kind(kind).filter(|one| people.quarantined().contains_key(*one)) {
            identifiers.insert(identifier);
            carriers.insert(&one.subject);
        }
    }
    Touched { count: identifiers.len(), conversations: conversations.of(carriers) }
}

struct Conversations<'a> {
    all: &'a [ConversationFacts],
    by_subject: BTreeMap<SubjectId, usize>,
}

impl<'a> Conversations<'a> {
    fn new(all: &'a [ConversationFacts]) -> Self {
        let mut by_subject = BTreeMap::new();
        for subject in all.iter().filter_map(|one| one.subject) {
            *by_subject.entry(subject).or_insert(0) += 1;
        }
        Self { all, by_subject }
    }

    /// Returns how many conversations the subjects had, each counted once.
    fn of<'s>(&self, subjects: impl IntoIterator<Item = &'s SubjectId>) -> usize {
        let subjects: BTreeSet<&SubjectId> = subjects.into_iter().collect();
        subjects.into_iter().filter_map(|subject| self.by_subject.get(subject)).sum()
    }

    fn rejected(&self) -> (Touched, BTreeMap<Rejected, Touched>) {
        let mut all = Touched::default();
        let mut by_reason: BTreeMap<Rejected, Touched> = BTreeMap::new();
        for one in self.all.iter().filter(|one| !one.rejected.is_empty()) {
            all.conversations += 1;
            all.count += one.rejected.len();
            let reasons: BTreeSet<Rejected> = one.rejected.iter().map(|(_, why)| *why).collect();
            for why in reasons {
                let touched = by_reason.entry(why).or_default();
                touched.conversations += 1;
                touched.count += one.rejected.iter().filter(|(_, other)| *other == why).count();
            }
        }
        (all, by_reason)
    }
}
