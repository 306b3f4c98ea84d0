//! Puts the parts together, once, for every command.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use domain::TenantId;
use index::{Index, Manifest};
use ingest::privacy::{Rules, TenantKey};
use ingest::{Courtesy, Ingest, Stop};
use responder::Responder;
use retrieval::Retrieval;
use store::Store;

use crate::config::{IndexConfig, Places, Settings};
use crate::drafters::Drafters;
use crate::lookups::Endpoints;
use crate::seams::Seams;
use crate::tend::Rebuilt;

/// So many texts at a time keep one thread of a model of this machine busy, and no longer than a question can wait.
const ON_ONE_THREAD: usize = 1;
/// So many are worth a call of a model elsewhere.
const CALL: usize = 256;

/// One installation, open.
#[derive(Clone)]
pub struct App {
    /// Where everything is.
    pub places: Places,
    /// What is configured.
    pub settings: Settings,
    /// Clock, ids, models.
    pub seams: Seams,
    /// What is known.
    pub store: Store,
    /// What can be found.
    pub index: Arc<Index>,
    /// How things come in.
    pub ingest: Ingest,
    /// How things are found.
    pub retrieval: Arc<Retrieval>,
    /// How things are answered.
    pub responder: Arc<Responder>,
    /// What conversations are about.
    pub(crate) topics: Arc<crate::topics::Kept>,
    /// Whether the index could not be asked when it was opened, so that it may lag behind.
    pub(crate) behind: Arc<AtomicBool>,
}

/// Which index is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// The one that is there, or an empty one.
    AsItIs,
    /// An empty one: in files in place of the old one, on a server beside it.
    Anew,
}

async fn open(
    places: &Places,
    settings: &Settings,
    opening: Opening,
    manifest: Manifest,
) -> Result<Index, index::Error> {
    match (&settings.index, opening) {
        (IndexConfig::Embedded, Opening::AsItIs) => Index::open(&places.index(), manifest),
        (IndexConfig::Embedded, Opening::Anew) => Index::reset(&places.index(), manifest),
        (IndexConfig::Server(server), Opening::AsItIs) => Index::connect(server, &manifest).await,
        (IndexConfig::Server(server), Opening::Anew) => Index::beside(server, &manifest).await,
    }
}

impl App {
    /// Opens the installation at `places`, making what is missing, and brings the index up to the store.
    ///
    /// # Errors
    /// Says what cannot be opened and what to do about it.
    pub async fn build(places: Places, settings: Settings, seams: Seams) -> anyhow::Result<Self> {
        let app = Self::assemble(places, settings, seams, Opening::AsItIs).await?;
        app.replay_erasures().await.context("who was erased could not be erased again")?;
        app.catch_up().await.with_context(|| {
            format!("the index of `{}` cannot be brought up to the store", app.places.data.display())
        })?;
        Ok(app)
    }

