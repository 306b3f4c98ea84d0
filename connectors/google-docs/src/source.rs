//! The source: pages of changes and listings of what is chosen.

mod change;
mod content;
mod explain;
mod folders;
mod lineage;
mod listing;
mod look;
mod position;
mod round;
mod tree;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use connector::{Account, Cursor, Error, Explanation, Listing, Looked, Page, Problem, Source};
use domain::record::{ExternalId, Record, RecordKind};
use domain::text::{hash, hex};
use tokio::time::Instant;

use crate::audience::{Restricted, Rule, Rules};
use crate::client::{Client, Reach};
use crate::wire::{self, File};
pub use listing::Count;
use listing::Everything;
use position::Position;
use round::Plan;
use tree::Tree;

/// What is kept between calls is looked up anew after this long.
const WARM: Duration = Duration::from_secs(600);
/// The longest cursor-kept page.
const MOST_RECORDS: usize = 1_000;

/// Something that is read, with everything below it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Root {
    /// A folder by its id; `root` is the user's own My Drive.
    Folder(String),
    /// A shared drive by its id.
    Drive(String),
    /// One document or file by its id.
    Document(String),
}

impl Root {
    fn id(&self) -> &str {
        match self {
            Self::Folder(id) | Self::Drive(id) | Self::Document(id) => id,
        }
    }
}

/// What to read, and who may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What is read.
    pub roots: Vec<Root>,
    /// Who may see what; the first rule that fits decides, and what none fits is internal.
    pub rules: Vec<Rule>,
    /// What becomes of documents whose access is limited below the place of a rule.
    pub restricted: Restricted,
    /// After how long the folders and their rights are looked at again although no change was told. A change of
    /// rights above the chosen folders, or of a shared drive's members, is seen no later than this plus the time
    /// between two pulls.
    pub recheck: Duration,
    /// The largest number of records on a page, 1 to 1,000.
    pub page_records: usize,
    /// The largest file that is downloaded, and the largest answer of the Docs API, in bytes.
    pub max_file_bytes: u64,
}

impl Config {
    /// Returns the usual configuration for what is to be read: everything internal, a look at rights every half
    /// hour, pages of 50 records, files of up to 64 MiB.
    #[must_use]
    pub fn usual(roots: Vec<Root>) -> Self {
        Self {
            roots,
            rules: Vec::new(),
            restricted: Restricted::Internal,
            recheck: Duration::from_secs(1_800),
            page_records: 50,
            max_file_bytes: 64 << 20,
        }
    }
}

/// Google Drive as one user sees it, as a source.
pub struct Drive {
    client: Client,
    reach: Reach,
    config: Config,
    rules: Rules,
    /// A fingerprint of what is chosen and by which rules, so that a cursor of another choice starts over.
    mark: String,
    /// What would otherwise be asked again for every page. Losing it costs calls, nothing else.
    warm: Mutex<Warm>,
}

#[derive(Default)]
struct Warm {
    tree: Option<(Instant, Arc<Tree>)>,
    /// Folders outside of the tree that were asked for, and those that are hidden.
    climbed: BTreeMap<String, Option<File>>,
    plan: Option<(Instant, String, Arc<Plan>)>,
    listing: Option<(Instant, Arc<Everything>)>,
}

impl Drive {
    /// Builds the source; nothing is read before its first call.
    ///
    /// # Errors
    /// Fails when the key, the address, a rule or a limit is impossible.
    pub fn new(config: crate::Config) -> Result<Self, Error> {
        let crate::Config { connection, source: config } = config;
        let give_up = |what: &str| Error::GiveUp { what: what.to_owned(), source: None };
        if config.roots.is_empty() || config.roots.iter().any(|root| root.id().trim().is_empty()) {
            return Err(give_up("nothing to read is chosen; name a folder, a shared drive or a document"));
        }
        if !(1..=MOST_RECORDS).contains(&config.page_records) {
            let what = format!("`page_records` is {}; it must be 1 to {MOST_RECORDS}", config.page_records);
            return Err(give_up(&what));
        }
        if config.max_file_bytes == 0 || config.recheck.is_zero() {
            return Err(give_up("`max_file_bytes` and `recheck` must be more than 0"));
        }
        let choice =
            format!("{:?} {:?} {:?} {:?}", config.roots, config.rules, config.restricted, connection.reach);
        Ok(Self {
            client: Client::new(&connection)?,
            reach: connection.reach,
            rules: Rules::new(config.rules.clone(), config.restricted)?,
            mark: hex(&hash(&[choice.as_bytes()])[..8]),
            config,
            warm: Mutex::default(),
        })
    }

    fn warm(&self) -> MutexGuard<'_, Warm> {
        self.warm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what is known of folders, because one of them has changed.
    fn forget_folders(&self) {
        let mut warm = self.warm();
        warm.tree = None;
        warm.climbed.clear();
        warm.plan = None;
    }
}

impl fmt::Debug for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive")
            .field("client", &self.client)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Drive {
    async fn check(&self) -> Result<Account, Error> {
        let fields = [("fields", "user(permissionId,displayName,emailAddress)")];
        let about = self.client.drive(&["about"], &fields).await?;
        let user = &about["user"];
        let id = wire::text(user, "permissionId").ok_or_else(|| Error::Malformed {
            what: "the answer of Google to `GET /about` names no user".to_owned(),
        })?;
        let name = wire::text(user, "displayName").or(wire::text(user, "emailAddress")).unwrap_or(id);
        self.roots().await?.any_present()?;
        Ok(Account { kind: "google-docs", id: id.to_owned(), name: format!("Google Drive of {name}") })
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let position = match cursor {
            Some(cursor) => Position::read(cursor, &self.mark)?,
            None => self.beginning().await?,
        };
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

    async fn look(&self, cursor: &Cursor, ids: &[ExternalId]) -> Result<Option<Looked>, Error> {
        let mut position = Position::read(cursor, &self.mark)?;
        let records = self.look_at(&mut position, ids).await?;
        Ok(Some(Looked { records, next: position.cursor() }))
    }

    async fn explain(&self, place: &str) -> Result<Option<Explanation>, Error> {
        self.explanation(place).await
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
}

/// Returns whose logs of changes a cursor follows: those of shared drives, and the user's where there is no drive.
pub(crate) fn logs_of(cursor: &Cursor) -> Result<Vec<Option<String>>, Error> {
    Position::logs_of(cursor)
}

/// Names a document.
fn named(id: &str) -> ExternalId {
    ExternalId { kind: RecordKind::Document, id: id.to_owned() }
}
