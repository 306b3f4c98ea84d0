//! A stateful stand-in for Google Drive and Google Docs, for tests.
//!
//! It is an independent reading of the protocol: it knows none of our other crates, so a mistake of the connector is
//! not made here a second time. It keeps users, shared drives, folders, documents and rights, writes logs of changes
//! per user and per shared drive, gives out tokens, and goes wrong on demand. It must never know what our product
//! wants; where Drive is odd, it is odd.
//!
//! Start with [`Fake`]; [`World`] is what a test scripts and reads.

mod auth;
mod calls;
mod clock;
mod error;
mod fake;
mod fields;
mod gate;
mod push;
mod query;
mod render;
mod routes;
mod server;
mod world;

pub use auth::ServiceAccount;
pub use calls::{Calls, Fault};
pub use clock::Clock;
pub use error::ApiError;
pub use fake::{Fake, Request};
pub use push::Notification;
pub use world::{Doc, Grant, Item, Kind, Limits, Quirks, Tab, User, World};
