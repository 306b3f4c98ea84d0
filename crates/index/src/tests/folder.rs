//! What the embedded backend does with its folder: who may open it, what survives, what is cleaned up.

use std::fs;
use std::path::{Path, PathBuf};

use domain::{Chunk, ChunkId, TenantId};
use identity::Scope;
use tempfile::TempDir;
use uuid::Uuid;

use super::support::*;
use crate::{Error, Hits, Index, Manifest};

fn refusal(folder: &Path, manifest: Manifest) -> Error {
    Index::open(folder, manifest).err().unwrap()
}

fn home(folder: &TempDir, tenant: TenantId) -> PathBuf {
    folder.path().join("tenants").join(tenant.uuid().simple().to_string())
}

fn record(folder: &TempDir) -> serde_json::Value {
    serde_json::from_slice(&fs::read(home(folder, tenant()).join("tenant.json")).unwrap()).unwrap()
}

/// Returns the folder with the engine's files that counts.
fn counting(folder: &TempDir) -> PathBuf {
    home(folder, tenant()).join(record(folder)["folder"].to_string())
}

fn size(path: &Path) -> u64 {
    let entries = fs::read_dir(path).unwrap().map(Result::unwrap);
    entries
        .map(
            |entry| if entry.path().is_dir() { size(&entry.path()) } else { entry.metadata().unwrap().len() },
        )
        .sum()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn some_chunks(count: usize) -> Vec<Chunk> {
    (0..count).map(|n| chunk(&format!("k{n}"), &format!("common word{n} and more words of a text"))).collect()
}

async fn put(index: &Index, chunks: &[Chunk]) {
    index.apply(tenant(), chunks.iter().map(upsert).collect()).await.unwrap();
}

async fn everything(index: &Index, scope: &Scope) -> Hits {
    index.search(scope, &query("common word7")).await.unwrap()
}

/// Fails unless both hold the same in the same order. Scores are sums over segments, whose order rounds them.
fn assert_same(one: &Hits, other: &Hits) {
    for (one, other) in [(&one.dense, &other.dense), (&one.lexical, &other.lexical)] {
        assert_eq!(ids(one), ids(other));
        assert!(one.iter().zip(other).all(|(one, other)| (one.score - other.score).abs() < 1e-4));
    }
}

#[tokio::test]
async fn a_second_open_names_the_holder() {
    let folder = folder();
    let index = open(folder.path());
    let error = refusal(folder.path(), manifest());
    let text = error.to_string();
    let Error::InUse { pid, since, .. } = error else { panic!("{text}") };
    assert_eq!(pid, Some(std::process::id()));
    let expected = format!(
        "the index in `{}` is in use by process {} since {}; stop that process or choose another data folder",
        folder.path().display(),
        std::process::id(),
        since.unwrap()
    );
    assert_eq!(text, expected);
    assert!(Index::reset(folder.path(), manifest()).is_err(), "nor may it be emptied");

    // As long as a tenant is open the folder is, and no longer.
    put(&index, &some_chunks(1)).await;
    drop(index);
    open(folder.path());
}

#[tokio::test]
async fn another_model_is_refused_until_the_index_is_reset() {
    let folder = folder();
    put(&open(folder.path()), &some_chunks(3)).await;
    let other_model = Manifest { model: "other".into(), ..manifest() };
    let other_size = Manifest { dimensions: 32, ..manifest() };
    for wanted in [other_model, other_size] {
        let text = refusal(folder.path(), wanted.clone()).to_string();
        let made = "was made with model `test-model` of 16 dimensions (schema 1, analyser ";
        assert!(text.contains(made), "{text}");
        assert!(text.contains(&format!("`{}` of {} dimensions", wanted.model, wanted.dimensions)), "{text}");
        assert!(text.contains("run `backstory "), "{text}");
    }
    assert_eq!(open(folder.path()).count(tenant()).await.unwrap(), 3, "refusing changes nothing");

    let wanted = Manifest { model: "other".into(), dimensions: 2 };
    let index = Index::reset(folder.path(), wanted.clone()).unwrap();
    assert_eq!(index.tenants().await.unwrap(), []);
    drop(index);
    Index::open(folder.path(), wanted).unwrap();
}

#[test]
fn an_index_of_another_schema_is_refused() {
    let folder = folder();
    drop(open(folder.path()));
    let path = folder.path().join("index.json");
    let written: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let with = |name: &str, value: serde_json::Value| {
        let mut changed = written.clone();
        changed[name] = value;
        fs::write(&path, changed.to_string()).unwrap();
        refusal(folder.path(), manifest())
    };
    let newer = with("schema", 99.into());
    assert!(matches!(newer, Error::Newer { schema: 99, known: 1, .. }), "{newer}");
    assert!(newer.to_string().contains("has schema 99, but this release knows up to 1"), "{newer}");
    assert!(matches!(with("schema", 0.into()), Error::Mismatch { .. }));
    assert!(matches!(with("analyser", 0.into()), Error::Mismatch { .. }));
    assert!(matches!(with("k1", 2.0.into()), Error::Mismatch { .. }));
    // A newer schema may have none of the fields of today.
    fs::write(&path, r#"{"schema": 2}"#).unwrap();
    assert!(matches!(refusal(folder.path(), manifest()), Error::Newer { .. }));
    fs::write(&path, "{").unwrap();
    assert!(refusal(folder.path(), manifest()).to_string().contains("an unreadable `index.json`"));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = refusal(&file.join("index"), manifest()).to_string();
    assert!(error.starts_with("cannot create `") && error.contains("file/index"), "{error}");
    let nothing = Manifest { dimensions: 0, ..manifest() };
    assert!(matches!(refusal(&folder.path().join("new"), nothing), Error::Invalid(_)));
}

/// What was found with scores to four digits: an inverse document frequency is read off another text after
/// reopening, which moves the last bits.
fn rounded(hits: &Hits) -> Vec<std::collections::BTreeMap<ChunkId, i64>> {
    [&hits.dense, &hits.lexical]
        .map(|list| list.iter().map(|hit| (hit.chunk, (f64::from(hit.score) * 1e4).round() as i64)).collect())
        .into()
}

#[tokio::test]
async fn reopening_finds_the_same() {
    let folder = folder();
    let index = open(folder.path());
    put(&index, &some_chunks(200)).await;
    let before = rounded(&everything(&index, &stranger(1)).await);
    let states = index.scroll(tenant(), None, 1000).await.unwrap();
    drop(index);
    for optimise in [false, true] {
        let index = open(folder.path());
        assert_eq!(rounded(&everything(&index, &stranger(1)).await), before);
        assert_eq!(index.scroll(tenant(), None, 1000).await.unwrap(), states);
        if optimise {
            index.optimise(tenant()).await.unwrap();
        }
        index.close().await.unwrap();
        assert_eq!(rounded(&everything(&index, &stranger(1)).await), before);
    }
}

#[tokio::test]
async fn dropping_a_tenant_leaves_no_file() {
    let folder = folder();
    let index = open(folder.path());
    put(&index, &some_chunks(3)).await;
    let rebuild = index.rebuild(tenant()).await.unwrap();
    drop(rebuild);
    index.drop_tenant(tenant()).await.unwrap();
    assert!(!home(&folder, tenant()).exists());
    assert_eq!(fs::read_dir(folder.path().join("tenants")).unwrap().count(), 0);
    assert_eq!(index.count(tenant()).await.unwrap(), 0);
    assert!(!home(&folder, tenant()).exists(), "reading makes no folder");
}

#[tokio::test]
async fn few_tenants_are_held_open() {
    let folder = folder();
    let mut index = open(folder.path());
    index.embedded().most_open = 2;
    let tenants: Vec<TenantId> = (0..6).map(|n| TenantId::derive(&format!("t{n}"))).collect();
    for round in 0..2 {
        for (n, tenant) in tenants.iter().enumerate() {
            index
                .apply(*tenant, vec![upsert(&chunk(&format!("r{round}"), &format!("number{n}")))])
                .await
                .unwrap();
            assert!(index.embedded().open_tenants() <= 2);
        }
    }
    for (n, tenant) in tenants.iter().enumerate() {
        let scope = scope_of(*tenant, stranger(1).readers().to_vec(), 1);
        let hits = index.search(&scope, &query(&format!("number{n}"))).await.unwrap();
        assert_eq!(hits.lexical.len(), 2);
        assert!(index.embedded().open_tenants() <= 2);
    }
}

#[tokio::test]
async fn a_full_disk_is_refused_before_anything_is_changed() {
    let folder = folder();
    let mut index = open(folder.path());
    put(&index, &some_chunks(2)).await;
    index.embedded().common.reserve_bytes = u64::MAX;
    let error = index.apply(tenant(), vec![upsert(&chunk("new", "words"))]).await.unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().contains("make room"), "{error}");
    assert!(matches!(index.rebuild(tenant()).await, Err(Error::Full { .. })));
    assert_eq!(index.count(tenant()).await.unwrap(), 2);
    index.embedded().common.reserve_bytes = 0;
    put(&index, &some_chunks(3)).await;
    assert_eq!(index.count(tenant()).await.unwrap(), 3);
}

#[tokio::test]
async fn the_average_length_is_fitted_to_the_first_large_batch() {
    let folder = folder();
    let index = open(folder.path());
    put(&index, &some_chunks(3)).await;
    assert_eq!(record(&folder)["fitted"], false);
    let usual = record(&folder)["average_length"].as_f64().unwrap();

    // "common", "word7", "words", "text": the rest are stop words.
    put(&index, &some_chunks(100)).await;
    assert_eq!(record(&folder)["fitted"], true);
    let fitted = record(&folder)["average_length"].as_f64().unwrap();
    assert!((fitted - 4.0).abs() < 0.01 && usual > fitted, "{fitted}");
    let long: Vec<Chunk> = (0..500).map(|n| chunk(&format!("l{n}"), &"long text ".repeat(40))).collect();
    put(&index, &long).await;
    assert_eq!(record(&folder)["average_length"].as_f64().unwrap(), fitted, "only once");
    drop(index);
    let index = open(folder.path());
    assert_eq!(index.search(&stranger(1), &query("word7")).await.unwrap().lexical[0].chunk, id("k7"));

    let mut rebuild = index.rebuild(tenant()).await.unwrap();
    rebuild.apply(long.iter().map(upsert).collect()).await.unwrap();
    rebuild.finish().await.unwrap();
    assert!(record(&folder)["average_length"].as_f64().unwrap() > 50.0, "a rebuild fits anew");
}

/// The engine never shortens its log, and takes updates for old ones when its log begins anew.
#[tokio::test]
async fn shrinking_shortens_the_log_and_later_changes_count() {
    let folder = folder();
    let index = open(folder.path());
    let long_text = (0..150).map(|n| format!("word{n} ")).collect::<String>();
    let long: Vec<Chunk> = (0..1500).map(|n| chunk(&format!("l{n}"), &long_text)).collect();
    for _ in 0..3 {
        put(&index, &long).await;
    }
    put(&index, &some_chunks(50)).await;
    let before = everything(&index, &stranger(1)).await;
    let log = |folder: &TempDir| size(&counting(folder).join("wal"));
    let long = log(&folder);
    let old = counting(&folder);
    index.shrink(tenant()).await.unwrap();
    assert!(log(&folder) < 3_000_000 && long > 8_000_000, "{long} became {}", log(&folder));
    assert!(!old.exists() && counting(&folder) != old);
    assert_same(&everything(&index, &stranger(1)).await, &before);

    for reopened in [false, true] {
        let key = format!("late{reopened}");
        put(&index, &[chunk(&key, "later"), chunk("k1", "changed")]).await;
        index.close().await.unwrap();
        let hits = index.search(&stranger(1), &query("later changed")).await.unwrap();
        assert!(ids(&hits.lexical).contains(&id(&key)) && ids(&hits.lexical).contains(&id("k1")));
        put(&index, &some_chunks(2)).await;
        assert_eq!(ids(&everything(&index, &stranger(1)).await.lexical), ids(&before.lexical));
    }
}

fn segments(folder: &TempDir) -> usize {
    fs::read_dir(counting(folder).join("segments")).unwrap().count()
}

fn joined(folder: &TempDir) -> u64 {
    record(folder)["joined"].as_u64().unwrap()
}

#[tokio::test]
async fn what_has_doubled_becomes_one_segment_and_little_more_does_not() {
    let folder = folder();
    let index = open(folder.path());
    let chunks = some_chunks(60 * 13);
    let mut seen = Vec::new();
    for (some, there) in chunks.chunks(60).zip((60..).step_by(60)) {
        put(&index, some).await;
        index.join(tenant()).await.unwrap();
        let joined = joined(&folder);
        assert!(there <= 120 || there < 2 * joined, "of {there} chunks {joined} are one segment");
        if joined == there {
            assert!(segments(&folder) <= 2, "{there} chunks are {} segments", segments(&folder));
            seen.push(joined);
        }
    }
    assert!((2..=4).contains(&seen.len()), "graphs of all were built at {seen:?}");
    assert_eq!(index.count(tenant()).await.unwrap(), 780);
    let before = everything(&index, &stranger(1)).await;
    index.close().await.unwrap();
    assert_same(&everything(&index, &stranger(1)).await, &before);
}

#[tokio::test]
async fn a_folder_made_anew_is_one_segment() {
    let folder = folder();
    let index = open(folder.path());
    put(&index, &some_chunks(60 * 3)).await;
    for some in some_chunks(60 * 9).chunks(60) {
        put(&index, some).await;
    }
    assert!(segments(&folder) > 3);
    index.shrink(tenant()).await.unwrap();
    assert_eq!(joined(&folder), 540);
    assert!(segments(&folder) <= 2, "{}", segments(&folder));
    assert_eq!(index.count(tenant()).await.unwrap(), 540);
}

#[tokio::test]
async fn without_room_for_one_segment_the_others_stay_and_are_searched() {
    let folder = folder();
    let index = open(folder.path());
    for some in some_chunks(60 * 5).chunks(60) {
        put(&index, some).await;
    }
    let (before, many) = (everything(&index, &stranger(1)).await, segments(&folder));
    drop(index);

    let mut index = open(folder.path());
    index.embedded().common.reserve_bytes = u64::MAX;
    index.join(tenant()).await.unwrap();
    assert_eq!((joined(&folder), segments(&folder)), (0, many));
    assert_same(&everything(&index, &stranger(1)).await, &before);
    drop(index);

    let index = open(folder.path());
    index.join(tenant()).await.unwrap();
    assert_eq!(joined(&folder), 300);
    put(&index, &some_chunks(301)).await;
    assert_eq!(index.count(tenant()).await.unwrap(), 301);
}

#[tokio::test]
async fn what_was_being_built_when_a_process_ended_is_removed_on_opening() {
    let folder = folder();
    let index = open(folder.path());
    put(&index, &some_chunks(2)).await;
    index.close().await.unwrap();
    let unfinished = counting(&folder).join("temp_segments");
    fs::create_dir_all(unfinished.join("segment_builder_1")).unwrap();
    fs::write(unfinished.join("segment_builder_1/vectors"), "half of it").unwrap();
    assert_eq!(index.count(tenant()).await.unwrap(), 2);
    assert!(!unfinished.exists());
}

/// A crash while the engine optimises leaves the old segment and the new one behind.
#[tokio::test]
async fn points_that_are_there_twice_are_healed_on_opening() {
    let folder = folder();
    let index = open(folder.path());
    put(&index, &some_chunks(100)).await;
    index.optimise(tenant()).await.unwrap();
    let before = everything(&index, &stranger(1)).await;
    index.close().await.unwrap();

    let segments = counting(&folder).join("segments");
    let old = counting(&folder);
    let entries: Vec<_> = fs::read_dir(&segments).unwrap().map(Result::unwrap).collect();
    for (entry, n) in entries.iter().zip(1..) {
        copy(&entry.path(), &segments.join(Uuid::from_u128(n).to_string()));
    }
    assert_eq!(index.count(tenant()).await.unwrap(), 100);
    assert_eq!(everything(&index, &stranger(1)).await, before);
    assert!(!old.exists());
    put(&index, &some_chunks(101)).await;
    assert_eq!(index.count(tenant()).await.unwrap(), 101);
}

#[tokio::test]
async fn what_a_rebuild_left_behind_goes_when_the_index_is_opened() {
    let folder = folder();
    let index = open(folder.path());
    put(&index, &some_chunks(3)).await;
    let unborn = TenantId::derive("unborn");
    drop(index.rebuild(unborn).await.unwrap());
    drop(index.rebuild(tenant()).await.unwrap());
    let folders = || fs::read_dir(home(&folder, tenant())).unwrap().count();
    assert_eq!(folders(), 3, "the record and two folders");
    index.close().await.unwrap();
    assert_eq!(index.count(tenant()).await.unwrap(), 3);
    assert_eq!(folders(), 3, "opening a tenant may not take away what a rebuild is filling");
    drop(index);
    let index = open(folder.path());
    assert_eq!(folders(), 2, "the record and the folder that counts");
    assert_eq!(index.tenants().await.unwrap(), [tenant()]);
    assert_eq!(index.count(tenant()).await.unwrap(), 3);
}

/// After a failed flush nobody knows what the engine holds: it says so until the tenant is rebuilt.
#[tokio::test]
async fn a_failed_write_breaks_the_tenant_until_it_is_rebuilt() {
    let folder = folder();
    let index = open(folder.path());
    let other = TenantId::derive("other");
    put(&index, &some_chunks(3)).await;
    index.apply(other, vec![upsert(&chunk("a", "words"))]).await.unwrap();
    fs::remove_dir_all(counting(&folder).join("segments")).unwrap();

    let error = index.apply(tenant(), some_chunks(5).iter().map(upsert).collect()).await.unwrap_err();
    assert!(error.is_broken(), "{error}");
    assert!(
        error.to_string().contains("is broken (") && error.to_string().contains("run `backstory "),
        "{error}"
    );
    assert!(index.search(&stranger(1), &query("common")).await.unwrap_err().is_broken());
    assert!(
        index.apply(tenant(), some_chunks(1).iter().map(upsert).collect()).await.unwrap_err().is_broken()
    );
    assert_eq!(index.count(other).await.unwrap(), 1, "nobody else is touched");

    let mut rebuild = index.rebuild(tenant()).await.unwrap();
    rebuild.apply(some_chunks(5).iter().map(upsert).collect()).await.unwrap();
    rebuild.finish().await.unwrap();
    assert_eq!(index.count(tenant()).await.unwrap(), 5);
    put(&index, &some_chunks(6)).await;
    drop(index);
    assert_eq!(open(folder.path()).count(tenant()).await.unwrap(), 6);
}

#[tokio::test]
async fn a_damaged_folder_is_broken_until_it_is_rebuilt() {
    let folder = folder();
    let index = open(folder.path());
    put(&index, &some_chunks(3)).await;
    index.close().await.unwrap();
    fs::write(home(&folder, tenant()).join("tenant.json"), "{").unwrap();
    assert!(index.count(tenant()).await.unwrap_err().is_broken());
    let mut rebuild = index.rebuild(tenant()).await.unwrap();
    rebuild.apply(some_chunks(2).iter().map(upsert).collect()).await.unwrap();
    rebuild.finish().await.unwrap();
    assert_eq!(index.count(tenant()).await.unwrap(), 2);

    index.close().await.unwrap();
    fs::remove_dir_all(counting(&folder)).unwrap();
    assert!(index.count(tenant()).await.unwrap_err().is_broken());
    index.drop_tenant(tenant()).await.unwrap();
    assert_eq!(index.count(tenant()).await.unwrap(), 0);
}
