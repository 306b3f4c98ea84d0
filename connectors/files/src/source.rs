//! The source: pages and listings of a folder.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use connector::{Account, Cursor, Error, Listing, Page, Problem, Source};
use domain::record::ExternalId;

use crate::Config;
use crate::catalogue::Catalogue;
use crate::position::Position;
use crate::round::{Memory, Round};
use crate::scan;

/// How many ids a page of the listing holds for each record on a page of changes: ids are small.
const IDS_PER_RECORD: usize = 4;

/// A folder or file as a source.
#[derive(Debug)]
pub(crate) struct Files {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    /// What would otherwise be found out again for every page. Losing it costs time, nothing else.
    warm: Mutex<Warm>,
}

#[derive(Default)]
struct Warm {
    round: Option<Round>,
    memory: Memory,
    /// The listing that is being handed out, so that its pages are of one state.
    listing: Option<(Arc<Catalogue>, Vec<Problem>)>,
}

impl Files {
    pub(crate) fn new(config: Config) -> Self {
        Self { inner: Arc::new(Inner { config, warm: Mutex::default() }) }
    }

    /// Runs `work`, which reads files, where it holds up nothing else.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = Arc::clone(&self.inner);
        let result = tokio::task::spawn_blocking(move || work(&inner)).await;
        result.unwrap_or_else(|error| {
            Err(Error::GiveUp { what: "reading the files broke off".to_owned(), source: Some(error.into()) })
        })
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("config", &self.config).finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Files {
    async fn check(&self) -> Result<Account, Error> {
        self.blocking(Inner::check).await
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let cursor = cursor.cloned();
        self.blocking(move |inner| inner.pull(cursor.as_ref())).await
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        let after = after.cloned();
        self.blocking(move |inner| inner.list(after.as_ref())).await
    }
}

impl Inner {
    fn check(&self) -> Result<Account, Error> {
        let path = &self.config.path;
        scan::scan(path, self.config.now)?;
        let real = std::fs::canonicalize(path).map_err(|error| scan::cannot_read(path, error))?;
        let name = real.file_name().map_or_else(|| real.display().to_string(), lossy);
        Ok(Account { kind: "files", id: real.display().to_string(), name })
    }

    fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let position = Position::read(cursor, &self.config)?;
        self.there(&self.config.path)?;
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = warm.round.take().filter(|round| round.position == position);
        let mut round = match kept {
            Some(round) => round,
            None => Round::begin(position, &mut warm.memory, &self.config)?,
        };
        let page = round.page(&self.config);
        if page.more {
            warm.round = Some(round);
        }
        Ok(page)
    }

    fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        self.there(&self.config.path)?;
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = warm.listing.take().filter(|_| after.is_some());
        let (catalogue, unseen) = match begun {
            Some(begun) => begun,
            None => {
                let (scan, files) = warm.memory.look(None, &self.config)?;
                let catalogue = warm.memory.catalogue(&files, &self.config);
                let unseen = scan.unseen.into_iter().chain(catalogue.unseen().iter().cloned()).collect();
                (catalogue, unseen)
            }
        };
        let count = self.config.page_records.saturating_mul(IDS_PER_RECORD);
        let (ids, more) = catalogue.ids(after, count);
        let listing = Listing { ids, more, unseen: unseen.clone(), notes: Vec::new() };
        if more {
            warm.listing = Some((catalogue, unseen));
        }
        Ok(listing)
    }

    fn there(&self, path: &Path) -> Result<(), Error> {
        std::fs::metadata(path).map(drop).map_err(|error| scan::cannot_read(path, error))
    }
}

fn lossy(name: &std::ffi::OsStr) -> String {
    name.to_string_lossy().into_owned()
}
