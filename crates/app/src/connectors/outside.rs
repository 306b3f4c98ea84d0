//! Sources of knowledge that the configuration names.

use connector::Source;
use domain::Timestamp;
use serde::{Deserialize, Deserializer};

use super::{confluence, google};

/// A source of knowledge.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// The tenant for whom it is read.
    #[serde(default = "default_tenant")]
    pub tenant: String,
    /// What it is.
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind {
    Confluence(confluence::Config),
    Google(google::Config),
}

/// Who may see what a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Audience {
    Public,
    Internal,
    Company(String),
    LeaveOut,
}

/// What becomes of what only some people may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Limited {
    /// Agents may see it.
    #[default]
    Internal,
    /// It is not read.
    LeaveOut,
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        match (word.as_str(), word.split_once(':')) {
            ("public", _) => Ok(Self::Public),
            ("internal", _) => Ok(Self::Internal),
            ("leave_out", _) => Ok(Self::LeaveOut),
            (_, Some(("company", id))) if !id.is_empty() => Ok(Self::Company(id.to_owned())),
            _ => Err(serde::de::Error::custom(format!(
                "`{word}` is no audience; write `public`, `internal`, `company:ID` or `leave_out`"
            ))),
        }
    }
}

fn default_tenant() -> String {
    "default".to_owned()
}

pub(super) fn yes() -> bool {
    true
}

impl Config {
    /// Returns the word for what it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.kind {
            Kind::Confluence(_) => "confluence",
            Kind::Google(_) => "google",
        }
    }

    /// Builds the source; nothing is read from the outside yet.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub(crate) fn source(&self, now: Timestamp) -> anyhow::Result<Box<dyn Source>> {
        match &self.kind {
            Kind::Confluence(config) => config.source(now),
            Kind::Google(config) => config.source(now),
        }
    }
}
