//! Reconciliation: what calls lost is found by asking for what changed.
//!
//! It only queues looks. A look answers nothing twice, because every message with a standing outcome is
//! left alone, and nothing too late, because the gate knows the age of a message and the fence the newest one.

use connector::channel::ChangedBy;
use domain::ConversationId;
use store::live::ChannelAccount;

use super::refusal::refusal;
use crate::App;

/// How far back a poll looks beyond the last one: changes may become visible late, and clocks differ.
const OVERLAP_MS: i64 = 10 * 60_000;

/// What a poll found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Conversations that changed since the last poll.
    pub changed: u64,
    /// Conversations among them that no call had led us to.
    pub missed: u64,
}

impl App {
    /// Asks all connected accounts for what changed, and queues the conversations whose newest state was not
    /// looked at. An account that cannot be asked is reported and asked again next time.
    ///
    /// # Errors
    /// Fails when the store does.
    #[tracing::instrument(name = "live.reconcile", skip_all)]
    pub async fn reconcile(&self) -> anyhow::Result<Reconciled> {
        let mut all = Reconciled::default();
        for account in self.store.list_channel_accounts().await? {
            match self.reconcile_account(&account).await {
                Ok(found) => {
                    self.opens(&account).await?;
                    all.changed += found.changed;
                    all.missed += found.missed;
                }
                Err(error) if error.downcast_ref::<store::Error>().is_some() => return Err(error),
                Err(error) => match refusal(&error) {
                    Some(what) => self.refused(&account, what).await?,
                    None => {
                        tracing::warn!(account.id = %account.account, "changes cannot be asked for: {error:#}");
                    }
                },
            }
        }
        Ok(all)
    }

    async fn reconcile_account(&self, account: &ChannelAccount) -> anyhow::Result<Reconciled> {
        let channel = self.channel(account)?;
        let began = self.seams.clock.now();
        let since = account.polled_to.plus_millis(-OVERLAP_MS);
        let (mut found, mut after) = (Reconciled::default(), None);
        loop {
            let page = channel.changed(since, after.as_deref()).await?;
            let mut wakes = Vec::new();
            for (external_id, updated_at) in &page.conversations {
                found.changed += 1;
                let id = ConversationId::derive(account.source, external_id);
                let seen = match self.store.live_state(account.tenant, id).await {
                    Ok(state) => state.seen_to >= *updated_at,
                    Err(store::Error::NotFound { .. }) => false,
                    Err(error) => return Err(error.into()),
                };
                if !seen {
                    found.missed += 1;
                    wakes.push(self.wake(account, external_id, ChangedBy::Unknown, began));
                }
            }
            self.store.wake(account.tenant, wakes).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        self.store.polled(account, began).await?;
        Ok(found)
    }
}
