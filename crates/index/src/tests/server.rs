//! What can go wrong with a server, against a stand-in that does it on command.

use std::time::Duration;

use domain::Chunk;
use index_fake::StandIn;
use qdrant_client::Qdrant;
use qdrant_client::qdrant::{
    CreateCollection, NamedVectors, PointStruct, StrictModeConfig, UpsertPoints, Vectors, vectors,
};

use super::support::*;
use crate::{Error, Index, Manifest, Op, Query, Secret, ServerConfig, Trouble};

/// A stand-in, and an index on it.
pub(super) struct Bench {
    pub(super) stand_in: StandIn,
    pub(super) config: ServerConfig,
    pub(super) index: Index,
}

impl Bench {
    async fn new() -> Self {
        Self::with(|config| config).await
    }

    pub(super) async fn with(change: impl FnOnce(ServerConfig) -> ServerConfig) -> Self {
        let stand_in = StandIn::start().await.unwrap();
        let config = change(ServerConfig::at(stand_in.url()));
        let index = Index::connect(&config, &manifest()).await.unwrap();
        Self { stand_in, config, index }
    }

    async fn put(&self, chunks: &[Chunk]) -> Result<(), Error> {
        self.index.apply(tenant(), chunks.iter().map(upsert).collect()).await
    }

    async fn find(&self, text: &str) -> Result<usize, Error> {
        Ok(self.index.search(&stranger(1), &query(text)).await?.lexical.len())
    }

    pub(super) fn client(&self) -> Qdrant {
        Qdrant::from_url(&self.stand_in.url()).skip_compatibility_check().build().unwrap()
    }
}

fn some(n: usize) -> Vec<Chunk> {
    (0..n).map(|n| chunk(&format!("k{n}"), "common words")).collect()
}

/// Returns what kind of trouble an error is, and checks that it says where, at what and what to do.
pub(super) fn told<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Trouble {
    let error = outcome.unwrap_err();
    let Error::Server { operation, collection, url, trouble, .. } = &error else {
        panic!("{error:?}");
    };
    let text = error.to_string();
    assert!(text.starts_with(operation) && text.contains(collection) && text.contains(url), "{text}");
    assert!(text.contains("; "), "nothing is said of what to do: {text}");
    *trouble
}

