use std::fmt::Display;

use rten::{Model, ModelOptions, NodeId, Value};
use rten_tensor::{Layout as _, Tensor};
use tokenizers::{Tokenizer, TruncationParams, TruncationStrategy};

use super::batches::Padding;
use super::files::Files;
use crate::lanes::Lane;
use crate::local::{BYTES_PER_TOKEN, TOKENIZER};

/// The inputs that a model may ask for.
const IDS: &str = "input_ids";
const MASK: &str = "attention_mask";
const SEGMENTS: &str = "token_type_ids";
/// The least that question and text have together: a model that takes less takes no text.
const LEAST_TOKENS: usize = 16;

/// A question and a text as a model reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    ids: Vec<i32>,
    /// 0 for what belongs to the question, 1 for what belongs to the text, in models that tell them apart so.
    segments: Vec<i32>,
}

impl Pair {
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

/// Tokeniser and graph: pairs in, a score for each out.
pub(super) struct Scorer {
    /// The graph and its folder, for errors.
    shown: String,
    graph: Model,
    ids: NodeId,
    mask: Option<NodeId>,
    segments: Option<NodeId>,
    output: NodeId,
    tokenizer: Tokenizer,
    pad: i32,
    labels: Option<usize>,
    max_tokens: usize,
}

impl Scorer {
    /// Loads the files; a pair has at most `max_tokens` tokens, or as many as the model takes if that is less.
    pub(super) fn load(files: &Files, max_tokens: usize) -> Result<Self, String> {
        let name = files.graph_name();
        let graph = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load_file(files.graph())
            .map_err(|error| format!("`{name}` cannot be loaded ({error})"))?;
        let known = [IDS, MASK, SEGMENTS];
        let inputs: Vec<&str> =
            graph.input_ids().iter().filter_map(|id| graph.node_info(*id)?.name()).collect();
        if !inputs.contains(&IDS) || inputs.iter().any(|input| !known.contains(input)) {
            return Err(format!(
                "`{name}` asks for {}; expected is `{IDS}`, and besides it nothing but `{MASK}` and `{SEGMENTS}`",
                listed(&inputs)
            ));
        }
        let find = |input: &str| inputs.contains(&input).then(|| graph.find_node(input)).flatten();
        let outputs = graph.output_ids();
        let logits = graph.find_node("logits").filter(|node| outputs.contains(node));
        let (Some(ids), Some(output)) = (find(IDS), logits.or(outputs.first().copied())) else {
            return Err(format!("`{name}` gives nothing; expected is a score for each pair"));
        };

        let bad_tokenizer = |error| format!("`{TOKENIZER}` cannot be used ({error})");
        let mut tokenizer = Tokenizer::from_file(files.tokenizer()).map_err(bad_tokenizer)?;
        let takes = files.max_tokens().or(tokenizer.get_truncation().map(|cut| cut.max_length));
        let max_tokens = takes.map_or(max_tokens, |takes| takes.min(max_tokens));
        if max_tokens < LEAST_TOKENS {
            return Err(format!(
                "the model takes {max_tokens} tokens; expected are at least {LEAST_TOKENS} for question and text together"
            ));
        }
        let pad = tokenizer.get_padding().and_then(|padding| i32::try_from(padding.pad_id).ok());
        let pad = pad.or(files.pad_token()).unwrap_or_default();
        tokenizer.with_padding(None);
        // Whatever is the longer is cut. As long as the question takes at most half, that is the text alone.
        let cut = TruncationParams {
            max_length: max_tokens,
            strategy: TruncationStrategy::LongestFirst,
            ..TruncationParams::default()
        };
        tokenizer.with_truncation(Some(cut)).map_err(bad_tokenizer)?;
        let (mask, segments) = (find(MASK), find(SEGMENTS));
        let (shown, labels) = (format!("`{name}` in `{}`", files.shown()), files.labels());
        Ok(Self { shown, ids, mask, segments, output, graph, tokenizer, pad, labels, max_tokens })
    }

    /// Returns how many tokens a pair has at most.
    pub(super) fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    pub(super) fn padding(&self) -> Padding {
        if self.mask.is_some() { Padding::Told } else { Padding::None }
    }

