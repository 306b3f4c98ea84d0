//! From a score to the share of drafts with such a score that proved right.

use serde::{Deserialize, Serialize};

/// One point of a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The score, between 0 and 1.
    pub score: f64,
    /// The share that proved right, between 0 and 1.
    pub right: f64,
}

/// A rising line through the shares that proved right.
///
/// Between two points it is straight, beyond the first and the last it is level, so that nothing is promised that
/// was not seen. A higher score never gets a lower probability. From [`ENOUGH`] things on it is the isotonic regression
/// (pooling adjacent violators); that follows chance where there are fewer, so these get the curve of a logistic
/// regression on the log odds of the score (Platt 1999), of which two numbers are learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Step>", into = "Vec<Step>")]
pub struct Calibration {
    steps: Vec<Step>,
}

/// From so many things on, their own shares are better than a curve of two numbers (Niculescu-Mizil and Caruana 2005).
pub const ENOUGH: usize = 1_000;

/// Why points are no calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a calibration needs at least one point; scores must rise, shares must not fall, and both lie in 0 to 1"
)]
pub struct NotRising;

impl Calibration {
    /// Fits the line to what was seen: score, whether it was right, weight. Nothing is learned from less than one
    /// right and one wrong thing of some weight.
    #[must_use]
    pub fn fit(seen: &[(f64, bool, f64)]) -> Option<Self> {
        let seen: Vec<_> = seen.iter().filter(|one| one.0.is_finite() && one.2 > 0.0).copied().collect();
        if !(seen.iter().any(|one| one.1) && seen.iter().any(|one| !one.1)) {
            return None;
        }
        Some(if seen.len() < ENOUGH { Self::logistic(&seen) } else { Self::isotonic(seen) })
    }

    fn isotonic(mut seen: Vec<(f64, bool, f64)>) -> Self {
        seen.sort_by(|one, two| one.0.total_cmp(&two.0));
        let mut pools: Vec<Pool> = Vec::new();
        for ties in seen.chunk_by(|one, two| one.0.total_cmp(&two.0).is_eq()) {
            let mut pool = Pool::of(ties);
            while let Some(below) = pools.pop_if(|below| below.share() >= pool.share()) {
                pool = below.and(pool);
            }
            pools.push(pool);
        }
        let mut steps: Vec<Step> =
            pools.iter().rev().map(|pool| Step { score: pool.score(), right: pool.share() }).collect();
        // Of two that rounding made one, the higher stands.
        steps.dedup_by(|lower, higher| lower.score >= higher.score);
        steps.reverse();
        Self { steps }
    }

    fn logistic(seen: &[(f64, bool, f64)]) -> Self {
        let curve = Curve::fit(seen);
        let scores = || seen.iter().map(|one| one.0.clamp(0.0, 1.0));
        let (low, high) = (scores().fold(1.0, f64::min), scores().fold(0.0, f64::max));
        let at = |part: u32| low + (high - low) * f64::from(part) / f64::from(POINTS);
        let step = |part| Step { score: rounded(at(part)), right: rounded(curve.of(at(part))) };
        let mut steps: Vec<Step> = (0..=POINTS).map(step).collect();
        steps.dedup_by(|later, earlier| later.score <= earlier.score);
        Self { steps }
    }

    /// Returns the probability that belongs to a score.
    #[must_use]
    pub fn of(&self, score: f64) -> f64 {
        let above = self.steps.partition_point(|step| step.score < score);
        match (above.checked_sub(1).map(|at| self.steps[at]), self.steps.get(above)) {
            (Some(low), Some(high)) => {
                low.right + (high.right - low.right) * (score - low.score) / (high.score - low.score)
            }
            (None, Some(only)) => only.right,
            (low, None) => low.map_or(0.0, |low| low.right),
        }
    }

    /// Returns the points, lowest score first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl TryFrom<Vec<Step>> for Calibration {
    type Error = NotRising;

    fn try_from(steps: Vec<Step>) -> Result<Self, NotRising> {
        let inside = |value: f64| (0.0..=1.0).contains(&value);
        let rises = steps.windows(2).all(|two| two[0].score < two[1].score && two[0].right <= two[1].right);
        let valid =
            rises && !steps.is_empty() && steps.iter().all(|one| inside(one.score) && inside(one.right));
        if valid { Ok(Self { steps }) } else { Err(NotRising) }
    }
}

