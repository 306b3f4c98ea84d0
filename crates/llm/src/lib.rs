//! Embedding models behind one trait.
//!
//! The crate turns texts into vectors. It knows nothing of documents, tenants, scopes or the index,
//! and it reads neither the clock nor the environment: callers hand in folders, keys and limits.
//!
//! Start at [`Embedder`]. [`local::Local`] runs a model on this machine, [`openai::Remote`] asks any
//! server that speaks the OpenAI embeddings API, and [`scripted::Scripted`] is for tests. How a
//! local model gets onto the machine is in [`models`].

mod config;
mod embedder;
mod error;
pub mod local;
pub mod models;
pub mod openai;
pub mod scripted;
mod secret;
#[cfg(test)]
mod tiny;
mod vector;

pub use config::{Config, build};
pub use embedder::{Embedder, ModelInfo, Role};
pub use error::Error;
pub use secret::Secret;
