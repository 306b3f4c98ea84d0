//! Models of a few hundred bytes, written by hand, so that tests need neither Python nor a download.

use std::fs;
use std::path::Path;

use crate::local::sha256;

pub(crate) const DIMENSIONS: usize = 3;
/// Words and their vectors; the first two stand at the ends of every text.
const WORDS: [(&str, [f32; DIMENSIONS]); 6] = [
    ("[CLS]", [0.0, 0.0, 0.0]),
    ("[SEP]", [0.0, 0.0, 0.0]),
    ("[UNK]", [0.0, 0.0, 0.0]),
    ("red", [1.0, 0.0, 0.0]),
    ("green", [0.0, 2.0, 0.0]),
    ("query", [0.0, 0.0, 3.0]),
];

/// Writes a whole model that looks up a vector per word.
pub(crate) fn write(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    fs::write(dir.join("model.onnx"), onnx()).unwrap();
    fs::write(dir.join("tokenizer.json"), tokenizer()).unwrap();
    describe(dir, "");
}

/// Writes `model.toml` for the files that are there; `more` goes in as it is.
pub(crate) fn describe(dir: &Path, more: &str) {
    let sum = |name: &str| sha256(&dir.join(name)).unwrap();
    let dimensions =
        if more.contains("dimensions") { String::new() } else { format!("dimensions = {DIMENSIONS}") };
    let text = format!(
        "format = 1\nname = \"tiny\"\n{dimensions}\nmax_length = 8\npooling = \"mean\"\nlanguages = [\"en\"]\n\
         model_sha256 = \"{}\"\ntokenizer_sha256 = \"{}\"\n{more}\n",
        sum("model.onnx"),
        sum("tokenizer.json"),
    );
    fs::write(dir.join("model.toml"), text).unwrap();
}

fn tokenizer() -> String {
    let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
    tokenizer_of(&words, 2)
}

/// Returns a tokenizer of whole words, of which the first two stand at the ends of every text; a text is filled up
/// with the one at `pad`, unless whoever loads it thinks of that.
fn tokenizer_of(words: &[&str], pad: usize) -> String {
    let vocabulary: serde_json::Map<_, _> =
        words.iter().enumerate().map(|(id, word)| ((*word).to_owned(), id.into())).collect();
    serde_json::json!({
        "version": "1.0", "truncation": null, "padding": {
            "strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": pad, "pad_type_id": 0, "pad_token": words[pad]
        },
        "added_tokens": [], "normalizer": null, "decoder": null,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 1], "cls": ["[CLS]", 0]},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    })
    .to_string()
}

/// Writes the one-operator graph.
fn onnx() -> Vec<u8> {
    let table: Vec<f32> = WORDS.iter().flat_map(|(_, vector)| vector).copied().collect();
    let graph = Graph {
        nodes: vec![node("Gather", &["table", "input_ids"], "output", &[])],
        tensors: vec![floats("table", &[WORDS.len(), DIMENSIONS], &table)],
        inputs: &["input_ids"],
        output: ("output", &["batch", "length", "dimensions"]),
    };
    graph.written()
}

/// Words of the tiny cross-encoder and what each counts in a score.
const COUNTS: [(&str, f32); 8] = [
    ("[CLS]", 0.0),
    ("[SEP]", 0.0),
    ("[UNK]", 0.0),
    // Whoever lets what fills up count sees it at once.
    ("[PAD]", 1_000.0),
    ("red", 1.0),
    ("green", 3.0),
    ("cold", -5.0),
    ("broken", f32::NAN),
];

/// A kind of tiny cross-encoder. Its score is the sum of what the words of the text count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ranks {
    /// Told which tokens are the text's, it gives one score in a row of its own.
    Segments,
    /// Told which tokens are there, it gives a list of scores; the question's words count as well.
    Mask,
    /// Told nothing, it gives two numbers: the sum turned round, and the sum.
    Pairs,
    /// As many numbers as a pair has tokens: no cross-encoder.
    Tokens,
    /// Three numbers for each pair: no cross-encoder.
    Three,
    /// It wants an input that nobody gives.
    Positions,
}

/// Writes the folder of a tiny cross-encoder, without a `config.json`.
pub(crate) fn write_reranker(dir: &Path, ranks: Ranks) {
    fs::create_dir_all(dir).unwrap();
    fs::write(dir.join("model.onnx"), cross_encoder(ranks)).unwrap();
    let words: Vec<&str> = COUNTS.iter().map(|(word, _)| *word).collect();
    fs::write(dir.join("tokenizer.json"), tokenizer_of(&words, 3)).unwrap();
}

