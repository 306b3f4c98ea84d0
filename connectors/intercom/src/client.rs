//! The calls: one workspace behind one budget, live traffic first.

mod connection;
mod failure;
mod inboxes;
mod pace;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use connector::Error;
use domain::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LINK};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;
use tokio::time::Instant;
use tracing::debug;

use crate::wire::List;
pub use connection::{Connection, Region};
pub(crate) use failure::{Failure, Written};
use inboxes::Inboxes;
pub(crate) use inboxes::Private;
use pace::{Budget, Told};

/// The version that requests are written for; answers of later ones are read too.
pub(crate) const VERSION: &str = "2.15";

/// The longest that a refused call waits inside the client: a window has ten seconds. More is the caller's.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How often a call is sent again that was refused for the moment.
const REFUSALS: u32 = 3;
/// How often a read is sent again that failed for reasons that may pass, and after how long the first time; then
/// after twice as long. What writes is never sent again from here.
const REPEATS: u32 = 2;
const REPEAT_AFTER: Duration = Duration::from_millis(200);

/// Whose calls go first when the budget is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// A customer waits.
    Live,
    /// Nobody waits.
    Import,
}

/// Whether a call may wait for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    Some,
    None,
}

/// A workspace that can be called. Clones share one budget.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    priority: Priority,
}

struct Inner {
    http: reqwest::Client,
    base: Url,
    budget: Budget,
    inboxes: Inboxes,
    region: Region,
    now: Timestamp,
    built: Instant,
}

impl Client {
    /// Prepares the calls; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::GiveUp`] for an address that is none, [`Error::FixCredentials`] for an impossible token.
    pub fn new(connection: &Connection) -> Result<Self, Error> {
        let address = connection.base_url.as_deref().unwrap_or(connection.region.api());
        let base = Url::parse(address).ok().filter(|url| !url.cannot_be_a_base()).ok_or_else(|| {
            Error::GiveUp { what: format!("`{address}` is not an address of an API"), source: None }
        })?;
        let token = HeaderValue::from_str(&format!("Bearer {}", connection.token.reveal()));
        let empty = connection.token.reveal().is_empty();
        let mut token = token.ok().filter(|_| !empty).ok_or_else(|| Error::FixCredentials {
            what: "the access token is empty or no text that can be sent".to_owned(),
        })?;
        token.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, token),
            (ACCEPT, HeaderValue::from_static("application/json")),
            (reqwest::header::HeaderName::from_static("intercom-version"), HeaderValue::from_static(VERSION)),
        ]);
        let http = http(headers, connection.timeout)?;
        let (now, built) = (connection.now, Instant::now());
        let inboxes = Inboxes::new(&connection.private_inboxes);
        let region = connection.region;
        let inner = Inner { http, base, budget: Budget::new(), inboxes, region, now, built };
        Ok(Self { inner: Arc::new(inner), priority: Priority::Import })
    }

    /// Returns the client whose calls go before those of imports.
    #[must_use]
    pub fn for_live(&self) -> Self {
        Self { priority: Priority::Live, ..self.clone() }
    }

    /// Returns the client whose calls leave room for live traffic.
    #[must_use]
    pub fn for_import(&self) -> Self {
        Self { priority: Priority::Import, ..self.clone() }
    }

    /// Returns which inboxes are not read.
    pub(crate) async fn private_inboxes(&self) -> Result<Arc<Private>, Failure> {
        self.inner.inboxes.private(self).await
    }

    /// Returns where the workspace is hosted, as far as we were told.
    pub(crate) fn region(&self) -> Region {
        self.inner.region
    }

    /// Returns the present in seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        let passed = i64::try_from(self.inner.built.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.inner.now.plus_millis(passed).millis() / 1_000
    }

    /// Returns the present as it was when the client was built.
    pub(crate) fn built_at(&self) -> Timestamp {
        self.inner.now
    }

    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.call(Method::GET, path, query, None).await
    }

    pub(crate) async fn post(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, &[], Some(body)).await
    }

    /// Posts at once or not at all, for what must not be written later than now.
    pub(crate) async fn post_now(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        self.call_with(Patience::None, Method::POST, path, &[], Some(body)).await
    }

    pub(crate) async fn put(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        self.call(Method::PUT, path, &[], Some(body)).await
    }

    /// Reads a page of a list.
    pub(crate) async fn list(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<List, Failure> {
        let answer = self.call(method.clone(), path, query, body).await?;
        List::read(answer).ok_or_else(|| Failure::unreadable(&label(&method, path), "is no list"))
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        self.call_with(Patience::Some, method, path, query, body).await
    }

    /// Sends a call, and a read again that failed for reasons that may pass.
    async fn call_with(
        &self,
        patience: Patience,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let is_read = method == Method::GET || path.last() == Some(&"search");
        let mut wait = REPEAT_AFTER;
        for _ in 0..if is_read { REPEATS } else { 0 } {
            match self.send(patience, &method, path, query, body).await {
                Err(failure) if failure.may_pass() => tokio::time::sleep(wait).await,
                other => return other,
            }
            wait *= 2;
        }
        self.send(patience, &method, path, query, body).await
    }

    /// Sends a call when the budget allows it, and again when it is refused for a moment.
    async fn send(
        &self,
        patience: Patience,
        method: &Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let label = label(method, path);
        let url = url(&self.inner.base, path, query);
        let mut refusals = 0;
        loop {
            let permit = match patience {
                Patience::Some => self.inner.budget.acquire(self.priority).await,
                Patience::None => match self.inner.budget.try_acquire(self.priority) {
                    Ok(permit) => permit,
                    Err(wait) => return Err(Failure::limited(&label, wait)),
                },
            };
            let begun = Instant::now();
            let mut request = self.inner.http.request(method.clone(), url.clone());
            if let Some(body) = body {
                request = request.json(body);
            }
            let response = request.send().await.map_err(|error| Failure::unsent(&label, error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let told = Told::read(&headers, self.now().max(self.inner.budget.at_least()));
            let bytes = response.bytes().await.map_err(|error| Failure::broken(&label, error))?;
            let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            debug!(intercom.call = %label, http.status = status.as_u16(), duration_ms, "called Intercom");
            if status == StatusCode::TOO_MANY_REQUESTS {
                refusals += 1;
                if told.wait <= LONGEST_WAIT {
                    self.inner.budget.pause(told.wait);
                    if patience == Patience::Some && refusals <= REFUSALS {
                        continue;
                    }
                }
                return Err(Failure::limited(&label, told.wait));
            }
            permit.learn(&told);
            if status.is_success() {
                return serde_json::from_slice(&bytes).map_err(|_| Failure::unreadable(&label, "is no JSON"));
            }
            let moved = headers.get(LINK).and_then(|link| link.to_str().ok()).and_then(target);
            return Err(Failure::answered(&label, status, &bytes, moved));
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, {:?})", self.inner.base, self.priority)
    }
}

/// Builds the HTTP client; redirects are not followed, because the token must not go elsewhere.
pub(crate) fn http(headers: HeaderMap, timeout: Duration) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeout / 3)
        .timeout(timeout)
        .build()
        .map_err(|error| Error::GiveUp {
            what: "the HTTP client cannot be built".to_owned(),
            source: Some(error.into()),
        })
}

