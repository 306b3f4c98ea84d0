//! One verdict per conversation and mask.

use std::collections::BTreeMap;

use domain::{HandOff, Outcome};
use identity::Mask;

use super::{Input, Settings};
use crate::human::Label;
use crate::turns::{Case, Comparison, ReplayedTurn};

/// All conversations with weight, under each mask, ordered by id.
pub(super) struct Replays<'a> {
    pub(super) masks: BTreeMap<Mask, Vec<Replay<'a>>>,
}

/// How one conversation came out under one mask.
pub(super) struct Replay<'a> {
    pub(super) case: &'a Case,
    pub(super) comparison: Comparison,
    /// Why it was held.
    pub(super) reason: Option<&'static str>,
    /// Whether any turn before the human reply was not silenced by a rule.
    pub(super) eligible: bool,
    /// Whether people needed nothing but text.
    pub(super) in_ceiling: bool,
    /// Whether a later human reply added what the draft had not said.
    pub(super) added_later: bool,
    /// The turn with the judged draft that a threshold decides about.
    pub(super) scored: Option<&'a ReplayedTurn>,
}

/// Which conversations a figure is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Inbound,
    ReachedHuman,
    Eligible,
}

impl Replay<'_> {
    pub(super) fn is_in(&self, base: Base) -> bool {
        match base {
            Base::Inbound => self.is_inbound(),
            Base::ReachedHuman => self.reached_human(),
            Base::Eligible => self.is_eligible(),
        }
    }

    pub(super) fn weight(&self) -> f64 {
        self.case.weight
    }

    pub(super) fn is_inbound(&self) -> bool {
        !self.case.resolution.is_outbound()
    }

    pub(super) fn reached_human(&self) -> bool {
        self.is_inbound() && self.case.reached_human()
    }

    pub(super) fn is_eligible(&self) -> bool {
        self.reached_human() && self.eligible
    }

    /// Reports whether a verdict "same" would make it count as automated, its real end apart.
    pub(super) fn could_count(&self) -> bool {
        self.reached_human()
            && self.in_ceiling
            && !self.added_later
            && matches!(self.comparison, Comparison::Same | Comparison::Different)
    }
}

pub(super) fn read<'a>(input: &Input<'a>, settings: &Settings) -> Replays<'a> {
    let mut by_mask: BTreeMap<Mask, BTreeMap<&str, Vec<&ReplayedTurn>>> = BTreeMap::new();
    for turn in input.turns.iter().filter(|turn| turn.is_headline) {
        by_mask.entry(turn.mask).or_default().entry(&turn.conversation).or_default().push(turn);
    }
    let mut cases: Vec<&Case> = input.cases.iter().filter(|case| case.weight > 0.0).collect();
    cases.sort_by(|one, two| one.conversation.cmp(&two.conversation));
    cases.dedup_by(|one, two| one.conversation == two.conversation);
    let masks = by_mask
        .into_iter()
        .map(|(mask, mut turns)| {
            let replays = cases
                .iter()
                .filter_map(|case| {
                    let mut turns = turns.remove(case.conversation.as_str())?;
                    turns.sort_by_key(|turn| turn.position);
                    Some(replay(case, &turns, settings))
                })
                .collect();
            (mask, replays)
        })
        .collect();
    Replays { masks }
}

/// `turns` are those before the human reply, in order, at least one.
fn replay<'a>(case: &'a Case, turns: &[&'a ReplayedTurn], settings: &Settings) -> Replay<'a> {
    let comparisons: Vec<Comparison> = turns.iter().map(|turn| turn.comparison()).collect();
    let comparison = [Comparison::Different, Comparison::Same, Comparison::Unjudged]
        .into_iter()
        .find(|one| comparisons.contains(one))
        .unwrap_or(Comparison::Held);
    let decisive = turns.iter().rfind(|turn| turn.comparison() == comparison);
    let added_later = decisive.is_some_and(|turn| {
        turn.later.iter().any(|reply| reply.label.is_content() && reply.covered < settings.added_content)
    });
    Replay {
        case,
        comparison,
        reason: decisive.and_then(|turn| turn.held_because()),
        eligible: turns.iter().any(|turn| !matches!(turn.outcome, Outcome::Silent(_))),
        in_ceiling: in_ceiling(case, settings),
        added_later,
        scored: scored(turns),
    }
}

/// Reports whether everything that people wrote is of a kind that text can do, and something was needed.
fn in_ceiling(case: &Case, settings: &Settings) -> bool {
    case.human.iter().all(|reply| reply.label.can_automate(settings.lookups))
        && case.human.iter().any(|reply| reply.label.is_content())
}

/// Returns the turn with the surest judged draft that only a threshold keeps from being sent; of equally sure ones a
/// wrong one.
fn scored<'a>(turns: &[&'a ReplayedTurn]) -> Option<&'a ReplayedTurn> {
    turns
        .iter()
        .filter(|turn| matches!(turn.outcome, Outcome::Answer | Outcome::HandOff(HandOff::LowConfidence)))
        .filter_map(|turn| Some((*turn, turn.judgement.as_ref()?.same)))
        .max_by(|one, two| one.0.confidence.total_cmp(&two.0.confidence).then(two.1.cmp(&one.1)))
        .map(|(turn, _)| turn)
}

/// Returns the most that a person had to do in a conversation.
pub(super) fn hardest(case: &Case) -> Option<Label> {
    case.human.iter().map(|reply| reply.label).max_by_key(|label| match label {
        Label::Acknowledged => 0,
        Label::Answered => 1,
        Label::LookedUp => 2,
        Label::Escalated => 3,
        Label::DidSomething => 4,
    })
}