fn cross_encoder(ranks: Ranks) -> Vec<u8> {
    let (inputs, signs): (&[&str], &[f32]) = match ranks {
        Ranks::Segments => (&["input_ids", "attention_mask", "token_type_ids"], &[1.0]),
        Ranks::Mask => (&["input_ids", "attention_mask"], &[1.0]),
        Ranks::Pairs => (&["input_ids"], &[-1.0, 1.0]),
        Ranks::Tokens => (&["input_ids"], &[1.0]),
        Ranks::Three => (&["input_ids"], &[1.0; 3]),
        Ranks::Positions => (&["input_ids", "position_ids"], &[1.0]),
    };
    let table = COUNTS.iter().flat_map(|(_, count)| signs.iter().map(move |sign| count * sign));
    // With one number for a word the table is a list, and so is what is looked up for a text.
    let columns = &[COUNTS.len(), signs.len()][..signs.len().min(2)];
    let mut nodes = vec![node("Gather", &["table", "input_ids"], "counts", &[])];
    let mut counted = "counts".to_owned();
    for input in &inputs[1..] {
        let (cast, next) = (format!("{input}_as_floats"), format!("{counted}_{input}"));
        nodes.push(node("Cast", &[input], &cast, &[("to", FLOAT)]));
        nodes.push(node("Mul", &[&counted, &cast], &next, &[]));
        counted = next;
    }
    let keeps_row = signs.len() == 1 && ranks != Ranks::Mask;
    nodes.push(node("ReduceSum", &[&counted, "axes"], "logits", &[("keepdims", u64::from(keeps_row))]));
    let output: (&str, &[&str]) = match ranks {
        Ranks::Tokens => ("counts", &["batch", "length"]),
        Ranks::Mask => ("logits", &["batch"]),
        _ => ("logits", &["batch", "label"]),
    };
    let tensors = vec![floats("table", columns, &table.collect::<Vec<_>>()), longs("axes", &[1])];
    Graph { nodes, tensors, inputs, output }.written()
}

const FLOAT: u64 = 1;
const INT64: u64 = 7;

/// A graph in the wire format of protocol buffers, piece by piece.
struct Graph<'a> {
    nodes: Vec<Vec<u8>>,
    tensors: Vec<Vec<u8>>,
    inputs: &'a [&'a str],
    output: (&'a str, &'a [&'a str]),
}

impl Graph<'_> {
    fn written(&self) -> Vec<u8> {
        let value = |name: &str, kind: u64, axes: &[&str]| {
            let shape: Vec<u8> = axes.iter().flat_map(|axis| bytes(1, &bytes(2, axis.as_bytes()))).collect();
            let tensor = [number(1, kind), bytes(2, &shape)].concat();
            [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &tensor))].concat()
        };
        let all =
            |field, parts: &[Vec<u8>]| parts.iter().flat_map(|part| bytes(field, part)).collect::<Vec<u8>>();
        let inputs = self.inputs.iter().map(|name| value(name, INT64, &["batch", "length"]));
        let graph = [
            all(1, &self.nodes),
            bytes(2, b"tiny"),
            all(5, &self.tensors),
            all(11, &inputs.collect::<Vec<_>>()),
            bytes(12, &value(self.output.0, FLOAT, self.output.1)),
        ];
        let opset = [bytes(1, b""), number(2, 17)];
        [number(1, 8), bytes(7, &graph.concat()), bytes(8, &opset.concat())].concat()
    }
}

fn node(operator: &str, inputs: &[&str], output: &str, numbers: &[(&str, u64)]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| bytes(1, input.as_bytes())).collect();
    let attribute = |(name, value): &(&str, u64)| {
        const INT: u64 = 2;
        bytes(5, &[bytes(1, name.as_bytes()), number(3, *value), number(20, INT)].concat())
    };
    let attributes: Vec<u8> = numbers.iter().flat_map(attribute).collect();
    [inputs, bytes(2, output.as_bytes()), bytes(4, operator.as_bytes()), attributes].concat()
}

fn floats(name: &str, shape: &[usize], numbers: &[f32]) -> Vec<u8> {
    let raw: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    tensor(name, FLOAT, shape, &raw)
}

fn longs(name: &str, numbers: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    tensor(name, INT64, &[numbers.len()], &raw)
}

fn tensor(name: &str, kind: u64, shape: &[usize], raw: &[u8]) -> Vec<u8> {
    let shape: Vec<u8> = shape.iter().flat_map(|length| number(1, *length as u64)).collect();
    [shape, number(2, kind), bytes(8, name.as_bytes()), bytes(9, raw)].concat()
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}
