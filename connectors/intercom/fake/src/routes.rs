//! Every route there is.

mod accounts;
mod companies;
mod contacts;
mod conversations;
mod knowledge;
mod oauth;
mod replies;
mod steps;
mod tags;
mod tickets;
mod visitors;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{delete, get, post};
use futures::future::{BoxFuture, FutureExt};
use serde_json::Value;

use crate::error::ApiError;
use crate::gate::{Call, Handler, pass};
use crate::shared::Shared;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let router = Router::new()
        .route("/me", get(call(accounts::me)))
        .route("/admins", get(call(accounts::admins)))
        .route("/admins/{id}", get(call(accounts::admin)))
        .route("/teams", get(call(accounts::teams)))
        .route("/teams/{id}", get(call(accounts::team)))
        .route("/data_attributes", get(call(accounts::data_attributes)))
        .route("/contacts", get(call(contacts::list)).post(call(contacts::create)))
        .route("/contacts/search", post(call(contacts::search)))
        .route("/contacts/merge", post(call(contacts::merge)))
        .route("/contacts/find_by_external_id/{id}", get(call(contacts::by_external_id)))
        .route(
            "/contacts/{id}",
            get(call(contacts::get)).put(call(contacts::update)).delete(call(contacts::delete)),
        )
        .route("/contacts/{id}/archive", post(call(contacts::archive)))
        .route("/contacts/{id}/unarchive", post(call(contacts::unarchive)))
        .route("/contacts/{id}/block", post(call(contacts::block)))
        .route("/contacts/{id}/merge_history", get(call(contacts::merge_history)))
        .route("/contacts/{id}/notes", get(call(contacts::notes)).post(call(contacts::add_note)))
        .route("/contacts/{id}/tags", get(call(tags::of_contact)).post(call(tags::tag_contact)))
        .route("/contacts/{id}/tags/{tag}", delete(call(tags::untag_contact)))
        .route("/contacts/{id}/companies", get(call(companies::of_contact)).post(call(companies::attach)))
        .route("/contacts/{id}/companies/{company}", delete(call(companies::detach)))
        .route("/visitors", get(call(visitors::get)).put(call(visitors::update)))
        .route("/visitors/convert", post(call(visitors::convert)))
        .route("/companies", get(call(companies::find)).post(call(companies::save)))
        .route("/companies/list", post(call(companies::list)))
        .route("/companies/scroll", get(call(companies::scroll)))
        .route("/companies/{id}", get(call(companies::get)).delete(call(companies::delete)))
        .route("/companies/{id}/contacts", get(call(companies::members)));
    more(router).fallback(call(nowhere)).with_state(shared)
}

fn more(router: Router<Arc<Shared>>) -> Router<Arc<Shared>> {
    router
        .route("/conversations", get(call(conversations::list)).post(call(conversations::create)))
        .route("/conversations/search", post(call(conversations::search)))
        .route("/conversations/redact", post(call(conversations::redact)))
        .route("/conversations/deleted", get(call(conversations::deleted)))
        .route(
            "/conversations/{id}",
            get(call(conversations::get))
                .put(call(conversations::update))
                .delete(call(conversations::delete)),
        )
        .route("/conversations/{id}/reply", post(call(replies::reply)))
        .route("/conversations/{id}/parts", post(call(steps::parts)))
        .route("/conversations/{id}/tags", post(call(tags::tag_conversation)))
        .route("/conversations/{id}/tags/{tag}", delete(call(tags::untag_conversation)))
        .route("/conversations/{id}/customers", post(call(steps::attach)))
        .route("/conversations/{id}/customers/{contact}", delete(call(steps::detach)))
        .route("/articles", get(call(knowledge::articles)))
        .route("/articles/search", get(call(knowledge::search)))
        .route("/articles/{id}", get(call(knowledge::article)))
        .route("/internal_articles", get(call(knowledge::internal_articles)))
        .route("/internal_articles/{id}", get(call(knowledge::internal_article)))
        .route("/help_center/help_centers", get(call(knowledge::help_centers)))
        .route("/help_center/collections", get(call(knowledge::collections)))
        .route("/tickets/search", post(call(tickets::search)))
        .route("/tickets/{id}", get(call(tickets::get)).put(call(tickets::update)))
        .route("/tickets/{id}/reply", post(call(tickets::reply)))
        .route("/ticket_types", get(call(tickets::types)))
        .route("/ticket_states", get(call(tickets::states)))
        .route("/tags", get(call(tags::list)).post(call(tags::save)))
        .route("/tags/{id}", get(call(tags::get)).delete(call(tags::delete)))
        .route("/oauth", get(oauth::authorise))
        .route("/auth/eagle/token", post(oauth::exchange))
}

type Held = State<Arc<Shared>>;
type Segments = Path<HashMap<String, String>>;
type Answering = BoxFuture<'static, Response>;

/// Makes a route of a handler; everything around it is the gate's.
fn call(handler: Handler) -> impl Fn(Held, Segments, Request) -> Answering + Clone + Send + Sync {
    move |State(shared), Path(path), request| pass(shared, path, request, handler).boxed()
}

fn nowhere(_: &mut Call<'_>) -> Result<Value, ApiError> {
    Err(ApiError::new(404, "not_found", "The requested resource was not found"))
}
