//! Live conversations, and what was decided and written in them.

use app::outward::{Outcome, Outgoing, OutgoingKind, OutgoingState};
use axum::extract::{Path, Query, State};
use domain::ConversationId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::feedback::Feedback;
use super::id;
use crate::auth::{May, ReadConversations};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// A live conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conversation {
    /// Its id.
    id: String,
    /// The channel's id of it.
    external_id: String,
    /// The channel's kind.
    channel: String,
    /// The account it belongs to.
    account: String,
    /// Up to which change it was worked through.
    seen_to: String,
    /// Since when a collision with a person keeps automatic replies away.
    paused_at: Option<String>,
    /// Since when a wish for a human keeps everything away.
    hands_off_at: Option<String>,
    /// Automatic replies so far.
    automatic_replies: u32,
    /// The inbox in which it lies, by the channel's id of its team.
    inbox: Option<String>,
}

impl From<app::outward::LiveState> for Conversation {
    fn from(state: app::outward::LiveState) -> Self {
        Self {
            id: state.conversation.to_string(),
            external_id: state.external_id,
            channel: state.channel,
            account: state.account,
            seen_to: state.seen_to.to_string(),
            paused_at: state.paused_at.map(|at| at.to_string()),
            hands_off_at: state.hands_off_at.map(|at| at.to_string()),
            automatic_replies: state.automatic_count,
            inbox: state.inbox,
        }
    }
}

/// What was done about some messages of a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decided {
    /// The record of the decision.
    trace: String,
    /// The channel's ids of the messages.
    parts: Vec<String>,
    /// The topic it counts for.
    topic: String,
    /// `answer`, `ask`, `hand_off` or `silent`.
    outcome: String,
    /// The reason of a hand-off or of silence.
    reason: Option<String>,
    /// Whether it stands for good.
    standing: bool,
    /// When.
    at: String,
}

impl From<Outcome> for Decided {
    fn from(outcome: Outcome) -> Self {
        Self {
            trace: outcome.id.to_string(),
            parts: outcome.parts,
            topic: outcome.topic,
            outcome: outcome.outcome,
            reason: outcome.reason,
            standing: outcome.standing,
            at: outcome.at.to_string(),
        }
    }
}

/// A draft or reply that was written, or was to be. Its text is in the channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Draft {
    /// Its id.
    id: String,
    /// `note` for teammates, `reply` for everybody.
    kind: &'static str,
    /// How far it got.
    state: &'static str,
    /// The record of the decision behind it.
    trace: String,
    /// The channel's ids of the messages it answers.
    covers: Vec<String>,
    /// The channel's id of it, once it is there.
    part: Option<String>,
    /// Why it was not written.
    why: Option<String>,
    /// When it was made.
    created_at: String,
    /// When its state last changed.
    changed_at: String,
    /// What became of it, and what people say of it.
    feedback: Vec<Feedback>,
}

impl Draft {
    fn of(outgoing: Outgoing, feedback: &[app::feedback::Feedback]) -> Self {
        Self {
            feedback: feedback.iter().filter(|one| one.outgoing == outgoing.id).map(Feedback::from).collect(),
            id: outgoing.id.to_string(),
            kind: match outgoing.kind {
                OutgoingKind::Note => "note",
                OutgoingKind::Reply => "reply",
            },
            state: match outgoing.state {
                OutgoingState::Queued => "queued",
                OutgoingState::Sending => "sending",
                OutgoingState::Sent => "sent",
                OutgoingState::Refused => "refused",
                OutgoingState::Unknown => "unknown",
                OutgoingState::Superseded => "superseded",
                OutgoingState::GivenUp => "given_up",
            },
            trace: outgoing.trace.to_string(),
            covers: outgoing.covers,
            part: outgoing.part,
            why: outgoing.why,
            created_at: outgoing.created_at.to_string(),
            changed_at: outgoing.changed_at.to_string(),
        }
    }
}

/// A list of live conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Conversations {
    conversations: Vec<Conversation>,
}

/// A live conversation with all that was decided and written in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Whole {
    conversation: Conversation,
    outcomes: Vec<Decided>,
    drafts: Vec<Draft>,
}

/// How much to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Limit {
    /// At most so many, 1 to 200.
    #[serde(default = "fifty")]
    limit: u32,
}

fn fifty() -> u32 {
    50
}

/// Lists live conversations, those that last changed first.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", params(Limit),
    responses((status = 200, body = Conversations), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn list(
    may: May<ReadConversations>,
    State(shared): State<Shared>,
    Query(Limit { limit }): Query<Limit>,
) -> Result<Json<Conversations>, Problem> {
    if !(1..=200).contains(&limit) {
        return Err(Problem::invalid(format!("`limit` is {limit}; allowed is 1 to 200")));
    }
    let found = shared.app().live_conversations(&may.caller, limit).await?;
    Ok(Json(Conversations { conversations: found.into_iter().map(Conversation::from).collect() }))
}

/// Returns a live conversation with all that was decided and written in it.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path, description = "`cnv_…`")),
    responses((status = 200, body = Whole), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn show(
    may: May<ReadConversations>,
    State(shared): State<Shared>,
    Path(text): Path<String>,
) -> Result<Json<Whole>, Problem> {
    let conversation: ConversationId = id(&text)?;
    let state = shared.app().live_conversation(&may.caller, conversation).await?;
    let (outcomes, drafts) = shared.app().written_in(may.tenant(), conversation).await?;
    let feedback = shared.app().feedback_in(may.tenant(), conversation).await?;
    Ok(Json(Whole {
        conversation: state.into(),
        outcomes: outcomes.into_iter().map(Decided::from).collect(),
        drafts: drafts.into_iter().map(|draft| Draft::of(draft, &feedback)).collect(),
    }))
}
