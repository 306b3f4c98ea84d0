//! The source: pages and listings of a workspace.

mod catalogue;
mod listing;
mod position;
mod round;
mod talks;
mod walk;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use connector::{Account, Cursor, Error, Listing, Page, Problem, Source};
use domain::record::{ExternalId, RawAudience, Record, RecordKind};
use tokio::time::Instant;

use crate::client::{Client, Failure, Region};
use crate::wire;
use catalogue::{Entry, Kind};
use listing::Everything;
use position::Position;
pub use position::{Progress, progress};

/// What is kept between calls is looked up anew after this long.
const WARM: Duration = Duration::from_secs(600);

/// What to read, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Who may see a published article of a help centre. Version 2.15 does not say whether an article is
    /// restricted to some customers; where any is, this should be [`RawAudience::Internal`].
    pub article_audience: RawAudience,
    /// The largest number of records on a page, 1 to 150.
    pub page_records: usize,
}

impl Config {
    /// Returns the usual configuration: articles are public, as a help centre is, and a page has 50 records.
    #[must_use]
    pub fn usual() -> Self {
        Self { article_audience: RawAudience::Public, page_records: 50 }
    }
}

/// A workspace as a source.
pub(crate) struct Workspace {
    client: Client,
    config: Config,
    /// What would otherwise be asked again for every page. Losing it costs calls, nothing else.
    warm: Mutex<Warm>,
}

#[derive(Default)]
struct Warm {
    catalogue: Option<(Instant, Kind, Arc<Vec<Entry>>)>,
    listing: Option<(Instant, Arc<Everything>)>,
}

impl Workspace {
    /// # Errors
    /// Fails when a page would hold nothing or more than Intercom gives.
    pub(crate) fn new(client: &Client, config: Config) -> Result<Self, Error> {
        if !(1..=150).contains(&config.page_records) {
            let what = format!("`page_records` is {}; it must be 1 to 150", config.page_records);
            return Err(Error::GiveUp { what, source: None });
        }
        Ok(Self { client: client.for_import(), config, warm: Mutex::default() })
    }

    fn warm(&self) -> std::sync::MutexGuard<'_, Warm> {
        self.warm.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace")
            .field("client", &self.client)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Workspace {
    async fn check(&self) -> Result<Account, Error> {
        let me = crate::install::me(&self.client).await?;
        let app = me.app.unwrap_or_default();
        let hosted = app.region.as_deref().and_then(Region::from_word);
        if let Some(moved) = hosted.filter(|region| *region != self.client.region()) {
            let what = format!(
                "the workspace is hosted in {moved:?} and read through the address of {:?}; connect it again",
                self.client.region()
            );
            return Err(Error::GiveUp { what, source: None });
        }
        let id = app.id_code.ok_or_else(|| Error::Malformed {
            what: "the answer of Intercom to `GET /me` names no workspace".to_owned(),
        })?;
        Ok(Account { kind: "intercom", name: app.name.unwrap_or_else(|| id.clone()), id })
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let position = Position::read(cursor, self.client.built_at())?;
        self.page(position).await
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        let kept = after.and_then(|_| self.warm().listing.clone());
        let everything = match kept.filter(|(since, _)| since.elapsed() < WARM) {
            Some((_, everything)) => everything,
            None => Arc::new(self.everything().await?),
        };
        // Ids are small: a page of the listing holds more of them than a page of changes.
        let (ids, more) = everything.after(after, self.config.page_records * 20);
        self.warm().listing = more.then(|| (Instant::now(), Arc::clone(&everything)));
        Ok(Listing { ids, more, unseen: everything.unseen.clone(), notes: Vec::new() })
    }
}

/// What a step of a round has to hand over.
#[derive(Debug, Default)]
struct Found {
    records: Vec<Record>,
    problems: Vec<Problem>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.problems.is_empty()
    }

    /// Takes a record, or the problem that it is.
    fn take(&mut self, item: Result<Record, Problem>) {
        match item {
            Ok(record) => self.records.push(record),
            Err(problem) => self.problems.push(problem),
        }
    }
}

/// Returns what a record names.
fn id_of(record: &Record) -> Option<ExternalId> {
    let (kind, id) = match record {
        Record::Document(document) => (RecordKind::Document, &document.external_id),
        Record::Conversation(conversation) => (RecordKind::Conversation, &conversation.external_id),
        Record::Company(company) => (RecordKind::Company, &company.external_id),
        Record::Person(_) | Record::Deleted(_) => return None,
    };
    Some(ExternalId { kind, id: id.clone() })
}

/// Turns a failure that closes one part of the workspace into a problem; any other concerns the call.
fn closed(part: &str, failure: Failure, may_be_absent: bool) -> Result<Problem, Error> {
    if failure.is_forbidden() || (may_be_absent && failure.is_gone()) {
        return Ok(Problem::skipped(part, format!("cannot be read: {}", failure.what())));
    }
    Err(failure.into())
}

/// Reads an item of a list; what is no object is a problem at `place`.
fn item<T: serde::de::DeserializeOwned>(place: &str, value: serde_json::Value) -> Result<T, Problem> {
    wire::loose::as_object(value).ok_or_else(|| Problem::skipped(place, "has an item that is no object"))
}
