//! Obtaining the consent of one user: where to send them, and what to do with what they bring back.

use std::collections::BTreeSet;
use std::time::Duration;

use connector::{Error, Secret};
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

use crate::client::{AUTHORITY, Answered, Failure, GATEWAY, ask, http};

/// What the calls of the connector need, all of it for reading, and a refresh token.
const SCOPES: &str = "read:page:confluence read:space:confluence read:folder:confluence read:label:confluence \
    search:confluence read:confluence-content.all read:confluence-content.permission \
    readonly:content.attachment:confluence read:attachment:confluence read:space.permission:confluence \
    read:confluence-user offline_access";
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often the sites are asked for: the code is used by then, and so would be lost.
const TRIES: u32 = 3;

/// An OAuth app as it was registered at Atlassian.
#[derive(Debug, Clone)]
pub struct App {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// Where Atlassian sends the user back to; it has to be registered.
    pub redirect_uri: String,
    /// Another address than `https://auth.atlassian.com`, for stand-ins.
    pub address: Option<String>,
    /// Another gateway than `https://api.atlassian.com`, for stand-ins.
    pub gateway: Option<String>,
}

/// What a user's consent gave.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The first refresh token, to be kept in a keyring.
    pub refresh_token: Secret,
    /// The sites with Confluence that may be read, at least one.
    pub sites: Vec<Site>,
}

/// A site that a user allows to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id on the gateway.
    pub cloud_id: String,
    /// Its address, such as `https://acme.atlassian.net`.
    pub url: String,
    /// Its name.
    pub name: String,
}

/// Returns where to send the user. `state` is a random text that the caller keeps for the way back. Consent is
/// always asked for, because with it the user chooses the site.
#[must_use]
pub fn authorise_url(app: &App, state: &str) -> String {
    let address = format!("{}/authorize", base(app.address.as_deref(), AUTHORITY));
    let pairs = [
        ("audience", "api.atlassian.com"),
        ("client_id", app.client_id.as_str()),
        ("scope", SCOPES),
        ("redirect_uri", &app.redirect_uri),
        ("state", state),
        ("response_type", "code"),
        ("prompt", "consent"),
    ];
    // A blank as `+` is of forms; a plus that is meant is written otherwise already.
    let url = Url::parse_with_params(&address, pairs).map(|url| url.as_str().replace('+', "%20"));
    url.unwrap_or(address)
}

/// Exchanges the code that the user brought back for a refresh token, and asks which sites it opens.
///
/// # Errors
/// [`Error::FixCredentials`] when Atlassian takes the code for used, too old or another app's, does not know the
/// app, gives no refresh token, or opens no site with Confluence; any other for what may pass. A code is used up
/// by the first call, so after an error the connection begins again.
pub async fn exchange(app: &App, code: &Secret) -> Result<Granted, Error> {
    let label = "POST /oauth/token";
    let http = http(TIMEOUT)?;
    let url = address(base(app.address.as_deref(), AUTHORITY), "oauth/token")?;
    let body = json!({
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.client_secret.reveal(),
        "code": code.reveal(),
        "redirect_uri": app.redirect_uri,
    });
    let answered = ask(http.post(url).json(&body), label).await?;
    if !answered.status.is_success() {
        return Err(refused(&answered, label));
    }
    let token = |name: &str| answered.body[name].as_str().filter(|text| !text.is_empty()).map(Secret::new);
    let access = token("access_token").ok_or_else(|| Error::Malformed {
        what: "the exchange of the code gave no access token; begin the connection again".to_owned(),
    })?;
    let refresh_token = token("refresh_token").ok_or_else(|| Error::FixCredentials {
        what: "Atlassian gave no refresh token; let the app ask for `offline_access` and begin the connection again"
            .to_owned(),
    })?;
    let sites = sites(app, &http, &access).await?;
    if sites.is_empty() {
        return Err(Error::FixCredentials {
            what: "no site with Confluence was allowed; begin the connection again as somebody who uses Confluence, and choose the site"
                .to_owned(),
        });
    }
    Ok(Granted { refresh_token, sites })
}

/// Says what a refused exchange means, by the word that Atlassian has for it.
fn refused(answered: &Answered, label: &str) -> Error {
    let word = answered.body["error"].as_str().unwrap_or_default();
    let what = match (word, answered.status) {
        ("invalid_grant", _) => {
            "Atlassian no longer takes the code (`invalid_grant`): it was used, is too old, or was given for another address to return to; begin the connection again"
        }
        ("invalid_client" | "unauthorized_client" | "access_denied", _) => {
            "Atlassian does not know this OAuth app or its secret; correct them and begin the connection again"
        }
        (_, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            "Atlassian refuses the exchange of the code; compare id, secret and the address to return to with those of the app, and begin the connection again"
        }
        _ => return Failure::answered(label, answered.status, answered.wait).into(),
    };
    Error::FixCredentials { what: what.to_owned() }
}

