//! Who of the company, and which of its programs, may do what.

use std::fmt;
use std::str::FromStr;

/// What somebody of the company is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs the installation of the tenant.
    Owner,
    /// Decides what may be answered.
    Lead,
    /// Answers customers.
    Agent,
    /// Looks after personal data.
    Privacy,
    /// A program; it may do what its scopes say and nothing else.
    Integration,
}

/// Something that may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See live conversations, what was decided and what was written there.
    ReadConversations,
    /// Say what a draft was worth.
    RateDrafts,
    /// See the record of a decision.
    ReadTraces,
    /// See who is who.
    ReadPersons,
    /// Say that two people are one, and take it back.
    ApproveMerges,
    /// See where knowledge comes from and how fresh it is.
    ReadSources,
    /// See work that was given up.
    ReadDeadLetters,
    /// Have given-up work tried again.
    RetryDeadLetters,
    /// Press the emergency stop.
    PressStop,
    /// Lift the emergency stop.
    LiftStop,
    /// Choose how far a topic is automated, and confirm what somebody else chose.
    SetModes,
    /// Connect an account of an outside system.
    ConnectAccounts,
    /// Have tokens issued that prove who a customer is, and confirm it.
    IssueIdentity,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Lead, Self::Agent, Self::Privacy, Self::Integration];

    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Lead => "lead",
            Self::Agent => "agent",
            Self::Privacy => "privacy",
            Self::Integration => "integration",
        }
    }

    /// Reports whether the role alone allows something.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            // Nobody of the company needs a token that proves somebody to be a customer.
            Self::Owner => permission != P::IssueIdentity,
            Self::Lead => !matches!(permission, P::ConnectAccounts | P::IssueIdentity),
            Self::Agent => matches!(
                permission,
                P::ReadConversations
                    | P::RateDrafts
                    | P::ReadTraces
                    | P::ReadPersons
                    | P::ReadSources
                    | P::PressStop
            ),
            Self::Privacy => {
                matches!(
                    permission,
                    P::ReadTraces | P::ReadPersons | P::ApproveMerges | P::ReadSources | P::PressStop
                )
            }
            Self::Integration => false,
        }
    }
}

/// What a program may be allowed; people give it with `--scope`. It has nothing to do with
/// [`crate::Scope`], which says what a reader may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grant {
    /// Conversations and the records of decisions.
    Conversations,
    /// Who is who.
    Persons,
    /// Where knowledge comes from.
    Sources,
    /// Given-up work.
    Operations,
    /// Pressing the emergency stop; lifting it is for people.
    Stop,
    /// Tokens that prove who a customer is.
    Identity,
}

impl Grant {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Conversations, Self::Persons, Self::Sources, Self::Operations, Self::Stop, Self::Identity];

    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Persons => "persons",
            Self::Sources => "sources",
            Self::Operations => "operations",
            Self::Stop => "stop",
            Self::Identity => "identity",
        }
    }

    /// Reports whether it allows something.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Conversations => matches!(permission, P::ReadConversations | P::ReadTraces),
            Self::Persons => permission == P::ReadPersons,
            Self::Sources => permission == P::ReadSources,
            Self::Operations => matches!(permission, P::ReadDeadLetters | P::RetryDeadLetters),
            Self::Stop => permission == P::PressStop,
            Self::Identity => permission == P::IssueIdentity,
        }
    }
}

/// A word that names no role or scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {kind}; known are {known}")]
pub struct Unknown {
    word: String,
    kind: &'static str,
    known: String,
}

macro_rules! words {
    ($($type:ident = $kind:literal;)+) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $type {
            type Err = Unknown;

            fn from_str(word: &str) -> Result<Self, Unknown> {
                Self::ALL.into_iter().find(|one| one.name() == word).ok_or_else(|| Unknown {
                    word: word.to_owned(),
                    kind: $kind,
                    known: Self::ALL.map(Self::name).join(", "),
                })
            }
        }
    )+};
}

words! {
    Role = "role";
    Grant = "scope";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_what_its_scope_says_and_people_what_their_role_says() {
        assert!(!Role::Integration.may(Permission::ReadConversations));
        assert!(Grant::Identity.may(Permission::IssueIdentity));
        for role in Role::ALL {
            assert!(!role.may(Permission::IssueIdentity), "{role}: a person needs no such token");
        }
        for scope in Grant::ALL {
            assert!(!scope.may(Permission::LiftStop), "{scope}: lifting the stop is for people");
            assert!(!scope.may(Permission::RateDrafts), "{scope}: what helped is for people to say");
            assert!(!scope.may(Permission::ApproveMerges), "{scope}: who is one is for people to say");
        }
        assert!(Role::Agent.may(Permission::PressStop) && !Role::Agent.may(Permission::LiftStop));
    }

    #[test]
    fn an_unknown_word_lists_the_known_ones() {
        let error = "boss".parse::<Role>().unwrap_err().to_string();
        assert_eq!(error, "`boss` is no role; known are owner, lead, agent, privacy, integration");
        assert_eq!("stop".parse::<Grant>().unwrap(), Grant::Stop);
    }
}
