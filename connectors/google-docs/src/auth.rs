//! Who we are to Google: a service account that acts for a user, or a user who has consented.

mod assertion;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use connector::{Error, Keyring, Secret};
use domain::Timestamp;
use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::client::{self, Connection, Failure, Reach};
use assertion::Signer;

/// A token is replaced so long before it ends, so that none ends on its way.
const SPARE: Duration = Duration::from_secs(120);
const LABEL: &str = "POST /token";
const MOST_BYTES: usize = 1 << 20;
/// Clocks that differ by more are worth a second try with Google's time.
const SKEW_MILLIS: i64 = 60_000;

/// As whom Google is read.
#[derive(Debug, Clone)]
pub enum Auth {
    /// A service account. With domain-wide delegation it acts for a user of the Workspace.
    ServiceAccount {
        /// The text of the key file that Google gave out, in JSON.
        key: Secret,
        /// The address of the user it acts for; without one it sees what was shared with itself.
        subject: Option<String>,
    },
    /// A user who consented.
    User {
        /// The id of the OAuth client.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
        /// Where the user's refresh token is kept.
        keyring: Arc<dyn Keyring>,
    },
}

enum Way {
    ServiceAccount(Box<Signer>),
    User { client_id: String, client_secret: Secret, keyring: Arc<dyn Keyring> },
}

/// Obtains access tokens and keeps the newest.
pub(crate) struct Tokens {
    way: Way,
    http: reqwest::Client,
    url: Url,
    reach: Reach,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    access: Option<(HeaderValue, Instant)>,
    /// By how much Google's clock is ahead of ours, in milliseconds, once it mattered.
    skew: i64,
}

impl Tokens {
    /// # Errors
    /// Fails when the key of the service account cannot be read or the OAuth client has no id.
    pub(crate) fn new(connection: &Connection, http: reqwest::Client) -> Result<Self, Error> {
        let url = connection.address(assertion::AUDIENCE, "token")?;
        let way = match &connection.auth {
            Auth::ServiceAccount { key, subject } => {
                Way::ServiceAccount(Box::new(Signer::read(key, subject.as_deref())?))
            }
            Auth::User { client_id, client_secret, keyring } => {
                if client_id.trim().is_empty() {
                    let what = "the id of the OAuth client is empty".to_owned();
                    return Err(Error::FixCredentials { what });
                }
                Way::User {
                    client_id: client_id.trim().to_owned(),
                    client_secret: client_secret.clone(),
                    keyring: Arc::clone(keyring),
                }
            }
        };
        Ok(Self { way, http, url, reach: connection.reach, kept: Mutex::default() })
    }

    /// Returns a token that counts for a while. Only one caller asks for a new one at a time.
    pub(crate) async fn access(&self, now: Timestamp) -> Result<HeaderValue, Failure> {
        let mut kept = self.kept.lock().await;
        if let Some((token, until)) = &kept.access
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let answer = match &self.way {
            Way::ServiceAccount(signer) => self.assert(signer, now, &mut kept.skew).await?,
            Way::User { client_id, client_secret, keyring } => {
                self.refresh(client_id, client_secret, keyring.as_ref()).await?
            }
        };
        let (token, lasts) = access_of(&answer)?;
        kept.access = Some((token.clone(), Instant::now() + lasts.saturating_sub(SPARE)));
        Ok(token)
    }

    /// Drops a token that Google has refused, unless a newer one is kept already.
    pub(crate) async fn forget(&self, token: &HeaderValue) {
        let mut kept = self.kept.lock().await;
        kept.access.take_if(|(newest, _)| newest == token);
    }

    async fn assert(&self, signer: &Signer, now: Timestamp, skew: &mut i64) -> Result<Value, Failure> {
        let mut is_second = false;
        loop {
            let assertion = signer.assertion(self.reach.scopes(), now.plus_millis(*skew))?;
            let form = [("grant_type", assertion::GRANT), ("assertion", assertion.reveal())];
            let (head, answer) = self.ask(&form).await?;
            if head.status.is_success() {
                return Ok(answer);
            }
            let ahead = head.date.map_or(0, |date| date.millis() - now.millis());
            let differs = (ahead - *skew).abs() > SKEW_MILLIS;
            if word(&answer) == "invalid_grant" && differs && !is_second {
                is_second = true;
                *skew = ahead;
                continue;
            }
            return Err(self.refused(&head, &answer));
        }
    }

