//! The key to every read: tenant, readers, assurance, purpose and moment.
//!
//! There is no way to search without a [`Scope`]; its fields are private and its constructors ask for all of
//! them. A read is checked twice with the same rules: [`Scope::reach`] becomes the filter of the index, and
//! [`Scope::allows`] is asked again when a chunk is loaded.
//!
//! ```
//! use domain::{TenantId, Timestamp};
//! use identity::{Purpose, Reader, Scope};
//! # fn main() -> Result<(), identity::scope::Error> {
//! # let now = Timestamp::from_millis(0);
//! let scope = Scope::live(TenantId::derive("acme"), vec![Reader::anonymous()], Purpose::Auto, now)?;
//! assert!(scope.reach().subjects.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! No scope without somebody who reads:
//!
//! ```compile_fail,E0061
//! use domain::{TenantId, Timestamp};
//! use identity::{Purpose, Scope};
//! # let now = Timestamp::from_millis(0);
//! let scope = Scope::live(TenantId::derive("acme"), Purpose::Auto, now);
//! ```
//!
//! None made by hand, none by default, and none read from outside:
//!
//! ```compile_fail,E0451
//! fn widened(scope: identity::Scope) -> identity::Scope {
//!     identity::Scope { without: None, ..scope }
//! }
//! ```
//!
//! ```compile_fail,E0277
//! fn made<T: Default>() -> T { T::default() }
//! let scope: identity::Scope = made();
//! ```
//!
//! ```compile_fail,E0277
//! fn read<T: serde::de::DeserializeOwned>() {}
//! read::<identity::Scope>();
//! ```
//!
//! And a live scope cannot be moved in time, only [replayed](Scope::replayed):
//!
//! ```compile_fail,E0616
//! fn back(mut scope: identity::Scope, then: domain::Timestamp) {
//!     scope.articles_at = then;
//! }
//! ```

use std::collections::BTreeSet;

use domain::{Chunk, CompanyId, ConversationId, PersonId, SubjectId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::assurance::Assurance;

mod reach;
#[cfg(test)]
mod tests;

pub use reach::Reach;

/// Identities, and the companies that they provably belong to, at the moment of the question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identities {
    /// The identities.
    pub subjects: BTreeSet<SubjectId>,
    /// Their companies.
    pub companies: BTreeSet<CompanyId>,
}

impl Identities {
    fn add(&mut self, other: &Self) {
        self.subjects.extend(&other.subjects);
        self.companies.extend(&other.companies);
    }
}

/// One who will read what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// A customer: a contact of the conversation, or a recipient of the newest mail.
    Customer {
        /// The person, where known.
        person: Option<PersonId>,
        /// The account that reads: what a proof is a proof of. Its history may be told to it.
        account: Identities,
        /// Everything the ledger gives this person. What is not the account's was joined to it by an address
        /// that anybody can type, or by a merge: agents may look at it, no reply is ever made of it.
        whole: Identities,
        /// How sure we are that it is the account.
        assurance: Assurance,
    },
    /// Somebody who answers for the tenant.
    Agent {
        /// The customers the agent is dealing with; nobody else's history is shown.
        about: Identities,
    },
}

impl Reader {
    /// Returns a customer of whom nothing is known.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::Customer {
            person: None,
            account: Identities::default(),
            whole: Identities::default(),
            assurance: Assurance::Anonymous,
        }
    }
}

/// What the result of a read is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A reply that nobody looks at before it is sent.
    Auto,
    /// A draft that an agent may paste whole.
    Draft,
    /// Something an agent looks at and does not send.
    Lookup,
}

/// What a replayed question may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// Everything as it was known at that moment.
    Strict,
    /// Today's articles; past conversations as they were known at that moment.
    Current,
    /// Everything as of now, the question's own answer included. Only to show what leakage is worth.
    None,
}

impl Mask {
    /// Returns the name as commands and reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Current => "current",
            Self::None => "none",
        }
    }
}

/// As what learned answers count that nobody has approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learned {
    /// For agents only, as live.
    #[default]
    Internal,
    /// As if a person had approved them all: an assumption of a simulation, stated in its report.
    Public,
}

/// Who reads, how sure we are, what for, and what was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    tenant: TenantId,
    readers: Vec<Reader>,
    purpose: Purpose,
    /// When the question was asked, whatever may be known.
    asked_at: Timestamp,
    /// Articles count in their state at this moment.
    articles_at: Timestamp,
    /// Histories and learned answers count in their state at this moment.
    conversations_at: Timestamp,
    /// The conversation being replayed, of which nothing may be seen.
    without: Option<ConversationId>,
    learned: Learned,
    /// Whether it stands for a moment that is past.
    is_replay: bool,
}

/// Why no scope can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody reads.
    #[error("a scope needs at least one reader")]
    NoReader,
}

