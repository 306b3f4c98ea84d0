//! Google Drive: how it is configured.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use connector::Source;
use domain::Timestamp;
use google_docs::{Auth, Connection, Limits, Outcome, Place, Reach, Restricted, Root, Rule, Shared};
use serde::Deserialize;

use super::outside::{Audience, Limited, OAuth, Opens, yes};

/// What is read of Drive, and as whom.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The key file of a service account. Empty with OAuth, and where its text is kept sealed.
    #[serde(default)]
    key_file: PathBuf,
    /// The app through which a user gave consent, in place of a service account.
    pub(super) oauth: Option<OAuth>,
    /// The address of the user it acts for; empty: itself.
    #[serde(default)]
    subject: String,
    /// `folder:ID`, `drive:ID` or `document:ID`.
    roots: Vec<String>,
    /// Whether files that are no Google Docs are read too; that needs a wider right.
    #[serde(default = "yes")]
    pub(super) files: bool,
    #[serde(default)]
    rules: Vec<RuleConfig>,
    /// What becomes of documents whose access is limited below the place of a rule.
    #[serde(default)]
    restricted: Limited,
    /// After how many minutes folders and their rights are looked at again.
    #[serde(default = "half_an_hour")]
    recheck_minutes: u32,
    /// Another address of the API, for a stand-in.
    #[serde(default)]
    pub(super) base_url: String,
}

/// Who may see what lies in a place, perhaps only where it is shared with a domain or a group.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleConfig {
    /// `folder:ID`, `drive:ID`, `document:ID`, or `anywhere`.
    place: String,
    shared_with_domain: Option<String>,
    shared_with_group: Option<String>,
    audience: Audience,
}

fn half_an_hour() -> u32 {
    30
}

impl Config {
    /// Builds the source; nothing is read yet but the key file.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub(super) fn source(&self, now: Timestamp, opens: &Opens) -> anyhow::Result<Box<dyn Source>> {
        let auth = match &self.oauth {
            Some(oauth) => Auth::User {
                client_id: oauth.client_id.clone(),
                client_secret: oauth.secret(&opens.client_secret),
                keyring: Arc::clone(&opens.keyring),
            },
            None => {
                let key = match self.key_file.as_os_str().is_empty() {
                    true => opens.token.reveal().to_owned(),
                    false => read_key(&self.key_file)?,
                };
                anyhow::ensure!(!key.is_empty(), "state `key_file`, or `oauth` for the account of a user");
                let subject = Some(self.subject.clone()).filter(|subject| !subject.is_empty());
                Auth::ServiceAccount { key: connector::Secret::new(&key), subject }
            }
        };
        let connection = Connection {
            auth,
            reach: self.reach(),
            base_url: Some(self.base_url.clone()).filter(|url| !url.is_empty()),
            now,
            timeout: Connection::TIMEOUT,
            limits: Limits::usual(),
        };
        let roots = self.roots.iter().map(|root| read_root(root)).collect::<anyhow::Result<_>>()?;
        let rules = self.rules.iter().map(RuleConfig::read).collect::<anyhow::Result<_>>()?;
        let source = google_docs::SourceConfig {
            rules,
            restricted: match self.restricted {
                Limited::Internal => Restricted::Internal,
                Limited::LeaveOut => Restricted::LeaveOut,
            },
            recheck: Duration::from_secs(u64::from(self.recheck_minutes) * 60),
            ..google_docs::SourceConfig::usual(roots)
        };
        Ok(google_docs::build(google_docs::Config { connection, source })?)
    }

    /// Returns which rights are asked for.
    pub(super) fn reach(&self) -> Reach {
        if self.files { Reach::DocsAndFiles } else { Reach::Docs }
    }
}

/// Reads the key file of a service account.
///
/// # Errors
/// Names the file that cannot be read.
pub(crate) fn read_key(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("`key_file`: `{}` cannot be read", file.display()))
}

fn read_root(text: &str) -> anyhow::Result<Root> {
    Ok(match text.split_once(':') {
        Some(("folder", id)) if !id.is_empty() => Root::Folder(id.to_owned()),
        Some(("drive", id)) if !id.is_empty() => Root::Drive(id.to_owned()),
        Some(("document", id)) if !id.is_empty() => Root::Document(id.to_owned()),
        _ => anyhow::bail!("`roots` has `{text}`; write `folder:ID`, `drive:ID` or `document:ID`"),
    })
}

impl RuleConfig {
    fn read(&self) -> anyhow::Result<Rule> {
        let place = match (self.place.as_str(), self.place.split_once(':')) {
            ("anywhere", _) => Place::Anywhere,
            (_, Some(("folder", id))) if !id.is_empty() => Place::Folder(id.to_owned()),
            (_, Some(("drive", id))) if !id.is_empty() => Place::Drive(id.to_owned()),
            (_, Some(("document", id))) if !id.is_empty() => Place::Document(id.to_owned()),
            (text, _) => {
                anyhow::bail!(
                    "a rule's `place` is `{text}`; write `folder:ID`, `drive:ID`, `document:ID` or `anywhere`"
                )
            }
        };
        let shared = match (&self.shared_with_domain, &self.shared_with_group) {
            (None, None) => None,
            (Some(domain), None) => Some(Shared::Domain(domain.clone())),
            (None, Some(group)) => Some(Shared::Group(group.clone())),
            _ => anyhow::bail!("a rule states `shared_with_domain` or `shared_with_group`, not both"),
        };
        let outcome = match &self.audience {
            Audience::Public => Outcome::Public,
            Audience::Internal => Outcome::Internal,
            Audience::Company(id) => Outcome::Company(id.clone()),
            Audience::LeaveOut => Outcome::LeaveOut,
        };
        Ok(Rule { place, shared, outcome })
    }
}
