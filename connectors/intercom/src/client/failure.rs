//! Why a call failed, and whether it may have written something all the same.

use std::time::Duration;

use connector::Error;
use reqwest::StatusCode;
use serde_json::Value;

/// A call that failed. Holds no text of the answer but Intercom's word for the error.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    what: String,
    /// What took the place of a thing that is gone.
    pub(crate) moved_to: Option<String>,
}

#[derive(Debug)]
enum Kind {
    Limited(Duration),
    Answered(StatusCode),
    /// No connection was made.
    Unsent(reqwest::Error),
    /// The connection broke, or nothing came in time.
    Broken(reqwest::Error),
    Unreadable,
}

/// Whether a call that failed may have done its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It surely has not.
    No,
    /// Nobody can tell.
    Perhaps,
}

impl Failure {
    pub(super) fn limited(label: &str, wait: Duration) -> Self {
        Self::new(Kind::Limited(wait), format!("Intercom limits the calls (`{label}`)"))
    }

    /// Sorts an error of sending: without a connection nothing can have arrived.
    pub(crate) fn unsent(label: &str, error: reqwest::Error) -> Self {
        if error.is_connect() || error.is_builder() {
            let what = format!("Intercom cannot be reached (`{label}`)");
            return Self::new(Kind::Unsent(error.without_url()), what);
        }
        Self::broken(label, error)
    }

    pub(crate) fn broken(label: &str, error: reqwest::Error) -> Self {
        let what = format!("Intercom did not answer to the end (`{label}`)");
        Self::new(Kind::Broken(error.without_url()), what)
    }

    pub(crate) fn unreadable(label: &str, how: &str) -> Self {
        Self::new(Kind::Unreadable, format!("the answer of Intercom to `{label}` {how}"))
    }

    pub(crate) fn answered(label: &str, status: StatusCode, body: &[u8], moved_to: Option<String>) -> Self {
        let code = code(body).map(|code| format!(", `{code}`")).unwrap_or_default();
        let said = format!("`{label}`: {}{code}", status.as_u16());
        let what = match status.as_u16() {
            401 => format!(
                "Intercom refuses the access token ({said}); make a new one in the Developer Hub, or connect the workspace again if it has moved to another region"
            ),
            403 => format!("the access token lacks a right, or the plan does ({said})"),
            404 | 410 => format!("Intercom has no such thing ({said})"),
            408 | 500.. => format!("Intercom is out of order ({said})"),
            _ => format!("Intercom refuses the call ({said})"),
        };
        Self { moved_to, ..Self::new(Kind::Answered(status), what) }
    }

    fn new(kind: Kind, what: String) -> Self {
        Self { kind, what, moved_to: None }
    }

    /// Reports whether the thing is not there.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.kind, Kind::Answered(StatusCode::NOT_FOUND | StatusCode::GONE))
    }

    /// Reports whether only this part of the workspace is closed to the token.
    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self.kind, Kind::Answered(StatusCode::FORBIDDEN))
    }

    /// Reports whether Intercom understood the call and refuses this one thing; a token that no longer counts
    /// is refused everything.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.kind, Kind::Answered(status) if status.is_client_error()
            && status != StatusCode::UNAUTHORIZED && status != StatusCode::REQUEST_TIMEOUT)
    }

    /// Reports whether the answer came and makes no sense.
    pub(crate) fn is_unreadable(&self) -> bool {
        matches!(self.kind, Kind::Unreadable)
    }

    /// Reports whether the same call may work a moment later. A limit says itself how long that takes.
    pub(crate) fn may_pass(&self) -> bool {
        match &self.kind {
            Kind::Unsent(_) | Kind::Broken(_) => true,
            Kind::Answered(status) => status.is_server_error() || *status == StatusCode::REQUEST_TIMEOUT,
            Kind::Limited(_) | Kind::Unreadable => false,
        }
    }

    pub(crate) fn written(&self) -> Written {
        match &self.kind {
            Kind::Limited(_) | Kind::Unsent(_) => Written::No,
            Kind::Answered(status) if status.is_client_error() && *status != StatusCode::REQUEST_TIMEOUT => {
                Written::No
            }
            Kind::Answered(_) | Kind::Broken(_) | Kind::Unreadable => Written::Perhaps,
        }
    }

    /// Returns what happened in one line.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }
}

impl From<Failure> for Error {
    fn from(Failure { kind, what, .. }: Failure) -> Self {
        match kind {
            Kind::Limited(wait) => Self::RetryLater { what, after: Some(wait) },
            Kind::Unsent(error) | Kind::Broken(error) => {
                Self::Unreachable { what, source: Some(error.into()) }
            }
            Kind::Unreadable => Self::Malformed { what },
            Kind::Answered(status) => match status.as_u16() {
                401 | 403 => Self::FixCredentials { what },
                404 | 410 => Self::NotFound { what },
                408 | 500.. => Self::Unreachable { what, source: None },
                _ => Self::GiveUp { what, source: None },
            },
        }
    }
}

/// Returns Intercom's word for an error. The message beside it may quote a customer and is left alone.
fn code(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let code = answer.pointer("/errors/0/code")?.as_str()?;
    let is_word = code.len() <= 60 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_word.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Failure {
        Failure::answered("GET /contacts", StatusCode::from_u16(status).unwrap(), body.as_bytes(), None)
    }

    #[test]
    fn is_sorted_by_what_can_be_done() {
        let error = |status| Error::from(answered(status, ""));
        assert!(matches!(error(401), Error::FixCredentials { .. }));
        assert!(matches!(error(403), Error::FixCredentials { .. }));
        assert!(matches!(error(404), Error::NotFound { .. }));
        assert!(matches!(error(410), Error::NotFound { .. }));
        assert!(matches!(error(503), Error::Unreachable { .. }));
        assert!(matches!(error(422), Error::GiveUp { .. }));
    }

    #[test]
    fn only_a_clear_refusal_has_surely_written_nothing() {
        for (status, written) in
            [(422, Written::No), (404, Written::No), (408, Written::Perhaps), (500, Written::Perhaps)]
        {
            assert_eq!(answered(status, "").written(), written, "{status}");
        }
        assert_eq!(Failure::limited("x", Duration::ZERO).written(), Written::No);
        assert_eq!(Failure::unreadable("x", "y").written(), Written::Perhaps);
    }

    #[test]
    fn tells_the_code_and_never_the_message() {
        let body =
            r#"{"type":"error.list","errors":[{"code":"conflict","message":"ann@mail.example exists"}]}"#;
        let failure = answered(409, body);
        assert!(failure.what().contains("`conflict`"));
        assert!(!format!("{failure:?}").contains("ann@mail"));
        assert!(!answered(400, r#"{"errors":[{"code":"Ann Example wrote"}]}"#).what().contains("Ann"));
    }
}
