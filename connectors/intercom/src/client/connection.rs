use connector::Secret;
use std::time::Duration;

use domain::Timestamp;

/// Where a workspace is hosted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// The United States.
    Us,
    /// The European Union.
    Eu,
    /// Australia.
    Au,
}

impl Region {
    /// Returns the address of the API there.
    #[must_use]
    pub fn api(self) -> &'static str {
        match self {
            Self::Us => "https://api.intercom.io",
            Self::Eu => "https://api.eu.intercom.io",
            Self::Au => "https://api.au.intercom.io",
        }
    }

    /// Reads the word that Intercom uses, such as `US`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "us" => Some(Self::Us),
            "eu" => Some(Self::Eu),
            "au" => Some(Self::Au),
            _ => None,
        }
    }
}

/// How to reach a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Where it is hosted.
    pub region: Region,
    /// Another address than the region's, for stand-ins.
    pub base_url: Option<String>,
    /// The access token.
    pub token: Secret,
    /// The present. Intercom says when a window ends by the clock on the wall, and this crate has none.
    pub now: Timestamp,
    /// How long a call may take.
    pub timeout: Duration,
    /// Words in the names of teams whose inboxes are not read.
    pub private_inboxes: Vec<String>,
}

impl Connection {
    /// How long a call usually may take.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
}
