//! One tenant's place: opened when first needed, closed when others need the room, one writer at a time.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::TenantId;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use super::shard::{Common, Shard};
use crate::error::Error;

/// A shard while it is being read: it cannot be closed or replaced meanwhile.
pub(crate) type Reading = OwnedRwLockReadGuard<Option<Shard>, Shard>;

/// Whether a tenant that has no folder yet gets one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Create,
    Leave,
}

/// One tenant's place.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) tenant: TenantId,
    pub(crate) home: PathBuf,
    pub(crate) common: Common,
    shard: Arc<RwLock<Option<Shard>>>,
    writer: Arc<Mutex<()>>,
    used: AtomicU64,
}

impl Slot {
    pub(crate) fn new(tenant: TenantId, home: PathBuf, common: Common) -> Self {
        Self {
            tenant,
            home,
            common,
            shard: Arc::default(),
            writer: Arc::default(),
            used: AtomicU64::default(),
        }
    }

    /// Waits until nobody else writes; nobody else does until the guard goes.
    pub(crate) async fn writer(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.writer).lock_owned().await
    }

    /// Notes when it was used last, on a clock that only counts uses.
    pub(crate) fn touch(&self, tick: u64) {
        self.used.store(tick, Ordering::Relaxed);
    }

    pub(crate) fn last_used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Returns the shard for reading, opened if need be; `None` when the tenant has no folder.
    pub(crate) async fn reading(&self, missing: Missing) -> Result<Option<Reading>, Error> {
        let guard = Arc::clone(&self.shard).read_owned().await;
        if let Ok(reading) = OwnedRwLockReadGuard::try_map(guard, Option::as_ref) {
            return Ok(Some(reading));
        }
        let mut guard = Arc::clone(&self.shard).write_owned().await;
        if guard.is_none() {
            let (tenant, home, common) = (self.tenant, self.home.clone(), self.common.clone());
            guard = blocking(move || {
                *guard = match Shard::open(tenant, &home, &common)? {
                    None if missing == Missing::Create => {
                        Some(Shard::create(tenant, &home, &common)?.complete()?.publish()?)
                    }
                    found => found,
                };
                Ok(guard)
            })
            .await?;
        }
        Ok(OwnedRwLockReadGuard::try_map(guard.downgrade(), Option::as_ref).ok())
    }

    /// Waits until nobody reads, and returns the place for closing or replacing what is in it.
    pub(crate) async fn exclusive(&self) -> OwnedRwLockWriteGuard<Option<Shard>> {
        Arc::clone(&self.shard).write_owned().await
    }

    /// Returns the place if it is open, whole and nobody uses it.
    pub(crate) fn idle(&self) -> Option<OwnedRwLockWriteGuard<Option<Shard>>> {
        let guard = Arc::clone(&self.shard).try_write_owned().ok()?;
        guard.as_ref().is_some_and(|shard| !shard.is_broken()).then_some(guard)
    }

    /// Reports whether it is open, as far as can be told without waiting.
    pub(crate) fn is_open(&self) -> bool {
        self.shard.try_read().map_or(true, |shard| shard.is_some())
    }
}

/// Runs what blocks on the pool for that. A panic becomes an error; once begun, the work is finished even
/// when the caller stops waiting, so everything it needs must be moved in.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(Error::Engine(error.to_string())),
    }
}
