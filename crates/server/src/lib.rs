//! HTTP: notifications come in, people and programs ask what is going on, accounts get connected.
//!
//! A handler extracts, calls `app` and answers; it decides nothing. What a handler may be called for is an
//! argument of it (`auth::May`), so a route without a permission cannot read anybody's data. This crate must
//! never know SQL, the index, a model or a concrete connector. Start reading at `router`, which lists every
//! route.

mod apart;
mod api;
mod auth;
mod health;
mod identity;
mod json;
mod listen;
mod metrics;
mod oauth;
mod problem;
mod router;
mod shared;
mod watch;
mod webhooks;

pub use listen::{Ended, serve};
pub use router::{description, router};
pub use shared::Shared;
