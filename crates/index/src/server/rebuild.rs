//! A tenant's part made anew beside the old one.

use std::sync::Arc;

use domain::TenantId;
use qdrant_client::qdrant::PointsIdsList;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use tokio::sync::OwnedMutexGuard;

use super::keys::Whose;
use super::tenant::{Record, Slot};
use super::{Inner, wire};
use crate::error::Error;
use crate::filter::Filter;
use crate::query::{Hits, Op, Query};

/// The other slot of a tenant that is being filled. Until it is finished the old one is searched, and whoever wants
/// to write to the tenant from this process waits.
#[derive(Debug)]
pub(crate) struct Rebuild {
    inner: Arc<Inner>,
    /// Goes along with every call that writes: should nobody wait for its end, the next writer does.
    writer: Arc<OwnedMutexGuard<()>>,
    fresh: Record,
}

impl Rebuild {
    pub(super) async fn begin(
        inner: Arc<Inner>,
        tenant: TenantId,
        writer: OwnedMutexGuard<()>,
    ) -> Result<Self, Error> {
        let counting = inner.record(tenant).await?.map(|record| record.slot);
        let slot = counting.unwrap_or(Slot { tenant, second: true }).other();
        let working = Arc::clone(&inner);
        // What an earlier one left behind that did not come to its end.
        let writer = inner
            .carry_out(async move {
                working.clear(&working.name(), &[slot]).await?;
                Ok(writer)
            })
            .await?;
        Ok(Self { inner, writer: Arc::new(writer), fresh: Record::new(slot) })
    }

    pub(crate) async fn apply(&mut self, ops: Vec<Op>) -> Result<(), Error> {
        crate::changes::check(&ops, self.inner.manifest.dimensions)?;
        self.inner.fit(&mut self.fresh, &ops).await?;
        let (working, writer, fresh) = (Arc::clone(&self.inner), Arc::clone(&self.writer), self.fresh);
        self.inner
            .carry_out(async move {
                let outcome = working.make(fresh, ops).await;
                drop(writer);
                outcome
            })
            .await
    }

    /// Returns how many chunks are in the new part.
    pub(crate) async fn count(&self) -> Result<usize, Error> {
        self.inner.count_where(self.fresh.slot.tenant, wire::all_of(self.fresh.slot)).await
    }

    pub(crate) async fn search(&self, filter: Filter, query: &Query) -> Result<Hits, Error> {
        self.inner.search_beside(self.fresh, filter, query).await
    }

    pub(crate) async fn finish(self) -> Result<(), Error> {
        let Self { inner, writer, fresh } = self;
        let working = Arc::clone(&inner);
        inner
            .carry_out(async move {
                working.write_record(&fresh).await?;
                working.part(fresh.slot.tenant).moved(fresh.slot);
                working.clear(&working.name(), &[fresh.slot.other()]).await?;
                drop(writer);
                Ok(())
            })
            .await
    }
}

impl Inner {
    /// Returns how many points a tenant has in either slot, on whichever shards, and its record.
    pub(super) async fn held(&self, tenant: TenantId) -> Result<usize, Error> {
        let slot = Slot { tenant, second: false };
        let mut held = 0;
        for slot in [slot, slot.other()] {
            held += self.count_where(Whose::Everybody, wire::all_of(slot)).await?;
        }
        // By its id, since a record that cannot be read is one too.
        let record = qdrant_client::qdrant::Filter {
            must: vec![wire::with_ids(vec![wire::point_id(tenant.uuid())])],
            ..qdrant_client::qdrant::Filter::default()
        };
        Ok(held + self.count_where(Whose::Everybody, record).await?)
    }

    /// Removes everything a tenant has.
    pub(super) async fn drop_tenant(&self, tenant: TenantId) -> Result<(), Error> {
        let slot = Slot { tenant, second: false };
        let name = self.name();
        self.clear(&name, &[slot, slot.other()]).await?;
        let ids = vec![wire::point_id(tenant.uuid())];
        self.delete(&name, tenant, PointsSelectorOneOf::Points(PointsIdsList { ids })).await?;
        self.part(tenant).statistics.forget();
        Ok(())
    }
}