async fn sites(app: &App, http: &reqwest::Client, access: &Secret) -> Result<Vec<Site>, Error> {
    let label = "GET /oauth/token/accessible-resources";
    let url = address(base(app.gateway.as_deref(), GATEWAY), "oauth/token/accessible-resources")?;
    let mut tries = 0;
    loop {
        tries += 1;
        let request = http.get(url.clone()).bearer_auth(access.reveal());
        let failure = match ask(request, label).await {
            Ok(answered) if answered.status.is_success() => return read_sites(&answered.body),
            Ok(Answered { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, .. }) => {
                return Err(Error::FixCredentials {
                    what: "Atlassian does not say which sites were allowed; begin the connection again"
                        .to_owned(),
                });
            }
            Ok(answered) => Failure::answered(label, answered.status, answered.wait),
            Err(failure) => failure,
        };
        if tries == TRIES || !failure.is_by_chance() {
            return Err(failure.into());
        }
    }
}

/// Reads the sites on which something of Confluence is allowed; others belong to the rest of what Atlassian has.
fn read_sites(body: &Value) -> Result<Vec<Site>, Error> {
    let listed = body
        .as_array()
        .ok_or_else(|| Error::Malformed { what: "Atlassian's list of sites is no list".to_owned() })?;
    let is_confluence = |site: &&Value| {
        site["scopes"].as_array().is_none_or(|scopes| {
            scopes.iter().any(|scope| scope.as_str().is_some_and(|scope| scope.contains("confluence")))
        })
    };
    let mut met = BTreeSet::new();
    let sites = listed.iter().filter(is_confluence).filter_map(|site| {
        let text = |name: &str| site[name].as_str().map(str::trim).filter(|text| !text.is_empty());
        let is_plain = |id: &&str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let (id, url) = (text("id").filter(is_plain)?, text("url")?);
        let name = text("name").unwrap_or(url).to_owned();
        // A site is named once for each product.
        met.insert(id).then(|| Site { cloud_id: id.to_owned(), url: url.to_owned(), name })
    });
    Ok(sites.collect())
}

fn base<'a>(given: Option<&'a str>, usual: &'a str) -> &'a str {
    given.unwrap_or(usual).trim().trim_end_matches('/')
}

fn address(base: &str, path: &str) -> Result<Url, Error> {
    let address = format!("{base}/{path}");
    Url::parse(&address)
        .ok()
        .filter(Url::has_host)
        .ok_or_else(|| Error::GiveUp { what: format!("`{address}` is not an address"), source: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_those_with_confluence_once_each() {
        let body = json!([
            { "id": "a-1", "url": "https://a.example", "name": "A", "scopes": ["read:jira-work"] },
            { "id": "a-1", "url": "https://a.example", "name": "A", "scopes": ["search:confluence"] },
            { "id": "a-1", "url": "https://a.example", "name": "A", "scopes": ["read:page:confluence"] },
            { "id": "b/../c", "url": "https://b.example", "name": "B", "scopes": ["search:confluence"] },
            { "id": "c-1", "url": "https://c.example", "scopes": ["search:confluence"], "avatarUrl": "x" },
        ]);
        let sites = read_sites(&body).unwrap();
        let named: Vec<(&str, &str)> = sites.iter().map(|s| (s.cloud_id.as_str(), s.name.as_str())).collect();
        assert_eq!(named, [("a-1", "A"), ("c-1", "https://c.example")]);
        assert!(matches!(read_sites(&json!({ "code": 401 })), Err(Error::Malformed { .. })));
    }

    #[test]
    fn the_way_to_the_consent_asks_for_reading_alone() {
        let app = App {
            client_id: "id".to_owned(),
            client_secret: Secret::new("never-shown"),
            redirect_uri: "https://acme.example/back?a=1+2".to_owned(),
            address: None,
            gateway: None,
        };
        let url = authorise_url(&app, "state 1");
        assert!(url.starts_with("https://auth.atlassian.com/authorize?audience=api.atlassian.com&"), "{url}");
        for part in
            ["client_id=id", "response_type=code", "prompt=consent", "offline_access", "state=state%201"]
        {
            assert!(url.contains(part), "{part}: {url}");
        }
        assert!(url.contains("redirect_uri=https%3A%2F%2Facme.example%2Fback%3Fa%3D1%2B2"), "{url}");
        assert!(!url.contains("never-shown") && !url.contains("write"), "{url}");
        assert!(SCOPES.split(' ').all(|scope| scope.starts_with("read")
            || scope.starts_with("search")
            || scope == "offline_access"));
    }
}
