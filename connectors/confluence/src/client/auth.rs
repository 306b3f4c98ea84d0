//! Keys: those that stay, and OAuth, whose refresh token is replaced with every use.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector::{Error, Keyring, Secret};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::failure::Failure;
use super::{Answered, ask};
use crate::config::Auth;

pub(crate) const AUTHORITY: &str = "https://auth.atlassian.com";
/// An access token is renewed so long before it ends.
const EARLY: Duration = Duration::from_secs(60);
/// How often a refresh token is read again that somebody else has replaced meanwhile.
const RACES: u32 = 3;

/// What proves who we are.
pub(super) enum Key {
    Fixed(HeaderValue),
    OAuth(Box<OAuth>),
}

pub(super) struct OAuth {
    shared: Arc<Shared>,
    /// Exchanges under way. They end even when whoever asked is gone: a new token that is not kept is lost.
    running: Mutex<JoinSet<()>>,
}

struct Shared {
    http: reqwest::Client,
    address: String,
    client_id: String,
    client_secret: Secret,
    keyring: Arc<dyn Keyring>,
    /// The running access token; the lock is held while it is exchanged, so that it happens once.
    access: tokio::sync::Mutex<Option<(HeaderValue, Instant)>>,
}

impl Key {
    /// Makes a key, and says whether it counts on the gateway.
    pub(super) fn new(auth: &Auth, http: &reqwest::Client) -> Result<(Self, bool), Error> {
        let fixed = |text: String| {
            let mut header = HeaderValue::from_str(&text).map_err(|_| Error::FixCredentials {
                what: "the key is no text that can be sent".to_owned(),
            })?;
            header.set_sensitive(true);
            Ok::<_, Error>(Self::Fixed(header))
        };
        let filled = |secret: &Secret| match secret.reveal().is_empty() {
            true => Err(Error::FixCredentials { what: "the key is empty".to_owned() }),
            false => Ok(()),
        };
        Ok(match auth {
            Auth::ApiToken { email, token } | Auth::ScopedToken { email, token } => {
                filled(token)?;
                let pair = STANDARD.encode(format!("{}:{}", email.trim(), token.reveal()));
                (fixed(format!("Basic {pair}"))?, matches!(auth, Auth::ScopedToken { .. }))
            }
            Auth::PersonalToken { token } => {
                filled(token)?;
                (fixed(format!("Bearer {}", token.reveal()))?, false)
            }
            Auth::OAuth { client_id, client_secret, keyring, address } => {
                filled(client_secret)?;
                let shared = Shared {
                    http: http.clone(),
                    address: address.as_deref().unwrap_or(AUTHORITY).trim_end_matches('/').to_owned(),
                    client_id: client_id.clone(),
                    client_secret: client_secret.clone(),
                    keyring: Arc::clone(keyring),
                    access: tokio::sync::Mutex::default(),
                };
                let oauth = OAuth { shared: Arc::new(shared), running: Mutex::default() };
                (Self::OAuth(Box::new(oauth)), true)
            }
        })
    }

    /// Returns the header to send, renewed when it is about to end.
    pub(super) async fn header(&self) -> Result<HeaderValue, Failure> {
        match self {
            Self::Fixed(header) => Ok(header.clone()),
            Self::OAuth(oauth) => Ok(oauth.header(None).await?),
        }
    }

    /// Replaces a key that was refused; false when nothing else can be tried.
    pub(super) async fn renew(&self, refused: &HeaderValue) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::OAuth(oauth) => oauth.header(Some(refused)).await.is_ok(),
        }
    }
}

impl OAuth {
    /// Returns an access token other than `refused`.
    async fn header(&self, refused: Option<&HeaderValue>) -> Result<HeaderValue, Error> {
        let (send, receive) = oneshot::channel();
        let (shared, refused) = (Arc::clone(&self.shared), refused.cloned());
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            while running.try_join_next().is_some() {}
            running.spawn(async move {
                // Whoever asked may be gone; the token is kept all the same.
                let _ = send.send(shared.access(refused).await);
            });
        }
        let gone =
            |_| Error::Unreachable { what: "the exchange of tokens was broken off".to_owned(), source: None };
        receive.await.map_err(gone)?
    }
}

impl Shared {
    async fn access(&self, refused: Option<HeaderValue>) -> Result<HeaderValue, Error> {
        let mut access = self.access.lock().await;
        if let Some((header, until)) = access.as_ref()
            && Instant::now() < *until
            && refused.as_ref() != Some(header)
        {
            return Ok(header.clone());
        }
        let mut last: Option<Secret> = None;
        for _ in 0..RACES {
            let old = self.keyring.refresh_token().await?;
            if last.as_ref() == Some(&old) {
                break;
            }
            let answer = match self.exchange(&old).await? {
                Some(answer) => answer,
                None => {
                    // Refused: perhaps another process has used it just now and keeps a newer one.
                    last = Some(old);
                    continue;
                }
            };
            let new = answer.refresh.unwrap_or_else(|| old.clone());
            if new != old && !self.keyring.replace(&old, &new).await? {
                continue;
            }
            let mut header =
                HeaderValue::from_str(&format!("Bearer {}", answer.access.reveal())).map_err(|_| {
                    Error::Malformed { what: "the new access token is no text that can be sent".to_owned() }
                })?;
            header.set_sensitive(true);
            *access = Some((header.clone(), Instant::now() + answer.lasts.saturating_sub(EARLY)));
            return Ok(header);
        }
        Err(Error::FixCredentials {
            what: "Atlassian refuses the refresh token; connect the account again".to_owned(),
        })
    }

    /// Exchanges a refresh token; nothing when it is refused.
    async fn exchange(&self, refresh: &Secret) -> Result<Option<Tokens>, Error> {
        let label = "POST /oauth/token";
        let body = serde_json::json!({
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret.reveal(),
            "refresh_token": refresh.reveal(),
        });
        let request = self.http.post(format!("{}/oauth/token", self.address)).json(&body);
        let Answered { status, wait, body: answer } = ask(request, label).await?;
        if matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Ok(None);
        }
        if !status.is_success() {
            return Err(Failure::answered(label, status, wait).into());
        }
        let text = |name: &str| answer[name].as_str().filter(|text| !text.is_empty()).map(Secret::new);
        let access = text("access_token").ok_or_else(|| Error::Malformed {
            what: "the exchange of tokens gave no access token".to_owned(),
        })?;
        let lasts = Duration::from_secs(answer["expires_in"].as_u64().unwrap_or(3_600).min(86_400));
        Ok(Some(Tokens { access, refresh: text("refresh_token"), lasts }))
    }
}

struct Tokens {
    access: Secret,
    refresh: Option<Secret>,
    lasts: Duration,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
