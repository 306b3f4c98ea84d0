//! The server as it runs: a real router on a real port, a worker, and the stand-in for Intercom.

#![expect(clippy::unwrap_used, reason = "a failing test should panic, in helpers too")]

mod bench;

mod browser;
mod calls;
mod discretion;
mod identity;
mod inboxes;
mod live;
mod oauth;
mod people;
mod roles;
mod shutdown;
