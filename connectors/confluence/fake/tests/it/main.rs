//! The stand-in against the official description, and what no description says.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]
