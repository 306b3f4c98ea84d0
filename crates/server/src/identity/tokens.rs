//! Signing who is logged in, for the Messenger.

use app::proof::{Platform, User};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Fresh, FromServer, UserId};
use crate::auth::{IssueIdentity, May};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// A user who is logged in to your product.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoggedIn {
    /// The user's id in your product, as a text or a whole number.
    #[schema(value_type = String)]
    user_id: UserId,
    /// The user's address.
    email: Option<String>,
    /// The user's name.
    name: Option<String>,
    /// `web` (the default), `ios` or `android`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    platform: Platform,
    /// For how long the token counts, in seconds: 60 to 3600, 900 where nothing is said.
    ttl_secs: Option<u32>,
}

/// A user whose legacy hash is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hashing {
    /// The user's id in your product, as a text or a whole number.
    #[schema(value_type = String)]
    user_id: UserId,
    /// `web` (the default), `ios` or `android`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    platform: Platform,
}

/// A Messenger JWT.
#[derive(Serialize, ToSchema)]
pub(crate) struct Token {
    /// The token, for `intercom_user_jwt`.
    token: String,
    /// The id that it names.
    user_id: String,
    /// Until when it counts.
    expires_at: String,
    /// What it does not say, because it identifies nobody.
    left_out: Vec<Unsaid>,
}

/// Something that a token does not say.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unsaid {
    /// `email` or `name`.
    claim: &'static str,
    /// Why: `empty`, `placeholder`, `template`, `example_address`, `role_address` or `malformed`.
    why: &'static str,
}

/// A legacy hash.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hash {
    /// The hash, for `user_hash`.
    user_hash: String,
    /// The id that it is of.
    user_id: String,
}

/// Issues a Messenger JWT for the user who is logged in to your product. Call it from your server, with what your
/// own session says, never with what a browser sends.
#[utoipa::path(
    post, path = "/identity/token", tag = "identity", request_body = LoggedIn,
    responses((status = 200, body = Token), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn issue(
    may: May<IssueIdentity>,
    _from: FromServer,
    State(shared): State<Shared>,
    Json(asked): Json<LoggedIn>,
) -> Result<Fresh<Token>, Problem> {
    let user = User {
        user_id: &asked.user_id.0,
        email: asked.email.as_deref(),
        name: asked.name.as_deref(),
        platform: asked.platform,
    };
    let issued = shared.books().issue_token(may.tenant(), &user, asked.ttl_secs).await?;
    let unsaid = issued.left_out.iter().map(|one| Unsaid { claim: one.claim, why: one.why.name() });
    Ok(Fresh(Token {
        token: issued.token.reveal().to_owned(),
        user_id: issued.user_id,
        expires_at: issued.expires_at.to_string(),
        left_out: unsaid.collect(),
    }))
}

/// Makes the legacy `user_hash` of a user. It never expires, so whoever writes with it is not verified; use
/// tokens.
#[utoipa::path(
    post, path = "/identity/user-hash", tag = "identity", request_body = Hashing,
    responses((status = 200, body = Hash), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn hash(
    may: May<IssueIdentity>,
    _from: FromServer,
    State(shared): State<Shared>,
    Json(asked): Json<Hashing>,
) -> Result<Fresh<Hash>, Problem> {
    let user = User { user_id: &asked.user_id.0, email: None, name: None, platform: asked.platform };
    let hashed = shared.books().user_hash(may.tenant(), &user).await?;
    Ok(Fresh(Hash { user_hash: hashed.user_hash.reveal().to_owned(), user_id: hashed.user_id }))
}
