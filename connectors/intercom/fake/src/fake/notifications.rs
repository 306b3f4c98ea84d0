//! Notifications, by a test's leave.

use std::time::Duration;

use serde_json::json;

use super::Fake;
use crate::webhooks::{Attempt, Notification, Outcome, check};

impl Fake {
    /// Subscribes a URL as saving it in the app's settings does: it has to answer `HEAD`.
    ///
    /// # Errors
    ///
    /// How it answered if not with success; it is not subscribed then.
    pub async fn subscribe(&self, url: &str) -> Result<(), Outcome> {
        match check(&self.shared.sender, url).await {
            Outcome::Taken => {
                self.shared.lock().outbox.url = Some(url.to_owned());
                Ok(())
            }
            refused => Err(refused),
        }
    }

    /// Ends the subscription.
    pub fn unsubscribe(&self) {
        self.shared.lock().outbox.url = None;
    }

    /// Says whether a URL is subscribed; one that answered 410 no longer is.
    #[must_use]
    pub fn is_subscribed(&self) -> bool {
        self.shared.lock().outbox.url.is_some()
    }

    /// Raises the notification that the button in the app's settings sends.
    pub fn ping(&self) {
        let item = json!({ "type": "ping", "message": "something something interzen" });
        self.edit(|workspace| workspace.raise("ping", item));
    }

    /// Sends everything that is due by the clock, one after the other, and returns how it went.
    pub async fn flush(&self) -> Vec<Attempt> {
        self.shared.flush().await
    }

    /// Moves the clock on and sends everything that is due then: repetitions follow a minute after a failure.
    pub async fn advance(&self, by: Duration) -> Vec<Attempt> {
        self.shared.clock.advance(by);
        self.flush().await
    }

    /// Loses the next notifications for good.
    pub fn lose_next(&self, count: usize) {
        self.shared.lock().outbox.lose_next(count);
    }

    /// Sends the next notifications twice.
    pub fn duplicate_next(&self, count: usize) {
        self.shared.lock().outbox.duplicate_next(count);
    }

    /// Mixes what is sent in one go, the same way for the same seed; nothing puts it in order again.
    pub fn shuffle(&self, seed: Option<u64>) {
        self.shared.lock().outbox.shuffle(seed);
    }

    /// Sends a notification again, as if it had never been taken; returns whether there was one.
    pub fn resend(&self, id: &str) -> bool {
        self.shared.lock().outbox.resend(id, self.shared.clock.now())
    }

    /// Returns everything that was raised, sent or not, oldest first.
    #[must_use]
    pub fn notifications(&self) -> Vec<Notification> {
        self.shared.lock().outbox.raised().to_vec()
    }

    /// Returns the ids of notifications that no receiver will ever get.
    #[must_use]
    pub fn lost(&self) -> Vec<String> {
        self.shared.lock().outbox.given_up().to_vec()
    }

    /// Returns how many notifications wait to be sent.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().outbox.waiting()
    }
}
