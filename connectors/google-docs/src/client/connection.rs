use std::time::Duration;

use connector::Error;
use domain::Timestamp;
use reqwest::Url;

use crate::auth::Auth;

/// What the access to Google covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Google Docs alone; the text of other files stays closed to us, even if somebody takes the token.
    Docs,
    /// Google Docs and the text of other files.
    DocsAndFiles,
}

impl Reach {
    /// Returns the scopes that have to be granted, the narrowest that do.
    #[must_use]
    pub fn scopes(self) -> &'static str {
        match self {
            Self::Docs => {
                "https://www.googleapis.com/auth/drive.metadata.readonly https://www.googleapis.com/auth/documents.readonly"
            }
            Self::DocsAndFiles => "https://www.googleapis.com/auth/drive.readonly",
        }
    }
}

/// How many calls, and how often again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls to Drive in any minute; Google allows a user 12,000.
    pub drive_per_minute: u32,
    /// Calls to Docs in any minute; Google allows a user 300 for reading.
    pub docs_per_minute: u32,
    /// How often a call is sent again inside the client before its caller is asked to come back later.
    pub retries: u32,
    /// The first wait before a call is sent again; each further one is twice as long, up to a minute.
    pub backoff: Duration,
}

impl Limits {
    /// The longest wait inside a call; a longer one is the caller's.
    pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(16);

    /// Returns the usual limits: what Google allows, less a tenth for others who read as the same user.
    #[must_use]
    pub fn usual() -> Self {
        Self { drive_per_minute: 10_800, docs_per_minute: 270, retries: 4, backoff: Duration::from_secs(1) }
    }
}

/// How to reach Google.
#[derive(Debug, Clone)]
pub struct Connection {
    /// As whom.
    pub auth: Auth,
    /// What the access covers.
    pub reach: Reach,
    /// One address in place of Google's several, for stand-ins.
    pub base_url: Option<String>,
    /// The present. Tokens are dated by the clock on the wall, and this crate has none.
    pub now: Timestamp,
    /// How long a call may take.
    pub timeout: Duration,
    /// How many calls, and how often again.
    pub limits: Limits,
}

impl Connection {
    /// How long a call usually may take; a long document takes Google a while.
    pub const TIMEOUT: Duration = Duration::from_secs(60);

    /// Returns the address of a service: Google's own, or what the stand-in has in its place.
    pub(crate) fn address(&self, google: &str, stand_in: &str) -> Result<Url, Error> {
        let address = match &self.base_url {
            Some(base) => format!("{}/{stand_in}", base.trim_end_matches('/')),
            None => google.to_owned(),
        };
        Url::parse(&address).ok().filter(|url| url.has_host()).ok_or_else(|| Error::GiveUp {
            what: format!("`{address}` is not an address of an API"),
            source: None,
        })
    }
}

/// Builds the HTTP client; redirects are not followed, because the token must not go elsewhere.
pub(crate) fn http(timeout: Duration) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeout / 3)
        .timeout(timeout)
        .build()
        .map_err(|error| Error::GiveUp {
            what: "the HTTP client cannot be built".to_owned(),
            source: Some(error.into()),
        })
}
