//! The contract with the outside: what a source and a channel must do, however their system looks.
//!
//! A connector implements [`Source`]: it says which account it reads, hands over changes page by page after
//! a cursor, and lists everything that is there. One whose system carries conversations implements
//! [`Channel`] too: it says what came in, shows a conversation, and delivers a reply once. It translates and
//! nothing more; looping, waiting, retrying, storing and deleting belong to its caller. This crate knows no
//! concrete connector, no store and no model.
//!
//! Files that hang on what a source reads become text in [`extract`], the same way for every connector.
//!
//! Start reading at [`source`] and [`channel`]. [`testing::source_suite`] and [`testing::channel_suite`] are
//! the contracts as tests that every connector passes; [`testing::Memory`] is the smallest source that does,
//! [`testing::Desk`] a channel in memory whose races and faults are scripted.

pub mod channel;
pub mod error;
pub mod extract;
pub mod keyring;
pub mod probe;
pub mod secret;
pub mod source;
pub mod testing;

pub use channel::Channel;
pub use error::Error;
pub use keyring::Keyring;
pub use probe::Probe;
pub use secret::Secret;
pub use source::{Account, Cursor, Effect, Explanation, Listing, Looked, Page, Problem, Source};
