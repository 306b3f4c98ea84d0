//! What every backend must do, whatever it is made of.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{Applicability, Audience, Chunk, ChunkId, Kind, Language, TenantId, Timestamp};
use identity::{Learned, Mask, Scope};
use tokio::task::JoinSet;

use super::support::*;
use crate::{Error, Index, Op, Query};

/// An index of its own for one test.
struct Fixture {
    index: Arc<Index>,
    place: Site,
}

impl Fixture {
    async fn at(place: Site) -> Self {
        Self { index: Arc::new(place.open().await), place }
    }
}

/// Runs every test of the suite on every backend.
macro_rules! suite {
    ($($test:ident,)+) => {
        suite!(of embedded: $($test,)+);
        suite!(of server: $($test,)+);
        suite!(of sharded: $($test,)+);
    };
    (of $backend:ident: $($test:ident,)+) => {
        mod $backend {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    let fixture = super::Fixture::at(super::Site::$backend().await).await;
                    super::$test(&fixture).await;
                    fixture.place.clear(&fixture.index).await;
                }
            )+
        }
    };
}

suite!(
    finds_by_words_and_by_meaning,
    an_empty_index_and_an_empty_batch_are_fine,
    applying_twice_is_applying_once,
    the_last_of_several_changes_counts,
    takes_two_thousand_changes_at_once,
    refuses_wrong_vectors_before_changing_anything,
    sees_the_past_as_it_was,
    tells_apart_the_moments_of_articles_and_conversations,
    never_finds_the_conversation_being_replayed,
    learned_answers_can_be_allowed_alone,
    holds_only_for_the_customers_it_is_for,
    tenants_do_not_see_each_other,
    dropping_a_tenant_leaves_the_others,
    scores_do_not_depend_on_other_tenants,
    tells_how_much_the_words_of_a_question_weigh,
    tells_the_languages_of_a_tenant,
    limits_each_list,
    vectors_are_of_length_one_and_within_the_scope,
    odd_texts_are_kept_and_found,
    pages_through_all_chunks,
    searches_go_on_while_writing,
    searches_go_on_while_rebuilding,
    a_dropped_rebuild_changes_nothing,
    equal_scores_come_in_the_same_order,
    calls_that_nobody_waits_for_lose_nothing,
);

async fn put(index: &Index, chunks: &[Chunk]) {
    index.apply(tenant(), chunks.iter().map(upsert).collect()).await.unwrap();
}

async fn found(index: &Index, scope: &Scope, text: &str) -> BTreeSet<ChunkId> {
    let hits = index.search(scope, &query(text)).await.unwrap();
    assert!(ids(&hits.lexical).is_subset(&ids(&hits.dense)), "by meaning everything is found");
    ids(&hits.lexical)
}

fn set<const N: usize>(keys: [&str; N]) -> BTreeSet<ChunkId> {
    keys.into_iter().map(id).collect()
}

async fn finds_by_words_and_by_meaning(Fixture { index, .. }: &Fixture) {
    let chunks = [
        chunk("flat", "The battery of my bike is flat"),
        chunk("lock", "The lock does not open"),
        chunk("lights", "Lights and lamps"),
    ];
    put(index, &chunks).await;
    let hits = index.search(&stranger(1), &query("flat battery")).await.unwrap();
    assert_eq!(hits.lexical.len(), 1);
    assert_eq!(hits.lexical[0].chunk, id("flat"));
    assert_eq!(hits.lexical[0].document, chunks[0].document);
    assert_eq!(hits.dense[0].chunk, id("flat"));
    assert!(hits.dense.len() == 3 && hits.dense[0].score <= 1.0001, "{:?}", hits.dense);
    assert!(hits.dense.is_sorted_by(|a, b| a.score >= b.score));

    let words_only = Query { dense: None, ..query("flat battery") };
    let hits = index.search(&stranger(1), &words_only).await.unwrap();
    assert!(hits.dense.is_empty() && hits.lexical.len() == 1);
    let meaning_only = Query { text: String::new(), ..query("flat battery") };
    let hits = index.search(&stranger(1), &meaning_only).await.unwrap();
    assert!(hits.dense.len() == 3 && hits.lexical.is_empty());
}

