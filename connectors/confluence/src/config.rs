//! What to read, with which key, and who may see it.

use std::sync::Arc;
use std::time::Duration;

use connector::{Error, Keyring, Secret};
use domain::Timestamp;

use crate::rules::{Gives, Rule};

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which Confluence it is, and where.
    pub hosting: Hosting,
    /// How to prove who we are.
    pub auth: Auth,
    /// Keys of the spaces to read; `*` stands for any characters, as in `DOC*` or `*`.
    pub spaces: Vec<String>,
    /// Whether blog posts are read.
    pub blog_posts: bool,
    /// Whether comments are read, as a part of their page.
    pub comments: bool,
    /// Whether attachments are read, as documents of their own.
    pub attachments: Option<Attachments>,
    /// Who may see what; the first rule that fits decides, and what fits none is internal.
    pub rules: Vec<Rule>,
    /// What becomes of pages that only some people may read.
    pub restricted: Restricted,
    /// Whether what rules publish out of a space that not everybody may read in Confluence, without an account, is
    /// treated like a page that only some may read. Who may read a space counts then, and nothing else.
    pub strict_spaces: bool,
    /// The present; the connector has no clock of its own.
    pub now: Timestamp,
    /// How long a round may rely on the search for changes before everything is compared again. Restrictions,
    /// labels, moves and deletions are seen within this and the time between two rounds.
    pub sweep_every: Duration,
    /// The largest number of records on a page, 1 to 250.
    pub page_records: usize,
    /// How long a call may take.
    pub timeout: Duration,
    /// How long to wait before a call that failed by chance is sent again; twice as long each time.
    pub retry_wait: Duration,
}

/// Which Confluence it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosting {
    /// Confluence Cloud.
    Cloud {
        /// The site, such as `https://acme.atlassian.net`.
        site: String,
        /// The id of the site, needed where calls go through the gateway.
        cloud_id: Option<String>,
        /// Another gateway than `https://api.atlassian.com`, for stand-ins.
        gateway: Option<String>,
    },
    /// Confluence Data Center.
    DataCenter {
        /// Its address with the context path, such as `https://wiki.acme.example/confluence`.
        address: String,
    },
}

/// How to prove who we are.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Cloud: an API token without scopes, which counts on the site's own address.
    ApiToken {
        /// The e-mail address of the account.
        email: String,
        /// The token.
        token: Secret,
    },
    /// Cloud: an API token with scopes, which counts on the gateway; needs `cloud_id`.
    ScopedToken {
        /// The e-mail address of the account.
        email: String,
        /// The token.
        token: Secret,
    },
    /// Cloud: OAuth 2.0 (3LO), on the gateway; needs `cloud_id`. Every use of the refresh token replaces it.
    OAuth {
        /// The id of the app.
        client_id: String,
        /// The secret of the app.
        client_secret: Secret,
        /// Where the refresh token is kept.
        keyring: Arc<dyn Keyring>,
        /// Another address than `https://auth.atlassian.com`, for stand-ins.
        address: Option<String>,
    },
    /// Data Center: a personal access token.
    PersonalToken {
        /// The token.
        token: Secret,
    },
}

/// Which attachments are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachments {
    /// The largest file that is fetched, in bytes; larger ones are problems.
    pub max_bytes: u64,
}

/// What becomes of a page that only some people may read, by its own restrictions or those above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Restricted {
    /// Whatever the rules say, only agents may see it.
    Internal,
    /// It is not read.
    LeaveOut,
}

impl Config {
    /// Returns the usual configuration: pages and blog posts without comments, attachments up to 10 MiB,
    /// everything internal, restricted pages too, a full comparison every hour.
    #[must_use]
    pub fn usual(hosting: Hosting, auth: Auth, spaces: Vec<String>, now: Timestamp) -> Self {
        Self {
            hosting,
            auth,
            spaces,
            blog_posts: true,
            comments: false,
            attachments: Some(Attachments { max_bytes: 10 << 20 }),
            rules: Vec::new(),
            restricted: Restricted::Internal,
            strict_spaces: false,
            now,
            sweep_every: Duration::from_secs(3_600),
            page_records: 100,
            timeout: Duration::from_secs(60),
            retry_wait: Duration::from_secs(1),
        }
    }

    /// # Errors
    /// [`Error::GiveUp`] for what cannot be, with the key and what is allowed.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let give_up = |what: String| Err(Error::GiveUp { what, source: None });
        if !(1..=250).contains(&self.page_records) {
            return give_up(format!("`page_records` is {}; it must be 1 to 250", self.page_records));
        }
        if self.spaces.iter().all(|space| space.trim().is_empty()) {
            return give_up("`spaces` is empty; name keys of spaces, or `*` for all".to_owned());
        }
        match (&self.hosting, &self.auth) {
            (Hosting::Cloud { .. }, Auth::ApiToken { .. })
            | (Hosting::DataCenter { .. }, Auth::PersonalToken { .. })
            | (Hosting::Cloud { cloud_id: Some(_), .. }, Auth::ScopedToken { .. } | Auth::OAuth { .. }) => {
                Ok(())
            }
            (Hosting::Cloud { cloud_id: None, .. }, Auth::ScopedToken { .. } | Auth::OAuth { .. }) => {
                give_up("`cloud_id` is missing; this kind of key counts on the gateway alone".to_owned())
            }
            (Hosting::Cloud { .. }, Auth::PersonalToken { .. }) => give_up(
                "a personal access token is of Data Center; use an API token or OAuth on Cloud".to_owned(),
            ),
            (Hosting::DataCenter { .. }, _) => give_up(
                "Data Center is read with a personal access token; other keys are of Cloud".to_owned(),
            ),
        }
    }

    /// Reports whether a rule lets anybody but agents see something.
    pub(crate) fn publishes(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.gives, Gives::Public | Gives::Company(_)))
    }

    /// Reports whether a space is among those to read.
    pub(crate) fn chooses(&self, key: &str) -> bool {
        self.spaces.iter().any(|pattern| fits(pattern.trim(), key))
    }
}

/// Reports whether a key fits a pattern in which `*` stands for any characters; case does not matter.
pub(crate) fn fits(pattern: &str, key: &str) -> bool {
    let (pattern, key) = (pattern.to_lowercase(), key.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = key.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_choose_spaces() {
        for (pattern, key, expected) in [
            ("DOC", "doc", true),
            ("DOC", "DOCS", false),
            ("DOC*", "DOCS", true),
            ("*", "~ann", true),
            ("*x*y", "axbyy", true),
            ("a*a", "a", false),
            ("*b", "abc", false),
        ] {
            assert_eq!(fits(pattern, key), expected, "{pattern} {key}");
        }
    }
}
