//! The judge `overlap`: does a draft say what a person wrote? No model is needed.
//!
//! Two ways lead to "same":
//!
//! 1. **Same source.** The draft and the person cite the same page. Ids and addresses are compared by their
//!    last path part, so the German and the English address of one article are one ([`links`]).
//! 2. **Enough overlap in meaning.** Both texts are cut to content words: lower case, function words and
//!    courtesies out, stems; numbers weigh 2, names of buttons and menus 1.5, all other words 1. From these:
//!    - `covered`: share by weight of the person's words that the draft has;
//!    - `focused`: share by weight of the draft's words that the person has;
//!    - `words = 2 · covered · focused / (covered + focused)`;
//!    - `order`: longest common subsequence of the content words over the length of the shorter text;
//!    - `lexical = min(1, words · (0.8 + 0.2 · order) / 0.65)`: two people who say the same rarely share more
//!      than two thirds of their words;
//!    - `cosine` of the two texts' embeddings, where the caller has a model for the language; below 0 it is 0.
//!
//!    `meaning = 0.65 · lexical + 0.35 · cosine`, or `lexical` alone where there is no cosine.
//!
//! `score = 1 − (1 − meaning) · (1 − 0.6 · same source)`, so a shared source alone gives 0.6, and a shared
//! source with shared meaning more. Same is what reaches [`Overlap::threshold`].
//!
//! How well this agrees with people is measured by the example `judge_validation` on replies that people rated;
//! [`Overlap::measured_error`] holds its counts. They are of the second way alone: ratings with cited sources
//! are not to be had. Two texts in different languages share few words, so there the second way needs a cosine
//! of a model that knows both, and otherwise finds too little. And two long texts that differ in one number
//! alone still count as the same, although that number may be the answer.

use domain::Language;
use serde::{Deserialize, Serialize};

use crate::stats::{Counted, JudgeError};
use crate::words::Content;

pub mod links;

/// A page behind a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// Its title.
    pub title: String,
    /// Where a person can read it.
    pub url: Option<String>,
    /// The source's own id of it.
    pub external_id: String,
    /// What it led to, for entries that are earlier conversations.
    pub leads_to: Vec<String>,
    /// Whether anybody may see its title.
    pub public: bool,
}

/// One of the two texts that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The text.
    pub text: &'a str,
    /// Its language.
    pub language: Language,
}

/// How a draft compares with what a person wrote, part by part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Whether both cite the same page.
    pub same_source: bool,
    /// Cosine of the embeddings, where there were any.
    pub cosine: Option<f64>,
    /// Share of the person's words that the draft has.
    pub covered: f64,
    /// Share of the draft's words that the person has.
    pub focused: f64,
    /// Longest common subsequence over the shorter text.
    pub order: f64,
    /// Overlap in meaning, 0 to 1.
    pub meaning: f64,
    /// All in one, 0 to 1.
    pub score: f64,
    /// Whether the score reaches the threshold.
    pub same: bool,
}

/// The judge with its one setting.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// From this score on, two replies count as the same.
    pub threshold: f64,
}

impl Default for Overlap {
    fn default() -> Self {
        Self { threshold: 0.5 }
    }
}

/// Whether the judge was given cosines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Embeddings {
    /// It was, at least for most.
    Used,
    /// It judged by words alone.
    None,
}

/// What counts how much; the crate's documentation gives the formula.
const SOURCE_WEIGHT: f64 = 0.6;
const COSINE_WEIGHT: f64 = 0.35;
const FULL_LEXICAL: f64 = 0.65;
const ORDER_WEIGHT: f64 = 0.2;
/// More sources than this are a reading list and no citation.
const MOST_SOURCES: usize = 3;

impl Overlap {
    /// Returns how often the second way agrees with people, as counted by the example `judge_validation` at the
    /// default threshold.
    #[must_use]
    pub fn measured_error(embeddings: Embeddings) -> JudgeError {
        let (sensitivity, specificity) = match embeddings {
            Embeddings::Used => ((115, 126), (27, 44)),
            Embeddings::None => ((92, 126), (35, 44)),
        };
        let counted = |(right, of)| Counted { right, of };
        JudgeError { sensitivity: counted(sensitivity), specificity: counted(specificity) }
    }

