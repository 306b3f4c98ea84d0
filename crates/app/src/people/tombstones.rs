//! The file of who was erased, and of which companies were removed, beside the database: it outlives a restore.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;
use domain::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// The name of the file.
pub const ERASED: &str = "erased.jsonl";

/// A line of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    /// Something of a person that must not come back.
    Person { tenant: TenantId, hash: String, at: Timestamp },
    /// A company that was removed.
    Tenant { tenant: TenantId, removed: Timestamp },
}

impl Line {
    fn tenant(&self) -> TenantId {
        match self {
            Self::Person { tenant, .. } | Self::Tenant { tenant, .. } => *tenant,
        }
    }
}

/// What the file says.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    /// By tenant, what of people must not come back, each hash with its latest moment.
    pub(crate) people: BTreeMap<TenantId, BTreeMap<[u8; 32], Timestamp>>,
    /// The tenants that were removed, each with its latest moment.
    pub(crate) tenants: BTreeMap<TenantId, Timestamp>,
}

/// Adds tombstones. When this returns, they are on the disk.
pub(super) fn remember(
    data: &Path,
    tenant: TenantId,
    tombstones: &[([u8; 32], Timestamp)],
) -> anyhow::Result<()> {
    let line = |(hash, at): &([u8; 32], Timestamp)| {
        let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Line::Person { tenant, hash, at: *at }
    };
    append(data, tombstones.iter().map(line))
}

/// Adds that a tenant was removed. When this returns, it is on the disk.
pub(crate) fn remember_removal(data: &Path, tenant: TenantId, at: Timestamp) -> anyhow::Result<()> {
    append(data, std::iter::once(Line::Tenant { tenant, removed: at }))
}

fn append(data: &Path, lines: impl Iterator<Item = Line>) -> anyhow::Result<()> {
    let path = data.join(ERASED);
    let cannot_write = || format!("`{}` cannot be written", path.display());
    let text = written(lines)?;
    let mut file = open_alone(&path).with_context(cannot_write)?;
    crate::assembly::restrict(&path)?;
    // What was cut off in the middle would be one line with what comes.
    let there = std::fs::read(&path).with_context(cannot_write)?;
    let whole = there.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < there.len() {
        file.set_len(whole as u64).with_context(cannot_write)?;
    }
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(cannot_write)
}

/// Leaves of a tenant that was removed nothing but that it was.
pub(crate) fn forget_people(data: &Path, tenant: TenantId) -> anyhow::Result<()> {
    let path = data.join(ERASED);
    if !path.exists() {
        return Ok(());
    }
    let cannot_write = || format!("`{}` cannot be written", path.display());
    // Held until the new file is in its place: nobody adds to the old one meanwhile.
    let held = open_alone(&path).with_context(cannot_write)?;
    let (own, mut kept): (Vec<Line>, Vec<Line>) =
        read(&path)?.into_iter().partition(|line| line.tenant() == tenant);
    let removed = own.iter().filter_map(|line| match line {
        Line::Tenant { removed, .. } => Some(*removed),
        Line::Person { .. } => None,
    });
    kept.extend(removed.max().map(|removed| Line::Tenant { tenant, removed }));
    let text = written(kept.into_iter())?;
    // Such a file can be read by its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(data).with_context(cannot_write)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).with_context(cannot_write)?;
    file.persist(&path).with_context(cannot_write)?;
    drop(held);
    Ok(())
}

/// Returns what the file says.
pub(crate) fn recall(data: &Path) -> anyhow::Result<Erased> {
    let path = data.join(ERASED);
    let mut all = Erased::default();
    for line in read(&path)? {
        match line {
            Line::Person { tenant, hash, at } => {
                let hash = unhex(&hash).with_context(|| damaged(&path))?;
                let kept = all.people.entry(tenant).or_default().entry(hash).or_insert(at);
                *kept = (*kept).max(at);
            }
            Line::Tenant { tenant, removed } => {
                let kept = all.tenants.entry(tenant).or_insert(removed);
                *kept = (*kept).max(removed);
            }
        }
    }
    Ok(all)
}

fn read(path: &Path) -> anyhow::Result<Vec<Line>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", path.display())),
    };
    // A last line that was cut off belongs to an erasure that did not begin.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line).with_context(|| damaged(path))).collect()
}

fn damaged(path: &Path) -> String {
    format!("`{}` is damaged; put it back from a copy", path.display())
}

fn written(lines: impl Iterator<Item = Line>) -> anyhow::Result<String> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    Ok(text)
}

/// Opens the file for adding to it, made where it is missing, and keeps others from it until it is closed. Somebody
/// may have put another in its place while this one waited; then that one is opened.
fn open_alone(path: &Path) -> Result<File, Error> {
    loop {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        match file.lock() {
            // Where nothing can be locked, one command at a time has to do.
            Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(file),
            outcome => outcome?,
        }
        if is_at(&file, path)? {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> Result<bool, Error> {
    use std::os::unix::fs::MetadataExt as _;
    let open = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> Result<bool, Error> {
    Ok(true)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_removed_company_one_line_stays_and_of_others_all() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let (acme, globex) = (TenantId::derive("acme"), TenantId::derive("globex"));
        let at = Timestamp::from_millis;
        forget_people(data, acme).unwrap();
        assert!(!data.join(ERASED).exists(), "where there is nothing, nothing is made");
        remember(data, acme, &[([1; 32], at(1)), ([2; 32], at(2))]).unwrap();
        remember(data, globex, &[([1; 32], at(3)), ([1; 32], at(2))]).unwrap();
        remember_removal(data, acme, at(9)).unwrap();
        remember_removal(data, acme, at(7)).unwrap();
        assert_eq!(recall(data).unwrap().people[&acme].len(), 2);
        forget_people(data, acme).unwrap();
        let erased = recall(data).unwrap();
        assert_eq!(erased.tenants, BTreeMap::from([(acme, at(9))]));
        assert_eq!(erased.people, BTreeMap::from([(globex, BTreeMap::from([([1; 32], at(3))]))]));
        assert_eq!(read(&data.join(ERASED)).unwrap().len(), 3);
        // What is added afterwards is added to the new file.
        remember(data, acme, &[([4; 32], at(10))]).unwrap();
        assert_eq!(recall(data).unwrap().people[&acme].len(), 1);
    }

    #[test]
    fn a_line_that_was_cut_off_is_none_and_one_that_is_no_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(ERASED);
        remember_removal(folder.path(), TenantId::derive("acme"), Timestamp::from_millis(1)).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{}", &whole[..20])).unwrap();
        assert_eq!(recall(folder.path()).unwrap().tenants.len(), 1);
        remember_removal(folder.path(), TenantId::derive("globex"), Timestamp::from_millis(2)).unwrap();
        assert_eq!(recall(folder.path()).unwrap().tenants.len(), 2);
        std::fs::write(&path, format!("{{\"tenant\":1}}\n{whole}")).unwrap();
        assert!(recall(folder.path()).unwrap_err().to_string().contains("is damaged"));
    }
}
