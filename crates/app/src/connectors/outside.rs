//! Sources of knowledge that the configuration names.

use std::sync::Arc;
use std::time::Duration;

use connector::{Keyring, Source};
use domain::Timestamp;
use llm::Secret;
use serde::{Deserialize, Deserializer};

use super::{confluence, google};

/// A source of knowledge.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// The tenant for whom it is read.
    #[serde(default = "default_tenant")]
    pub tenant: String,
    /// After how many minutes it is read anew; 0 for only when it is asked for.
    every_minutes: Option<u32>,
    /// What it is.
    #[serde(flatten)]
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Kind {
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

/// What opens a source beside its settings.
#[derive(Debug)]
pub(crate) struct Opens {
    /// A token, or the text of a key file; empty where the settings name it.
    pub(crate) token: Secret,
    /// The secret of an OAuth client; empty where the settings say it.
    pub(crate) client_secret: Secret,
    /// Where the refresh token of an OAuth account is kept.
    pub(crate) keyring: Arc<dyn Keyring>,
}

/// An app that was registered outside, through which an account gives its consent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OAuth {
    pub(super) client_id: String,
    /// Empty where it is kept sealed.
    #[serde(default = "no_secret")]
    pub(super) client_secret: Secret,
    /// Where the outside sends whoever gave consent; it is registered there, and need not answer.
    pub(super) redirect_uri: String,
    /// Another address of what gives out tokens, for a stand-in.
    #[serde(default)]
    pub(super) address: String,
}

impl OAuth {
    pub(super) fn secret(&self, kept: &Secret) -> connector::Secret {
        let own = self.client_secret.reveal();
        connector::Secret::new(if own.is_empty() { kept.reveal() } else { own })
    }
}

pub(super) fn no_secret() -> Secret {
    Secret::new("")
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

    /// Returns after how long it is read anew; none where that has to be asked for.
    #[must_use]
    pub fn every(&self) -> Option<Duration> {
        let usual = match &self.kind {
            Kind::Confluence(_) => 10,
            Kind::Google(_) => 5,
        };
        let minutes = self.every_minutes.unwrap_or(usual);
        (minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60))
    }

    /// Reports whether an account has to give its consent first.
    pub(crate) fn needs_consent(&self) -> bool {
        match &self.kind {
            Kind::Confluence(config) => config.oauth.is_some(),
            Kind::Google(config) => config.oauth.is_some(),
        }
    }

    /// Builds the source; nothing is read from the outside yet.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub(crate) fn source(&self, now: Timestamp, opens: &Opens) -> anyhow::Result<Box<dyn Source>> {
        match &self.kind {
            Kind::Confluence(config) => config.source(now, opens),
            Kind::Google(config) => config.source(now, opens),
        }
    }
}
