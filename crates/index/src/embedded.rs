//! The engine within this process: one folder per tenant, so that nobody's scores depend on another's text.
//!
//! ```text
//! lock            held by the process that has the index open
//! index.json      how it was made
//! tenants/<id>/   tenant.json says which of the numbered folders beside it counts
//! ```
//!
//! A change is durable when [`Embedded::apply`] returns: the engine flushes only when told to and never
//! replays its log. Whatever is not just a change (a rebuild, a copy with a shorter log) is made in a new
//! folder beside, and `tenant.json` is replaced when it is whole.

mod changes;
mod documents;
mod engine;
mod filter;
mod lock;
mod rebuild;
mod record;
mod search;
mod shard;
mod slot;
mod statistics;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::{ChunkId, TenantId};
use identity::Scope;
use tokio::sync::{OwnedMutexGuard, RwLock};
use uuid::Uuid;

use self::lock::Lock;
pub(crate) use self::rebuild::Rebuild;
use self::shard::{Common, Shard};
use self::slot::{Missing, Slot, blocking};
use crate::error::Error;
use crate::filter::Filter;
use crate::manifest::Manifest;
use crate::query::{Hits, Op, PointState, Query};

/// How many tenants are held open when nobody uses them.
const MOST_OPEN: usize = 32;

/// What must be left on the disk before anything is written. The engine maps files into memory, and a full
/// disk then ends the process instead of giving an error.
const RESERVE_BYTES: u64 = 256 * 1024 * 1024;

/// From so many chunks on a segment gets a graph; below, looking at all of them is about as fast.
const GRAPH_FROM: usize = 13_000;

/// After how many new chunks a batch builds a graph for them before it returns; more than get a graph.
const SETTLE_AT: usize = 16_000;

/// The folder that holds the tenants' folders.
const TENANTS: &str = "tenants";
/// What it is called while it is being removed.
const EMPTIED: &str = "tenants-emptied";

/// The index of this process.
#[derive(Debug)]
pub(crate) struct Embedded {
    folder: PathBuf,
    /// What all tenants share; with small graphs in tests.
    pub(crate) common: Common,
    slots: Mutex<HashMap<TenantId, Arc<Slot>>>,
    ticks: AtomicU64,
    /// How many tenants are held open; fewer in tests.
    pub(crate) most_open: usize,
    /// Lets everything through, to prove that a leak would be seen.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) unfiltered: std::sync::atomic::AtomicBool,
}

impl Embedded {
    /// Opens the index in `folder`, made with `manifest` if there is none.
    pub(crate) fn open(folder: &Path, manifest: &Manifest) -> Result<Self, Error> {
        let lock = take_lock(folder)?;
        manifest.settle(folder)?;
        remove_all(&folder.join(EMPTIED))?;
        let index = Self::holding(lock, folder, manifest);
        for tenant in index.tenants()? {
            record::sweep_unfinished(&index.home(tenant))?;
        }
        Ok(index)
    }

    /// Empties the index in `folder`, whatever made it, and opens it.
    pub(crate) fn reset(folder: &Path, manifest: &Manifest) -> Result<Self, Error> {
        let lock = take_lock(folder)?;
        // Out of the way all at once: half of a tenant's files must never be taken for all of them.
        let (tenants, emptied) = (folder.join(TENANTS), folder.join(EMPTIED));
        remove_all(&emptied)?;
        if tenants.exists() {
            fs::rename(&tenants, &emptied).map_err(Error::io("rename", tenants))?;
        }
        Manifest::forget(folder)?;
        remove_all(&emptied)?;
        manifest.settle(folder)?;
        Ok(Self::holding(lock, folder, manifest))
    }

    fn holding(lock: Lock, folder: &Path, manifest: &Manifest) -> Self {
        Self {
            folder: folder.to_owned(),
            common: Common {
                dimensions: manifest.dimensions,
                graph_from_kb: (GRAPH_FROM * manifest.dimensions * size_of::<f32>() / 1024).max(1),
                settle_at: SETTLE_AT,
                reserve_bytes: RESERVE_BYTES,
                _lock: Arc::new(lock),
            },
            slots: Mutex::default(),
            ticks: AtomicU64::default(),
            most_open: MOST_OPEN,
            #[cfg(any(test, feature = "testing"))]
            unfiltered: std::sync::atomic::AtomicBool::default(),
        }
    }

    fn home(&self, tenant: TenantId) -> PathBuf {
        self.folder.join(TENANTS).join(tenant.uuid().simple().to_string())
    }

