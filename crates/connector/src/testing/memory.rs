use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::record::{ExternalId, Record};

use super::id_of;
use crate::error::Error;
use crate::source::{Account, Cursor, Listing, Page, Problem, Source};

/// A source in memory: the smallest one that keeps the contract, for tests of what reads sources.
///
/// Clones share one outside. Every change gets a number; a cursor is the number of the last change read.
#[derive(Clone)]
pub struct Memory {
    account: String,
    page: usize,
    outside: Arc<Mutex<Outside>>,
}

#[derive(Default)]
struct Outside {
    changes: u64,
    items: BTreeMap<ExternalId, (u64, Record)>,
    problems: BTreeMap<u64, Problem>,
    unseen: Vec<Problem>,
    fail: Option<Box<dyn Fn() -> Error + Send>>,
}

impl Memory {
    /// Makes an empty account with pages of at most `page` changes.
    #[must_use]
    pub fn new(account: &str, page: usize) -> Self {
        Self { account: account.to_owned(), page: page.max(1), outside: Arc::default() }
    }

    /// Writes a document, conversation or company, over what has the same id; a [`Record::Deleted`] removes.
    ///
    /// # Panics
    /// When the record has no id.
    pub fn put(&self, record: Record) {
        let id = id_of(&record).expect("the record names a thing");
        let mut outside = self.outside();
        outside.changes += 1;
        let change = outside.changes;
        outside.items.insert(id, (change, record));
    }

    /// Removes what has this id.
    pub fn remove(&self, id: ExternalId) {
        self.put(Record::Deleted(id));
    }

    /// Adds an item that is nothing but a problem.
    pub fn spoil(&self, problem: Problem) {
        let mut outside = self.outside();
        outside.changes += 1;
        let change = outside.changes;
        outside.problems.insert(change, problem);
    }

    /// Says which parts cannot be looked into when listing.
    pub fn hide(&self, unseen: Vec<Problem>) {
        self.outside().unseen = unseen;
    }

    /// Lets every call fail until [`Memory::recover`].
    pub fn fail(&self, error: impl Fn() -> Error + Send + 'static) {
        self.outside().fail = Some(Box::new(error));
    }

    /// Ends the failing.
    pub fn recover(&self) {
        self.outside().fail = None;
    }

    fn outside(&self) -> MutexGuard<'_, Outside> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reach(&self) -> Result<MutexGuard<'_, Outside>, Error> {
        let outside = self.outside();
        match &outside.fail {
            Some(error) => Err(error()),
            None => Ok(outside),
        }
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("account", &self.account).finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Memory {
    async fn check(&self) -> Result<Account, Error> {
        drop(self.reach()?);
        Ok(Account { kind: "memory", id: self.account.clone(), name: self.account.clone() })
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let outside = self.reach()?;
        let after = match cursor {
            None => 0,
            Some(cursor) => cursor
                .as_str()
                .parse::<u64>()
                .map_err(|_| Error::StartOver { what: "the cursor is not one of this source".into() })?,
        };
        let changed = outside.items.values().map(|(change, record)| (*change, Ok(record)));
        let spoilt = outside.problems.iter().map(|(change, problem)| (*change, Err(problem)));
        let mut changes: Vec<_> = changed.chain(spoilt).filter(|(change, _)| *change > after).collect();
        changes.sort_by_key(|(change, _)| *change);
        let more = changes.len() > self.page;
        changes.truncate(self.page);
        let next = changes.last().map_or(after, |(change, _)| *change);
        let mut page = Page { records: vec![], problems: vec![], next: Cursor::new(next.to_string()), more };
        for (_, change) in changes {
            match change {
                Ok(record) => page.records.push(record.clone()),
                Err(problem) => page.problems.push(problem.clone()),
            }
        }
        Ok(page)
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        let outside = self.reach()?;
        let there = outside.items.iter().filter(|(_, (_, record))| !matches!(record, Record::Deleted(_)));
        let mut ids: Vec<_> =
            there.map(|(id, _)| id.clone()).filter(|id| after.is_none_or(|after| id > after)).collect();
        let more = ids.len() > self.page;
        ids.truncate(self.page);
        Ok(Listing { ids, more, unseen: outside.unseen.clone(), notes: Vec::new() })
    }
}
