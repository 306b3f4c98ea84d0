//! Reading connected accounts in: everything at first, then what changed.

use anyhow::Context as _;
use async_trait::async_trait;
use connector::{Account, Cursor, Error, Listing, Page, Source};
use domain::TenantId;
use domain::record::ExternalId;
use ingest::pipeline::Run;
use ingest::{Progress, Stop, Summary};
use store::live::ChannelAccount;

use crate::App;

/// How far reading an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Importing {
    /// What is being read, how much of it is read, and how much there is where that is known.
    Reading(String),
    /// Something about the work on what was read.
    Working(Progress),
}

impl App {
    /// Returns the accounts that are connected to a tenant.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn accounts(&self, tenant: TenantId) -> anyhow::Result<Vec<ChannelAccount>> {
        let all = self.store.list_channel_accounts().await?;
        Ok(all.into_iter().filter(|account| account.tenant == tenant).collect())
    }

    /// Reads a connected account in; repeatable and resumable.
    ///
    /// # Errors
    /// Says what cannot be read or stored; what was read before stays.
    pub async fn import(
        &self,
        account: &ChannelAccount,
        allow_shrink: bool,
        stop: Stop,
        tell: &(dyn Fn(Importing) + Sync),
    ) -> anyhow::Result<Summary> {
        let source = self.seams.channels.source(account, &self.secret_of(account)?)?;
        let source = Watched { source: &*source, tell };
        let run = Run { tenant: account.tenant, now: self.seams.clock.now(), allow_shrink, stop };
        let summary = self.ingest.run(&run, &source, &|progress| tell(Importing::Working(progress))).await;
        summary.with_context(|| format!("reading `{}` of {} stopped", account.account, account.channel))
    }

    /// Reads all connected accounts anew. One that cannot be read is reported and read again next time.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn import_all(&self, stop: &Stop) -> anyhow::Result<()> {
        for account in self.store.list_channel_accounts().await? {
            if stop.is_asked() {
                break;
            }
            match self.import(&account, false, stop.clone(), &|_| {}).await {
                Ok(summary) => tracing::info!(
                    account.id = %account.account, items = summary.items, "an account was read anew"
                ),
                Err(_) if stop.is_asked() => break,
                Err(error) => {
                    tracing::warn!(account.id = %account.account, "an account cannot be read: {error:#}");
                }
            }
        }
        Ok(())
    }
}

/// A source that tells how far it is.
struct Watched<'a> {
    source: &'a dyn Source,
    tell: &'a (dyn Fn(Importing) + Sync),
}

impl std::fmt::Debug for Watched<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.source.fmt(f)
    }
}

#[async_trait]
impl Source for Watched<'_> {
    async fn check(&self) -> Result<Account, Error> {
        self.source.check().await
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let page = self.source.pull(cursor).await?;
        if let Some(at) = intercom::progress(&page.next) {
            let of = at.total.map(|total| format!(" of {total}")).unwrap_or_default();
            (self.tell)(Importing::Reading(format!("{}: {}{of}", at.what, at.read)));
        }
        Ok(page)
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        self.source.list(after).await
    }
}
