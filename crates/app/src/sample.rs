//! The sample workspace that ships with the binary: an invented company, our own writing.
//!
//! With it ship answers to its questions, written by us as a model would be expected to write them from exactly the
//! evidence given. They are kept as recordings, so that showing them takes the way of any model's answer: the prompt is
//! assembled, the recording found by its hash, what it says is read, held against the evidence and checked. Whoever
//! shows them calls them [`RECORDED`]. A changed prompt, article or way of searching asks for something new; the
//! example `record_sample_answers` records anew from `sample/answers.json`.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use identity::Purpose;
use llm::completion::recording::Mode;
use serde::Deserialize;
use serde_json::json;

use crate::App;
use crate::ask::Ask;
use crate::config::{DrafterConfig, DrafterKind, Settings};

/// What the recorded answers are called wherever they are shown.
pub const RECORDED: &str = "recorded sample answers (written by us, not by a model's provider)";

/// The name they are recorded under.
const MODEL: &str = "sample-answers-written-by-us";
/// Where nobody is asked: what is played back needs no address, and one of this machine needs nobody's leave.
const NOWHERE: &str = "http://127.0.0.1:9/v1";
/// The folder of the recordings in the packed sample.
const RECORDINGS: &str = "recordings";

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

impl Viewer {
    /// Returns a question as this viewer asks it.
    #[must_use]
    pub fn asks(&self, question: &str) -> Ask {
        Ask {
            text: question.to_owned(),
            person: self.person.clone(),
            assurance: self.assurance,
            purpose: Purpose::Draft,
            customer: domain::Applicability::default(),
            as_of: None,
        }
    }
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
        if entry.path()?.starts_with(RECORDINGS) {
            continue;
        }
        if entry.path()?.ends_with("questions.json") {
            let mut text = String::new();
            entry.read_to_string(&mut text)?;
            questions = serde_json::from_str(&text).context("the sample's questions")?;
            continue;
        }
        unpack_one(&mut entry, folder)?;
    }
    Ok((folder.to_owned(), questions))
}

/// Unpacks the recorded answers into `folder` and returns the installation with these as its drafts.
///
/// # Errors
/// Fails when the folder cannot be written.
pub fn recorded(app: &App, folder: &Path) -> anyhow::Result<App> {
    std::fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(PACKED));
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.path()?.starts_with(RECORDINGS) {
            unpack_one(&mut entry, folder)?;
        }
    }
    drafting(app, &folder.join(RECORDINGS), Mode::Replay, NOWHERE)
}

/// Returns the installation with its drafts recorded in `folder`, written by whoever answers at `base_url`.
///
/// # Errors
/// As [`App::drafting_by`].
pub fn recording(app: &App, folder: &Path, base_url: &str) -> anyhow::Result<App> {
    drafting(app, folder, Mode::Record, base_url)
}

/// Reports whether a question failed because nothing was recorded for exactly what was asked.
#[must_use]
pub fn is_not_recorded(error: &anyhow::Error) -> bool {
    let is_it = |cause: &(dyn std::error::Error + 'static)| {
        matches!(cause.downcast_ref::<llm::Error>(), Some(llm::Error::NotRecorded { .. }))
    };
    error.chain().any(is_it)
}

/// Everything that makes the prompt is as by default, whatever is configured: recordings are found by it.
fn drafting(app: &App, folder: &Path, mode: Mode, base_url: &str) -> anyhow::Result<App> {
    let model = json!({ "provider": "openai", "model": MODEL, "base_url": base_url, "retries": 0 });
    let usual = Settings::default_settings()?.drafter;
    let mut settings = app.settings.of_all();
    settings.models = BTreeMap::from([(MODEL.to_owned(), serde_json::from_value(model)?)]);
    settings.drafter = DrafterConfig {
        kind: DrafterKind::Llm,
        models: vec![MODEL.to_owned()],
        recording: mode,
        recordings: folder.to_owned(),
        ..usual
    };
    app.drafting_by(settings)
}

fn unpack_one(entry: &mut tar::Entry<'_, impl std::io::Read>, folder: &Path) -> anyhow::Result<()> {
    entry
        .unpack_in(folder)
        .with_context(|| format!("the sample cannot be written to `{}`", folder.display()))?;
    Ok(())
}
