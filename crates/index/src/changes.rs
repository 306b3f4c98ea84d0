//! What holds for changes on every backend.

use domain::Chunk;

use crate::analyser;
use crate::error::Error;
use crate::query::Op;

/// From how many chunks on their average length says something.
const ENOUGH_TO_FIT: usize = 64;

/// Returns the chunk that a change puts in.
pub(crate) fn upserted(op: &Op) -> Option<&Chunk> {
    match op {
        Op::Upsert { chunk, .. } => Some(chunk),
        Op::Remove(_) | Op::Close { .. } => None,
    }
}

/// Checks everything before anything is changed.
pub(crate) fn check(ops: &[Op], dimensions: usize) -> Result<(), Error> {
    for op in ops {
        if let Op::Upsert { chunk, dense } = op {
            check_vector(dense, dimensions)
                .map_err(|what| Error::Invalid(format!("the vector of chunk `{}` {what}", chunk.id)))?;
        }
    }
    Ok(())
}

/// Says what is wrong with a dense vector.
pub(crate) fn check_vector(dense: &[f32], dimensions: usize) -> Result<(), String> {
    if dense.len() != dimensions {
        return Err(format!("has {} dimensions, but the index has {dimensions}", dense.len()));
    }
    if dense.iter().all(|number| number.is_finite()) { Ok(()) } else { Err("is not finite".to_owned()) }
}

/// Says what is wrong with the vector of a question.
pub(crate) fn check_question(dense: &[f32], dimensions: usize) -> Result<(), Error> {
    check_vector(dense, dimensions)
        .map_err(|what| Error::Invalid(format!("the vector of the question {what}")))
}

/// Returns the average length of the texts of a batch that is large enough to fit it to, where `present` chunks
/// are there already: nothing where most of the vectors would have been made with another length.
pub(crate) fn fitted_length(ops: &[Op], present: usize) -> Result<Option<f64>, Error> {
    let chunks: Vec<&Chunk> = ops.iter().filter_map(upserted).collect();
    if chunks.len() < ENOUGH_TO_FIT || present > chunks.len() {
        return Ok(None);
    }
    analyser::average_length(chunks.into_iter())
}
