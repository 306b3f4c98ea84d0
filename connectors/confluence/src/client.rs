//! The calls: one site, sent again when they fail by chance, never with the key to anywhere else.

mod auth;
mod failure;

use std::fmt;
use std::time::Duration;

use connector::Error;
use domain::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;
use tokio::time::Instant;
use tracing::debug;

use crate::config::{Config, Hosting};
pub(crate) use auth::AUTHORITY;
use auth::Key;
pub(crate) use failure::Failure;

/// The longest that a refused call waits inside the client; more is the caller's.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How often a call is sent that is refused for the moment or fails by chance.
const TRIES: u32 = 3;
/// The largest answer that is read, apart from files.
const MOST_ANSWER: u64 = 64 << 20;
/// The largest answer about keys that is read.
const MOST_ABOUT_KEYS: u64 = 1 << 20;
/// Where calls go that are not sent to the site itself.
pub(crate) const GATEWAY: &str = "https://api.atlassian.com";

/// A site that can be called.
pub(crate) struct Client {
    http: reqwest::Client,
    /// Where calls go, with the context path: `…/wiki` on Cloud.
    base: Url,
    key: Key,
    retry_wait: Duration,
    now: Timestamp,
    built: Instant,
    /// Whether it is Cloud, whose version 2 is spoken where there is one.
    pub(crate) is_cloud: bool,
}

