//! The report, for people and for machines: `report.html`, `report.json`, `turns.csv`.
//!
//! All three are redacted unless asked otherwise: texts become `[text hidden: N words; run with --with-text]`,
//! titles of what not everybody may see become `[title hidden]`, and topics that were merged for being small are
//! not named. Names of people appear in none of them.

use std::collections::BTreeSet;

use anyhow::Context as _;

use crate::summary::Summary;

mod csv;
mod html;
mod words;

pub use self::csv::write_turns;
pub use html::{Readings, html, readings};

/// Whether texts of conversations are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Texts {
    /// They are replaced by their length.
    #[default]
    Hidden,
    /// They are shown: an explicit choice, to be audited by the caller.
    Shown,
}

impl Texts {
    /// Returns the text, or what stands in its place.
    fn show(self, text: &str) -> String {
        match self {
            Self::Shown => text.to_owned(),
            Self::Hidden => {
                let words = text.split_whitespace().count();
                format!("[text hidden: {words} words; run with --with-text]")
            }
        }
    }
}

/// Returns the content of `report.json`.
///
/// # Errors
/// Fails only if a figure is no number, which would be a mistake in this crate.
pub fn json(summary: &Summary) -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(summary).context("could not write the report as JSON")?;
    text.push('\n');
    Ok(text)
}

/// Returns the topics that may be named: those that were not merged.
fn named_topics(summary: &Summary) -> BTreeSet<&str> {
    summary.topics.iter().filter(|topic| topic.merged == 1).map(|topic| topic.name.as_str()).collect()
}

#[cfg(test)]
mod tests;
