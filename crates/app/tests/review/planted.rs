//! The planted set: passages of an invented company that contradict each other in pairs, among others about the same
//! topics that contradict nothing. Two parts are there to tune on, the third to report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::review::{Finding, Reviewed};
use app::{App, Stop};
use domain::TenantId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A part of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    /// One to tune on.
    Tuning,
    /// Another, reported once and tuned on since.
    TuningMore,
    /// The one to report.
    HeldOut,
}

impl Half {
    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tuning => "tuning",
            Self::TuningMore => "tuning_more",
            Self::HeldOut => "held_out",
        }
    }

    fn rows(self) -> anyhow::Result<Vec<Row>> {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../responder/planted"));
        let path = folder.join(self.name()).with_extension("jsonl");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Row {
    Pair { differ: String, one: Map<String, Value>, other: Map<String, Value> },
    Fine(Map<String, Value>),
}

/// How well the pairs were found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Score {
    /// Planted pairs.
    pub(crate) pairs: usize,
    /// Other passages.
    pub(crate) others: usize,
    /// Planted pairs that were reported.
    pub(crate) right: usize,
    /// Reported pairs that were not planted, by their titles.
    pub(crate) wrong: Vec<(String, String)>,
    /// Planted pairs that were not reported, by their kind and the title of the first.
    pub(crate) missed: Vec<(String, String)>,
}

impl Score {
    /// Returns how many of the reported pairs were planted.
    pub(crate) fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong.len()).max(1) as f64
    }

    /// Returns how many of the planted pairs were reported.
    pub(crate) fn recall(&self) -> f64 {
        self.right as f64 / self.pairs.max(1) as f64
    }
}

/// Writes the passages of a half as articles into `folder`, reads them in, reviews them, and scores what was found.
pub(crate) async fn measure(app: &App, tenant: TenantId, half: Half, folder: &Path) -> anyhow::Result<Score> {
    let rows = half.rows()?;
    std::fs::create_dir_all(folder)?;
    let path = folder.join(half.name()).with_extension("jsonl");
    std::fs::write(&path, articles(&rows)?)?;
    app.read_files(tenant, &path, false, Stop::default(), &|_| {}).await?;
    let reviewed = app.review(tenant, usize::MAX, &Stop::default(), &|_| {}).await?;
    Ok(score(&rows, &reviewed))
}

/// Returns the rows as articles, one a line, with their numbers as ids.
fn articles(rows: &[Row]) -> anyhow::Result<String> {
    let mut lines = String::new();
    let mut add = |id: String, passage: &Map<String, Value>| -> anyhow::Result<()> {
        let mut article = passage.clone();
        article.insert("id".to_owned(), json!(id));
        article.insert("audience".to_owned(), json!("public"));
        lines.push_str(&serde_json::to_string(&article)?);
        lines.push('\n');
        Ok(())
    };
    for (number, row) in rows.iter().enumerate() {
        match row {
            Row::Pair { one, other, .. } => {
                add(format!("{number}-one"), one)?;
                add(format!("{number}-other"), other)?;
            }
            Row::Fine(one) => add(number.to_string(), one)?,
        }
    }
    Ok(lines)
}

fn score(rows: &[Row], reviewed: &Reviewed) -> Score {
    let mut planted: BTreeMap<BTreeSet<String>, (String, String)> = BTreeMap::new();
    for (number, row) in rows.iter().enumerate() {
        if let Row::Pair { differ, one, .. } = row {
            let pair = BTreeSet::from([format!("{number}-one"), format!("{number}-other")]);
            let title = one["title"].as_str().unwrap_or_default();
            planted.insert(pair, (differ.clone(), title.to_owned()));
        }
    }
    let pairs = planted.len();
    let (mut reported, mut wrong) = (BTreeSet::new(), Vec::new());
    for finding in &reviewed.findings {
        let Finding::Contradiction(pair) = finding else { continue };
        let ids = BTreeSet::from([pair.one.external_id.clone(), pair.other.external_id.clone()]);
        if !reported.insert(ids.clone()) {
            continue;
        }
        if planted.remove(&ids).is_none() {
            wrong.push((pair.one.title.clone(), pair.other.title.clone()));
        }
    }
    let others = rows.iter().filter(|row| matches!(row, Row::Fine(_))).count();
    Score { pairs, others, right: pairs - planted.len(), wrong, missed: planted.into_values().collect() }
}