    fn slot(&self, tenant: TenantId) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots
            .entry(tenant)
            .or_insert_with(|| Arc::new(Slot::new(tenant, self.home(tenant), self.common.clone())));
        slot.touch(self.ticks.fetch_add(1, Ordering::Relaxed));
        Arc::clone(slot)
    }

    /// Closes the tenants that have not been used for longest, as long as too many are open.
    async fn make_room(&self, but: TenantId) -> Result<(), Error> {
        let mut open: Vec<Arc<Slot>> = {
            let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.values().filter(|slot| slot.is_open()).map(Arc::clone).collect()
        };
        open.sort_by_key(|slot| slot.last_used());
        let too_many = open.len().saturating_sub(self.most_open);
        let idle = open.iter().filter(|slot| slot.tenant != but).filter_map(|slot| slot.idle());
        for mut guard in idle.take(too_many) {
            blocking(move || {
                *guard = None;
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Runs `read` on the blocking pool; `none` is the answer when the tenant has nothing.
    async fn read<T: Send + 'static>(
        &self,
        tenant: TenantId,
        none: T,
        read: impl FnOnce(&Shard) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let Some(shard) = self.slot(tenant).reading(Missing::Leave).await? else {
            return Ok(none);
        };
        let outcome = blocking(move || read(&shard)).await;
        self.make_room(tenant).await?;
        outcome
    }

    /// Returns how many tenants are open.
    #[cfg(test)]
    pub(crate) fn open_tenants(&self) -> usize {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.values().filter(|slot| slot.is_open()).count()
    }

    fn filter(&self, scope: &Scope) -> Filter {
        #[cfg(any(test, feature = "testing"))]
        if self.unfiltered.load(Ordering::Relaxed) {
            return Filter::default();
        }
        Filter::within(&scope.reach())
    }

    pub(crate) fn check_room(&self) -> Result<(), Error> {
        const MB: u64 = 1024 * 1024;
        let free = fs4::available_space(&self.folder).map_err(Error::io("look at", &self.folder))?;
        if free < self.common.reserve_bytes {
            let (free_mb, needed_mb) = (free / MB, self.common.reserve_bytes / MB);
            return Err(Error::Full { folder: self.folder.clone(), free_mb, needed_mb });
        }
        Ok(())
    }

    pub(crate) async fn apply(&self, tenant: TenantId, ops: Vec<Op>) -> Result<(), Error> {
        if ops.is_empty() {
            return Ok(());
        }
        self.check_room()?;
        let slot = self.slot(tenant);
        let writer = slot.writer().await;
        let Some(shard) = slot.reading(Missing::Create).await? else {
            return Err(Error::Engine("a tenant's folder could not be made".to_owned()));
        };
        blocking(move || {
            let outcome = shard.apply(ops);
            drop((shard, writer));
            outcome
        })
        .await?;
        self.make_room(tenant).await
    }

    pub(crate) async fn search(&self, scope: &Scope, query: &Query) -> Result<Hits, Error> {
        let (filter, query) = (self.filter(scope), query.clone());
        self.read(scope.tenant(), Hits::default(), move |shard| shard.search(filter, &query)).await
    }

    pub(crate) async fn vectors(
        &self,
        scope: &Scope,
        chunks: &[ChunkId],
    ) -> Result<Vec<(ChunkId, Vec<f32>)>, Error> {
        let (filter, chunks) = (self.filter(scope), chunks.to_vec());
        self.read(scope.tenant(), Vec::new(), move |shard| shard.vectors(filter, &chunks)).await
    }

    pub(crate) async fn count_within(&self, scope: &Scope) -> Result<usize, Error> {
        let filter = self.filter(scope);
        self.read(scope.tenant(), 0, move |shard| shard.count(Some(&filter))).await
    }

    pub(crate) async fn count(&self, tenant: TenantId) -> Result<usize, Error> {
        self.read(tenant, 0, move |shard| shard.count(None)).await
    }

    pub(crate) async fn scroll(
        &self,
        tenant: TenantId,
        after: Option<ChunkId>,
        limit: usize,
    ) -> Result<Vec<PointState>, Error> {
        self.read(tenant, Vec::new(), move |shard| shard.scroll(after, limit)).await
    }

    pub(crate) fn tenants(&self) -> Result<Vec<TenantId>, Error> {
        let path = self.folder.join(TENANTS);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        let id = |name: &str| Uuid::try_parse(name).ok().map(TenantId::from_uuid);
        let mut tenants: Vec<TenantId> =
            entries.flatten().filter_map(|entry| id(entry.file_name().to_str()?)).collect();
        tenants.sort_unstable();
        Ok(tenants)
    }

    pub(crate) async fn held(&self, tenant: TenantId) -> Result<usize, Error> {
        let home = self.home(tenant);
        blocking(move || entries_below(&home)).await
    }

    pub(crate) async fn drop_tenant(&self, tenant: TenantId) -> Result<(), Error> {
        let slot = self.slot(tenant);
        let _writer = slot.writer().await;
        let mut guard = slot.exclusive().await;
        let home = slot.home.clone();
        blocking(move || {
            *guard = None;
            remove_all(&home)
        })
        .await
    }

    pub(crate) async fn optimise(&self, tenant: TenantId) -> Result<(), Error> {
        self.check_room()?;
        let slot = self.slot(tenant);
        let writer = slot.writer().await;
        let Some(shard) = slot.reading(Missing::Leave).await? else {
            return Ok(());
        };
        // A copy is optimised as well, and graphs are too dear to build twice.
        if shard.log_is_long() {
            drop(shard);
            return self.shrink_held(&slot, writer).await;
        }
        blocking(move || {
            let outcome = shard.optimise();
            drop((shard, writer));
            outcome
        })
        .await
    }

    pub(crate) async fn join(&self, tenant: TenantId) -> Result<(), Error> {
        let slot = self.slot(tenant);
        let writer = slot.writer().await;
        let Some(shard) = slot.reading(Missing::Leave).await? else {
            return Ok(());
        };
        blocking(move || {
            let outcome = shard.join_doubled();
            drop((shard, writer));
            outcome
        })
        .await
    }

    pub(crate) async fn shrink(&self, tenant: TenantId) -> Result<(), Error> {
        self.check_room()?;
        let slot = self.slot(tenant);
        let writer = slot.writer().await;
        self.shrink_held(&slot, writer).await
    }

    /// Copies a tenant into a new folder, during which it can be searched, and puts that in place.
    async fn shrink_held(&self, slot: &Slot, writer: OwnedMutexGuard<()>) -> Result<(), Error> {
        let Some(shard) = slot.reading(Missing::Leave).await? else {
            return Ok(());
        };
        // The writer goes along: should the caller stop waiting, others still wait for the end of the copy.
        let (fresh, writer) = blocking(move || Ok((shard.copied_beside()?.complete()?, writer))).await?;
        replace(slot, fresh, writer).await
    }

    pub(crate) async fn rebuild(&self, tenant: TenantId) -> Result<Rebuild, Error> {
        self.check_room()?;
        let slot = self.slot(tenant);
        let writer = slot.writer().await;
        let (home, common) = (slot.home.clone(), slot.common.clone());
        let fresh = blocking(move || Shard::create(tenant, &home, &common)).await?;
        Ok(Rebuild { slot, writer, fresh: Arc::new(RwLock::new(Some(fresh))) })
    }

    pub(crate) async fn close(&self) -> Result<(), Error> {
        let slots: Vec<Arc<Slot>> = {
            let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.values().map(Arc::clone).collect()
        };
        for slot in slots {
            let writer = slot.writer().await;
            let mut guard = slot.exclusive().await;
            blocking(move || {
                *guard = None;
                drop(writer);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

impl Embedded {
    /// Removes the index in `folder`, where there is one and nobody has it open.
    pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
        if !folder.exists() {
            return Ok(());
        }
        let lock = take_lock(folder)?;
        remove_all(folder)?;
        drop(lock);
        Ok(())
    }
}

/// Returns how many files and folders there are at `folder` and below; none where it is not there.
fn entries_below(folder: &Path) -> Result<usize, Error> {
    if !folder.exists() {
        return Ok(0);
    }
    let (mut found, mut open) = (1, vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).map_err(Error::io("read", &next))? {
            let path = entry.map_err(Error::io("read", &next))?.path();
            found += 1;
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    Ok(found)
}

fn remove_all(folder: &Path) -> Result<(), Error> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Error::io("remove", folder))?;
    }
    Ok(())
}

fn take_lock(folder: &Path) -> Result<Lock, Error> {
    fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    Lock::take(folder)
}

/// Makes `fresh`, which is complete, the folder that counts, and removes the others. This is one step that is
/// either not begun or finished, so no write can be made to a folder that does not count any more.
async fn replace(slot: &Slot, fresh: Shard, writer: OwnedMutexGuard<()>) -> Result<(), Error> {
    let mut guard = slot.exclusive().await;
    blocking(move || {
        let fresh = fresh.publish()?;
        *guard = None;
        let swept = fresh.sweep_others();
        *guard = Some(fresh);
        drop(writer);
        swept
    })
    .await
}
