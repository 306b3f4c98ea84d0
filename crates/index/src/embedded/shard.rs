//! One tenant's folder, open: writing, and what keeps it whole.
//!
//! Everything here blocks. Only one thread at a time may call what writes; the slot sees to that.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use domain::TenantId;
use qdrant_edge::{EdgeShard, UpdateOperation};

use super::changes::Pending;
use super::documents::Documents;
use super::engine;
use super::lock::Lock;
use super::record::{Record, Unreadable, folders, sweep};
use crate::analyser::{self, Analyser};
use crate::changes::{check, fitted_length, upserted};
use crate::error::Error;
use crate::manifest::sync_folder;
use crate::query::Op;
use crate::statistics::Statistics;

/// A log smaller than this is not worth the work of shortening it.
const LOG_WORTH_SHORTENING: u64 = 64 * 1024 * 1024;

/// What all shards of an index share.
#[derive(Debug, Clone)]
pub(crate) struct Common {
    /// How many numbers a dense vector has.
    pub(crate) dimensions: usize,
    /// From which size of its vectors on a segment gets a graph.
    pub(crate) graph_from_kb: usize,
    /// After how many new points the engine is made to optimise by itself.
    pub(crate) settle_at: usize,
    /// What must be left on the disk; other numbers in tests.
    pub(crate) reserve_bytes: u64,
    /// Keeps other processes out for as long as any shard is open.
    pub(crate) _lock: Arc<Lock>,
}

/// One tenant's folder, open.
#[derive(Debug)]
pub(crate) struct Shard {
    tenant: TenantId,
    home: PathBuf,
    common: Common,
    /// Only absent while being dropped.
    engine: Option<EdgeShard>,
    record: Mutex<Record>,
    analyser: RwLock<Arc<Analyser>>,
    /// Updates of the engine since its files were made, as far as this value made them.
    updates: AtomicU64,
    /// Points put in since the engine last optimised.
    unsettled: AtomicUsize,
    broken: OnceLock<String>,
    /// Whether this is the folder that counts.
    published: bool,
    pub(super) statistics: Statistics,
    pub(super) documents: Documents,
}

impl Shard {
    /// Opens the folder that counts in `home`; `None` when the tenant has none.
    pub(crate) fn open(tenant: TenantId, home: &Path, common: &Common) -> Result<Option<Self>, Error> {
        let broken = |reason: String| Error::Broken { tenant, reason };
        let record = match Record::read(home) {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(None),
            Err(Unreadable::Content(reason)) => return Err(broken(reason)),
            Err(Unreadable::File(error)) => return Err(error),
        };
        let folder = home.join(record.folder.to_string());
        let engine =
            guarded(|| engine::load(&folder, common)).map_err(|reason| broken(reason.to_string()))?;
        let duplicates = guarded(|| engine::has_duplicates(&engine))?;
        let mut shard = Self::around(tenant, home, common, engine, record, 0);
        shard.published = true;
        if duplicates {
            tracing::warn!(tenant.id = %tenant, "index of tenant `{tenant}` holds points twice; copying it");
            let copy = shard.copied_beside()?.complete()?.publish()?;
            drop(shard);
            // A rebuild may be filling another folder, so only this one may go.
            fs::remove_dir_all(&folder).map_err(Error::io("remove", folder))?;
            return Ok(Some(copy));
        }
        Ok(Some(shard))
    }

    /// Makes an empty folder in `home`. It does not count until it is published.
    pub(crate) fn create(tenant: TenantId, home: &Path, common: &Common) -> Result<Self, Error> {
        let record = Record { folder: 0, average_length: analyser::USUAL_LENGTH, fitted: false, joined: 0 };
        Self::create_with(tenant, home, common, record)
    }

    fn create_with(
        tenant: TenantId,
        home: &Path,
        common: &Common,
        mut record: Record,
    ) -> Result<Self, Error> {
        fs::create_dir_all(home).map_err(Error::io("create", home))?;
        let newest = folders(home)?.into_iter().max();
        record.folder = newest.map_or(0, |newest| newest + 1);
        let folder = home.join(record.folder.to_string());
        fs::create_dir(&folder).map_err(Error::io("create", &folder))?;
        let (engine, updates) = guarded(|| engine::create(&folder, common))?;
        Ok(Self::around(tenant, home, common, engine, record, updates))
    }

