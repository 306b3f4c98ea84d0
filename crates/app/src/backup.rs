//! Copies of a data folder, taken while it is in use.
//!
//! A backup holds the database and the configuration. The index is not in it: it is made again from the
//! database, from vectors that are kept there, when the restored folder is first opened.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use store::Store;

use crate::assembly::KEY;
use crate::config::{FILE, Places, Settings};
use crate::people::ERASED;

const DATABASE: &str = "store.sqlite";

/// Writes a backup of the data folder to the file `target`.
///
/// # Errors
/// Fails when there is nothing to copy, `target` exists, or the disk is full; then no `target` is left behind.
pub async fn backup(places: &Places, settings: &Settings, target: &Path) -> anyhow::Result<u64> {
    if !settings.store.url.reveal().is_empty() {
        bail!(
            "the database is a Postgres server: copy it with `pg_dump`; the data folder holds nothing else that cannot be made again"
        );
    }
    if !places.data.join(DATABASE).is_file() {
        bail!("there is nothing to copy in `{}`", places.data.display());
    }
    if target.exists() {
        bail!("there is a file `{}` already; name another", target.display());
    }
    let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let work = tempfile::Builder::new()
        .prefix(".backstory-backup-")
        .tempdir_in(folder)
        .with_context(|| format!("`{}` cannot be written to", folder.display()))?;
    let copy = work.path().join(DATABASE);
    let store = Store::open(&places.store_url(settings)).await?;
    store.backup_to(&copy).await?;
    store.close().await;
    let packed = work.path().join("packed");
    let beside = [FILE, KEY, ERASED].map(|name| (name, places.data.join(name)));
    let (from, to) = (packed.clone(), target.to_owned());
    tokio::task::spawn_blocking(move || -> anyhow::Result<u64> {
        let mut archive = tar::Builder::new(GzEncoder::new(File::create(&from)?, Compression::fast()));
        archive.append_path_with_name(&copy, DATABASE)?;
        for (name, path) in beside.iter().filter(|(_, path)| path.is_file()) {
            archive.append_path_with_name(path, name)?;
        }
        let file = archive.into_inner()?.finish()?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        std::fs::rename(&from, &to)?;
        Ok(bytes)
    })
    .await?
    .with_context(|| format!("the backup `{}` could not be written", target.display()))
}

/// Unpacks the backup `source` into the data folder, which must be empty or absent, but for the file of who was
/// erased: put there first, it keeps them away whatever the backup still knows.
///
/// # Errors
/// Fails when the folder holds anything, or `source` is no backup; then the folder is left as it was.
pub async fn restore(places: &Places, source: &Path) -> anyhow::Result<()> {
    let taken = places.data.read_dir().is_ok_and(|mut entries| {
        entries.any(|entry| entry.map_or(true, |entry| entry.file_name() != ERASED))
    });
    if taken {
        bail!(
            "the data folder `{}` is not empty; restore into a new one with `--data-dir`",
            places.data.display()
        );
    }
    let file =
        File::open(source).with_context(|| format!("the backup `{}` cannot be read", source.display()))?;
    let parent =
        places.data.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let work = tempfile::Builder::new().prefix(".backstory-restore-").tempdir_in(parent)?;
    let into = work.path().to_owned();
    tokio::task::spawn_blocking(move || tar::Archive::new(GzDecoder::new(file)).unpack(into))
        .await?
        .with_context(|| format!("`{}` is no backup, or is cut off", source.display()))?;
    let database = work.path().join(DATABASE);
    if !database.is_file() {
        bail!("`{}` is no backup: it holds no `{DATABASE}`", source.display());
    }
    let store = Store::open(&format!("sqlite:{}", database.display())).await?;
    let damage = store.check_integrity().await?;
    store.close().await;
    if !damage.is_empty() {
        bail!("the backup `{}` is damaged: {}", source.display(), damage.join("; "));
    }
    let erased = places.data.join(ERASED);
    if erased.is_file() {
        let mut file = File::options().create(true).append(true).open(work.path().join(ERASED))?;
        file.write_all(&std::fs::read(&erased)?)?;
        file.sync_all()?;
    }
    if places.data.exists() {
        std::fs::remove_dir_all(&places.data)?;
    }
    std::fs::rename(work.keep(), &places.data)?;
    Ok(())
}
