//! A reranker behind any server that has the usual `/rerank`.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tracing::warn;

use super::{Info, Ranked, Reranker, Server, Shape, answer};
use crate::Error;
use crate::openai::answer::{Refused, reason, refused};
use crate::openai::{bare, causes, cut, wait};

/// A longer answer is not taken in. Some servers send the texts back.
const LONGEST_BYTES: usize = 1024 * 1024;

/// Asks a server.
pub struct Remote {
    info: Info,
    config: Server,
    url: Url,
    client: reqwest::Client,
}

impl Remote {
    /// Checks the configuration; the server is not asked yet.
    ///
    /// # Errors
    /// [`Error::Malformed`] names the setting that makes no sense.
    pub fn build(config: Server) -> Result<Self, Error> {
        let malformed = |why: String| Error::Malformed { model: config.model.clone(), why };
        if let Some((key, value, allowed)) = config.wrong() {
            return Err(malformed(format!("`{key}` is `{value}`; allowed is {allowed}")));
        }
        let url = Url::parse(&config.url)
            .map_err(|error| malformed(format!("`url` is not an address ({error})")))?;
        let client = reqwest::Client::builder()
            // Texts go to the host that is configured, or nowhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| malformed(causes(&error)))?;
        let info = Info { model: config.model.clone(), host: config.host(), most: config.candidates };
        Ok(Self { info, config, url, client })
    }

    /// Asks until there is an answer, or no use in asking again.
    async fn ask(&self, question: &str, texts: &[String]) -> Result<Vec<Ranked>, Error> {
        let (began, whole) = (Instant::now(), self.whole());
        let body = body(&self.config, question, texts);
        let mut attempt = 0;
        loop {
            let (error, asked) = match self.once(&body, texts.len()).await {
                Ok(ranked) => return Ok(ranked),
                Err(Refused::ForGood(error)) => return Err(error),
                Err(Refused::ForNow { error, wait }) => (error, wait),
            };
            let wait = asked
                .unwrap_or_else(|| wait::backoff(Duration::from_millis(self.config.backoff_ms), attempt));
            let is_late = wait >= whole.saturating_sub(began.elapsed());
            if attempt >= self.config.retries || is_late {
                return Err(match error {
                    Error::RetryLater { model, why, .. } => {
                        Error::RetryLater { model, after: asked.unwrap_or_default(), why }
                    }
                    other => other,
                });
            }
            attempt += 1;
            warn!(model.name = %self.info.model, attempt, wait_ms = wait.as_millis(), "a reranker did not answer, trying again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, body: &Value, texts: usize) -> Result<Vec<Ranked>, Refused> {
        let mut request = self.client.post(self.url.clone()).json(body);
        if let Some(key) = &self.config.api_key {
            request = request.bearer_auth(key.reveal());
        }
        let mut response = request.send().await.map_err(|error| self.silent(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| self.silent(&error))? {
            if body.len() + part.len() > LONGEST_BYTES {
                let why = format!("the answer has more than {LONGEST_BYTES} bytes");
                return Err(Refused::ForGood(Error::Malformed { model: self.info.model.clone(), why }));
            }
            body.extend_from_slice(&part);
        }
        if status.is_success() {
            return answer::ranked(&self.info.model, texts, &body).map_err(Refused::ForGood);
        }
        Err(refused(&self.info.model, status, &headers, self.redact(&reason(status, &body))))
    }

    fn whole(&self) -> Duration {
        Duration::from_millis(self.config.timeout_ms)
    }

    fn silent(&self, error: &reqwest::Error) -> Refused {
        let why = self.redact(&causes(error));
        Refused::ForNow { error: Error::Unreachable { url: bare(&self.url), why }, wait: None }
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
impl Reranker for Remote {
    fn info(&self) -> &Info {
        &self.info
    }

    async fn rerank(&self, question: &str, texts: &[String]) -> Result<Vec<Ranked>, Error> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        match timeout(self.whole(), self.ask(question, texts)).await {
            Ok(ranked) => ranked,
            Err(_) => {
                let model = self.info.model.clone();
                Err(Error::TooSlow { model, stage: "put texts in order", after: self.whole() })
            }
        }
    }
}

/// Returns what a server is asked.
fn body(config: &Server, question: &str, texts: &[String]) -> Value {
    let (model, query) = (&config.model, cut(question, config.max_tokens));
    let texts: Vec<&str> = texts.iter().map(|text| cut(text, config.max_tokens)).collect();
    match config.shape {
        Shape::Common => json!({"model": model, "query": query, "documents": texts, "top_n": texts.len()}),
        Shape::Voyage => json!({"model": model, "query": query, "documents": texts, "top_k": texts.len()}),
        // It serves the one model that it was started with.
        Shape::Tei => json!({"query": query, "texts": texts, "truncate": true}),
    }
}
