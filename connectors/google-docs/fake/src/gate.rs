//! The way of a call: written down, let go wrong, checked for its token and budget, answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Query as Pairs, Request as Incoming};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use crate::auth::Access;
use crate::calls::Fault;
use crate::clock::http_date;
use crate::error::ApiError;
use crate::fake::{Inner, Request, Shared};
use crate::fields::Fields;
use crate::routes;
use crate::server::{cut, dropped};
use crate::world::World;

const BODY_LIMIT: usize = 1 << 20;
const MINUTE_MS: i64 = 60_000;

/// A call as a handler sees it.
pub(crate) struct Call<'a> {
    pub(crate) inner: &'a mut Inner,
    pub(crate) access: &'a Access,
    pub(crate) query: &'a BTreeMap<String, String>,
    pub(crate) body: &'a Value,
    pub(crate) fault: Option<Fault>,
}

impl Call<'_> {
    pub(crate) fn world(&self) -> &World {
        &self.inner.world
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.query(name) == Some("true")
    }

    pub(crate) fn email(&self) -> &str {
        &self.access.email
    }
}

/// What a handler answers.
pub(crate) enum Answer {
    Json(Value),
    Bytes(String, Vec<u8>),
}

pub(crate) async fn pass(shared: Arc<Shared>, incoming: Incoming) -> Response {
    let (parts, body) = incoming.into_parts();
    let bytes = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|Pairs(pairs)| pairs);
    let query: BTreeMap<String, String> = pairs.unwrap_or_default().into_iter().collect();
    let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let (response, fault) = {
        let mut inner = shared.lock();
        let fault = inner.enter(method, path, &query);
        let response = match &fault {
            Some(Fault::Status(status, reason)) => refused(&ApiError::new(*status, reason)),
            Some(Fault::Drop) => dropped(),
            _ if path == "/token" => inner.token(&bytes),
            _ => inner.answer(method, path, &query, &bytes, &token, fault.clone()),
        };
        inner.leave(method, path, response.status().as_u16());
        (response, fault)
    };
    let mut response =
        if fault == Some(Fault::Cut) { cut(response, std::future::ready(())).await } else { response };
    let date = http_date(shared.clock.now_ms());
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

impl Inner {
    fn enter(&mut self, method: &str, path: &str, query: &BTreeMap<String, String>) -> Option<Fault> {
        self.log.push(Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.clone(),
            status: None,
        });
        if let Some(at) =
            self.hooks.iter().position(|(calls, is_after, _)| !is_after && calls.cover(method, path))
        {
            let (_, _, change) = self.hooks.remove(at);
            change(&mut self.world);
        }
        if path != "/token"
            && let Some(trouble) = &self.trouble
        {
            return Some(trouble.clone());
        }
        let at = self.faults.iter().position(|(calls, _)| calls.cover(method, path))?;
        Some(self.faults.remove(at).1)
    }

    fn leave(&mut self, method: &str, path: &str, status: u16) {
        if let Some(last) = self.log.last_mut() {
            last.status = Some(status);
        }
        if let Some(at) =
            self.hooks.iter().position(|(calls, is_after, _)| *is_after && calls.cover(method, path))
        {
            let (_, _, change) = self.hooks.remove(at);
            change(&mut self.world);
        }
    }

    fn token(&mut self, bytes: &[u8]) -> Response {
        let text = String::from_utf8_lossy(bytes);
        let uri = format!("http://form/?{text}").parse::<axum::http::Uri>().unwrap_or_default();
        let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(&uri).map(|Pairs(pairs)| pairs);
        let form = pairs.unwrap_or_default().into_iter().collect();
        let users: Vec<String> = self.world.users.keys().cloned().collect();
        let (status, answer) = self.auth.token(&form, self.world.clock.now(), &users);
        json(status, &answer)
    }

    fn answer(
        &mut self,
        method: &str,
        path: &str,
        query: &BTreeMap<String, String>,
        bytes: &[u8],
        token: &str,
        fault: Option<Fault>,
    ) -> Response {
        let now = self.world.clock.now();
        let Some(access) = self.auth.access(token, now) else {
            return refused(&ApiError::new(401, "authError"));
        };
        let is_docs = path.starts_with("/v1/");
        if let Err(error) = self.spend(&access.email, is_docs) {
            return refused(&error);
        }
        let Ok(body) = (if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(bytes) })
        else {
            return refused(&ApiError::new(400, "parseError"));
        };
        let default = routes::default_fields(method, path);
        let fields = query.get("fields").map(String::as_str).or(default);
        let fields = match fields.map(Fields::read) {
            Some(None) => return refused(&ApiError::new(400, "invalidParameter")),
            Some(Some(fields)) => Some(fields),
            None => None,
        };
        let odd = self.world.quirks.odd_members;
        let mut call = Call { inner: self, access: &access, query, body: &body, fault };
        match routes::answer(&mut call, method, path) {
            Err(error) => refused(&error),
            Ok(Answer::Bytes(kind, bytes)) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
            Ok(Answer::Json(Value::Null)) => StatusCode::NO_CONTENT.into_response(),
            Ok(Answer::Json(value)) => {
                let mut value = fields.map_or(value.clone(), |fields| fields.select(&value));
                if odd {
                    value["shoeSize"] = serde_json::json!({"eu": 43});
                }
                json(200, &value)
            }
        }
    }

    /// Counts a call, and refuses it when the minute has had too many.
    fn spend(&mut self, email: &str, is_docs: bool) -> Result<(), ApiError> {
        let limits = self.world.limits;
        let minute = self.world.clock.now_ms().div_euclid(MINUTE_MS);
        let (limit, refusal) = match is_docs {
            true => (limits.docs_per_minute, ApiError::new(429, "rateLimitExceeded")),
            false => (limits.drive_per_minute, ApiError::new(403, "userRateLimitExceeded")),
        };
        let spent = self.spent.entry((email.to_owned(), is_docs)).or_insert((minute, 0));
        if spent.0 != minute {
            *spent = (minute, 0);
        }
        if spent.1 >= limit {
            return Err(refusal);
        }
        spent.1 += 1;
        Ok(())
    }
}

fn json(status: u16, value: &Value) -> Response {
    let mut response = Body::from(value.to_string()).into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    response
}

fn refused(error: &ApiError) -> Response {
    json(error.status, &error.body())
}
