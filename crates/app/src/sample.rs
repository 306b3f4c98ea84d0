//! The sample workspace that ships with the binary: an invented company, our own writing.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

/// The sample as the build packed it.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sample.tar.gz"));

/// A question of the sample and who asks it.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// The question.
    pub question: String,
    /// Who asks.
    pub viewers: Vec<Viewer>,
}

/// One who asks.
#[derive(Debug, Clone, Deserialize)]
pub struct Viewer {
    /// What to call it on the screen.
    pub label: String,
    /// Its key; absent for somebody unknown.
    pub person: Option<String>,
    /// How sure we are.
    pub assurance: identity::Assurance,
    /// What to look at in the answer.
    pub why: String,
}

/// Unpacks the sample into `folder` and returns the files of the workspace and the questions.
///
/// # Errors
/// Fails when the folder cannot be written.
pub fn unpack(folder: &Path) -> anyhow::Result<(PathBuf, Vec<Question>)> {
    std::fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(PACKED));
    let mut questions = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.path()?.ends_with("questions.json") {
            let mut text = String::new();
            entry.read_to_string(&mut text)?;
            questions = serde_json::from_str(&text).context("the sample's questions")?;
            continue;
        }
        entry
            .unpack_in(folder)
            .with_context(|| format!("the sample cannot be written to `{}`", folder.display()))?;
    }
    Ok((folder.to_owned(), questions))
}
