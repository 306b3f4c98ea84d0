//! From a question to evidence, within a scope.
//!
//! Nothing is found without a [`identity::Scope`]: the index filters by it, and what is loaded from the store
//! is checked against it again. Every piece says why it was kept or dropped. Start reading at [`Retrieval::find`].

pub mod confidence;
mod find;
mod fit;
pub mod fusion;
mod gather;
pub mod near;
pub mod needs;
mod rerank;
mod search;
mod signs;
mod steps;
pub mod vote;

pub use find::{Config, Error, Ranking, Retrieval};
