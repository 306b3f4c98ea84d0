//! Shares that rest on a judge's verdicts, with the judge's own mistakes in the margin.

use serde::{Deserialize, Serialize};

use super::{Estimate, Groups, Random, Settings, wilson};

/// So many right of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// How many were right.
    pub right: u32,
    /// Of how many.
    pub of: u32,
}

impl Counted {
    /// Returns the share.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { f64::from(self.right) / f64::from(self.of) }
    }

    /// Draws the count again as if the validation had been repeated with other cases.
    fn drawn(self, random: &mut Random) -> f64 {
        let p = (f64::from(self.right) + 0.5) / (f64::from(self.of) + 1.0);
        let hits = (0..self.of).filter(|_| random.unit() < p).count();
        (hits as f64 + 0.5) / (f64::from(self.of) + 1.0)
    }
}

/// How often a judge is right, as measured against people's labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgeError {
    /// Of the replies that people find right, those that the judge calls the same.
    pub sensitivity: Counted,
    /// Of the replies that people find wrong, those that the judge calls different.
    pub specificity: Counted,
}

/// A judge that is hardly better than a coin cannot be corrected for.
const LEAST_INFORMATION: f64 = 0.1;

impl JudgeError {
    /// Returns how much better than a coin the judge is: 0 is a coin, 1 never errs.
    #[must_use]
    pub fn information(&self) -> f64 {
        self.sensitivity.share() + self.specificity.share() - 1.0
    }

    /// Reports whether its mistakes can be taken out of a share.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.information() > LEAST_INFORMATION
    }
}

/// One unit whose verdict counts where the rest allows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged<'a> {
    /// The conversation it belongs to.
    pub group: &'a str,
    /// How much of the whole it stands for; 0 leaves it out.
    pub weight: f64,
    /// Whether it could count at all: answered, compared, and nothing else speaks against it.
    pub open: bool,
    /// Whether the judge says "same".
    pub same: bool,
}

/// Returns the weighted share of units that are open and same, with an interval that includes the judge's
/// mistakes where they are known; nothing when no unit has weight.
#[must_use]
pub fn judged_share(
    units: &[Judged<'_>],
    error: Option<&JudgeError>,
    settings: Settings,
) -> Option<Estimate> {
    let groups = Groups::of(units.iter().map(|unit| {
        let open = if unit.open { unit.weight } else { 0.0 };
        let same = if unit.open && unit.same { unit.weight } else { 0.0 };
        (unit.group, [unit.weight, open, same], unit.weight)
    }));
    let [all, open, same] = groups.sum();
    if all <= 0.0 {
        return None;
    }
    let seen = |[all, _, same]: [f64; 3]| (all > 0.0).then(|| same / all);
    let (low, high) = groups.percentiles(settings, |sums, _| seen(sums));
    let (wilson_low, wilson_high) = wilson(same / all * groups.effective(), groups.effective());
    let (mut low, mut high) = (low.min(wilson_low), high.max(wilson_high));
    if let Some(error) = error.filter(|_| open > 0.0) {
        let (true_low, true_high) = if error.is_usable() {
            groups.percentiles(settings, |sums, random| corrected(sums, error, random))
        } else {
            // Nothing is known about the verdicts: anything from none to all of what was answered.
            (0.0, open / all)
        };
        (low, high) = (low.min(true_low), high.max(true_high));
    }
    Some(Estimate::new(same / all, low, high, groups.len()))
}

fn corrected([all, open, same]: [f64; 3], error: &JudgeError, random: &mut Random) -> Option<f64> {
    // Drawn in any case, so that every round uses equally many random numbers.
    let (sensitivity, specificity) = (error.sensitivity.drawn(random), error.specificity.drawn(random));
    if all <= 0.0 {
        return None;
    }
    if open <= 0.0 {
        return Some(0.0);
    }
    let information = (sensitivity + specificity - 1.0).max(LEAST_INFORMATION);
    let right = ((same / open + specificity - 1.0) / information).clamp(0.0, 1.0);
    Some(right * open / all)
}
