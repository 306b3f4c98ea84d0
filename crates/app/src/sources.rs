//! Sources of knowledge that are read at intervals: those that the configuration names, and those that were added
//! by command. Start reading at [`Configured`], then `schedule` and `setup`.

mod keys;
mod remove;
mod report;
mod schedule;
mod setup;
mod state;

use std::sync::Arc;

use anyhow::{Context as _, bail};
pub use connector::Account;
use connector::Explanation;
use domain::{TenantId, Timestamp};
use ingest::{Progress, Stop, Summary};
use llm::Secret;
use store::Connection;

pub use remove::{Goes, Gone};
pub use report::{Failure, Report};
pub use setup::{Added, Consent};
pub use state::State;

use crate::App;
use crate::books::Books;
use crate::connectors::outside::{Config, Opens};
use keys::Drawer;

/// A source that is read at intervals.
#[derive(Debug, Clone)]
pub struct Configured {
    /// What people call it; one of the tenant's has that name.
    pub name: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// The name of the tenant.
    pub tenant_name: String,
    /// How it is reached and what is read of it.
    pub config: Config,
    /// Whether it was added by command, and not by the configuration.
    pub is_added: bool,
    /// What is known of it; none before its first round.
    pub connection: Option<Connection>,
}

impl Configured {
    /// Reports whether it is kept from being read.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.paused_at.is_some())
    }
}

impl Books {
    /// Returns all sources that are read at intervals, by tenant and name. Those of a tenant that was removed, or is
    /// being removed, are none.
    ///
    /// # Errors
    /// Fails when the store does, or what it holds cannot be read.
    pub async fn sources(&self) -> anyhow::Result<Vec<Configured>> {
        let mut all = Vec::new();
        for (name, config) in &self.settings.sources {
            // Who was removed is not made anew because the configuration still names it.
            let Some(tenant) = self.tenant_to_read(&config.tenant).await? else { continue };
            all.push(Configured {
                name: name.clone(),
                tenant,
                tenant_name: config.tenant.clone(),
                config: config.clone(),
                is_added: false,
                connection: self.store.find_connection(tenant, name).await?,
            });
        }
        for tenant in self.store.list_tenants().await? {
            for connection in self.store.list_connections(tenant.id).await? {
                let Some(settings) = &connection.settings else { continue };
                let config = serde_json::from_str(settings).with_context(|| {
                    format!("the settings of the source `{}` cannot be read", connection.name)
                })?;
                all.push(Configured {
                    name: connection.name.clone(),
                    tenant: tenant.id,
                    tenant_name: tenant.name.clone(),
                    config,
                    is_added: true,
                    connection: Some(connection),
                });
            }
        }
        all.sort_by(|one, other| (&one.tenant_name, &one.name).cmp(&(&other.tenant_name, &other.name)));
        Ok(all)
    }

    /// Returns the source of a name, perhaps among those of one tenant.
    ///
    /// # Errors
    /// Fails when there is none, or several tenants have one.
    pub async fn source(&self, name: &str, tenant: Option<&str>) -> anyhow::Result<Configured> {
        let all = self.sources().await?;
        let of_tenant = |one: &&Configured| tenant.is_none_or(|tenant| one.tenant_name == tenant);
        let mut known: Vec<&str> = all.iter().filter(of_tenant).map(|one| one.name.as_str()).collect();
        known.dedup();
        let known = known.join(", ");
        let mut named = all.iter().filter(of_tenant).filter(|one| one.name == name);
        match (named.next(), named.next()) {
            (Some(one), None) => Ok(one.clone()),
            (Some(_), Some(_)) => bail!("several tenants have a source `{name}`; state one with `--tenant`"),
            (None, _) if self.settings.sources.contains_key(name) && tenant.is_none() => bail!(
                "the source `{name}` is not read, since its tenant `{tenant}` was removed; any command with `--tenant {tenant}` makes that anew",
                tenant = self.settings.sources[name].tenant
            ),
            (None, _) if known.is_empty() => bail!(
                "no source `{name}` is configured; add `[sources.{name}]` to the configuration, or use `backstory sources add {name}`"
            ),
            (None, _) => bail!("no source `{name}` is configured; known are {known}"),
        }
    }

    fn drawer(&self, tenant: TenantId, name: &str) -> anyhow::Result<Drawer> {
        let vault = (&self.settings.live.key, self.places.data.as_path());
        Drawer::open(&self.store, vault, (tenant, name))
    }

    /// Returns what opens a source.
    async fn opens(&self, one: &Configured) -> anyhow::Result<Opens> {
        let drawer = self.drawer(one.tenant, &one.name)?;
        let kept = drawer.kept().await?.map(|(_, kept)| kept).unwrap_or_default();
        Ok(Opens {
            token: Secret::new(kept.token),
            client_secret: Secret::new(kept.client_secret),
            keyring: Arc::new(drawer),
        })
    }

    async fn open_source(
        &self,
        one: &Configured,
        now: Timestamp,
    ) -> anyhow::Result<Box<dyn connector::Source>> {
        let opens = self.opens(one).await?;
        one.config.source(now, &opens).with_context(|| format!("the source `{}` cannot be used", one.name))
    }

    /// Says who may see a document, by its address or id, and which rule decided that, for each configured source
    /// that reads it.
    ///
    /// # Errors
    /// Says which source cannot be asked.
    pub async fn explain(&self, place: &str) -> anyhow::Result<Vec<(String, Explanation)>> {
        let all = self.sources().await?;
        anyhow::ensure!(
            !all.is_empty(),
            "no source is configured; add `[sources.NAME]` to the configuration, or use `backstory sources add`"
        );
        let mut explained = Vec::new();
        for one in &all {
            let source = self.open_source(one, self.clock.now()).await?;
            let found = source.explain(place).await;
            let found = found.with_context(|| format!("the source `{}` cannot be asked", one.name))?;
            explained.extend(found.map(|found| (one.name.clone(), found)));
        }
        Ok(explained)
    }
}

impl App {
    /// Reads a source in; repeatable and resumable.
    ///
    /// # Errors
    /// Says what cannot be read or stored; what was read before stays.
    pub async fn read_source(
        &self,
        one: &Configured,
        allow_shrink: bool,
        stop: Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> anyhow::Result<Summary> {
        self.round(one, allow_shrink, stop, progress)
            .await
            .with_context(|| format!("reading the source `{}` stopped", one.name))
    }
}
