//! Where knowledge comes from.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{May, ReadSources};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// A source of knowledge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Source {
    /// Its id.
    id: String,
    /// The connector that reads it.
    kind: String,
    /// The workspace, folder or site.
    account: String,
    /// What people call it.
    name: String,
    /// Since when it is known.
    created_at: String,
    /// When a full listing of what it holds last succeeded.
    last_full_listing: Option<String>,
    /// Whether its first page was read.
    is_begun: bool,
}

/// The sources of knowledge, and how much they gave in all.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sources {
    sources: Vec<Source>,
    /// Articles of all sources.
    articles: u64,
    /// Conversations of all sources.
    conversations: u64,
    /// Answers learned from past conversations.
    learned_answers: u64,
}

/// Lists the sources of knowledge.
#[utoipa::path(
    get, path = "/api/v1/sources", tag = "sources",
    responses((status = 200, body = Sources), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn list(
    may: May<ReadSources>,
    State(shared): State<Shared>,
) -> Result<Json<Sources>, Problem> {
    let (sources, counts) = shared.app().sources(may.tenant()).await?;
    let sources = sources.into_iter().map(|source| Source {
        id: source.id.to_string(),
        kind: source.kind,
        account: source.account,
        name: source.name,
        created_at: source.created_at.to_string(),
        last_full_listing: source.last_full_listing.map(|at| at.to_string()),
        is_begun: source.cursor.is_some(),
    });
    Ok(Json(Sources {
        sources: sources.collect(),
        articles: counts.articles,
        conversations: counts.conversations,
        learned_answers: counts.learned_answers,
    }))
}
