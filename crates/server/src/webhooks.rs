//! Notifications of Intercom.

use app::conversation::{Call, Refusal, Refused};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use crate::apart::apart;
use crate::json::body;
use crate::problem::Problem;
use crate::shared::Shared;

/// Takes a notification. 200 means that it is stored and cannot be lost; anything else makes Intercom send it
/// once more, after a minute.
pub(crate) async fn take(
    State(shared): State<Shared>,
    Path(app): Path<String>,
    headers: HeaderMap,
    read: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let body = body(read).inspect_err(|_| shared.metrics().refused("too_large"))?;
    let headers: Vec<(String, String)> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    // What a notification says of people acts at once, which writes whole pages.
    let receiving = shared.clone();
    let received = apart(async move || {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        receiving.app().receive(&app, &Call { headers: &headers, body: &body }).await
    })
    .await?;
    match received {
        Ok(received) => {
            shared.metrics().received(received);
            Ok(StatusCode::OK)
        }
        Err(refused) => Err(refuse(&shared, refused)),
    }
}

/// Answers the check that Intercom makes when the address is entered.
pub(crate) async fn check(
    State(shared): State<Shared>,
    Path(app): Path<String>,
) -> Result<StatusCode, Problem> {
    match shared.app().seams.channels.app(&app) {
        Some(_) => Ok(StatusCode::OK),
        None => Err(unknown(&app)),
    }
}

fn unknown(app: &str) -> Problem {
    let what = format!("no app `{}` is configured", app.chars().take(60).collect::<String>());
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_app",
        what,
        "correct the webhook address in the Developer Hub, or add the app to the configuration",
    )
}

fn refuse(shared: &Shared, refused: Refused) -> Problem {
    let (why, problem) = match refused {
        Refused::UnknownApp(app) => ("unknown_app", unknown(&app)),
        Refused::Call(Refusal::Unsigned) => (
            "unsigned",
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "unsigned",
                "the signature is missing or wrong",
                "check that `client_secret` is that of the app which sends these webhooks",
            ),
        ),
        Refused::Call(refusal @ Refusal::Malformed(_)) => (
            "malformed",
            Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed",
                refusal.to_string(),
                "send notifications as Intercom does",
            ),
        ),
        Refused::Apply(error) => {
            tracing::warn!("what a notification says could not be applied: {error}");
            ("unavailable", Problem::unavailable())
        }
        Refused::Store(error) => {
            // Whatever the reason, it is not stored: it has to come again.
            tracing::warn!("a notification could not be stored: {error}");
            ("unavailable", Problem::unavailable())
        }
    };
    shared.metrics().refused(why);
    problem
}
