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

/// A rising line through the shares that proved right (isotonic regression by pooling adjacent violators).
///
/// Between two points it is straight, beyond the first and the last it is level, so that nothing is promised that
/// was not seen. A higher score never gets a lower probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Step>", into = "Vec<Step>")]
pub struct Calibration {
    steps: Vec<Step>,
}

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
        let mut seen: Vec<_> = seen.iter().filter(|one| one.0.is_finite() && one.2 > 0.0).copied().collect();
        if !(seen.iter().any(|one| one.1) && seen.iter().any(|one| !one.1)) {
            return None;
        }
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
        Some(Self { steps })
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
        let fitted = Calibration::fit(&seen).unwrap();
        let points: Vec<(f64, f64)> = fitted.steps().iter().map(|one| (one.score, one.right)).collect();
        assert_eq!(points, [(0.1, 0.0), (0.4, 0.5), (0.9, 1.0)]);
        assert!((fitted.of(0.25) - 0.25).abs() < 1e-12);
        assert_eq!((fitted.of(0.0), fitted.of(1.0)), (0.0, 1.0));
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