async fn an_empty_index_and_an_empty_batch_are_fine(Fixture { index, .. }: &Fixture) {
    assert_eq!(index.search(&stranger(1), &query("anything")).await.unwrap(), crate::Hits::default());
    index.apply(tenant(), Vec::new()).await.unwrap();
    assert_eq!(index.tenants().await.unwrap(), []);
    assert_eq!(index.count(tenant()).await.unwrap(), 0);
    assert_eq!(index.scroll(tenant(), None, 10).await.unwrap(), []);
    assert_eq!(index.vectors(&stranger(1), &[id("a")]).await.unwrap(), []);
    index.optimise(tenant()).await.unwrap();
    index.shrink(tenant()).await.unwrap();
    index.drop_tenant(tenant()).await.unwrap();
    index.close().await.unwrap();
    // Changes of chunks that are not there change nothing.
    let close = Op::Close { chunk: id("a"), valid_to: at(5) };
    index.apply(tenant(), vec![Op::Remove(id("a")), close]).await.unwrap();
    assert_eq!(index.count(tenant()).await.unwrap(), 0);
    assert_eq!(index.tenants().await.unwrap(), [tenant()]);
    index.optimise(tenant()).await.unwrap();
    index.shrink(tenant()).await.unwrap();
    index.rebuild(tenant()).await.unwrap().finish().await.unwrap();
    assert_eq!(index.search(&stranger(1), &query("anything")).await.unwrap().dense, []);
}

async fn applying_twice_is_applying_once(Fixture { index, .. }: &Fixture) {
    let ops = || {
        vec![
            upsert(&chunk("a", "one")),
            upsert(&chunk("b", "two")),
            Op::Remove(id("b")),
            Op::Close { chunk: id("a"), valid_to: at(50) },
        ]
    };
    index.apply(tenant(), ops()).await.unwrap();
    let once = index.scroll(tenant(), None, 10).await.unwrap();
    index.apply(tenant(), ops()).await.unwrap();
    assert_eq!(index.scroll(tenant(), None, 10).await.unwrap(), once);
    assert_eq!(once.len(), 1);
    assert_eq!(once[0].valid_to, at(50));
}

async fn the_last_of_several_changes_counts(Fixture { index, .. }: &Fixture) {
    let public = chunk("a", "first words");
    let hidden = Chunk { audience: Audience::Internal, ..chunk("a", "second words") };
    index.apply(tenant(), vec![upsert(&public), upsert(&hidden)]).await.unwrap();
    assert_eq!(found(index, &stranger(1), "words").await, set([]));
    index.apply(tenant(), vec![upsert(&hidden), Op::Remove(id("a")), upsert(&public)]).await.unwrap();
    assert_eq!(found(index, &stranger(1), "first").await, set(["a"]));
    assert_eq!(found(index, &stranger(1), "second").await, set([]));
}

async fn takes_two_thousand_changes_at_once(Fixture { index, .. }: &Fixture) {
    let chunks: Vec<Chunk> =
        (0..2000).map(|n| chunk(&format!("k{n}"), &format!("shared word{n} of many"))).collect();
    put(index, &chunks).await;
    assert_eq!(index.count(tenant()).await.unwrap(), 2000);
    let best = async || index.search(&stranger(1), &query("word1234")).await.unwrap().lexical[0].chunk;
    assert_eq!(best().await, id("k1234"));
    index.optimise(tenant()).await.unwrap();
    assert_eq!(best().await, id("k1234"));
    let approximate = Query { exact: false, limit: 10, ..query("shared word77 of many") };
    let hits = index.search(&stranger(1), &approximate).await.unwrap();
    assert!(ids(&hits.lexical).contains(&id("k77")) && hits.dense.len() == 10);
}

