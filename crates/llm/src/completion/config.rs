use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Secret;

/// Who runs a model, which says how it is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// OpenAI, and whatever speaks its chat API.
    Openai,
    /// Anthropic.
    Anthropic,
    /// Google's Gemini.
    Gemini,
    /// Ollama, on this machine or in one's own network.
    Ollama,
}

impl Provider {
    /// Returns the word for it, as the configuration has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }

    /// Returns where it is reached when nothing else is configured.
    #[must_use]
    pub fn address(self) -> &'static str {
        match self {
            Self::Openai => "https://api.openai.com/v1/",
            Self::Anthropic => "https://api.anthropic.com/v1/",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta/",
            Self::Ollama => "http://localhost:11434/",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How to reach a model, what it takes and what it costs. What is left out has a usual value.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who runs it.
    pub provider: Provider,
    /// Its name there.
    pub model: String,
    /// The address up to and including the version; empty for the provider's own.
    #[serde(default)]
    pub base_url: String,
    /// The key, if the server wants one.
    pub api_key: Option<Secret>,
    /// How freely it writes; absent for models that cannot be told.
    pub temperature: Option<f64>,
    /// How many tokens request and answer may have together.
    #[serde(default = "usual::context_tokens")]
    pub context_tokens: usize,
    /// How many tokens an answer may have.
    #[serde(default = "usual::max_output_tokens")]
    pub max_output_tokens: u32,
    /// What a million tokens of a request cost.
    #[serde(default)]
    pub input_price: f64,
    /// What a million tokens of an answer cost.
    #[serde(default)]
    pub output_price: f64,
    /// How long it may take to reach the server, in seconds.
    #[serde(default = "usual::connect_secs")]
    pub connect_secs: u64,
    /// How long the first part of an answer may take, in seconds.
    #[serde(default = "usual::first_token_secs")]
    pub first_token_secs: u64,
    /// How long a whole answer may take, in seconds, waits and repetitions included.
    #[serde(default = "usual::timeout_secs")]
    pub timeout_secs: u64,
    /// How often a call is repeated that failed for a passing reason.
    #[serde(default = "usual::retries")]
    pub retries: u32,
    /// The wait before the first repetition; it doubles each time.
    #[serde(default = "usual::backoff_ms")]
    pub backoff_ms: u64,
}

mod usual {
    pub(super) fn context_tokens() -> usize {
        32_000
    }
    pub(super) fn max_output_tokens() -> u32 {
        1_000
    }
    pub(super) fn connect_secs() -> u64 {
        5
    }
    pub(super) fn first_token_secs() -> u64 {
        15
    }
    pub(super) fn timeout_secs() -> u64 {
        30
    }
    pub(super) fn retries() -> u32 {
        1
    }
    pub(super) fn backoff_ms() -> u64 {
        500
    }
}

/// What a model costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    input: f64,
    output: f64,
}

impl Price {
    /// Returns what so many tokens cost, in millionths. A price is per million tokens, so it is that of one token
    /// in millionths. Rounded up: nothing that has a price is free.
    #[must_use]
    pub fn of(self, tokens_in: u64, tokens_out: u64) -> u64 {
        let micros = (self.input * tokens_in as f64 + self.output * tokens_out as f64).ceil();
        micros.max(0.0) as u64
    }
}

impl Config {
    /// Returns what the model costs.
    #[must_use]
    pub fn price(&self) -> Price {
        Price { input: self.input_price, output: self.output_price }
    }

    /// Returns the address, which ends with a slash.
    #[must_use]
    pub fn address(&self) -> String {
        let address = if self.base_url.is_empty() { self.provider.address() } else { &self.base_url };
        format!("{}/", address.trim_end_matches('/'))
    }

