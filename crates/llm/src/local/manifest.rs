use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{Error, ModelInfo};

/// Describes the model beside it.
pub(crate) const MANIFEST: &str = "model.toml";
pub(super) const MODEL: &str = "model.onnx";
pub(crate) const TOKENIZER: &str = "tokenizer.json";
const FORMAT: u32 = 1;

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Pooling {
    Mean,
    /// The first token stands for the text.
    Cls,
}

/// The content of `model.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) format: u32,
    pub(super) name: String,
    pub(super) dimensions: usize,
    pub(super) max_length: usize,
    pub(super) pooling: Pooling,
    pub(super) languages: Vec<String>,
    /// Put before a question, for models that were trained so.
    #[serde(default)]
    pub(super) query_prefix: String,
    /// Put before a text that may answer.
    #[serde(default)]
    pub(super) passage_prefix: String,
    /// SHA-256 of `model.onnx`.
    pub(super) model_sha256: String,
    /// SHA-256 of `tokenizer.json`.
    pub(super) tokenizer_sha256: String,
    /// SHA-256 of the script that built the model, if a script of ours did.
    #[serde(default)]
    pub(super) built_by: Option<String>,
}

impl Manifest {
    pub(super) fn read(dir: &Path) -> Result<Self, Error> {
        let file = dir.join(MANIFEST);
        let broken = |why: String| Error::ModelBroken { file: file.clone(), why };
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !dir.exists() => {
                return Err(Error::ModelMissing { path: dir.to_owned() });
            }
            Err(error) => return Err(broken(reading(&error))),
        };
        let manifest: Self =
            toml::from_str(&text).map_err(|error| broken(format!("is not valid: {}", error.message())))?;
        if manifest.format != FORMAT {
            return Err(broken(format!("has format {}, this program reads {FORMAT}", manifest.format)));
        }
        if manifest.dimensions == 0 || manifest.max_length < 8 {
            return Err(broken("has a length that no model has".to_owned()));
        }
        Ok(manifest)
    }

    /// Compares the files with their checksums.
    pub(super) fn verify(&self, dir: &Path) -> Result<(), Error> {
        for (name, expected) in [(MODEL, &self.model_sha256), (TOKENIZER, &self.tokenizer_sha256)] {
            let file = dir.join(name);
            let found = sha256(&file)
                .map_err(|error| Error::ModelBroken { file: file.clone(), why: reading(&error) })?;
            if !found.eq_ignore_ascii_case(expected) {
                let why = format!("is cut or changed (its SHA-256 is {found}, `{MANIFEST}` says {expected})");
                return Err(Error::ModelBroken { file, why });
            }
        }
        Ok(())
    }

    pub(super) fn info(&self) -> ModelInfo {
        // Everything that changes a vector goes in; the name does not.
        let parts = [
            self.model_sha256.to_lowercase(),
            self.tokenizer_sha256.to_lowercase(),
            format!("{:?} {} {}", self.pooling, self.dimensions, self.max_length),
            format!("{:?} {:?}", self.query_prefix, self.passage_prefix),
        ];
        let mut checksum = hex(&Sha256::digest(parts.join("\n")));
        checksum.truncate(32);
        ModelInfo {
            name: self.name.clone(),
            checksum,
            dimensions: self.dimensions,
            max_tokens: self.max_length,
            languages: self.languages.clone(),
        }
    }
}

/// Returns why a file cannot be used, to be read after its name.
pub(crate) fn reading(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        "is missing".to_owned()
    } else {
        format!("cannot be read ({error})")
    }
}

/// Returns the SHA-256 of a file in hexadecimal.
pub(crate) fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
