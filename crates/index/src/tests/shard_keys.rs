//! Shards of their own for large tenants, against a stand-in.

use std::collections::BTreeMap;

use domain::TenantId;
use identity::Reader;
use index_fake::StandIn;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::{
    DeletePoints, Filter, PointStruct, PointsSelector, ScrollPoints, ShardKeySelector, UpsertPoints,
};

use super::server::{Bench, told};
use super::support::*;
use crate::{Error, Index, Op, ServerConfig, Trouble};

const SHARED: &str = "shared";

/// Returns the key of a tenant's own shards.
fn own(name: &str) -> String {
    TenantId::derive(name).uuid().simple().to_string()
}

fn with(large: &[&str], config: ServerConfig) -> ServerConfig {
    ServerConfig { large_tenants: large.iter().map(|name| (*name).to_owned()).collect(), ..config }
}

/// Returns `n` chunks that no other tenant has.
fn ops(name: &str, n: usize) -> Vec<Op> {
    (0..n).map(|n| upsert(&chunk(&format!("{name} {n}"), "common words"))).collect()
}

async fn put(index: &Index, name: &str, n: usize) -> Result<(), Error> {
    index.apply(TenantId::derive(name), ops(name, n)).await
}

/// Returns how many chunks are found for a tenant, and checks that each way of asking finds as many.
async fn find(index: &Index, name: &str) -> usize {
    let tenant = TenantId::derive(name);
    let scope = scope_of(tenant, vec![Reader::anonymous()], 1);
    let hits = index.search(&scope, &query("words")).await.unwrap();
    let n = hits.lexical.len();
    assert_eq!(hits.dense.len(), n);
    assert_eq!(index.count(tenant).await.unwrap(), n);
    assert_eq!(index.scroll(tenant, None, 100).await.unwrap().len(), n);
    let found: Vec<_> = hits.dense.iter().map(|hit| hit.chunk).collect();
    assert_eq!(index.vectors(&scope, &found).await.unwrap().len(), n);
    n
}

fn keys<const N: usize>(of: [(&str, usize); N]) -> BTreeMap<String, usize> {
    of.into_iter().map(|(key, n)| (key.to_owned(), n)).collect()
}

/// Returns whose points are on a shard key.
async fn owners(bench: &Bench, key: &str) -> Vec<TenantId> {
    let request = ScrollPoints {
        collection_name: bench.config.collection.clone(),
        limit: Some(1_000),
        with_payload: Some(true.into()),
        shard_key_selector: Some(ShardKeySelector { shard_keys: vec![key.into()], fallback: None }),
        ..ScrollPoints::default()
    };
    let points = bench.client().scroll(request).await.unwrap().result;
    let owner = |field: &str| uuid::Uuid::try_parse(field.split(':').next()?).ok().map(TenantId::from_uuid);
    let of = |name: &str| {
        let fields = points.iter().filter_map(|point| point.payload.get(name)?.as_str());
        fields.filter_map(|field| owner(field)).collect::<Vec<_>>()
    };
    let mut owners = [of("tenant"), of("record")].concat();
    assert_eq!(owners.len(), points.len());
    owners.sort_unstable();
    owners.dedup();
    owners
}

#[tokio::test]
async fn a_large_tenant_lies_on_its_own_key_and_the_small_ones_share_one() {
    let bench = Bench::with(|config| with(&["acme"], config)).await;
    for (name, n) in [("acme", 5), ("small", 3), ("tiny", 2)] {
        put(&bench.index, name, n).await.unwrap();
    }
    // Each has a record beside its chunks.
    let acme = own("acme");
    assert_eq!(bench.stand_in.shard_keys("backstory"), keys([(&acme, 6), (SHARED, 7)]));
    assert_eq!(owners(&bench, &acme).await, [TenantId::derive("acme")]);
    let mut sharing = [TenantId::derive("small"), TenantId::derive("tiny")];
    sharing.sort_unstable();
    assert_eq!(owners(&bench, SHARED).await, sharing);
    for (name, n) in [("acme", 5), ("small", 3), ("tiny", 2)] {
        assert_eq!(find(&bench.index, name).await, n, "{name}");
    }
    assert_eq!(bench.index.tenants().await.unwrap().len(), 3);
    assert_eq!(bench.index.strays().await.unwrap(), 0);

    let mut rebuild = bench.index.rebuild(TenantId::derive("acme")).await.unwrap();
    rebuild.apply(ops("acme", 8)).await.unwrap();
    assert_eq!(rebuild.count().await.unwrap(), 8);
    rebuild.finish().await.unwrap();
    assert_eq!(find(&bench.index, "acme").await, 8);
    assert_eq!(bench.stand_in.shard_keys("backstory"), keys([(&acme, 9), (SHARED, 7)]));

    bench.index.drop_tenant(TenantId::derive("acme")).await.unwrap();
    bench.index.drop_tenant(TenantId::derive("tiny")).await.unwrap();
    assert_eq!(bench.stand_in.shard_keys("backstory"), keys([(&acme, 0), (SHARED, 4)]));
}

