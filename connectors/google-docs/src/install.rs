//! Obtaining the consent of one user: where to send them, and what to do with what they bring back.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector::{Error, Secret};
use reqwest::Url;

use crate::auth;
use crate::client::{Failure, Reach};

const CONSENT: &str = "https://accounts.google.com/o/oauth2/v2/auth";
const TOKEN: &str = "https://oauth2.googleapis.com/token";
const TIMEOUT: Duration = Duration::from_secs(30);

/// An OAuth client as it was registered at Google.
#[derive(Debug, Clone)]
pub struct App {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// Where Google sends the user back to; it has to be registered.
    pub redirect_uri: String,
    /// One address in place of Google's several, for stand-ins.
    pub base_url: Option<String>,
}

/// Returns where to send the user. `state` and `verifier` are random texts that the caller keeps for the way back;
/// the verifier has 43 to 128 characters. Consent is always asked for, because only then a refresh token comes.
#[must_use]
pub fn authorise_url(app: &App, reach: Reach, state: &str, verifier: &Secret) -> String {
    let challenge = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.reveal().as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    let pairs = [
        ("client_id", app.client_id.as_str()),
        ("redirect_uri", &app.redirect_uri),
        ("response_type", "code"),
        ("scope", reach.scopes()),
        ("access_type", "offline"),
        ("prompt", "consent"),
        ("state", state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let url = Url::parse_with_params(CONSENT, pairs).map(String::from);
    url.unwrap_or_else(|_| CONSENT.to_owned())
}

/// Exchanges the code that the user brought back for a refresh token, to be kept in a keyring.
///
/// # Errors
/// [`Error::FixCredentials`] when Google takes the code for used, too old or another app's, or gives no refresh
/// token; any other for what may pass.
pub async fn exchange(app: &App, code: &Secret, verifier: &Secret) -> Result<Secret, Error> {
    let address = match &app.base_url {
        Some(base) => format!("{}/token", base.trim_end_matches('/')),
        None => TOKEN.to_owned(),
    };
    let url = Url::parse(&address)
        .map_err(|_| Error::GiveUp { what: format!("`{address}` is not an address"), source: None })?;
    let http = crate::client::http(TIMEOUT)?;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("code_verifier", verifier.reveal()),
        ("client_id", &app.client_id),
        ("client_secret", app.client_secret.reveal()),
        ("redirect_uri", &app.redirect_uri),
    ];
    let (head, answer) = auth::ask(&http, &url, &form).await?;
    if !head.status.is_success() {
        return Err(match auth::word(&answer) {
            "invalid_grant" => Error::FixCredentials {
                what: "Google no longer takes the code (`invalid_grant`); begin the connection again"
                    .to_owned(),
            },
            "invalid_client" | "unauthorized_client" => Error::FixCredentials {
                what: "Google does not know this OAuth client or its secret".to_owned(),
            },
            _ => {
                let body = answer.to_string();
                Failure::answered("POST /token", head.status, body.as_bytes(), head.retry_after).into()
            }
        });
    }
    answer["refresh_token"].as_str().map(Secret::new).ok_or_else(|| Error::FixCredentials {
        what: "Google gave no refresh token; begin the connection again and give consent".to_owned(),
    })
}
