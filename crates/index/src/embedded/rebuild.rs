//! A tenant's index made anew beside the old one.

use std::sync::Arc;

use tokio::sync::{OwnedMutexGuard, RwLock};

use super::shard::Shard;
use super::slot::{Slot, blocking};
use crate::error::Error;
use crate::filter::Filter;
use crate::query::{Hits, Op, Query};

/// A new folder of a tenant that is being filled. Until it is finished the old one is searched, and whoever
/// wants to write to the tenant waits.
#[derive(Debug)]
pub(crate) struct Rebuild {
    pub(super) slot: Arc<Slot>,
    pub(super) writer: OwnedMutexGuard<()>,
    pub(super) fresh: Arc<RwLock<Option<Shard>>>,
}

impl Rebuild {
    pub(crate) async fn apply(&mut self, ops: Vec<Op>) -> Result<(), Error> {
        let fresh = Arc::clone(&self.fresh).write_owned().await;
        blocking(move || match fresh.as_ref() {
            Some(shard) => shard.apply(ops),
            None => Ok(()),
        })
        .await
    }

    pub(crate) async fn count(&self) -> Result<usize, Error> {
        let fresh = Arc::clone(&self.fresh).read_owned().await;
        blocking(move || fresh.as_ref().map_or(Ok(0), |shard| shard.count(None))).await
    }

    pub(crate) async fn search(&self, filter: Filter, query: &Query) -> Result<Hits, Error> {
        let fresh = Arc::clone(&self.fresh).read_owned().await;
        let query = query.clone();
        blocking(move || fresh.as_ref().map_or(Ok(Hits::default()), |shard| shard.search(filter, &query)))
            .await
    }

    pub(crate) async fn finish(self) -> Result<(), Error> {
        let Self { slot, writer, fresh } = self;
        let mut fresh = fresh.write_owned().await;
        let complete = blocking(move || {
            let complete = fresh.take().map(Shard::complete).transpose()?;
            Ok(complete.map(|complete| (complete, writer)))
        });
        match complete.await? {
            Some((complete, writer)) => super::replace(&slot, complete, writer).await,
            None => Ok(()),
        }
    }
}