/// Puts both tenants into an index beside the one that counts, and makes it count.
async fn rebuilt(config: &ServerConfig) {
    let beside = Index::beside(config, &manifest()).await.unwrap();
    for name in ["acme", "small"] {
        put(&beside, name, 4).await.unwrap();
    }
    beside.publish().await.unwrap();
}

#[tokio::test]
async fn what_is_configured_counts_with_the_next_rebuild_and_breaks_nothing_before_or_after() {
    let bench = Bench::with(|config| config).await;
    let (none, acme) = (bench.config.clone(), with(&["acme"], bench.config.clone()));
    // Some only read and others write: neither is told that the collection is another one now.
    let reads = Index::connect(&none, &manifest()).await.unwrap();
    let writes = Index::connect(&acme, &manifest()).await.unwrap();
    let check = async |n: usize| {
        for name in ["acme", "small"] {
            put(&writes, name, n).await.unwrap();
            assert_eq!(find(&reads, name).await, n, "{name}");
            assert_eq!(find(&writes, name).await, n, "{name}");
        }
        writes.look().await.unwrap();
    };
    let large = own("acme");
    check(3).await;
    assert_eq!(bench.stand_in.shard_keys("backstory"), keys([("", 8)]), "a setting alone moves nothing");

    rebuilt(&acme).await;
    assert_eq!(find(&reads, "acme").await, 4);
    check(5).await;
    assert_eq!(bench.stand_in.shard_keys("backstory"), keys([(&large, 6), (SHARED, 6)]));

    // A key that nobody names any more, or another that is named, changes nothing either.
    for config in [&none, &with(&["small"], none.clone())] {
        let index = Index::connect(config, &manifest()).await.unwrap();
        put(&index, "acme", 6).await.unwrap();
        assert_eq!((find(&index, "acme").await, find(&index, "small").await), (6, 5));
    }
    assert_eq!(bench.stand_in.shard_keys("backstory"), keys([(&large, 7), (SHARED, 6)]));

    // From one with keys to another with other keys, and back to one without any.
    rebuilt(&with(&["small"], none.clone())).await;
    check(6).await;
    assert_eq!(bench.stand_in.shard_keys("backstory"), keys([(&own("small"), 7), (SHARED, 7)]));
    rebuilt(&none).await;
    assert_eq!(find(&reads, "small").await, 4);
    check(5).await;
    assert_eq!(bench.stand_in.shard_keys("backstory"), keys([("", 12)]));
}

#[tokio::test]
async fn a_server_that_is_no_cluster_says_so_and_keeps_what_it_has() {
    let stand_in = StandIn::start().await.unwrap();
    stand_in.leave_cluster();
    let none = ServerConfig::at(stand_in.url());
    let acme = with(&["acme"], none.clone());
    for _ in 0..2 {
        let refused = Index::connect(&acme, &manifest()).await;
        let text = refused.as_ref().unwrap_err().to_string();
        assert!(text.contains("Distributed mode disabled") && text.contains("needs a cluster"), "{text}");
        assert!(text.contains("`index.large_tenants`"), "{text}");
        assert!(!refused.as_ref().unwrap_err().is_passing());
        assert_eq!(told(refused), Trouble::NoCluster);
        assert!(stand_in.collections().is_empty(), "nothing half-made stands in the way");
    }

    let index = Index::connect(&none, &manifest()).await.unwrap();
    put(&index, "acme", 3).await.unwrap();
    assert_eq!(told(Index::beside(&acme, &manifest()).await), Trouble::NoCluster);
    assert_eq!(stand_in.collections(), ["backstory-1"]);
    let again = Index::connect(&acme, &manifest()).await.unwrap();
    assert_eq!(find(&again, "acme").await, 3, "what is there is used as it is");
}

