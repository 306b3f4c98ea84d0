//! A model that runs on this machine.
//!
//! Each text runs alone on one thread, several texts side by side. Splitting one text over threads
//! costs more than it gains at this size, a batch would need padding, and since activations are
//! quantised over the whole input, a text's vector would depend on its neighbours.

mod check;
mod encoder;
mod manifest;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use crate::lanes::{Lane, Lanes};
use crate::{Embedder, Error, ModelInfo, Role};
pub(crate) use check::CHECK;
pub use check::check;
pub(crate) use encoder::BYTES_PER_TOKEN;
use encoder::Encoder;
use manifest::Manifest;
pub(crate) use manifest::{MANIFEST, TOKENIZER, hex, reading, sha256};

/// How many texts one visit to the blocking pool embeds: few enough that a question does not wait
/// long behind an ingest, enough that the visit itself costs nothing.
const VISIT: usize = 4;

/// An embedding model in ONNX form, run by rten.
pub struct Local {
    info: ModelInfo,
    encoder: Arc<Encoder>,
    lanes: Arc<Lanes>,
}

impl Local {
    /// Checks the files in a model folder against its `model.toml` and loads them, on all cores.
    ///
    /// This reads and hashes tens of megabytes: call it at the start, not in a request.
    ///
    /// # Errors
    /// A missing folder or a file that is missing, cut, changed or of other dimensions gives an
    /// error that names the file and the command that mends it.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self::open_with_threads(dir, cores)
    }

    /// As [`Local::open`], with at most `threads` texts at once.
    ///
    /// # Errors
    /// As [`Local::open`].
    pub fn open_with_threads(dir: &Path, threads: NonZeroUsize) -> Result<Self, Error> {
        let manifest = Manifest::read(dir)?;
        manifest.verify(dir)?;
        let encoder = Encoder::load(dir, &manifest)?;
        let lanes = Lanes::new(threads);
        // Running once finds a model that does not fit its description before any caller does.
        let probe = lanes.now(|lane| encoder.embed(lane, "probe", Role::Passage))?;
        if probe.len() != manifest.dimensions {
            let why = format!(
                "gives vectors of {} numbers, but `{MANIFEST}` says {}",
                probe.len(),
                manifest.dimensions
            );
            return Err(Error::ModelBroken { file: dir.join(manifest::MODEL), why });
        }
        Ok(Self { info: manifest.info(), encoder: Arc::new(encoder), lanes: Arc::new(lanes) })
    }
}

/// Reads what a model folder says about itself and checks its files, without loading the model.
///
/// # Errors
/// As [`Local::open`].
pub fn inspect(dir: &Path) -> Result<ModelInfo, Error> {
    let manifest = Manifest::read(dir)?;
    manifest.verify(dir)?;
    Ok(manifest.info())
}

/// Returns the SHA-256 of the script that built a model; a model from elsewhere has none.
pub(crate) fn built_by(dir: &Path) -> Result<Option<String>, Error> {
    Manifest::read(dir).map(|manifest| manifest.built_by)
}

#[async_trait]
impl Embedder for Local {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    async fn embed(&self, texts: &[String], role: Role) -> Result<Vec<Vec<f32>>, Error> {
        let visit = |visit: &[String]| {
            let (encoder, visit) = (self.encoder.clone(), visit.to_vec());
            move |lane: &Lane| visit.iter().map(|text| encoder.embed(lane, text, role)).collect()
        };
        let vectors: Vec<Vec<_>> = self.lanes.each(texts.chunks(VISIT), visit).await?;
        Ok(vectors.into_iter().flatten().collect())
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.encoder.count_tokens(text)
    }
}
