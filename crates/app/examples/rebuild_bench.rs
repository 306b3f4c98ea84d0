//! Measures what an index costs that is behind its database, with the model of `~/.cache/backstory` and every vector
//! in the cache:
//!
//! ```text
//! cargo run --release -p app --example rebuild_bench [chunks] [chunks on the stand-in]
//! ```
//!
//! For the embedded index and for a server: how many rows of the outbox a second it takes, and how long a rebuild
//! beside the old one takes while questions are asked, whose times are set beside those of a quiet installation. The
//! server is a stand-in in this process, exact and in memory: its figures say what our side costs, and nothing of a
//! Qdrant server. Prints one JSON object.

#![expect(clippy::print_stdout, reason = "the result is for whoever runs it")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use app::config::IndexConfig;
use app::{App, Stop};
use domain::TenantId;
use index::ServerConfig;
use index_fake::StandIn;
use serde_json::{Value, json};
use tokio::task::JoinSet;

#[path = "common/made_up.rs"]
mod made_up;

use made_up::{percentile, question};

/// Questions of a quiet installation.
const QUESTIONS: usize = 400;
/// How long whoever asks waits between two answers.
const PAUSE: Duration = Duration::from_millis(50);

/// Returns how many milliseconds the answer to a question takes.
async fn one(app: &App, tenant: TenantId, number: usize) -> anyhow::Result<f64> {
    let begin = Instant::now();
    app.ask(tenant, &question(number)).await?;
    tokio::time::sleep(PAUSE).await;
    Ok((begin.elapsed() - PAUSE).as_secs_f64() * 1e3)
}

fn told(times: &mut [f64]) -> Value {
    let (p50, p99) = (percentile(times, 50), percentile(times, 99));
    json!({ "questions": times.len(), "p50_ms": p50, "p99_ms": p99 })
}

fn rate(rows: u64, begin: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let rows = rows as f64;
    (rows / begin.elapsed().as_secs_f64()).round()
}

async fn measure(scratch: &Path, index: IndexConfig, chunks: usize) -> anyhow::Result<Value> {
    let (app, tenant) = made_up::installation(scratch, index, chunks).await?;

    app.index.drop_tenant(tenant).await?;
    let queued = app.store.reset_outbox(tenant).await?;
    let begin = Instant::now();
    let drained = app.ingest.drain(tenant, &Stop::default(), &|_| {}).await?;
    let rows_per_second = rate(drained.rows, begin);
    ensure!(drained.rows == queued && drained.embedded == 0, "the outbox was not emptied from the cache");
    app.index.optimise(tenant).await?;

    let app = Arc::new(app);
    let mut quiet = Vec::new();
    for number in 0..QUESTIONS {
        quiet.push(one(&app, tenant, number).await?);
    }
    let (asking, done) = (Arc::clone(&app), Arc::new(AtomicBool::new(false)));
    let stop = Arc::clone(&done);
    let mut questions = JoinSet::new();
    questions.spawn(async move {
        let mut times = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            times.push(one(&asking, tenant, times.len()).await?);
        }
        anyhow::Ok(times)
    });
    app.share();
    let begin = Instant::now();
    let rebuilt = app.rebuild_tenant(tenant, &Stop::default()).await?;
    let seconds = begin.elapsed().as_secs_f64().round();
    done.store(true, Ordering::Relaxed);
    let mut during = questions.join_next().await.context("nobody asked")???;
    app.index.close().await?;
    let ratio = percentile(&mut during, 99) / percentile(&mut quiet, 99);
    Ok(json!({
        "chunks": rebuilt.chunks, "outbox_rows_per_second": rows_per_second, "rebuild_seconds": seconds,
        "quiet": told(&mut quiet), "during": told(&mut during), "p99_ratio": (ratio * 100.0).round() / 100.0,
    }))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual| arguments.next().map_or(Ok(usual), |text| text.parse::<usize>());
    let (embedded, on_server) = (number(100_000)?, number(20_000)?);
    let stand_in = StandIn::start().await?;
    let kinds = [
        ("embedded", IndexConfig::Embedded, embedded),
        ("stand-in", IndexConfig::Server(ServerConfig::at(stand_in.url())), on_server),
    ];
    let mut result = serde_json::Map::new();
    for (name, index, chunks) in kinds {
        if chunks == 0 {
            continue;
        }
        let scratch = tempfile::tempdir()?;
        result.insert(name.to_owned(), measure(scratch.path(), index, chunks).await?);
    }
    println!("{}", Value::Object(result));
    Ok(())
}
