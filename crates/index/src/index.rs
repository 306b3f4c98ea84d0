//! The index as everybody else sees it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{ChunkId, TenantId};
use identity::Scope;
use tokio::sync::OwnedMutexGuard;

use crate::embedded::{self, Embedded};
use crate::error::Error;
use crate::filter::Filter;
use crate::manifest::Manifest;
use crate::query::{Hits, Op, PointState, Query};
use crate::server::config::Config;
use crate::server::{self, Server};

/// All tenants' chunks, searchable.
///
/// Reads need a [`Scope`] and see one tenant. Writes to one tenant wait for each other; reads wait for
/// nobody. Stopping to wait for a call does not undo it.
#[derive(Debug)]
pub struct Index {
    backend: Backend,
    turns: Mutex<HashMap<TenantId, Arc<tokio::sync::Mutex<()>>>>,
}

/// A turn at bringing a tenant's queue to the index; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _held: OwnedMutexGuard<()>,
}

/// Where the vectors are.
///
/// What a server is asked by is boxed: those futures are large and deep, and everything above holds them.
#[derive(Debug)]
enum Backend {
    /// In files of this process.
    Embedded(Embedded),
    /// On a server.
    Server(Server),
}

impl Index {
    /// Opens the index in `folder`, or begins one there with `manifest`.
    ///
    /// # Errors
    /// Fails when another process has it open, when it was made with another model or in another way, and
    /// when a newer release wrote it.
    #[expect(clippy::needless_pass_by_value, reason = "whoever opens an index is done with its manifest")]
    pub fn open(folder: &Path, manifest: Manifest) -> Result<Self, Error> {
        Embedded::open(folder, &manifest).map(Backend::Embedded).map(Self::of)
    }

    /// Empties the index in `folder`, whatever it was made with, and opens it. Every tenant's chunks have to
    /// be applied again.
    ///
    /// # Errors
    /// Fails when another process has it open.
    #[expect(clippy::needless_pass_by_value, reason = "as `open`")]
    pub fn reset(folder: &Path, manifest: Manifest) -> Result<Self, Error> {
        Embedded::reset(folder, &manifest).map(Backend::Embedded).map(Self::of)
    }

    /// Removes the index in `folder`, where there is one, for good.
    ///
    /// # Errors
    /// Fails when another process has it open, and when it cannot be removed.
    pub fn remove(folder: &Path) -> Result<(), Error> {
        Embedded::remove(folder)
    }

    /// Opens the index on a server, or begins one there with `manifest`. A server that cannot be reached is no
    /// error: every call tries again.
    ///
    /// # Errors
    /// Fails when the server is too old or the settings make no sense, and as [`Index::open`].
    pub async fn connect(config: &Config, manifest: &Manifest) -> Result<Self, Error> {
        Box::pin(Server::connect(config, manifest)).await.map(Backend::Server).map(Self::of)
    }

    /// Looks whether the index on a server is what is wanted, and makes nothing.
    ///
    /// # Errors
    /// As [`Index::connect`], and when the server cannot be reached or has no such index.
    pub async fn examine(config: &Config, manifest: &Manifest) -> Result<(), Error> {
        Box::pin(Server::examine(config, manifest)).await
    }

    /// Begins an index on a server beside the one that is asked there, which counts once it is
    /// [published](Index::publish).
    ///
    /// # Errors
    /// Fails when the server cannot be reached, and as [`Index::connect`].
    pub async fn beside(config: &Config, manifest: &Manifest) -> Result<Self, Error> {
        Box::pin(Server::beside(config, manifest)).await.map(Backend::Server).map(Self::of)
    }

