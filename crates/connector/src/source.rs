//! What every source does: say what it reads, hand over changes, list what is there.

use std::fmt;

use async_trait::async_trait;
use domain::record::{ExternalId, RawAudience, Record};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One account of one outside system, read only.
///
/// A source keeps no state that matters: everything it must remember is in the cursor, so a new process goes
/// on where the old one stopped. All methods may be called again at any time, also at once from several
/// tasks. A future that is dropped leaves the source usable, and the call counts as not made. Errors are
/// about the whole call; what is wrong with a single item is a [`Problem`] and stops nothing.
#[async_trait]
pub trait Source: fmt::Debug + Send + Sync {
    /// Asks whether the account is there and may be read, and says which one it is.
    ///
    /// Order: at any time. Repetition: gives the same account while the configuration is the same.
    ///
    /// # Errors
    /// Any [`Error`]; what it says is what the operator is shown.
    async fn check(&self) -> Result<Account, Error>;

    /// Returns the page of changes after `cursor`, from the beginning when there is none.
    ///
    /// Order: a page's `next` leads to the following page until `more` is false; the last `next` is kept and
    /// later gives what has changed since. The caller saves `next` in the transaction that stores the page.
    /// Repetition: the same cursor gives the same page while the outside does not change; a record may be
    /// handed over again by a later page, and is then the newer state. Where a round is cut makes no
    /// difference to what it hands over in all.
    ///
    /// # Errors
    /// [`Error::StartOver`] when the cursor cannot be used; any other kind leaves the cursor valid.
    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error>;

    /// Returns a page of the ids of everything that is there, those after `after` in ascending order.
    ///
    /// This is what deletions and completeness are judged by: what was stored once and is not listed is
    /// gone, provided that every page arrived and no page names anything [`Listing::unseen`]. A listing
    /// holds exactly the ids that pulling from the beginning would hand over.
    ///
    /// Order: independent of [`Source::pull`]. Repetition: as for `pull`.
    ///
    /// # Errors
    /// Any [`Error`]; a listing that failed says nothing about what is gone.
    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error>;

    /// Looks at things by their own ids, whatever any list shows: returns each that is there as `pull` would hand it
    /// over now, and [`Record::Deleted`] for each that is not to be read: gone, hidden from us or left out. What could
    /// not be found out is missing from the answer, and nothing follows from that. `None` when this source cannot.
    ///
    /// It is asked about what was stored and is not listed when the listing alone does not carry a deletion, at most
    /// 250 ids at once. What it calls gone is in no answer until it is there again; nothing is deleted for it.
    ///
    /// Order: between two rounds, with the cursor that ended the last one. The caller saves [`Looked::next`] in its
    /// place, in the transaction that stores the records: a cursor that remembers what things were like when they
    /// were handed over must not take them for what they were before they were looked at. Repetition: as often as one
    /// likes. A source that does not need it keeps this default.
    ///
    /// # Errors
    /// Any [`Error`]; a call that failed says nothing about what is gone.
    async fn look(&self, _cursor: &Cursor, _ids: &[ExternalId]) -> Result<Option<Looked>, Error> {
        Ok(None)
    }

    /// Says for one document, by its address or id, who may see it and which rule decided that; `None` when
    /// this source reads no such document. It asks the outside, and answers as `pull` would decide now.
    ///
    /// Order: at any time. Repetition: as often as one likes. A source without rules keeps this default.
    ///
    /// # Errors
    /// Any [`Error`].
    async fn explain(&self, _place: &str) -> Result<Option<Explanation>, Error> {
        Ok(None)
    }
}

/// Why a document has the audience it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The document.
    pub id: ExternalId,
    /// Its title.
    pub title: String,
    /// Who may see it; `None` when it is left out.
    pub audience: Option<RawAudience>,
    /// What was looked at, in order and in whole sentences; the last one decided.
    pub steps: Vec<String>,
}

/// What a source reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The kind of connector, such as `files`.
    pub kind: &'static str,
    /// What tells this account from others of the kind for good: a workspace id, a folder.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// A place in a source's changes. Only the source that made it can read it; everybody else stores it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// Wraps a text that a source will know how to read.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, to store it or to read it inside the source.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cursor {
    /// Writes the length alone: a cursor may be long, and outside systems put anything into theirs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({} bytes)", self.0.len())
    }
}

/// What was found by its own id.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// What is there as it is, and what is not.
    pub records: Vec<Record>,
    /// Where the next round begins once these are stored.
    pub next: Cursor,
}

/// A page of changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What was written or is gone, in the order in which it is to be applied.
    pub records: Vec<Record>,
    /// What could not be taken in, or only with a change.
    pub problems: Vec<Problem>,
    /// Where the next page begins.
    pub next: Cursor,
    /// Whether another page is there already.
    pub more: bool,
}

/// Something about a single item that a person should know of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where, so that a person finds it: `threads.jsonl.gz:17`, or an outside id.
    pub place: String,
    /// What, in one line without texts, names or secrets of the item.
    pub what: String,
    /// What it did to the item.
    pub effect: Effect,
}

/// What a problem did to its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The item was left out.
    Skipped,
    /// The item was taken in, with the change that the problem describes.
    Kept,
}

impl Problem {
    /// Returns the problem of an item that is left out.
    #[must_use]
    pub fn skipped(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), effect: Effect::Skipped }
    }

    /// Returns the problem of an item that is taken in all the same.
    #[must_use]
    pub fn kept(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), effect: Effect::Kept }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// A page of the full listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Ids in ascending order.
    pub ids: Vec<ExternalId>,
    /// Whether more ids follow after the last one.
    pub more: bool,
    /// Parts of the source that could not be looked into. While there is any, ids may be missing and nothing
    /// may be deleted for not being listed.
    pub unseen: Vec<Problem>,
    /// What whoever looks after the source should know of the whole, in plain words; nothing is wrong. The same on
    /// every page.
    pub notes: Vec<String>,
}
