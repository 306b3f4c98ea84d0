//! Lets entries that were found vote for what they lead to: earlier threads for the article that solved them,
//! example messages for their intent.
//!
//! ```text
//! score' = score − 0.25 for an entry in another language than the question
//! votes  = Σ exp((score' − best score') / 0.06) over the best 100 entries that lead to the target
//! total  = votes / most votes + 0.5 · cosine(question, name of the target)
//! ```
//!
//! Close neighbours decide, far ones break ties. Entries in another language mostly lead to a translation, so they
//! vote only where there is hardly anybody else. The name of a target (its title, else the words of its id) is
//! evidence of its own, worth 0.03 recall@5 on support threads; a target without words in its name gets none.
//!
//! All constants were chosen on one set of support threads, the only one with several targets a question:
//! temperatures of 0.06 to 0.08, 50 to 200 voters and a penalty of 0.1 to 0.4 lie within 0.006 recall@5, a
//! temperature of 0.05 is 0.013 below.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::Hash;

use crate::fusion::descending;

/// How many entries vote.
pub const VOTERS: usize = 100;

/// Difference of scores that makes a vote e times weaker.
const TEMPERATURE: f64 = 0.06;
/// What another language takes from a score.
const OTHER_LANGUAGE: f32 = 0.25;
/// What the name of a target counts beside the votes.
const NAME: f32 = 0.5;

/// An entry that was found for a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Voter<'a, T> {
    /// Fused score, as [`crate::fusion::fuse`] gives it.
    pub score: f32,
    /// Whether the entry is in the question's language.
    pub language: Language,
    /// What it leads to; a target named twice counts once.
    pub leads_to: &'a [T],
}

/// Whether an entry is in the language of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// It is, or one of the two is not known for sure.
    Same,
    /// It is surely not.
    Other,
}

/// A target with its votes.
#[derive(Debug, Clone, PartialEq)]
pub struct Elected<T> {
    /// What the entries lead to.
    pub target: T,
    /// By what targets are ranked: votes as part of the most votes, and the name's part.
    pub total: f32,
    /// Share of all votes cast, between 0 and 1.
    pub share: f32,
}

/// Counts the votes, best target first, equal ones by target.
///
/// `name` gives the cosine between the question and the name of a target, `None` where it has no words; it is
/// asked once for each target with a vote.
pub fn vote<T, F>(voters: &[Voter<'_, T>], mut name: F) -> Vec<Elected<T>>
where
    T: Clone + Eq + Hash + Ord,
    F: FnMut(&T) -> Option<f32>,
{
    let mut by_score: Vec<(f32, &[T])> = voters
        .iter()
        .filter(|voter| voter.score.is_finite() && !voter.leads_to.is_empty())
        .map(|voter| match voter.language {
            Language::Same => (voter.score, voter.leads_to),
            Language::Other => (voter.score - OTHER_LANGUAGE, voter.leads_to),
        })
        .collect();
    by_score.sort_by(|a, b| descending(a.0, b.0).then_with(|| a.1.cmp(b.1)));
    by_score.truncate(VOTERS);
    let best = by_score.first().map_or(0.0, |first| first.0);

    let mut votes: BTreeMap<&T, f64> = BTreeMap::new();
    for (score, leads_to) in by_score {
        let weight = (f64::from(score - best) / TEMPERATURE).exp();
        let mut targets: Vec<&T> = leads_to.iter().collect();
        targets.sort_unstable();
        targets.dedup();
        for target in targets {
            *votes.entry(target).or_default() += weight;
        }
    }
    let most = votes.values().copied().fold(0.0, f64::max);
    let all: f64 = votes.values().sum();
    let mut elected: Vec<Elected<T>> = votes
        .into_iter()
        .map(|(target, votes)| {
            let cosine = name(target).filter(|cosine| cosine.is_finite()).unwrap_or(0.0);
            let total = (votes / most) as f32 + NAME * cosine;
            Elected { target: target.clone(), total, share: (votes / all) as f32 }
        })
        .collect();
    elected.sort_by(|a, b| rank(a, b));
    elected
}

fn rank<T: Ord>(a: &Elected<T>, b: &Elected<T>) -> Ordering {
    descending(a.total, b.total).then_with(|| a.target.cmp(&b.target))
}

/// Returns the words of an id such as `profile-manager` or `SIZE_CUSTOMIZATION`, to be embedded as the name of a
/// target that has no title; `None` where the id is no words but a number or a code.
#[must_use]
pub fn words_of(id: &str) -> Option<String> {
    let words: Vec<String> = id
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let telling = |word: &String| word.chars().count() >= 3 && word.chars().all(char::is_alphabetic);
    words.iter().any(telling).then(|| words.join(" "))
}

#[cfg(test)]
mod tests;
