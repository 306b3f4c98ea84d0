//! What was reported as done survives the end of the process at any moment.
//!
//! The test runs itself as a child that applies batch after batch and says so after each; the child is
//! killed, and what it said is compared with what it left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use domain::{Audience, Chunk, ChunkId};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::support::*;
use crate::{Index, Op, PointState};

/// Tells the child where to write and from which batch on.
const FOLDER: &str = "BACKSTORY_INDEX_CRASH_FOLDER";
const FROM: &str = "BACKSTORY_INDEX_CRASH_FROM";
/// How often the child is killed.
const KILLS: usize = 24;
/// After how many batches the child gives up by itself, if nobody kills it.
const MOST_BATCHES: usize = 400;

type Model = BTreeMap<ChunkId, Chunk>;

fn key(n: usize) -> String {
    format!("k{n}")
}

/// Returns the changes of one batch: new chunks, and older ones that are changed, closed and removed.
fn batch(n: usize) -> Vec<(ChunkId, Option<Chunk>)> {
    let chunk_of = |k: usize, audience| Chunk {
        audience,
        ..chunk(&key(k), &format!("common words of chunk{k} in batch{n}"))
    };
    let mut changes: Vec<(ChunkId, Option<Chunk>)> = (0..8)
        .map(|k| chunk_of((n * 8 + k) % 200, Audience::Public))
        .map(|chunk| (chunk.id, Some(chunk)))
        .collect();
    for k in 0..3 {
        let chunk = chunk_of((n * 31 + k * 7) % 200, Audience::Person(subject("ada")));
        changes.push((chunk.id, Some(chunk)));
    }
    changes.push((id(&key((n * 13) % 200)), None));
    changes
}

fn ops(n: usize) -> Vec<Op> {
    batch(n).into_iter().map(|(id, chunk)| chunk.map_or(Op::Remove(id), |chunk| upsert(&chunk))).collect()
}

fn change(model: &mut Model, n: usize) {
    for (id, chunk) in batch(n) {
        match chunk {
            Some(chunk) => model.insert(id, chunk),
            None => model.remove(&id),
        };
    }
}

/// Between batches the child also does what moves everything around.
async fn tidy(index: &Index, n: usize) {
    match n % 10 {
        3 | 8 => index.optimise(tenant()).await.unwrap(),
        5 => index.shrink(tenant()).await.unwrap(),
        6 => index.close().await.unwrap(),
        _ => {}
    }
}

#[expect(clippy::disallowed_methods, reason = "the only way to tell a test of a child process anything")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Does nothing unless it is run as the child.
#[tokio::test]
async fn child() {
    let (Some(folder), Some(from)) = (told(FOLDER), told(FROM)) else {
        return;
    };
    let index = open(Path::new(&folder));
    let from: usize = from.parse().unwrap();
    for n in from..from + MOST_BATCHES {
        index.apply(tenant(), ops(n)).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "\ndone {n}").unwrap();
        out.flush().unwrap();
        drop(out);
        tidy(&index, n).await;
    }
}

/// Runs the child from a batch on and kills it some time after `batches` are done; returns the first batch
/// that it did not report.
fn run_and_kill(folder: &Path, from: usize, batches: usize, then: Duration) -> usize {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["tests::crash::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (tell, hear) = mpsc::channel();
    let listener = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some(n) = line.strip_prefix("done ") {
                let _ = tell.send(n.parse::<usize>().unwrap());
            }
        }
    });
    let mut next = from;
    for _ in 0..batches {
        next = hear.recv().expect("the child ended by itself") + 1;
    }
    // Not a wait for something to be ready: the moment of the kill is what varies.
    if let Ok(n) = hear.recv_timeout(then) {
        next = n + 1;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    listener.join().unwrap();
    hear.try_iter().last().map_or(next, |n| n + 1)
}

async fn states(index: &Index) -> BTreeMap<ChunkId, PointState> {
    let all = index.scroll(tenant(), None, 10_000).await.unwrap();
    all.into_iter().map(|state| (state.chunk, state)).collect()
}

fn expected(model: &Model) -> BTreeMap<ChunkId, Audience> {
    model.iter().map(|(id, chunk)| (*id, chunk.audience)).collect()
}

/// Checks that all reported batches are there, applies the one that was not again, as the outbox does, and
/// checks that nothing of it is missing or left over.
async fn check_and_catch_up(folder: &Path, model: &mut Model, next: usize) {
    let index = open(folder);
    let unreported: BTreeSet<ChunkId> = batch(next).into_iter().map(|(id, _)| id).collect();
    let mut found: BTreeMap<ChunkId, Audience> =
        states(&index).await.into_iter().map(|(id, state)| (id, state.audience)).collect();
    let mut wanted = expected(model);
    found.retain(|id, _| !unreported.contains(id));
    wanted.retain(|id, _| !unreported.contains(id));
    assert_eq!(found, wanted, "what was reported before batch {next} is not what is there");

    index.apply(tenant(), ops(next)).await.unwrap();
    change(model, next);
    let found: BTreeMap<ChunkId, Audience> =
        states(&index).await.into_iter().map(|(id, state)| (id, state.audience)).collect();
    assert_eq!(found, expected(model));
    assert_eq!(index.count(tenant()).await.unwrap(), model.len());
    let hits = index.search(&stranger(1), &query("common words")).await.unwrap();
    let public: BTreeSet<ChunkId> =
        model.values().filter(|c| c.audience == Audience::Public).map(|c| c.id).collect();
    assert_eq!(ids(&hits.dense), public, "an older state of a chunk can be found");
    assert_eq!(ids(&hits.lexical), public);
    // Texts are new as well, not only payloads.
    for chunk in model.values().filter(|chunk| chunk.audience == Audience::Public).take(5) {
        let hits = index.search(&stranger(1), &query(&chunk.search_text)).await.unwrap();
        assert!(
            hits.lexical.iter().any(|hit| hit.chunk == chunk.id && hit.score >= hits.lexical[0].score - 1e-3)
        );
    }
}

#[test]
fn what_was_reported_survives_a_kill_at_any_moment() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let folder = folder();
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let (mut model, mut next) = (Model::new(), 0);
    for _ in 0..KILLS {
        let batches = random.random_range(1..9);
        let then = Duration::from_micros(random.random_range(0..60_000));
        let reached = run_and_kill(folder.path(), next, batches, then);
        for n in next..reached {
            change(&mut model, n);
        }
        runtime.block_on(check_and_catch_up(folder.path(), &mut model, reached));
        next = reached + 1;
    }
    assert!(next > 2 * KILLS, "the child did too little to prove anything");
}