    fn around(
        tenant: TenantId,
        home: &Path,
        common: &Common,
        engine: EdgeShard,
        record: Record,
        updates: u64,
    ) -> Self {
        Self {
            tenant,
            home: home.to_owned(),
            common: common.clone(),
            engine: Some(engine),
            analyser: RwLock::new(Arc::new(Analyser::new(record.average_length))),
            record: Mutex::new(record),
            updates: AtomicU64::new(updates),
            unsettled: AtomicUsize::default(),
            broken: OnceLock::new(),
            published: false,
            statistics: Statistics::default(),
            documents: Documents::default(),
        }
    }

    /// Returns the engine, unless what it holds cannot be trusted any more.
    pub(super) fn engine(&self) -> Result<&EdgeShard, Error> {
        if let Some(reason) = self.broken.get() {
            return Err(Error::Broken { tenant: self.tenant, reason: reason.clone() });
        }
        self.engine.as_ref().ok_or_else(|| Error::Engine("the index is being closed".to_owned()))
    }

    pub(super) fn analyser(&self) -> Arc<Analyser> {
        Arc::clone(&self.analyser.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn dimensions(&self) -> usize {
        self.common.dimensions
    }

    /// Reports whether a write has failed half-way.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.get().is_some()
    }

    fn folder(&self) -> PathBuf {
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        self.home.join(record.folder.to_string())
    }

    /// Runs what changes the engine. The engine panics when a flush fails, and after a panic nobody knows
    /// what is in memory, so from then on the shard only answers that it is broken.
    fn writing<T>(&self, write: impl FnOnce(&EdgeShard) -> Result<T, Error>) -> Result<T, Error> {
        let engine = self.engine()?;
        let outcome = guarded(|| write(engine));
        self.statistics.forget();
        if let Err(Error::Engine(reason)) = &outcome {
            tracing::error!(tenant.id = %self.tenant, "index of tenant `{}` broke: {reason}", self.tenant);
            let reason = self.broken.get_or_init(|| reason.clone()).clone();
            return Err(Error::Broken { tenant: self.tenant, reason });
        }
        outcome
    }

    /// Makes all changes, in order. They are durable when this returns.
    pub(crate) fn apply(&self, ops: Vec<Op>) -> Result<(), Error> {
        self.engine()?;
        check(&ops, self.dimensions())?;
        self.fit(&ops)?;
        let analyser = self.analyser();
        let added = ops.iter().filter_map(upserted).count();
        self.writing(|engine| {
            let mut pending = Pending::default();
            for op in ops {
                if let Some(update) = pending.push(op, &analyser)? {
                    self.update(engine, update)?;
                }
            }
            if let Some(update) = pending.take() {
                self.update(engine, update)?;
            }
            // To put a point into a segment that still grows takes the longer the more are there, because its
            // words' lists are walked through; a segment with a graph does not grow.
            if self.unsettled.fetch_add(added, Ordering::Relaxed) + added >= self.common.settle_at {
                self.unsettled.store(0, Ordering::Relaxed);
                engine.optimize().map_err(engine::failed)?;
            }
            engine.flush();
            Ok(())
        })
    }

    /// Makes one segment of all, unless they are hardly more already or have grown little since. Where the disk has no
    /// room for that, graphs are built for what has none.
    fn join(&self, engine: &EdgeShard) -> Result<(), Error> {
        let (info, joined) = (engine.info(), self.joined());
        let grew = info.segments_count > 2 && info.points_count >= joined + joined / 4;
        if !(grew && self.has_room_to_join()?) {
            return engine.optimize().map(drop).map_err(engine::failed);
        }
        engine.flush();
        engine::join(engine)?;
        engine.flush();
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.joined = info.points_count;
        if self.published
            && let Err(error) = record.write(&self.home)
        {
            // It says when to join again, and nothing else.
            tracing::warn!(tenant.id = %self.tenant, "{error}");
        }
        Ok(())
    }

    /// Returns how many chunks there were when they were last made one segment.
    fn joined(&self) -> usize {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).joined
    }

