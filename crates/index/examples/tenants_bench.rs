//! Measures many tenants on one index:
//! `cargo run --release -p index --example tenants_bench [embedded | stand-in | URL] [tenants] [chunks] [large]`.
//!
//! Fills one tenant, searches it alone, fills the others, searches it again; then tenants that nobody has asked for
//! yet, a tenant's deletion, and a rebuild of one tenant of `large` chunks while it is asked. Prints one JSON object.
//! With `stand-in` the server is in this process, exact and in memory: its figures say what our side costs and what
//! grows with the number of tenants, and nothing of a Qdrant server.

#![expect(clippy::print_stdout, reason = "the result is for whoever runs it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use domain::{SourceId, TenantId};
use index::{Index, Manifest, ServerConfig, Tls};
use index_fake::StandIn;
use tokio::task::JoinSet;

#[path = "common/made_up.rs"]
mod made_up;

use made_up::{Anything, DIMENSIONS, op, query, scope, summary};

const BATCH: u64 = 512;
const QUERIES: u64 = 400;
/// How many tenants are asked that nobody has asked before.
const COLD: u64 = 100;

fn tenant(n: u64) -> TenantId {
    TenantId::derive(&format!("bench {n}"))
}

fn source(n: u64) -> SourceId {
    SourceId::derive(tenant(n), "bench", "made up")
}

async fn fill(index: &Index, n: u64, chunks: u64) -> Result<(), Anything> {
    for from in (0..chunks).step_by(usize::try_from(BATCH)?) {
        let ops = (from..chunks.min(from + BATCH)).map(|k| op(k + n * 31, source(n))).collect();
        index.apply(tenant(n), ops).await?;
    }
    Ok(())
}

/// Returns the milliseconds that one search takes.
async fn one(index: &Index, of: u64, n: u64) -> Result<f64, Anything> {
    let (scope, query) = (scope(n, tenant(of), source(of))?, query(n));
    let start = Instant::now();
    let hits = index.search(&scope, &query).await?;
    if hits.dense.is_empty() {
        return Err("a search found nothing".into());
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// Returns the times of `queries` in milliseconds, sorted; each was asked once before.
async fn time(index: &Index, of: impl Fn(u64) -> u64) -> Result<Vec<f64>, Anything> {
    let mut times = Vec::new();
    for round in 0..2 {
        for n in 0..QUERIES {
            let took = one(index, of(n), n).await?;
            times.extend((round == 1).then_some(took));
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// Returns the memory of this process in megabytes.
fn memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kb.unwrap_or_default() / 1024
}

#[tokio::main]
async fn main() -> Result<(), Anything> {
    let mut arguments = std::env::args().skip(1);
    let target = arguments.next().unwrap_or_else(|| "embedded".to_owned());
    let mut number = |usual| arguments.next().map_or(Ok(usual), |text| text.parse::<u64>());
    let (tenants, chunks, large) = (number(1_000)?, number(1_000)?, number(0)?);
    let folder = tempfile::tempdir()?;
    let manifest = Manifest { model: "made up".into(), dimensions: DIMENSIONS };
    let stand_in = StandIn::start().await?;
    let index = match target.as_str() {
        "embedded" => Index::open(folder.path(), manifest)?,
        "stand-in" => Index::connect(&ServerConfig::at(stand_in.url()), &manifest).await?,
        url => {
            let config =
                ServerConfig { tls: Tls::Optional, collection: "bench".into(), ..ServerConfig::at(url) };
            Index::connect(&config, &manifest).await?
        }
    };
    let index = Arc::new(index);

    fill(&index, 0, chunks).await?;
    let alone = time(&index, |_| 0).await?;
    let memory_of_one = memory_mb();
    let start = Instant::now();
    for n in 1..tenants {
        fill(&index, n, chunks).await?;
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let per_second = ((tenants - 1) * chunks) as f64 / start.elapsed().as_secs_f64();
    let among_all = time(&index, |_| 0).await?;
    let memory_of_all = memory_mb();

    index.close().await?;
    let mut cold = Vec::new();
    for n in 0..COLD.min(tenants) {
        cold.push(one(&index, n * (tenants / COLD).max(1) % tenants, n).await?);
    }
    cold.sort_by(f64::total_cmp);
    let everywhere = time(&index, |n| n * 7 % tenants).await?;

    let gone = tenant(tenants - 1);
    let start = Instant::now();
    index.drop_tenant(gone).await?;
    let drop_ms = start.elapsed().as_secs_f64() * 1e3;
    let left = index.count(gone).await? + index.scroll(gone, None, 10).await?.len();
    let known = index.tenants().await?.len();

    let rebuilt = if large > 0 { rebuild(&index, tenants, large).await? } else { serde_json::Value::Null };
    let result = serde_json::json!({
        "target": target, "tenants": tenants, "chunks_each": chunks,
        "alone": summary(&alone), "among_all": summary(&among_all),
        "p50_ratio": among_all[among_all.len() / 2] / alone[alone.len() / 2],
        "p99_ratio": among_all[among_all.len() * 99 / 100] / alone[alone.len() * 99 / 100],
        "never_asked_before": summary(&cold), "everywhere": summary(&everywhere),
        "chunks_per_second": per_second,
        "memory_of_one_mb": memory_of_one, "memory_of_all_mb": memory_of_all,
        "drop_ms": drop_ms, "left_of_the_dropped": left, "tenants_left": known,
        "rebuild": rebuilt,
    });
    println!("{result}");
    Ok(())
}

/// Rebuilds a tenant of its own while it is asked.
async fn rebuild(index: &Arc<Index>, of: u64, chunks: u64) -> Result<serde_json::Value, Anything> {
    fill(index, of, chunks).await?;
    index.optimise(tenant(of)).await?;
    let quiet = time(index, |_| of).await?;
    let done = Arc::new(AtomicBool::new(false));
    let (asking, told) = (Arc::clone(index), Arc::clone(&done));
    let mut questions = JoinSet::new();
    questions.spawn(async move {
        let mut times = Vec::new();
        let mut n = 0;
        while !told.load(Ordering::Relaxed) {
            times.push(one(&asking, of, n % QUERIES).await.map_err(|error| error.to_string())?);
            n += 1;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        times.sort_by(f64::total_cmp);
        Ok::<_, String>(times)
    });
    let start = Instant::now();
    let mut rebuild = index.rebuild(tenant(of)).await?;
    for from in (0..chunks).step_by(usize::try_from(BATCH)?) {
        let ops = (from..chunks.min(from + BATCH)).map(|k| op(k + of * 31, source(of))).collect();
        rebuild.apply(ops).await?;
    }
    rebuild.finish().await?;
    let seconds = start.elapsed().as_secs_f64();
    done.store(true, Ordering::Relaxed);
    let during = questions.join_next().await.ok_or("nobody asked")???;
    let p99 = |times: &[f64]| times[times.len() * 99 / 100];
    Ok(serde_json::json!({
        "chunks": chunks, "seconds": seconds, "quiet": summary(&quiet), "during": summary(&during),
        "questions": during.len(), "p99_ratio": p99(&during) / p99(&quiet),
    }))
}
