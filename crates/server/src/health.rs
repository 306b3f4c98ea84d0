//! Whether this process lives, whether it should be sent work, and what it counted.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::shared::Shared;

/// Says that the process lives.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// Says whether calls can be taken: database and index answer, and we are not about to stop.
pub(crate) async fn ready(State(shared): State<Shared>) -> Result<&'static str, Problem> {
    if shared.is_closing() {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "closing",
            "this process is about to stop",
            "send calls to another one",
        ));
    }
    shared.app().open_work().await.map_err(|_| Problem::unavailable())?;
    if let Err(error) = shared.app().index_is_ready().await {
        tracing::warn!("not ready: {error:#}");
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "index",
            "the index cannot be searched or changed right now",
            "this goes on by itself once it can; what waits is kept",
        ));
    }
    Ok("ok\n")
}

/// Writes what was counted, for Prometheus.
pub(crate) async fn metrics(State(shared): State<Shared>) -> Result<Response, Problem> {
    let work = shared.app().open_work().await?;
    let text = shared.metrics().write(&[
        ("backstory_jobs_open", "Conversations that wait to be looked at, or are.", work.open),
        ("backstory_jobs_dead", "Conversations that were given up.", work.dead),
        ("backstory_accounts", "Connected accounts.", work.accounts),
    ]);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