    /// Makes an index that was begun [beside](Index::beside) another the one that counts, in one step, and drops
    /// the other. With any other index nothing happens.
    ///
    /// # Errors
    /// Fails when the server does. Either of the two counts then, whole.
    pub async fn publish(&self) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(_) => Ok(()),
            Backend::Server(server) => Box::pin(server.publish()).await,
        }
    }

    /// Makes anew, empty, what has been taken away from under us: a collection that somebody has deleted.
    ///
    /// # Errors
    /// As [`Index::connect`].
    pub async fn restore(&self) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(_) => Ok(()),
            Backend::Server(server) => Box::pin(server.restore()).await,
        }
    }

    /// Looks whether it can be searched and written now.
    ///
    /// # Errors
    /// Says what stands in the way.
    pub async fn look(&self) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.check_room(),
            Backend::Server(server) => Box::pin(server.look()).await,
        }
    }

    /// Returns how many entries of a shared place belong to nobody we know: somebody else has put them there. They
    /// are in no search.
    ///
    /// # Errors
    /// Fails when the server does.
    pub async fn strays(&self) -> Result<usize, Error> {
        match &self.backend {
            Backend::Embedded(_) => Ok(0),
            Backend::Server(server) => Box::pin(server.strays()).await,
        }
    }

    fn of(backend: Backend) -> Self {
        Self { backend, turns: Mutex::default() }
    }

    /// Waits for a turn at the queue of a tenant. Who looks in it what still counts, and applies that, before
    /// the turn is over, never brings back what somebody else has taken away meanwhile.
    pub async fn turn(&self, tenant: TenantId) -> Turn {
        let turns = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(tenant).or_default())
        };
        Turn { _held: turns.lock_owned().await }
    }

    /// Reports whether somebody has a turn at the queue of a tenant.
    #[must_use]
    pub fn is_busy(&self, tenant: TenantId) -> bool {
        let turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.get(&tenant).is_some_and(|turns| turns.try_lock().is_err())
    }

    /// Makes `ops` in their order. All of them are durable when this returns; after an error any part of
    /// them may have been made, and they can be applied again.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Full`] come before anything is changed. After [`Error::Broken`] only
    /// a [rebuild](Index::rebuild) of the tenant helps.
    pub async fn apply(&self, tenant: TenantId, ops: Vec<Op>) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.apply(tenant, ops).await,
            Backend::Server(server) => Box::pin(server.apply(tenant, ops)).await,
        }
    }

    /// Searches by meaning and by words for what `scope` allows to see.
    ///
    /// # Errors
    /// Fails when the vector has the wrong number of dimensions or the tenant's index is broken.
    pub async fn search(&self, scope: &Scope, query: &Query) -> Result<Hits, Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.search(scope, query).await,
            Backend::Server(server) => Box::pin(server.search(scope, query)).await,
        }
    }

    /// Returns the dense vectors, of length one, of those of `chunks` that `scope` allows to see, in no
    /// particular order.
    ///
    /// # Errors
    /// Fails when the tenant's index is broken.
    pub async fn vectors(
        &self,
        scope: &Scope,
        chunks: &[ChunkId],
    ) -> Result<Vec<(ChunkId, Vec<f32>)>, Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.vectors(scope, chunks).await,
            Backend::Server(server) => Box::pin(server.vectors(scope, chunks)).await,
        }
    }

    /// Returns how many chunks `scope` allows to see.
    ///
    /// # Errors
    /// Fails when the tenant's index is broken.
    pub async fn count_within(&self, scope: &Scope) -> Result<usize, Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.count_within(scope).await,
            Backend::Server(server) => Box::pin(server.count_within(scope)).await,
        }
    }

    /// Returns how many chunks a tenant has, whoever may see them.
    ///
    /// # Errors
    /// Fails when the tenant's index is broken.
    pub async fn count(&self, tenant: TenantId) -> Result<usize, Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.count(tenant).await,
            Backend::Server(server) => Box::pin(server.count(tenant)).await,
        }
    }

    /// Returns what is held of up to `limit` chunks after `after`, in the order of their ids: for comparing
    /// the index with the store. An empty page is the end.
    ///
    /// # Errors
    /// Fails when the tenant's index is broken.
    pub async fn scroll(
        &self,
        tenant: TenantId,
        after: Option<ChunkId>,
        limit: usize,
    ) -> Result<Vec<PointState>, Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.scroll(tenant, after, limit).await,
            Backend::Server(server) => Box::pin(server.scroll(tenant, after, limit)).await,
        }
    }

    /// Checks that the disk has the room that writing needs.
    ///
    /// # Errors
    /// [`Error::Full`] when it has not.
    pub fn check_room(&self) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.check_room(),
            // The server refuses what it has no room for.
            Backend::Server(_) => Ok(()),
        }
    }

    /// Returns the tenants that have anything in the index.
    ///
    /// # Errors
    /// Fails when the folder or the server cannot be read.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.tenants(),
            Backend::Server(server) => Box::pin(server.tenants()).await,
        }
    }

    /// Returns how many things are kept of a tenant, whether or not they count: files, or points of a server with its
    /// record. Nothing is of a tenant that was [dropped](Index::drop_tenant).
    ///
    /// # Errors
    /// Fails when the folder or the server cannot be read.
    pub async fn held(&self, tenant: TenantId) -> Result<usize, Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.held(tenant).await,
            Backend::Server(server) => Box::pin(server.held(tenant)).await,
        }
    }

    /// Removes everything a tenant has, files included.
    ///
    /// # Errors
    /// Fails when a file cannot be removed.
    pub async fn drop_tenant(&self, tenant: TenantId) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.drop_tenant(tenant).await,
            Backend::Server(server) => Box::pin(server.drop_tenant(tenant)).await,
        }
    }

    /// Makes searches fast after much was applied: builds graphs, merges segments, and shortens the log when
    /// it has grown long. Searches go on, writes to the tenant wait; it can take minutes.
    ///
    /// # Errors
    /// As [`Index::apply`].
    pub async fn optimise(&self, tenant: TenantId) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.optimise(tenant).await,
            // A server does that by itself.
            Backend::Server(_) => Ok(()),
        }
    }

    /// Makes searches fast after a tenant has grown to twice its size: its chunks become one segment, which takes half
    /// a minute for 100,000 on two cores. Otherwise nothing is done. Searches go on, writes to the tenant wait.
    ///
    /// # Errors
    /// As [`Index::apply`].
    pub async fn join(&self, tenant: TenantId) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.join(tenant).await,
            // A server does that by itself.
            Backend::Server(_) => Ok(()),
        }
    }

    /// Copies a tenant into a new folder without the history of its changes and puts that in place of the
    /// old one. [`Index::optimise`] does it by itself when it pays.
    ///
    /// # Errors
    /// As [`Index::apply`].
    pub async fn shrink(&self, tenant: TenantId) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.shrink(tenant).await,
            // As above.
            Backend::Server(_) => Ok(()),
        }
    }

    /// Begins a new index of a tenant beside the old one. The old one is searched until
    /// [`Rebuild::finish`]; writes to the tenant wait until then, or until the rebuild is dropped.
    ///
    /// # Errors
    /// Fails when files cannot be made.
    pub async fn rebuild(&self, tenant: TenantId) -> Result<Rebuild, Error> {
        match &self.backend {
            Backend::Embedded(embedded) => {
                embedded.rebuild(tenant).await.map(|inner| Rebuild { inner: Beside::Embedded(inner) })
            }
            Backend::Server(server) => {
                Box::pin(server.rebuild(tenant)).await.map(|inner| Rebuild { inner: Beside::Server(inner) })
            }
        }
    }

    /// Closes all tenants once nobody uses them any more. They are opened again when needed.
    ///
    /// # Errors
    /// Fails when the work could not be done at all.
    pub async fn close(&self) -> Result<(), Error> {
        match &self.backend {
            Backend::Embedded(embedded) => embedded.close().await,
            // There is nothing open.
            Backend::Server(_) => Ok(()),
        }
    }

    /// Switches the filter by scope off, or on again, to prove that a leak would be seen.
    #[cfg(any(test, feature = "testing"))]
    pub fn leak_everything_to_everybody(&self, leak: bool) {
        match &self.backend {
            Backend::Embedded(embedded) => {
                embedded.unfiltered.store(leak, std::sync::atomic::Ordering::Relaxed);
            }
            Backend::Server(server) => server.unfiltered.store(leak, std::sync::atomic::Ordering::Relaxed),
        }
    }

    #[cfg(test)]
    pub(crate) fn server(&self) -> &Server {
        match &self.backend {
            Backend::Embedded(_) => panic!("this index is in files"),
            Backend::Server(server) => server,
        }
    }

    #[cfg(test)]
    pub(crate) fn embedded(&mut self) -> &mut Embedded {
        match &mut self.backend {
            Backend::Embedded(embedded) => embedded,
            Backend::Server(_) => panic!("this index is on a server"),
        }
    }
}