/// Part of an address, to be put behind the base.
pub(crate) enum Place<'a> {
    /// Segments and a query.
    Path(&'a [&'a str], &'a [(&'a str, &'a str)]),
    /// What an answer named as its continuation.
    Next(&'a str),
    /// Something beside the context path.
    Root(&'a str),
}

impl Client {
    /// # Errors
    /// [`Error::GiveUp`] for an address that is none, [`Error::FixCredentials`] for an impossible key.
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let http = http(config.timeout)?;
        let (key, is_on_gateway) = Key::new(&config.auth, &http)?;
        let (address, is_cloud) = match &config.hosting {
            Hosting::Cloud { cloud_id: Some(id), gateway, .. } if is_on_gateway => {
                let gateway = gateway.as_deref().unwrap_or(GATEWAY);
                let id: String =
                    id.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '-').collect();
                (format!("{}/ex/confluence/{id}/wiki", gateway.trim_end_matches('/')), true)
            }
            Hosting::Cloud { site, .. } => {
                (format!("{}/wiki", site.trim().trim_end_matches('/').trim_end_matches("/wiki")), true)
            }
            Hosting::DataCenter { address } => (address.trim().trim_end_matches('/').to_owned(), false),
        };
        let base = Url::parse(&address).ok().filter(|url| url.has_host() && !url.cannot_be_a_base());
        let base = base.ok_or_else(|| Error::GiveUp {
            what: format!("`{address}` is not an address of a site"),
            source: None,
        })?;
        let (retry_wait, now, built) = (config.retry_wait, config.now, Instant::now());
        Ok(Self { http, base, key, retry_wait, now, built, is_cloud })
    }

    /// Returns the present.
    pub(crate) fn now(&self) -> Timestamp {
        self.now.plus_millis(i64::try_from(self.built.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    pub(crate) async fn get(&self, place: Place<'_>) -> Result<Value, Failure> {
        let url = self.url(&place)?;
        let (bytes, label) = self.call(Method::GET, url, None, MOST_ANSWER).await?;
        serde_json::from_slice(&bytes).map_err(|_| Failure::unreadable(&label, "is no JSON"))
    }

    pub(crate) async fn post(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        let url = self.url(&Place::Path(path, &[]))?;
        let (bytes, label) = self.call(Method::POST, url, Some(body), MOST_ANSWER).await?;
        serde_json::from_slice(&bytes).map_err(|_| Failure::unreadable(&label, "is no JSON"))
    }

    /// Fetches a file of at most `most` bytes, over to where the site says it lies.
    pub(crate) async fn file(&self, place: Place<'_>, most: u64) -> Result<Vec<u8>, Failure> {
        let url = self.url(&place)?;
        Ok(self.call(Method::GET, url, None, most).await?.0)
    }

    /// Makes a whole address; one that an answer named must lie on this site.
    fn url(&self, place: &Place<'_>) -> Result<Url, Failure> {
        match place {
            Place::Path(path, query) => {
                let mut url = self.base.clone();
                if let Ok(mut segments) = url.path_segments_mut() {
                    segments.pop_if_empty().extend(*path);
                }
                if !query.is_empty() {
                    url.query_pairs_mut().extend_pairs(*query);
                }
                Ok(url)
            }
            Place::Root(path) => {
                let mut url = self.base.clone();
                url.set_path(path);
                Ok(url)
            }
            Place::Next(next) => {
                self.next(next).ok_or_else(|| Failure::unreadable("GET", "leads away from the site"))
            }
        }
    }

    /// Resolves a continuation. It may be whole, begin at the host, or at the context path; over the gateway
    /// its prefix is missing.
    fn next(&self, next: &str) -> Option<Url> {
        let base_path = self.base.path().trim_end_matches('/');
        let next = match Url::parse(next) {
            Ok(whole) => format!(
                "{}{}",
                whole.path(),
                whole.query().map(|query| format!("?{query}")).unwrap_or_default()
            ),
            Err(_) => next.to_owned(),
        };
        let context = if self.is_cloud { "/wiki" } else { base_path };
        let path = if !base_path.is_empty() && next.starts_with(&format!("{base_path}/")) {
            next
        } else if !context.is_empty() && next.starts_with(&format!("{context}/")) {
            format!("{base_path}{}", &next[context.len()..])
        } else {
            format!("{base_path}/{}", next.trim_start_matches('/'))
        };
        let url = self.base.join(&path).ok()?;
        (url.origin() == self.base.origin() && url.path().starts_with(base_path)).then_some(url)
    }

    async fn call(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
        most: u64,
    ) -> Result<(Vec<u8>, String), Failure> {
        let label = label(&method, &url, &self.base);
        let (mut tries, mut was_renewed) = (0, false);
        loop {
            tries += 1;
            let key = self.key.header().await?;
            match self.send(&method, &url, body, most, Some(&key), &label).await {
                Ok(bytes) => return Ok((bytes, label)),
                Err(failure) if failure.is_refused_key() && !was_renewed && self.key.renew(&key).await => {
                    was_renewed = true;
                }
                Err(failure) => match failure.wait().filter(|_| tries < TRIES) {
                    Some(wait) if wait <= LONGEST_WAIT => tokio::time::sleep(wait).await,
                    None if failure.is_by_chance() && tries < TRIES => {
                        tokio::time::sleep(self.retry_wait * 2_u32.pow(tries - 1)).await;
                    }
                    _ => return Err(failure),
                },
            }
        }
    }

    async fn send(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
        most: u64,
        key: Option<&HeaderValue>,
        label: &str,
    ) -> Result<Vec<u8>, Failure> {
        let (mut url, mut key) = (url.clone(), key);
        for _ in 0..4 {
            let begun = Instant::now();
            let mut request = self.http.request(method.clone(), url.clone());
            if let Some(key) = key {
                request = request.header(AUTHORIZATION, key.clone());
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let mut response = request.send().await.map_err(|error| Failure::unreached(label, error))?;
            let status = response.status();
            let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            debug!(confluence.call = %label, http.status = status.as_u16(), duration_ms, "called Confluence");
            if status.is_redirection() && *method == Method::GET {
                let target = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
                let target =
                    target.and_then(|to| url.join(to).ok()).filter(|to| to.scheme().starts_with("http"));
                let Some(target) = target else { break };
                // The key is for this site alone.
                key = key.filter(|_| target.origin() == self.base.origin());
                url = target;
                continue;
            }
            let wait = retry_after(response.headers());
            if !status.is_success() {
                return Err(Failure::answered(label, status, wait));
            }
            return body_of(&mut response, most, label).await;
        }
        // A page to log in at is no answer to a call.
        Err(Failure::answered(label, StatusCode::UNAUTHORIZED, None))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.base)
    }
}

/// What a call about keys was answered with; the body is nothing when it is no JSON.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) wait: Option<Duration>,
    pub(crate) body: Value,
}

/// Makes what calls are sent with. It goes nowhere else by itself, because a key would go there too.
pub(crate) fn http(timeout: Duration) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeout / 3)
        .timeout(timeout)
        .build()
        .map_err(|error| Error::GiveUp {
            what: "the HTTP client cannot be built".into(),
            source: Some(error.into()),
        })
}

/// Sends a call about keys, once, and returns its answer whatever the status.
pub(crate) async fn ask(request: RequestBuilder, label: &str) -> Result<Answered, Failure> {
    let mut response = request.send().await.map_err(|error| Failure::unreached(label, error))?;
    let (status, wait) = (response.status(), retry_after(response.headers()));
    let bytes = body_of(&mut response, MOST_ABOUT_KEYS, label).await?;
    Ok(Answered { status, wait, body: serde_json::from_slice(&bytes).unwrap_or_default() })
}

async fn body_of(response: &mut Response, most: u64, label: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::unreached(label, error))? {
        if (bytes.len() + chunk.len()) as u64 > most {
            return Err(Failure::too_large(label));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse::<u64>().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Names a call for people, without ids, titles and searches.
fn label(method: &Method, url: &Url, base: &Url) -> String {
    let path = url.path().strip_prefix(base.path().trim_end_matches('/')).unwrap_or_default();
    let is_word = |segment: &str| {
        segment == "v2" || segment.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
    };
    let shown: Vec<&str> =
        path.split('/').map(|segment| if is_word(segment) { segment } else { "…" }).collect();
    format!("{method} {}", shown.join("/"))
}
