use std::fmt::Display;
use std::path::Path;

use rten::{Model, ModelOptions, NodeId, Value};
use tokenizers::{Tokenizer, TruncationParams};

use super::manifest::{MODEL, Manifest, Pooling, TOKENIZER};
use crate::lanes::Lane;
use crate::vector::normalise;
use crate::{Error, Role};

/// A long text is cut to this many bytes per token before it is split into tokens, since splitting
/// fifty megabytes to keep 256 tokens would take minutes. No language comes near.
pub(crate) const BYTES_PER_TOKEN: usize = 64;

/// Tokeniser, graph and pooling: one text in, one vector out.
pub(super) struct Encoder {
    name: String,
    graph: Model,
    ids: NodeId,
    mask: Option<NodeId>,
    segments: Option<NodeId>,
    output: NodeId,
    cutting: Tokenizer,
    counting: Tokenizer,
    pooling: Pooling,
    query_prefix: String,
    passage_prefix: String,
    max_length: usize,
}

impl Encoder {
    /// Loads files that were verified before.
    pub(super) fn load(dir: &Path, manifest: &Manifest) -> Result<Self, Error> {
        let broken = |file: &str, why: String| Error::ModelBroken { file: dir.join(file), why };
        let graph = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load_file(dir.join(MODEL))
            .map_err(|error| broken(MODEL, format!("cannot be loaded ({error})")))?;
        let Some(ids) = graph.find_node("input_ids") else {
            return Err(broken(MODEL, "has no input `input_ids`".to_owned()));
        };
        let Some(&output) = graph.output_ids().first() else {
            return Err(broken(MODEL, "has no output".to_owned()));
        };

        let bad_tokenizer = |error| broken(TOKENIZER, format!("cannot be used ({error})"));
        let mut counting = Tokenizer::from_file(dir.join(TOKENIZER)).map_err(bad_tokenizer)?;
        counting.with_padding(None);
        counting.with_truncation(None).map_err(bad_tokenizer)?;
        let mut cutting = counting.clone();
        let cut = TruncationParams { max_length: manifest.max_length, ..TruncationParams::default() };
        cutting.with_truncation(Some(cut)).map_err(bad_tokenizer)?;

        Ok(Self {
            name: manifest.name.clone(),
            ids,
            mask: graph.find_node("attention_mask"),
            segments: graph.find_node("token_type_ids"),
            output,
            graph,
            cutting,
            counting,
            pooling: manifest.pooling,
            query_prefix: manifest.query_prefix.clone(),
            passage_prefix: manifest.passage_prefix.clone(),
            max_length: manifest.max_length,
        })
    }

    pub(super) fn count_tokens(&self, text: &str) -> usize {
        self.counting.encode_fast(text, true).map_or(0, |encoding| encoding.len())
    }

    pub(super) fn embed(&self, lane: &Lane, text: &str, role: Role) -> Result<Vec<f32>, Error> {
        let prefix = match role {
            Role::Query => &self.query_prefix,
            Role::Passage => &self.passage_prefix,
        };
        let text = &text[..text.floor_char_boundary(self.max_length * BYTES_PER_TOKEN)];
        let encoding =
            self.cutting.encode_fast(format!("{prefix}{text}"), true).map_err(|error| self.failed(&error))?;
        let ids =
            encoding.get_ids().iter().map(|&id| i32::try_from(id).unwrap_or_default()).collect::<Vec<_>>();
        let length = ids.len();

        let tensor =
            |numbers: Vec<i32>| Value::from_shape([1, length], numbers).map_err(|error| self.failed(&error));
        let mut inputs = vec![(self.ids, tensor(ids)?.into())];
        if let Some(mask) = self.mask {
            inputs.push((mask, tensor(vec![1; length])?.into()));
        }
        if let Some(segments) = self.segments {
            inputs.push((segments, tensor(vec![0; length])?.into()));
        }
        let options = Some(lane.options());
        let [output] =
            self.graph.run_n(inputs, [self.output], options).map_err(|error| self.failed(&error))?;
        let (shape, tokens) = output.into_shape_vec::<f32, 3>().map_err(|error| self.failed(&error))?;

        let mut vector = pool(self.pooling, &tokens, shape[2]);
        normalise(&mut vector);
        Ok(vector)
    }

    fn failed(&self, error: &dyn Display) -> Error {
        Error::Malformed { model: self.name.clone(), why: error.to_string() }
    }
}

/// Makes one vector of the vectors of all tokens. There is no padding, so no mask is needed.
fn pool(pooling: Pooling, tokens: &[f32], dimensions: usize) -> Vec<f32> {
    let mut rows = tokens.chunks_exact(dimensions.max(1));
    let Some(first) = rows.next() else {
        return Vec::new();
    };
    let mut vector = first.to_vec();
    if pooling == Pooling::Mean {
        // The sum serves as the mean: the vector is scaled to length one afterwards.
        for row in rows {
            vector.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
    }
    vector
}