async fn refuses_wrong_vectors_before_changing_anything(Fixture { index, .. }: &Fixture) {
    let good = upsert(&chunk("good", "words"));
    for dense in [vec![1.0; DIMENSIONS - 1], vec![f32::NAN; DIMENSIONS], vec![f32::INFINITY; DIMENSIONS]] {
        let bad = Op::Upsert { chunk: Box::new(chunk("bad", "words")), dense: dense.clone() };
        let error = index.apply(tenant(), vec![good.clone(), bad]).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
        assert!(error.to_string().starts_with("the vector of chunk `chk_"), "{error}");
    }
    assert_eq!(index.count(tenant()).await.unwrap(), 0, "the good one came before the bad one");
    index.apply(tenant(), vec![good]).await.unwrap();
    let short = Query { dense: Some(vec![1.0]), ..query("words") };
    let error = index.search(&stranger(1), &short).await.unwrap_err().to_string();
    assert_eq!(error, "the vector of the question has 1 dimensions, but the index has 16");
    // A vector of zeros has no direction, but it is no mistake.
    let zeros = Op::Upsert { chunk: Box::new(chunk("zero", "other")), dense: vec![0.0; DIMENSIONS] };
    index.apply(tenant(), vec![zeros]).await.unwrap();
    assert_eq!(index.search(&stranger(1), &query("words")).await.unwrap().dense.len(), 2);
}

async fn sees_the_past_as_it_was(Fixture { index, .. }: &Fixture) {
    let old = Chunk { valid_from: at(100), ..chunk("old", "returns take 14 days") };
    let new = Chunk { valid_from: at(200), ..chunk("new", "returns take 30 days") };
    put(index, &[old]).await;
    let seen = async |now| found(index, &stranger(now), "returns").await;
    assert_eq!(seen(99).await, set([]));
    assert_eq!(seen(100).await, set(["old"]));
    assert_eq!(seen(500).await, set(["old"]));

    let close = Op::Close { chunk: id("old"), valid_to: at(200) };
    index.apply(tenant(), vec![close, upsert(&new)]).await.unwrap();
    assert_eq!(seen(199).await, set(["old"]));
    assert_eq!(seen(200).await, set(["new"]));
    assert_eq!(seen(Timestamp::OPEN.millis() - 1).await, set(["new"]));
}

async fn tells_apart_the_moments_of_articles_and_conversations(Fixture { index, .. }: &Fixture) {
    let article = Chunk { valid_from: at(150), ..chunk("article", "words") };
    let learned =
        Chunk { kind: Kind::LearnedAnswer, ..Chunk { valid_from: at(150), ..chunk("learned", "words") } };
    put(index, &[article, learned]).await;
    let seen = async |mask| {
        let scope = stranger(1000).replayed(at(100), mask, None, Learned::Public);
        found(index, &scope, "words").await
    };
    assert_eq!(seen(Mask::Strict).await, set([]));
    assert_eq!(seen(Mask::Current).await, set(["article"]));
    assert_eq!(seen(Mask::None).await, set(["article", "learned"]));
    // "Before" a moment leaves the moment itself out.
    let just = stranger(1000).replayed(at(150), Mask::Strict, None, Learned::Public);
    assert_eq!(found(index, &just, "words").await, set([]));
}

async fn never_finds_the_conversation_being_replayed(Fixture { index, .. }: &Fixture) {
    let of = |key: &str, thread: &str| Chunk {
        kind: Kind::LearnedAnswer,
        conversation: Some(conversation(thread)),
        ..chunk(key, "words")
    };
    put(index, &[of("own", "t1"), of("other", "t2"), chunk("article", "words")]).await;
    let replayed = |mask, thread| stranger(1000).replayed(at(500), mask, thread, Learned::Public);
    let own = Some(conversation("t1"));
    assert_eq!(found(index, &replayed(Mask::Strict, own), "words").await, set(["other", "article"]));
    assert_eq!(found(index, &replayed(Mask::Strict, None), "words").await, set(["own", "other", "article"]));
    assert_eq!(found(index, &replayed(Mask::None, own), "words").await, set(["own", "other", "article"]));
}

