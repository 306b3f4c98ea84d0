use async_trait::async_trait;

use crate::Error;

/// Which side of a search a text stands on; some models treat the two differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// What somebody asks.
    Query,
    /// What may answer it.
    Passage,
}

/// What an index or a cache must know about the model that made a vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// The name for people and log lines.
    pub name: String,
    /// Identifies weights, quantisation and text handling; vectors of different checksums never mix.
    pub checksum: String,
    /// The length of every vector.
    pub dimensions: usize,
    /// How many tokens of a text count; the model does not see what comes after.
    pub max_tokens: usize,
    /// The language codes the model knows, such as `en`; empty means all.
    pub languages: Vec<String>,
}

impl ModelInfo {
    /// Tells whether the model knows a language, given as `en` or `en-GB`.
    pub fn knows(&self, language: &str) -> bool {
        let primary = language.split(['-', '_']).next().unwrap_or(language);
        self.languages.is_empty() || self.languages.iter().any(|known| known.eq_ignore_ascii_case(primary))
    }
}

/// Turns texts into vectors. Held as `Arc<dyn Embedder>`.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// Describes the model; the answer never changes during the life of the value.
    fn model(&self) -> &ModelInfo;

    /// Returns one vector of length one per text, in the order of the texts.
    ///
    /// The same text gives the same vector whatever stands beside it in the call. A text that is
    /// longer than [`ModelInfo::max_tokens`] is embedded by its beginning where the model allows
    /// that. Any number of texts may be given: batching and bounded retries happen inside.
    /// Repeating a call is safe, and dropping the future stops the work soon after.
    ///
    /// # Errors
    /// The whole call fails or none of it; [`Error`] is sorted by what the caller can do.
    async fn embed(&self, texts: &[String], role: Role) -> Result<Vec<Vec<f32>>, Error>;

    /// Counts the tokens of a text as the model sees them, before any cut; an estimate for models
    /// that keep their tokeniser to themselves.
    fn count_tokens(&self, text: &str) -> usize;
}
