//! The sole replaceable parts. A simulation or a test swaps these, never logic.

use std::sync::Arc;

use domain::{Timestamp, TraceId};
use llm::Embedder;

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
}

/// Ids that sort by time.
#[derive(Debug, Clone, Copy)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn trace(&self) -> TraceId {
        TraceId::from_uuid(uuid::Uuid::now_v7())
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
}

impl Seams {
    /// Returns the seams of a real run.
    #[must_use]
    pub fn real() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(RandomIds), embedder: None }
    }
}
