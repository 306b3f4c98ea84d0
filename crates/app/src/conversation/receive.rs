//! What comes in: checked, stored once, and turned into one job per conversation.

use connector::channel::{Call, ChangedBy, Event, Inbound, Refusal};
use domain::record::{ExternalId, RecordKind};
use domain::{ConversationId, Timestamp};
use serde::{Deserialize, Serialize};
use store::live::{ChannelAccount, NewDelivery, Taken, Wake};
use store::{NewJob, PageWrite};

use super::{JOB, READ};
use crate::App;

/// How long a customer may go on writing before anything is looked at.
const QUIET_MS: i64 = 5_000;
/// How long after the first message it is looked at all the same.
const LONGEST_MS: i64 = 20_000;
/// How long after an article has changed its account is read anew.
const READ_AFTER_MS: i64 = 30_000;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Received {
    /// Notifications that were new and led to work.
    pub queued: u32,
    /// Notifications that were new and lead to nothing here.
    pub noted: u32,
    /// Notifications that had come before.
    pub again: u32,
    /// Notifications about accounts that are not connected through this app; nothing of them is kept.
    pub foreign: u32,
}

/// Why a call is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No such app is configured.
    #[error("no app `{0}` is configured")]
    UnknownApp(String),
    /// It is not signed, or cannot be read.
    #[error(transparent)]
    Call(#[from] Refusal),
    /// It could not be stored; the outside has to send it again.
    #[error("what came in could not be stored")]
    Store(#[from] store::Error),
    /// What it says of people or texts could not be applied; the outside has to send it again.
    #[error("what came in could not be applied")]
    Apply(#[from] ingest::Error),
}

/// What a job is about: ids alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Args {
    pub(crate) channel: String,
    pub(crate) account: String,
    pub(crate) conversation: String,
}

/// Which account is to be read anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ToRead {
    pub(crate) channel: String,
    pub(crate) account: String,
}

impl App {
    /// Takes a call from the outside app `app`: checks its signature, stores each notification once, and
    /// queues the conversations that changed. When this returns, nothing of it can be lost.
    ///
    /// A notification counts for the tenant that has connected its account through this very app; of any
    /// other account nothing is kept.
    ///
    /// # Errors
    /// [`Refused`]; after [`Refused::Store`] the same call may come again.
    #[tracing::instrument(name = "live.receive", skip_all, fields(app = %app))]
    pub async fn receive(&self, app: &str, call: &Call<'_>) -> Result<Received, Refused> {
        let caller = self.seams.channels.app(app).ok_or_else(|| Refused::UnknownApp(app.to_owned()))?;
        let mut received = Received::default();
        for inbound in caller.channel.receive(call)? {
            let account = self.store.find_channel_account(&caller.kind, &inbound.account).await?;
            let Some(account) = account.filter(|account| account.app == app) else {
                tracing::warn!(delivery.topic = %inbound.topic, "a call names an account that is not connected");
                received.foreign += 1;
                continue;
            };
            self.take(&account, inbound, &mut received).await?;
        }
        Ok(received)
    }

    async fn take(
        &self,
        account: &ChannelAccount,
        inbound: Inbound,
        received: &mut Received,
    ) -> Result<(), Refused> {
        let now = self.seams.clock.now();
        // Before the delivery is stored: cut off in between, it comes again and is applied again, which
        // changes nothing. So whatever is answered next knows of it. One that was stored is not applied again:
        // an old one, sent anew by whoever caught it, would take away what was read since.
        let (channel, id) = (&account.channel, &inbound.delivery_id);
        if !self.store.has_delivery(account.tenant, channel, &account.account, id).await? {
            self.apply(account, &inbound.event, now).await?;
        }
        let wake = match &inbound.event {
            Event::Conversation { id, by } => Some(self.wake(account, id, *by, now)),
            Event::ConversationDeleted { id } | Event::Redacted { conversation: id, .. } => {
                Some(self.wake(account, id, ChangedBy::Unknown, now))
            }
            Event::Knowledge { .. } => self.read_soon(account, now),
            // People have been applied.
            Event::Person(_) | Event::Ping | Event::Other => None,
        };
        let counted = if wake.is_some() { &mut received.queued } else { &mut received.noted };
        let delivery = NewDelivery {
            channel: account.channel.clone(),
            account: account.account.clone(),
            delivery_id: inbound.delivery_id,
            topic: inbound.topic,
            at: inbound.at,
        };
        match self.store.take_delivery(account.tenant, &delivery, wake, now).await? {
            Taken::New => *counted += 1,
            Taken::Again => received.again += 1,
        }
        Ok(())
    }

