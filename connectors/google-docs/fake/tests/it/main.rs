//! The stand-in as its users see it.
#![expect(clippy::unwrap_used, reason = "the lint's exemption for tests does not reach helpers")]
