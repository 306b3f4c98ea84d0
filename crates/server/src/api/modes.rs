//! How far each topic is automated.

use app::modes::{self, Decided, TopicMode};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::Mode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{May, ReadSources, SetModes};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// The mode of a topic.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ModeOfTopic {
    /// A tag of conversations; empty for all that have no mode of their own.
    #[serde(default)]
    topic: String,
    /// `off` (nothing is drafted), `draft` (drafts for agents) or `auto` (replies without an agent).
    #[schema(value_type = String)]
    mode: Mode,
}

/// A decision about a mode.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decision {
    /// Its number, by which it is confirmed.
    number: i64,
    /// The topic.
    topic: String,
    /// The mode that was chosen.
    #[schema(value_type = String)]
    mode: Mode,
    /// Who chose it: the id of a key, or a name.
    by: String,
    /// Who confirmed it.
    confirmed_by: Option<String>,
    /// Whether it waits for a second person and does not count until then.
    waits: bool,
}

/// How everything is switched, and everything that was decided about it, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Modes {
    modes: Vec<ModeOfTopic>,
    decisions: Vec<Decision>,
}

/// A decision that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Chosen {
    /// The number of the decision.
    number: i64,
    /// Whether it waits for a second person and does not count until then.
    waits: bool,
}

/// Says how far each topic is automated, and who decided it.
#[utoipa::path(
    get, path = "/api/v1/modes", tag = "operations",
    responses((status = 200, body = Modes), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn list(
    may: May<ReadSources>,
    State(shared): State<Shared>,
) -> Result<Json<Modes>, Problem> {
    let modes::Modes { modes, decisions } = shared.books().modes(may.tenant()).await?;
    let mode = |TopicMode { topic, mode }| ModeOfTopic { topic, mode };
    let decision = |Decided { number, topic, mode, by, confirmed_by, waits }| Decision {
        number,
        topic,
        mode,
        by,
        confirmed_by,
        waits,
    };
    Ok(Json(Modes {
        modes: modes.into_iter().map(mode).collect(),
        decisions: decisions.into_iter().map(decision).collect(),
    }))
}

/// Chooses the mode of a topic; `auto` counts once somebody else has confirmed it.
#[utoipa::path(
    post, path = "/api/v1/modes", tag = "operations", request_body = ModeOfTopic,
    responses((status = 200, body = Chosen), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn choose(
    may: May<SetModes>,
    State(shared): State<Shared>,
    Json(chosen): Json<ModeOfTopic>,
) -> Result<Json<Chosen>, Problem> {
    let (mode, by) = (chosen.mode, may.caller.key.to_string());
    let number = shared.books().set_mode(may.tenant(), &chosen.topic, mode, &by).await?;
    Ok(Json(Chosen { number, waits: mode == Mode::Auto }))
}

/// Confirms a decision, with another key than the one that made it.
#[utoipa::path(
    post, path = "/api/v1/modes/{number}/confirm", tag = "operations",
    params(("number" = i64, Path, description = "The number of the decision.")),
    responses((status = 204, description = "It counts from now on."), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn confirm(
    may: May<SetModes>,
    State(shared): State<Shared>,
    Path(number): Path<String>,
) -> Result<StatusCode, Problem> {
    let number = number.parse().map_err(|_| Problem::invalid("the number of a decision is a number"))?;
    shared.books().confirm_mode(may.tenant(), number, &may.caller.key.to_string()).await?;
    Ok(StatusCode::NO_CONTENT)
}
