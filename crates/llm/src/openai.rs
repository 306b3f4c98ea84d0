//! A model behind any server that speaks the OpenAI embeddings API.

pub(crate) mod answer;
#[cfg(test)]
mod tests;
pub(crate) mod wait;

use std::error::Error as _;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::warn;

use crate::local::hex;
use crate::{Embedder, Error, ModelInfo, Role, Secret};
use answer::Refused;

/// How to reach a model and what it takes.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address up to and including the version, such as `https://api.openai.com/v1`.
    pub base_url: String,
    /// The model's name there.
    pub model: String,
    /// The key, if the server wants one.
    pub api_key: Option<Secret>,
    /// The length of the vectors.
    pub dimensions: usize,
    /// Whether the length is asked for in each request; only some models can change it.
    pub ask_dimensions: bool,
    /// How many tokens of one text the model takes; longer texts are cut by our estimate.
    pub max_tokens: usize,
    /// How many texts go into one request at most.
    pub batch_texts: usize,
    /// How many tokens, by our estimate, go into one request at most.
    pub batch_tokens: usize,
    /// The language codes the model knows; empty means all.
    pub languages: Vec<String>,
    /// Put before a question, for models that were trained so.
    pub query_prefix: String,
    /// Put before a text that may answer.
    pub passage_prefix: String,
    /// How long one request may take.
    pub timeout_secs: u64,
    /// How often a request is repeated that failed for a passing reason.
    pub retries: u32,
    /// The wait before the first repetition; it doubles each time.
    pub backoff_ms: u64,
    /// The longest wait inside a call; if the server wants more, the caller is told.
    pub max_wait_secs: u64,
}

/// Asks a server for vectors.
pub struct Remote {
    info: ModelInfo,
    config: Config,
    url: Url,
    client: reqwest::Client,
}

