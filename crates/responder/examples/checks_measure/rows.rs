//! Rows of files, and counts of what a check got right.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};

pub(crate) type Anything = Box<dyn std::error::Error>;

pub(crate) fn read(path: &Path) -> Result<Vec<Value>, Anything> {
    let bytes = std::fs::read(path)?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8(bytes)?;
    }
    Ok(text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?)
}

pub(crate) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

#[derive(Default)]
pub(crate) struct Counts {
    right: usize,
    found: usize,
    wanted: usize,
    all: usize,
    wrong: Vec<String>,
}

impl Counts {
    pub(crate) fn add(&mut self, says: bool, label: bool) {
        self.right += usize::from(says && label);
        self.found += usize::from(says);
        self.wanted += usize::from(label);
        self.all += 1;
    }

    /// Remembers a text of our own writing on which the check is wrong.
    pub(crate) fn note(&mut self, text: &str, is_wrong: bool) {
        if is_wrong {
            self.wrong.push(text.to_owned());
        }
    }

    pub(crate) fn figures(&self) -> Value {
        let share =
            |part: usize, of: usize| (of > 0).then(|| (part as f64 / of as f64 * 1_000.0).round() / 1_000.0);
        json!({
            "rows": self.all, "wanted": self.wanted, "found": self.found,
            "precision": share(self.right, self.found), "recall": share(self.right, self.wanted),
            "wrong": self.wrong,
        })
    }
}

/// Area under the curve of scores of what should score high and of what should not; equal scores count half.
pub(crate) fn auroc(high: &[f64], low: &[f64]) -> Option<f64> {
    let mut all: Vec<(f64, bool)> =
        high.iter().map(|one| (*one, true)).chain(low.iter().map(|one| (*one, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks, mut at) = (0.0, 0);
    while at < all.len() {
        let end = all[at..].iter().take_while(|one| one.0.total_cmp(&all[at].0).is_eq()).count() + at;
        let mean = (at + 1 + end) as f64 / 2.0;
        ranks += mean * all[at..end].iter().filter(|one| one.1).count() as f64;
        at = end;
    }
    let (highs, lows) = (high.len() as f64, low.len() as f64);
    let area = (ranks - highs * (highs + 1.0) / 2.0) / (highs * lows);
    (!high.is_empty() && !low.is_empty()).then_some((area * 1_000.0).round() / 1_000.0)
}
