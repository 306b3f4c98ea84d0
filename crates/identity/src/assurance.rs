//! How sure we are that a message was written by whom it claims.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod assess;
#[cfg(test)]
mod tests;

pub use assess::{
    AFFIRMED_DAYS, Begun, Limit, MessageFacts, Origin, PROBE_IS_FRESH_HOURS, Sender, StepUp, TenantIdentity,
    assess, limits,
};

/// How sure we are of an author. It belongs to one message, is frozen when the message arrives, and is never
/// raised by a later merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// Nothing is known, or what is known contradicts itself.
    #[default]
    Anonymous,
    /// Somebody says so: an e-mail address, a session without proof, anything imported.
    Claimed,
    /// Proven: a signed session under enforcement, or a step-up that we ran ourselves.
    Verified,
}

impl Assurance {
    /// Returns the name as commands and reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Claimed => "claimed",
            Self::Verified => "verified",
        }
    }
}

/// Returns the lowest of several assurances: one reader who is not sure makes all of them unsure. Of nobody
/// nothing is known.
#[must_use]
pub fn lowest(all: impl IntoIterator<Item = Assurance>) -> Assurance {
    all.into_iter().min().unwrap_or_default()
}

/// A text that names no assurance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no assurance; known are `anonymous`, `claimed` and `verified`")]
pub struct ParseError(String);

impl FromStr for Assurance {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        [Self::Anonymous, Self::Claimed, Self::Verified]
            .into_iter()
            .find(|assurance| assurance.name() == text)
            .ok_or_else(|| ParseError(text.to_owned()))
    }
}
