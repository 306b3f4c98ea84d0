//! Against the simplest thing that could work: the answer of the most similar earlier conversation.
//!
//! Whoever answers more has more right and more wrong, so both are compared at the same share of `held`: ours as
//! it decided, the baseline where it is surest, as much of it (by weight) as ours answered. Ties are broken by
//! the conversation's id. The difference is drawn in pairs, conversation by conversation, with both selections
//! kept as they are.

use serde::{Deserialize, Serialize};

use crate::stats::{self, Estimate, Pair, Settings, Vote};

/// What two systems did with one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The source's own id of the conversation.
    pub conversation: String,
    /// Position of the question.
    pub position: u32,
    /// How many conversations of the whole it stands for.
    pub weight: f64,
    /// Whether ours answered.
    pub ours_answered: bool,
    /// Whether our draft is the same as what a person wrote.
    pub ours_same: bool,
    /// How sure the baseline was, such as the similarity of the earlier conversation; absent where it found none.
    pub baseline_confidence: Option<f64>,
    /// Whether the baseline's answer is the same as what a person wrote.
    pub baseline_same: bool,
}

/// How the two compare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// What ours is compared with, in words.
    pub name: String,
    /// How many questions were compared.
    pub questions: usize,
    /// Share that ours held, by weight.
    pub held: f64,
    /// Share that the baseline held; as close to ours as whole questions allow.
    pub baseline_held: f64,
    /// From this confidence on the baseline answered.
    pub baseline_threshold: Option<f64>,
    /// Share of all questions in which ours was the same.
    pub ours: Estimate,
    /// Share of all questions in which the baseline was the same.
    pub baseline: Estimate,
    /// Ours minus the baseline.
    pub difference: Estimate,
    /// Share of our answers that were the same.
    pub ours_right: Option<Estimate>,
    /// Share of the baseline's answers that were the same.
    pub baseline_right: Option<Estimate>,
}

/// Compares ours with a baseline called `name`; nothing when no candidate has weight.
#[must_use]
pub fn compare(name: &str, candidates: &[Candidate], settings: Settings) -> Option<Against> {
    let mut candidates: Vec<&Candidate> = candidates.iter().filter(|one| one.weight > 0.0).collect();
    candidates.sort_by(|one, two| {
        let sure = |one: &Candidate| one.baseline_confidence.unwrap_or(f64::NEG_INFINITY);
        sure(two)
            .total_cmp(&sure(one))
            .then_with(|| one.conversation.cmp(&two.conversation))
            .then_with(|| one.position.cmp(&two.position))
    });
    let all: f64 = candidates.iter().map(|one| one.weight).sum();
    let ours_answered: f64 = candidates.iter().filter(|one| one.ours_answered).map(|one| one.weight).sum();
    let answering = surest(&candidates, ours_answered);
    let baseline_answered: f64 = candidates[..answering].iter().map(|one| one.weight).sum();
    let rows: Vec<Row<'_>> = candidates
        .iter()
        .enumerate()
        .map(|(rank, one)| Row {
            one,
            ours: one.ours_answered && one.ours_same,
            baseline_answered: rank < answering,
            baseline: rank < answering && one.baseline_same,
        })
        .collect();
    let share = |keep: fn(&Row<'_>) -> bool, yes: fn(&Row<'_>) -> bool| {
        let votes: Vec<Vote<'_>> =
            rows.iter().filter(|row| keep(row)).map(|row| row.vote(yes(row))).collect();
        stats::share(&votes, settings)
    };
    let pairs: Vec<Pair<'_>> = rows.iter().map(Row::pair).collect();
    Some(Against {
        name: name.to_owned(),
        questions: rows.len(),
        held: round(1.0 - ours_answered / all),
        baseline_held: round(1.0 - baseline_answered / all),
        baseline_threshold: candidates[..answering].last().and_then(|one| one.baseline_confidence).map(round),
        ours: share(|_| true, |row| row.ours)?,
        baseline: share(|_| true, |row| row.baseline)?,
        difference: stats::difference(&pairs, settings)?,
        ours_right: share(|row| row.one.ours_answered, |row| row.ours),
        baseline_right: share(|row| row.baseline_answered, |row| row.baseline),
    })
}

struct Row<'a> {
    one: &'a Candidate,
    ours: bool,
    baseline_answered: bool,
    baseline: bool,
}

impl<'a> Row<'a> {
    fn vote(&self, yes: bool) -> Vote<'a> {
        Vote { group: &self.one.conversation, weight: self.one.weight, yes }
    }

    fn pair(&self) -> Pair<'a> {
        Pair {
            group: &self.one.conversation,
            weight: self.one.weight,
            ours: f64::from(u8::from(self.ours)),
            other: f64::from(u8::from(self.baseline)),
        }
    }
}

/// Returns how many of the surest candidates weigh closest to `target`, among those with any answer.
fn surest(candidates: &[&Candidate], target: f64) -> usize {
    let mut weight = 0.0;
    let mut best = (target.abs(), 0);
    for (rank, one) in candidates.iter().enumerate() {
        if one.baseline_confidence.is_none() {
            break;
        }
        weight += one.weight;
        let off = (weight - target).abs();
        if off < best.0 {
            best = (off, rank + 1);
        }
    }
    best.1
}

fn round(x: f64) -> f64 {
    (x * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
mod tests;
