//! Who may be one, and who is said to be.

use app::people::{Changed, Register};
use axum::extract::{Path, State};
use domain::{MergeId, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::id;
use crate::apart::apart;
use crate::auth::{ApproveMerges, May, ReadPersons};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// Most pairs that are handed out at a time.
const MOST_PAIRS: usize = 200;
/// The longest reason, in bytes.
const MOST_WHY: usize = 500;

/// Two people who may be one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pair {
    /// One of them.
    one: String,
    /// The other.
    other: String,
    /// How sure that is, 0 to 1.
    score: f64,
    /// What speaks for it.
    reasons: Vec<String>,
}

/// People who may be one, likeliest first. Nothing is merged by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Duplicates {
    pairs: Vec<Pair>,
}

/// Two people who are one.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Merge {
    /// One of them, `per_…`.
    one: String,
    /// The other.
    other: String,
    /// Why; it is kept with the entry.
    why: String,
}

/// Why something is taken back.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Undo {
    /// Why; it is kept with the entry.
    why: String,
}

/// What a merge or its undoing came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// The entry of the ledger, by which it is undone.
    entry: String,
    /// The people of whom it speaks, as they are now.
    people: Vec<String>,
}

impl From<Changed> for Entry {
    fn from(changed: Changed) -> Self {
        Self {
            entry: changed.entry.to_string(),
            people: changed.people.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Lists people who may be one, likeliest first, at most two hundred pairs. That somebody looked is noted in the
/// audit.
#[utoipa::path(
    get, path = "/api/v1/duplicates", tag = "persons",
    responses((status = 200, body = Duplicates), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn duplicates(
    may: May<ReadPersons>,
    State(shared): State<Shared>,
) -> Result<Json<Duplicates>, Problem> {
    let found = register(&shared, &may).duplicates(MOST_PAIRS).await?;
    let pair = |pair: app::people::Candidate| Pair {
        one: pair.one.to_string(),
        other: pair.other.to_string(),
        score: pair.score,
        reasons: pair.reasons.into_iter().map(|reason| reason.describe().to_owned()).collect(),
    };
    Ok(Json(Duplicates { pairs: found.into_iter().map(pair).collect() }))
}

/// Makes two people one, from now on: each sees at once what the other may see.
#[utoipa::path(
    post, path = "/api/v1/merges", tag = "persons", request_body = Merge,
    responses((status = 200, body = Entry), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn merge(
    may: May<ApproveMerges>,
    State(shared): State<Shared>,
    Json(Merge { one, other, why }): Json<Merge>,
) -> Result<Json<Entry>, Problem> {
    let (one, other): (PersonId, PersonId) = (id(&one)?, id(&other)?);
    let (register, why) = (register(&shared, &may), checked(&why)?);
    Ok(Json(apart(async move || register.merge_people(one, other, &why).await).await??.into()))
}

/// Takes a merge back, from now on: the two part at once.
#[utoipa::path(
    post, path = "/api/v1/merges/{id}/undo", tag = "persons", request_body = Undo,
    params(("id" = String, Path, description = "`mrg_…`")),
    responses((status = 200, body = Entry), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn undo(
    may: May<ApproveMerges>,
    State(shared): State<Shared>,
    Path(text): Path<String>,
    Json(Undo { why }): Json<Undo>,
) -> Result<Json<Entry>, Problem> {
    let entry: MergeId = id(&text)?;
    let (register, why) = (register(&shared, &may), checked(&why)?);
    Ok(Json(apart(async move || register.undo(entry, &why).await).await??.into()))
}

fn register<P>(shared: &Shared, may: &May<P>) -> Register {
    Register::beside(shared.app(), may.tenant(), &may.caller.key.to_string())
}

fn checked(why: &str) -> Result<String, Problem> {
    let why = why.trim();
    if why.is_empty() || why.len() > MOST_WHY || why.chars().any(char::is_control) {
        return Err(Problem::invalid(format!("`why` is a reason in one line of at most {MOST_WHY} bytes")));
    }
    Ok(why.to_owned())
}
