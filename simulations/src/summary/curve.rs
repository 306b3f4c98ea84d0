//! What another confidence threshold would have given, and what a stated confidence is worth.

use domain::{Calibration, Timestamp};

use super::conversations::Replay;
use super::figures::round;
use super::{Calibrated, Confidence, Point, Settings};
use crate::stats::{self, Judged};

/// At how many thresholds, at most.
const POINTS: usize = 20;
/// A precision over fewer answers than this says nothing.
const LEAST: usize = 5;
/// Fewer drafts in a half teach or prove nothing.
const LEAST_HALF: usize = 50;

pub(super) fn confidence(replays: &[Replay<'_>], settings: &Settings) -> Confidence {
    let reached: Vec<&Replay<'_>> = replays.iter().filter(|one| one.reached_human()).collect();
    let all: f64 = reached.iter().map(|one| one.weight()).sum();
    let mut scored: Vec<Scored<'_>> = reached
        .iter()
        .filter_map(|one| {
            let turn = one.scored?;
            let (confidence, same) = (turn.confidence, turn.judgement.as_ref()?.same);
            let (group, at) = (one.case.conversation.as_str(), one.case.created_at);
            Some(Scored { group, at, weight: one.weight(), confidence, same })
        })
        .collect();
    scored
        .sort_by(|one, two| two.confidence.total_cmp(&one.confidence).then_with(|| one.group.cmp(two.group)));
    let plain: Vec<_> = scored.iter().map(|one| (one.confidence, one.same, one.weight)).collect();
    Confidence {
        curve: cuts(&scored).into_iter().filter_map(|cut| point(&scored[..cut], all, settings)).collect(),
        auroc: stats::auroc(&plain).map(round),
        calibration: stats::calibration(&plain),
        calibrated: calibrated(scored, settings.statistics),
    }
}

/// Parts drafts into the earlier half and the later one, with the beginning of the newest conversation of the earlier.
/// Conversations that began at the same moment stay together; nothing where a half is too small.
pub(super) fn halves<T>(
    drafts: &mut [T],
    began: impl Fn(&T) -> (Timestamp, &str),
) -> Option<(Timestamp, &[T], &[T])> {
    drafts.sort_by(|one, two| began(one).cmp(&began(two)));
    let (until, _) = began(drafts.get((drafts.len() / 2).checked_sub(1)?)?);
    let (earlier, later) = drafts.split_at(drafts.partition_point(|one| began(one).0 <= until));
    (earlier.len().min(later.len()) >= LEAST_HALF).then_some((until, earlier, later))
}

/// Learns a calibration from the earlier half and tries it on the later one.
fn calibrated(mut scored: Vec<Scored<'_>>, statistics: stats::Settings) -> Option<Calibrated> {
    let (until, earlier, later) = halves(&mut scored, |one| (one.at, one.group))?;
    let plain = |half: &[Scored<'_>]| -> Vec<_> {
        half.iter().map(|one| (one.confidence, one.same, one.weight)).collect()
    };
    let steps = Calibration::fit(&plain(earlier))?;
    let stated = plain(later);
    let tried: Vec<_> =
        stated.iter().map(|(score, same, weight)| (steps.of(*score), *same, *weight)).collect();
    Some(Calibrated {
        until,
        learned_from: earlier.len(),
        tried_on: later.len(),
        error_before: round(stats::calibration_error(&stated)?),
        error: round(stats::calibration_error(&tried)?),
        error_by_chance: round(stats::error_by_chance(&tried, statistics)?),
        table: stats::calibration(&tried),
        steps,
    })
}

struct Scored<'a> {
    group: &'a str,
    at: Timestamp,
    weight: f64,
    confidence: f64,
    same: bool,
}

/// Returns after how many of the surest a threshold can stand: never between equals.
fn cuts(scored: &[Scored<'_>]) -> Vec<usize> {
    let mut cuts: Vec<usize> = (1..=POINTS)
        .map(|step| (scored.len() * step).div_ceil(POINTS))
        .map(|cut| {
            let Some(last) = cut.checked_sub(1).and_then(|last| scored.get(last)) else {
                return 0;
            };
            scored.partition_point(|one| one.confidence.total_cmp(&last.confidence).is_ge())
        })
        .filter(|cut| *cut >= LEAST)
        .collect();
    cuts.dedup();
    cuts
}

fn point(surest: &[Scored<'_>], all: f64, settings: &Settings) -> Option<Point> {
    let votes: Vec<_> = surest
        .iter()
        .map(|one| Judged { group: one.group, weight: one.weight, open: true, same: one.same })
        .collect();
    let answered: f64 = surest.iter().map(|one| one.weight).sum();
    Some(Point {
        threshold: round(surest.last()?.confidence),
        coverage: round(answered / all),
        precision: stats::judged_share(&votes, settings.judge.error.as_ref(), settings.statistics)?,
    })
}
