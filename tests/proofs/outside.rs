//! Systems outside that are read, an installation that reads them, and what their documents should have become.

pub(crate) mod check;
pub(crate) mod drive;
mod pick;
pub(crate) mod watched;
pub(crate) mod wiki;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use app::seams::{Clock, NoChannels, RandomIds, Seams};
use app::{App, Places, Settings, Stop};
use async_trait::async_trait;
use connector::{Error, Keyring, Secret, Source};
use domain::record::{RawAudience, RecordKind};
use domain::{ChunkId, CompanyId, Language, SourceId, TenantId, Timestamp};
use identity::{Assurance, Identities, Purpose, Reader, Scope};
use index::Query;
use ingest::Summary;
use ingest::pipeline::Run;
use llm::Embedder;
use llm::scripted::Scripted;
use tempfile::TempDir;

use crate::dice::Dice;

/// 24 November 2026, 12:00 UTC, when everything begins.
pub(crate) const BEGIN: i64 = 1_795_521_600_000;
/// The company to which a part of what is read belongs, in the words of the rules.
pub(crate) const COMPANY: &str = "acme";
/// A word of every title and every text, by which a search finds all that somebody may see.
const WORD: &str = "lamp";
/// More than any search finds here.
const ALL: usize = 200_000;

/// A document as it is outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doc {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) audience: RawAudience,
}

/// What is chosen and readable, by the ids of the outside.
pub(crate) type Truth = BTreeMap<String, Doc>;

/// Who searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Viewer {
    Anybody,
    /// A verified customer of the company.
    Customer,
    /// An agent who deals with that customer.
    Agent,
}

impl Viewer {
    pub(crate) const ALL: [Self; 3] = [Self::Anybody, Self::Customer, Self::Agent];

    pub(crate) fn may_see(self, audience: &RawAudience) -> bool {
        match audience {
            RawAudience::Public => true,
            RawAudience::Company(company) => self != Self::Anybody && company == COMPANY,
            RawAudience::Internal => self == Self::Agent,
            RawAudience::Person(_) => false,
        }
    }

    fn scope(self, tenant: TenantId, now: Timestamp) -> anyhow::Result<Scope> {
        let company = CompanyId::derive(tenant, COMPANY);
        let own = Identities { subjects: BTreeSet::new(), companies: BTreeSet::from([company]) };
        let (reader, purpose) = match self {
            Self::Anybody => (Reader::anonymous(), Purpose::Auto),
            Self::Customer => {
                let (account, whole) = (own.clone(), own);
                let assurance = Assurance::Verified;
                (Reader::Customer { person: None, account, whole, assurance }, Purpose::Auto)
            }
            Self::Agent => (Reader::Agent { about: own }, Purpose::Lookup),
        };
        Ok(Scope::live(tenant, vec![reader], purpose, now)?)
    }
}

/// How many calls were made, and the fewest that do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Least {
    /// For everything, once.
    pub(crate) first: usize,
    /// To know what is there.
    pub(crate) listing: usize,
    /// Beside the listing, in a round in which nothing changed.
    pub(crate) round: usize,
    /// Documents whose texts come with one call.
    pub(crate) texts_at_once: usize,
}

/// A system outside, as a stand-in, and how it is read.
pub(crate) trait Outside: Send + Sync {
    fn name(&self) -> &'static str;

    /// Builds the source as a new process would.
    fn source(&self, now: Timestamp) -> anyhow::Result<Box<dyn Source>>;

    /// Returns what is to be read, by the stand-in's own account and the rules as we understand them.
    fn truth(&self) -> Truth;

    /// Reports whether a document is there and we may read it, whatever our rules make of it.
    fn is_there(&self, id: &str) -> bool;

    /// Tells where something lies and who may see it, for a person who looks for a fault.
    fn describe(&self, _id: &str) -> String {
        String::new()
    }

    /// Moves its clock.
    fn set(&self, now: Timestamp);

    /// Writes a document anew.
    fn edit(&self, dice: &mut Dice);

    /// Changes anything: texts, names, places, rights, being there.
    fn change(&self, dice: &mut Dice);

    /// Lets something go wrong; says what.
    fn begin_trouble(&self, dice: &mut Dice) -> &'static str;

    /// Lets the next list go wrong.
    fn spoil_a_list(&self, dice: &mut Dice);

    fn end_trouble(&self);

    /// Reports whether a part of it is hidden from us as a whole.
    fn is_closed(&self) -> bool;

    /// Returns the longest time between two looks at rights whose change is told nowhere.
    fn rarely(&self) -> Duration;

