//! Why a call failed, and what can be done: come back later, mend something, or leave one thing out.

use std::time::Duration;

use connector::Error;
use reqwest::StatusCode;
use serde_json::Value;

/// Google asks for patience: per minute, per user, or for sharing.
const PATIENCE: [&str; 5] = [
    "userRateLimitExceeded",
    "rateLimitExceeded",
    "sharingRateLimitExceeded",
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_EXHAUSTED",
];
/// The day's budget is spent; trying again soon only makes it worse.
const SPENT: [&str; 4] = ["dailyLimitExceeded", "dailyLimitExceededUnreg", "quotaExceeded", "limitExceeded"];
/// Somebody has to grant or switch on something.
const MEND: [&str; 7] = [
    "insufficientPermissions",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    "accessNotConfigured",
    "SERVICE_DISABLED",
    "domainPolicy",
    "appNotConfiguredForUser",
    "authError",
];
/// How long to wait when the day's budget is spent.
const HOUR: Duration = Duration::from_secs(3_600);

/// A call that failed. Holds no text of the answer but Google's word for the error.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    what: String,
    reason: String,
    wait: Option<Duration>,
}

#[derive(Debug)]
enum Kind {
    /// Google asks for patience.
    Limited,
    /// The day's budget is spent.
    Spent,
    /// Nobody but a person can mend it.
    Refused,
    Answered(StatusCode),
    Unsent(reqwest::Error),
    Broken(reqwest::Error),
    Unreadable,
    TooLarge,
    /// What somebody else has sorted already, such as who keeps our tokens.
    Known(Error),
}

impl Failure {
    pub(crate) fn unsent(label: &str, error: reqwest::Error) -> Self {
        if error.is_connect() || error.is_builder() {
            let what = format!("Google cannot be reached (`{label}`)");
            return Self::new(Kind::Unsent(error.without_url()), what);
        }
        Self::broken(label, error)
    }

    pub(crate) fn broken(label: &str, error: reqwest::Error) -> Self {
        let what = format!("Google did not answer to the end (`{label}`)");
        Self::new(Kind::Broken(error.without_url()), what)
    }

    pub(crate) fn unreadable(label: &str, how: &str) -> Self {
        Self::new(Kind::Unreadable, format!("the answer of Google to `{label}` {how}"))
    }

    pub(crate) fn too_large(label: &str, most_bytes: usize) -> Self {
        let what = format!("the answer of Google to `{label}` is longer than {} MB", most_bytes >> 20);
        Self::new(Kind::TooLarge, what)
    }

    /// A refusal that only a person can mend.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::new(Kind::Refused, what.into())
    }

    pub(crate) fn answered(label: &str, status: StatusCode, body: &[u8], wait: Option<Duration>) -> Self {
        let reason = reason(body);
        let said = match reason.as_str() {
            "" => format!("`{label}`: {}", status.as_u16()),
            reason => format!("`{label}`: {}, `{reason}`", status.as_u16()),
        };
        let is = |words: &[&str]| words.contains(&reason.as_str());
        let (kind, what) = match status.as_u16() {
            403 | 429 if is(&SPENT) => {
                (Kind::Spent, format!("the day's budget of calls to Google is spent ({said})"))
            }
            403 if is(&PATIENCE) => (Kind::Limited, format!("Google limits the calls ({said})")),
            429 => (Kind::Limited, format!("Google limits the calls ({said})")),
            401 => (Kind::Answered(status), format!("Google refuses the access token ({said})")),
            403 if is(&MEND) => {
                (Kind::Refused, format!("a right, a scope or a setting is missing at Google ({said})"))
            }
            403 => (Kind::Answered(status), format!("Google does not let this user read it ({said})")),
            404 => (
                Kind::Answered(status),
                format!("Google has no such thing, or hides it from this user ({said})"),
            ),
            408 | 500.. => (Kind::Answered(status), format!("Google is out of order ({said})")),
            _ => (Kind::Answered(status), format!("Google refuses the call ({said})")),
        };
        Self { reason, wait, ..Self::new(kind, what) }
    }

    fn new(kind: Kind, what: String) -> Self {
        Self { kind, what, reason: String::new(), wait: None }
    }

    /// Reports whether the thing is not there, or hidden.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.kind, Kind::Answered(StatusCode::NOT_FOUND | StatusCode::GONE))
    }

    /// Reports whether Google understood the call and refuses this one thing to this user.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.kind, Kind::Answered(status) if status.is_client_error()
            && ![StatusCode::UNAUTHORIZED, StatusCode::REQUEST_TIMEOUT].contains(&status))
    }

    pub(crate) fn is_unauthorised(&self) -> bool {
        matches!(self.kind, Kind::Answered(StatusCode::UNAUTHORIZED))
    }

    /// Reports whether Google asks for patience.
    pub(crate) fn is_limited(&self) -> bool {
        matches!(self.kind, Kind::Limited)
    }

    /// Reports whether it may pass on its own within seconds.
    pub(crate) fn is_transient(&self) -> bool {
        match &self.kind {
            Kind::Answered(status) => status.is_server_error() || *status == StatusCode::REQUEST_TIMEOUT,
            Kind::Broken(_) => true,
            _ => false,
        }
    }

    /// Reports whether the answer came, and is nothing that can be taken in.
    pub(crate) fn is_unusable(&self) -> bool {
        matches!(self.kind, Kind::Unreadable | Kind::TooLarge)
    }

    /// Reports whether Google refuses to export so much.
    pub(crate) fn is_export_limit(&self) -> bool {
        self.reason == "exportSizeLimitExceeded"
    }

    /// Returns how long Google asks to wait.
    pub(crate) fn asked_wait(&self) -> Option<Duration> {
        self.wait
    }

    /// Says how long to wait, where Google has not.
    pub(crate) fn with_wait(self, wait: Duration) -> Self {
        Self { wait: self.wait.or(Some(wait)), ..self }
    }

    /// Returns what happened in one line.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let what = error.to_string();
        Self::new(Kind::Known(error), what)
    }
}

