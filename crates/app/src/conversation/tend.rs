//! What a server does by the clock: asking for what notifications lost, and reading accounts anew.

use std::time::Duration;

use ingest::Stop;

use super::work::wait;
use crate::App;

/// How soon a wish to stop is noticed.
const NOTICE: Duration = Duration::from_millis(200);

impl App {
    /// Asks for what notifications lost, at once and then again and again, until `stop` asks for the end.
    pub async fn poll(&self, stop: &Stop) {
        let pause = Duration::from_secs(self.settings.server.poll_secs.into());
        while !stop.is_asked() {
            match self.reconcile().await {
                Ok(found) if found.missed > 0 => {
                    tracing::info!(found.changed, found.missed, "a poll found conversations to look at");
                }
                Ok(_) => {}
                Err(error) => tracing::warn!("the poll failed and comes again: {error:#}"),
            }
            rest(pause, stop).await;
        }
    }

    /// Reads all connected accounts anew, at once and then again and again, until `stop` asks for the end.
    pub async fn keep_reading(&self, stop: &Stop) {
        let minutes = self.settings.server.import_minutes;
        while !stop.is_asked() && minutes > 0 {
            if let Err(error) = self.import_all(stop).await {
                tracing::warn!("accounts could not be read and are read again later: {error:#}");
            }
            rest(Duration::from_secs(u64::from(minutes) * 60), stop).await;
        }
    }
}

/// Waits, but not past a wish to stop.
pub(crate) async fn rest(pause: Duration, stop: &Stop) {
    let mut left = pause;
    while !stop.is_asked() && !left.is_zero() {
        let nap = left.min(NOTICE);
        wait(nap).await;
        left -= nap;
    }
}
