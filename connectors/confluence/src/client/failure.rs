//! Why a call failed, sorted by what can be done.

use std::time::Duration;

use connector::Error;
use reqwest::StatusCode;

/// A call that failed. Holds no text of the answer.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    what: String,
}

#[derive(Debug)]
enum Kind {
    Limited(Option<Duration>),
    Answered(StatusCode),
    Unreached(reqwest::Error),
    Unreadable,
    TooLarge,
    Other(Error),
}

impl Failure {
    pub(crate) fn answered(label: &str, status: StatusCode, wait: Option<Duration>) -> Self {
        let said = format!("`{label}`: {}", status.as_u16());
        let is_limit = status == StatusCode::TOO_MANY_REQUESTS
            || (status == StatusCode::SERVICE_UNAVAILABLE && wait.is_some());
        let what = match status.as_u16() {
            _ if is_limit => format!("Confluence limits the calls ({said})"),
            401 => format!("Confluence refuses the key ({said}); make a new one and configure it"),
            403 => format!("the key lacks a right ({said})"),
            404 | 410 => format!("Confluence has no such thing, or the key may not see it ({said})"),
            408 | 500.. => format!("Confluence is out of order ({said})"),
            _ => format!("Confluence refuses the call ({said})"),
        };
        Self { kind: if is_limit { Kind::Limited(wait) } else { Kind::Answered(status) }, what }
    }

    pub(crate) fn unreached(label: &str, error: reqwest::Error) -> Self {
        let what = format!("Confluence cannot be reached or did not answer to the end (`{label}`)");
        Self { kind: Kind::Unreached(error.without_url()), what }
    }

    pub(crate) fn unreadable(label: &str, how: &str) -> Self {
        Self { kind: Kind::Unreadable, what: format!("the answer of Confluence to `{label}` {how}") }
    }

    pub(super) fn too_large(label: &str) -> Self {
        Self { kind: Kind::TooLarge, what: format!("the answer of Confluence to `{label}` is too large") }
    }

    /// Reports whether the thing is not there, or is hidden from us.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.kind, Kind::Answered(StatusCode::NOT_FOUND | StatusCode::GONE))
    }

    /// Reports whether only this thing is closed to the key.
    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self.kind, Kind::Answered(StatusCode::FORBIDDEN))
    }

    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self.kind, Kind::TooLarge)
    }

    /// Reports whether Confluence understood the call and will always refuse it.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.kind, Kind::Answered(status) if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT
            && status != StatusCode::UNAUTHORIZED)
    }

    /// Reports whether the key does not count, at all or for this call.
    pub(crate) fn is_refused_key(&self) -> bool {
        matches!(self.kind, Kind::Answered(StatusCode::UNAUTHORIZED))
    }

    /// Reports whether the same call may work at once.
    pub(crate) fn is_by_chance(&self) -> bool {
        match &self.kind {
            Kind::Answered(status) => status.is_server_error() || *status == StatusCode::REQUEST_TIMEOUT,
            Kind::Unreached(error) => !error.is_connect(),
            _ => false,
        }
    }

    /// Returns how long Confluence asks to wait, where it does.
    pub(super) fn wait(&self) -> Option<Duration> {
        match self.kind {
            Kind::Limited(wait) => wait,
            _ => None,
        }
    }

    /// Returns what happened in one line.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { what: error.to_string(), kind: Kind::Other(error) }
    }
}

impl From<Failure> for Error {
    fn from(Failure { kind, what }: Failure) -> Self {
        match kind {
            Kind::Limited(after) => Self::RetryLater { what, after },
            Kind::Unreached(error) => Self::Unreachable { what, source: Some(error.into()) },
            Kind::Unreadable | Kind::TooLarge => Self::Malformed { what },
            Kind::Other(error) => error,
            Kind::Answered(status) => match status.as_u16() {
                401 | 403 => Self::FixCredentials { what },
                404 | 410 => Self::NotFound { what },
                408 | 500.. => Self::Unreachable { what, source: None },
                _ => Self::GiveUp { what, source: None },
            },
        }
    }
}
