//! JSON in and out.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A value that comes or goes as JSON.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => {
                tracing::error!("an answer could not be written: {error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = body(Bytes::from_request(request, state).await)?;
        serde_json::from_slice(&body)
            .map(Self)
            // The text of the error may quote a value; its place is enough.
            .map_err(|error| {
                let (line, column) = (error.line(), error.column());
                Problem::invalid(format!("the body is not the JSON that is expected, at {line}:{column}"))
            })
    }
}

/// Returns a body that was read, or why it was not.
pub(crate) fn body(read: Result<Bytes, axum::extract::rejection::BytesRejection>) -> Result<Bytes, Problem> {
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the body is longer than is taken",
            "send less, or raise `server.body_bytes`",
        ),
        _ => Problem::invalid("the body did not come to its end"),
    })
}
