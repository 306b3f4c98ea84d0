//! The stand-in itself, and what every call goes through: faults, the key, limits, the log.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request as Arriving, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::site::{READER, Site};
use crate::{API_TOKEN, APP, CLOUD_ID, EMAIL, PERSONAL_TOKEN, REDIRECT_URI, REFRESH_TOKEN, SCOPED_TOKEN};

/// Something that goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The answer has this status, such as 401, 404 or 503.
    Status(u16),
    /// The answer is a 429 that asks to wait for so many seconds.
    Limited(u32),
    /// The list is empty, as if nothing were there.
    Empty,
    /// The list goes on one item too late.
    Skip,
    /// The list goes on where it began.
    Repeat,
    /// The access token of OAuth ends just before the call.
    Expire,
    /// The personal access token stops to count just before the call, for good.
    Revoke,
}

/// A call that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its query, decoded.
    pub query: Vec<(String, String)>,
    /// The status of its answer.
    pub status: u16,
}

pub(crate) struct Inner {
    pub(crate) site: Site,
    pub(crate) faults: Vec<(String, usize, Fault)>,
    log: Vec<Request>,
    refresh: String,
    access: BTreeSet<String>,
    issued: u32,
    /// Codes of users who gave consent, until they are used.
    codes: BTreeSet<String>,
    /// Whether consent opens the site.
    opens: bool,
    personal: bool,
}

/// A call whose key was looked at.
pub(crate) struct Call<'a> {
    pub(crate) site: &'a Site,
    /// Who calls; nobody when the key does not count and the site lets anybody in.
    pub(crate) user: Option<&'static str>,
    pub(crate) path: Vec<String>,
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: &'a Value,
    pub(crate) fault: Option<Fault>,
    /// The address of the site, with the context path.
    pub(crate) base: String,
}

impl Call<'_> {
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let values = self.query.iter().filter(|(key, _)| key == name);
        values.flat_map(|(_, value)| value.split(',')).collect()
    }

    pub(crate) fn limit(&self, usual: usize, most: usize) -> usize {
        self.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(usual).clamp(1, most)
    }
}

/// What answers a call: a body, bytes of a file, another address, or a status.
pub(crate) enum Answer {
    Json(Value),
    Bytes(Vec<u8>),
    Elsewhere(String),
    Status(u16),
}

/// A running stand-in. It ends when it is dropped.
pub struct Fake {
    inner: Arc<Mutex<Inner>>,
    base_url: String,
    _tasks: JoinSet<()>,
}

