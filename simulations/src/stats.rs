//! Shares with margins.
//!
//! Every interval is at 95 %. What is drawn again and again is whole groups ([`Vote::group`], a conversation),
//! because turns of one conversation are not independent. Groups are sorted first and the random numbers come
//! from a fixed seed, so the same input in any order gives the same figures.
//!
//! - [`share`]: the wider of two intervals: the bootstrap over groups (1,000 rounds, percentiles), and Wilson's
//!   at the effective number of groups `(Σw)² / Σw²`, which stays honest where the bootstrap has nothing to
//!   vary (none of 20 is not "surely 0 %").
//! - [`judged_share`]: a share that rests on a judge's verdicts. The value is what the judge counted. The interval
//!   also covers what follows when its mistakes are taken out: with sensitivity `se` and specificity `sp` as
//!   measured on people's labels, `true = (seen + sp − 1) / (se + sp − 1)` (Rogan and Gladen), where every round
//!   draws the conversations and, from the counts of the validation, `se` and `sp` anew.
//! - [`difference`]: ours minus the other's on the same groups, drawn in pairs. Both are judged by the same
//!   judge, whose error largely cancels and is left out here.

use serde::{Deserialize, Serialize};

mod judge_error;
mod random;
mod ranking;

pub use judge_error::{Counted, JudgeError, Judged, judged_share};
pub(crate) use random::Random;
pub use ranking::{Bin, auroc, calibration, calibration_error, error_by_chance, spearman};

/// How the intervals are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Seed of the random numbers.
    pub seed: u64,
    /// How often the groups are drawn again.
    pub rounds: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 20_250_301, rounds: 1_000 }
    }
}

/// A figure with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How many groups it rests on.
    pub groups: usize,
}

impl Estimate {
    /// Makes an estimate whose interval contains its value; digits beyond the sixth are noise.
    #[must_use]
    pub fn new(value: f64, low: f64, high: f64, groups: usize) -> Self {
        let round = |x: f64| (x * 1e6).round() / 1e6 + 0.0;
        Self { value: round(value), low: round(low.min(value)), high: round(high.max(value)), groups }
    }

    /// Returns half the width of the interval.
    #[must_use]
    pub fn margin(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

/// One unit that counts for or against a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vote<'a> {
    /// The conversation it belongs to.
    pub group: &'a str,
    /// How much of the whole it stands for; 0 leaves it out.
    pub weight: f64,
    /// Whether it counts.
    pub yes: bool,
}

/// z of a two-sided interval at 95 %.
const Z: f64 = 1.959_964;

/// Returns Wilson's interval for `yes` of `n`, both possibly fractional.
#[must_use]
pub fn wilson(yes: f64, n: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let p = (yes / n).clamp(0.0, 1.0);
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// Returns the weighted share of `yes` with its interval; nothing when no vote has weight.
#[must_use]
pub fn share(votes: &[Vote<'_>], settings: Settings) -> Option<Estimate> {
    let groups = Groups::of(
        votes
            .iter()
            .map(|vote| (vote.group, [vote.weight, if vote.yes { vote.weight } else { 0.0 }], vote.weight)),
    );
    let value = ratio(groups.sum())?;
    let (low, high) = groups.percentiles(settings, |[all, yes], _| ratio([all, yes]));
    let (wilson_low, wilson_high) = wilson(value * groups.effective(), groups.effective());
    Some(Estimate::new(value, low.min(wilson_low), high.max(wilson_high), groups.len()))
}

/// One unit that two systems were both tried on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair<'a> {
    /// The conversation it belongs to.
    pub group: &'a str,
    /// How much of the whole it stands for; 0 leaves it out.
    pub weight: f64,
    /// Our figure.
    pub ours: f64,
    /// The other's figure.
    pub other: f64,
}

/// Returns the mean of ours minus the other's with its interval; nothing when no pair has weight.
#[must_use]
pub fn difference(pairs: &[Pair<'_>], settings: Settings) -> Option<Estimate> {
    let groups = Groups::of(
        pairs
            .iter()
            .map(|pair| (pair.group, [pair.weight, pair.weight * (pair.ours - pair.other)], pair.weight)),
    );
    let value = ratio(groups.sum())?;
    let (low, high) = groups.percentiles(settings, |[all, gained], _| ratio([all, gained]));
    Some(Estimate::new(value, low, high, groups.len()))
}

fn ratio([all, part]: [f64; 2]) -> Option<f64> {
    (all > 0.0).then(|| part / all)
}

/// Sums by group, in the order of the groups' names.
struct Groups<const N: usize> {
    sums: Vec<[f64; N]>,
    weights: Vec<f64>,
}

impl<const N: usize> Groups<N> {
    fn of<'a>(units: impl Iterator<Item = (&'a str, [f64; N], f64)>) -> Self {
        let mut units: Vec<_> = units.filter(|(_, _, weight)| *weight > 0.0).collect();
        // Sums of floating-point numbers depend on their order, so equal groups are ordered by content too.
        units.sort_by(|one, two| {
            one.0.cmp(two.0).then_with(|| {
                one.1
                    .iter()
                    .zip(&two.1)
                    .map(|(a, b)| a.total_cmp(b))
                    .find(|o| o.is_ne())
                    .unwrap_or(one.2.total_cmp(&two.2))
            })
        });
        let mut groups = Self { sums: Vec::new(), weights: Vec::new() };
        let mut last = None;
        for (name, sums, weight) in units {
            if last != Some(name) {
                groups.sums.push([0.0; N]);
                groups.weights.push(0.0);
                last = Some(name);
            }
            if let (Some(known), Some(total)) = (groups.sums.last_mut(), groups.weights.last_mut()) {
                known.iter_mut().zip(sums).for_each(|(known, new)| *known += new);
                *total += weight;
            }
        }
        groups
    }

    fn len(&self) -> usize {
        self.sums.len()
    }

    fn sum(&self) -> [f64; N] {
        let mut sum = [0.0; N];
        for group in &self.sums {
            sum.iter_mut().zip(group).for_each(|(sum, one)| *sum += one);
        }
        sum
    }

    /// Returns to how many groups of equal weight these amount.
    fn effective(&self) -> f64 {
        let sum: f64 = self.weights.iter().sum();
        let squares: f64 = self.weights.iter().map(|weight| weight * weight).sum();
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }

    /// Draws the groups again and again and returns the 2.5 and 97.5 percentiles of `figure`.
    fn percentiles(
        &self,
        settings: Settings,
        mut figure: impl FnMut([f64; N], &mut Random) -> Option<f64>,
    ) -> (f64, f64) {
        let mut random = Random::new(settings.seed);
        let mut figures = Vec::with_capacity(settings.rounds);
        for _ in 0..settings.rounds {
            let mut sum = [0.0; N];
            for _ in 0..self.sums.len() {
                let drawn = &self.sums[random.below(self.sums.len())];
                sum.iter_mut().zip(drawn).for_each(|(sum, one)| *sum += one);
            }
            figures.extend(figure(sum, &mut random));
        }
        figures.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let last = figures.len().saturating_sub(1);
            figures.get((share * last as f64).round() as usize).copied()
        };
        (at(0.025).unwrap_or(f64::INFINITY), at(0.975).unwrap_or(f64::NEG_INFINITY))
    }
}

#[cfg(test)]
mod tests;