impl From<Calibration> for Vec<Step> {
    fn from(calibration: Calibration) -> Self {
        calibration.steps
    }
}

/// Points of a curve, the first apart.
const POINTS: u32 = 20;
/// Steps of Newton's method; five are the rule.
const STEPS: usize = 50;
/// Keeps log odds finite, and a curve from standing upright where one score parts right from wrong.
const LEAST: f64 = 1e-4;

/// The probability of a score by its log odds: `1 / (1 + exp(−(slope · odds + base)))`.
#[derive(Debug, Clone, Copy)]
struct Curve {
    slope: f64,
    base: f64,
}

impl Curve {
    /// Fits slope and base, both kinds being among what was seen. Targets lie a little within 0 and 1, by Platt's
    /// counts, so that few things make no certainty.
    fn fit(seen: &[(f64, bool, f64)]) -> Self {
        let count = |right: bool| seen.iter().filter(|one| one.1 == right).map(|one| one.2).sum::<f64>();
        let (right, wrong) = (count(true), count(false));
        let (high, low) = ((right + 1.0) / (right + 2.0), 1.0 / (wrong + 2.0));
        let level = Self { slope: 0.0, base: (right / wrong).ln() };
        let mut curve = level;
        for _ in 0..STEPS {
            // Gradient and curvature of the negative log likelihood.
            let (mut slope, mut base) = (0.0, 0.0);
            let (mut squared, mut mixed, mut plain) = (LEAST, 0.0, LEAST);
            for (score, is_right, weight) in seen {
                let (odds, share) = (odds(*score), curve.of(*score));
                let miss = weight * (share - if *is_right { high } else { low });
                let bend = weight * share * (1.0 - share);
                slope += miss * odds;
                base += miss;
                squared += bend * odds * odds;
                mixed += bend * odds;
                plain += bend;
            }
            let area = squared * plain - mixed * mixed;
            let step = ((plain * slope - mixed * base) / area, (squared * base - mixed * slope) / area);
            curve = Self { slope: curve.slope - step.0, base: curve.base - step.1 };
            if step.0.abs() + step.1.abs() < 1e-9 {
                break;
            }
        }
        // What falls says nothing of the score, nor does what went out of sight.
        if curve.slope > 0.0 && curve.slope.is_finite() && curve.base.is_finite() { curve } else { level }
    }

    fn of(self, score: f64) -> f64 {
        1.0 / (1.0 + (-(self.slope * odds(score) + self.base)).exp())
    }
}

/// Returns the log odds of a score.
fn odds(score: f64) -> f64 {
    let score = score.clamp(LEAST, 1.0 - LEAST);
    (score / (1.0 - score)).ln()
}

/// Neighbours that share one probability.
#[derive(Debug, Clone, Copy)]
struct Pool {
    weight: f64,
    right: f64,
    scores: f64,
}

impl Pool {
    fn of(seen: &[(f64, bool, f64)]) -> Self {
        seen.iter().fold(Self { weight: 0.0, right: 0.0, scores: 0.0 }, |pool, (score, right, weight)| Self {
            weight: pool.weight + weight,
            right: pool.right + weight * f64::from(u8::from(*right)),
            scores: pool.scores + weight * score.clamp(0.0, 1.0),
        })
    }

    fn and(self, other: Self) -> Self {
        Self {
            weight: self.weight + other.weight,
            right: self.right + other.right,
            scores: self.scores + other.scores,
        }
    }

    fn share(self) -> f64 {
        rounded(self.right / self.weight)
    }

    fn score(self) -> f64 {
        rounded(self.scores / self.weight)
    }
}

