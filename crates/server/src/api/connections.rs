//! Accounts that are connected, and beginning to connect one.

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{ConnectAccounts, May, ReadSources};
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

/// A connected account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connection {
    /// The channel's kind.
    kind: String,
    /// The workspace.
    account: String,
    /// The app of the configuration that it is connected through.
    app: String,
    /// The teammate in whose name is written.
    teammate: String,
    /// Since when it is connected.
    connected_at: String,
    /// Until when was looked for what notifications lost.
    polled_to: String,
    /// Since when it refuses our key; its conversations wait until it is connected again.
    refused_at: Option<String>,
}

/// All connected accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connections {
    connections: Vec<Connection>,
}

/// Lists the connected accounts.
#[utoipa::path(
    get, path = "/api/v1/connections", tag = "connections",
    responses((status = 200, body = Connections), (status = "4XX", body = ErrorBody))
)]
pub(crate) async fn list(
    may: May<ReadSources>,
    State(shared): State<Shared>,
) -> Result<Json<Connections>, Problem> {
    let connections = shared.app().accounts(may.tenant()).await?.into_iter().map(|account| Connection {
        kind: account.channel,
        account: account.account,
        app: account.app,
        teammate: account.teammate,
        connected_at: account.added_at.to_string(),
        polled_to: account.polled_to.to_string(),
        refused_at: account.refused_at.map(|at| at.to_string()),
    });
    Ok(Json(Connections { connections: connections.collect() }))
}
