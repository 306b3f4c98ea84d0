//! A model for tests that says what was written down for it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::{Completer, Info, Provider, Reply, Request, Usage};
use crate::Error;

/// What it says to one call.
pub type Said = Result<String, Error>;

/// Says one thing after the other, and nothing once it has said all.
#[derive(Debug)]
pub struct Scripted {
    info: Info,
    answers: Mutex<VecDeque<Said>>,
    asked: Mutex<Vec<Request>>,
}

impl Scripted {
    /// Makes a model of its answers. Each uses ten tokens of a request and one of an answer, and costs five.
    pub fn saying(answers: impl IntoIterator<Item = Said>) -> Self {
        let info = Info {
            provider: Provider::Openai,
            model: "scripted".to_owned(),
            host: "scripted.test".to_owned(),
            context_tokens: 8_000,
            max_output_tokens: 500,
            temperature: None,
        };
        Self { info, answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() }
    }

    /// Goes by another name.
    #[must_use]
    pub fn named(mut self, model: &str) -> Self {
        model.clone_into(&mut self.info.model);
        self
    }

    /// Returns all that it was asked.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Completer for Scripted {
    fn info(&self) -> &Info {
        &self.info
    }

    async fn complete(&self, request: &Request) -> Result<Reply, Error> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let next = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let text = next.unwrap_or_else(|| Ok(String::new()))?;
        let usage = Usage { tokens_in: 10, tokens_out: 1, cost_micros: 5, took: Duration::from_millis(7) };
        Ok(Reply { text, model: format!("{}-1", self.info.model), usage })
    }
}