    /// Opens the installation at `places` and makes its whole index anew from the store, whatever made the old
    /// one. Killed half-way, the next opening goes on.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn rebuild_index(places: Places, settings: Settings, seams: Seams) -> anyhow::Result<Self> {
        let on_server = matches!(settings.index, IndexConfig::Server(_));
        let app = Self::assemble(places, settings, seams, Opening::Anew).await?;
        if on_server {
            app.fill_beside(&Stop::default()).await?;
        }
        app.replay_erasures().await.context("who was erased could not be erased again")?;
        app.catch_up().await.with_context(|| {
            format!("the index of `{}` cannot be brought up to the store", app.places.data.display())
        })?;
        Ok(app)
    }

    /// Opens the installation at `places` and leaves its index as it is, to look at it.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn open(places: Places, settings: Settings, seams: Seams) -> anyhow::Result<Self> {
        Self::assemble(places, settings, seams, Opening::AsItIs).await
    }

    /// Makes the index of one tenant, or of all, anew from the store: beside the old one, which is searched
    /// meanwhile. An index in files that was made in another way is emptied first, since nobody can search it.
    ///
    /// # Errors
    /// As [`App::rebuild_tenant`]. After an error the old one still counts.
    pub async fn anew(
        places: Places,
        settings: Settings,
        seams: Seams,
        tenant: Option<&str>,
        stop: &Stop,
    ) -> anyhow::Result<Vec<(String, Rebuilt)>> {
        let on_server = matches!(settings.index, IndexConfig::Server(_));
        if on_server && tenant.is_none() {
            let app = Self::assemble(places, settings, seams, Opening::Anew).await?;
            return app.fill_beside(stop).await;
        }
        let app = match Self::build(places.clone(), settings.clone(), seams.clone()).await {
            Err(error) if tenant.is_none() && is_of_another_make(&error) => {
                let app = Self::rebuild_index(places, settings, seams).await?;
                let mut made = Vec::new();
                for tenant in app.store.list_tenants().await? {
                    let chunks = app.index.count(tenant.id).await? as u64;
                    made.push((tenant.name, Rebuilt { chunks, searches: 0, late: 0 }));
                }
                return Ok(made);
            }
            opened => opened?,
        };
        let mut rebuilt = Vec::new();
        for tenant in app.chosen(tenant).await? {
            rebuilt.push((tenant.name, app.rebuild_tenant(tenant.id, stop).await?));
        }
        Ok(rebuilt)
    }

    async fn assemble(
        places: Places,
        settings: Settings,
        seams: Seams,
        opening: Opening,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&places.data)
            .with_context(|| format!("the data folder `{}` cannot be made", places.data.display()))?;
        let embedder = match &seams.embedder {
            Some(embedder) => Arc::clone(embedder),
            None => llm::build(&settings.embedder, &places.cache)?,
        };
        let model = embedder.model();
        let manifest = Manifest { model: model.checksum.clone(), dimensions: model.dimensions };
        // In files, the index holds the lock on the data folder, so it comes first.
        let index = Arc::new(open(&places, &settings, opening, manifest).await?);
        let store = Store::open(&places.store_url(&settings))
            .await
            .with_context(|| format!("the database of `{}` cannot be opened", places.data.display()))?;
        let ingest = Ingest {
            store: store.clone(),
            index: Arc::clone(&index),
            embedder: Arc::clone(&embedder),
            config: settings.ingest,
            rules: Rules::new(
                TenantKey::new(&key(&places.data)?),
                settings.privacy.own_domains.iter().cloned(),
            ),
            courtesy: Courtesy::default(),
        };
        let config = retrieval::Config { keep: settings.retrieval.keep };
        let retrieval = Retrieval::new(store.clone(), Arc::clone(&index), embedder, config);
        let (priors, own) = crate::priors::read(&settings)?;
        let retrieval = retrieval.with_priors(priors, own);
        let retrieval = Arc::new(retrieval.with_reranker(llm::rerank::build(&settings.reranker)?));
        let drafters = Drafters::build(&settings, store.clone(), Arc::clone(&seams.clock))?;
        let endpoints = Endpoints::build(&settings, store.clone())?;
        let (config, own) = crate::calibration::responders(&settings)?;
        let responder = Responder::new(Arc::clone(&retrieval), config).with_own(own);
        let responder =
            Arc::new(responder.with_writers(Arc::new(drafters)).with_lookups(Arc::new(endpoints)));
        let (topics, behind) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        Ok(Self { places, settings, seams, store, index, ingest, retrieval, responder, topics, behind })
    }

    /// Brings the index up to the store: what a crash or a restore has left open. An index that cannot be read,
    /// or holds more or less than the store, is made again: it is derived, and nobody should have to ask for it.
    /// A server that cannot be asked now is asked again by whoever serves.
    pub(crate) async fn catch_up(&self) -> anyhow::Result<()> {
        let outcome = self.bring_up().await;
        let is_passing = outcome.as_ref().is_err_and(is_passing);
        self.behind.store(is_passing, Ordering::Relaxed);
        match outcome {
            Err(error) if is_passing => {
                tracing::warn!("the index could not be brought up to the store: {error:#}");
                Ok(())
            }
            outcome => outcome,
        }
    }

    async fn bring_up(&self) -> anyhow::Result<()> {
        for tenant in self.store.list_tenants().await? {
            let is_readable = match self.drain(tenant.id).await {
                Err(ingest::Error::Index(error)) if error.is_broken() => false,
                outcome => outcome.map(|()| true)?,
            };
            let stored = self.store.counts(tenant.id).await?.chunks;
            let held = match self.index.count(tenant.id).await {
                Err(error) if error.is_broken() => None,
                count => Some(count? as u64),
            };
            if is_readable && held == Some(stored) {
                continue;
            }
            // On a full disk a sound index may look broken, and a new one could not be written.
            self.index.check_room()?;
            tracing::warn!(
                tenant.id = %tenant.id,
                "the index does not hold the {stored} chunks of the store; it is made again"
            );
            self.index.restore().await?;
            self.index.drop_tenant(tenant.id).await?;
            self.store.reset_outbox(tenant.id).await?;
            self.drain(tenant.id).await?;
        }
        Ok(())
    }

    pub(crate) async fn drain(&self, tenant: TenantId) -> Result<(), ingest::Error> {
        self.ingest.drain(tenant, &Stop::default(), &|_| {}).await.map(drop)
    }

    /// Says that questions are answered from now on while sources are read: those go first, and a model of this
    /// machine embeds on one thread.
    pub fn share(&self) {
        let texts =
            if matches!(self.settings.embedder, llm::Config::Local { .. }) { ON_ONE_THREAD } else { CALL };
        self.ingest.courtesy.share(texts);
    }

    /// Returns the vector of a text, from the cache where the same text was embedded before.
    ///
    /// # Errors
    /// Fails when the model or the store does.
    pub async fn vector(&self, text: &str) -> anyhow::Result<Vec<f32>> {
        let embedder = &self.ingest.embedder;
        let key = domain::text::hash(&[text.as_bytes()]);
        let model = &embedder.model().checksum;
        if let Some(vector) = self.store.cached_embeddings(model, &[key]).await?.remove(&key) {
            return Ok(vector);
        }
        let vector = embedder.embed(&[text.to_owned()], llm::Role::Passage).await?.pop().unwrap_or_default();
        self.store.put_embeddings(model, vec![(key, vector.clone())]).await?;
        Ok(vector)
    }

    /// Returns the tenant of a name, making it where it is new.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn tenant(&self, name: &str) -> anyhow::Result<TenantId> {
        Ok(self.store.ensure_tenant(name, self.seams.clock.now()).await?)
    }
}