impl Remote {
    /// Checks the configuration; the server is not asked yet.
    ///
    /// # Errors
    /// [`Error::Malformed`] names the setting that makes no sense.
    pub fn build(config: Config) -> Result<Self, Error> {
        let wrong = |why: String| Error::Malformed { model: config.model.clone(), why };
        let base = config.base_url.trim_end_matches('/');
        let url = Url::parse(&format!("{base}/embeddings"))
            .map_err(|error| wrong(format!("`base_url` is not an address ({error})")))?;
        for (key, value) in [
            ("dimensions", config.dimensions),
            ("max_tokens", config.max_tokens),
            ("batch_texts", config.batch_texts),
            ("batch_tokens", config.batch_tokens),
        ] {
            if value == 0 {
                return Err(wrong(format!("`{key}` must be at least 1")));
            }
        }
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(config.timeout_secs))
            // Texts go to the host that is configured, or nowhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| wrong(causes(&error)))?;
        Ok(Self { info: info(&config), config, url, client })
    }

    async fn embed_batch(&self, batch: &[String]) -> Result<Vec<Vec<f32>>, Error> {
        let mut attempt = 0;
        loop {
            let refused = match self.ask(batch).await {
                Ok(vectors) => return Ok(vectors),
                Err(refused) => refused,
            };
            let (error, asked) = match refused {
                Refused::ForGood(error) => return Err(error),
                Refused::ForNow { error, wait } => (error, wait),
            };
            let wait = asked
                .unwrap_or_else(|| wait::backoff(Duration::from_millis(self.config.backoff_ms), attempt));
            let longest = Duration::from_secs(self.config.max_wait_secs);
            if attempt >= self.config.retries || asked.is_some_and(|asked| asked > longest) {
                return Err(match error {
                    Error::RetryLater { model, why, .. } => Error::RetryLater { model, after: wait, why },
                    other => other,
                });
            }
            let wait = wait.min(longest);
            attempt += 1;
            warn!(model.name = %self.info.name, attempt, wait_ms = wait.as_millis(), "a model did not answer, trying again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn ask(&self, batch: &[String]) -> Result<Vec<Vec<f32>>, Refused> {
        let question = Question {
            model: &self.config.model,
            input: batch,
            encoding_format: "float",
            dimensions: self.config.ask_dimensions.then_some(self.config.dimensions),
        };
        let mut request = self.client.post(self.url.clone()).json(&question);
        if let Some(key) = &self.config.api_key {
            request = request.bearer_auth(key.reveal());
        }
        let silent = |error: reqwest::Error| Refused::ForNow {
            error: Error::Unreachable { url: bare(&self.url), why: self.redact(&causes(&error)) },
            wait: None,
        };
        let response = request.send().await.map_err(silent)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(silent)?;
        if status.is_success() {
            return answer::vectors(&self.info, batch.len(), &body).map_err(Refused::ForGood);
        }
        let why = self.redact(&answer::reason(status, &body));
        Err(answer::refused(&self.info.name, status, &headers, why))
    }

    /// Removes the key from a text of the server, which may repeat it.
    fn redact(&self, text: &str) -> String {
        match &self.config.api_key {
            Some(key) if !key.reveal().is_empty() => text.replace(key.reveal(), "[redacted]"),
            _ => text.to_owned(),
        }
    }
}

#[async_trait]
impl Embedder for Remote {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    async fn embed(&self, texts: &[String], role: Role) -> Result<Vec<Vec<f32>>, Error> {
        let prefix = match role {
            Role::Query => &self.config.query_prefix,
            Role::Passage => &self.config.passage_prefix,
        };
        let mut vectors = Vec::with_capacity(texts.len());
        let mut batch = Vec::new();
        let mut tokens = 0;
        for text in texts {
            let text = cut(&format!("{prefix}{text}"), self.config.max_tokens).to_owned();
            let more = estimate(&text);
            let full = batch.len() == self.config.batch_texts || tokens + more > self.config.batch_tokens;
            if full && !batch.is_empty() {
                vectors.append(&mut self.embed_batch(&batch).await?);
                batch.clear();
                tokens = 0;
            }
            tokens += more;
            batch.push(text);
        }
        if !batch.is_empty() {
            vectors.append(&mut self.embed_batch(&batch).await?);
        }
        Ok(vectors)
    }

    fn count_tokens(&self, text: &str) -> usize {
        estimate(text)
    }
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<usize>,
}

fn info(config: &Config) -> ModelInfo {
    // Nobody can hash weights that stay on a server: its address and the model's name stand for
    // them. Limits and keys may change without making old vectors useless.
    let parts = [
        config.base_url.trim_end_matches('/'),
        &config.model,
        &config.dimensions.to_string(),
        &config.max_tokens.to_string(),
        &config.query_prefix,
        &config.passage_prefix,
    ];
    let mut checksum = hex(&Sha256::digest(parts.join("\n")));
    checksum.truncate(32);
    ModelInfo {
        name: config.model.clone(),
        checksum,
        dimensions: config.dimensions,
        max_tokens: config.max_tokens,
        languages: config.languages.clone(),
    }
}

/// Quarters of a token a character is worth: about four ASCII characters make one, other
/// characters rather count as one each.
fn quarters(c: char) -> usize {
    if c.is_ascii() { 1 } else { 4 }
}

fn estimate(text: &str) -> usize {
    text.chars().map(quarters).sum::<usize>().div_ceil(4).max(1)
}

/// Returns the beginning of a text that is worth at most `tokens` by our estimate.
pub(crate) fn cut(text: &str, tokens: usize) -> &str {
    let mut left = tokens.saturating_mul(4);
    let end = text.char_indices().find(|&(_, c)| {
        let fits = quarters(c) <= left;
        left = left.saturating_sub(quarters(c));
        !fits
    });
    end.map_or(text, |(end, _)| &text[..end])
}

/// Returns the address without user, password and query.
pub(crate) fn bare(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    // Both fail only for addresses that cannot carry credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// Spells out an error of the HTTP client, whose own text stops at the first cause, without its
/// address, which may carry credentials.
pub(crate) fn causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "it took too long".to_owned() } else { first_line(error) };
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn first_line(error: &reqwest::Error) -> String {
    match error.status() {
        Some(status) => format!("status {status}"),
        None if error.is_connect() => "no connection".to_owned(),
        None if error.is_decode() || error.is_body() => "the answer broke off".to_owned(),
        None => "the request failed".to_owned(),
    }
}
