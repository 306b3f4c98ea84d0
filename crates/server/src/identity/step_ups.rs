//! Confirming, from the company's own app, who a customer is.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Fresh, FromServer, UserId};
use crate::auth::{IssueIdentity, May};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// A link that a customer opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    /// What `backstory` says in the address of the link.
    word: String,
}

/// A link, and who is logged in where it was opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// What `backstory` says in the address of the link.
    word: String,
    /// The id of the user who is logged in, as a text or a whole number.
    #[schema(value_type = String)]
    user_id: UserId,
}

/// What a link asks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Asked {
    /// The conversation that it was made in.
    conversation: String,
    /// `messenger` or `mail`.
    by: &'static str,
    /// When it was made.
    made_at: String,
    /// Until when it may be confirmed.
    expires_at: String,
}

/// What a confirmation came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Confirmed {
    /// The conversation.
    conversation: String,
    /// `messenger`: the customer writes there again. `mail`: the answer is shown here.
    by: &'static str,
    /// Until when what the customer writes in this conversation through the Messenger counts as proven.
    verified_until: String,
    /// For a mail, the answer to show to this user and nobody else; absent when people answer.
    answer: Option<String>,
}

fn way(by_mail: bool) -> &'static str {
    if by_mail { "mail" } else { "messenger" }
}

/// Says what a link asks, so that your page can show it before the customer agrees. The link stays open.
#[utoipa::path(
    post, path = "/identity/step-ups/look", tag = "identity", request_body = Link,
    responses((status = 200, body = Asked), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn look(
    may: May<IssueIdentity>,
    _from: FromServer,
    State(shared): State<Shared>,
    Json(link): Json<Link>,
) -> Result<Fresh<Asked>, Problem> {
    let asked = shared.app().look_at_step_up(may.tenant(), &link.word).await?;
    Ok(Fresh(Asked {
        conversation: asked.conversation.to_string(),
        by: way(asked.by_mail),
        made_at: asked.made_at.to_string(),
        expires_at: asked.expires_at.to_string(),
    }))
}

/// Confirms that the customer of a link is the user who is logged in to your app. It counts once: whatever is
/// answered, the link is used up. Call it after the user agreed, with what your own session says.
#[utoipa::path(
    post, path = "/identity/step-ups/confirm", tag = "identity", request_body = Confirmation,
    responses((status = 200, body = Confirmed), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn confirm(
    may: May<IssueIdentity>,
    _from: FromServer,
    State(shared): State<Shared>,
    Json(confirmation): Json<Confirmation>,
) -> Result<Fresh<Confirmed>, Problem> {
    let Confirmation { word, user_id } = &confirmation;
    let by = may.caller.key.to_string();
    let confirmed = shared.app().confirm_step_up(may.tenant(), (word, &user_id.0), &by).await?;
    Ok(Fresh(Confirmed {
        conversation: confirmed.conversation.to_string(),
        by: way(confirmed.by_mail),
        verified_until: confirmed.until.to_string(),
        answer: confirmed.shown.map(|shown| shown.text),
    }))
}
