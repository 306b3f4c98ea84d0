//! The one type that turns a failure into an answer: what happened, and what to do next.

use app::outward::{Fault, fault};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::json::Json;

/// Why a call was not done.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    next: String,
}

/// A failure, as it is answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    error: ErrorText,
}

/// What happened, and what to do next.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorText {
    /// A word for programs.
    code: &'static str,
    /// What happened.
    message: String,
    /// What to do next.
    next: String,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { status, code, message: message.into(), next: next.into() }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            what,
            "check the id; what belongs to another company does not exist for this key",
        )
    }

    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid",
            what,
            "correct the call; /api/v1/openapi.json describes it",
        )
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "the database cannot be used right now",
            "send the same call again in a moment",
        )
    }

    pub(crate) fn overloaded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "too many calls at a time",
            "send the same call again in a moment",
        )
    }

    pub(crate) fn timeout() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timeout",
            "the call took too long and was broken off",
            "send the same call again in a moment",
        )
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong on our side",
            "look into the log for the `x-request-id` of this answer",
        )
    }
}

/// Logs once what is not the caller's doing; the answer says nothing of the inside.
impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        match fault(&error) {
            Fault::NotFound(what) => Self::not_found(what),
            Fault::Conflict(what) => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                what,
                "look at how it stands now, then decide again",
            ),
            Fault::Invalid(what) => Self::invalid(what),
            Fault::Outside(what) => Self::new(
                StatusCode::BAD_GATEWAY,
                "outside",
                what,
                "mend the access to the outside system, then send the same call again",
            ),
            Fault::Unavailable => {
                tracing::warn!("a call could not be answered for now: {error:#}");
                Self::unavailable()
            }
            Fault::Internal => {
                tracing::error!("a call failed: {error:#}");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, message, next } = self;
        (status, Json(ErrorBody { error: ErrorText { code, message, next } })).into_response()
    }
}