async fn learned_answers_can_be_allowed_alone(Fixture { index, .. }: &Fixture) {
    let internal = |key: &str, kind| Chunk { audience: Audience::Internal, kind, ..chunk(key, "words") };
    put(index, &[internal("page", Kind::Article), internal("learned", Kind::LearnedAnswer)]).await;
    assert_eq!(found(index, &stranger(1), "words").await, set([]));
    let assumed = stranger(1).replayed(at(1), Mask::None, None, Learned::Public);
    assert_eq!(found(index, &assumed, "words").await, set(["learned"]));
    let agent = scope_of(tenant(), vec![agent(&[], &[])], 1);
    assert_eq!(found(index, &agent, "words").await, set(["page", "learned"]));
}

async fn holds_only_for_the_customers_it_is_for(Fixture { index, .. }: &Fixture) {
    let plan = |plan: &str| Applicability { plan: Some(plan.into()), ..Applicability::default() };
    let plus = Chunk { applicability: plan("plus"), ..chunk("plus", "words") };
    let starred = Chunk { applicability: plan("*"), ..chunk("starred", "words") };
    put(index, &[plus, starred, chunk("all", "words")]).await;
    let seen = async |customer| {
        let narrow = Query { applicability: customer, ..query("words") };
        ids(&index.search(&stranger(1), &narrow).await.unwrap().lexical)
    };
    assert_eq!(seen(None).await, set(["all", "plus", "starred"]));
    assert_eq!(seen(Some(Applicability::default())).await, set(["all"]));
    assert_eq!(seen(Some(plan("plus"))).await, set(["all", "plus"]));
    assert_eq!(seen(Some(plan("*"))).await, set(["all", "starred"]));
}

async fn tenants_do_not_see_each_other(Fixture { index, .. }: &Fixture) {
    let other = TenantId::derive("other");
    put(index, &[chunk("a", "the same text")]).await;
    index.apply(other, vec![upsert(&chunk("b", "the same text"))]).await.unwrap();
    assert_eq!(found(index, &stranger(1), "text").await, set(["a"]));
    let theirs = scope_of(other, stranger(1).readers().to_vec(), 1);
    assert_eq!(found(index, &theirs, "text").await, set(["b"]));
    assert_eq!(index.vectors(&theirs, &[id("a")]).await.unwrap(), []);
    assert_eq!(index.count(other).await.unwrap(), 1);
    assert_eq!(
        index.tenants().await.unwrap(),
        BTreeSet::from([tenant(), other]).into_iter().collect::<Vec<_>>()
    );
}

async fn dropping_a_tenant_leaves_the_others(Fixture { index, .. }: &Fixture) {
    let other = TenantId::derive("other");
    put(index, &[chunk("a", "text")]).await;
    index.apply(other, vec![upsert(&chunk("b", "text"))]).await.unwrap();
    // What a rebuild has put beside is held as well, though it counts for nothing.
    let counting = index.held(tenant()).await.unwrap();
    assert!(counting > 0);
    let mut rebuild = index.rebuild(tenant()).await.unwrap();
    rebuild.apply(vec![upsert(&chunk("a", "text"))]).await.unwrap();
    drop(rebuild);
    assert!(index.held(tenant()).await.unwrap() > counting);
    index.drop_tenant(tenant()).await.unwrap();
    assert_eq!(index.held(tenant()).await.unwrap(), 0);
    assert!(index.held(other).await.unwrap() > 0);
    assert_eq!(index.count(tenant()).await.unwrap(), 0);
    assert_eq!(index.count(other).await.unwrap(), 1);
    assert_eq!(index.tenants().await.unwrap(), [other]);
    put(index, &[chunk("c", "text")]).await;
    assert_eq!(found(index, &stranger(1), "text").await, set(["c"]));
}

