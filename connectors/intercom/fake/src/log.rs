//! What callers asked for, for assertions.

use serde_json::Value;

use crate::calls::is_write;
use crate::faults::Fault;

/// A call as it came in and what became of it.
#[derive(Debug, Clone)]
pub struct Request {
    /// 1, 2, 3 in order of arrival.
    pub number: u64,
    /// The UNIX second by the stand-in's clock.
    pub at: i64,
    /// The method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// The body, if it was JSON.
    pub body: Option<Value>,
    /// The header `Intercom-Version`.
    pub version: Option<String>,
    /// The workspace of the token.
    pub workspace: Option<String>,
    /// The teammate on whose behalf the body says it is; otherwise the one who owns the token.
    pub admin: Option<String>,
    /// The status of the answer; absent while the call hangs and when nothing was done.
    pub status: Option<u16>,
    /// What went wrong on demand.
    pub fault: Option<Fault>,
}

impl Request {
    /// Says whether the call changed something, whether or not its caller got to know.
    #[must_use]
    pub fn is_accepted_write(&self) -> bool {
        is_write(&self.method, &self.path) && self.status.is_some_and(|status| status < 300)
    }

    /// Says whether the call is about this conversation.
    #[must_use]
    pub fn concerns(&self, conversation: &str) -> bool {
        let mut segments = self.path.trim_start_matches('/').split('/');
        let in_path = segments.next() == Some("conversations") && segments.next() == Some(conversation);
        let named = self.body.as_ref().and_then(|body| body["conversation_id"].as_str());
        in_path || named == Some(conversation)
    }
}
