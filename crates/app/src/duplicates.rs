//! Pairs of people who may be one, in a file or in the store.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use flate2::read::MultiGzDecoder;
use identity::People;
use identity::duplicates::{self, Candidate, Proposal, Table};

use crate::books::stored;
use crate::config::{Places, Settings};

/// More than this, unpacked, is no list of people; it keeps a small packed file from filling the memory.
const MOST_BYTES: u64 = 1 << 30;

/// Finds the records of a CSV file, also a gzipped one, that are one person.
///
/// # Errors
/// Fails when the file cannot be read or is no table of records with ids.
pub fn in_file(path: &Path) -> anyhow::Result<Proposal> {
    let table = Table::parse(&read(path)?).with_context(|| format!("`{}` cannot be used", path.display()))?;
    Ok(duplicates::propose(&table))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let unreadable = || format!("`{}` cannot be read", path.display());
    let bytes = std::fs::read(path).with_context(unreadable)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(&bytes[..])
        .take(MOST_BYTES + 1)
        .read_to_end(&mut unpacked)
        .with_context(unreadable)?;
    if unpacked.len() as u64 > MOST_BYTES {
        bail!("`{}` holds more than a gigabyte once unpacked", path.display());
    }
    Ok(unpacked)
}

/// Finds the people of a tenant who may be one, likeliest first. It only reads, so it neither needs a model nor
/// waits for whoever has the data folder open.
///
/// # Errors
/// Fails when nothing is stored, or nothing of this tenant.
pub async fn in_store(places: &Places, settings: &Settings, tenant: &str) -> anyhow::Result<Vec<Candidate>> {
    let (store, tenant) = stored(places, settings, tenant).await?;
    let everybody = store.all_subjects(tenant).await?;
    store.close().await;
    let people = People::link(&everybody.facts, &everybody.entries);
    Ok(duplicates::find(&everybody.facts, &people))
}
