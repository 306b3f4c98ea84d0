//! Every route.

use std::time::Duration;

use axum::Router;
use axum::error_handling::HandleErrorLayer;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi, SecurityRequirement};
use utoipa::{Modify, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::json::Json;
use crate::problem::Problem;
use crate::shared::Shared;
use crate::watch::{broken_off, panicked, watch};
use crate::{api, health, identity, oauth, webhooks};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Backstory", description = "What is going on in live conversations: ids, scores and times; and the identity kit for your own app."),
    modifiers(&Keys)
)]
struct Description;

/// Says that every call needs a key.
struct Keys;

impl Modify for Keys {
    fn modify(&self, description: &mut OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        description.components.get_or_insert_default().add_security_scheme("key", scheme);
        description.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("key", [])]);
    }
}

/// The routes of the API; each names its path where it is described, beside its handler.
fn api() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(api::conversations::list)) // GET  /api/v1/conversations
        .routes(routes!(api::conversations::show)) // GET  /api/v1/conversations/{id}
        .routes(routes!(api::feedback::give)) // POST /api/v1/drafts/{id}/feedback
        .routes(routes!(api::traces::show)) // GET  /api/v1/traces/{id}
        .routes(routes!(api::persons::show)) // GET  /api/v1/persons/{id}
        .routes(routes!(api::merges::duplicates)) // GET  /api/v1/duplicates
        .routes(routes!(api::merges::merge)) // POST /api/v1/merges
        .routes(routes!(api::merges::undo)) // POST /api/v1/merges/{id}/undo
        .routes(routes!(api::sources::list)) // GET  /api/v1/sources
        .routes(routes!(api::sources::warnings)) // GET  /api/v1/sources/warnings
        .routes(routes!(api::dead_letters::list)) // GET  /api/v1/dead-letters
        .routes(routes!(api::dead_letters::retry)) // POST /api/v1/dead-letters/{id}/retry
        .routes(routes!(api::stop::show)) // GET  /api/v1/stop
        .routes(routes!(api::stop::press)) // POST /api/v1/stop/press
        .routes(routes!(api::stop::lift)) // POST /api/v1/stop/lift
        .routes(routes!(api::modes::list, api::modes::choose)) // GET, POST  /api/v1/modes
        .routes(routes!(api::modes::confirm)) // POST /api/v1/modes/{number}/confirm
        .routes(routes!(api::connections::list)) // GET  /api/v1/connections
        .routes(routes!(api::connections::begin)) // POST /api/v1/connections/intercom/{app}
        .routes(routes!(identity::tokens::issue)) // POST /identity/token
        .routes(routes!(identity::tokens::hash)) // POST /identity/user-hash
        .routes(routes!(identity::step_ups::look)) // POST /identity/step-ups/look
        .routes(routes!(identity::step_ups::confirm)) // POST /identity/step-ups/confirm
        .routes(routes!(identity::script::show)) // GET  /identity/backstory-identity.js
}

/// Returns the description of the API.
#[must_use]
pub fn description() -> OpenApi {
    api().into_openapi()
}

/// Returns all routes with what happens around each call.
pub fn router(shared: &Shared) -> Router {
    let (api, description) = api().split_for_parts();
    let config = &shared.books().settings.server;
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(shared.clone(), watch))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(HandleErrorLayer::new(broken_off))
        .load_shed()
        .layer(GlobalConcurrencyLimitLayer::new(config.calls))
        .timeout(Duration::from_secs(config.timeout_secs.into()))
        .layer(DefaultBodyLimit::max(config.body_bytes));
    Router::new()
        .route("/webhooks/intercom/{app}", post(webhooks::take).head(webhooks::check))
        .route("/oauth/intercom/{app}/start", get(oauth::start))
        .route("/oauth/intercom/{app}/callback", get(oauth::callback))
        .route("/metrics", get(health::metrics))
        .route("/api/v1/openapi.json", get(|| async { Json(description) }))
        .merge(api)
        .fallback(nowhere)
        .method_not_allowed_fallback(otherwise)
        .layer(around)
        // Whoever watches over this process is told the truth also when everything else is shed.
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .with_state(shared.clone())
}

async fn nowhere() -> Problem {
    Problem::not_found("there is nothing at this address")
}

async fn otherwise() -> Problem {
    Problem::new(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        "method",
        "this address is not called like that",
        "/api/v1/openapi.json describes how",
    )
}