async fn scores_do_not_depend_on_other_tenants(Fixture { index, .. }: &Fixture) {
    put(index, &[chunk("a", "battery flat"), chunk("b", "charger"), chunk("c", "lock")]).await;
    let before = index.search(&stranger(1), &query("battery")).await.unwrap();
    let many = (0..200).map(|n| upsert(&chunk(&format!("x{n}"), "battery battery"))).collect();
    index.apply(TenantId::derive("other"), many).await.unwrap();
    assert_eq!(index.search(&stranger(1), &query("battery")).await.unwrap(), before);
}

async fn tells_how_much_the_words_of_a_question_weigh(Fixture { index, .. }: &Fixture) {
    // Words of two letters are single pieces, so that each weighs the same multiple of its idf.
    let mut chunks: Vec<Chunk> = (0..8).map(|n| chunk(&format!("k{n}"), "zx")).collect();
    chunks.push(chunk("rare", "zx qy"));
    put(index, &chunks).await;
    let idf = |chunks: f32, holding: f32| ((chunks - holding + 0.5) / (holding + 0.5) + 1.0).ln();
    let weighed = async |text| index.search(&stranger(1), &query(text)).await.unwrap();
    let unit = weighed("zx").await.query_idf / idf(9.0, 9.0);
    assert!((1.0 - 1e-3..2.0).contains(&unit), "{unit}");
    let close =
        |sum: f32, expected: f32| assert!((sum - unit * expected).abs() < 2e-3, "{sum} for {expected}");

    let hits = weighed("the zx and qy qy").await;
    assert_eq!(hits.words, 2);
    close(hits.query_idf, idf(9.0, 9.0) + idf(9.0, 1.0));
    close(hits.known_idf, idf(9.0, 9.0) + idf(9.0, 1.0));
    for again in [false, true] {
        let hits = weighed("zx jw").await;
        close(hits.known_idf, idf(9.0, 9.0));
        close(hits.query_idf, idf(9.0, 9.0) + idf(9.0, 0.0));
        assert!(again || hits.lexical.len() == 9);
    }
    put(index, &[chunk("new", "qy")]).await;
    close(weighed("zx qy").await.query_idf, idf(10.0, 9.0) + idf(10.0, 2.0));
    assert!(weighed("the of").await.query_idf.abs() < f32::EPSILON);
}

async fn tells_the_languages_of_a_tenant(Fixture { index, .. }: &Fixture) {
    let in_language = |key: &str, language| Chunk { language, ..chunk(key, "Wörter words") };
    let chunks = [
        in_language("a", Language::GERMAN),
        in_language("b", Language::GERMAN),
        in_language("c", Language::ENGLISH),
        in_language("d", Language::UNKNOWN),
    ];
    put(index, &chunks).await;
    let hits = index.search(&stranger(1), &query("words")).await.unwrap();
    let expected = [(Language::GERMAN, 2), (Language::ENGLISH, 1), (Language::UNKNOWN, 1)];
    assert_eq!(hits.languages, expected);
    assert_eq!(hits.lexical.len(), 4, "the shared word is found in all languages");
}

async fn limits_each_list(Fixture { index, .. }: &Fixture) {
    let chunks: Vec<Chunk> = (0..30).map(|n| chunk(&format!("k{n}"), "words")).collect();
    put(index, &chunks).await;
    for limit in [0, 1, 7, 30] {
        let hits = index.search(&stranger(1), &Query { limit, ..query("words") }).await.unwrap();
        assert_eq!((hits.dense.len(), hits.lexical.len()), (limit, limit));
    }
    assert_eq!(index.scroll(tenant(), None, 0).await.unwrap(), []);
}

async fn vectors_are_of_length_one_and_within_the_scope(Fixture { index, .. }: &Fixture) {
    let hidden = Chunk { audience: Audience::Internal, ..chunk("hidden", "lock") };
    put(index, &[chunk("a", "battery flat"), hidden]).await;
    let vectors = index.vectors(&stranger(1), &[id("hidden"), id("a"), id("missing")]).await.unwrap();
    assert_eq!(vectors.len(), 1);
    let (of, vector) = &vectors[0];
    assert_eq!(*of, id("a"));
    let length: f32 = vector.iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-4, "{length}");
    let question = query("battery flat");
    let cosine = index.search(&stranger(1), &question).await.unwrap().dense[0].score;
    let dot: f32 = vector.iter().zip(question.dense.unwrap()).map(|(a, b)| a * b).sum();
    let norm: f32 = dense("battery flat").iter().map(|x| x * x).sum::<f32>().sqrt();
    assert!((cosine - dot / norm).abs() < 1e-4);
}

