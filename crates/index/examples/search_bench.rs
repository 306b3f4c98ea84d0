//! Measures filtered search at a size: `cargo run --release -p index --example search_bench [chunks] [folder]`.
//!
//! Texts and vectors are made up: words by a Zipf-like law, vectors around topics. A fifth of the chunks is
//! for agents, a fifth for one of 5,000 people, the rest for everybody. Prints one JSON object.

#![expect(clippy::print_stdout, reason = "the result is for whoever runs it")]

use std::path::Path;
use std::time::Instant;

use domain::{SourceId, TenantId};
use index::{Index, Manifest, Query};

#[path = "common/made_up.rs"]
mod made_up;

use made_up::{Anything, DIMENSIONS, op, query, scope, summary};

const BATCH: u64 = 2_000;
const QUERIES: u64 = 400;

/// Returns the times of all queries in milliseconds, sorted.
async fn time(
    index: &Index,
    tenant: TenantId,
    source: SourceId,
    shape: impl Fn(Query) -> Query,
) -> Result<Vec<f64>, Anything> {
    let mut times = Vec::new();
    for n in 0..QUERIES {
        let (scope, query) = (scope(n, tenant, source)?, shape(query(n)));
        let start = Instant::now();
        let hits = index.search(&scope, &query).await?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        if hits.dense.is_empty() && hits.lexical.is_empty() {
            return Err("a search found nothing".into());
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// Returns the share of the nearest chunks that are found when not every vector is looked at.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
async fn recall(index: &Index, tenant: TenantId, source: SourceId) -> Result<f64, Anything> {
    let (mut found, mut there) = (0, 0);
    for n in 0..QUERIES / 4 {
        let scope = scope(n, tenant, source)?;
        let query = Query { text: String::new(), ..query(n) };
        let near = index.search(&scope, &query).await?.dense;
        let nearest = index.search(&scope, &Query { exact: true, ..query }).await?.dense;
        there += nearest.len();
        found += nearest.iter().filter(|hit| near.iter().any(|one| one.chunk == hit.chunk)).count();
    }
    Ok(found as f64 / there as f64)
}

fn size(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else {
        return 0;
    };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => allocated(&metadata),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}

/// Returns what a file takes on disk; the engine's files have holes.
#[cfg(unix)]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    metadata.len()
}

#[tokio::main]
async fn main() -> Result<(), Anything> {
    let mut arguments = std::env::args().skip(1);
    let chunks: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let scratch = tempfile::tempdir()?;
    let folder = arguments.next().map_or_else(|| scratch.path().to_owned(), Into::into);
    let tenant = TenantId::derive("bench");
    let source = SourceId::derive(tenant, "bench", "made up");
    let index = Index::open(&folder, Manifest { model: "made up".into(), dimensions: DIMENSIONS })?;

    let start = Instant::now();
    for from in (0..chunks).step_by(usize::try_from(BATCH)?) {
        let ops = (from..chunks.min(from + BATCH)).map(|n| op(n, source)).collect();
        index.apply(tenant, ops).await?;
    }
    let apply_seconds = start.elapsed().as_secs_f64();
    let unoptimised = time(&index, tenant, source, |query| query).await?;
    let start = Instant::now();
    index.optimise(tenant).await?;
    let optimise_seconds = start.elapsed().as_secs_f64();
    let disk_before_mb = size(&folder) / 1_000_000;

    let first = time(&index, tenant, source, |query| query).await?;
    let both = time(&index, tenant, source, |query| query).await?;
    let dense = time(&index, tenant, source, |query| Query { text: String::new(), ..query }).await?;
    let lexical = time(&index, tenant, source, |query| Query { dense: None, ..query }).await?;
    let exact = time(&index, tenant, source, |query| Query { exact: true, ..query }).await?;
    let exact_dense =
        time(&index, tenant, source, |query| Query { exact: true, text: String::new(), ..query }).await?;
    let recall = recall(&index, tenant, source).await?;

    let start = Instant::now();
    index.shrink(tenant).await?;
    let shrink_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    index.close().await?;
    index.count(tenant).await?;
    let reopen_seconds = start.elapsed().as_secs_f64();
    let result = serde_json::json!({
        "chunks": chunks,
        "apply_seconds": apply_seconds,
        "optimise_seconds": optimise_seconds,
        "shrink_seconds": shrink_seconds,
        "reopen_seconds": reopen_seconds,
        "disk_mb": disk_before_mb,
        "disk_after_shrink_mb": size(&folder) / 1_000_000,
        "before_optimise": summary(&unoptimised),
        "first_run": summary(&first),
        "dense_and_lexical": summary(&both),
        "dense": summary(&dense),
        "lexical": summary(&lexical),
        "exact": summary(&exact),
        "exact_dense": summary(&exact_dense),
        "dense_recall_at_50": recall,
    });
    println!("{result}");
    Ok(())
}
