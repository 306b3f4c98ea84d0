//! What people make of drafts.

use app::feedback::Given;
use axum::extract::{Path, State};
use domain::OutgoingId;
use domain::feedback::Rating;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::id;
use crate::auth::{May, RateDrafts};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// What became of a draft, or what somebody says of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feedback {
    /// `used`, `edited` or `ignored` is what the conversation shows; `discarded` or `rated` is what somebody says.
    kind: &'static str,
    /// The key of whoever says so; none for what the conversation shows.
    by: Option<String>,
    /// The share of the longer text that was changed, 0 to 1.
    changed: Option<f64>,
    /// Words of the draft.
    words_drafted: Option<u32>,
    /// Words that were sent.
    words_sent: Option<u32>,
    /// Words that stand in both, in this order.
    words_kept: Option<u32>,
    /// The channel's id of what was sent.
    part: Option<String>,
    /// `good` or `bad`.
    rating: Option<&'static str>,
    /// Why, without personal data.
    comment: Option<String>,
    /// When.
    at: String,
}

impl From<&app::feedback::Feedback> for Feedback {
    fn from(feedback: &app::feedback::Feedback) -> Self {
        let words = feedback.words;
        Self {
            kind: feedback.kind.name(),
            by: feedback.said_by.map(|key| key.to_string()),
            changed: feedback.changed_permille.map(|share| f64::from(share) / 1_000.0),
            words_drafted: words.map(|words| words.drafted),
            words_sent: words.map(|words| words.sent),
            words_kept: words.map(|words| words.kept),
            part: feedback.part.clone(),
            rating: feedback.rating.map(Rating::name),
            comment: feedback.comment.clone(),
            at: feedback.at.to_string(),
        }
    }
}

/// What a draft was worth.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Worth {
    Good,
    Bad,
}

/// What somebody says of a draft: a rating, that it was thrown away, or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Say {
    /// What it was worth.
    #[serde(default)]
    rating: Option<Worth>,
    /// Whether it was thrown away.
    #[serde(default)]
    discarded: bool,
    /// Why, in at most 500 characters. Personal data is taken out of it before it is stored.
    #[serde(default)]
    comment: Option<String>,
}

/// Keeps what somebody says of a draft. Said again with the same key, it takes the place of what was said before.
#[utoipa::path(
    post, path = "/api/v1/drafts/{id}/feedback", tag = "conversations", request_body = Say,
    params(("id" = String, Path, description = "`out_…`, as a conversation lists its drafts")),
    responses((status = 200, body = Feedback), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn give(
    may: May<RateDrafts>,
    State(shared): State<Shared>,
    Path(text): Path<String>,
    Json(Say { rating, discarded, comment }): Json<Say>,
) -> Result<Json<Feedback>, Problem> {
    let draft: OutgoingId = id(&text)?;
    let rating = rating.map(|worth| match worth {
        Worth::Good => Rating::Good,
        Worth::Bad => Rating::Bad,
    });
    let given = Given { rating, discarded, comment };
    let kept = shared.app().give_feedback(&may.caller, draft, given).await?;
    Ok(Json(Feedback::from(&kept)))
}