    async fn refresh(
        &self,
        client_id: &str,
        client_secret: &Secret,
        keyring: &dyn Keyring,
    ) -> Result<Value, Failure> {
        let mut is_second = false;
        loop {
            let refresh = keyring.refresh_token().await?;
            let form = [
                ("grant_type", "refresh_token"),
                ("client_id", client_id),
                ("client_secret", client_secret.reveal()),
                ("refresh_token", refresh.reveal()),
            ];
            let (head, answer) = self.ask(&form).await?;
            if !head.status.is_success() {
                // Somebody else may have replaced the token between our reading and our use of it.
                let is_replaced = keyring.refresh_token().await? != refresh;
                if word(&answer) == "invalid_grant" && is_replaced && !is_second {
                    is_second = true;
                    continue;
                }
                return Err(self.refused(&head, &answer));
            }
            if let Some(new) = answer["refresh_token"].as_str().filter(|new| *new != refresh.reveal()) {
                let is_kept = keyring.replace(&refresh, &Secret::new(new)).await?;
                if !is_kept && !is_second {
                    is_second = true;
                    continue;
                }
            }
            return Ok(answer);
        }
    }

    async fn ask(&self, form: &[(&str, &str)]) -> Result<(client::Head, Value), Failure> {
        ask(&self.http, &self.url, form).await
    }

    fn refused(&self, head: &client::Head, answer: &Value) -> Failure {
        let what = match (word(answer), &self.way) {
            ("invalid_grant", Way::ServiceAccount(_)) => {
                "Google refuses the service account (`invalid_grant`): the key was deleted, the user it acts for does not exist, or the clock is wrong"
            }
            ("invalid_grant", Way::User { .. }) => {
                "Google no longer takes the refresh token (`invalid_grant`): it was revoked, not used for six months, or the app is in testing, where it ends after seven days; connect the account again"
            }
            ("unauthorized_client", _) => {
                "the service account may not act for this user (`unauthorized_client`): allow its client id and exactly the scopes of this connection in the Admin console, domain-wide delegation"
            }
            ("access_denied", _) => "an administrator does not allow this app (`access_denied`)",
            ("invalid_client", _) => {
                "Google does not know this OAuth client or its secret (`invalid_client`)"
            }
            ("invalid_scope", _) => "Google does not know a scope (`invalid_scope`)",
            _ if head.status == StatusCode::BAD_REQUEST || head.status == StatusCode::UNAUTHORIZED => {
                "Google gives out no access token for these credentials"
            }
            _ => {
                let body = answer.to_string();
                return Failure::answered(LABEL, head.status, body.as_bytes(), head.retry_after);
            }
        };
        Failure::refused(what)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Way::ServiceAccount(_) => "service account",
            Way::User { .. } => "user",
        })
    }
}

/// Posts a form to a token address and reads the answer, whatever its status.
pub(crate) async fn ask(
    http: &reqwest::Client,
    url: &Url,
    form: &[(&str, &str)],
) -> Result<(client::Head, Value), Failure> {
    let mut encoded = url.clone();
    encoded.query_pairs_mut().clear().extend_pairs(form);
    let body = encoded.query().unwrap_or_default().to_owned();
    let request =
        http.post(url.clone()).header("content-type", "application/x-www-form-urlencoded").body(body);
    let (head, bytes) = client::read(request, LABEL, MOST_BYTES).await?;
    Ok((head, serde_json::from_slice(&bytes).unwrap_or_default()))
}

/// Returns the word for an error of a token address.
pub(crate) fn word(answer: &Value) -> &str {
    answer["error"].as_str().unwrap_or_default()
}

fn access_of(answer: &Value) -> Result<(HeaderValue, Duration), Failure> {
    let token = answer["access_token"].as_str().filter(|token| !token.is_empty());
    let header = token.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok());
    let mut header = header.ok_or_else(|| Failure::unreadable(LABEL, "has no access token"))?;
    header.set_sensitive(true);
    let seconds = answer["expires_in"].as_u64().unwrap_or(300);
    Ok((header, Duration::from_secs(seconds)))
}
