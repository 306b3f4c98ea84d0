//! The contract with the outside: what a source must do, however its system looks.
//!
//! A connector implements [`Source`]: it says which account it reads, hands over changes page by page after
//! a cursor, and lists everything that is there. It translates and nothing more; looping, waiting, retrying,
//! storing and deleting belong to its caller. This crate knows no concrete connector, no store and no model.
//!
//! Start reading at [`source`]. [`testing::source_suite`] is the contract as a test that every connector
//! passes; [`testing::Memory`] is the smallest source that does.

pub mod error;
pub mod source;
pub mod testing;

pub use error::Error;
pub use source::{Account, Cursor, Effect, Listing, Page, Problem, Source};