    /// Compares a draft and its `sources` with a reply and what that `cites`; `cosine` is that of the two
    /// texts' embeddings, where the caller has a model for their languages.
    #[must_use]
    pub fn judge(
        &self,
        draft: Side<'_>,
        sources: &[Source],
        reply: Side<'_>,
        cites: &[String],
        cosine: Option<f64>,
    ) -> Judgement {
        let same_source = shares_source(draft.text, sources, reply.text, cites);
        let ours = Content::read(draft.text, draft.language);
        let theirs = Content::read(reply.text, reply.language);
        let covered = theirs.share_in(&ours);
        let focused = ours.share_in(&theirs);
        let order = order(&ours.sequence, &theirs.sequence);
        let meaning = meaning(covered, focused, order, cosine);
        let source_part = if same_source { SOURCE_WEIGHT } else { 0.0 };
        let score = 1.0 - (1.0 - meaning) * (1.0 - source_part);
        Judgement {
            same_source,
            cosine,
            covered,
            focused,
            order,
            meaning,
            score,
            same: score >= self.threshold,
        }
    }
}

/// Returns how much of `reply` the text `draft` says, 0 to 1, by weight of its content words. A reply without
/// content words is covered by anything.
#[must_use]
pub fn coverage(draft: Side<'_>, reply: Side<'_>) -> f64 {
    let theirs = Content::read(reply.text, reply.language);
    if theirs.is_empty() {
        return 1.0;
    }
    theirs.share_in(&Content::read(draft.text, draft.language))
}

/// Returns the cosine of two vectors; nothing when they cannot be compared.
#[must_use]
pub fn cosine(one: &[f32], other: &[f32]) -> Option<f64> {
    if one.len() != other.len() {
        return None;
    }
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let lengths = (dot(one, one) * dot(other, other)).sqrt();
    (lengths > 0.0).then(|| (dot(one, other) / lengths).clamp(-1.0, 1.0))
}

/// Reports whether a reply that `cites` something points to this document.
pub(crate) fn names(reply: &str, cites: &[String], external_id: &str, url: Option<&str>) -> bool {
    let one =
        Source { external_id: external_id.to_owned(), url: url.map(str::to_owned), ..Source::default() };
    shares_source("", &[one], reply, cites)
}

fn shares_source(draft: &str, sources: &[Source], reply: &str, cites: &[String]) -> bool {
    let named = sources.iter().take(MOST_SOURCES).flat_map(|source| {
        source.leads_to.iter().chain(&source.url).map(String::as_str).chain([source.external_id.as_str()])
    });
    let ours: Vec<_> = named.chain(links::find(draft)).filter_map(links::Key::read).collect();
    cites
        .iter()
        .map(String::as_str)
        .chain(links::find(reply))
        .filter_map(links::Key::read)
        .any(|theirs| ours.iter().any(|one| one.is(&theirs)))
}

fn meaning(covered: f64, focused: f64, order: f64, cosine: Option<f64>) -> f64 {
    let both = covered + focused;
    let words = if both > 0.0 { 2.0 * covered * focused / both } else { 0.0 };
    let lexical = (words * (1.0 - ORDER_WEIGHT + ORDER_WEIGHT * order) / FULL_LEXICAL).min(1.0);
    match cosine {
        Some(cosine) => (1.0 - COSINE_WEIGHT) * lexical + COSINE_WEIGHT * cosine.clamp(0.0, 1.0),
        None => lexical,
    }
}

/// Returns the longest common subsequence as a share of the shorter sequence.
fn order(one: &[String], other: &[String]) -> f64 {
    let shorter = one.len().min(other.len());
    if shorter == 0 {
        return 0.0;
    }
    let mut above = vec![0usize; other.len() + 1];
    for word in one {
        let mut diagonal = 0;
        for (column, candidate) in other.iter().enumerate() {
            let here = if word == candidate { diagonal + 1 } else { above[column + 1].max(above[column]) };
            diagonal = std::mem::replace(&mut above[column + 1], here);
        }
    }
    above[other.len()] as f64 / shorter as f64
}

#[cfg(test)]
mod tests;
