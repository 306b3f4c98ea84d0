use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::Deserialize;

use crate::Secret;
use crate::completion::host;

/// Which model reranks, as the configuration says it.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Config {
    /// None.
    Off,
    /// One on this machine.
    Local(Folder),
    /// One on a server.
    Remote(Server),
}

/// Where a cross-encoder lies on this machine and what it is given. What is left out has a usual value.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// The folder with `model.onnx` or `model.rten`, `tokenizer.json`, and perhaps `config.json`.
    pub folder: PathBuf,
    /// How many batches run at once; without it, one per core.
    pub threads: Option<NonZeroUsize>,
    /// How many texts it is given at most, the best ones of the search.
    #[serde(default = "usual::candidates")]
    pub candidates: usize,
    /// How many tokens question and text have together, by the model's own count; fewer where the model takes fewer.
    #[serde(default = "usual::max_tokens")]
    pub max_tokens: usize,
    /// How long it may take, in milliseconds, waiting for other questions included.
    #[serde(default = "usual::timeout_ms")]
    pub timeout_ms: u64,
}

/// How a server wants to be asked. What it answers is understood in all forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `documents` and `top_n`, as Cohere, Jina and most servers of one's own want it.
    Common,
    /// `documents` and `top_k`, as Voyage wants it.
    Voyage,
    /// `texts`, as Text Embeddings Inference wants it.
    Tei,
}

/// How to reach a server and what it is given. What is left out has a usual value.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The whole address, such as `https://api.example.com/v1/rerank`.
    pub url: String,
    /// The model's name there.
    pub model: String,
    /// The key, if the server wants one.
    pub api_key: Option<Secret>,
    /// How it wants to be asked.
    #[serde(default = "usual::shape")]
    pub shape: Shape,
    /// How many texts it is given at most, the best ones of the search.
    #[serde(default = "usual::candidates")]
    pub candidates: usize,
    /// How many tokens of a text, and of a question, it is given, by our estimate.
    #[serde(default = "usual::max_tokens")]
    pub max_tokens: usize,
    /// How long an answer may take, in milliseconds, waits and repetitions included.
    #[serde(default = "usual::timeout_ms")]
    pub timeout_ms: u64,
    /// How often a call is repeated that failed for a passing reason.
    #[serde(default = "usual::retries")]
    pub retries: u32,
    /// The wait before the first repetition; it doubles each time.
    #[serde(default = "usual::backoff_ms")]
    pub backoff_ms: u64,
}

mod usual {
    pub(super) fn shape() -> super::Shape {
        super::Shape::Common
    }
    pub(super) fn candidates() -> usize {
        20
    }
    pub(super) fn max_tokens() -> usize {
        512
    }
    pub(super) fn timeout_ms() -> u64 {
        2_000
    }
    pub(super) fn retries() -> u32 {
        1
    }
    pub(super) fn backoff_ms() -> u64 {
        100
    }
}

/// A key with its value, whether that may be, and what is allowed.
type Rule = (&'static str, String, bool, &'static str);

impl Config {
    /// Returns how to reach the server, where there is one.
    #[must_use]
    pub fn server(&self) -> Option<&Server> {
        match self {
            Self::Off | Self::Local(_) => None,
            Self::Remote(server) => Some(server),
        }
    }

    /// Says what cannot be, as key, value and what is allowed.
    #[must_use]
    pub fn wrong(&self) -> Option<(&'static str, String, &'static str)> {
        match self {
            Self::Off => None,
            Self::Local(folder) => folder.wrong(),
            Self::Remote(server) => server.wrong(),
        }
    }
}

impl Folder {
    /// Says what cannot be, as key, value and what is allowed. The folder itself is not looked at.
    #[must_use]
    pub fn wrong(&self) -> Option<(&'static str, String, &'static str)> {
        let is_named = !self.folder.as_os_str().is_empty();
        let folder = ("folder", String::new(), is_named, "a folder");
        first([folder].into_iter().chain(bounds(self.candidates, self.max_tokens, self.timeout_ms)))
    }
}

