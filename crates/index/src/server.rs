//! The engine on a server or cluster: one collection for all tenants, a part of it for each.
//!
//! Nothing is remembered here that the server does not hold, save what makes searches cheaper and is checked with
//! each of them, so any number of processes can use one collection. What writes is carried to its end even when
//! nobody waits for it any more: a change that the server makes after its caller has gone would otherwise overtake
//! the next one.

mod call;
mod collection;
pub(crate) mod config;
mod keys;
mod rebuild;
mod search;
mod tenant;
mod wire;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{ChunkId, TenantId};
use identity::Scope;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinSet;

use self::call::Caller;
use self::collection::{Limits, Missing};
use self::config::Config;
use self::keys::Whose;
pub(crate) use self::rebuild::Rebuild;
use self::tenant::Slot;
use crate::analyser::Analyser;
use crate::error::Error;
use crate::filter::Filter;
use crate::manifest::Manifest;
use crate::query::{Hits, Op, PointState, Query};
use crate::statistics::Statistics;

/// What is shared with work that goes on when nobody waits for it.
#[derive(Debug)]
struct Inner {
    caller: Caller,
    config: Config,
    manifest: Manifest,
    /// The collection that is filled beside the one the alias leads to, where this is such an index.
    beside: Option<String>,
    limits: Mutex<Option<Limits>>,
    parts: Mutex<HashMap<TenantId, Arc<Part>>>,
    /// Why the last write failed, where it did.
    last_write: Mutex<Option<String>>,
    running: Mutex<JoinSet<()>>,
}

/// What is remembered of a tenant's part.
#[derive(Debug, Default)]
struct Part {
    writer: Arc<tokio::sync::Mutex<()>>,
    second: Mutex<bool>,
    statistics: Statistics,
    analyser: Mutex<Option<(f64, Arc<Analyser>)>>,
}

impl Part {
    /// Returns the slot that counted when it was last looked at.
    fn slot(&self, tenant: TenantId) -> Slot {
        Slot { tenant, second: *self.second.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    fn moved(&self, to: Slot) {
        *self.second.lock().unwrap_or_else(PoisonError::into_inner) = to.second;
        self.statistics.forget();
    }

    /// Returns what cuts questions for texts of this average length.
    fn analyser(&self, average_length: f64, make: impl FnOnce(f64) -> Analyser) -> Arc<Analyser> {
        let mut analyser = self.analyser.lock().unwrap_or_else(PoisonError::into_inner);
        match &*analyser {
            Some((length, known)) if length.to_bits() == average_length.to_bits() => Arc::clone(known),
            _ => {
                let made = Arc::new(make(average_length));
                *analyser = Some((average_length, Arc::clone(&made)));
                made
            }
        }
    }
}

impl Inner {
    /// Returns the name by which points are asked for.
    fn name(&self) -> String {
        self.beside.as_ref().unwrap_or(&self.config.collection).clone()
    }

    /// Returns after how many seconds the server is to give a call up: no later than we do.
    fn server_timeout(&self) -> u64 {
        self.config.timeout_secs.into()
    }

    fn part(&self, tenant: TenantId) -> Arc<Part> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(parts.entry(tenant).or_default())
    }

    /// Returns the limits, looking at the server first where that has not been done.
    async fn limits(&self) -> Result<Limits, Error> {
        let known = *self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some(limits) => Ok(limits),
            None => self.look_again(Missing::Leave).await,
        }
    }

    async fn look_again(&self, missing: Missing) -> Result<Limits, Error> {
        let settled = self.settle(missing).await?;
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner) = Some(settled);
        Ok(settled)
    }

    /// Brings `work` to its end, whether or not the caller waits for it.
    async fn carry_out<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let (tell, told) = tokio::sync::oneshot::channel();
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            while running.try_join_next().is_some() {}
            running.spawn(async move {
                // Nobody may be waiting any more.
                let _ = tell.send(work.await);
            });
        }
        told.await.unwrap_or_else(|_| Err(Error::Engine("a call of the server broke off".to_owned())))
    }

    async fn writer(&self, tenant: TenantId) -> OwnedMutexGuard<()> {
        Arc::clone(&self.part(tenant).writer).lock_owned().await
    }
}

/// Returns a filter that lets nothing through.
fn nobody() -> qdrant_client::qdrant::Filter {
    qdrant_client::qdrant::Filter {
        must: vec![wire::keyword(tenant::RECORD, String::new())],
        ..qdrant_client::qdrant::Filter::default()
    }
}

/// The index on a server.
#[derive(Debug)]
pub(crate) struct Server {
    inner: Arc<Inner>,
    /// Lets everything through, to prove that a leak would be seen.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) unfiltered: std::sync::atomic::AtomicBool,
}

impl Server {
    /// Prepares the index; nothing is sent yet.
    fn prepare(config: &Config, manifest: &Manifest, beside: Option<String>) -> Result<Self, Error> {
        config.check()?;
        manifest.check()?;
        Ok(Self {
            inner: Arc::new(Inner {
                caller: Caller::new(config)?,
                config: config.clone(),
                manifest: manifest.clone(),
                beside,
                limits: Mutex::default(),
                parts: Mutex::default(),
                last_write: Mutex::default(),
                running: Mutex::default(),
            }),
            #[cfg(any(test, feature = "testing"))]
            unfiltered: std::sync::atomic::AtomicBool::default(),
        })
    }

