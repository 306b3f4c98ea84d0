//! The script for the company's own pages.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS};

const SCRIPT: &str = include_str!("../../assets/backstory-identity.js");

/// The script that boots the Messenger with checked values and shuts it down on logout. It needs no key and tells
/// nobody anything.
#[utoipa::path(
    get, path = "/identity/backstory-identity.js", tag = "identity", security(()),
    responses((status = 200, body = String, content_type = "text/javascript"))
)]
pub(crate) async fn show() -> ([(HeaderName, &'static str); 3], &'static str) {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=300"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, SCRIPT)
}
