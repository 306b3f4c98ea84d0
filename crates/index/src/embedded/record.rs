//! Which of a tenant's folders counts, and what it was made with.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::manifest::write_json;

/// The file that says which of a tenant's folders counts.
const FILE: &str = "tenant.json";

/// What is known of a tenant's folder beside what the engine keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// The folder with the engine's files.
    pub(super) folder: u64,
    /// The average length that all lexical vectors in it were made with.
    pub(super) average_length: f64,
    /// Whether it was fitted to real texts.
    pub(super) fitted: bool,
    /// How many chunks there were when they were last made one segment.
    #[serde(default)]
    pub(super) joined: usize,
}

/// Why a record could not be read.
pub(super) enum Unreadable {
    /// The file could not be read.
    File(Error),
    /// The file says something else.
    Content(String),
}

impl Record {
    /// Reads the record in `home`; `None` when there is none.
    pub(super) fn read(home: &Path) -> Result<Option<Self>, Unreadable> {
        let path = home.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
                Unreadable::Content(format!("`{}` cannot be read: {error}", path.display()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Unreadable::File(Error::io("read", path)(error))),
        }
    }

    /// Makes this the record in `home`, all at once.
    pub(super) fn write(&self, home: &Path) -> Result<(), Error> {
        write_json(&home.join(FILE), self)
    }
}

/// Returns the numbers of the folders in `home`.
pub(super) fn folders(home: &Path) -> Result<Vec<u64>, Error> {
    let entries = fs::read_dir(home).map_err(Error::io("read", home))?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// Removes what is left in `home` of work that did not finish before the process ended.
pub(super) fn sweep_unfinished(home: &Path) -> Result<(), Error> {
    match Record::read(home) {
        Ok(Some(record)) => sweep(home, Some(record.folder)),
        Ok(None) => fs::remove_dir_all(home).map_err(Error::io("remove", home)),
        // A record that cannot be understood is for whoever opens the tenant to complain about.
        Err(Unreadable::Content(_)) => Ok(()),
        Err(Unreadable::File(error)) => Err(error),
    }
}

/// Removes all folders in `home` but the one that counts.
pub(super) fn sweep(home: &Path, keep: Option<u64>) -> Result<(), Error> {
    for number in folders(home)?.into_iter().filter(|number| Some(*number) != keep) {
        let folder = home.join(number.to_string());
        fs::remove_dir_all(&folder).map_err(Error::io("remove", folder))?;
    }
    Ok(())
}