/// Six decimals, so that a line comes back from its text as it was.
fn rounded(share: f64) -> f64 {
    ((share * 1e6).round() / 1e6).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_falls_is_pooled() {
        let seen = [(0.1, false, 1.0), (0.3, true, 1.0), (0.5, false, 1.0), (0.9, true, 2.0)];
        let fitted = Calibration::isotonic(seen.to_vec());
        let points: Vec<(f64, f64)> = fitted.steps().iter().map(|one| (one.score, one.right)).collect();
        assert_eq!(points, [(0.1, 0.0), (0.4, 0.5), (0.9, 1.0)]);
        assert!((fitted.of(0.25) - 0.25).abs() < 1e-12);
        assert_eq!((fitted.of(0.0), fitted.of(1.0)), (0.0, 1.0));
    }

    /// Scores that come true as `share` says, in an order that no fit depends on.
    fn true_by(count: usize, share: impl Fn(f64) -> f64) -> Vec<(f64, bool, f64)> {
        let at = |number: usize| {
            let score = 0.2 + 0.6 * ((number * 37) % 101) as f64 / 101.0;
            // A number of its own for each, evenly over 0 to 1.
            let drawn = (number as f64 * 0.618_033_988_75).fract();
            (score, drawn < share(score), 1.0)
        };
        (0..count).map(at).collect()
    }

    #[test]
    fn few_things_get_a_curve_and_many_their_own_shares() {
        // Twice as unlikely as stated, and no curve of two numbers: nothing below a half.
        let share = |score: f64| if score < 0.5 { 0.0 } else { score / 2.0 };
        let few = Calibration::fit(&true_by(ENOUGH - 1, share)).unwrap();
        assert!(few.of(0.3) > 0.01 && few.of(0.75) > few.of(0.55) + 0.02, "{few:?}");
        let many = Calibration::fit(&true_by(ENOUGH * 4, share)).unwrap();
        assert!(many.of(0.3) < 1e-9 && (many.of(0.75) - 0.375).abs() < 0.06, "{many:?}");
    }

    #[test]
    fn a_curve_states_what_came_true() {
        let share = |score: f64| 1.0 / (1.0 + (-(1.5 * odds(score) - 2.0)).exp());
        let fitted = Calibration::fit(&true_by(900, share)).unwrap();
        for score in [0.3, 0.5, 0.7] {
            assert!((fitted.of(score) - share(score)).abs() < 0.05, "{score}: {fitted:?}");
        }
        assert_eq!(
            (fitted.of(0.0), fitted.of(1.0)),
            (fitted.of(0.2), fitted.of(0.8)),
            "level beyond what was seen"
        );
    }

    #[test]
    fn a_score_that_says_the_opposite_says_nothing() {
        let fitted = Calibration::fit(&true_by(300, |score| 0.9 - score)).unwrap();
        assert!((fitted.of(0.2) - fitted.of(0.8)).abs() < 1e-9, "{fitted:?}");
        assert!((fitted.of(0.5) - 0.4).abs() < 0.05, "{fitted:?}");
    }

    #[test]
    fn one_kind_alone_teaches_nothing() {
        assert_eq!(Calibration::fit(&[(0.2, true, 1.0), (0.7, true, 1.0)]), None);
        assert_eq!(Calibration::fit(&[(0.2, true, 1.0), (0.7, false, 0.0)]), None);
        assert_eq!(Calibration::fit(&[]), None);
    }

    #[test]
    fn a_falling_line_cannot_be_read() {
        let falling = r#"[{"score":0.1,"right":0.5},{"score":0.2,"right":0.4}]"#;
        assert!(serde_json::from_str::<Calibration>(falling).is_err());
        assert!(serde_json::from_str::<Calibration>("[]").is_err());
        let rising = r#"[{"score":0.1,"right":0.5},{"score":0.2,"right":0.5}]"#;
        let read: Calibration = serde_json::from_str(rising).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), rising);
    }

    proptest! {
        /// It rises, and comes back from its own text.
        #[test]
        fn a_fit_rises(
            seen in prop::collection::vec((0.0..1.0f64, any::<bool>(), 0.5..3.0f64), 2..60),
            scores in prop::collection::vec(-0.5..1.5f64, 2..20),
        ) {
            let Some(fitted) = Calibration::fit(&seen) else { return Ok(()) };
            let mut scores = scores;
            scores.sort_by(f64::total_cmp);
            for two in scores.windows(2) {
                prop_assert!(fitted.of(two[0]) <= fitted.of(two[1]) + 1e-12);
            }
            let text = serde_json::to_string(&fitted).unwrap();
            prop_assert_eq!(serde_json::from_str::<Calibration>(&text).unwrap(), fitted);
        }
    }
}