impl Fake {
    /// Starts a stand-in with an empty site on a free port of this machine.
    ///
    /// # Errors
    ///
    /// A port has to be free.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let inner = Inner {
            site: Site::new(),
            faults: Vec::new(),
            log: Vec::new(),
            refresh: REFRESH_TOKEN.to_owned(),
            access: BTreeSet::new(),
            issued: 0,
            codes: BTreeSet::new(),
            opens: true,
            personal: true,
        };
        let inner = Arc::new(Mutex::new(inner));
        let held = (Arc::clone(&inner), base_url.clone());
        let router = Router::new().fallback(pass).with_state(held);
        let mut tasks = JoinSet::new();
        tasks.spawn(crate::server::serve(listener, router));
        Ok(Self { inner, base_url, _tasks: tasks })
    }

    /// Returns where it listens: the site of Cloud, the gateway and the authority at once.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns where Data Center listens.
    #[must_use]
    pub fn datacenter(&self) -> String {
        format!("{}/confluence", self.base_url)
    }

    /// Looks at or changes the site.
    pub fn edit<R>(&self, change: impl FnOnce(&mut Site) -> R) -> R {
        let mut inner = self.lock();
        // What was due to be learnt is learnt as it was before the change.
        inner.site.settle();
        change(&mut inner.site)
    }

    /// Lets the next calls whose path contains a text go wrong.
    pub fn fail(&self, path: &str, times: usize, fault: Fault) {
        self.lock().faults.push((path.to_owned(), times, fault));
    }

    /// Ends all faults.
    pub fn mend(&self) {
        self.lock().faults.clear();
    }

    /// Lets the personal access token count, or not.
    pub fn set_personal_token(&self, counts: bool) {
        self.lock().personal = counts;
    }

    /// Lets a user give consent, and returns the code with which Atlassian sends them back to `REDIRECT_URI`.
    #[must_use]
    pub fn grant_code(&self) -> String {
        let mut inner = self.lock();
        inner.issued += 1;
        let code = format!("code-never-shown-{}", inner.issued);
        inner.codes.insert(code.clone());
        code
    }

    /// Lets consent open the site, or none.
    pub fn set_site_allowed(&self, opens: bool) {
        self.lock().opens = opens;
    }

    /// Returns the refresh token that counts.
    #[must_use]
    pub fn refresh_token(&self) -> String {
        self.lock().refresh.clone()
    }

    /// Returns every call so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.lock().log.clone()
    }

    /// Forgets the calls so far.
    pub fn forget_requests(&self) {
        self.lock().log.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Held = (Arc<Mutex<Inner>>, String);

async fn pass(State((inner, base_url)): State<Held>, request: Arriving) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, 1 << 22).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let path = parts.uri.path().to_owned();
    let query = query(parts.uri.query().unwrap_or_default());
    let method = parts.method.to_string();
    let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
    let fault = inner.strike(&path);
    let response = match fault {
        Some(Fault::Status(status)) => of_status(status),
        Some(Fault::Limited(seconds)) => {
            let mut response = of_status(429);
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            response
        }
        _ => {
            match fault {
                Some(Fault::Expire) => inner.access.clear(),
                Some(Fault::Revoke) => inner.personal = false,
                _ => {}
            }
            inner.answer(&method, &path, &query, &parts.headers, &body, fault, &base_url)
        }
    };
    let status = response.status().as_u16();
    inner.log.push(Request { method, path, query, status });
    response
}

