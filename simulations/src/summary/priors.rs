//! What the documents that drafts cite tell of these drafts, learned from earlier ones and tried on later ones.

use std::collections::BTreeMap;

use domain::priors::{Seen, Sign};
use domain::{Priors, SourceId, Timestamp};
use identity::Mask;

use super::conversations::Replay;
use super::curve::halves;
use super::figures::round;
use super::{Learned, Placed, Tried};
use crate::turns::Weighed;

/// A draft with the documents that it could have been made of.
struct Drafted<'a> {
    group: &'a str,
    at: Timestamp,
    weight: f64,
    right: bool,
    ranked: &'a [Weighed],
}

impl Drafted<'_> {
    fn seen(&self) -> Seen {
        let cited = self.ranked.iter().filter(|one| one.cited).map(|one| one.signs).collect();
        Seen { cited, right: self.right, weight: self.weight }
    }
}

/// Learns from the drafts that the confidence is calibrated by, under the strict mask alone: whatever else knows the
/// future.
pub(super) fn learned(
    replays: &[Replay<'_>],
    mask: Option<Mask>,
    sources: &BTreeMap<SourceId, String>,
) -> Option<Learned> {
    if mask != Some(Mask::Strict) {
        return None;
    }
    let drafts = replays.iter().filter(|one| one.reached_human()).filter_map(|one| {
        let turn = one.scored?;
        Some(Drafted {
            group: one.case.conversation.as_str(),
            at: one.case.created_at,
            weight: one.weight(),
            right: turn.judgement.as_ref()?.same,
            ranked: &turn.ranked,
        })
    });
    // What cites nothing that was searched for, such as facts that were looked up, tells nothing of documents.
    let mut drafts: Vec<Drafted<'_>> =
        drafts.filter(|one| one.ranked.iter().any(|document| document.cited)).collect();
    let (until, earlier, later) = halves(&mut drafts, |one| (one.at, one.group))?;
    let seen: Vec<Seen> = earlier.iter().map(Drafted::seen).collect();
    let factors = Priors::learn(&seen)?;
    let place = |of: &dyn Fn(&Drafted<'_>) -> bool, which: fn(&Weighed) -> bool| {
        let of: Vec<&Drafted<'_>> = later.iter().filter(|one| of(one)).collect();
        placed(&of, which, &factors)
    };
    let tried = Tried {
        right: place(&|one| one.right, |document| document.cited),
        wrong: place(&|one| !one.right, |document| document.cited),
        named: place(&|_| true, |document| document.named),
    };
    let of_factors = factors.all().iter().filter_map(|one| {
        let Sign::Source { id, .. } = one.sign else { return None };
        Some((id, sources.get(&id)?.clone()))
    });
    Some(Learned {
        until,
        learned_from: earlier.len(),
        tried_on: later.len(),
        sources: of_factors.collect(),
        tried,
        factors,
    })
}

/// Returns at what place the best of some documents stands on average, as 1 by its place, without priors and with
/// them.
fn placed(drafts: &[&Drafted<'_>], which: fn(&Weighed) -> bool, factors: &Priors) -> Option<Placed> {
    let by_priors = |one: &Weighed| one.score + f64::from(factors.added(&one.signs));
    let (mut drafted, mut weight, mut before, mut after) = (0, 0.0, 0.0, 0.0);
    for draft in drafts {
        let Some(without) = reciprocal(draft.ranked, which, |one| one.score) else { continue };
        let Some(with) = reciprocal(draft.ranked, which, by_priors) else { continue };
        drafted += 1;
        weight += draft.weight;
        before += draft.weight * without;
        after += draft.weight * with;
    }
    (weight > 0.0).then(|| Placed {
        drafts: drafted,
        before: round(before / weight),
        after: round(after / weight),
    })
}

/// Returns 1 by the place of the best of some documents among all; nothing where none of them was found.
fn reciprocal(
    ranked: &[Weighed],
    which: fn(&Weighed) -> bool,
    score: impl Fn(&Weighed) -> f64,
) -> Option<f64> {
    let best = ranked.iter().filter(|one| which(one)).map(&score).max_by(f64::total_cmp)?;
    let above = ranked.iter().filter(|one| score(one) > best).count();
    Some(1.0 / (above as f64 + 1.0))
}

#[cfg(test)]
mod tests;