async fn odd_texts_are_kept_and_found(Fixture { index, .. }: &Fixture) {
    let long = "lorem ".repeat(20_000);
    let texts =
        ["", " ", "\0", "🚲", "the of", "חיפוש", "日本語の電池", "Straße ß", &long, "e\u{301}te\u{301}"];
    let chunks: Vec<Chunk> =
        texts.iter().enumerate().map(|(n, text)| chunk(&format!("k{n}"), text)).collect();
    put(index, &chunks).await;
    assert_eq!(index.count(tenant()).await.unwrap(), texts.len());
    let seen = async |text: &str| {
        ids(&index
            .search(&stranger(1), &Query { language: Language::UNKNOWN, ..query(text) })
            .await
            .unwrap()
            .lexical)
    };
    assert_eq!(seen("חיפוש").await, set(["k5"]));
    assert_eq!(seen("STRASSE straße").await, set(["k7"]));
    assert_eq!(seen("\u{e9}t\u{e9}").await, set(["k9"]));
    assert_eq!(seen("lorem").await, set(["k8"]));
    assert_eq!(seen("\0").await, set([]));
    assert_eq!(seen(&long).await, set(["k8"]));
}

async fn pages_through_all_chunks(Fixture { index, .. }: &Fixture) {
    let chunks: Vec<Chunk> = (0..25).map(|n| chunk(&format!("k{n}"), "words")).collect();
    put(index, &chunks).await;
    let mut expected: Vec<ChunkId> = chunks.iter().map(|chunk| chunk.id).collect();
    expected.sort_unstable();
    let mut seen = Vec::new();
    loop {
        let page = index.scroll(tenant(), seen.last().copied(), 10).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page.iter().map(|state| state.chunk));
    }
    assert_eq!(seen, expected);
    let last = ChunkId::from_uuid(uuid::Uuid::max());
    assert_eq!(index.scroll(tenant(), Some(last), 10).await.unwrap(), []);
}

/// Writes batch after batch while others search; nobody misses what was there, nobody sees a secret.
async fn searches_go_on_while_writing(Fixture { index, .. }: &Fixture) {
    let base: Vec<Chunk> = (0..50).map(|n| chunk(&format!("base{n}"), "common words")).collect();
    put(index, &base).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut searchers = JoinSet::new();
    for _ in 0..3 {
        let (index, done) = (Arc::clone(index), Arc::clone(&done));
        searchers.spawn(async move {
            let mut rounds = 0;
            while !done.load(Ordering::Relaxed) || rounds == 0 {
                let hits = index.search(&stranger(1), &query("common words")).await.unwrap();
                for n in 0..50 {
                    assert!(ids(&hits.dense).contains(&id(&format!("base{n}"))), "base{n} was missed");
                }
                for n in 0..200 {
                    assert!(!ids(&hits.dense).contains(&id(&format!("secret{n}"))), "secret{n} was seen");
                }
                rounds += 1;
            }
            rounds
        });
    }
    for round in 0..10 {
        let secrets = (0..20)
            .map(|n| round * 20 + n)
            .map(|n| Chunk { audience: Audience::Internal, ..chunk(&format!("secret{n}"), "common words") });
        let mut ops: Vec<Op> = secrets.map(|chunk| upsert(&chunk)).collect();
        ops.extend(base.iter().map(upsert));
        index.apply(tenant(), ops).await.unwrap();
        if round % 4 == 3 {
            index.optimise(tenant()).await.unwrap();
        }
    }
    done.store(true, Ordering::Relaxed);
    let rounds: usize = searchers.join_all().await.into_iter().sum();
    assert!(rounds >= 3);
    assert_eq!(index.count(tenant()).await.unwrap(), 250);
}

