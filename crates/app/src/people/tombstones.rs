//! The file of who was erased, beside the database: it outlives a restore.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use domain::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// The name of the file.
pub const ERASED: &str = "erased.jsonl";

/// A line of it.
#[derive(Debug, Serialize, Deserialize)]
struct Tombstone {
    tenant: TenantId,
    hash: String,
    at: Timestamp,
}

/// Adds tombstones. When this returns, they are on the disk.
pub(super) fn remember(
    data: &Path,
    tenant: TenantId,
    tombstones: &[([u8; 32], Timestamp)],
) -> anyhow::Result<()> {
    let path = data.join(ERASED);
    let cannot_write = || format!("`{}` cannot be written", path.display());
    let mut lines = String::new();
    for (hash, at) in tombstones {
        let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        lines.push_str(&serde_json::to_string(&Tombstone { tenant, hash, at: *at })?);
        lines.push('\n');
    }
    let mut file =
        std::fs::OpenOptions::new().create(true).append(true).open(&path).with_context(cannot_write)?;
    crate::assembly::restrict(&path)?;
    file.write_all(lines.as_bytes()).and_then(|()| file.sync_all()).with_context(cannot_write)
}

/// Returns all tombstones by tenant, each hash with its latest moment.
pub(super) fn recall(data: &Path) -> anyhow::Result<BTreeMap<TenantId, BTreeMap<[u8; 32], Timestamp>>> {
    let path = data.join(ERASED);
    let mut all: BTreeMap<TenantId, BTreeMap<[u8; 32], Timestamp>> = BTreeMap::new();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(all),
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", path.display())),
    };
    let damaged = || format!("`{}` is damaged; put it back from a copy", path.display());
    // A last line that was cut off belongs to an erasure that did not begin.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    for line in whole.lines().filter(|line| !line.is_empty()) {
        let tombstone: Tombstone = serde_json::from_str(line).with_context(damaged)?;
        let hash = unhex(&tombstone.hash).with_context(damaged)?;
        let kept = all.entry(tombstone.tenant).or_default().entry(hash).or_insert(tombstone.at);
        *kept = (*kept).max(tombstone.at);
    }
    Ok(all)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect();
    bytes?.try_into().ok()
}
