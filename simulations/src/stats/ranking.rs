//! How well a score orders things.

use serde::{Deserialize, Serialize};

use super::{Random, Settings};

/// One step of a calibration table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Lower end of the stated probability.
    pub from: f64,
    /// Upper end of the stated probability.
    pub to: f64,
    /// How many fell into it.
    pub count: usize,
    /// Mean of the stated probability.
    pub stated: f64,
    /// Weighted share that was right.
    pub right: f64,
}

/// Returns the probability that a right one of `scored` (score, whether right, weight) has a higher score than
/// a wrong one, ties as a half; nothing when either kind is missing.
#[must_use]
pub fn auroc(scored: &[(f64, bool, f64)]) -> Option<f64> {
    let mut sorted: Vec<_> = scored.iter().filter(|one| one.2 > 0.0).copied().collect();
    sorted.sort_by(|one, two| one.0.total_cmp(&two.0));
    let weight = |kind: bool| sorted.iter().filter(|one| one.1 == kind).map(|one| one.2).sum::<f64>();
    let (right, wrong) = (weight(true), weight(false));
    if right <= 0.0 || wrong <= 0.0 {
        return None;
    }
    let (mut wrong_below, mut won) = (0.0, 0.0);
    for ties in sorted.chunk_by(|one, two| one.0.total_cmp(&two.0).is_eq()) {
        let of = |kind: bool| ties.iter().filter(|one| one.1 == kind).map(|one| one.2).sum::<f64>();
        won += of(true) * (wrong_below + of(false) / 2.0);
        wrong_below += of(false);
    }
    Some(won / (right * wrong))
}

/// Returns how often a stated probability came true, in tenths; empty steps are left out.
#[must_use]
pub fn calibration(scored: &[(f64, bool, f64)]) -> Vec<Bin> {
    const STEPS: usize = 10;
    let step = |score: f64| ((score.clamp(0.0, 1.0) * STEPS as f64) as usize).min(STEPS - 1);
    (0..STEPS)
        .filter_map(|number| {
            let mut inside: Vec<_> =
                scored.iter().filter(|one| one.2 > 0.0 && step(one.0) == number).copied().collect();
            inside.sort_by(|one, two| {
                one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)).then(one.2.total_cmp(&two.2))
            });
            let weight: f64 = inside.iter().map(|one| one.2).sum();
            let mean = |value: fn(&(f64, bool, f64)) -> f64| {
                let sum: f64 = inside.iter().map(|one| value(one) * one.2).sum();
                (sum / weight * 1e6).round() / 1e6
            };
            (weight > 0.0).then(|| Bin {
                from: number as f64 / STEPS as f64,
                to: (number + 1) as f64 / STEPS as f64,
                count: inside.len(),
                stated: mean(|one| one.0),
                right: mean(|one| f64::from(u8::from(one.1))),
            })
        })
        .collect()
}

/// Returns by how much stated probabilities miss what came true: the difference within each tenth of `scored`, by
/// stated probability, averaged by weight (expected calibration error over bins of equal size). Equal ones are never
/// parted.
#[must_use]
pub fn calibration_error(scored: &[(f64, bool, f64)]) -> Option<f64> {
    const BINS: f64 = 10.0;
    let mut sorted: Vec<_> = scored.iter().filter(|one| one.2 > 0.0).copied().collect();
    sorted.sort_by(|one, two| one.0.total_cmp(&two.0));
    let all: f64 = sorted.iter().map(|one| one.2).sum();
    let (mut error, mut bin, mut so_far) = (0.0, (0.0, 0.0, 0.0), 0.0);
    for ties in sorted.chunk_by(|one, two| one.0.total_cmp(&two.0).is_eq()) {
        for (stated, right, weight) in ties {
            bin.0 += weight;
            bin.1 += weight * stated;
            bin.2 += weight * f64::from(u8::from(*right));
        }
        // A bin ends where the next tenth begins; the last ends with the list.
        if ((so_far + bin.0) / all * BINS + 1e-9).floor() > (so_far / all * BINS + 1e-9).floor() {
            error += (bin.1 - bin.2).abs();
            so_far += bin.0;
            bin = (0.0, 0.0, 0.0);
        }
    }
    error += (bin.1 - bin.2).abs();
    (all > 0.0).then(|| error / all)
}

/// Returns the [`calibration_error`] that is to be expected of probabilities that are all true, on as many things: what
/// chance alone makes of them. The fewer things, the larger; a measured error near it says nothing against them.
#[must_use]
pub fn error_by_chance(scored: &[(f64, bool, f64)], settings: Settings) -> Option<f64> {
    // In one order, so that the same things in any order draw the same.
    let mut drawn: Vec<_> = scored.iter().filter(|one| one.2 > 0.0).copied().collect();
    drawn.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.2.total_cmp(&two.2)));
    let mut random = Random::new(settings.seed);
    let mut sum = 0.0;
    for _ in 0..settings.rounds {
        for one in &mut drawn {
            one.1 = random.unit() < one.0;
        }
        sum += calibration_error(&drawn)?;
    }
    (settings.rounds > 0).then(|| sum / settings.rounds as f64)
}

/// Returns Spearman's rank correlation of two equally long lists, ties at their mean rank; nothing when one of
/// them does not vary.
#[must_use]
pub fn spearman(one: &[f64], other: &[f64]) -> Option<f64> {
    if one.len() != other.len() || one.len() < 2 {
        return None;
    }
    let (one, other) = (ranks(one), ranks(other));
    let mean = (one.len() as f64 + 1.0) / 2.0;
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let spread = (sum(&one, &one) * sum(&other, &other)).sqrt();
    (spread > 0.0).then(|| sum(&one, &other) / spread)
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for ties in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let rank = below as f64 + (ties.len() as f64 + 1.0) / 2.0;
        ties.iter().for_each(|at| ranks[*at] = rank);
        below += ties.len();
    }
    ranks
}
