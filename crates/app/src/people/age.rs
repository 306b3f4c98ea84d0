//! What goes because it is old, as the configuration says.

use domain::{TenantId, Timestamp};
use ingest::people::erased_names;
use serde::Serialize;
use store::NewAudit;

use crate::App;

const DAY_MS: i64 = 86_400_000;

/// How much went because it was old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Expired {
    /// Past conversations.
    pub conversations: u64,
    /// Rows of what was decided and written in live conversations.
    pub traces: u64,
    /// Notifications that had come in.
    pub deliveries: u64,
}

impl App {
    /// Removes what is older than the configuration keeps it. Conversations that went do not come back when
    /// their source is read again.
    ///
    /// # Errors
    /// Fails when store or index do; the same call goes on where it stopped.
    pub async fn expire(&self, tenant: TenantId, actor: &str) -> anyhow::Result<Expired> {
        let now = self.seams.clock.now();
        let keep = &self.settings.privacy;
        let before = |days: u32| (days > 0).then(|| now.plus_millis(-i64::from(days) * DAY_MS));
        let mut expired = Expired::default();
        if let Some(before) = before(keep.keep_conversations_days) {
            expired.conversations = self.expire_conversations(tenant, before, (actor, now)).await?;
        }
        if let Some(before) = before(keep.keep_traces_days) {
            expired.traces = self.store.expire_traces(tenant, before).await?;
        }
        if let Some(before) = before(keep.keep_deliveries_days) {
            expired.deliveries = self.store.expire_deliveries(tenant, before).await?;
        }
        Ok(expired)
    }

    async fn expire_conversations(
        &self,
        tenant: TenantId,
        before: Timestamp,
        (actor, at): (&str, Timestamp),
    ) -> anyhow::Result<u64> {
        let old = self.store.conversations_before(tenant, before).await?;
        if old.is_empty() {
            return Ok(0);
        }
        let names = erased_names([], [], &old);
        let tombstones: Vec<_> =
            names.iter().map(|name| (self.ingest.rules.tombstone(tenant, name), before)).collect();
        let detail = format!("{} conversations from before {before}", old.len());
        let audit = NewAudit { at, actor, action: "conversations.expire", about: None, detail };
        let gone = self.store.expire_conversations(tenant, &old, &tombstones, &audit).await?;
        self.drain(tenant).await?;
        Ok(gone)
    }
}
