//! Both backends give the same answers to the same questions on the same texts.
#![expect(clippy::print_stderr, reason = "says what was compared, and what was skipped")]

use std::collections::HashMap;

use domain::{Audience, Chunk, ChunkId, Kind, Language};

use super::corpora;
use super::support::*;
use crate::{Hit, Index, Query};

/// How far two scores may be apart: each side adds up in an order of its own.
const APART: f32 = 1e-4;

const SUBJECTS: [&str; 8] =
    ["battery", "charger", "display", "lock", "saddle", "invoice", "delivery", "bremse"];
const WORDS: [&str; 24] = [
    "does",
    "not",
    "start",
    "after",
    "the",
    "update",
    "warm",
    "broken",
    "replace",
    "order",
    "new",
    "blinks",
    "red",
    "twice",
    "akku",
    "leer",
    "wechseln",
    "teuer",
    "garantie",
    "ladegerät",
    "refund",
    "warranty",
    "days",
    "customer",
];

/// Returns texts as they come in: a subject with words around it, some of them very much alike.
fn texts() -> Vec<Chunk> {
    let text = |n: usize| {
        let subject = SUBJECTS[n % SUBJECTS.len()];
        let words = (0..6 + n % 17).map(|k| WORDS[(n * 7 + k * k * 3 + k) % WORDS.len()]);
        std::iter::once(subject).chain(words).collect::<Vec<_>>().join(" ")
    };
    (0..600)
        .map(|n| Chunk {
            kind: if n % 3 == 0 { Kind::LearnedAnswer } else { Kind::Article },
            audience: if n % 5 == 0 { Audience::Internal } else { Audience::Public },
            language: if n % 4 == 0 { Language::GERMAN } else { Language::ENGLISH },
            valid_from: at(n as i64),
            ..chunk(&format!("k{n}"), &text(n))
        })
        .collect()
}

fn questions() -> Vec<Query> {
    let question = |n: usize| {
        let words = (0..3 + n % 4).map(|k| WORDS[(n * 5 + k * 11) % WORDS.len()]);
        std::iter::once(SUBJECTS[(n * 3) % SUBJECTS.len()]).chain(words).collect::<Vec<_>>().join(" ")
    };
    let language = |n| if n % 3 == 0 { Language::GERMAN } else { Language::ENGLISH };
    (0..200).map(|n| Query { language: language(n), limit: 50, ..query(&question(n)) }).collect()
}

async fn filled(place: &Site, texts: &[Chunk]) -> Index {
    let index = place.open().await;
    for some in texts.chunks(128) {
        index.apply(tenant(), some.iter().map(upsert).collect()).await.unwrap();
    }
    // Others say the same in other numbers: what a word weighs must not depend on it.
    let others = texts.iter().take(100).map(|one| {
        let key = format!("other {}", one.id);
        upsert(&Chunk { id: id(&key), ..one.clone() })
    });
    index.apply(domain::TenantId::derive("other"), others.collect()).await.unwrap();
    index
}

/// Reports whether the first ten are the same chunks, in the same order but for those that score the same.
fn same_top(one: &[Hit], other: &[Hit]) -> bool {
    let scores: HashMap<ChunkId, f32> = other.iter().map(|hit| (hit.chunk, hit.score)).collect();
    one.len().min(10) == other.len().min(10)
        && one.iter().zip(other).take(10).all(|(a, b)| {
            let of_a = scores.get(&a.chunk).copied().unwrap_or(f32::NAN);
            a.chunk == b.chunk || (of_a - b.score).abs() <= 1e-6
        })
}

/// Asks both backends the same and holds the lists against each other: at least 99 in 100 have the same first ten, and
/// whatever stands in both scores the same. Where the first ten differ, scores lie closer together than each side's
/// rounding.
async fn hold_against_each_other(there: &Site, texts: &[Chunk], questions: &[Query]) {
    let here = Site::embedded().await;
    let (embedded, server) = (filled(&here, texts).await, filled(there, texts).await);
    let scopes = [stranger(10_000), stranger(200), scope_of(tenant(), vec![agent(&[], &[])], 10_000)];
    let (mut asked, mut different) = (0, Vec::new());
    for (n, question) in questions.iter().enumerate() {
        let scope = &scopes[n % scopes.len()];
        let one = embedded.search(scope, question).await.unwrap();
        let other = server.search(scope, question).await.unwrap();
        assert_eq!((one.words, &one.languages), (other.words, &other.languages));
        for (a, b) in [(one.query_idf, other.query_idf), (one.known_idf, other.known_idf)] {
            assert!((a - b).abs() <= a.abs() * 1e-3 + APART, "{a} and {b} for {:?}", question.text);
        }
        assert!(!one.dense.is_empty(), "a question that finds nothing says nothing");
        for (list, a, b) in [("meaning", &one.dense, &other.dense), ("words", &one.lexical, &other.lexical)] {
            asked += 1;
            if !same_top(a, b) {
                different.push(format!("{:?} by {list}: {a:?} and {b:?}", question.text));
            }
            let scores: HashMap<ChunkId, f32> = b.iter().map(|hit| (hit.chunk, hit.score)).collect();
            for hit in a {
                // Below the tenth, those that score the same may be cut off in another order.
                if let Some(score) = scores.get(&hit.chunk) {
                    assert!((hit.score - score).abs() <= APART, "{hit:?} scores {score}");
                }
            }
        }
    }
    eprintln!("{asked} lists of {} texts, {} with another first ten", texts.len(), different.len());
    assert!(different.len() * 100 <= asked, "{} of {asked}: {}", different.len(), different[0]);
    there.clear(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn both_backends_find_the_same_with_the_same_scores() {
    hold_against_each_other(&Site::server().await, &texts(), &questions()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_tenant_with_shards_of_its_own_and_one_that_shares_them_find_the_same() {
    for large in ["acme", "other"] {
        hold_against_each_other(&Site::with_large(&[large]).await, &texts(), &questions()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn both_backends_find_the_same_in_the_articles_of_the_sample() {
    let articles = corpora::sample();
    let questions = corpora::titles(&articles);
    hold_against_each_other(&Site::server().await, &corpora::chunks(&articles), &questions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn both_backends_find_the_same_in_real_manuals() {
    let Some((sections, questions)) = corpora::manuals() else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    hold_against_each_other(&Site::server().await, &corpora::chunks(&sections), &questions).await;
}
