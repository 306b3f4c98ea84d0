//! Who is who.

use axum::extract::{Path, State};
use domain::PersonId;
use serde::Serialize;
use utoipa::ToSchema;

use super::id;
use crate::auth::{May, ReadPersons};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// A person: the identities that are one human now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    /// Its id.
    id: String,
    /// The identities.
    subjects: Vec<String>,
    /// The companies they belong to.
    companies: Vec<String>,
    /// Whether one of them is a user of the company's product.
    is_user: bool,
}

/// Returns a person: ids alone, no name and no address. Looking somebody up is noted in the audit.
#[utoipa::path(
    get, path = "/api/v1/persons/{id}", tag = "persons",
    params(("id" = String, Path, description = "`per_…`")),
    responses((status = 200, body = Person), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn show(
    may: May<ReadPersons>,
    State(shared): State<Shared>,
    Path(text): Path<String>,
) -> Result<Json<Person>, Problem> {
    let person: PersonId = id(&text)?;
    let actor = may.caller.key.to_string();
    let found = shared.app().whole_person(may.tenant(), person, &actor).await?;
    Ok(Json(Person {
        id: person.to_string(),
        subjects: found.subjects.iter().map(ToString::to_string).collect(),
        companies: found.companies.iter().map(ToString::to_string).collect(),
        is_user: found.is_user,
    }))
}