    /// Returns how long a right that was taken away at a moment may be unseen, apart from the time between two
    /// rounds and the round itself.
    fn delay(&self, since: Timestamp) -> Duration;

    /// Gives or takes a right in the way that is seen latest, and returns a document about which that is.
    fn right(&self, is_given: bool) -> String;

    /// Returns how many calls came in since this was asked last.
    fn take_calls(&self) -> usize;

    fn least(&self) -> Least;
}

/// A keyring in memory.
#[derive(Debug, Clone)]
struct Ring(Arc<Mutex<Secret>>);

impl Ring {
    fn new(token: &str) -> Self {
        Self(Arc::new(Mutex::new(Secret::new(token))))
    }
}

#[async_trait]
impl Keyring for Ring {
    async fn refresh_token(&self) -> Result<Secret, Error> {
        Ok(lock(&self.0).clone())
    }

    async fn replace(&self, old: &Secret, new: &Secret) -> Result<bool, Error> {
        let mut kept = lock(&self.0);
        let is_same = *kept == *old;
        if is_same {
            *kept = new.clone();
        }
        Ok(is_same)
    }
}

pub(crate) fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Our clock, which moves only when the proof moves it.
struct Shown(Arc<AtomicI64>);

impl Clock for Shown {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// An installation that reads.
pub(crate) struct Bench {
    pub(crate) app: App,
    pub(crate) tenant: TenantId,
    time: Arc<AtomicI64>,
    _folder: TempDir,
}

impl Bench {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let time = Arc::new(AtomicI64::new(BEGIN));
        let embedder: Arc<dyn Embedder> = Arc::new(Scripted::new(crate::model::DIMENSIONS));
        let seams = Seams {
            clock: Arc::new(Shown(Arc::clone(&time))),
            ids: Arc::new(RandomIds),
            embedder: Some(embedder),
            channels: Arc::new(NoChannels),
        };
        let places =
            Places { data: folder.path().join("data"), config: None, cache: folder.path().join("cache") };
        let app = App::build(places, Settings::default_settings()?, seams).await?;
        let tenant = app.tenant(COMPANY).await?;
        Ok(Self { app, tenant, time, _folder: folder })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.seams.clock.now()
    }

    pub(crate) fn set(&self, now: Timestamp) {
        self.time.store(now.millis(), Ordering::SeqCst);
    }

    /// Moves all clocks on.
    pub(crate) fn advance(&self, outside: &[&dyn Outside], by: Duration) {
        let now = self.now().plus_millis(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
        self.set(now);
        outside.iter().for_each(|outside| outside.set(now));
    }

    /// Reads a source in, the same way as `App::read_source` does.
    pub(crate) async fn round(
        &self,
        source: &dyn Source,
        allow_shrink: bool,
    ) -> Result<Summary, ingest::Error> {
        let run = Run { tenant: self.tenant, now: self.now(), allow_shrink, stop: Stop::default() };
        self.app.ingest.run(&run, source, &|_| {}).await
    }

    /// Returns the source as it is stored, once it was read.
    pub(crate) async fn stored(&self, outside: &dyn Outside) -> anyhow::Result<Option<SourceId>> {
        let account = outside.source(self.now())?.check().await?;
        let all = self.app.store.list_sources(self.tenant).await?;
        Ok(all
            .into_iter()
            .find(|one| one.kind == account.kind && one.account == account.id)
            .map(|one| one.id))
    }

    /// Returns the ids of the documents that are stored.
    pub(crate) async fn held(&self, source: SourceId) -> anyhow::Result<BTreeSet<String>> {
        let hashes = self.app.store.content_hashes(self.tenant, source).await?;
        let documents = hashes.into_keys().filter(|id| id.kind == RecordKind::Document);
        Ok(documents.map(|id| id.id).collect())
    }

    /// Searches the index for everything on behalf of somebody, loads it as for an answer, and returns the texts by
    /// the ids of the outside.
    pub(crate) async fn seen(&self, viewer: Viewer) -> anyhow::Result<BTreeMap<String, String>> {
        let scope = viewer.scope(self.tenant, self.now())?;
        let query = Query {
            text: WORD.to_owned(),
            language: Language::ENGLISH,
            dense: None,
            kinds: Vec::new(),
            applicability: None,
            limit: ALL,
            exact: true,
        };
        let found = self.app.index.search(&scope, &query).await?;
        let ids: Vec<ChunkId> = found.lexical.iter().map(|hit| hit.chunk).collect();
        let loaded = self.app.store.load_chunks(&scope, &ids).await?;
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for one in loaded.chunks {
            texts.entry(one.external_id).or_default().push_str(&one.chunk.body);
        }
        Ok(texts)
    }
}
