//! A model of a few hundred bytes, written by hand, so that tests need neither Python nor a download.

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
    let vocabulary: serde_json::Map<_, _> =
        WORDS.iter().enumerate().map(|(id, (word, _))| ((*word).to_owned(), id.into())).collect();
    serde_json::json!({
        "version": "1.0", "truncation": null, "padding": {
            "strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 2, "pad_type_id": 0, "pad_token": "[UNK]"
        },
        "added_tokens": [], "normalizer": null, "decoder": null,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 1], "cls": ["[CLS]", 0]},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    })
    .to_string()
}

/// Writes the one-operator graph in the wire format of protocol buffers.
fn onnx() -> Vec<u8> {
    const FLOAT: u64 = 1;
    const INT64: u64 = 7;
    let table: Vec<u8> = WORDS.iter().flat_map(|(_, vector)| vector).flat_map(|x| x.to_le_bytes()).collect();
    let initializer = [
        number(1, WORDS.len() as u64),
        number(1, DIMENSIONS as u64),
        number(2, FLOAT),
        bytes(8, b"table"),
        bytes(9, &table),
    ];
    let node = [bytes(1, b"table"), bytes(1, b"input_ids"), bytes(2, b"output"), bytes(4, b"Gather")];
    let value = |name: &[u8], kind: u64, axes: &[&[u8]]| {
        let shape: Vec<u8> = axes.iter().flat_map(|axis| bytes(1, &bytes(2, axis))).collect();
        let tensor = [number(1, kind), bytes(2, &shape)].concat();
        [bytes(1, name), bytes(2, &bytes(1, &tensor))].concat()
    };
    let graph = [
        bytes(1, &node.concat()),
        bytes(2, b"tiny"),
        bytes(5, &initializer.concat()),
        bytes(11, &value(b"input_ids", INT64, &[b"batch", b"length"])),
        bytes(12, &value(b"output", FLOAT, &[b"batch", b"length", b"dimensions"])),
    ];
    let opset = [bytes(1, b""), number(2, 17)];
    [number(1, 8), bytes(7, &graph.concat()), bytes(8, &opset.concat())].concat()
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
