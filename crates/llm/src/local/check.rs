use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use serde::Deserialize;

use super::{Encoder, Manifest};
use crate::lanes::Lanes;
use crate::{Error, Role};

/// Sentences with their vectors from the unquantised model, written by whoever built the model.
pub(crate) const CHECK: &str = "check.json";
/// Below this the quantised model no longer stands for the published one.
const LOWEST_COSINE: f32 = 0.985;

#[derive(Deserialize)]
struct Pair {
    text: String,
    vector: Vec<f32>,
}

/// Compares what the model computes on this machine with what its builder computed without
/// quantisation, and returns the lowest cosine; `None` if the folder has nothing to compare with.
///
/// # Errors
/// As [`Local::open`](super::Local::open), and when the vectors are too far from what they should be.
pub fn check(dir: &Path) -> Result<Option<f32>, Error> {
    let manifest = Manifest::read(dir)?;
    manifest.verify(dir)?;
    let file = dir.join(CHECK);
    if !file.exists() {
        return Ok(None);
    }
    let broken = |why: String| Error::ModelBroken { file: file.clone(), why };
    let text = fs::read_to_string(&file).map_err(Error::io(&file))?;
    let pairs: Vec<Pair> =
        serde_json::from_str(&text).map_err(|error| broken(format!("is not valid ({error})")))?;
    let encoder = Encoder::load(dir, &manifest)?;
    let lanes = Lanes::new(NonZeroUsize::MIN);
    let mut lowest = 1.0f32;
    for Pair { text, vector } in pairs {
        let found = lanes.now(|lane| encoder.embed(lane, &text, Role::Passage))?;
        // Both have length one.
        lowest = lowest.min(found.iter().zip(&vector).map(|(a, b)| a * b).sum());
    }
    if lowest < LOWEST_COSINE {
        let why = format!("says other vectors than the model gives here (lowest cosine {lowest:.3})");
        return Err(broken(why));
    }
    Ok(Some(lowest))
}
