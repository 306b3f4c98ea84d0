//! What goes wrong, in Google's own words.

use serde_json::{Value, json};

/// A refused call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Google's word for it.
    pub reason: String,
}

impl ApiError {
    pub(crate) fn new(status: u16, reason: &str) -> ApiError {
        ApiError { status, reason: reason.to_owned() }
    }

    pub(crate) fn missing() -> ApiError {
        ApiError::new(404, "notFound")
    }

    pub(crate) fn invalid() -> ApiError {
        ApiError::new(400, "invalid")
    }

    /// Returns the body; its message names what a reader must never see in a log.
    pub(crate) fn body(&self) -> Value {
        let message = "Ann Example <ann@mail.example> may not see `My salary is 4711`";
        let domain = if self.reason.contains("imit") { "usageLimits" } else { "global" };
        json!({"error": {"code": self.status, "message": message,
            "errors": [{"domain": domain, "reason": self.reason, "message": message}]}})
    }
}
