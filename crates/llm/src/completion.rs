//! Models that write: one request in, one answer out.
//!
//! Start at [`Completer`]. [`remote::Remote`] asks a provider, [`breaker::Breaker`] spares one that fails,
//! [`recording::Recorded`] plays back what was answered before, and [`structured::ask`] insists on an answer of a
//! given form. [`scripted::Scripted`] is for tests.

pub mod breaker;
mod config;
pub mod recording;
pub mod remote;
pub mod scripted;
pub mod structured;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Error;

pub use config::{Config, Price, Provider, host};

/// The form that an answer has to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// What the form is called; providers want a name of letters and dashes.
    pub name: String,
    /// The JSON schema, as text: a request is known by its bytes.
    pub json: String,
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What it has to do. Never holds anything that somebody outside wrote.
    pub system: String,
    /// What it has to do that with, such as a question and evidence, fenced as data.
    pub user: String,
    /// An answer of its own that it has to mend, and what is wrong with it.
    pub mend: Option<Mend>,
    /// The form of the answer; without one it is plain text.
    pub schema: Option<Schema>,
}

/// An answer that is sent back to the model that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mend {
    /// The answer.
    pub answer: String,
    /// What is wrong with it and what to do.
    pub why: String,
}

/// What a call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request.
    pub tokens_in: u64,
    /// Tokens of the answer.
    pub tokens_out: u64,
    /// What it cost, in millionths of the currency of the configured prices.
    pub cost_micros: u64,
    /// How long it took, waits and repetitions included.
    #[serde(rename = "took_ms", with = "millis")]
    pub took: Duration,
}

impl Usage {
    /// Returns both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            tokens_in: self.tokens_in + other.tokens_in,
            tokens_out: self.tokens_out + other.tokens_out,
            cost_micros: self.cost_micros.saturating_add(other.cost_micros),
            took: self.took + other.took,
        }
    }
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The answer.
    pub text: String,
    /// The model as its provider names it, which may be more exact than what was asked for.
    pub model: String,
    /// What it used.
    pub usage: Usage,
}

/// What callers must know of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// Who runs it.
    pub provider: Provider,
    /// Its name there.
    pub model: String,
    /// The host that is asked.
    pub host: String,
    /// How many tokens request and answer may have together.
    pub context_tokens: usize,
    /// How many tokens an answer may have.
    pub max_output_tokens: u32,
    /// How freely it writes, where it is told.
    pub temperature: Option<f64>,
}

/// Who is handed the parts of an answer as they come.
pub type Told<'a> = dyn Fn(&str) + Sync + 'a;

/// A model that writes. Held as `Arc<dyn Completer>`.
#[async_trait]
pub trait Completer: Send + Sync {
    /// Describes the model; the answer never changes during the life of the value.
    fn info(&self) -> &Info;

    /// Returns the whole answer.
    ///
    /// Bounded repetitions happen inside. The answer is as the model gave it: whether it makes sense is for the
    /// caller to find out. Repeating a call costs again, and dropping the future ends the call.
    ///
    /// # Errors
    /// [`Error::advice`] says what to do.
    async fn complete(&self, request: &Request) -> Result<Reply, Error>;

    /// As [`Completer::complete`], and hands over each part of the answer as it comes. After an error, what was
    /// handed over is no answer.
    async fn stream(&self, request: &Request, told: &Told<'_>) -> Result<Reply, Error> {
        let reply = self.complete(request).await?;
        told(&reply.text);
        Ok(reply)
    }
}

/// Counts the tokens of a text as GPT-4 sees them. Other models keep their tokenisers to themselves and see about as
/// many, newer ones fewer in languages besides English: leave some room.
#[must_use]
pub fn count_tokens(text: &str) -> usize {
    tiktoken_rs::cl100k_base_singleton().encode_ordinary(text).len()
}
