//! Beginning to connect an account.

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{ConnectAccounts, May};
use crate::json::Json;
use crate::problem::{ErrorBody, Problem};
use crate::shared::Shared;

/// Where to go to connect an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Begin {
    /// The address to open in a browser, once and within ten minutes.
    open: String,
}

/// Gives an address with which a browser connects a workspace of Intercom to this company.
#[utoipa::path(
    post, path = "/api/v1/connections/intercom/{app}", tag = "connections",
    params(("app" = String, Path, description = "The name of the app in the configuration")),
    responses((status = 200, body = Begin), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn begin(
    may: May<ConnectAccounts>,
    State(shared): State<Shared>,
    Path(app): Path<String>,
) -> Result<Json<Begin>, Problem> {
    let books = shared.books();
    if books.settings.intercom.app(&app).is_err() {
        return Err(Problem::not_found("no such Intercom app is configured"));
    }
    let ticket = books.install_ticket(may.tenant(), &app).await?;
    let path = format!("/oauth/intercom/{app}/start?ticket={ticket}");
    let open = books.settings.server.public(&path).unwrap_or(path);
    Ok(Json(Begin { open }))
}