#[tokio::test]
async fn a_server_that_is_not_there_at_the_start_is_asked_again() {
    let stand_in = StandIn::start().await.unwrap();
    stand_in.close().await;
    let index = Index::connect(&ServerConfig::at(stand_in.url()), &manifest()).await.unwrap();
    assert_eq!(told(index.search(&stranger(1), &query("words")).await), Trouble::Unreachable);
    assert_eq!(told(index.look().await), Trouble::Unreachable);
    assert!(index.look().await.unwrap_err().is_passing());

    stand_in.open().await;
    // It is there again, but has never had a collection.
    let gone = index.look().await;
    assert!(gone.as_ref().unwrap_err().is_broken());
    assert_eq!(told(gone), Trouble::Gone);
    index.restore().await.unwrap();
    index.look().await.unwrap();
    index.apply(tenant(), some(3).iter().map(upsert).collect()).await.unwrap();
    assert_eq!(index.count(tenant()).await.unwrap(), 3);
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back_is_used_again() {
    let bench = Bench::new().await;
    bench.put(&some(3)).await.unwrap();
    bench.stand_in.close().await;
    assert_eq!(told(bench.find("words").await), Trouble::Unreachable);
    assert_eq!(told(bench.put(&some(5)).await), Trouble::Unreachable);
    bench.stand_in.open().await;
    assert_eq!(bench.find("words").await.unwrap(), 3, "nothing was half-written");
    bench.put(&some(5)).await.unwrap();
    bench.index.look().await.unwrap();
    assert_eq!(bench.find("words").await.unwrap(), 5);

    // A connection that breaks off is nobody's concern.
    bench.stand_in.cut().await;
    assert_eq!(bench.find("words").await.unwrap(), 5);
    bench.stand_in.cut().await;
    bench.put(&some(6)).await.unwrap();
    assert_eq!(bench.find("words").await.unwrap(), 6);
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_still_searched_and_says_so() {
    let bench = Bench::new().await;
    bench.put(&some(3)).await.unwrap();
    let full = "No space left on device: WAL buffer size exceeds available disk space";
    bench.stand_in.refuse_writes(Some(full));
    assert_eq!(told(bench.put(&some(5)).await), Trouble::Full);
    assert_eq!(bench.find("words").await.unwrap(), 3);
    let error = bench.index.look().await.unwrap_err();
    assert!(matches!(error, Error::Writing(_)) && error.is_passing(), "{error}");
    assert!(error.to_string().contains("No space left"), "{error}");

    bench.stand_in.refuse_writes(None);
    bench.index.look().await.unwrap();
    bench.put(&some(5)).await.unwrap();
    assert_eq!(bench.find("words").await.unwrap(), 5);
}

#[tokio::test]
async fn a_slow_server_is_given_up() {
    let bench = Bench::with(|config| ServerConfig { timeout_secs: 1, ..config }).await;
    bench.stand_in.be_slow(Some(Duration::from_secs(600)));
    assert_eq!(told(bench.find("words").await), Trouble::Slow);
    bench.stand_in.be_slow(None);
    assert_eq!(bench.find("words").await.unwrap(), 0);
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_shows_nowhere() {
    let bench = Bench::with(|config| ServerConfig { api_key: Secret::new("hush-1"), ..config }).await;
    bench.put(&some(1)).await.unwrap();
    bench.stand_in.lock_with("hush-1");
    assert_eq!(bench.find("words").await.unwrap(), 1);
    bench.stand_in.lock_with("hush-2");
    let refused = bench.find("words").await;
    let text = format!("{refused:?} {}", refused.as_ref().unwrap_err());
    assert!(!text.contains("hush") && text.contains("`index.api_key`"), "{text}");
    assert_eq!(told(refused), Trouble::Key);
    assert!(!format!("{:?}", bench.index).contains("hush"));
}

#[tokio::test]
async fn a_collection_that_somebody_deletes_is_missed_and_made_again() {
    let bench = Bench::new().await;
    bench.put(&some(3)).await.unwrap();
    bench.stand_in.delete("backstory");
    for gone in [bench.find("words").await.map(drop), bench.put(&some(3)).await, bench.index.look().await] {
        assert!(gone.as_ref().unwrap_err().is_broken());
        assert_eq!(told(gone), Trouble::Gone);
    }
    bench.index.restore().await.unwrap();
    bench.put(&some(2)).await.unwrap();
    assert_eq!(bench.find("words").await.unwrap(), 2);
}

#[tokio::test]
async fn an_alias_that_leads_nowhere_is_pointed_to_a_new_collection() {
    let bench = Bench::new().await;
    bench.put(&some(3)).await.unwrap();
    bench.stand_in.lead_nowhere("backstory");
    assert_eq!(told(bench.find("words").await), Trouble::Gone);
    let again = Index::connect(&bench.config, &manifest()).await.unwrap();
    assert_eq!(again.count(tenant()).await.unwrap(), 0);
    assert_eq!(bench.stand_in.alias("backstory").as_deref(), Some("backstory-1"));
}

#[tokio::test]
async fn an_old_server_is_refused_at_the_start() {
    let stand_in = StandIn::start().await.unwrap();
    for (version, is_enough) in [("1.18.2", false), ("0.9.0", false), ("nonsense", false), ("1.19.0", true)] {
        stand_in.claim_version(version);
        let outcome = Index::connect(&ServerConfig::at(stand_in.url()), &manifest()).await;
        assert_eq!(outcome.is_ok(), is_enough, "{version}");
        if let Err(error) = outcome {
            let text = error.to_string();
            assert!(text.contains(version) && text.contains("1.19 or later is needed"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_collection_of_another_make_is_refused_with_what_mends_it() {
    let bench = Bench::new().await;
    bench.put(&some(3)).await.unwrap();
    let others = [
        Manifest { model: "another".into(), ..manifest() },
        Manifest { dimensions: DIMENSIONS + 1, ..manifest() },
    ];
    for other in &others {
        let error = Index::connect(&bench.config, other).await.unwrap_err();
        assert!(matches!(error, Error::Mismatch { .. }), "{error}");
        assert!(error.to_string().contains("run `backstory index rebuild`"), "{error}");
        assert!(!error.is_passing());
    }
    // What mends it is made beside, and takes the place of the old one in one step.
    let fresh = Index::beside(&bench.config, &others[1]).await.unwrap();
    let dense = vec![1.0; DIMENSIONS + 1];
    let op = Op::Upsert { chunk: Box::new(chunk("new", "common words")), dense };
    fresh.apply(tenant(), vec![op]).await.unwrap();
    assert_eq!(bench.find("words").await.unwrap(), 3, "the old one still counts");
    fresh.publish().await.unwrap();
    assert_eq!(bench.stand_in.collections(), ["backstory-2"], "the old one is gone");
    let again = Index::connect(&bench.config, &others[1]).await.unwrap();
    assert_eq!(again.count(tenant()).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_begun_beside_and_broken_off_leaves_the_old_one() {
    let bench = Bench::new().await;
    bench.put(&some(3)).await.unwrap();
    for _ in 0..2 {
        let beside = Index::beside(&bench.config, &manifest()).await.unwrap();
        beside.apply(tenant(), some(2).iter().map(upsert).collect()).await.unwrap();
    }
    let again = Index::connect(&bench.config, &manifest()).await.unwrap();
    assert_eq!(again.count(tenant()).await.unwrap(), 3);
    assert_eq!(bench.stand_in.collections().len(), 3);
    let last = Index::beside(&bench.config, &manifest()).await.unwrap();
    last.publish().await.unwrap();
    assert_eq!(bench.stand_in.collections(), ["backstory-4"], "what was broken off is gone as well");
}

#[tokio::test]
async fn several_that_start_at_once_end_with_one_collection() {
    let stand_in = StandIn::start().await.unwrap();
    let config = ServerConfig::at(stand_in.url());
    let manifest = manifest();
    let (one, other) = tokio::join!(Index::connect(&config, &manifest), Index::connect(&config, &manifest));
    one.unwrap().apply(tenant(), some(2).iter().map(upsert).collect()).await.unwrap();
    assert_eq!(other.unwrap().count(tenant()).await.unwrap(), 2);
    assert_eq!(stand_in.collections(), ["backstory-1"]);
}

#[tokio::test]
async fn a_collection_of_somebody_else_is_not_taken() {
    let stand_in = StandIn::start().await.unwrap();
    let client = Qdrant::from_url(&stand_in.url()).skip_compatibility_check().build().unwrap();
    let theirs = CreateCollection { collection_name: "backstory".into(), ..CreateCollection::default() };
    client.create_collection(theirs).await.unwrap();
    let error = Index::connect(&ServerConfig::at(stand_in.url()), &manifest()).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid(what) if what.contains("`index.collection`")), "{error}");
}

fn foreign(id: u64) -> PointStruct {
    let named = vectors::VectorsOptions::Vectors(NamedVectors::default());
    PointStruct {
        id: Some(id.into()),
        vectors: Some(Vectors { vectors_options: Some(named) }),
        ..PointStruct::default()
    }
}

#[tokio::test]
async fn a_point_that_somebody_else_wrote_is_in_no_answer_and_is_counted() {
    let bench = Bench::new().await;
    bench.put(&some(3)).await.unwrap();
    let points = vec![foreign(7)];
    let upsert = UpsertPoints {
        collection_name: "backstory".into(),
        wait: Some(true),
        points,
        ..UpsertPoints::default()
    };
    bench.client().upsert_points(upsert).await.unwrap();
    assert_eq!(bench.index.strays().await.unwrap(), 1);
    assert_eq!(bench.index.count(tenant()).await.unwrap(), 3);
    assert_eq!(bench.find("words").await.unwrap(), 3);
    assert_eq!(bench.index.scroll(tenant(), None, 10).await.unwrap().len(), 3);
    assert_eq!(bench.index.tenants().await.unwrap(), [tenant()]);
}

#[tokio::test]
async fn a_batch_that_broke_off_is_made_again_from_the_start() {
    let bench = Bench::with(|config| ServerConfig { batch_points: 10, ..config }).await;
    let mut ops: Vec<Op> = some(30).iter().map(upsert).collect();
    ops.push(Op::Remove(id("k3")));
    for writes in 1..=4 {
        bench.stand_in.cut_after(writes);
        assert_eq!(told(bench.index.apply(tenant(), ops.clone()).await), Trouble::Unreachable);
        bench.stand_in.open().await;
        bench.index.apply(tenant(), ops.clone()).await.unwrap();
        let held = bench.index.scroll(tenant(), None, 100).await.unwrap();
        assert_eq!(held.len(), 29);
        bench.index.drop_tenant(tenant()).await.unwrap();
        assert_eq!(bench.stand_in.points("backstory"), 0, "a tenant that is dropped leaves nothing");
    }
}

#[tokio::test]
async fn what_was_applied_is_not_lost_with_a_node() {
    let bench = Bench::new().await;
    bench.put(&some(3)).await.unwrap();
    // The control: what nobody waited for is lost.
    let noted = UpsertPoints {
        collection_name: "backstory".into(),
        wait: Some(false),
        points: vec![foreign(7)],
        ..UpsertPoints::default()
    };
    bench.client().upsert_points(noted).await.unwrap();
    bench.stand_in.lose_unwaited();
    bench.put(&some(4)).await.unwrap();
    assert_eq!(bench.index.strays().await.unwrap(), 0);
    assert_eq!(bench.index.count(tenant()).await.unwrap(), 4);
}

#[tokio::test]
async fn calls_that_write_are_bounded() {
    let bench = Bench::with(|config| ServerConfig { batch_points: 50, batch_bytes: 65_536, ..config }).await;
    let long = |n: usize| {
        let words = (0..400).map(|k| format!("word{}", n * 400 + k)).collect::<Vec<_>>();
        chunk(&format!("k{n}"), &words.join(" "))
    };
    bench.put(&(0..40).map(long).collect::<Vec<_>>()).await.unwrap();
    bench.put(&some(250)).await.unwrap();
    let (points, bytes) = bench.stand_in.largest_write();
    assert_eq!(points, 50, "as many as are allowed, where they are small");
    assert!(bytes > 40_000 && bytes < 65_536 + 1_000, "{bytes}");
}

#[tokio::test]
async fn the_limits_of_strict_mode_are_kept() {
    let bench = Bench::new().await;
    let strict = StrictModeConfig {
        enabled: Some(true),
        upsert_max_batchsize: Some(7),
        max_query_limit: Some(20),
        search_max_batchsize: Some(3),
        search_allow_exact: Some(false),
        ..StrictModeConfig::default()
    };
    bench.stand_in.limit("backstory", strict);
    assert_eq!(told(bench.put(&some(30)).await), Trouble::Limit, "they are read when an index is opened");

    let index = Index::connect(&bench.config, &manifest()).await.unwrap();
    index.apply(tenant(), some(30).iter().map(upsert).collect()).await.unwrap();
    let plain = Query { exact: false, limit: 50, ..query("common words") };
    let hits = index.search(&stranger(1), &plain).await.unwrap();
    assert_eq!((hits.lexical.len(), hits.dense.len()), (20, 20));
    assert_eq!(index.scroll(tenant(), None, 100).await.unwrap().len(), 20, "a page is as large as allowed");
    assert_eq!(told(index.search(&stranger(1), &query("words")).await), Trouble::Limit);
}

#[tokio::test]
async fn one_process_sees_what_another_has_rebuilt() {
    let bench = Bench::new().await;
    bench.put(&some(3)).await.unwrap();
    let other = Index::connect(&bench.config, &manifest()).await.unwrap();
    let seen = async || other.search(&stranger(1), &query("words")).await.unwrap().lexical.len();
    assert_eq!(seen().await, 3);
    for n in [5, 2, 4] {
        let mut rebuild = bench.index.rebuild(tenant()).await.unwrap();
        rebuild.apply(some(n).iter().map(upsert).collect()).await.unwrap();
        assert_eq!(rebuild.count().await.unwrap(), n);
        assert_eq!(rebuild.search(&stranger(1), &query("words")).await.unwrap().dense.len(), n);
        rebuild.finish().await.unwrap();
        assert_eq!(seen().await, n);
        assert_eq!(bench.stand_in.points("backstory"), n + 1, "the old ones are gone; one is the record");
    }
}