async fn searches_go_on_while_rebuilding(Fixture { index, .. }: &Fixture) {
    put(index, &[chunk("old", "words")]).await;
    let mut rebuild = index.rebuild(tenant()).await.unwrap();
    rebuild.apply(vec![upsert(&chunk("new", "words"))]).await.unwrap();
    assert_eq!(found(index, &stranger(1), "words").await, set(["old"]));
    // A write waits for the end of the rebuild and is made in the new index.
    let mut writers = JoinSet::new();
    let writing = Arc::clone(index);
    writers.spawn(async move { put(&writing, &[chunk("late", "words")]).await });
    tokio::task::yield_now().await;
    rebuild.apply(vec![upsert(&chunk("newer", "words"))]).await.unwrap();
    rebuild.finish().await.unwrap();
    writers.join_all().await;
    assert_eq!(found(index, &stranger(1), "words").await, set(["new", "newer", "late"]));
}

async fn a_dropped_rebuild_changes_nothing(Fixture { index, .. }: &Fixture) {
    put(index, &[chunk("old", "words")]).await;
    let mut rebuild = index.rebuild(tenant()).await.unwrap();
    rebuild.apply(vec![upsert(&chunk("new", "words"))]).await.unwrap();
    drop(rebuild);
    put(index, &[chunk("late", "words")]).await;
    assert_eq!(found(index, &stranger(1), "words").await, set(["old", "late"]));
    index.rebuild(tenant()).await.unwrap().finish().await.unwrap();
    assert_eq!(found(index, &stranger(1), "words").await, set([]));
}

async fn equal_scores_come_in_the_same_order(Fixture { index, .. }: &Fixture) {
    let chunks: Vec<Chunk> = (0..60).map(|n| chunk(&format!("k{n}"), "words")).collect();
    put(index, &chunks).await;
    let first = index.search(&stranger(1), &query("words")).await.unwrap();
    index.optimise(tenant()).await.unwrap();
    let second = index.search(&stranger(1), &query("words")).await.unwrap();
    let order = |hits: &[crate::Hit]| hits.iter().map(|hit| hit.chunk).collect::<Vec<_>>();
    assert_eq!(order(&first.lexical), order(&second.lexical));
    assert_eq!(order(&first.dense), order(&second.dense));
}

/// Gives up waiting for calls at many moments, and writes right after.
async fn calls_that_nobody_waits_for_lose_nothing(Fixture { index, .. }: &Fixture) {
    put(index, &(0..300).map(|n| chunk(&format!("k{n}"), "words")).collect::<Vec<_>>()).await;
    for moment in 0..36 {
        let mut abandoned = JoinSet::new();
        let working = Arc::clone(index);
        abandoned.spawn(async move {
            match moment % 4 {
                0 => working.shrink(tenant()).await.unwrap(),
                1 => working.optimise(tenant()).await.unwrap(),
                2 => put(&working, &[chunk("abandoned", "words")]).await,
                _ => {
                    let mut rebuild = working.rebuild(tenant()).await.unwrap();
                    let all = (0..300).map(|n| upsert(&chunk(&format!("k{n}"), "words")));
                    let late = (0..moment).map(|n| upsert(&chunk(&format!("late{n}"), "words")));
                    rebuild.apply(all.chain(late).collect()).await.unwrap();
                    rebuild.finish().await.unwrap();
                }
            }
        });
        // Each search takes a while on another thread, so that the moments differ.
        for _ in 0..moment {
            index.count_within(&stranger(1)).await.unwrap();
        }
        abandoned.abort_all();
        while abandoned.join_next().await.is_some() {}
        put(index, &[chunk(&format!("late{moment}"), "words")]).await;
        index.close().await.unwrap();
        let seen = found(index, &stranger(1), "words").await;
        for n in 0..=moment {
            assert!(seen.contains(&id(&format!("late{n}"))), "late{n} was lost at {moment}");
        }
        assert!(seen.len() >= 301 + moment);
    }
}