impl Server {
    /// Returns the host that is asked, where the address has one.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        host(&self.url)
    }

    /// Says what cannot be, as key, value and what is allowed.
    #[must_use]
    pub fn wrong(&self) -> Option<(&'static str, String, &'static str)> {
        // The address may carry a key.
        let url = "no address".to_owned();
        let rules = [
            ("url", url, self.host().is_some(), "an address such as https://host/v1/rerank"),
            ("model", self.model.clone(), !self.model.trim().is_empty(), "a name"),
            ("retries", self.retries.to_string(), self.retries <= 10, "0 to 10"),
            ("backoff_ms", self.backoff_ms.to_string(), self.backoff_ms <= 60_000, "0 to 60000"),
        ];
        first(rules.into_iter().chain(bounds(self.candidates, self.max_tokens, self.timeout_ms)))
    }
}

/// Returns what holds for a reranker wherever it is.
fn bounds(candidates: usize, max_tokens: usize, timeout_ms: u64) -> [Rule; 3] {
    [
        ("candidates", candidates.to_string(), (2..=200).contains(&candidates), "2 to 200"),
        ("max_tokens", max_tokens.to_string(), (16..=8_192).contains(&max_tokens), "16 to 8192"),
        ("timeout_ms", timeout_ms.to_string(), (50..=60_000).contains(&timeout_ms), "50 to 60000"),
    ]
}

/// Returns the first rule that does not hold.
fn first(mut rules: impl Iterator<Item = Rule>) -> Option<(&'static str, String, &'static str)> {
    let wrong = rules.find(|(.., holds, _)| !holds);
    wrong.map(|(key, value, _, allowed)| (key, value, allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn an_address_and_a_name_are_enough_and_nothing_unknown_is_taken() {
        assert_eq!(parse("kind = 'off'"), Ok(Config::Off));
        let text = "kind = 'remote'\nurl = 'https://Rank.example/v1/rerank'\nmodel = 'm'\n";
        let config = parse(text).unwrap();
        let server = config.server().unwrap();
        assert_eq!((server.host().as_deref(), server.candidates), (Some("rank.example"), 20));
        assert_eq!((server.shape, server.wrong()), (Shape::Common, None));
        let config = parse(&format!("{text}api_key = 'sk-1'\nshape = 'tei'")).unwrap();
        assert!(!format!("{config:?}").contains("sk-1"));
        assert!(parse(&format!("{text}top = 3")).unwrap_err().contains("`top`"));
        assert!(parse("kind = 'remote'\nmodel = 'm'").unwrap_err().contains("`url`"));
        assert!(parse("kind = 'magic'").unwrap_err().contains("`remote`"));
    }

    #[test]
    fn a_folder_is_enough_for_one_on_this_machine() {
        let text = "kind = 'local'\nfolder = 'models/rank'\n";
        let config = parse(text).unwrap();
        let Config::Local(folder) = &config else { panic!("{config:?}") };
        let usual = (folder.threads, folder.candidates, folder.max_tokens, folder.timeout_ms);
        assert_eq!(usual, (None, 20, 512, 2_000));
        assert_eq!((config.server(), config.wrong()), (None, None));
        assert!(parse("kind = 'local'").unwrap_err().contains("`folder`"));
        assert!(parse(&format!("{text}url = 'x'")).unwrap_err().contains("`url`"));
        assert!(parse(&format!("{text}threads = 0")).is_err());
        for (more, key) in [
            ("candidates = 201", "candidates"),
            ("max_tokens = 15", "max_tokens"),
            ("timeout_ms = 49", "timeout_ms"),
        ] {
            let config = parse(&format!("{text}{more}")).unwrap();
            assert_eq!(config.wrong().map(|(key, ..)| key), Some(key), "{more}");
        }
        let config = parse("kind = 'local'\nfolder = ''").unwrap();
        assert_eq!(config.wrong(), Some(("folder", String::new(), "a folder")));
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (from, to, key) in [
            ("https://", "ftp://", "url"),
            ("'m'", "' '", "model"),
            ("model", "candidates = 1\nmodel", "candidates"),
            ("model", "timeout_ms = 0\nmodel", "timeout_ms"),
            ("model", "max_tokens = 0\nmodel", "max_tokens"),
            ("model", "retries = 11\nmodel", "retries"),
        ] {
            let text =
                "kind = 'remote'\nurl = 'https://rank.example/rerank'\nmodel = 'm'".replacen(from, to, 1);
            let config = parse(&text).unwrap();
            assert_eq!(config.wrong().map(|(key, ..)| key), Some(key), "{text}");
        }
    }
}
