//! Leaves a provider alone that fails again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Completer, Info, Reply, Request, Told};
use crate::{Advice, Error};

/// So many failures in a row, and a provider is left alone.
const FAILURES: u32 = 5;
/// For how long, unless it asks for longer.
const REST: Duration = Duration::from_secs(30);

/// How a provider is doing.
#[derive(Debug, Default)]
struct State {
    failures: u32,
    rests_until: Option<Instant>,
    /// Whether somebody is finding out if it works again.
    tried: bool,
}

/// How all providers are doing. One for an installation: what one question finds out spares the others.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<HashMap<String, State>>>);

impl Health {
    /// Runs `change` on what is known of a host.
    fn of<T>(&self, host: &str, change: impl FnOnce(&mut State) -> T) -> T {
        // Whoever panicked while holding it had only counted.
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(states.entry(host.to_owned()).or_default())
    }
}

/// Calls to one host, which is left alone while it fails.
pub(crate) struct Gate {
    host: String,
    health: Health,
}

/// A call that is let through; dropped half-way it tells nothing of the provider.
pub(crate) struct Pass<'a> {
    gate: &'a Gate,
    is_trial: bool,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.is_trial {
            self.gate.state(|state| state.tried = false);
        }
    }
}

impl Gate {
    pub(crate) fn new(host: String, health: Health) -> Self {
        Self { host, health }
    }

    fn state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.health.of(&self.host, change)
    }

    /// Lets a call through, or says how long the provider is left alone. After its rest one call finds out whether
    /// it works again, and the others wait for what that one finds.
    pub(crate) fn pass(&self) -> Result<Pass<'_>, Error> {
        let now = Instant::now();
        let is_trial = self.state(|state| match state.rests_until {
            None => Ok(false),
            Some(until) if until > now => Err(until - now),
            Some(_) if state.tried => Err(Duration::from_secs(1)),
            Some(_) => {
                state.tried = true;
                Ok(true)
            }
        });
        match is_trial {
            Ok(is_trial) => Ok(Pass { gate: self, is_trial }),
            Err(after) => Err(Error::Resting { host: self.host.clone(), after }),
        }
    }

    /// Keeps in mind how a call went.
    pub(crate) fn note<T>(&self, result: &Result<T, Error>) {
        let failed = match result {
            Err(error) => match error.advice() {
                Advice::Wait(hint) => Some(hint.unwrap_or_default()),
                // It answered; what it said is about this call or this key.
                _ => None,
            },
            Ok(_) => None,
        };
        let now = Instant::now();
        self.state(|state| match failed {
            None => (state.failures, state.rests_until) = (0, None),
            Some(hint) => {
                state.failures += 1;
                if state.failures >= FAILURES {
                    state.rests_until = Some(now + REST.max(hint));
                }
            }
        });
    }
}

/// A model whose provider is left alone while it fails.
pub struct Breaker {
    inner: Arc<dyn Completer>,
    gate: Gate,
}

impl Breaker {
    /// Wraps a model.
    #[must_use]
    pub fn new(inner: Arc<dyn Completer>, health: Health) -> Self {
        let gate = Gate::new(inner.info().host.clone(), health);
        Self { inner, gate }
    }
}

#[async_trait]
impl Completer for Breaker {
    fn info(&self) -> &Info {
        self.inner.info()
    }

    async fn complete(&self, request: &Request) -> Result<Reply, Error> {
        let _pass = self.gate.pass()?;
        let result = self.inner.complete(request).await;
        self.gate.note(&result);
        result
    }

    async fn stream(&self, request: &Request, told: &Told<'_>) -> Result<Reply, Error> {
        let _pass = self.gate.pass()?;
        let result = self.inner.stream(request, told).await;
        self.gate.note(&result);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Said, said};
    use super::*;

    fn busy() -> Said {
        Err(Error::RetryLater { model: "m".into(), after: Duration::ZERO, why: "503".into() })
    }

    async fn ask(breaker: &Breaker) -> &'static str {
        match breaker.complete(&super::super::tests::request()).await {
            Ok(_) => "ok",
            Err(error) => error.name(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_fails_rests_and_one_call_finds_out_whether_it_works_again() {
        let answers = (0..6).map(|_| busy()).chain([Ok("{}".to_owned()), Ok("{}".to_owned())]);
        let (model, asked) = said(answers);
        let breaker = Breaker::new(model, Health::default());
        for _ in 0..5 {
            assert_eq!(ask(&breaker).await, "busy");
        }
        assert_eq!((ask(&breaker).await, asked()), ("resting", 5));
        tokio::time::advance(REST).await;
        assert_eq!(ask(&breaker).await, "busy", "the trial fails");
        assert_eq!((ask(&breaker).await, asked()), ("resting", 6), "and it rests again");
        tokio::time::advance(REST).await;
        assert_eq!(ask(&breaker).await, "ok");
        assert_eq!((ask(&breaker).await, asked()), ("ok", 8), "and it is asked as before");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_about_one_call_does_not_count_against_the_provider() {
        let wrong = || Err(Error::Malformed { model: "m".into(), why: "x".into() });
        let (model, asked) = said((0..9).map(|_| wrong()));
        let breaker = Breaker::new(model, Health::default());
        for _ in 0..9 {
            assert_eq!(ask(&breaker).await, "refused");
        }
        assert_eq!(asked(), 9);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_is_dropped_half_way_leaves_the_way_open() {
        let (model, _) = said((0..5).map(|_| busy()).chain([Ok("{}".to_owned())]));
        let breaker = Breaker::new(model, Health::default());
        for _ in 0..5 {
            ask(&breaker).await;
        }
        tokio::time::advance(REST).await;
        drop(breaker.gate.pass().unwrap());
        assert_eq!(ask(&breaker).await, "ok");
    }
}
