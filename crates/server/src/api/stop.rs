//! The emergency stop.

use app::outward::Stop;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{LiftStop, May, PressStop, ReadSources};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// How the emergency stop is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stopped {
    /// Whether it is pressed: nothing is written to anybody.
    pressed: bool,
}

/// Says whether the emergency stop is pressed.
#[utoipa::path(
    get, path = "/api/v1/stop", tag = "operations",
    responses((status = 200, body = Stopped), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn show(
    may: May<ReadSources>,
    State(shared): State<Shared>,
) -> Result<Json<Stopped>, Problem> {
    Ok(Json(Stopped { pressed: shared.app().is_stopped(may.tenant()).await? }))
}

/// Presses the emergency stop: whatever has not left us yet is held.
#[utoipa::path(
    post, path = "/api/v1/stop/press", tag = "operations",
    responses((status = 200, body = Stopped), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn press(
    may: May<PressStop>,
    State(shared): State<Shared>,
) -> Result<Json<Stopped>, Problem> {
    shared.app().press_stop(may.tenant(), Stop::Pressed, &may.caller.key.to_string()).await?;
    Ok(Json(Stopped { pressed: true }))
}

/// Lifts the emergency stop: what it held is looked at again.
#[utoipa::path(
    post, path = "/api/v1/stop/lift", tag = "operations",
    responses((status = 200, body = Stopped), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn lift(may: May<LiftStop>, State(shared): State<Shared>) -> Result<Json<Stopped>, Problem> {
    shared.app().press_stop(may.tenant(), Stop::Lifted, &may.caller.key.to_string()).await?;
    Ok(Json(Stopped { pressed: false }))
}