    /// Returns the host that is asked, where the address has one.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        host(&self.address())
    }

    /// Says what cannot be, as key, value and what is allowed.
    #[must_use]
    pub fn wrong(&self) -> Option<(&'static str, String, &'static str)> {
        let is_price = |price: f64| price.is_finite() && (0.0..=1e6).contains(&price);
        let secs = |secs: u64| (1..=600).contains(&secs);
        let temperature = self.temperature.unwrap_or(0.0);
        let rules = [
            ("model", self.model.clone(), !self.model.trim().is_empty(), "a name"),
            ("base_url", self.base_url.clone(), self.host().is_some(), "an address such as https://host/v1"),
            ("temperature", temperature.to_string(), (0.0..=2.0).contains(&temperature), "0 to 2"),
            ("context_tokens", self.context_tokens.to_string(), self.context_tokens >= 2_000, "from 2000"),
            (
                "max_output_tokens",
                self.max_output_tokens.to_string(),
                (50..=8_000).contains(&self.max_output_tokens)
                    && self.max_output_tokens as usize * 2 <= self.context_tokens,
                "50 to 8000, at most half of `context_tokens`",
            ),
            ("input_price", self.input_price.to_string(), is_price(self.input_price), "from 0"),
            ("output_price", self.output_price.to_string(), is_price(self.output_price), "from 0"),
            ("connect_secs", self.connect_secs.to_string(), secs(self.connect_secs), "1 to 600"),
            ("first_token_secs", self.first_token_secs.to_string(), secs(self.first_token_secs), "1 to 600"),
            ("timeout_secs", self.timeout_secs.to_string(), secs(self.timeout_secs), "1 to 600"),
            ("retries", self.retries.to_string(), self.retries <= 10, "0 to 10"),
            ("backoff_ms", self.backoff_ms.to_string(), self.backoff_ms <= 60_000, "0 to 60000"),
        ];
        let wrong = rules.into_iter().find(|(.., holds, _)| !holds);
        wrong.map(|(key, value, _, allowed)| (key, value, allowed))
    }
}

/// Returns the host of an address of the web, in lower case and without brackets.
#[must_use]
pub fn host(address: &str) -> Option<String> {
    let url = reqwest::Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    Some(url.host_str()?.trim_matches(['[', ']']).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn two_keys_are_enough_and_nothing_unknown_is_taken() {
        let config = parse("provider = 'ollama'\nmodel = 'm'").unwrap();
        assert_eq!(config.address(), "http://localhost:11434/");
        assert_eq!((config.wrong(), config.host().as_deref()), (None, Some("localhost")));
        assert!(parse("provider = 'magic'\nmodel = 'm'").unwrap_err().contains("`openai`"));
        assert!(parse("provider = 'openai'\nmodel = 'm'\ncolour = 1").unwrap_err().contains("colour"));
        let config = parse("provider = 'openai'\nmodel = 'm'\napi_key = 'sk-1'").unwrap();
        assert!(!format!("{config:?}").contains("sk-1"));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let wrong = |more: &str| {
            let config = parse(&format!("provider = 'openai'\nmodel = 'm'\n{more}")).unwrap();
            config.wrong().map(|(key, ..)| key)
        };
        for (more, key) in [
            ("base_url = 'ftp://x'", "base_url"),
            ("base_url = 'nonsense'", "base_url"),
            ("temperature = 3.0", "temperature"),
            ("input_price = -1.0", "input_price"),
            ("output_price = nan", "output_price"),
            ("max_output_tokens = 8000\ncontext_tokens = 10000", "max_output_tokens"),
            ("timeout_secs = 0", "timeout_secs"),
        ] {
            assert_eq!(wrong(more), Some(key), "{more}");
        }
        assert_eq!(wrong("base_url = 'http://[::1]:80/v1'"), None);
    }

    #[test]
    fn costs_are_counted_in_millionths() {
        let price = Price { input: 2.5, output: 10.0 };
        assert_eq!(price.of(1_000, 100), 3_500);
        assert_eq!(price.of(1, 0), 3, "nothing that has a price is free");
        assert_eq!(Price { input: 0.0, output: 0.0 }.of(1_000, 1_000), 0);
    }
}
