//! How a stand-in is set up.

use std::time::Duration;

use crate::clock::Clock;
use crate::version::Version;

/// When notifications go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deliver {
    /// When the test says so.
    OnDemand,
    /// As soon as something happens; repetitions still wait for the clock.
    AtOnce,
}

/// How a stand-in is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The clock that everything goes by.
    pub clock: Clock,
    /// The `id_code` of the first workspace.
    pub workspace: String,
    /// The app's id.
    pub client_id: String,
    /// The app's secret; it also signs notifications.
    pub client_secret: String,
    /// Where the authorisation page may lead back to; the first is the default.
    pub redirect_uris: Vec<String>,
    /// The topics subscribed to; all of them if absent.
    pub topics: Option<Vec<String>>,
    /// The version set in the app, which decides how notifications look.
    pub webhook_version: Version,
    /// When notifications go out.
    pub deliver: Deliver,
    /// How long a receiver may take.
    pub webhook_timeout: Duration,
    /// How many calls a workspace may make in a window.
    pub calls_per_window: u32,
    /// How long a window is, in seconds; Intercom's have ten.
    pub window_secs: i64,
}

impl Options {
    /// Sets up what is documented as the default, on a clock.
    #[must_use]
    pub fn new(clock: &Clock) -> Options {
        Options {
            clock: clock.clone(),
            workspace: "ws_one".to_owned(),
            client_id: "client-id".to_owned(),
            client_secret: "client-secret".to_owned(),
            redirect_uris: vec!["https://backstory.test/oauth/callback".to_owned()],
            topics: None,
            webhook_version: Version::V2_15,
            deliver: Deliver::OnDemand,
            webhook_timeout: Duration::from_secs(5),
            calls_per_window: 10_000 / 6,
            window_secs: 10,
        }
    }
}