/// Reports whether the index was made in another way than is configured now.
fn is_of_another_make(error: &anyhow::Error) -> bool {
    let of_index = |cause: &(dyn std::error::Error + 'static)| {
        use index::Error::{Mismatch, Newer};
        matches!(cause.downcast_ref::<index::Error>(), Some(Mismatch { .. } | Newer { .. }))
    };
    error.chain().any(of_index)
}

/// Reports whether it was the index that failed, and can be better in a moment.
pub(crate) fn is_passing(error: &anyhow::Error) -> bool {
    let of_index = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<index::Error>().is_some_and(index::Error::is_passing)
    };
    error.chain().any(of_index)
}

/// The name of the file that holds the secret under which details of conversations are hashed.
pub(crate) const KEY: &str = "detail.key";

/// Returns that secret, made anew in a new folder. It is there whole or not at all: with another one, nothing
/// that was told before would count any more.
fn key(data: &Path) -> anyhow::Result<Vec<u8>> {
    let path = data.join(KEY);
    let cannot_write = || format!("`{}` cannot be written", path.display());
    match std::fs::read(&path) {
        Ok(key) if key.len() >= 32 => return Ok(key),
        Ok(_) => bail!("`{}` is damaged; put it back from a backup", path.display()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", path.display())),
    }
    let key = [uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes()].concat();
    // Such a file can be read by its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(data).with_context(cannot_write)?;
    file.write_all(&key).and_then(|()| file.as_file().sync_all()).with_context(cannot_write)?;
    file.persist(&path).with_context(cannot_write)?;
    Ok(key)
}

#[cfg(unix)]
pub(crate) fn restrict(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?)
}

#[cfg(not(unix))]
pub(crate) fn restrict(_path: &Path) -> anyhow::Result<()> {
    Ok(())
}
