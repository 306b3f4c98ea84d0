//! The way to a token: a person consents on a page, a code comes back, and the code is exchanged once.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::gate::{query_of, text_of};
use crate::shared::{App, Grant, Shared};

/// The page on which a person consents; this one consents at once.
pub(crate) async fn authorise(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let query = query_of(&uri);
    let find = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let mut inner = shared.lock();
    let app = &mut inner.app;
    let known =
        app.redirect_uris.iter().find(|known| find("redirect_uri").is_none_or(|wanted| wanted == *known));
    let (true, Some(target)) = (find("client_id") == Some(app.client_id.as_str()), known.cloned()) else {
        return ApiError::invalid("unknown client_id or redirect_uri").into_response();
    };
    app.issued += 1;
    // The sign at the end belongs to the code.
    let code = format!("code-{:08}=", app.issued);
    app.codes.insert(code.clone(), app.consents_to);
    let state = find("state").map(|state| format!("&state={}", escape(state))).unwrap_or_default();
    let target = format!("{target}?code={}{state}", escape(&code));
    (StatusCode::FOUND, [(header::LOCATION, target)]).into_response()
}

/// Gives a token for a code.
pub(crate) async fn exchange(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let fields = fields(&parts.headers, &body);
    let mut inner = shared.lock();
    let granted = grant(&mut inner.app, &fields);
    let result = granted.map(|(token, workspace)| {
        let admin = inner.workspaces[workspace].ai();
        inner.app.tokens.insert(token.clone(), Grant { workspace, admin });
        json!({ "token_type": "Bearer", "token": token, "access_token": token })
    });
    match result {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response(),
        Err(error) => error.into_response(),
    }
}

fn grant(app: &mut App, fields: &Value) -> Result<(String, usize), ApiError> {
    let text = |name: &str| text_of(&fields[name]).ok_or_else(|| ApiError::absent(name));
    let (code, id, secret) = (text("code")?, text("client_id")?, text("client_secret")?);
    if id != app.client_id || secret != app.client_secret {
        return Err(ApiError::unauthorized("Unauthorized Client"));
    }
    // A code counts once.
    let workspace = app.codes.remove(&code).ok_or_else(|| ApiError::unauthorized("Unauthorized Code"))?;
    app.issued += 1;
    Ok((format!("oauth-token-{:08}", app.issued), workspace))
}

/// Reads a form or JSON; both are accepted.
fn fields(headers: &HeaderMap, body: &Bytes) -> Value {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if is_json {
        return serde_json::from_slice(body).unwrap_or_default();
    }
    let form = std::str::from_utf8(body).unwrap_or_default();
    let pairs = format!("/?{form}").parse::<Uri>().map(|uri| query_of(&uri)).unwrap_or_default();
    pairs.into_iter().map(|(key, value)| (key, Value::from(value))).collect::<serde_json::Map<_, _>>().into()
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, "application/json")], self.body(0).to_string()).into_response()
    }
}
