//! Models behind traits: those that embed, those that rank, and those that write.
//!
//! The crate turns texts into vectors, texts into an order, and requests into answers. It knows nothing of documents, tenants, scopes or the index,
//! and it reads neither the clock nor the environment: callers hand in folders, keys and limits.
//!
//! Start at [`Embedder`]. [`local::Local`] runs a model on this machine, [`openai::Remote`] asks any
//! server that speaks the OpenAI embeddings API, and [`scripted::Scripted`] is for tests. How a
//! local model gets onto the machine is in [`models`]. Models that put what was found in order are in
//! [`rerank`], models that write in [`completion`].

pub mod completion;
mod config;
mod embedder;
mod error;
mod lanes;
pub mod local;
pub mod models;
pub mod openai;
pub mod rerank;
pub mod scripted;
mod secret;
#[cfg(test)]
mod tiny;
mod vector;

pub use completion::Completer;
pub use config::{Config, build};
pub use embedder::{Embedder, ModelInfo, Role};
pub use error::{Advice, Error};
pub use rerank::Reranker;
pub use secret::Secret;
