//! Notifications: signed, sent, sent once more after a minute, and lost.

mod outbox;
mod sending;

pub(crate) use outbox::Outbox;
pub use outbox::{Attempt, Notification, Outcome};
pub(crate) use sending::{Sender, check};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Returns the value of `X-Hub-Signature` for a body.
#[must_use]
pub fn signature(client_secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(client_secret.as_bytes()).expect("a key of any length will do");
    mac.update(body);
    let digest: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha1={digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_the_raw_body() {
        // The second test case of RFC 2202.
        let expected = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        assert_eq!(signature("Jefe", b"what do ya want for nothing?"), expected);
    }
}
