//! A scripted stand-in for the OpenAI chat API, and for the usual `/rerank`, for tests.
//!
//! It is an independent reading of the protocol: it knows none of our other crates. It answers
//! `POST …/chat/completions`, whole or as a stream, and `POST …/rerank`, insists on what the API insists on, and goes wrong on demand.
//! It must never know what our product wants; what it says is the test's to write.
//!
//! Start with [`Fake`]; [`Say`] is what a test scripts, [`Asked`] what it reads.

mod api;
mod http;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What the model does with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Say {
    /// Answers with a text.
    Text(String),
    /// Answers with all that it was told, instructions first.
    Echo,
    /// Answers a call of `/rerank` with the scores of its texts, in their order.
    Scores(Vec<f64>),
    /// Answers with a part of a text, and the connection breaks off.
    Cut(String),
    /// Takes the call and never begins to answer.
    Silence,
    /// Begins to answer with a part of a text, and never goes on.
    Stall(String),
    /// Refuses.
    Refuse {
        /// The status.
        status: u16,
        /// The header `Retry-After`.
        retry_after: Option<String>,
        /// The code of the error.
        code: String,
        /// What it says.
        message: String,
    },
    /// Answers with a body that is not of the API.
    Raw(String),
}

impl Say {
    /// Returns a refusal that asks nobody to come back.
    #[must_use]
    pub fn refuse(status: u16, message: &str) -> Self {
        Self::Refuse { status, retry_after: None, code: String::new(), message: message.to_owned() }
    }

    /// Returns a refusal of a caller who comes too often.
    #[must_use]
    pub fn busy(retry_after: &str) -> Self {
        Self::Refuse {
            status: 429,
            retry_after: Some(retry_after.to_owned()),
            code: "rate_limit_exceeded".to_owned(),
            message: "Rate limit reached".to_owned(),
        }
    }
}

/// A call as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The path.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Asked {
    /// Returns what one role said, all of it.
    #[must_use]
    pub fn said_by(&self, role: &str) -> String {
        let messages = self.body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let texts = messages.iter().filter(|message| message["role"] == role);
        texts.map(|message| api::text_of(&message["content"])).collect::<Vec<_>>().join("\n")
    }

    /// Returns a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

type Script = dyn Fn(&Asked) -> Say + Send + Sync;

pub(crate) struct Shared {
    script: Box<Script>,
    asked: Mutex<Vec<Asked>>,
}

impl Shared {
    pub(crate) fn take(&self, asked: Asked) -> Say {
        let say = (self.script)(&asked);
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        say
    }
}

/// A server that goes when it is dropped.
pub struct Fake {
    address: SocketAddr,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

impl Fake {
    /// Starts a model that says what `script` makes of each call.
    ///
    /// # Errors
    /// Fails when no port of this machine can be had.
    pub async fn answering(script: impl Fn(&Asked) -> Say + Send + Sync + 'static) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { script: Box::new(script), asked: Mutex::default() });
        let mut server = JoinSet::new();
        server.spawn(http::serve(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, _server: server })
    }

    /// Starts a model that says one thing after the other, the last one again and again.
    ///
    /// # Errors
    /// As [`Fake::answering`].
    pub async fn saying(script: impl IntoIterator<Item = Say>) -> std::io::Result<Self> {
        let script: Vec<Say> = script.into_iter().collect();
        let next = Mutex::new(0);
        Self::answering(move |_| {
            let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
            let say = script.get(*next).or(script.last());
            *next += 1;
            say.cloned().unwrap_or(Say::Text(String::new()))
        })
        .await
    }

    /// Returns the address up to and including the version.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Returns all calls so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
