//! What an interrupted replay has done, one conversation a line.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Part;

/// The finished conversations of a replay, kept in a file until the report is written.
#[derive(Debug)]
pub struct Saved {
    path: PathBuf,
    file: File,
    parts: HashMap<String, Part>,
}

impl Saved {
    /// Opens the file of a replay; `key` names everything that decides its result. A last line that was cut off
    /// by a crash is done again.
    ///
    /// # Errors
    /// Fails when the folder cannot be written to.
    pub fn open(folder: &Path, key: &str) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
        let path = folder.join(format!(".replay-{key}.jsonl"));
        let mut parts = HashMap::new();
        let mut whole = String::new();
        if let Ok(file) = File::open(&path) {
            for line in BufReader::new(file).lines() {
                let Ok(line) = line else { break };
                let Ok(part) = serde_json::from_str::<Part>(&line) else { break };
                parts.insert(part.conversation.clone(), part);
                whole.push_str(&line);
                whole.push('\n');
            }
        }
        std::fs::write(&path, whole).with_context(|| format!("`{}` cannot be written", path.display()))?;
        let file = OpenOptions::new().append(true).open(&path)?;
        Ok(Self { path, file, parts })
    }

    /// Returns how many conversations are done.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Reports whether nothing is done yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(super) fn take(&mut self, conversation: &str) -> Option<Part> {
        self.parts.remove(conversation)
    }

    pub(super) fn keep(&mut self, part: &Part) -> anyhow::Result<()> {
        let mut line = serde_json::to_string(part)?;
        line.push('\n');
        self.file
            .write_all(line.as_bytes())
            .with_context(|| format!("`{}` cannot be written", self.path.display()))
    }

    /// Takes the file away: the report is written.
    ///
    /// # Errors
    /// Fails when it cannot be removed.
    pub fn finish(self) -> anyhow::Result<()> {
        std::fs::remove_file(&self.path)
            .with_context(|| format!("`{}` cannot be removed", self.path.display()))
    }
}
