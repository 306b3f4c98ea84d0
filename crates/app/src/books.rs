//! The database and the settings of an installation, without its index: what commands may change while a
//! server has the data folder open.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use domain::TenantId;
use store::Store;

use crate::App;
use crate::config::{Places, Settings};
use crate::seams::{Clock, SystemClock};

/// The database and the settings of an installation.
#[derive(Clone)]
pub struct Books {
    /// Where everything is.
    pub places: Places,
    /// What is configured.
    pub settings: Settings,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// What is known.
    pub store: Store,
}

impl Books {
    /// Opens the database of an installation, making what is missing.
    ///
    /// # Errors
    /// Says what cannot be opened.
    pub async fn open(places: Places, settings: Settings) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&places.data)
            .with_context(|| format!("the data folder `{}` cannot be made", places.data.display()))?;
        let store = Store::open(&places.store_url(&settings))
            .await
            .with_context(|| format!("the database of `{}` cannot be opened", places.data.display()))?;
        Ok(Self { places, settings, clock: Arc::new(SystemClock), store })
    }

    /// Returns the tenant of a name, making it where it is new.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn tenant(&self, name: &str) -> anyhow::Result<TenantId> {
        Ok(self.store.ensure_tenant(name, self.clock.now()).await?)
    }
}

impl App {
    /// Returns the database and the settings alone.
    #[must_use]
    pub fn books(&self) -> Books {
        Books {
            places: self.places.clone(),
            settings: self.settings.clone(),
            clock: Arc::clone(&self.seams.clock),
            store: self.store.clone(),
        }
    }
}

/// Opens the database of what is stored already, for one tenant that it knows; nothing is made.
///
/// # Errors
/// Fails when nothing is stored, or nothing of this tenant.
pub(crate) async fn stored(
    places: &Places,
    settings: &Settings,
    tenant: &str,
) -> anyhow::Result<(Store, TenantId)> {
    if settings.store.url.reveal().is_empty() && !places.data.join("store.sqlite").is_file() {
        bail!("nothing is stored in `{}` yet; run `backstory ingest PATH` first", places.data.display());
    }
    let store = Store::open(&places.store_url(settings)).await?;
    let tenants = store.list_tenants().await?;
    let Some(tenant) = tenants.iter().find(|one| one.name == tenant) else {
        let known: Vec<String> = tenants.iter().map(|one| format!("`{}`", one.name)).collect();
        bail!("there is no tenant `{tenant}`; known are: {}", known.join(", "));
    };
    Ok((store, tenant.id))
}

/// Returns a new secret word: 244 random bits behind a prefix that tells people what it is.
pub(crate) fn secret_word(prefix: &str) -> String {
    let random = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].map(|uuid| uuid.simple().to_string());
    format!("{prefix}{}", random.concat())
}

/// Returns what of a secret word is stored. It is long and random, so a plain hash cannot be turned back, and
/// comparing hashes tells nothing about the word.
pub(crate) fn hash_of(word: &str) -> [u8; 32] {
    domain::text::hash(&[word.as_bytes()])
}
