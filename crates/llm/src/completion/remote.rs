//! A model at a provider, or on a server of one's own.
//!
//! The only place that names the client library. Keys and addresses come from the configuration alone; the library
//! is never asked to guess a provider by the name of a model, nor to look for a key. Redirects are not followed:
//! texts go to the host that was agreed on, or nowhere.

#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, ChatResponseFormat, ChatStreamEvent, JsonSpec};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client, ModelIden, ServiceTarget, webc};
use tokio::time::{Instant, timeout};
use tracing::warn;

use super::{Completer, Config, Info, Provider, Reply, Request, Told, Usage, count_tokens};
use crate::Error;
use crate::openai::answer::{Refused, reason, refused};
use crate::openai::{causes, wait};

/// A longer answer is not taken in.
const LONGEST_BYTES: usize = 256 * 1024;

/// Asks a provider.
pub struct Remote {
    info: Info,
    config: Config,
    client: Client,
    /// The address without user, password and query, for messages.
    shown: String,
}

/// What one attempt heard before it failed.
struct Heard(usize);

impl Remote {
    /// Checks the configuration; the provider is not asked yet.
    ///
    /// # Errors
    /// [`Error::Malformed`] names the setting that makes no sense.
    pub fn build(config: Config) -> Result<Self, Error> {
        let malformed = |why: String| Error::Malformed { model: config.model.clone(), why };
        if let Some((key, value, allowed)) = config.wrong() {
            return Err(malformed(format!("`{key}` is `{value}`; allowed is {allowed}")));
        }
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(config.connect_secs))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| malformed(causes(&error)))?;
        let info = Info {
            provider: config.provider,
            model: config.model.clone(),
            host: config.host().unwrap_or_default(),
            context_tokens: config.context_tokens,
            max_output_tokens: config.max_output_tokens,
            temperature: config.temperature,
        };
        let shown = reqwest::Url::parse(&config.address()).map(|url| crate::openai::bare(&url));
        let shown = shown.map_err(|error| malformed(error.to_string()))?;
        let client = Client::builder().with_reqwest(client).build();
        let client = client.map_err(|_| malformed("its client cannot be made".to_owned()))?;
        Ok(Self { info, client, shown, config })
    }

    fn target(&self) -> ServiceTarget {
        let kind = match self.config.provider {
            Provider::Openai => AdapterKind::OpenAI,
            Provider::Anthropic => AdapterKind::Anthropic,
            Provider::Gemini => AdapterKind::Gemini,
            Provider::Ollama => AdapterKind::Ollama,
        };
        let key = self.config.api_key.as_ref().map_or("", |key| key.reveal());
        ServiceTarget {
            endpoint: Endpoint::from_owned(self.config.address()),
            auth: AuthData::from_single(key),
            model: ModelIden::new(kind, self.config.model.clone()),
        }
    }

    fn options(&self, request: &Request) -> Result<ChatOptions, Error> {
        let mut options =
            ChatOptions::default().with_max_tokens(self.config.max_output_tokens).with_capture_usage(true);
        if let Some(temperature) = self.config.temperature {
            options = options.with_temperature(temperature);
        }
        if let Some(schema) = &request.schema {
            let json = serde_json::from_str::<serde_json::Value>(&schema.json).map_err(|error| {
                self.malformed(format!("the schema `{}` is no JSON ({error})", schema.name))
            })?;
            let spec = JsonSpec::new(schema.name.clone(), json);
            options = options.with_response_format(ChatResponseFormat::JsonSpec(spec));
        }
        Ok(options)
    }

    /// Asks until there is an answer, or no use in asking again.
    async fn ask(&self, request: &Request, told: Option<&Told<'_>>) -> Result<Reply, Error> {
        let began = Instant::now();
        let whole = Duration::from_secs(self.config.timeout_secs);
        let mut attempt = 0;
        loop {
            let left = whole.saturating_sub(began.elapsed());
            let mut heard = Heard(0);
            let asked = timeout(left, self.once(request, told, &mut heard)).await;
            let refused = match asked {
                Ok(Ok(mut reply)) => {
                    // In whole milliseconds, as it is kept.
                    let took = began.elapsed().as_millis();
                    reply.usage.took = Duration::from_millis(u64::try_from(took).unwrap_or(u64::MAX));
                    return Ok(reply);
                }
                Ok(Err(refused)) => refused,
                Err(_) => return Err(self.too_slow("answer", whole)),
            };
            let (error, asked) = match refused {
                Refused::ForGood(error) => return Err(error),
                Refused::ForNow { error, wait } => (error, wait),
            };
            let wait = asked
                .unwrap_or_else(|| wait::backoff(Duration::from_millis(self.config.backoff_ms), attempt));
            let is_late = wait >= whole.saturating_sub(began.elapsed());
            // What was handed over cannot be taken back, so a second answer would come behind half of a first.
            let is_told = told.is_some() && heard.0 > 0;
            if attempt >= self.config.retries || is_late || is_told {
                return Err(match error {
                    Error::RetryLater { model, why, .. } => {
                        Error::RetryLater { model, after: asked.unwrap_or_default(), why }
                    }
                    other => other,
                });
            }
            attempt += 1;
            warn!(model.name = %self.info.model, attempt, wait_ms = wait.as_millis(), "a model did not answer, trying again");
            tokio::time::sleep(wait).await;
        }
    }

    /// Asks once. The answer always comes as a stream, so that a model that never begins is not waited for as long
    /// as one that has much to say.
    async fn once(
        &self,
        request: &Request,
        told: Option<&Told<'_>>,
        heard: &mut Heard,
    ) -> Result<Reply, Refused> {
        let options = self.options(request).map_err(Refused::ForGood)?;
        let first = Duration::from_secs(self.config.first_token_secs);
        let begin = async {
            let asked = self.client.exec_chat_stream(self.target(), chat(request), Some(&options)).await;
            let mut stream = asked.map_err(|error| self.sort(error))?.stream;
            loop {
                match stream.next().await {
                    // The connection is there, but nothing was said.
                    Some(Ok(ChatStreamEvent::Start)) => {}
                    event => return Ok((stream, event)),
                }
            }
        };
        let begun = timeout(first, begin).await;
        let (mut stream, mut event) = match begun {
            Ok(begun) => begun?,
            Err(_) => return Err(Refused::ForGood(self.too_slow("begin its answer", first))),
        };
        let mut text = String::new();
        loop {
            match event {
                Some(Ok(ChatStreamEvent::Chunk(chunk))) => {
                    text.push_str(&chunk.content);
                    heard.0 += chunk.content.len();
                    if let Some(told) = told {
                        told(&chunk.content);
                    }
                    if text.len() > LONGEST_BYTES {
                        let why = format!("the answer has more than {LONGEST_BYTES} bytes");
                        let model = self.info.model.clone();
                        return Err(Refused::ForGood(Error::Unusable { model, why }));
                    }
                }
                Some(Ok(ChatStreamEvent::End(end))) => {
                    let usage = end.captured_usage.unwrap_or_default();
                    let counts = (usage.prompt_tokens, usage.completion_tokens);
                    return Ok(self.reply(request, text, counts));
                }
                // Reasoning and calls of tools are not for us.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(self.sort(error)),
                None => return Err(self.broke_off()),
            }
            event = stream.next().await;
        }
    }

    fn reply(&self, request: &Request, text: String, counts: (Option<i32>, Option<i32>)) -> Reply {
        let count = |given: Option<i32>, text: &dyn Fn() -> usize| {
            let given = given.and_then(|given| u64::try_from(given).ok()).filter(|given| *given > 0);
            // Not every server says what was used, and what is not counted would never reach a cap.
            given.unwrap_or_else(|| text() as u64)
        };
        let mend =
            request.mend.as_ref().map_or(0, |mend| count_tokens(&mend.answer) + count_tokens(&mend.why));
        let asked = || count_tokens(&request.system) + count_tokens(&request.user) + mend;
        let (tokens_in, tokens_out) = (count(counts.0, &asked), count(counts.1, &|| count_tokens(&text)));
        let cost_micros = self.config.price().of(tokens_in, tokens_out);
        let usage = Usage { tokens_in, tokens_out, cost_micros, took: Duration::ZERO };
        Reply { text, model: self.config.model.clone(), usage }
    }

    /// Sorts an error of the library by what can be done. Its own texts may repeat what was asked and are left out.
    fn sort(&self, error: genai::Error) -> Refused {
        match error {
            genai::Error::HttpError { status, body, headers, .. } => {
                let why = self.redact(&reason(status, body.as_bytes()));
                refused(&self.info.model, status, &headers, why)
            }
            genai::Error::WebModelCall { webc_error: webc::Error::Reqwest(error), .. } => self.silent(&error),
            // What went wrong with a stream lies inside.
            genai::Error::WebStream { error, .. } => match error.downcast::<genai::Error>() {
                Ok(inner) => self.sort(*inner),
                Err(other) => match other.downcast::<reqwest::Error>() {
                    Ok(error) => self.silent(&error),
                    Err(_) => self.broke_off(),
                },
            },
            // The provider gave up in the middle of an answer.
            genai::Error::ChatResponse { .. } => self.broke_off(),
            _ => Refused::ForGood(self.malformed("its answer is not of the provider's form".to_owned())),
        }
    }

    fn silent(&self, error: &reqwest::Error) -> Refused {
        let why = self.redact(&causes(error));
        Refused::ForNow { error: Error::Unreachable { url: self.shown.clone(), why }, wait: None }
    }

    fn broke_off(&self) -> Refused {
        let why = "the answer broke off".to_owned();
        Refused::ForNow { error: Error::Unreachable { url: self.shown.clone(), why }, wait: None }
    }

    fn too_slow(&self, stage: &'static str, after: Duration) -> Error {
        Error::TooSlow { model: self.info.model.clone(), stage, after }
    }

    fn malformed(&self, why: String) -> Error {
        Error::Malformed { model: self.info.model.clone(), why }
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
impl Completer for Remote {
    fn info(&self) -> &Info {
        &self.info
    }

    async fn complete(&self, request: &Request) -> Result<Reply, Error> {
        self.ask(request, None).await
    }

    async fn stream(&self, request: &Request, told: &Told<'_>) -> Result<Reply, Error> {
        self.ask(request, Some(told)).await
    }
}

/// Returns a request as the library has it.
fn chat(request: &Request) -> ChatRequest {
    let chat = ChatRequest::from_system(request.system.clone())
        .append_message(ChatMessage::user(request.user.clone()));
    let Some(mend) = &request.mend else { return chat };
    // Providers refuse a message without text.
    let answer = if mend.answer.trim().is_empty() { "(nothing)" } else { &mend.answer };
    chat.append_message(ChatMessage::assistant(answer.to_owned()))
        .append_message(ChatMessage::user(mend.why.clone()))
}
