use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::{Embedder, Error, local, models, openai};

/// Which model embeds, as the configuration says it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Config {
    /// A model on this machine.
    Local {
        /// The model folder; without it, the one that `backstory models pull` made.
        path: Option<PathBuf>,
        /// How many texts run at once; without it, one per core.
        threads: Option<NonZeroUsize>,
    },
    /// A server that speaks the OpenAI embeddings API.
    Openai(openai::Config),
}

/// Makes the configured embedder; `cache` is where pulled models are.
///
/// # Errors
/// A local model that is missing or broken, or a remote configuration that makes no sense.
pub fn build(config: &Config, cache: &Path) -> Result<Arc<dyn Embedder>, Error> {
    match config {
        Config::Local { path, threads } => {
            let dir = path.clone().unwrap_or_else(|| models::default_dir(cache));
            let model = match threads {
                Some(threads) => local::Local::open_with_threads(&dir, *threads)?,
                None => local::Local::open(&dir)?,
            };
            Ok(Arc::new(model))
        }
        Config::Openai(config) => Ok(Arc::new(openai::Remote::build(config.clone())?)),
    }
}
