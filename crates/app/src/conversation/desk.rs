//! What people see and press: the emergency stop, modes, what was written, what was given up.

use domain::{ConversationId, JobId, TenantId};
use store::DeadLetter;
use store::live::{LiveState, Outcome, Outgoing, Stop, SwitchKind};

use crate::App;
use crate::access::Caller;

impl App {
    /// Presses or lifts the emergency stop of a tenant. Pressed, it holds whatever has not yet left us; when
    /// it is lifted, what it held is looked at again.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn press_stop(&self, tenant: TenantId, stop: Stop, by: &str) -> anyhow::Result<()> {
        self.store.switch(tenant, &SwitchKind::Stop(stop), by, self.seams.clock.now()).await?;
        if stop == Stop::Lifted {
            self.look_at_waiting(tenant).await?;
        }
        Ok(())
    }

    /// Looks again at every conversation in which silence only lasts as long as its reason.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn look_at_waiting(&self, tenant: TenantId) -> anyhow::Result<()> {
        let mut jobs = Vec::new();
        for state in self.store.list_waiting(tenant).await? {
            let account = self.store.find_channel_account(&state.channel, &state.account).await?;
            if let Some(account) = account.filter(|account| account.tenant == tenant) {
                jobs.push(self.look_at(&account, &state.external_id, ("", self.seams.clock.now())));
            }
        }
        self.store.enqueue(tenant, jobs).await?;
        Ok(())
    }

    /// Returns the live conversations that a caller may see, those that last changed first.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn live_conversations(&self, caller: &Caller, limit: u32) -> anyhow::Result<Vec<LiveState>> {
        Ok(match caller.confined_to() {
            None => self.store.list_live(caller.tenant, limit).await?,
            Some(inboxes) => self.store.list_live_in(caller.tenant, inboxes, limit).await?,
        })
    }

    /// Returns what was decided and written in a conversation.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn written_in(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> anyhow::Result<(Vec<Outcome>, Vec<Outgoing>)> {
        let outcomes = self.store.list_outcomes(tenant, conversation).await?;
        Ok((outcomes, self.store.list_outgoing(tenant, conversation).await?))
    }

    /// Returns the work that was given up.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn dead_letters(&self, tenant: TenantId) -> anyhow::Result<Vec<DeadLetter>> {
        Ok(self.store.dead_letters(tenant).await?)
    }

    /// Lets a person try again what was given up.
    ///
    /// # Errors
    /// Fails when the tenant has no such dead job.
    pub async fn retry(&self, tenant: TenantId, job: JobId) -> anyhow::Result<()> {
        Ok(self.store.retry_dead(tenant, job, self.seams.clock.now()).await?)
    }
}
