//! Connecting a workspace of Intercom in a browser.

use app::install::{Begun, Connected};
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::problem::Problem;
use crate::shared::Shared;

/// The cookie that tells the browser which began from any other.
const COOKIE: &str = "backstory_install";

#[derive(Deserialize)]
pub(crate) struct Ticket {
    #[serde(default)]
    ticket: String,
}

/// Takes a ticket and sends the browser to Intercom.
pub(crate) async fn start(
    State(shared): State<Shared>,
    Path(app): Path<String>,
    Query(Ticket { ticket }): Query<Ticket>,
) -> Result<Response, Problem> {
    let Some(Begun { url, browser }) = shared.books().begin_install(&app, &ticket).await? else {
        return Err(stale("the ticket is unknown, was used, or is older than ten minutes"));
    };
    let cookie = cookie(&browser, 600);
    let location = HeaderValue::from_str(&url).map_err(|_| Problem::internal())?;
    let headers = [(header::LOCATION, location), (header::SET_COOKIE, cookie?)];
    Ok((StatusCode::FOUND, headers, [(header::CACHE_CONTROL, "no-store")]).into_response())
}

/// Takes Intercom's answer and connects the workspace.
pub(crate) async fn callback(
    State(shared): State<Shared>,
    Path(app): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let browser = held(&headers);
    let query = query.unwrap_or_default();
    let Some(connected) = shared.books().finish_install(&app, &query, browser).await? else {
        return Err(stale("this answer belongs to no question of this browser's, or came twice or too late"));
    };
    let headers = [(header::SET_COOKIE, cookie("", 0)?)];
    Ok((headers, [(header::CACHE_CONTROL, "no-store")], told(&connected)).into_response())
}

fn stale(what: &str) -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "stale",
        what,
        "begin again: `POST /api/v1/connections/intercom/APP` gives a new address to open",
    )
}

fn cookie(value: &str, seconds: u32) -> Result<HeaderValue, Problem> {
    let text =
        format!("{COOKIE}={value}; Path=/oauth/intercom; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax");
    HeaderValue::from_str(&text).map_err(|_| Problem::internal())
}

/// Returns the word that the browser holds.
fn held(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .filter(|value| !value.is_empty())
}

fn told(connected: &Connected) -> String {
    format!(
        "The workspace {} ({}) is connected.\n\nEnter this address for webhooks in the Developer Hub:\n{}\n\nYou can close this page.\n",
        connected.name, connected.workspace, connected.webhook_url
    )
}
