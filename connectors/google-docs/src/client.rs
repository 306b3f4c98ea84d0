//! The calls: one user of Google behind the budgets of Drive and Docs.

mod connection;
mod failure;
mod pace;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use connector::Error;
use domain::Timestamp;
use reqwest::header::AUTHORIZATION;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::auth::Tokens;
pub(crate) use connection::http;
pub use connection::{Connection, Limits, Reach};
pub(crate) use failure::Failure;
use pace::{Budget, backoff};

/// The largest answer to a call that gives a list; a thousand files have less than a tenth of it.
const LIST_BYTES: usize = 32 << 20;

/// Which of the two services a call goes to; each has a budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Drive,
    Docs,
}

/// A user of Google who can be asked. Clones share the budgets and the access token.
#[derive(Clone)]
pub(crate) struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    drive: Url,
    docs: Url,
    tokens: Tokens,
    limits: Limits,
    drive_budget: Budget,
    docs_budget: Budget,
    /// How often in a row Google has asked for patience.
    strikes: AtomicU32,
    now: Timestamp,
    built: Instant,
}

/// A call without its key.
struct Call<'a> {
    api: Api,
    method: Method,
    path: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
    most_bytes: usize,
}

impl Client {
    /// Prepares the calls; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::GiveUp`] for an address that is none, [`Error::FixCredentials`] for an impossible key.
    pub(crate) fn new(connection: &Connection) -> Result<Self, Error> {
        let http = connection::http(connection.timeout)?;
        let limits = connection.limits;
        let tokens = Tokens::new(connection, http.clone())?;
        let inner = Inner {
            http,
            drive: connection.address("https://www.googleapis.com/drive/v3", "drive/v3")?,
            docs: connection.address("https://docs.googleapis.com/v1", "v1")?,
            tokens,
            limits,
            drive_budget: Budget::new(limits.drive_per_minute),
            docs_budget: Budget::new(limits.docs_per_minute),
            strikes: AtomicU32::new(0),
            now: connection.now,
            built: Instant::now(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Returns the present.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.inner.built.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.inner.now.plus_millis(passed)
    }

    /// Asks Drive for a thing or a list.
    pub(crate) async fn drive(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Failure> {
        let bytes = self.bytes(Api::Drive, path, query, LIST_BYTES).await?;
        serde_json::from_slice(&bytes)
            .map_err(|_| Failure::unreadable(&label(&Method::GET, path), "is no JSON"))
    }

    /// Sends something to Drive; an empty answer is null.
    pub(crate) async fn post(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Value,
    ) -> Result<Value, Failure> {
        let method = Method::POST;
        let call = Call { api: Api::Drive, method, path, query, body: Some(body), most_bytes: LIST_BYTES };
        let bytes = self.send(&call).await?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes)
            .map_err(|_| Failure::unreadable(&label(&Method::POST, path), "is no JSON"))
    }

    /// Reads an answer of at most `most_bytes`.
    pub(crate) async fn bytes(
        &self,
        api: Api,
        path: &[&str],
        query: &[(&str, &str)],
        most_bytes: usize,
    ) -> Result<Vec<u8>, Failure> {
        self.send(&Call { api, method: Method::GET, path, query, body: None, most_bytes }).await
    }

    /// Sends a call when the budget allows it, once more with a fresh token when the old one is refused, and again
    /// for a while when Google asks for patience or is out of order.
    async fn send(&self, call: &Call<'_>) -> Result<Vec<u8>, Failure> {
        let mut tries = 0;
        let mut is_fresh = false;
        loop {
            let failure = match self.once(call).await {
                Ok(bytes) => {
                    self.inner.strikes.store(0, Ordering::Relaxed);
                    return Ok(bytes);
                }
                Err(failure) => failure,
            };
            if failure.is_unauthorised() && !is_fresh {
                is_fresh = true;
                continue;
            }
            let may_help = failure.is_limited() || (failure.is_transient() && call.method == Method::GET);
            if !may_help {
                return Err(failure);
            }
            if failure.is_limited() {
                self.inner.strikes.fetch_add(1, Ordering::Relaxed);
            }
            let wait =
                failure.asked_wait().unwrap_or_else(|| backoff(self.inner.limits.backoff, tries, jitter()));
            if tries >= self.inner.limits.retries || wait > Limits::LONGEST_WAIT {
                let strikes = self.inner.strikes.load(Ordering::Relaxed);
                let wait = backoff(self.inner.limits.backoff, strikes, jitter());
                return Err(failure.with_wait(wait));
            }
            tries += 1;
            sleep(wait).await;
        }
    }

    async fn once(&self, call: &Call<'_>) -> Result<Vec<u8>, Failure> {
        let Inner { http, tokens, .. } = &*self.inner;
        let token = tokens.access(self.now()).await?;
        let (base, budget) = match call.api {
            Api::Drive => (&self.inner.drive, &self.inner.drive_budget),
            Api::Docs => (&self.inner.docs, &self.inner.docs_budget),
        };
        let label = label(&call.method, call.path);
        budget.acquire().await;
        let begun = Instant::now();
        let mut request = http.request(call.method.clone(), url(base, call.path, call.query));
        request = request.header(AUTHORIZATION, token.clone());
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let (response, bytes) = read(request, &label, call.most_bytes).await?;
        let status = response;
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        debug!(google.call = %label, http.status = status.status.as_u16(), duration_ms, "called Google");
        if status.status.is_success() {
            return Ok(bytes);
        }
        if status.status == StatusCode::UNAUTHORIZED {
            tokens.forget(&token).await;
        }
        Err(Failure::answered(&label, status.status, &bytes, status.retry_after))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, {:?})", self.inner.drive, self.inner.tokens)
    }
}

/// What stands above an answer.
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    /// When Google says it is.
    pub(crate) date: Option<Timestamp>,
}

