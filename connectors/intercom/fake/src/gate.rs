//! What every call goes through: the log, faults, the token, the budget, hooks, and only then its handler.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::error::ApiError;
use crate::faults::Fault;
use crate::limits::Budget;
use crate::log;
use crate::server::{cut, dropped};
use crate::shared::{Grant, Inner, Moment, Shared};
use crate::state::Workspace;
use crate::version::Version;
use crate::wire;

/// The largest body that is read.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// A call whose token counts.
pub(crate) struct Call<'a> {
    pub(crate) workspace: &'a mut Workspace,
    /// The teammate who owns the token.
    pub(crate) owner: &'a str,
    pub(crate) version: Version,
    pub(crate) body: &'a Value,
    path: &'a HashMap<String, String>,
    query: &'a [(String, String)],
}

impl Call<'_> {
    /// Returns a segment of the path by its name in the route.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn query_number(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let parse =
            |text: &str| text.parse().map_err(|_| ApiError::invalid(format!("{name} must be a number")));
        self.query(name).map(parse).transpose()
    }

    /// Returns a text of the body; a number will do, since ids are both in the official examples.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        text_of(&self.body[name])
    }

    pub(crate) fn required(&self, name: &str) -> Result<String, ApiError> {
        self.text(name).ok_or_else(|| ApiError::absent(name))
    }
}

pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What answers a call.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Value, ApiError>;

struct Arrived {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    token: Option<String>,
    version: Option<String>,
    body: Result<Option<Value>, ApiError>,
}

/// Leads a call to its handler, or wherever it goes wrong.
pub(crate) async fn pass(
    shared: Arc<Shared>,
    path: HashMap<String, String>,
    request: Request,
    handler: Handler,
) -> Response {
    let arrived = read(request).await;
    let (number, fault) = shared.lock().enter(&arrived, shared.clock.now());
    match fault {
        Some(Fault::Drop) => return dropped(),
        Some(Fault::Hang) => shared.hang().await,
        _ => {}
    }
    let answer = shared.lock().answer(number, &arrived, &path, handler, shared.clock.now(), fault);
    shared.raised.notify_one();
    match fault {
        Some(Fault::StatusAfter(status)) => render(number, &Err(ApiError::of_status(status)), None),
        Some(Fault::DropAfter) => dropped(),
        Some(Fault::CutAnswer) => cut(answer, std::future::ready(())).await,
        Some(Fault::StallAnswer) => cut(answer, async move { shared.hang().await }).await,
        Some(Fault::HangAfter) => {
            shared.hang().await;
            answer
        }
        _ => answer,
    }
}

async fn read(request: Request) -> Arrived {
    let (parts, body) = request.into_parts();
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let token = text("authorization").and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    let bytes = to_bytes(body, BODY_LIMIT).await;
    let malformed = || ApiError::new(400, "bad_request", "the body is not JSON");
    let body = match bytes {
        Ok(bytes) if bytes.is_empty() => Ok(None),
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| malformed()),
        Err(_) => Err(malformed()),
    };
    let version = text("intercom-version");
    let path = parts.uri.path().to_owned();
    Arrived { query: query_of(&parts.uri), method: parts.method, path, token, version, body }
}

pub(crate) fn query_of(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

impl Inner {
    /// Writes a call down and says what is to go wrong with it.
    fn enter(&mut self, arrived: &Arrived, now: i64) -> (u64, Option<Fault>) {
        let method = arrived.method.as_str();
        let fault = self.faults.strike(method, &arrived.path);
        let grant = arrived.token.as_ref().and_then(|token| self.app.tokens.get(token)).cloned();
        let body = arrived.body.as_ref().ok().cloned().flatten();
        let named = body.as_ref().and_then(|body| text_of(&body["admin_id"]));
        let number = self.log.len() as u64 + 1;
        self.log.push(log::Request {
            number,
            at: now,
            method: method.to_owned(),
            path: arrived.path.clone(),
            query: arrived.query.clone(),
            body,
            version: arrived.version.clone(),
            workspace: grant.as_ref().map(|grant| self.workspaces[grant.workspace].id_code.clone()),
            admin: named.or(grant.map(|grant| grant.admin)),
            status: None,
            fault,
        });
        (number, fault)
    }

    fn answer(
        &mut self,
        number: u64,
        arrived: &Arrived,
        path: &HashMap<String, String>,
        handler: Handler,
        now: i64,
        fault: Option<Fault>,
    ) -> Response {
        self.collect(now);
        let grant = arrived.token.as_ref().and_then(|token| self.app.tokens.get(token)).cloned();
        let (result, budget) = match grant {
            None => (Err(ApiError::unauthorized("Access Token Invalid")), None),
            Some(grant) => {
                let limit = self.calls_per_window;
                let (mut budget, allowed) =
                    self.windows[grant.workspace].spend(limit, (now, self.window_secs));
                if fault == Some(Fault::RateLimited) {
                    budget.remaining = 0;
                }
                let exceeded = format!("Exceeded rate limit of {limit} in {}_seconds", self.window_secs);
                let result = match fault {
                    Some(Fault::RateLimited) => Err(ApiError::new(429, "rate_limit_exceeded", exceeded)),
                    Some(Fault::Status(status)) => Err(ApiError::of_status(status)),
                    _ if !allowed => Err(ApiError::new(429, "rate_limit_exceeded", exceeded)),
                    _ => self.handle(arrived, path, handler, &grant),
                };
                (result, Some(budget))
            }
        };
        self.collect(now);
        let response = render(number, &result, budget);
        if let Some(entry) = usize::try_from(number - 1).ok().and_then(|index| self.log.get_mut(index)) {
            entry.status = Some(response.status().as_u16());
        }
        response
    }

    fn handle(
        &mut self,
        arrived: &Arrived,
        path: &HashMap<String, String>,
        handler: Handler,
        grant: &Grant,
    ) -> Result<Value, ApiError> {
        let version = Version::of(arrived.version.as_deref())?;
        let body = arrived.body.clone()?.unwrap_or(Value::Null);
        let method = arrived.method.as_str();
        self.run_hooks(Moment::Before, method, &arrived.path, grant.workspace);
        let mut call = Call {
            workspace: &mut self.workspaces[grant.workspace],
            owner: &grant.admin,
            version,
            body: &body,
            path,
            query: &arrived.query,
        };
        let mut result = handler(&mut call);
        if let Ok(value) = &mut result {
            wire::finish(&self.workspaces[grant.workspace], version, value);
        }
        self.run_hooks(Moment::After, method, &arrived.path, grant.workspace);
        result
    }
}

fn render(number: u64, result: &Result<Value, ApiError>, budget: Option<Budget>) -> Response {
    let (status, body, link) = match result {
        Ok(Value::Null) => (200, String::new(), None),
        Ok(value) => (200, value.to_string(), None),
        Err(error) => (error.status, error.body(number).to_string(), error.link.clone()),
    };
    let mut response = Body::from(body).into_response();
    *response.status_mut() = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        headers.insert(header::LINK, link);
    }
    if let Some(budget) = budget {
        state_budget(headers, budget);
    }
    response
}

fn state_budget(headers: &mut HeaderMap, budget: Budget) {
    headers.insert("x-ratelimit-limit", budget.limit.into());
    headers.insert("x-ratelimit-remaining", budget.remaining.into());
    headers.insert("x-ratelimit-reset", budget.reset.into());
}