    /// Reports whether the disk has room for a second and a third copy, as the engine wants it.
    fn has_room_to_join(&self) -> Result<bool, Error> {
        let folder = self.folder();
        let free = fs4::available_space(&folder).map_err(Error::io("look at", &folder))?;
        let (_, size) = engine::sizes(&folder);
        let needed = size.saturating_mul(2).saturating_add(self.common.reserve_bytes);
        if free < needed {
            tracing::warn!(tenant.id = %self.tenant, free.mb = free >> 20, needed.mb = needed >> 20,
                "too little room on the disk to make searches of tenant `{}` faster; free some", self.tenant);
        }
        Ok(free >= needed)
    }

    /// Makes one segment of all where the chunks have doubled since that was done last, so that a graph is built for each
    /// a few times at most, and few are searched.
    pub(crate) fn join_doubled(&self) -> Result<(), Error> {
        let info = self.engine()?.info();
        if info.segments_count <= 2 || info.points_count < 2 * self.joined() {
            return Ok(());
        }
        self.optimise()
    }

    fn update(&self, engine: &EdgeShard, update: UpdateOperation) -> Result<(), Error> {
        self.updates.fetch_add(1, Ordering::Relaxed);
        engine.update(update).map_err(engine::failed)
    }

    /// Fits the average length to the first batch that is large enough, unless most of the vectors have been
    /// made with another length already.
    fn fit(&self, ops: &[Op]) -> Result<(), Error> {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.fitted {
            return Ok(());
        }
        let Some(average_length) = fitted_length(ops, self.engine()?.info().points_count)? else {
            return Ok(());
        };
        *record = Record { average_length, fitted: true, ..*record };
        if self.published {
            record.write(&self.home)?;
        }
        *self.analyser.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Analyser::new(average_length));
        Ok(())
    }

    /// Lets the engine build graphs, and make one segment of all where that has been due for a while.
    pub(crate) fn optimise(&self) -> Result<(), Error> {
        self.writing(|engine| {
            self.unsettled.store(0, Ordering::Relaxed);
            self.join(engine)?;
            engine.flush();
            Ok(())
        })
    }

    /// Reports whether the log takes so much room that a copy without it pays.
    pub(crate) fn log_is_long(&self) -> bool {
        let (log, rest) = engine::sizes(&self.folder());
        log > LOG_WORTH_SHORTENING && log > rest / 2
    }

    /// Makes an optimised copy beside, which does not count yet.
    pub(crate) fn copied_beside(&self) -> Result<Self, Error> {
        let from = self.engine()?;
        let record = self.record.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let record = Record { joined: 0, ..record };
        let copy = Self::create_with(self.tenant, &self.home, &self.common, record)?;
        copy.writing(|into| {
            let updates = engine::copy(from, into, &self.common)?;
            copy.updates.fetch_add(updates, Ordering::Relaxed);
            Ok(())
        })?;
        Ok(copy)
    }

    /// Optimises this new folder, takes the history out of its log, and makes all of it durable. It does not
    /// count yet.
    pub(crate) fn complete(mut self) -> Result<Self, Error> {
        self.optimise()?;
        let updates = self.updates.load(Ordering::Relaxed);
        let folder = self.folder();
        close(self.engine.take());
        self.engine = Some(guarded(|| engine::shorten_log(&folder, &self.common, updates))?);
        sync_folder(&folder).map_err(Error::io("write", &folder))?;
        sync_folder(&self.home).map_err(Error::io("write", &self.home))?;
        Ok(self)
    }

    /// Makes this folder, which must be complete, the one that counts.
    pub(crate) fn publish(mut self) -> Result<Self, Error> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).write(&self.home)?;
        self.published = true;
        Ok(self)
    }

    /// Removes all other folders of the tenant, which nobody may be using or filling.
    pub(crate) fn sweep_others(&self) -> Result<(), Error> {
        let folder = self.record.lock().unwrap_or_else(PoisonError::into_inner).folder;
        sweep(&self.home, Some(folder))
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        close(self.engine.take());
    }
}

/// Closes the engine, which flushes and panics when it cannot.
fn close(engine: Option<EdgeShard>) {
    if catch_unwind(AssertUnwindSafe(|| drop(engine))).is_err() {
        tracing::warn!("a part of the index could not be flushed on closing");
    }
}

/// Runs `act` and turns a panic of the engine into an error.
fn guarded<T>(act: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::Engine(format!("panicked: {}", text.unwrap_or("no reason given"))))
    })
}
