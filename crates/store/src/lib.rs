//! SQL truth: what Backstory knows, on SQLite or Postgres.
//!
//! One [`Store`] hides which of the two it is; every statement is written once, in the subset that both
//! understand, and one contract suite runs on both. Writes take the tenant first and reads a tenant or a
//! [`identity::Scope`]; whatever belongs to another tenant does not exist. The search index is derived from
//! what stands here and can be rebuilt at any time: its to-do list, the outbox, is written in the same
//! transaction as the chunks.
//!
//! This crate makes no ids and reads no clock; it keeps what it is given. It must never know connectors, the
//! index or a rule of the business. Start reading at [`pages`], then [`chunks`].

mod error;
mod migrate;
mod pool;
mod sql;
mod tx;

pub mod access;
pub mod audit;
pub mod chunks;
pub mod connections;
pub mod conversations;
pub mod details;
pub mod embeddings;
pub mod erasure;
pub mod holdings;
pub mod jobs;
pub mod live;
pub mod maintenance;
pub mod outbox;
pub mod pages;
pub mod people;
pub mod proof;
pub mod removal;
pub mod spending;
pub mod tenants;
pub mod traces;

mod tombstones;
mod versions;

pub use audit::{Audited, NewAudit};
pub use chunks::{ArticleState, ChunkHead, ChunkState, Heads, Loaded, LoadedChunk};
pub use connections::{Connection, Holds};
pub use conversations::Range;
pub use details::{COVER, Detail, Slot, Slots, Told};
pub use erasure::{Done, Erasure, Found, Mention};
pub use error::Error;
pub use jobs::{Backoff, Claimed, DeadLetter, NewJob};
pub use maintenance::Counts;
pub use outbox::{OutboxOp, OutboxRow};
pub use pages::{NewDocument, PageWrite, Saved};
pub use people::{Carriers, Company, Group, Membership, Sighting, Subject};
pub use pool::Backend;
pub use removal::{Left, Removal};
pub use tenants::{Source, Tenant};

use pool::Pools;

/// Everything Backstory knows, for all tenants of one installation. Clones share one set of connections.
#[derive(Debug, Clone)]
pub struct Store {
    pools: Pools,
    /// Lets every chunk through when it is loaded, to prove that a leak would be seen.
    #[cfg(any(test, feature = "testing"))]
    unchecked: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

impl Store {
    /// Opens the database at `url` (`sqlite:PATH`, `sqlite::memory:` or `postgres://…`), makes it where it
    /// is a missing file, and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be reached, [`Error::NewerSchema`] when a newer program wrote it.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let pools = Pools::open(url).await?;
        migrate::run(&pools).await?;
        Ok(Self {
            pools,
            #[cfg(any(test, feature = "testing"))]
            unchecked: std::sync::Arc::default(),
        })
    }

    /// Returns which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.pools.backend()
    }

    /// Switches the check on loading off, or on again, to prove that a leak would be seen.
    #[cfg(any(test, feature = "testing"))]
    pub fn load_everything_for_everybody(&self, leak: bool) {
        self.unchecked.store(leak, std::sync::atomic::Ordering::Relaxed);
    }

    /// Reports whether a chunk that was found may be handed to whoever reads.
    fn may_load(&self, reach: &identity::Reach, chunk: &domain::Access) -> bool {
        #[cfg(any(test, feature = "testing"))]
        if self.unchecked.load(std::sync::atomic::Ordering::Relaxed) {
            return true;
        }
        reach.allows_access(chunk)
    }

    /// Waits for running calls and closes all connections.
    pub async fn close(&self) {
        self.pools.close().await;
    }
}