    /// Applies what changes people or takes texts away.
    async fn apply(
        &self,
        account: &ChannelAccount,
        event: &Event,
        now: Timestamp,
    ) -> Result<(), ingest::Error> {
        let (tenant, source) = (account.tenant, account.source);
        match event {
            Event::Person(event) => {
                let saved = self.ingest.people((tenant, source), vec![event.clone()], now).await?;
                if saved.chunks_removed == 0 {
                    return Ok(());
                }
            }
            Event::ConversationDeleted { id } => {
                let deletions = vec![ExternalId { kind: RecordKind::Conversation, id: id.clone() }];
                let page = PageWrite { deletions, ..PageWrite::default() };
                self.store.save_page(tenant, source, page, now).await?;
                self.store.forget_live(tenant, ConversationId::derive(source, id)).await?;
            }
            Event::Redacted { conversation, .. } => {
                self.store.redact_conversation(tenant, source, conversation, now).await?;
            }
            Event::Conversation { .. } | Event::Knowledge { .. } | Event::Ping | Event::Other => {
                return Ok(());
            }
        }
        // The store no longer gives out what is gone; the index follows, now or when it is next looked after. While it is
        // busy for long nobody outside waits for it.
        if self.index.is_busy(tenant) {
            return Ok(());
        }
        if let Err(error) = self.drain(tenant).await {
            tracing::warn!(tenant.id = %tenant, "the index could not follow what was taken away: {error}");
        }
        Ok(())
    }

    /// Returns the job that looks at a conversation: some seconds after a customer's message, so that quick
    /// messages are answered once, together; soon after anything else.
    pub(crate) fn wake(
        &self,
        account: &ChannelAccount,
        conversation: &str,
        by: ChangedBy,
        now: Timestamp,
    ) -> Wake {
        let customer = by == ChangedBy::Customer;
        let wait = if customer { QUIET_MS } else { 0 };
        Wake {
            job: self.look_at(account, conversation, ("", now.plus_millis(wait))),
            put_off_by_ms: customer.then_some(LONGEST_MS - QUIET_MS),
        }
    }

    /// Returns the job that reads an account anew, soon: of many changes of articles only the last matters.
    fn read_soon(&self, account: &ChannelAccount, now: Timestamp) -> Option<Wake> {
        let args = ToRead { channel: account.channel.clone(), account: account.account.clone() };
        let job = NewJob {
            id: self.seams.ids.job(),
            kind: READ.to_owned(),
            dedupe: Some(format!("{}:{}", account.channel, account.account)),
            group: None,
            args: serde_json::to_value(args).unwrap_or_default(),
            run_at: now.plus_millis(READ_AFTER_MS),
            max_attempts: self.settings.live.attempts,
        };
        (self.settings.server.import_minutes > 0).then_some(Wake { job, put_off_by_ms: None })
    }

    /// Returns the job that looks at a conversation at a moment. `why` tells apart jobs that must not stand
    /// for one another: a message that comes does not wait for what is due in ten minutes.
    pub(crate) fn look_at(
        &self,
        account: &ChannelAccount,
        conversation: &str,
        (why, run_at): (&str, Timestamp),
    ) -> NewJob {
        let key = ConversationId::derive(account.source, conversation).to_string();
        let args = Args {
            channel: account.channel.clone(),
            account: account.account.clone(),
            conversation: conversation.to_owned(),
        };
        NewJob {
            id: self.seams.ids.job(),
            kind: JOB.to_owned(),
            dedupe: Some(format!("{key}{why}")),
            group: Some(key),
            args: serde_json::to_value(args).unwrap_or_default(),
            run_at,
            max_attempts: self.settings.live.attempts,
        }
    }
}
