//! Records of decisions.

use axum::extract::{Path, State};
use domain::TraceId;
use serde::Serialize;
use utoipa::ToSchema;

use super::id;
use crate::auth::{May, ReadTraces};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// The record of a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Trace {
    /// Its id.
    id: String,
    /// When the decision was made.
    at: String,
    /// Ids, scores, verdicts and timings; no text of anybody.
    #[schema(value_type = Object)]
    record: serde_json::Value,
}

/// Returns the record of a decision: ids and scores.
#[utoipa::path(
    get, path = "/api/v1/traces/{id}", tag = "conversations",
    params(("id" = String, Path, description = "`trc_…`")),
    responses((status = 200, body = Trace), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn show(
    may: May<ReadTraces>,
    State(shared): State<Shared>,
    Path(text): Path<String>,
) -> Result<Json<Trace>, Problem> {
    let trace: TraceId = id(&text)?;
    let (at, record) = shared.app().trace(&may.caller, trace).await?;
    Ok(Json(Trace { id: trace.to_string(), at: at.to_string(), record }))
}
