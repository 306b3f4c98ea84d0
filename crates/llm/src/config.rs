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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn reads_both_kinds_and_nothing_unknown() {
        let threads = NonZeroUsize::new(2);
        assert_eq!(parse("kind = 'local'\nthreads = 2"), Ok(Config::Local { path: None, threads }));
        assert!(parse("kind = 'local'\nthread = 2").unwrap_err().contains("unknown field `thread`"));
        assert!(parse("kind = 'magic'").unwrap_err().contains("`local`"));

        let remote = "kind = 'openai'\nbase_url = 'http://localhost:1/v1'\nmodel = 'm'\napi_key = 'sk-1'\n\
            dimensions = 8\nask_dimensions = false\nmax_tokens = 512\nbatch_texts = 64\nbatch_tokens = 8000\n\
            languages = []\nquery_prefix = ''\npassage_prefix = ''\ntimeout_secs = 30\nretries = 3\n\
            backoff_ms = 500\nmax_wait_secs = 60\n";
        let config = parse(remote).unwrap();
        assert!(!format!("{config:?}").contains("sk-1"));
        assert_eq!(build(&config, Path::new("nowhere")).unwrap().model().dimensions, 8);
        assert!(parse(&format!("{remote}colour = 'red'")).unwrap_err().contains("colour"));
    }

    #[test]
    fn a_local_model_that_is_missing_is_said_at_the_start() {
        let error = build(&Config::Local { path: None, threads: None }, Path::new("/nowhere")).err().unwrap();
        let expected = "there is no model at `/nowhere/models/all-minilm-l6-v2-int8`; get it with `backstory models pull`";
        assert_eq!(error.to_string(), expected);
    }
}
