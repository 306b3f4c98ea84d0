//! Why a call to the outside failed, sorted by what the caller can do about it.

use std::time::Duration;

/// A cause kept for the reader of a log.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a call failed. No variant, nor its `Debug` form, ever holds a key, a token or the text of a record.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The outside asks for patience; the same call may work after the wait.
    #[error("{what}{}", wait(*.after))]
    RetryLater {
        /// Who asks, and why.
        what: String,
        /// How long to wait, where the outside says so.
        after: Option<Duration>,
    },
    /// The key is missing, wrong, expired or lacks a right; only a person can mend that.
    #[error("{what}")]
    FixCredentials {
        /// What was refused, and which right it needs.
        what: String,
    },
    /// What the configuration names is not there.
    #[error("{what}")]
    NotFound {
        /// What was looked for, and where.
        what: String,
    },
    /// Nothing answers, or it cannot be read right now; that may pass on its own.
    #[error("{what}")]
    Unreachable {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: Option<Cause>,
    },
    /// The cursor is not one of this source's, or is too old for it; pull again from the beginning.
    #[error("{what}")]
    StartOver {
        /// What is wrong with the cursor.
        what: String,
    },
    /// The outside answered something that makes no sense as a whole; repeating the call does not help.
    #[error("{what}")]
    Malformed {
        /// What was expected, and what came.
        what: String,
    },
    /// Nothing helps but another configuration or another version of the connector.
    #[error("{what}")]
    GiveUp {
        /// What is wrong, and what to change.
        what: String,
        /// The cause, where there is one.
        #[source]
        source: Option<Cause>,
    },
}

fn wait(after: Option<Duration>) -> String {
    after.map_or_else(String::new, |after| format!("; try again in {} s", after.as_secs_f64().ceil()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_whole_seconds() {
        let after = Some(Duration::from_millis(1_200));
        let error = Error::RetryLater { what: "account `acme` is limited".into(), after };
        assert_eq!(error.to_string(), "account `acme` is limited; try again in 2 s");
        let error = Error::RetryLater { what: "account `acme` is limited".into(), after: None };
        assert_eq!(error.to_string(), "account `acme` is limited");
    }
}