/// Sends a request and reads at most `most_bytes` of its answer; a longer one is a failure.
pub(crate) async fn read(
    request: RequestBuilder,
    label: &str,
    most_bytes: usize,
) -> Result<(Head, Vec<u8>), Failure> {
    let mut response = request.send().await.map_err(|error| Failure::unsent(label, error))?;
    let head = head(&response);
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::broken(label, error))? {
        if bytes.len() + chunk.len() > most_bytes {
            return Err(Failure::too_large(label, most_bytes));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((head, bytes))
}

fn head(response: &Response) -> Head {
    let text = |name: &str| response.headers().get(name)?.to_str().ok();
    let seconds = text("retry-after").and_then(|text| text.trim().parse().ok());
    let date = text("date").and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
    Head {
        status: response.status(),
        retry_after: seconds.map(Duration::from_secs),
        date: date.map(|date| Timestamp::from_millis(date.timestamp().as_millisecond())),
    }
}

fn url(base: &Url, path: &[&str], query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url.query_pairs_mut().extend_pairs(query).append_pair("prettyPrint", "false");
    url
}

/// Names a call for people, without ids.
fn label(method: &Method, path: &[&str]) -> String {
    let is_word =
        |segment: &str| segment.len() <= 14 && segment.bytes().all(|byte| byte.is_ascii_alphabetic());
    let named = ["files", "permissions", "drives", "documents", "changes", "channels"];
    let ids = |at: usize| at > 0 && ["files", "drives", "documents"].contains(&path[at - 1]);
    let shown = path.iter().enumerate().map(|(at, segment)| {
        if !ids(at) && (named.contains(segment) || is_word(segment)) { *segment } else { "…" }
    });
    format!("{method} /{}", shown.collect::<Vec<_>>().join("/"))
}

/// A number from 0 to 1 by which the waits of several callers differ.
fn jitter() -> f64 {
    let mut byte = [0_u8; 1];
    // Without randomness the waits are merely alike.
    let _ = aws_lc_rs::rand::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_inside_their_segment_and_out_of_the_name() {
        let base = Url::parse("http://127.0.0.1:1/drive/v3/").unwrap();
        let url = url(&base, &["files", "../about?x=1#y"], &[("fields", "id")]);
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:1/drive/v3/files/..%2Fabout%3Fx=1%23y?fields=id&prettyPrint=false"
        );
        assert_eq!(label(&Method::GET, &["files", "abc", "export"]), "GET /files/…/export");
        assert_eq!(label(&Method::GET, &["changes", "startPageToken"]), "GET /changes/startPageToken");
    }
}