impl Inner {
    fn strike(&mut self, path: &str) -> Option<Fault> {
        let (_, times, fault) =
            self.faults.iter_mut().find(|(part, times, _)| *times > 0 && path.contains(part.as_str()))?;
        *times -= 1;
        Some(*fault)
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is one call")]
    fn answer(
        &mut self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        headers: &HeaderMap,
        body: &Value,
        fault: Option<Fault>,
        base_url: &str,
    ) -> Response {
        if path == "/oauth/token" {
            return self.exchange(body);
        }
        if path == "/_edge/tenant_info" {
            return json_of(200, &json!({ "cloudId": CLOUD_ID }));
        }
        if let Some(file) = path.strip_prefix("/media/") {
            // Another host in truth: a key that is sent here has leaked.
            if headers.contains_key(header::AUTHORIZATION) {
                return of_status(400);
            }
            let file = file.parse().ok().and_then(|id: u64| self.site.contents.get(&id));
            return file
                .map_or_else(|| of_status(404), |file| Body::from(file.bytes.clone()).into_response());
        }
        let key = headers.get(header::AUTHORIZATION).and_then(|key| key.to_str().ok()).unwrap_or_default();
        let gateway = format!("/ex/confluence/{CLOUD_ID}/wiki/");
        let basic = |token: &str| key == format!("Basic {}", STANDARD.encode(format!("{EMAIL}:{token}")));
        let (rest, user, is_cloud) = if let Some(rest) = path.strip_prefix("/wiki/") {
            (rest, basic(API_TOKEN).then_some(READER), true)
        } else if let Some(rest) = path.strip_prefix(&gateway) {
            let bears = key.strip_prefix("Bearer ").is_some_and(|token| self.access.contains(token));
            (rest, (bears || basic(SCOPED_TOKEN)).then_some(READER), true)
        } else if path == "/oauth/token/accessible-resources" {
            let bears = key.strip_prefix("Bearer ").is_some_and(|token| self.access.contains(token));
            let other =
                json!({ "id": CLOUD_ID, "url": base_url, "name": "acme", "scopes": ["read:jira-work"] });
            let mut resources = json!([other]);
            if let (true, Some(resources)) = (self.opens, resources.as_array_mut()) {
                resources.push(json!({ "id": CLOUD_ID, "url": base_url, "name": "acme", "scopes": ["read:page:confluence"] }));
            }
            return if bears { json_of(200, &resources) } else { of_status(401) };
        } else if let Some(rest) = path.strip_prefix("/confluence/") {
            (rest, (self.personal && key == format!("Bearer {PERSONAL_TOKEN}")).then_some(READER), false)
        } else {
            return of_status(404);
        };
        if is_cloud && user.is_none() {
            return of_status(401);
        }
        self.site.settle();
        let context = if is_cloud { "wiki" } else { "confluence" };
        let path: Vec<String> = rest.split('/').map(decode).collect();
        let base = format!("{base_url}/{context}");
        let call = Call { site: &self.site, user, path, query, body, fault, base };
        let segments: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let answer = match (is_cloud, segments.as_slice()) {
            (true, ["api", "v2", rest @ ..]) => crate::v2::answer(&call, method, rest),
            (true, ["rest", "api", rest @ ..]) => crate::v1::answer(&call, method, rest),
            (false, rest) => crate::datacenter::answer(&call, method, rest),
            _ => Answer::Status(404),
        };
        match answer {
            Answer::Json(value) => {
                let link = value["_links"]["next"].as_str().filter(|next| next.contains("/api/v2/"));
                let link = link.map(|next| format!("<{next}>; rel=\"next\", <{}>; rel=\"base\"", call.base));
                let mut response = json_of(200, &value);
                if let Some(link) = link.and_then(|link| link.parse().ok()) {
                    response.headers_mut().insert(header::LINK, link);
                }
                response
            }
            Answer::Bytes(bytes) => Body::from(bytes).into_response(),
            Answer::Elsewhere(path) => {
                // `localhost` is another origin than the address that is listened on.
                let other = format!("{}{path}", base_url.replace("127.0.0.1", "localhost"));
                (StatusCode::FOUND, [(header::LOCATION, other)]).into_response()
            }
            Answer::Status(status) => of_status(status),
        }
    }

    fn exchange(&mut self, body: &Value) -> Response {
        let is_app = body["client_id"] == APP.0 && body["client_secret"] == APP.1;
        if !is_app {
            let refusal = json!({ "error": "access_denied", "error_description": "Unauthorized" });
            return json_of(401, &refusal);
        }
        if body["grant_type"] == "authorization_code" {
            let code = body["code"].as_str().unwrap_or_default();
            if body["redirect_uri"] != REDIRECT_URI || !self.codes.remove(code) {
                let refusal =
                    json!({ "error": "invalid_grant", "error_description": "Invalid authorization code" });
                return json_of(403, &refusal);
            }
            return self.issue();
        }
        if body["grant_type"] != "refresh_token" {
            return of_status(400);
        }
        if body["refresh_token"] != self.refresh.as_str() {
            let refusal =
                json!({ "error": "unauthorized_client", "error_description": "refresh_token is invalid" });
            return json_of(403, &refusal);
        }
        self.issue()
    }

    fn issue(&mut self) -> Response {
        self.issued += 1;
        self.refresh = format!("refresh-token-never-shown-{}", self.issued);
        let access = format!("access-token-never-shown-{}", self.issued);
        self.access = BTreeSet::from([access.clone()]);
        json_of(
            200,
            &json!({ "access_token": access, "refresh_token": self.refresh, "expires_in": 3600, "token_type": "Bearer", "scope": "read:page:confluence offline_access" }),
        )
    }
}

fn json_of(status: u16, value: &Value) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (code, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn of_status(status: u16) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({ "errors": [{ "status": status, "code": "ERROR", "title": "Text of Ann Example", "detail": null }] });
    json_of(code.as_u16(), &body)
}

fn query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let (bytes, mut out, mut place) = (text.as_bytes(), Vec::new(), 0);
    while place < bytes.len() {
        let hex = (bytes[place] == b'%').then(|| text.get(place + 1..place + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                place += 3;
            }
            None => {
                out.push(if bytes[place] == b'+' { b' ' } else { bytes[place] });
                place += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
