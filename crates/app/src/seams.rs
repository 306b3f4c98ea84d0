//! The sole replaceable parts. A simulation or a test swaps these, never logic.

use std::sync::Arc;

use connector::{Channel, Probe, Source};
use domain::{JobId, MergeId, OutgoingId, Timestamp, TraceId};
use llm::{Embedder, Secret};
use store::live::ChannelAccount;

use crate::config::Settings;
use crate::connectors::intercom::Workspaces;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Returns the present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Makes ids of events.
pub trait Ids: Send + Sync {
    /// Returns a new id of a trace.
    fn trace(&self) -> TraceId;

    /// Returns a new id of a job.
    fn job(&self) -> JobId;

    /// Returns a new id of something to be written.
    fn outgoing(&self) -> OutgoingId;

    /// Returns a new id of an entry of the ledger.
    fn merge(&self) -> MergeId;
}

/// Ids that sort by time.
#[derive(Debug, Clone, Copy)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn trace(&self) -> TraceId {
        TraceId::from_uuid(uuid::Uuid::now_v7())
    }

    fn job(&self) -> JobId {
        JobId::from_uuid(uuid::Uuid::now_v7())
    }

    fn outgoing(&self) -> OutgoingId {
        OutgoingId::from_uuid(uuid::Uuid::now_v7())
    }

    fn merge(&self) -> MergeId {
        MergeId::from_uuid(uuid::Uuid::now_v7())
    }
}

/// An outside app that calls us, and the channel that reads its calls.
#[derive(Debug, Clone)]
pub struct ChannelApp {
    /// The channel's kind, such as `intercom`.
    pub kind: String,
    /// What checks and reads the calls of this app.
    pub channel: Arc<dyn Channel>,
}

/// Makes the channels in which customers are answered.
pub trait Channels: Send + Sync {
    /// Returns the outside app that is configured under this name.
    fn app(&self, name: &str) -> Option<ChannelApp>;

    /// Returns the channel of a connected account, opened with its secret.
    ///
    /// # Errors
    /// Fails when no channel of this kind is known, or the secret cannot be one.
    fn account(&self, account: &ChannelAccount, secret: &Secret) -> anyhow::Result<Arc<dyn Channel>>;

    /// Returns the source that reads a connected account. It shares the account's budget of calls with the
    /// channel, and lets the channel go first.
    ///
    /// # Errors
    /// As [`Channels::account`]; also for a channel that holds nothing to read.
    fn source(&self, account: &ChannelAccount, _secret: &Secret) -> anyhow::Result<Box<dyn Source>> {
        anyhow::bail!("accounts of the kind `{}` cannot be read", account.channel)
    }

    /// Returns what finds out whether an account's chat lets in whoever is not signed; none where nothing can.
    ///
    /// # Errors
    /// As [`Channels::account`].
    fn probe(&self, _account: &ChannelAccount, _secret: &Secret) -> anyhow::Result<Option<Box<dyn Probe>>> {
        Ok(None)
    }
}

/// No channels: commands that answer nobody.
#[derive(Debug, Clone, Copy)]
pub struct NoChannels;

impl Channels for NoChannels {
    fn app(&self, _name: &str) -> Option<ChannelApp> {
        None
    }

    fn account(&self, account: &ChannelAccount, _secret: &Secret) -> anyhow::Result<Arc<dyn Channel>> {
        anyhow::bail!("no channel of the kind `{}` is configured", account.channel)
    }
}

/// All seams; `embedder` overrides the configured one.
#[derive(Clone)]
pub struct Seams {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of ids.
    pub ids: Arc<dyn Ids>,
    /// A model to use instead of the configured one.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// The channels.
    pub channels: Arc<dyn Channels>,
}

impl Seams {
    /// Returns the seams of a real run.
    #[must_use]
    pub fn real() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            embedder: None,
            channels: Arc::new(NoChannels),
        }
    }

    /// Returns the seams of a real run that also reaches the configured outside apps.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn live(settings: &Settings) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let channels = Arc::new(Workspaces::new(&settings.intercom, Arc::clone(&clock))?);
        Ok(Self { clock, channels, ..Self::real() })
    }
}
