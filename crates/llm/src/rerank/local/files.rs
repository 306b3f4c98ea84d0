//! What the folder of a cross-encoder holds, in the names that its publishers and the usual export give it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::local::{TOKENIZER, hex, reading, sha256};

/// The graph, in the order in which it is looked for: who converted it wants what came of that.
const GRAPHS: [&str; 2] = ["model.rten", "model.onnx"];
const CONFIG: &str = "config.json";

/// What is read of a model's `config.json`.
#[derive(Debug, Default, Deserialize)]
struct Config {
    #[serde(default)]
    model_type: String,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<i32>,
    num_labels: Option<usize>,
    id2label: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The files of a folder, and what it says of its model.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    graph: &'static str,
    config: Config,
}

impl Files {
    /// Looks for the files.
    ///
    /// # Errors
    /// Says which file is missing and what it holds, or what is wrong with it.
    pub(super) fn find(folder: &Path) -> Result<Self, String> {
        if !folder.is_dir() {
            return Err(
                "there is no such folder; it holds `model.onnx` or `model.rten`, and `tokenizer.json`"
                    .to_owned(),
            );
        }
        let graph = GRAPHS.into_iter().find(|name| folder.join(name).is_file());
        let graph = graph.ok_or(
            "`model.rten` and `model.onnx` are missing; one of them holds the graph and weights of a cross-encoder",
        )?;
        if !folder.join(TOKENIZER).is_file() {
            return Err(format!(
                "`{TOKENIZER}` is missing; it holds how the model splits texts, in the form of the tokenizers library"
            ));
        }
        let config = match fs::read(folder.join(CONFIG)) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                format!("`{CONFIG}` is not the description of a model ({error}); leave it out, or take the published one")
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Config::default(),
            Err(error) => return Err(format!("`{CONFIG}` {}", reading(&error))),
        };
        let files = Self { folder: folder.to_owned(), graph, config };
        match files.labels() {
            None | Some(1 | 2) => Ok(files),
            Some(labels) => Err(format!(
                "`{CONFIG}` says {labels} labels; expected is a cross-encoder with one, the score, or with two, of which the last is that the text answers"
            )),
        }
    }

    pub(super) fn graph(&self) -> PathBuf {
        self.folder.join(self.graph)
    }

    pub(super) fn graph_name(&self) -> &'static str {
        self.graph
    }

    pub(super) fn tokenizer(&self) -> PathBuf {
        self.folder.join(TOKENIZER)
    }

    /// Returns the name of the folder, by which people know the model.
    pub(super) fn name(&self) -> String {
        // `.` and `models/..` have a name too, once they are resolved.
        let whole = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        whole.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Returns the folder as errors name it.
    pub(super) fn shown(&self) -> String {
        self.folder.display().to_string()
    }

    /// Returns how many tokens of a pair the model takes, where it says so.
    pub(super) fn max_tokens(&self) -> Option<usize> {
        let kind = self.config.model_type.as_str();
        // These count the places of a text from after the number of the token that fills up.
        let is_offset = kind.contains("roberta") || ["camembert", "mpnet"].contains(&kind);
        let offset = if is_offset { self.pad_token().unwrap_or(1) + 1 } else { 0 };
        Some(self.config.max_position_embeddings?.saturating_sub(usize::try_from(offset).unwrap_or_default()))
    }

    /// Returns the number of the token that fills up, where the folder says so.
    pub(super) fn pad_token(&self) -> Option<i32> {
        self.config.pad_token_id
    }

    /// Returns how many numbers the model gives for a pair, where it says so.
    pub(super) fn labels(&self) -> Option<usize> {
        let named = self.config.id2label.as_ref().map(serde_json::Map::len);
        self.config.num_labels.or(named)
    }

    /// Returns what identifies all that a score depends on: graph, weights, tokens, and where pairs are cut.
    pub(super) fn checksum(&self, max_tokens: usize) -> Result<String, String> {
        let entries =
            fs::read_dir(&self.folder).map_err(|error| format!("the folder {}", reading(&error)))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        // Weights may lie beside the graph, as `model.onnx.data` or `model.onnx_data`.
        let mut names: Vec<String> =
            names.filter(|name| name.starts_with(self.graph) || name == TOKENIZER).collect();
        names.sort_unstable();
        let mut whole = Sha256::new();
        for name in names {
            let sum =
                sha256(&self.folder.join(&name)).map_err(|error| format!("`{name}` {}", reading(&error)))?;
            whole.update(format!("{name} {sum}\n"));
        }
        whole.update(max_tokens.to_string());
        let mut checksum = hex(&whole.finalize());
        checksum.truncate(16);
        Ok(checksum)
    }
}
