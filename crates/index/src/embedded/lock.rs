//! One process at a time on a folder, with an error that names the other.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

use domain::Timestamp;

use crate::error::Error;

/// The name of the file that is locked.
const FILE: &str = "lock";

/// Held for as long as anything of the folder is open; the system lets go of it when the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks `folder` for this process and writes down who holds it.
    pub(crate) fn take(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held_by_another(folder, file)),
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())?;
            file.sync_all()
        };
        // What is written down is for others to read. A full disk must not keep anybody from asking a question.
        if let Err(error) = write(&mut file) {
            tracing::warn!("who holds the index cannot be written to `{}`: {error}", path.display());
        }
        Ok(Self { _file: file })
    }
}

fn held_by_another(folder: &Path, mut file: File) -> Error {
    let mut text = String::new();
    let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
    // The holder wrote the file when it took the lock, so the time of the file tells since when.
    let written = file.metadata().and_then(|metadata| metadata.modified()).ok();
    let since = written
        .and_then(|moment| moment.duration_since(UNIX_EPOCH).ok())
        .and_then(|elapsed| i64::try_from(elapsed.as_secs()).ok())
        .map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000)));
    Error::InUse { folder: folder.to_owned(), pid, since }
}
