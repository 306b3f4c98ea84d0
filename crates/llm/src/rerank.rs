//! Models that put texts in order by how well each answers a question.
//!
//! Start at [`Reranker`]. [`local::Local`] runs a cross-encoder on this machine, [`remote::Remote`] asks a server that
//! has the usual `/rerank`; [`Spared`] leaves either alone for a while when it fails again and again, so that no
//! question waits for it in vain.

mod answer;
mod config;
pub mod local;
pub mod remote;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;

use crate::Error;
use crate::completion::breaker::{Gate, Health};

pub use config::{Config, Folder, Server, Shape};

/// What a caller must know about a reranker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The model's name; of one on this machine also what identifies it, as `name@checksum`.
    pub model: String,
    /// The host that is sent the texts; none where they stay on this machine.
    pub host: Option<String>,
    /// How many texts it is to be given at most.
    pub most: usize,
}

/// A text with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Its place among the texts that were given, from 0.
    pub index: usize,
    /// How well it answers the question; only the order of one call's scores means anything.
    pub score: f32,
}

/// Puts texts in order. Held as `Arc<dyn Reranker>`.
#[async_trait]
pub trait Reranker: Send + Sync {
    /// Describes the model; the answer never changes during the life of the value.
    fn info(&self) -> &Info;

    /// Returns every text exactly once, the one that answers the question best first, equal ones as they were given.
    ///
    /// Waits and repetitions happen inside and are bounded. Repeating a call is safe, and dropping the future stops the
    /// work soon after.
    ///
    /// # Errors
    /// The whole call fails or none of it; [`Error`] is sorted by what the caller can do.
    async fn rerank(&self, question: &str, texts: &[String]) -> Result<Vec<Ranked>, Error>;
}

/// A reranker that is left alone while it fails, or is too slow for this machine.
pub struct Spared {
    inner: Arc<dyn Reranker>,
    gate: Gate,
}

impl Spared {
    /// Wraps a reranker.
    #[must_use]
    pub fn new(inner: Arc<dyn Reranker>) -> Self {
        let Info { model, host, .. } = inner.info();
        let gate = Gate::new(host.as_ref().unwrap_or(model).clone(), Health::default());
        Self { inner, gate }
    }
}

#[async_trait]
impl Reranker for Spared {
    fn info(&self) -> &Info {
        self.inner.info()
    }

    async fn rerank(&self, question: &str, texts: &[String]) -> Result<Vec<Ranked>, Error> {
        let _pass = self.gate.pass()?;
        let result = self.inner.rerank(question, texts).await;
        self.gate.note(&result);
        result
    }
}

/// Makes the configured reranker; nothing where it is off. One on this machine is loaded, which takes a while.
///
/// # Errors
/// Names the setting that makes no sense, or what a folder lacks.
pub fn build(config: &Config) -> Result<Option<Arc<dyn Reranker>>, Error> {
    let inner: Arc<dyn Reranker> = match config {
        Config::Off => return Ok(None),
        Config::Local(folder) => Arc::new(local::Local::open(folder)?),
        Config::Remote(server) => Arc::new(remote::Remote::build(server.clone())?),
    };
    Ok(Some(Arc::new(Spared::new(inner))))
}
