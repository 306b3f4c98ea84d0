//! Connecting a workspace: with an access token of one's own, or by OAuth for others.
//!
//! Nothing is stored here. OAuth of Intercom knows no scopes in the address (they are ticked in the Developer
//! Hub), no refresh and no expiry.

use connector::{Error, Secret};
use reqwest::Url;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::client::{Client, Connection, Failure, Region, http};
use crate::wire::{Admin, loose};

/// Where people are asked whether they agree.
const AUTHORISE: &str = "https://app.intercom.com/oauth";

/// An app of the Developer Hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its public id.
    pub client_id: String,
    /// Its secret, which also signs notifications.
    pub client_secret: Secret,
}

/// A connected workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The workspace's id, by which notifications name it too.
    pub workspace: String,
    /// What people call it.
    pub name: String,
    /// Where it is hosted; absent when Intercom used a word that is not known.
    pub region: Option<Region>,
    /// Its time zone, such as `Europe/Dublin`.
    pub timezone: Option<String>,
    /// The teammate to whom the token belongs.
    pub teammate: Option<String>,
    /// Whether Messenger users must prove who they are, where Intercom says so.
    pub identity_verification: Option<bool>,
}

/// Returns the address to send somebody to who wants to connect a workspace. `state` must be random and kept
/// until the answer comes.
///
/// # Errors
/// Fails when `state` is empty or `redirect_uri` is not HTTPS.
pub fn authorise_url(app: &App, state: &str, redirect_uri: Option<&str>) -> Result<String, Error> {
    let wrong = |what: &str| Error::GiveUp { what: what.to_owned(), source: None };
    if state.is_empty() {
        return Err(wrong("`state` is empty; without it anybody could connect a workspace of theirs"));
    }
    if redirect_uri.is_some_and(|uri| !uri.starts_with("https://")) {
        return Err(wrong("`redirect_uri` must begin with `https://`"));
    }
    let parameters = [("client_id", app.client_id.as_str()), ("state", state)];
    let parameters = parameters.into_iter().chain(redirect_uri.map(|uri| ("redirect_uri", uri)));
    let url =
        Url::parse_with_params(AUTHORISE, parameters).map_err(|_| wrong("the address cannot be made"))?;
    Ok(url.into())
}

/// Reads the code from the query of the answer, after checking that it answers our own question.
///
/// # Errors
/// [`Error::FixCredentials`] when `state` is another or there is no code.
pub fn read_callback(query: &str, state: &str) -> Result<Secret, Error> {
    let refused = |what: &str| Error::FixCredentials { what: what.to_owned() };
    let query = query.trim_start_matches('?');
    let url =
        Url::parse(&format!("{AUTHORISE}?{query}")).map_err(|_| refused("the answer cannot be read"))?;
    let find = |wanted: &str| {
        url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    if state.is_empty() || find("state").as_deref() != Some(state) {
        return Err(refused("the answer has another `state` than the question; begin again"));
    }
    // A trailing `=` belongs to the code.
    find("code")
        .filter(|code| !code.is_empty())
        .map(|code| Secret::new(&code))
        .ok_or_else(|| refused("the answer has no `code`; the connection was not agreed to"))
}

/// Exchanges the code for an access token. `base_url` is for stand-ins; the US address serves all regions.
///
/// # Errors
/// [`Error::FixCredentials`] when code or app are refused, and any other kind.
pub async fn exchange(app: &App, code: &Secret, base_url: Option<&str>) -> Result<Secret, Error> {
    const LABEL: &str = "POST /auth/eagle/token";
    let base = base_url.unwrap_or(Region::Us.api()).trim_end_matches('/');
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let body = json!({
        "code": code.reveal(),
        "client_id": app.client_id,
        "client_secret": app.client_secret.reveal(),
    });
    let request = http(headers, Connection::TIMEOUT)?.post(format!("{base}/auth/eagle/token")).json(&body);
    let response = request.send().await.map_err(|error| Failure::unsent(LABEL, error))?;
    let status = response.status();
    let bytes = response.bytes().await.map_err(|error| Failure::broken(LABEL, error))?;
    if !status.is_success() {
        return Err(Failure::answered(LABEL, status, &bytes, None).into());
    }
    let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let token = ["access_token", "token"].iter().find_map(|name| answer.get(*name)?.as_str());
    token.map(Secret::new).ok_or_else(|| Failure::unreadable(LABEL, "has no token").into())
}

/// Asks whose a token is: the workspace, where it is hosted, the teammate.
///
/// # Errors
/// [`Error::FixCredentials`] when the token is refused, and any other kind.
pub async fn describe(connection: &Connection) -> Result<Installation, Error> {
    let admin = me(&Client::new(connection)?).await?;
    let app = admin.app.unwrap_or_default();
    let workspace = app.id_code.ok_or_else(|| Error::Malformed {
        what: "the answer of Intercom to `GET /me` names no workspace".to_owned(),
    })?;
    Ok(Installation {
        name: app.name.unwrap_or_else(|| workspace.clone()),
        workspace,
        region: app.region.as_deref().and_then(Region::from_word),
        timezone: app.timezone,
        teammate: admin.id,
        identity_verification: app.identity_verification.as_bool(),
    })
}

pub(crate) async fn me(client: &Client) -> Result<Admin, Error> {
    let answer = client.get(&["me"], &[]).await?;
    loose::as_object(answer).ok_or_else(|| Error::Malformed {
        what: "the answer of Intercom to `GET /me` is no object".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> App {
        App { client_id: "app-1".into(), client_secret: Secret::new("shh") }
    }

    #[test]
    fn the_question_carries_the_state() {
        let url = authorise_url(&app(), "a b&c", Some("https://x.example/back")).unwrap();
        assert_eq!(
            url,
            "https://app.intercom.com/oauth?client_id=app-1&state=a+b%26c&redirect_uri=https%3A%2F%2Fx.example%2Fback"
        );
        assert!(authorise_url(&app(), "", None).is_err());
        assert!(authorise_url(&app(), "s", Some("http://x.example")).is_err());
    }

    #[test]
    fn the_code_keeps_its_end_and_the_state_is_checked() {
        assert_eq!(read_callback("code=YWJj=&state=s1", "s1").unwrap().reveal(), "YWJj=");
        assert_eq!(read_callback("?state=s1&code=YWJj%3D%3D", "s1").unwrap().reveal(), "YWJj==");
        for query in ["code=x&state=other", "code=x", "state=s1", "state=s1&error=access_denied"] {
            assert!(matches!(read_callback(query, "s1"), Err(Error::FixCredentials { .. })), "{query}");
        }
        assert!(read_callback("code=x&state=", "").is_err());
    }
}
