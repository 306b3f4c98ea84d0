//! Where knowledge comes from.

use app::feedback::Misleading;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{May, ReadSources};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// Most documents that are listed.
const MOST_WARNINGS: usize = 200;

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

/// A document that misled drafts, as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Warning {
    /// The document.
    document: String,
    /// `article` or `learned_answer`.
    kind: &'static str,
    /// The source's own id of it.
    external_id: String,
    /// Where a person can read it.
    url: Option<String>,
    /// Since when it stands so; what was drafted before says nothing of it.
    since: String,
    /// Drafts that cite it and of which something is known.
    drafts: u64,
    /// Those that somebody threw away or called bad.
    refused: u64,
    /// Those, besides, of which people did not send what they take from it.
    rewritten: u64,
    /// When something was last said of one of them.
    newest_at: String,
}

impl From<Misleading> for Warning {
    fn from(one: Misleading) -> Self {
        Self {
            document: one.document.to_string(),
            kind: one.kind,
            external_id: one.external_id,
            url: one.url,
            since: one.since.to_string(),
            drafts: one.drafts,
            refused: one.refused,
            rewritten: one.rewritten,
            newest_at: one.newest_at.to_string(),
        }
    }
}

/// Documents that misled drafts, those that misled most first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Warnings {
    warnings: Vec<Warning>,
    /// How many there are in all.
    found: usize,
}

/// Lists the documents that misled drafts, at most two hundred: drafts that cite them were thrown away, called bad,
/// or again and again written anew.
#[utoipa::path(
    get, path = "/api/v1/sources/warnings", tag = "sources",
    responses((status = 200, body = Warnings), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn warnings(
    may: May<ReadSources>,
    State(shared): State<Shared>,
) -> Result<Json<Warnings>, Problem> {
    let found = shared.app().misleading(may.tenant()).await?;
    let in_all = found.len();
    let warnings = found.into_iter().take(MOST_WARNINGS).map(Warning::from).collect();
    Ok(Json(Warnings { warnings, found: in_all }))
}
