//! The companies that an installation serves: which there are, and how one leaves it.

mod remove;

use anyhow::bail;
use domain::{TenantId, Timestamp};
use serde::Serialize;
pub use store::{Left, Removal};

use crate::books::Books;

pub use remove::{Gone, Removing};

/// A company, and how much there is of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: TenantId,
    /// When it was added.
    pub created_at: Timestamp,
    /// Since when it is being removed; what is counted then is what is left.
    pub removing_at: Option<Timestamp>,
    /// Documents, with what was made of conversations.
    pub documents: u64,
    /// Chunks of all their versions.
    pub chunks: u64,
    /// Past conversations.
    pub conversations: u64,
    /// People.
    pub people: u64,
}

/// The companies there are, and those that have left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tenants {
    /// Those there are, by name.
    pub tenants: Vec<Listed>,
    /// What is known of those that have left, oldest first.
    pub removed: Vec<Removal>,
}

/// What goes with a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leaving {
    /// How much there is of it.
    #[serde(flatten)]
    pub of: Listed,
    /// Its connected accounts.
    pub accounts: Vec<String>,
    /// The sources that are read for it.
    pub sources: Vec<String>,
    /// How many keys of the API it has.
    pub keys: usize,
    /// Parts of the configuration that are about it, which stay until somebody deletes them.
    pub configured: Vec<String>,
}

impl Books {
    /// Returns the companies there are and how much there is of each, and those that have left.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn tenants(&self) -> anyhow::Result<Tenants> {
        let mut tenants = Vec::new();
        for tenant in self.store.list_all_tenants().await? {
            tenants.push(self.listed(tenant).await?);
        }
        let mut removed = self.store.list_removals().await?;
        removed.retain(|removal| removal.ended_at.is_some());
        Ok(Tenants { tenants, removed })
    }

    /// Returns what would go with a company.
    ///
    /// # Errors
    /// Fails when there is no such company.
    pub async fn what_leaves(&self, name: &str) -> anyhow::Result<Leaving> {
        let tenant = self.existing(name).await?;
        let id = tenant.id;
        let accounts = self.store.list_channel_accounts().await?;
        let own = accounts.into_iter().filter(|account| account.tenant == id);
        let connections = self.store.list_connections(id).await?;
        let keys = self.store.list_keys(id).await?;
        let sources = self.settings.sources.iter().filter(|(_, config)| config.tenant == name);
        let mut configured: Vec<String> = sources.map(|(source, _)| format!("[sources.{source}]")).collect();
        configured.extend(self.settings.has_own(id).then(|| format!("[tenants.{name}]")));
        Ok(Leaving {
            of: self.listed(tenant).await?,
            accounts: own.map(|account| format!("{} {}", account.channel, account.account)).collect(),
            sources: connections.into_iter().map(|connection| connection.name).collect(),
            keys: keys.iter().filter(|key| key.revoked_at.is_none()).count(),
            configured,
        })
    }

    /// Returns the tenant of a name, also one that is being removed; none is made.
    async fn existing(&self, name: &str) -> anyhow::Result<store::Tenant> {
        let all = self.store.list_all_tenants().await?;
        match all.iter().find(|tenant| tenant.name == name) {
            Some(tenant) => Ok(tenant.clone()),
            None if all.is_empty() => bail!("there is no tenant `{name}`; nothing is stored yet"),
            None => {
                let known: Vec<String> = all.iter().map(|tenant| format!("`{}`", tenant.name)).collect();
                bail!("there is no tenant `{name}`; known are {}", known.join(", "))
            }
        }
    }

    async fn listed(&self, tenant: store::Tenant) -> anyhow::Result<Listed> {
        let counts = self.store.counts(tenant.id).await?;
        Ok(Listed {
            id: tenant.id,
            created_at: tenant.created_at,
            removing_at: tenant.removing_at,
            documents: counts.articles + counts.histories + counts.learned_answers,
            chunks: counts.chunks,
            conversations: counts.conversations,
            people: self.store.count_people(tenant.id, self.clock.now()).await?,
            name: tenant.name,
        })
    }

    /// Returns the tenant for which the configuration wants something read, made where it is new; none where it was
    /// removed, or is being removed: only a person makes it anew.
    pub(crate) async fn tenant_to_read(&self, name: &str) -> anyhow::Result<Option<TenantId>> {
        let id = TenantId::derive(name);
        let all = self.store.list_all_tenants().await?;
        if let Some(tenant) = all.iter().find(|tenant| tenant.id == id) {
            return Ok(tenant.removing_at.is_none().then_some(id));
        }
        let removals = self.store.list_removals().await?;
        if removals.iter().any(|removal| removal.tenant == id) {
            return Ok(None);
        }
        self.tenant(name).await.map(Some)
    }
}