fn url(base: &Url, path: &[&str], query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// Names a call for people, without ids.
fn label(method: &Method, path: &[&str]) -> String {
    let is_word = |segment: &str| segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let shown: Vec<&str> = path.iter().map(|segment| if is_word(segment) { *segment } else { "…" }).collect();
    format!("{method} /{}", shown.join("/"))
}

/// Returns the id at the end of the address in a `Link` header: the contact that took another one in.
fn target(link: &str) -> Option<String> {
    let address = link.split_once('<')?.1.split_once('>')?.0;
    let path = address.split(['?', '#']).next().unwrap_or(address);
    path.trim_end_matches('/').rsplit('/').next().filter(|id| !id.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_inside_their_segment() {
        let base = Url::parse("http://127.0.0.1:1/api/").unwrap();
        let url = url(&base, &["conversations", "../me?x=1#y"], &[("display_as", "plaintext")]);
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:1/api/conversations/..%2Fme%3Fx=1%23y?display_as=plaintext"
        );
    }

    #[test]
    fn a_call_is_named_without_ids() {
        assert_eq!(label(&Method::POST, &["conversations", "123", "reply"]), "POST /conversations/…/reply");
    }

    #[test]
    fn a_link_names_who_stayed() {
        let link = "<https://api.intercom.io/contacts/6762f0d51bb69f9f2193bb80>; rel=\"successor-version\"";
        assert_eq!(target(link).as_deref(), Some("6762f0d51bb69f9f2193bb80"));
        assert_eq!(target("nothing"), None);
    }
}
