//! The figures, one function each.

use std::collections::BTreeMap;

use identity::Mask;

use super::conversations::{Base, Replay, hardest};
use super::{
    Ceiling, Denominators, Input, LabelShare, Leakage, MaskSummary, Over, Reason, Settings, TimeCorrect,
    TurnFigures, Unanswered,
};
use crate::human::Label;
use crate::resolution::{Lasting, Resolution};
use crate::stats::{self, Estimate, JudgeError, Judged, Pair, Vote};
use crate::turns::{Case, Comparison, Leaks, ReplayedTurn};

pub(super) fn denominators(cases: &[Case], replays: &[Replay<'_>]) -> Denominators {
    let count = |base: Base| replays.iter().filter(|one| one.is_in(base)).count();
    let inbound = count(Base::Inbound);
    let too_recent = |one: &&Replay<'_>| one.case.resolution.lasting == Lasting::TooRecent;
    let silenced = replays.iter().filter(|one| one.reached_human() && !one.eligible);
    Denominators {
        replayed: replays.len(),
        without_weight: cases.iter().filter(|case| case.weight <= 0.0).count(),
        outbound: replays.len() - inbound,
        inbound,
        reached_human: count(Base::ReachedHuman),
        eligible: count(Base::Eligible),
        not_eligible: reasons(silenced, weight_of_reached(replays)),
        too_recent: replays.iter().filter(|one| one.is_inbound()).filter(too_recent).count(),
    }
}

pub(super) fn ceiling(replays: &[Replay<'_>], settings: &Settings) -> Ceiling {
    let reached: Vec<&Replay<'_>> = replays.iter().filter(|one| one.reached_human()).collect();
    let all: f64 = reached.iter().map(|one| one.weight()).sum();
    let by_label = Label::ALL.into_iter().map(|label| {
        let of: Vec<_> = reached.iter().filter(|one| hardest(one.case) == Some(label)).collect();
        let weight: f64 = of.iter().map(|one| one.weight()).sum();
        LabelShare {
            label: label.name().to_owned(),
            conversations: of.len(),
            share: if all > 0.0 { round(weight / all) } else { 0.0 },
        }
    });
    let labels: Vec<bool> =
        reached.iter().flat_map(|one| &one.case.human).map(|reply| reply.guessed).collect();
    let share = |base: Base| {
        let votes: Vec<_> = replays
            .iter()
            .filter(|one| one.is_in(base))
            .map(|one| vote(one, one.reached_human() && one.in_ceiling))
            .collect();
        stats::share(&votes, settings.statistics)
    };
    Ceiling {
        share: over(share),
        by_label: by_label.collect(),
        guessed: ratio(labels.iter().filter(|guessed| **guessed).count(), labels.len()),
    }
}

pub(super) fn mask(
    mask: Mask,
    replays: &[Replay<'_>],
    input: &Input<'_>,
    settings: &Settings,
) -> MaskSummary {
    let reached: Vec<&Replay<'_>> = replays.iter().filter(|one| one.reached_human()).collect();
    let outcomes = outcomes(&reached, settings);
    let answered: Vec<_> =
        reached.iter().filter(|one| is_judged(one.comparison)).map(|one| judged(one, true)).collect();
    let held = reached.iter().filter(|one| one.comparison == Comparison::Held).copied();
    let mut leaks = Leaks::default();
    input.turns.iter().filter(|turn| turn.mask == mask).for_each(|turn| leaks.add(turn.leaks));
    MaskSummary {
        mask,
        conversations: reached.len(),
        same: outcomes.same,
        different: outcomes.different,
        held: outcomes.held,
        right_among_answered: stats::judged_share(
            &answered,
            settings.judge.error.as_ref(),
            settings.statistics,
        ),
        held_because: reasons(held, weight_of_reached(replays)),
        automated: automated(replays, Resolution::is_confirmed, settings),
        automated_assumed: automated(replays, Resolution::is_assumed, settings),
        leaks,
    }
}

/// Share of same, different and held.
pub(super) struct Outcomes {
    pub(super) same: Option<Estimate>,
    pub(super) different: Option<Estimate>,
    pub(super) held: Option<Estimate>,
}

pub(super) fn outcomes(replays: &[&Replay<'_>], settings: &Settings) -> Outcomes {
    let error = settings.judge.error.as_ref();
    let same: Vec<_> = replays.iter().map(|one| judged(one, is_judged(one.comparison))).collect();
    let different: Vec<_> = same.iter().map(|one| Judged { same: !one.same, ..*one }).collect();
    let held: Vec<_> = replays.iter().map(|one| vote(one, one.comparison == Comparison::Held)).collect();
    Outcomes {
        same: stats::judged_share(&same, error, settings.statistics),
        different: stats::judged_share(&different, error.map(mirrored).as_ref(), settings.statistics),
        held: stats::share(&held, settings.statistics),
    }
}

/// Returns the judge's error for the question "is it different?".
fn mirrored(error: &JudgeError) -> JudgeError {
    let JudgeError { sensitivity, specificity } = *error;
    JudgeError { sensitivity: specificity, specificity: sensitivity }
}

/// Share of conversations that count as automated, given which real ends count.
fn automated(replays: &[Replay<'_>], counts: fn(Resolution) -> bool, settings: &Settings) -> Over {
    over(|base| {
        let votes: Vec<_> = replays
            .iter()
            .filter(|one| one.is_in(base) && one.case.resolution.lasting != Lasting::TooRecent)
            .map(|one| judged(one, one.could_count() && counts(one.case.resolution)))
            .collect();
        stats::judged_share(&votes, settings.judge.error.as_ref(), settings.statistics)
    })
}

/// Returns the share automated among `replays`, confirmed and durable.
pub(super) fn automated_among(replays: &[&Replay<'_>], settings: &Settings) -> Option<Estimate> {
    let votes: Vec<_> = replays
        .iter()
        .filter(|one| one.case.resolution.lasting != Lasting::TooRecent)
        .map(|one| judged(one, one.could_count() && one.case.resolution.is_confirmed()))
        .collect();
    stats::judged_share(&votes, settings.judge.error.as_ref(), settings.statistics)
}

pub(super) fn leakage(masks: &BTreeMap<Mask, Vec<Replay<'_>>>, settings: &Settings) -> Vec<Leakage> {
    let Some(strict) = masks.get(&Mask::Strict) else {
        return Vec::new();
    };
    let is_same = |one: &Replay<'_>| f64::from(u8::from(one.comparison == Comparison::Same));
    let known: BTreeMap<&str, f64> = strict
        .iter()
        .filter(|one| one.reached_human())
        .map(|one| (one.case.conversation.as_str(), is_same(one)))
        .collect();
    masks
        .iter()
        .filter(|(mask, _)| **mask != Mask::Strict)
        .filter_map(|(mask, replays)| {
            let pairs: Vec<Pair<'_>> = replays
                .iter()
                .filter_map(|one| {
                    let other = *known.get(one.case.conversation.as_str())?;
                    let group = one.case.conversation.as_str();
                    Some(Pair { group, weight: one.weight(), ours: is_same(one), other })
                })
                .collect();
            Some(Leakage { mask: *mask, same: stats::difference(&pairs, settings.statistics)? })
        })
        .collect()
}

pub(super) fn time(turns: &[ReplayedTurn], main: Option<Mask>, settings: &Settings) -> TimeCorrect {
    let of_main = || turns.iter().filter(|turn| Some(turn.mask) == main);
    let articles: u64 = of_main().map(|turn| turn.versions.articles).sum();
    let unknown: u64 = of_main().map(|turn| turn.versions.unknown).sum();
    let unknown = if articles > 0 { round(unknown as f64 / articles as f64) } else { 0.0 };
    TimeCorrect {
        unknown,
        limit: settings.unknown_limit,
        is_time_correct: main == Some(Mask::Strict) && unknown <= settings.unknown_limit,
    }
}

pub(super) fn unanswered(replays: &[Replay<'_>], settings: &Settings) -> Unanswered {
    let votes: Vec<_> = replays
        .iter()
        .filter(|one| one.is_inbound() && !one.reached_human())
        .map(|one| vote(one, one.comparison != Comparison::Held))
        .collect();
    Unanswered { conversations: votes.len(), answered: stats::share(&votes, settings.statistics) }
}

pub(super) fn appendix(turns: &[ReplayedTurn], main: Option<Mask>, settings: &Settings) -> TurnFigures {
    let of_main: Vec<&ReplayedTurn> =
        turns.iter().filter(|turn| Some(turn.mask) == main && turn.weight > 0.0).collect();
    let replied: Vec<_> = of_main
        .iter()
        .filter(|turn| turn.human.is_some())
        .map(|turn| {
            let comparison = turn.comparison();
            let unit = Judged {
                group: &turn.conversation,
                weight: turn.weight,
                open: is_judged(comparison),
                same: comparison == Comparison::Same,
            };
            (unit, comparison == Comparison::Held)
        })
        .collect();
    let same: Vec<_> = replied.iter().map(|(unit, _)| *unit).collect();
    let different: Vec<_> = same.iter().map(|one| Judged { same: !one.same, ..*one }).collect();
    let held: Vec<_> = replied
        .iter()
        .map(|(unit, held)| Vote { group: unit.group, weight: unit.weight, yes: *held })
        .collect();
    let error = settings.judge.error.as_ref();
    TurnFigures {
        turns: of_main.len(),
        before_human: of_main.iter().filter(|turn| turn.is_headline).count(),
        same: stats::judged_share(&same, error, settings.statistics),
        different: stats::judged_share(&different, error.map(mirrored).as_ref(), settings.statistics),
        held: stats::share(&held, settings.statistics),
    }
}

/// Counts reasons, most frequent first.
fn reasons<'a>(replays: impl Iterator<Item = &'a Replay<'a>>, all: f64) -> Vec<Reason> {
    let mut counted: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    for one in replays {
        let entry = counted.entry(one.reason.unwrap_or("unknown")).or_default();
        entry.0 += 1;
        entry.1 += one.weight();
    }
    let mut reasons: Vec<Reason> = counted
        .into_iter()
        .map(|(name, (conversations, weight))| Reason {
            name: name.to_owned(),
            conversations,
            share: if all > 0.0 { round(weight / all) } else { 0.0 },
        })
        .collect();
    reasons.sort_by(|one, two| two.share.total_cmp(&one.share).then_with(|| one.name.cmp(&two.name)));
    reasons
}

fn weight_of_reached(replays: &[Replay<'_>]) -> f64 {
    replays.iter().filter(|one| one.reached_human()).map(Replay::weight).sum()
}

/// Makes one figure over the three denominators.
fn over(figure: impl Fn(Base) -> Option<Estimate>) -> Over {
    Over {
        inbound: figure(Base::Inbound),
        reached_human: figure(Base::ReachedHuman),
        eligible: figure(Base::Eligible),
    }
}

fn is_judged(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::Same | Comparison::Different)
}

fn vote<'a>(one: &Replay<'a>, yes: bool) -> Vote<'a> {
    Vote { group: &one.case.conversation, weight: one.weight(), yes }
}

fn judged<'a>(one: &Replay<'a>, open: bool) -> Judged<'a> {
    Judged {
        group: &one.case.conversation,
        weight: one.weight(),
        open,
        same: one.comparison == Comparison::Same,
    }
}

pub(super) fn ratio(part: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { round(part as f64 / all as f64) }
}

pub(super) fn round(x: f64) -> f64 {
    (x * 1e6).round() / 1e6 + 0.0
}