    /// Scores pairs of which what comes out is known in form: several at once, and one as long as any will be.
    pub(super) fn probe(&self, lane: &Lane) -> Result<(), String> {
        let (few, long) = (self.pair("probe", "a")?, self.pair("probe", &"probe ".repeat(self.max_tokens))?);
        self.score(lane, &[&few, &few])?;
        let failed = |why| {
            format!(
                "{why}; tried were {} tokens, so lower `reranker.max_tokens`, or put the model's `config.json` beside it",
                long.len()
            )
        };
        self.score(lane, &[&long]).map_err(failed)?;
        Ok(())
    }

    /// Makes a pair of question and text, cut to what the model takes.
    pub(super) fn pair(&self, question: &str, text: &str) -> Result<Pair, String> {
        let begin =
            |text: &str| text[..text.floor_char_boundary(self.max_tokens * BYTES_PER_TOKEN)].to_owned();
        let encoding = self
            .tokenizer
            .encode_fast((begin(question), begin(text)), true)
            .map_err(|error| format!("the tokenizer of {} makes no pair ({error})", self.shown))?;
        let numbers =
            |numbers: &[u32]| numbers.iter().map(|&id| i32::try_from(id).unwrap_or_default()).collect();
        Ok(Pair { ids: numbers(encoding.get_ids()), segments: numbers(encoding.get_type_ids()) })
    }

    /// Returns a score for each pair, higher for what answers better. They are the model's own numbers: a sigmoid
    /// would keep their order, except where it makes one of all that are high.
    pub(super) fn score(&self, lane: &Lane, pairs: &[&Pair]) -> Result<Vec<f32>, String> {
        let length = pairs.iter().map(|pair| pair.len()).max().unwrap_or_default();
        let filled = |numbers: &dyn Fn(&Pair) -> Vec<i32>, fill: i32| {
            let mut all = Vec::with_capacity(pairs.len() * length);
            for pair in pairs {
                let row = numbers(pair);
                let missing = length - row.len();
                all.extend(row);
                all.extend(std::iter::repeat_n(fill, missing));
            }
            Value::from_shape([pairs.len(), length], all).map_err(|error| self.failed(&error))
        };
        let mut inputs = vec![(self.ids, filled(&|pair| pair.ids.clone(), self.pad)?.into())];
        if let Some(mask) = self.mask {
            inputs.push((mask, filled(&|pair| vec![1; pair.len()], 0)?.into()));
        }
        if let Some(segments) = self.segments {
            inputs.push((segments, filled(&|pair| pair.segments.clone(), 0)?.into()));
        }
        let run = self.graph.run_n(inputs, [self.output], Some(lane.options()));
        let [output] = run.map_err(|error| self.failed(&error))?;
        self.read(output, pairs.len())
    }

    /// Reads the scores of so many pairs.
    fn read(&self, output: Value, pairs: usize) -> Result<Vec<f32>, String> {
        let (shape, kind) = (output.shape().to_vec(), output.dtype());
        let numbers = output.into_tensor::<f32>().map(Tensor::into_data).unwrap_or_default();
        let labels = match shape[..] {
            [rows] if rows == pairs => 1,
            [rows, labels @ (1 | 2)] if rows == pairs => labels,
            _ => 0,
        };
        let is_said = self.labels.is_none_or(|said| said == labels);
        if labels == 0 || !is_said || numbers.len() != pairs * labels {
            return Err(format!(
                "{} gives {kind} of shape {shape:?} for {pairs} pairs; expected is {}",
                self.shown,
                match self.labels {
                    Some(2) => format!("[{pairs}, 2], since `config.json` says two labels"),
                    Some(_) => format!("[{pairs}, 1], since `config.json` says one label"),
                    None => format!(
                        "[{pairs}, 1], a score each, or [{pairs}, 2], of which the last says that the text answers"
                    ),
                }
            ));
        }
        // With two labels what speaks for the text counts less what speaks against it.
        let scores = numbers.chunks_exact(labels).map(|row| match row {
            [against, with] => with - against,
            row => row.first().copied().unwrap_or(f32::NAN),
        });
        let scores: Vec<f32> = scores.collect();
        match scores.iter().filter(|score| !score.is_finite()).count() {
            0 => Ok(scores),
            wrong => Err(format!(
                "{} gives no number as the score of {wrong} of {pairs} pairs; expected is a finite one for each",
                self.shown
            )),
        }
    }

    fn failed(&self, error: &dyn Display) -> String {
        format!("{} cannot be run ({error})", self.shown)
    }
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
