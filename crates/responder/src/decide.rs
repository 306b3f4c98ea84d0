//! The last step: everything is known, only the rule is left. Pure.

use domain::decision::{ForAgent, Unseen, Verdict};
use domain::{Decision, Draft, HandOff, Mode, Outcome, Silence};
use identity::Purpose;

/// From which confidence on something is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// A draft for an agent.
    pub draft: f32,
    /// A reply that nobody looks at.
    pub auto: f32,
}

impl Thresholds {
    /// Returns the one that counts for a purpose.
    pub(crate) fn of(self, purpose: Purpose) -> f32 {
        match purpose {
            Purpose::Auto => self.auto,
            Purpose::Draft | Purpose::Lookup => self.draft,
        }
    }
}

/// All that a decision depends on.
#[derive(Debug, Clone)]
pub struct Grounds {
    /// How far the topic is automated.
    pub mode: Mode,
    /// What the draft is for.
    pub purpose: Purpose,
    /// Whether the draft asks for the one thing that is missing.
    pub asks: bool,
    /// The draft, where the evidence gave one.
    pub draft: Option<Draft>,
    /// What only the agent may know.
    pub for_agent: Vec<ForAgent>,
    /// Whether anything that may be shown was found.
    pub has_evidence: bool,
    /// Whether what was found beyond the customer's reach is about this very customer.
    pub needs_proof: bool,
    /// What came along and was not looked at.
    pub unseen: Option<Unseen>,
    /// Calibrated probability that the draft is right.
    pub confidence: f32,
    /// The verdicts of all checks.
    pub checks: Vec<Verdict>,
}

/// Decides. Silence beats a wrong answer: whatever is missing ends in a hand-off with its reason.
#[must_use]
pub fn decide(grounds: Grounds, thresholds: Thresholds) -> Decision {
    let outcome = outcome(&grounds, thresholds);
    let draft = if outcome == Outcome::Silent(Silence::Off) { None } else { grounds.draft };
    Decision {
        outcome,
        draft,
        for_agent: grounds.for_agent,
        unseen: grounds.unseen,
        confidence: grounds.confidence,
        checks: grounds.checks,
    }
}

fn outcome(grounds: &Grounds, thresholds: Thresholds) -> Outcome {
    if grounds.mode == Mode::Off {
        return Outcome::Silent(Silence::Off);
    }
    let is_bad = grounds.checks.iter().any(|verdict| !verdict.passed);
    if grounds.asks && !is_bad {
        return Outcome::Ask;
    }
    let carried = grounds.draft.is_some() && grounds.confidence >= thresholds.of(grounds.purpose);
    if !carried && grounds.needs_proof {
        return Outcome::HandOff(HandOff::NeedsProof);
    }
    if grounds.draft.is_none() && is_bad {
        // Something was written, and it was no answer.
        return Outcome::HandOff(HandOff::CheckFailed);
    }
    if grounds.draft.is_none() {
        return Outcome::HandOff(match (grounds.has_evidence, grounds.for_agent.is_empty()) {
            (false, true) => HandOff::NoEvidence,
            (false, false) => HandOff::InternalOnly,
            (true, _) => HandOff::LowConfidence,
        });
    }
    if !carried {
        return Outcome::HandOff(HandOff::LowConfidence);
    }
    if is_bad {
        return Outcome::HandOff(HandOff::CheckFailed);
    }
    let needs_eyes = grounds.unseen.as_ref().is_some_and(|unseen| unseen.is_needed);
    if needs_eyes && grounds.purpose == Purpose::Auto {
        return Outcome::HandOff(HandOff::Attachment);
    }
    Outcome::Answer
}
