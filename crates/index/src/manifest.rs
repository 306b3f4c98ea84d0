//! How an index was made: what must be the same for as long as it lives.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::analyser;
use crate::error::Error;

/// The version of everything that is written: folders, payload, settings of the engine.
pub(crate) const SCHEMA: u64 = 1;

/// The name of the file that says how the index was made.
const FILE: &str = "index.json";

/// The embedding model that makes the dense vectors of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The checksum of the model, or whatever else names it without doubt.
    pub model: String,
    /// How many numbers its vectors have.
    pub dimensions: usize,
}

/// The manifest as it is written.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Written {
    schema: u64,
    analyser: u64,
    k1: f64,
    b: f64,
    model: String,
    dimensions: usize,
}

/// What every schema has.
#[derive(Deserialize)]
struct Versioned {
    schema: u64,
}

impl Written {
    fn of(manifest: &Manifest) -> Self {
        Self {
            schema: SCHEMA,
            analyser: analyser::VERSION,
            k1: analyser::K1,
            b: analyser::B,
            model: manifest.model.clone(),
            dimensions: manifest.dimensions,
        }
    }

    fn describe(&self) -> String {
        format!(
            "model `{}` of {} dimensions (schema {}, analyser {})",
            self.model, self.dimensions, self.schema, self.analyser
        )
    }
}

impl Manifest {
    /// Checks that an index can be made with it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.dimensions == 0 {
            return Err(Error::Invalid("an index needs vectors of at least one dimension".into()));
        }
        Ok(())
    }

    /// Returns it as it is written down.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(&Written::of(self)).unwrap_or_default()
    }

    /// Compares with what is written down of the index in `place`, under the name `called`.
    pub(crate) fn compare(&self, place: &str, called: &str, bytes: &[u8]) -> Result<(), Error> {
        let unreadable = |error| self.mismatch(place, format!("an unreadable `{called}` ({error})"));
        let Versioned { schema } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if schema > SCHEMA {
            return Err(Error::Newer { place: place.to_owned(), schema, known: SCHEMA });
        }
        let made: Written = serde_json::from_slice(bytes).map_err(unreadable)?;
        if made == Written::of(self) { Ok(()) } else { Err(self.mismatch(place, made.describe())) }
    }

    pub(crate) fn mismatch(&self, place: &str, made: String) -> Error {
        Error::Mismatch { place: place.to_owned(), made, wanted: Written::of(self).describe() }
    }

    /// Compares with what is written in `folder`, and writes it there when the folder is new.
    pub(crate) fn settle(&self, folder: &Path) -> Result<(), Error> {
        self.check()?;
        let wanted = Written::of(self);
        let path = folder.join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return write_json(&path, &wanted),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        self.compare(&format!("index in `{}`", folder.display()), FILE, &bytes)
    }

    /// Removes what is written in `folder`.
    pub(crate) fn forget(folder: &Path) -> Result<(), Error> {
        let path = folder.join(FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("remove", path)(error))
            }
            _ => Ok(()),
        }
    }
}

/// Writes a file so that a crash leaves either the old one or the new one, whole.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let beside = path.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&beside)?;
        file.write_all(&serde_json::to_vec_pretty(value)?)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        path.parent().map_or(Ok(()), sync_folder)
    };
    write().map_err(Error::io("write", path))
}

/// Makes the names within `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder)?.sync_all()
}
