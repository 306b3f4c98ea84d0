//! An account to ask about, and what is known of it.

use std::collections::BTreeMap;
use std::fmt;

use domain::Part;

/// The ids of one account.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Its id in the company's own product.
    pub user_id: Option<String>,
    /// Its id in the channel.
    pub contact_id: Option<String>,
}

impl Account {
    /// Returns the id of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        match name {
            "user_id" => self.user_id.as_deref(),
            "contact_id" => self.contact_id.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Debug for Account {
    /// Says which ids there are, not what they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account(user_id: {}, contact_id: {})", self.user_id.is_some(), self.contact_id.is_some())
    }
}

/// What an endpoint knows of an account.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Facts, in the order of the configured fields.
    pub facts: Vec<Fact>,
    /// For which articles the account is: its plan and the like.
    pub customer: BTreeMap<Part, String>,
}

impl Answer {
    /// Reports whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.customer.is_empty()
    }
}

impl fmt::Debug for Answer {
    /// Writes no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({:?}, {:?})", self.facts, self.customer.keys())
    }
}

/// One fact about an account.
#[derive(Clone, PartialEq, Eq)]
pub struct Fact {
    /// Which of the configured fields, from 0.
    pub field: usize,
    /// The value: one line, at most 200 characters, never empty.
    pub value: String,
}

impl fmt::Debug for Fact {
    /// Writes no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fact({}, {} bytes)", self.field, self.value.len())
    }
}
