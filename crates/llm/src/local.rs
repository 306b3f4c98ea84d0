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
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::{Embedder, Error, ModelInfo, Role};
pub(crate) use check::CHECK;
pub use check::check;
use encoder::{Encoder, Lane};
use manifest::Manifest;
pub(crate) use manifest::{MANIFEST, hex, sha256};

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
        let probe = encoder.embed(&lanes.idle()[0], "probe", Role::Passage)?;
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
        let mut visits = JoinSet::new();
        let mut vectors = vec![Vec::new(); texts.len()];
        for (number, visit) in texts.chunks(VISIT).enumerate() {
            // Waiting here, before the texts are copied, keeps at most one visit per lane in memory.
            let permit =
                self.lanes.permits.clone().acquire_owned().await.expect("the semaphore is never closed");
            let (encoder, lanes, visit) = (self.encoder.clone(), self.lanes.clone(), visit.to_vec());
            visits.spawn_blocking(move || {
                let lane = lanes.take();
                let embed = || {
                    visit.iter().map(|text| encoder.embed(&lane, text, role)).collect::<Result<Vec<_>, _>>()
                };
                let result = lane.run(embed);
                lanes.give_back(lane);
                drop(permit);
                result.map(|vectors| (number, vectors))
            });
            while let Some(done) = visits.try_join_next() {
                place(&mut vectors, done)?;
            }
        }
        while let Some(done) = visits.join_next().await {
            place(&mut vectors, done)?;
        }
        Ok(vectors)
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.encoder.count_tokens(text)
    }
}

type Done = Result<Result<(usize, Vec<Vec<f32>>), Error>, tokio::task::JoinError>;

fn place(vectors: &mut [Vec<f32>], done: Done) -> Result<(), Error> {
    let (number, made) = match done {
        Ok(result) => result?,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // A visit is cancelled only when the runtime stops, and then this line is not reached.
            Err(cancelled) => {
                return Err(Error::Malformed { model: "local".to_owned(), why: cancelled.to_string() });
            }
        },
    };
    for (slot, vector) in vectors.iter_mut().skip(number * VISIT).zip(made) {
        *slot = vector;
    }
    Ok(())
}

/// The threads that run the model, shared by all calls.
struct Lanes {
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Lane>>,
}

impl Lanes {
    fn new(threads: NonZeroUsize) -> Self {
        let idle = (0..threads.get()).map(|_| Lane::new()).collect();
        Self { permits: Arc::new(Semaphore::new(threads.get())), idle: Mutex::new(idle) }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Lane>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a lane; whoever holds a permit finds one, unless a panic lost it.
    fn take(&self) -> Lane {
        self.idle().pop().unwrap_or_else(Lane::new)
    }

    fn give_back(&self, lane: Lane) {
        self.idle().push(lane);
    }
}
