//! Work that was given up.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::JobId;
use serde::Serialize;
use utoipa::ToSchema;

use super::id;
use crate::auth::{May, ReadDeadLetters, RetryDeadLetters};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// Work that was given up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    /// Its id.
    id: String,
    /// What kind of work.
    kind: String,
    /// What it is about: ids.
    #[schema(value_type = Object)]
    about: serde_json::Value,
    /// How often it was tried.
    attempts: u32,
    /// Why it failed last.
    last_error: Option<String>,
}

/// All work that was given up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetters {
    dead_letters: Vec<DeadLetter>,
}

/// Lists the work that was given up, oldest first.
#[utoipa::path(
    get, path = "/api/v1/dead-letters", tag = "operations",
    responses((status = 200, body = DeadLetters), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn list(
    may: May<ReadDeadLetters>,
    State(shared): State<Shared>,
) -> Result<Json<DeadLetters>, Problem> {
    let letters = shared.app().dead_letters(may.tenant()).await?.into_iter().map(|letter| DeadLetter {
        id: letter.id.to_string(),
        kind: letter.kind,
        about: letter.args,
        attempts: letter.attempts,
        last_error: letter.last_error,
    });
    Ok(Json(DeadLetters { dead_letters: letters.collect() }))
}

/// Has given-up work tried again.
#[utoipa::path(
    post, path = "/api/v1/dead-letters/{id}/retry", tag = "operations",
    params(("id" = String, Path, description = "`job_…`")),
    responses((status = 202, description = "It is tried again."), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn retry(
    may: May<RetryDeadLetters>,
    State(shared): State<Shared>,
    Path(text): Path<String>,
) -> Result<StatusCode, Problem> {
    let job: JobId = id(&text)?;
    shared.app().retry(may.tenant(), job).await?;
    Ok(StatusCode::ACCEPTED)
}
