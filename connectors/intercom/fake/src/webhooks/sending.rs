//! The way of a notification over the wire.

use std::time::Duration;

use super::outbox::Outcome;
use super::signature;

/// Sends bodies to the subscribed URL.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    client: reqwest::Client,
    client_secret: String,
    timeout: Duration,
}

impl Sender {
    pub(crate) fn new(client_secret: &str, timeout: Duration) -> Sender {
        Sender { client: reqwest::Client::new(), client_secret: client_secret.to_owned(), timeout }
    }

    pub(crate) async fn send(&self, url: &str, body: Vec<u8>) -> Outcome {
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("user-agent", "intercom-parrot-service-client/1.0")
            .header("x-hub-signature", signature(&self.client_secret, &body))
            .timeout(self.timeout)
            .body(body);
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Outcome::Taken,
            Ok(answer) => Outcome::Refused(answer.status().as_u16()),
            Err(_) => Outcome::Unreachable,
        }
    }
}

/// Asks a URL for its head, as Intercom does before it saves a subscription.
pub(crate) async fn check(sender: &Sender, url: &str) -> Outcome {
    match sender.client.head(url).timeout(sender.timeout).send().await {
        Ok(answer) if answer.status().is_success() => Outcome::Taken,
        Ok(answer) => Outcome::Refused(answer.status().as_u16()),
        Err(_) => Outcome::Unreachable,
    }
}