    /// Opens the index that the server holds, or begins one there. A server that cannot be reached is no error:
    /// every call looks again.
    pub(crate) async fn connect(config: &Config, manifest: &Manifest) -> Result<Self, Error> {
        let server = Self::prepare(config, manifest, None)?;
        match server.restore().await {
            Err(error) if error.is_passing() => {
                tracing::warn!("the index cannot be reached and is tried again: {error}");
                Ok(server)
            }
            outcome => outcome.map(|()| server),
        }
    }

    /// Looks whether the server holds what is wanted, and makes nothing.
    pub(crate) async fn examine(config: &Config, manifest: &Manifest) -> Result<(), Error> {
        Self::prepare(config, manifest, None)?.inner.settle(Missing::Leave).await.map(drop)
    }

    /// Begins an index beside the one that the server holds, which counts once it is published.
    pub(crate) async fn beside(config: &Config, manifest: &Manifest) -> Result<Self, Error> {
        let name = Self::prepare(config, manifest, None)?.inner.next_name().await?;
        let server = Self::prepare(config, manifest, Some(name.clone()))?;
        server.inner.create(&name).await?;
        server.restore().await?;
        Ok(server)
    }

    /// Makes an index that was begun beside another the one that counts, and drops the other.
    pub(crate) async fn publish(&self) -> Result<(), Error> {
        let Some(name) = self.inner.beside.clone() else {
            return Ok(());
        };
        self.inner.point_alias(&name).await?;
        self.inner.drop_others().await
    }

    /// Makes what is missing of the collection, empty, and looks again at what the server allows.
    pub(crate) async fn restore(&self) -> Result<(), Error> {
        self.inner.look_again(Missing::Create).await.map(drop)
    }

    /// Looks whether the server answers, holds our collection, and took the last write.
    pub(crate) async fn look(&self) -> Result<(), Error> {
        self.inner.limits().await?;
        self.inner.count_where(Whose::Everybody, nobody()).await?;
        if self.inner.last_write.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return Ok(());
        }
        // Deletes nothing, and shows whether it could.
        let nothing = PointsSelectorOneOf::Filter(nobody());
        let tried = self.inner.delete(&self.inner.name(), Whose::Everybody, nothing).await;
        tried.map_err(|error| Error::Writing(error.to_string()))
    }

    /// Drops the collection and its alias.
    #[cfg(test)]
    pub(crate) async fn take_away(&self) -> Result<(), Error> {
        let leads_to = self.inner.caller.aliases().await?;
        for (alias, collection_name) in leads_to {
            if alias == self.inner.config.collection {
                let request = qdrant_client::qdrant::DeleteCollection { collection_name, timeout: None };
                self.inner.caller.delete_collection(request).await?;
            }
        }
        Ok(())
    }

    fn filter(&self, scope: &Scope) -> Filter {
        #[cfg(any(test, feature = "testing"))]
        if self.unfiltered.load(std::sync::atomic::Ordering::Relaxed) {
            return Filter::default();
        }
        Filter::within(&scope.reach())
    }

    pub(crate) async fn apply(&self, tenant: TenantId, ops: Vec<Op>) -> Result<(), Error> {
        if ops.is_empty() {
            return Ok(());
        }
        let writer = self.inner.writer(tenant).await;
        let working = Arc::clone(&self.inner);
        self.inner
            .carry_out(async move {
                let outcome = working.apply(tenant, ops).await;
                drop(writer);
                outcome
            })
            .await
    }

    pub(crate) async fn search(&self, scope: &Scope, query: &Query) -> Result<Hits, Error> {
        self.inner.search(scope.tenant(), self.filter(scope), query).await
    }

    pub(crate) async fn vectors(
        &self,
        scope: &Scope,
        chunks: &[ChunkId],
    ) -> Result<Vec<(ChunkId, Vec<f32>)>, Error> {
        self.inner.vectors(scope.tenant(), &self.filter(scope), chunks).await
    }

    pub(crate) async fn count_within(&self, scope: &Scope) -> Result<usize, Error> {
        self.inner.count(scope.tenant(), &self.filter(scope)).await
    }

    pub(crate) async fn count(&self, tenant: TenantId) -> Result<usize, Error> {
        self.inner.count(tenant, &Filter::default()).await
    }

    pub(crate) async fn scroll(
        &self,
        tenant: TenantId,
        after: Option<ChunkId>,
        limit: usize,
    ) -> Result<Vec<PointState>, Error> {
        self.inner.scroll(tenant, after, limit).await
    }

    pub(crate) async fn tenants(&self) -> Result<Vec<TenantId>, Error> {
        self.inner.tenants().await
    }

    pub(crate) async fn strays(&self) -> Result<usize, Error> {
        self.inner.strays().await
    }

    pub(crate) async fn held(&self, tenant: TenantId) -> Result<usize, Error> {
        self.inner.held(tenant).await
    }

    pub(crate) async fn drop_tenant(&self, tenant: TenantId) -> Result<(), Error> {
        let writer = self.inner.writer(tenant).await;
        let working = Arc::clone(&self.inner);
        self.inner
            .carry_out(async move {
                let outcome = working.drop_tenant(tenant).await;
                drop(writer);
                outcome
            })
            .await
    }

    pub(crate) async fn rebuild(&self, tenant: TenantId) -> Result<Rebuild, Error> {
        let writer = self.inner.writer(tenant).await;
        Rebuild::begin(Arc::clone(&self.inner), tenant, writer).await
    }
}