impl Scope {
    /// Makes the scope of a live question, at the moment `now`.
    ///
    /// # Errors
    /// Fails when nobody reads.
    pub fn live(
        tenant: TenantId,
        readers: Vec<Reader>,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Self, Error> {
        if readers.is_empty() {
            return Err(Error::NoReader);
        }
        Ok(Self {
            tenant,
            readers,
            purpose,
            asked_at: now,
            articles_at: now,
            conversations_at: now,
            without: None,
            learned: Learned::Internal,
            is_replay: false,
        })
    }

    /// Turns a live scope into that of a replayed question: under [`Mask::Strict`] and [`Mask::Current`] it
    /// knows nothing of `conversation`, and of other conversations only what was known *before* `at`.
    ///
    /// No replay knows more than the scope it was made from: not of the future, and not what an earlier
    /// replay had hidden.
    #[must_use]
    pub fn replayed(
        self,
        at: Timestamp,
        mask: Mask,
        conversation: Option<ConversationId>,
        learned: Learned,
    ) -> Self {
        let before = at.plus_millis(-1);
        let (articles_at, conversations_at, hidden) = match mask {
            Mask::Strict => (before, before, conversation),
            Mask::Current => (self.articles_at, before, conversation),
            Mask::None => (self.articles_at, self.conversations_at, None),
        };
        Self {
            asked_at: at.min(self.asked_at),
            articles_at: articles_at.min(self.articles_at),
            conversations_at: conversations_at.min(self.conversations_at),
            without: hidden.or(self.without),
            learned,
            is_replay: true,
            ..self
        }
    }

    /// Returns the scope in which the agent who handles the same question looks for what only agents may
    /// know: same tenant and moment, about the same customers with all that was ever joined to them.
    #[must_use]
    pub fn for_agent(&self) -> Self {
        let mut about = Identities::default();
        for reader in &self.readers {
            match reader {
                Reader::Customer { account, whole, assurance, .. } if *assurance > Assurance::Anonymous => {
                    about.add(account);
                    about.add(whole);
                }
                Reader::Customer { .. } => {}
                Reader::Agent { about: others } => about.add(others),
            }
        }
        Self { readers: vec![Reader::Agent { about }], purpose: Purpose::Lookup, ..self.clone() }
    }

    /// Returns the tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Returns who reads.
    #[must_use]
    pub fn readers(&self) -> &[Reader] {
        &self.readers
    }

    /// Returns what the result is for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Returns the moment of the question: the present live, and that of the replayed question under every mask.
    #[must_use]
    pub fn asked_at(&self) -> Timestamp {
        self.asked_at
    }

    /// Returns the moment at which histories and learned answers are seen.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.conversations_at
    }

    /// Returns the moment at which articles are seen.
    #[must_use]
    pub fn articles_at(&self) -> Timestamp {
        self.articles_at
    }

    /// Reports whether the question is replayed: then nothing outside may be asked, which knows the present alone.
    #[must_use]
    pub fn is_replay(&self) -> bool {
        self.is_replay
    }

    /// Returns the one account that reads and has proven to be that account, where nobody else reads and what is
    /// found is for an answer: the only reader to whom facts about it may be told.
    #[must_use]
    pub fn proven_account(&self) -> Option<&Identities> {
        match self.readers.as_slice() {
            [Reader::Customer { account, assurance: Assurance::Verified, .. }]
                if self.purpose != Purpose::Lookup && !account.subjects.is_empty() =>
            {
                Some(account)
            }
            _ => None,
        }
    }

    /// Returns the lowest assurance among the customers who read; agents are always sure.
    #[must_use]
    pub fn assurance(&self) -> Assurance {
        self.customers().map(|(_, assurance)| assurance).min().unwrap_or(Assurance::Verified)
    }

    fn customers(&self) -> impl Iterator<Item = (&Identities, Assurance)> {
        self.readers.iter().filter_map(|reader| match reader {
            Reader::Customer { account, assurance, .. } => Some((account, *assurance)),
            Reader::Agent { .. } => None,
        })
    }

    /// Returns what this scope allows. Evidence must be allowed for every reader: with several customers no
    /// person's evidence is, a company's only if all of them belong to it, and nothing but public text below
    /// [`Assurance::Verified`]. A customer is allowed what is the account's, and nothing else of the person.
    #[must_use]
    pub fn reach(&self) -> Reach {
        let mut reach = Reach {
            internal: false,
            learned: self.learned == Learned::Public,
            companies: BTreeSet::new(),
            subjects: BTreeSet::new(),
            articles_at: self.articles_at,
            conversations_at: self.conversations_at,
            without: self.without,
        };
        let customers: Vec<_> = self.customers().collect();
        if customers.is_empty() {
            reach.internal = true;
            reach.learned = true;
        }
        if self.assurance() < Assurance::Verified {
            return reach;
        }
        // What is somebody's own must be allowed to every reader, the agents among them included.
        let agents = self.readers.iter().filter_map(|reader| match reader {
            Reader::Agent { about } => Some(about),
            Reader::Customer { .. } => None,
        });
        let all: Vec<&Identities> = customers.iter().map(|(account, _)| *account).chain(agents).collect();
        reach.companies = intersection(all.iter().map(|one| &one.companies));
        if customers.len() <= 1 {
            reach.subjects = intersection(all.iter().map(|one| &one.subjects));
        }
        reach
    }

    /// Reports whether `chunk` may be seen: the second check, on what the store says now.
    #[must_use]
    pub fn allows(&self, chunk: &Chunk) -> bool {
        self.reach().allows(chunk)
    }
}

fn intersection<'a, T: Ord + Copy + 'a>(mut sets: impl Iterator<Item = &'a BTreeSet<T>>) -> BTreeSet<T> {
    let Some(first) = sets.next() else {
        return BTreeSet::new();
    };
    sets.fold(first.clone(), |common, set| common.intersection(set).copied().collect())
}
