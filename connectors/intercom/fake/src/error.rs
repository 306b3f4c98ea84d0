//! What goes wrong, in Intercom's own words: `error.list` with codes from the official examples.

use std::fmt;

use serde_json::{Value, json};

/// A refused call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// One of the official codes.
    pub code: &'static str,
    /// What a person reads.
    pub message: String,
    /// A header `Link` to what took the place of what was asked for.
    pub link: Option<String>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError { status, code, message: message.into(), link: None }
    }

    /// Something that is not there.
    pub(crate) fn missing(what: &str) -> ApiError {
        ApiError::new(404, "not_found", format!("{what} Not Found"))
    }

    /// A contact that is not there; Intercom still calls it a user.
    pub(crate) fn no_contact() -> ApiError {
        ApiError::missing("User")
    }

    /// A value that cannot be.
    pub(crate) fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new(400, "parameter_invalid", message)
    }

    /// A field that has to be there.
    pub(crate) fn absent(field: &str) -> ApiError {
        ApiError::new(400, "parameter_not_found", format!("{field} not specified"))
    }

    /// What a status means when nothing more is known.
    pub(crate) fn of_status(status: u16) -> ApiError {
        let (code, message) = match status {
            401 => ("unauthorized", "Access Token Invalid"),
            403 => ("api_plan_restricted", "Active subscription needed."),
            404 => ("not_found", "Resource Not Found"),
            409 => ("conflict", "Conflict"),
            _ => ("server_error", "Server Error"),
        };
        ApiError::new(status, code, message)
    }

    pub(crate) fn unauthorized(message: &str) -> ApiError {
        ApiError::new(401, "unauthorized", message)
    }

    pub(crate) fn body(&self, request: u64) -> Value {
        json!({
            "type": "error.list",
            "request_id": request_id(request),
            "errors": [{ "code": self.code, "message": self.message }],
        })
    }
}

fn request_id(request: u64) -> String {
    format!("00000000-0000-4000-8000-{request:012x}")
}

impl fmt::Display for ApiError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} `{}`: {}", self.status, self.code, self.message)
    }
}

impl std::error::Error for ApiError {}