impl From<Failure> for Error {
    fn from(Failure { kind, what, wait, .. }: Failure) -> Self {
        match kind {
            Kind::Limited => Self::RetryLater { what, after: wait },
            Kind::Spent => Self::RetryLater { what, after: wait.or(Some(HOUR)) },
            Kind::Refused => Self::FixCredentials { what },
            Kind::Unsent(error) | Kind::Broken(error) => {
                Self::Unreachable { what, source: Some(error.into()) }
            }
            Kind::Unreadable | Kind::TooLarge => Self::Malformed { what },
            Kind::Known(error) => error,
            Kind::Answered(status) => match status.as_u16() {
                401 | 403 => Self::FixCredentials { what },
                404 | 410 => Self::NotFound { what },
                408 | 500.. => Self::Unreachable { what, source: None },
                _ => Self::GiveUp { what, source: None },
            },
        }
    }
}

/// Returns Google's word for an error. The message beside it may quote a name or a text and is left alone.
fn reason(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &answer["error"];
    let details = error["details"].as_array().into_iter().flatten();
    let detailed = details.filter_map(|detail| detail["reason"].as_str());
    let words = [error["errors"][0]["reason"].as_str()].into_iter().flatten();
    let words = words.chain(detailed).chain(error["status"].as_str()).chain(error.as_str());
    let is_word = |word: &&str| {
        word.len() <= 60 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    words.filter(is_word).map(str::to_owned).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(status: u16, reason: &str) -> Failure {
        let body = serde_json::json!({"error": {"code": status, "message": "Ann Example may not read `Salaries`",
            "errors": [{"domain": "usageLimits", "reason": reason}]}});
        Failure::answered(
            "GET /files",
            StatusCode::from_u16(status).unwrap(),
            body.to_string().as_bytes(),
            None,
        )
    }

    #[test]
    fn reasons_are_told_apart() {
        for reason in ["userRateLimitExceeded", "rateLimitExceeded", "sharingRateLimitExceeded"] {
            assert!(failed(403, reason).is_limited(), "{reason}");
        }
        assert!(failed(429, "anything").is_limited());
        let spent = Error::from(failed(403, "dailyLimitExceeded"));
        assert!(matches!(spent, Error::RetryLater { after: Some(HOUR), .. }));
        for reason in ["insufficientPermissions", "accessNotConfigured", "domainPolicy"] {
            let failure = failed(403, reason);
            assert!(!failure.is_closed() && matches!(Error::from(failure), Error::FixCredentials { .. }));
        }
        for reason in ["insufficientFilePermissions", "cannotDownloadFile", "exportSizeLimitExceeded", "new"]
        {
            assert!(failed(403, reason).is_closed(), "{reason} is about one thing");
        }
        assert!(failed(404, "notFound").is_gone());
        assert!(failed(503, "backendError").is_transient());
        assert!(matches!(Error::from(failed(401, "authError")), Error::FixCredentials { .. }));
    }

    #[test]
    fn tells_the_reason_and_never_the_message() {
        let failure = failed(403, "insufficientFilePermissions");
        assert!(failure.what().contains("`insufficientFilePermissions`"));
        assert!(!format!("{failure:?}").contains("Ann"));
        assert!(!failed(400, "Ann wrote a text").what().contains("Ann"));
        let docs = br#"{"error":{"code":403,"message":"x","status":"PERMISSION_DENIED","details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}"#;
        assert_eq!(reason(docs), "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
        assert_eq!(reason(br#"{"error":"invalid_grant","error_description":"Bad"}"#), "invalid_grant");
    }
}
