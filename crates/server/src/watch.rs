//! What happens around every call: an id, a limit, a count.

use std::any::Any;

use axum::BoxError;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::metrics::route;
use crate::problem::Problem;
use crate::shared::Shared;

/// The header that names a call in answer and log.
const ID: &str = "x-request-id";

/// Gives a call an id of ours (one that the caller brings could be anything), logs it by that and counts it.
pub(crate) async fn watch(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = uuid::Uuid::now_v7().simple().to_string();
    let (method, route) = (word(request.method()), route(request.uri().path()));
    // Never the path or its query: they hold ids, codes and states.
    let span = tracing::info_span!("http.call", request.id = %id, http.method = method, http.route = route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    shared.metrics().called(method, route, status, took);
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(http.status = status, duration_ms, "answered {method} {route}"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(ID, id);
    }
    response
}

fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Answers a call that was shed or took too long.
pub(crate) async fn broken_off(error: BoxError) -> Problem {
    if error.is::<tower::load_shed::error::Overloaded>() {
        return Problem::overloaded();
    }
    if error.is::<tower::timeout::error::Elapsed>() {
        return Problem::timeout();
    }
    tracing::error!("a call broke off: {error}");
    Problem::internal()
}

/// Answers a call whose handler panicked. What it said stays inside.
pub(crate) fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a call ended in a panic");
    Problem::internal().into_response()
}
