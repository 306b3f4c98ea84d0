//! The searchable copy of all chunks: their dense and lexical vectors, who may see them, and when they count.
//!
//! The store holds the truth and the index is derived from it: whatever is lost here is applied again, and a
//! tenant can be [rebuilt](Index::rebuild) at any time. Text goes in, ids and scores come out; this crate
//! makes the lexical vectors itself and is given the dense ones. It is the only crate that names the vector
//! engine, and nothing of the engine shows in its interface. It never reads the store and never computes an
//! embedding.
//!
//! Every search needs a [`Scope`](identity::Scope), whose reach becomes a filter of the engine.
//! Start reading at [`Index`], then `filter.rs` (who sees what), `embedded/` (what makes it durable) and
//! `server/` (the same on a Qdrant server).

mod analyser;
mod changes;
mod embedded;
mod error;
mod filter;
mod index;
mod manifest;
mod payload;
mod query;
mod server;
mod statistics;

pub use error::{Error, Trouble};
pub use index::{Index, Rebuild, Turn};
pub use manifest::Manifest;
pub use query::{Hit, Hits, Op, PointState, Query};
pub use server::config::{Config as ServerConfig, Quantisation, Secret, Tls};

#[cfg(test)]
mod tests;
