//! The source: pages of changes and listings of a site.

mod look;
mod round;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use connector::{Account, Cursor, Error, Explanation, Listing, Looked, Page, Source};
use domain::record::{ExternalId, RecordKind};
use tokio::time::Instant;

use crate::catalogue::Catalogue;
use crate::client::{Client, Place};
use crate::config::{Config, Hosting};
use crate::position::{Position, Round, groups};

/// What a sweep found is kept between two calls for so long; after that it is looked up anew.
const WARM: Duration = Duration::from_secs(600);
/// The beginnings of sweeps are told apart by so many milliseconds.
const GRAIN_MILLIS: i64 = 300_000;

/// A site as a source.
pub(crate) struct Site {
    pub(crate) client: Client,
    pub(crate) config: Config,
    /// The address of the site for people, with the context path.
    pub(crate) base: String,
    /// What would otherwise be asked again for every page. Losing it costs calls, nothing else.
    warm: Mutex<Warm>,
}

/// What a sweep found, and what every group of documents is like.
struct Swept {
    catalogue: Catalogue,
    groups: BTreeMap<u16, String>,
}

#[derive(Default)]
struct Warm {
    /// By the moment at which the round began.
    sweep: Option<(Instant, i64, Arc<Swept>)>,
    listing: Option<(Instant, Arc<Listing>)>,
}

impl Site {
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        config.validate()?;
        let client = Client::new(&config)?;
        let base = match &config.hosting {
            Hosting::Cloud { site, .. } => {
                format!("{}/wiki", site.trim().trim_end_matches('/').trim_end_matches("/wiki"))
            }
            Hosting::DataCenter { address } => address.trim().trim_end_matches('/').to_owned(),
        };
        Ok(Self { client, config, base, warm: Mutex::default() })
    }

    fn warm(&self) -> std::sync::MutexGuard<'_, Warm> {
        self.warm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what the sweep of a round found, again when it is forgotten.
    async fn swept(&self, began: i64, is_begun: bool) -> Result<Arc<Swept>, Error> {
        let kept = self.warm().sweep.clone().filter(|_| is_begun);
        if let Some((since, of, swept)) = kept
            && of == began
            && since.elapsed() < WARM
        {
            return Ok(swept);
        }
        let catalogue = Catalogue::sweep(&self.client, &self.config).await?;
        let swept = Arc::new(Swept { groups: groups(&self.config, &catalogue), catalogue });
        self.warm().sweep = Some((Instant::now(), began, Arc::clone(&swept)));
        Ok(swept)
    }

    async fn everything(&self) -> Result<Listing, Error> {
        let catalogue = Catalogue::sweep(&self.client, &self.config).await?;
        let kept = catalogue
            .entries
            .values()
            .filter(|entry| catalogue.decision(&self.config, entry).audience.is_some());
        let ids = kept.map(|entry| document(&entry.id)).collect();
        let notes = catalogue.opened(&self.config);
        Ok(Listing { ids, more: false, unseen: catalogue.unseen.clone(), notes })
    }

    /// Returns what tells this site from others for good.
    async fn site_id(&self) -> Result<String, Error> {
        let host = self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest).to_lowercase();
        match &self.config.hosting {
            Hosting::DataCenter { .. } => Ok(host),
            Hosting::Cloud { cloud_id: Some(id), .. } => Ok(id.clone()),
            // Every site tells its id to anybody; where one does not, its address has to do.
            Hosting::Cloud { .. } => match self.client.get(Place::Root("_edge/tenant_info")).await {
                Ok(answer) => Ok(answer["cloudId"].as_str().map_or(host, str::to_owned)),
                Err(failure) if failure.is_gone() => Ok(host),
                Err(failure) => Err(failure.into()),
            },
        }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("client", &self.client)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Site {
    async fn check(&self) -> Result<Account, Error> {
        self.client.prove().await?;
        let name = self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest);
        let name = name.trim_end_matches("/wiki").to_owned();
        Ok(Account { kind: "confluence", id: self.site_id().await?, name })
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let mut position = Position::read(cursor)?;
        let now = self.client.now();
        match position.round.take() {
            Some(Round::Sweep { began, after, done }) => self.sweep(position, began, after, done, true).await,
            Some(Round::Changes { after }) => self.changes(position, Some(after)).await,
            None if position.is_sweep_due(&self.config, now) => {
                // Rounded down, so that asking twice gives the same cursor; the next sweep is early, never late.
                let began = now.millis() - now.millis() % GRAIN_MILLIS;
                self.sweep(position, began, None, BTreeMap::new(), false).await
            }
            None => self.changes(position, None).await,
        }
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        let kept = after.and_then(|_| self.warm().listing.clone());
        let everything = match kept.filter(|(since, _)| since.elapsed() < WARM) {
            Some((_, everything)) => everything,
            None => Arc::new(self.everything().await?),
        };
        // Ids are small: a page of the listing holds more of them than a page of changes.
        let most = self.config.page_records * 20;
        let begin = after.map_or(0, |after| everything.ids.partition_point(|id| id <= after));
        let ids: Vec<ExternalId> = everything.ids[begin..].iter().take(most).cloned().collect();
        let more = begin + ids.len() < everything.ids.len();
        self.warm().listing = more.then(|| (Instant::now(), Arc::clone(&everything)));
        let (unseen, notes) = (everything.unseen.clone(), everything.notes.clone());
        Ok(Listing { ids, more, unseen, notes })
    }

    async fn look(&self, cursor: &Cursor, ids: &[ExternalId]) -> Result<Option<Looked>, Error> {
        let mut position = Position::read(Some(cursor))?;
        let records = self.look_at(&mut position, ids).await?;
        Ok(Some(Looked { records, next: position.cursor()? }))
    }

    async fn explain(&self, place: &str) -> Result<Option<Explanation>, Error> {
        self.client.prove().await?;
        let Some(id) = crate::explain::id_of(&self.client, place).await? else { return Ok(None) };
        let ids = BTreeSet::from([id.clone()]);
        let mut catalogue = Catalogue::some(&self.client, &self.config, &ids).await?;
        catalogue.ask_access(&self.client).await?;
        let Some(entry) = catalogue.entries.get(&id) else { return Ok(None) };
        let decision = catalogue.decision(&self.config, entry);
        let (title, audience, steps) = (entry.title.clone(), decision.audience, decision.steps);
        Ok(Some(Explanation { id: document(&id), title, audience, steps }))
    }
}

/// Returns the name of a document.
pub(crate) fn document(id: &str) -> ExternalId {
    ExternalId { kind: RecordKind::Document, id: id.to_owned() }
}