#[tokio::test]
async fn several_that_start_at_once_end_with_the_same_keys() {
    let stand_in = StandIn::start().await.unwrap();
    let config = with(&["acme"], ServerConfig::at(stand_in.url()));
    let manifest = manifest();
    let (one, other) = tokio::join!(Index::connect(&config, &manifest), Index::connect(&config, &manifest));
    put(&one.unwrap(), "acme", 2).await.unwrap();
    assert_eq!(find(&other.unwrap(), "acme").await, 2);
    assert_eq!(stand_in.collections(), ["backstory-1"]);
    assert_eq!(stand_in.shard_keys("backstory"), keys([(&own("acme"), 3), (SHARED, 0)]));
}

#[tokio::test]
async fn a_collection_with_keys_that_is_deleted_is_made_anew_as_is_configured_now() {
    let bench = Bench::with(|config| with(&["acme"], config)).await;
    put(&bench.index, "acme", 3).await.unwrap();
    bench.stand_in.delete("backstory");
    assert_eq!(told(put(&bench.index, "acme", 3).await), Trouble::Gone);
    // Another process, with another setting, is the first to come.
    let plain = Index::connect(&with(&[], bench.config.clone()), &manifest()).await.unwrap();
    put(&plain, "acme", 2).await.unwrap();
    bench.index.restore().await.unwrap();
    assert_eq!(find(&bench.index, "acme").await, 2);

    bench.stand_in.delete("backstory");
    bench.index.restore().await.unwrap();
    put(&bench.index, "acme", 3).await.unwrap();
    assert_eq!(bench.stand_in.shard_keys("backstory"), keys([(&own("acme"), 4), (SHARED, 0)]));
}

#[tokio::test]
async fn a_write_that_failed_is_tried_where_it_changes_nothing() {
    let bench = Bench::with(|config| with(&["acme"], config)).await;
    bench.stand_in.refuse_writes(Some("No space left on device"));
    assert_eq!(told(put(&bench.index, "acme", 3).await), Trouble::Full);
    assert!(matches!(bench.index.look().await, Err(Error::Writing(_))));
    bench.stand_in.refuse_writes(None);
    bench.index.look().await.unwrap();
    put(&bench.index, "acme", 3).await.unwrap();
    bench.index.look().await.unwrap();
    assert_eq!(find(&bench.index, "acme").await, 3);
}

#[tokio::test]
async fn the_stand_in_refuses_what_a_cluster_refuses() {
    let bench = Bench::with(|config| with(&["acme"], config)).await;
    let named = |key: &str, fallback: Option<&str>| ShardKeySelector {
        shard_keys: vec![key.into()],
        fallback: fallback.map(Into::into),
    };
    let cases = [
        (None, Some("Shard key not specified")),
        (Some(named("nobody", None)), Some("Shard key \"nobody\" not found")),
        (Some(named("nobody", Some("nowhere"))), Some("Neither target shard key")),
        (Some(named("nobody", Some(SHARED))), None),
        (Some(named(SHARED, None)), None),
    ];
    for (shard_key_selector, refusal) in cases {
        let upsert = UpsertPoints {
            collection_name: "backstory".into(),
            wait: Some(true),
            points: vec![PointStruct { id: Some(7_u64.into()), ..PointStruct::default() }],
            shard_key_selector: shard_key_selector.clone(),
            ..UpsertPoints::default()
        };
        let everything = PointsSelectorOneOf::Filter(Filter::default());
        let delete = DeletePoints {
            collection_name: "backstory".into(),
            wait: Some(true),
            points: Some(PointsSelector { points_selector_one_of: Some(everything) }),
            shard_key_selector: shard_key_selector.clone(),
            ..DeletePoints::default()
        };
        let client = bench.client();
        let written = client.upsert_points(upsert).await.map(drop).map_err(|error| error.to_string());
        let deleted = client.delete_points(delete).await.map(drop).map_err(|error| error.to_string());
        for outcome in [written, deleted] {
            match refusal {
                Some(says) => assert!(outcome.as_ref().is_err_and(|text| text.contains(says)), "{outcome:?}"),
                None => assert_eq!(outcome, Ok(()), "{shard_key_selector:?}"),
            }
        }
    }
}
