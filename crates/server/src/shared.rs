//! What all handlers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::{App, Books};

use crate::metrics::Metrics;

/// What all handlers share; clones are the same.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

struct Inner {
    app: App,
    books: Books,
    metrics: Metrics,
    closing: AtomicBool,
}

impl Shared {
    /// Wraps an open installation.
    #[must_use]
    pub fn new(app: App) -> Self {
        let books = app.books();
        Self(Arc::new(Inner { app, books, metrics: Metrics::default(), closing: AtomicBool::new(false) }))
    }

    pub(crate) fn app(&self) -> &App {
        &self.0.app
    }

    pub(crate) fn books(&self) -> &Books {
        &self.0.books
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Says that no new work should be sent here.
    pub(crate) fn close(&self) {
        self.0.closing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.0.closing.load(Ordering::Relaxed)
    }
}
