//! Looks for planted secrets: in what is shown, in what is logged, in what a model is given.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aho_corasick::AhoCorasick;
use async_trait::async_trait;
use llm::scripted::Scripted;
use llm::{Embedder, Error, ModelInfo, Role};

use super::secret::Secret;

/// Finds all secrets at once.
#[derive(Debug, Clone)]
pub(super) struct Watch(Arc<AhoCorasick>);

impl Watch {
    pub(super) fn over(secrets: &[Secret]) -> anyhow::Result<Self> {
        let needles = secrets.iter().map(|secret| secret.needle.as_str());
        Ok(Self(Arc::new(AhoCorasick::builder().ascii_case_insensitive(true).build(needles)?)))
    }

    /// Returns the numbers of the secrets in a text.
    pub(super) fn find(&self, text: impl AsRef<[u8]>) -> BTreeSet<usize> {
        self.0.find_overlapping_iter(text.as_ref()).map(|found| found.pattern().as_usize()).collect()
    }
}

/// What was logged, looked at as it is written.
struct Log {
    watch: Watch,
    lines: AtomicU64,
    found: Mutex<BTreeSet<usize>>,
}

static LOG: OnceLock<Log> = OnceLock::new();

/// Writes nowhere, and looks at what it is given.
struct Looking;

impl Write for Looking {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Some(log) = LOG.get() {
            log.lines.fetch_add(1, Ordering::Relaxed);
            let found = log.watch.find(bytes);
            log.found.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Looks at everything that our own crates log from now on.
pub(super) fn watch_log(watch: &Watch) {
    let filter = "info,app=trace,server=trace,intercom=trace,ingest=trace,index=debug,retrieval=trace,responder=trace,\
                  store=trace,llm=trace,simulations=trace,connector=trace";
    let log = Log { watch: watch.clone(), lines: AtomicU64::new(0), found: Mutex::default() };
    if LOG.set(log).is_ok() {
        tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(|| Looking).init();
    }
}

/// Returns how many lines were logged, and the secrets in them.
pub(super) fn logged() -> (u64, BTreeSet<usize>) {
    LOG.get().map_or_else(Default::default, |log| {
        (log.lines.load(Ordering::Relaxed), log.found.lock().unwrap_or_else(PoisonError::into_inner).clone())
    })
}

/// A model that remembers what it was given.
pub(super) struct Overheard {
    scripted: Scripted,
    given: Mutex<String>,
}

impl Overheard {
    pub(super) fn new() -> Self {
        Self { scripted: Scripted::new(crate::model::DIMENSIONS), given: Mutex::default() }
    }

    /// Returns what it was given since the last time.
    pub(super) fn take(&self) -> String {
        std::mem::take(&mut *self.given.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Embedder for Overheard {
    fn model(&self) -> &ModelInfo {
        self.scripted.model()
    }

    async fn embed(&self, texts: &[String], role: Role) -> Result<Vec<Vec<f32>>, Error> {
        self.given
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_str(&format!("{}\n", texts.join("\n")));
        self.scripted.embed(texts, role).await
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.scripted.count_tokens(text)
    }
}
