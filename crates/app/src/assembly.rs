//! Puts the parts together, once, for every command.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use domain::TenantId;
use index::{Index, Manifest};
use ingest::privacy::{Rules, TenantKey};
use ingest::{Ingest, Stop};
use responder::Responder;
use retrieval::Retrieval;
use store::Store;

use crate::config::{Places, Settings};
use crate::seams::Seams;

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
}

impl App {
    /// Opens the installation at `places`, making what is missing, and brings the index up to the store.
    ///
    /// # Errors
    /// Says what cannot be opened and what to do about it.
    pub async fn build(places: Places, settings: Settings, seams: Seams) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&places.data)
            .with_context(|| format!("the data folder `{}` cannot be made", places.data.display()))?;
        let embedder = match &seams.embedder {
            Some(embedder) => Arc::clone(embedder),
            None => llm::build(&settings.embedder, &places.cache)?,
        };
        let model = embedder.model();
        let manifest = Manifest { model: model.checksum.clone(), dimensions: model.dimensions };
        // The index holds the lock on the data folder, so it comes first.
        let index = Arc::new(open_index(&places.index(), manifest)?);
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
        };
        let retrieval =
            Arc::new(Retrieval::new(store.clone(), Arc::clone(&index), embedder, settings.retrieval));
        let responder = Arc::new(Responder::new(Arc::clone(&retrieval), settings.responder));
        let app = Self { places, settings, seams, store, index, ingest, retrieval, responder };
        app.catch_up().await?;
        Ok(app)
    }

    /// Brings the index up to the store: what a crash or a restore has left open.
    async fn catch_up(&self) -> anyhow::Result<()> {
        for tenant in self.store.list_tenants().await? {
            let waiting = self.store.outbox_len(tenant.id).await?;
            if waiting == 0
                && self.store.counts(tenant.id).await?.chunks > 0
                && self.index.count(tenant.id).await? == 0
            {
                let queued = self.store.reset_outbox(tenant.id).await?;
                tracing::info!(tenant.id = %tenant.id, chunks = queued, "the index is empty and is made again");
            }
            let parts = (&self.store, &*self.index, &*self.ingest.embedder);
            ingest::drain(parts, tenant.id, &Stop::default(), &|_| {}).await?;
        }
        Ok(())
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

fn open_index(folder: &Path, manifest: Manifest) -> anyhow::Result<Index> {
    std::fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    Ok(Index::open(folder, manifest)?)
}

/// The name of the file that holds the secret under which details of conversations are hashed.
pub(crate) const KEY: &str = "detail.key";

/// Returns that secret, made anew in a new folder.
fn key(data: &Path) -> anyhow::Result<Vec<u8>> {
    let path = data.join(KEY);
    if let Ok(key) = std::fs::read(&path)
        && key.len() >= 32
    {
        return Ok(key);
    }
    let key = [uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes()].concat();
    std::fs::write(&path, &key).with_context(|| format!("`{}` cannot be written", path.display()))?;
    restrict(&path)?;
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