/// A new index of a tenant that is being filled.
#[derive(Debug)]
pub struct Rebuild {
    inner: Beside,
}

#[derive(Debug)]
enum Beside {
    Embedded(embedded::Rebuild),
    Server(server::Rebuild),
}

impl Rebuild {
    /// Makes `ops` in the new index. The average length of texts is fitted to the first batch, so it should
    /// be large and mixed.
    ///
    /// # Errors
    /// As [`Index::apply`].
    pub async fn apply(&mut self, ops: Vec<Op>) -> Result<(), Error> {
        match &mut self.inner {
            Beside::Embedded(rebuild) => rebuild.apply(ops).await,
            Beside::Server(rebuild) => Box::pin(rebuild.apply(ops)).await,
        }
    }

    /// Returns how many chunks are in the new index.
    ///
    /// # Errors
    /// As [`Index::count`].
    pub async fn count(&self) -> Result<usize, Error> {
        match &self.inner {
            Beside::Embedded(rebuild) => rebuild.count().await,
            Beside::Server(rebuild) => Box::pin(rebuild.count()).await,
        }
    }

    /// Searches the new index, as [`Index::search`] does the one that counts.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub async fn search(&self, scope: &Scope, query: &Query) -> Result<Hits, Error> {
        let filter = Filter::within(&scope.reach());
        match &self.inner {
            Beside::Embedded(rebuild) => rebuild.search(filter, query).await,
            Beside::Server(rebuild) => Box::pin(rebuild.search(filter, query)).await,
        }
    }

    /// Optimises the new index and puts it in place of the old one, which goes.
    ///
    /// # Errors
    /// After an error the old index is still in place.
    pub async fn finish(self) -> Result<(), Error> {
        match self.inner {
            Beside::Embedded(rebuild) => rebuild.finish().await,
            Beside::Server(rebuild) => Box::pin(rebuild.finish()).await,
        }
    }
}
