//! What a server does by the clock: asking for what notifications lost, reading accounts anew, and removing what
//! is older than it may be kept.

use std::time::Duration;

use ingest::Stop;
use tokio::time::Instant;

use super::READ;
use super::receive::ToRead;
use super::work::{LEASE_MS, wait};
use crate::App;
use crate::people::Expired;

/// How soon a wish to stop is noticed.
const NOTICE: Duration = Duration::from_millis(200);
/// How often is looked whether an article has changed.
const ASK: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_secs(24 * 3_600);

impl App {
    /// Asks for what notifications lost, at once and then again and again, until `stop` asks for the end.
    pub async fn poll(&self, stop: &Stop) {
        let pause = Duration::from_secs(self.settings.server.poll_secs.into());
        while !stop.is_asked() {
            match self.reconcile().await {
                Ok(found) if found.missed > 0 => {
                    tracing::info!(found.changed, found.missed, "a poll found conversations to look at");
                }
                Ok(_) => {}
                Err(error) => tracing::warn!("the poll failed and comes again: {error:#}"),
            }
            rest(pause, stop).await;
        }
    }

    /// Reads all connected accounts anew, at once and then again and again, and sources when they are due, until
    /// `stop` asks for the end. One after the other: what a tenant's customers were told is weighed by one at a time.
    pub async fn keep_reading(&self, stop: &Stop) {
        let every = Duration::from_secs(u64::from(self.settings.server.import_minutes) * 60);
        let mut next = Instant::now();
        while !stop.is_asked() {
            if !every.is_zero() && next <= Instant::now() {
                if let Err(error) = self.import_all(stop).await {
                    tracing::warn!("accounts could not be read and are read again later: {error:#}");
                }
                next = Instant::now() + every;
            }
            if let Err(error) = self.read_what_changed(stop).await {
                tracing::warn!("what changed cannot be looked up: {error:#}");
            }
            match self.read_due(stop).await {
                Ok(read) if read > 0 => {}
                Ok(_) => rest(ASK, stop).await,
                Err(error) => {
                    tracing::warn!("sources could not be read and are read again later: {error:#}");
                    rest(ASK, stop).await;
                }
            }
        }
    }

    /// Reads the accounts anew of which was told that an article changed, and returns how many. Should it fail,
    /// the next round of [`App::keep_reading`] finds the same changes.
    ///
    /// # Errors
    /// Fails when the store does.
    pub async fn read_what_changed(&self, stop: &Stop) -> anyhow::Result<u64> {
        let mut read = 0;
        while let Some(job) = self.store.claim(&[READ], self.seams.clock.now(), LEASE_MS).await? {
            self.store.complete(&job).await?;
            let ToRead { channel, account } = serde_json::from_value(job.args)?;
            let account = self.store.find_channel_account(&channel, &account).await?;
            if let Some(account) = account.filter(|account| account.tenant == job.tenant) {
                self.import_anew(&account, stop).await?;
                read += 1;
            }
        }
        Ok(read)
    }

    /// Removes what is older than the configuration keeps it, at once and then every day, until `stop` asks for
    /// the end.
    pub async fn keep_to_age(&self, stop: &Stop) {
        while !stop.is_asked() {
            if let Err(error) = self.expire_all().await {
                tracing::warn!("what is too old could not be removed and is removed later: {error:#}");
            }
            rest(DAY, stop).await;
        }
    }

    /// Removes what is older than the configuration keeps it, for all tenants.
    ///
    /// # Errors
    /// Fails when store or index do; the same call goes on where it stopped.
    pub async fn expire_all(&self) -> anyhow::Result<()> {
        for tenant in self.store.list_tenants().await? {
            let expired = self.expire(tenant.id, "retention").await?;
            if expired != Expired::default() {
                tracing::info!(tenant.id = %tenant.id, ?expired, "what was too old has been removed");
            }
        }
        Ok(())
    }
}

/// Waits, but not past a wish to stop.
pub(crate) async fn rest(pause: Duration, stop: &Stop) {
    let mut left = pause;
    while !stop.is_asked() && !left.is_zero() {
        let nap = left.min(NOTICE);
        wait(nap).await;
        left -= nap;
    }
}
