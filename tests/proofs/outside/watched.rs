//! A source that notes what was seen through it, and in whose calls something happens.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use connector::{Account, Cursor, Error, Listing, Looked, Page, Source};
use domain::record::ExternalId;

/// A source under watch.
pub(crate) struct Watched<'a> {
    inner: Box<dyn Source>,
    /// What happens before each call.
    between: &'a (dyn Fn() + Sync),
    /// Whether the answer to each call is lost, so that it is made twice.
    twice: bool,
    unseen: AtomicBool,
    records: AtomicUsize,
}

impl<'a> Watched<'a> {
    pub(crate) fn new(inner: Box<dyn Source>, twice: bool, between: &'a (dyn Fn() + Sync)) -> Self {
        Self { inner, between, twice, unseen: AtomicBool::new(false), records: AtomicUsize::new(0) }
    }

    /// Reports whether a page or a listing said that a part could not be looked into.
    pub(crate) fn has_unseen(&self) -> bool {
        self.unseen.load(Ordering::SeqCst)
    }

    /// Returns how many records were handed over.
    pub(crate) fn records(&self) -> usize {
        self.records.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Watched<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watched({:?})", self.inner)
    }
}

#[async_trait]
impl Source for Watched<'_> {
    async fn check(&self) -> Result<Account, Error> {
        self.inner.check().await
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        (self.between)();
        if self.twice {
            drop(self.inner.pull(cursor).await);
        }
        let page = self.inner.pull(cursor).await?;
        self.records.fetch_add(page.records.len(), Ordering::SeqCst);
        let is_part = |place: &str| place.starts_with("space ") || ["pages", "blogposts"].contains(&place);
        if page.problems.iter().any(|problem| is_part(&problem.place)) {
            self.unseen.store(true, Ordering::SeqCst);
        }
        Ok(page)
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        (self.between)();
        let listing = self.inner.list(after).await?;
        if !listing.unseen.is_empty() {
            self.unseen.store(true, Ordering::SeqCst);
        }
        Ok(listing)
    }

    async fn look(&self, cursor: &Cursor, ids: &[ExternalId]) -> Result<Option<Looked>, Error> {
        if !ids.is_empty() {
            (self.between)();
        }
        self.inner.look(cursor, ids).await
    }
}
