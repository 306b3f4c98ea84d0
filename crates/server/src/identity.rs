//! The identity kit: what the company's own server and app call. Server to server, with a key that has the scope
//! `identity`; only the script is for browsers.

pub(crate) mod script;
pub(crate) mod step_ups;
pub(crate) mod tokens;

use app::proof::Refused;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};

use crate::json::Json;
use crate::problem::Problem;
use crate::shared::Shared;

/// What browsers add to a call, and servers do not.
const OF_BROWSERS: [HeaderName; 2] = [header::ORIGIN, HeaderName::from_static("sec-fetch-mode")];

/// A call that no browser made: in a browser, the key would be everybody's.
pub(crate) struct FromServer;

impl FromRequestParts<Shared> for FromServer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _shared: &Shared) -> Result<Self, Problem> {
        if OF_BROWSERS.iter().any(|name| parts.headers.contains_key(name)) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "browser",
                "a browser made this call, so its key is in the hands of whoever opens the page",
                "end the key with `backstory keys revoke`, make another one, and call from your server",
            ));
        }
        Ok(Self)
    }
}

/// An answer that nobody keeps: what it says counts for one caller and a short while.
pub(crate) struct Fresh<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Fresh<T> {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "no-store")], Json(self.0)).into_response()
    }
}

/// An id as servers hold it: a text, or a whole number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserId(pub(crate) String);

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Number(i64),
        }
        Ok(Self(match Either::deserialize(from)? {
            Either::Text(text) => text,
            Either::Number(number) => number.to_string(),
        }))
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let what = refused.to_string();
        let (status, code, next) = match refused {
            Refused::Nobody { .. } => (
                StatusCode::BAD_REQUEST,
                "nobody",
                "send the id that the logged-in user has in your product; without one, do not ask for a token",
            ),
            Refused::Lifetime(_) => (
                StatusCode::BAD_REQUEST,
                "lifetime",
                "leave `ttl_secs` out, or send one that is allowed; the script renews tokens by itself",
            ),
            Refused::NoSecret(_) => (
                StatusCode::CONFLICT,
                "no_secret",
                "store it: `backstory identity secret add --file FILE`; it is in Intercom's settings, Messenger, Security",
            ),
            Refused::Stale => (
                StatusCode::FORBIDDEN,
                "stale",
                "let the customer write again; a new link comes with the answer",
            ),
            Refused::OtherPerson => (
                StatusCode::FORBIDDEN,
                "other_person",
                "let the customer log in as who wrote, and write again; this link counts no more",
            ),
            Refused::Failed(error) => return error.into(),
        };
        Self::new(status, code, what, next)
    }
}
