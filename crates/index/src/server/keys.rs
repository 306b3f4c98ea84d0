//! Shard keys: which shards of the collection a call is about.
//!
//! A collection can be divided by keys: one whose shards all small tenants share, and one of its own for each large
//! tenant. A call about a tenant names the tenant's key with the shared one behind it, and the server takes the one
//! there is. So nobody here has to know which tenants have shards of their own, and a rebuild that gives a tenant
//! some, or takes them away, holds for all processes from the moment the alias is pointed there. A key whose nodes
//! are away is there all the same: calls fail then, and nothing goes astray. What must be known is whether there are
//! keys at all: see [`Caller`](super::call::Caller).

use domain::TenantId;
use qdrant_client::qdrant::{
    CollectionInfo, CountPoints, CreateShardKey, CreateShardKeyRequest, DeletePoints, FacetCounts, GetPoints,
    QueryBatchPoints, ScrollPoints, SetPayloadPoints, ShardKeySelector, ShardingMethod, UpsertPoints,
};

use super::Inner;
use crate::error::{Error, Trouble};

/// The key of the shards that tenants without any of their own share.
pub(super) const SHARED: &str = "shared";

/// Returns the key of a tenant's own shards, where it has some.
pub(super) fn own(tenant: TenantId) -> String {
    tenant.uuid().simple().to_string()
}

/// Whose points a call is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose {
    /// Those of one tenant.
    Tenant(TenantId),
    /// Those of all.
    Everybody,
}

impl From<TenantId> for Whose {
    fn from(tenant: TenantId) -> Self {
        Self::Tenant(tenant)
    }
}

/// By what the points of a collection are divided among its shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Division {
    /// Their ids.
    Ids,
    /// Keys that calls name.
    Keys,
}

impl Division {
    pub(super) fn of(info: &CollectionInfo) -> Self {
        let params = info.config.as_ref().and_then(|config| config.params.as_ref());
        match params.map(|params| params.sharding_method()) {
            Some(ShardingMethod::Custom) => Self::Keys,
            Some(ShardingMethod::Auto) | None => Self::Ids,
        }
    }

    /// Returns what a call names: nothing for all shards, which only calls that read can be about.
    pub(super) fn selector(self, whose: Whose, does: Does) -> Option<ShardKeySelector> {
        let named = |key: String, fallback: Option<&str>| {
            let shard_keys = vec![key.into()];
            Some(ShardKeySelector { shard_keys, fallback: fallback.map(Into::into) })
        };
        match (self, whose, does) {
            (Self::Ids, ..) | (Self::Keys, Whose::Everybody, Does::Read) => None,
            (Self::Keys, Whose::Everybody, Does::Write) => named(SHARED.to_owned(), None),
            (Self::Keys, Whose::Tenant(tenant), _) => named(own(tenant), Some(SHARED)),
        }
    }
}

/// What a call does with points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    Read,
    Write,
}

/// A call about points.
pub(super) trait OfPoints {
    const DOES: Does;

    /// Returns the collection that it is about.
    fn collection(&self) -> &str;

    /// Makes it name these shards.
    fn select(&mut self, selector: Option<ShardKeySelector>);
}

macro_rules! of_points {
    ($($does:ident: $($request:ty),+;)+) => {
        $($(
            impl OfPoints for $request {
                const DOES: Does = Does::$does;

                fn collection(&self) -> &str {
                    &self.collection_name
                }

                fn select(&mut self, selector: Option<ShardKeySelector>) {
                    self.shard_key_selector = selector;
                }
            }
        )+)+
    };
}

of_points! {
    Read: GetPoints, ScrollPoints, CountPoints, FacetCounts;
    Write: UpsertPoints, DeletePoints, SetPayloadPoints;
}

impl OfPoints for QueryBatchPoints {
    const DOES: Does = Does::Read;

    fn collection(&self) -> &str {
        &self.collection_name
    }

    fn select(&mut self, selector: Option<ShardKeySelector>) {
        for query in &mut self.query_points {
            query.shard_key_selector.clone_from(&selector);
        }
    }
}

impl Inner {
    /// Makes the shard keys that a collection lacks which is divided by keys. Once it has the shared one it gets no
    /// more: a tenant that already has points would be looked for where it has none.
    pub(super) async fn create_shard_keys(&self, name: &str) -> Result<(), Error> {
        if Division::of(&self.caller.describe(name).await?) == Division::Ids {
            return Ok(());
        }
        let there = self.caller.shard_keys(name).await?;
        if there.iter().any(|key| key == SHARED) {
            return Ok(());
        }
        for key in self.config.shard_keys().filter(|key| !there.contains(key)) {
            let request = CreateShardKey { shard_key: Some(key.clone().into()), ..CreateShardKey::default() };
            let request = CreateShardKeyRequest {
                collection_name: name.to_owned(),
                request: Some(request),
                timeout: Some(self.server_timeout()),
            };
            let made = self.caller.create_shard_key(request).await;
            if there.is_empty() && matches!(made, Err(Error::Server { trouble: Trouble::NoCluster, .. })) {
                // Nothing can ever be in it. That it cannot be made says more than that it cannot be dropped.
                let _ = self.drop_collection(name.to_owned()).await;
            }
            // Somebody else may have made it since we looked.
            if made.is_err() && !self.caller.shard_keys(name).await.is_ok_and(|keys| keys.contains(&key)) {
                made?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_names_its_key_and_the_shared_one_and_all_are_read_without() {
        let tenant = TenantId::derive("acme");
        let keys = |division: Division, whose: Whose, does| {
            let named = division.selector(whose, does)?;
            Some((named.shard_keys, named.fallback))
        };
        for does in [Does::Read, Does::Write] {
            assert_eq!(
                keys(Division::Keys, tenant.into(), does),
                Some((vec![own(tenant).into()], Some(SHARED.into())))
            );
            assert_eq!(keys(Division::Ids, tenant.into(), does), None);
            assert_eq!(keys(Division::Ids, Whose::Everybody, does), None);
        }
        assert_eq!(keys(Division::Keys, Whose::Everybody, Does::Read), None);
        let shared = Some((vec![SHARED.into()], None));
        assert_eq!(keys(Division::Keys, Whose::Everybody, Does::Write), shared);
        assert_ne!(own(tenant), SHARED, "no tenant is called so");
    }
}
