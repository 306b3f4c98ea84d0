//! The curve of coverage against precision, in the units of its drawing.

use super::figure::{Figure, whole};
use crate::stats::Bin;
use crate::summary::{Point, Summary};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;

/// A drawing of 640 by 240 units without its margins.
pub(super) struct Curve {
    pub(super) line: String,
    pub(super) band: String,
    pub(super) dots: Vec<Dot>,
    pub(super) now: Option<Dot>,
    pub(super) rows: Vec<CurveRow>,
    pub(super) auroc: Option<String>,
    pub(super) calibration: Vec<CalibrationRow>,
    pub(super) calibrated: Option<CalibratedRows>,
}

pub(super) struct Dot {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) tip: String,
}

pub(super) struct CurveRow {
    pub(super) threshold: String,
    pub(super) coverage: String,
    pub(super) precision: Figure,
}

pub(super) struct CalibrationRow {
    pub(super) stated: String,
    pub(super) right: String,
    pub(super) count: usize,
}

/// A calibration, learned from earlier drafts and tried on later ones.
pub(super) struct CalibratedRows {
    pub(super) learned_from: usize,
    pub(super) tried_on: usize,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) chance: String,
    pub(super) rows: Vec<CalibrationRow>,
}

pub(super) fn curve(summary: &Summary) -> Option<Curve> {
    let points = &summary.confidence.curve;
    if points.len() < 2 {
        return None;
    }
    let pair = |coverage: f64, share: f64| format!("{:.1},{:.1}", x(coverage), y(share));
    let line: Vec<String> = points.iter().map(|one| pair(one.coverage, one.precision.value)).collect();
    let upper = points.iter().map(|one| pair(one.coverage, one.precision.high));
    let lower = points.iter().rev().map(|one| pair(one.coverage, one.precision.low));
    let band: Vec<String> = upper.chain(lower).collect();
    Some(Curve {
        line: line.join(" "),
        band: band.join(" "),
        dots: points.iter().map(dot).collect(),
        now: now(summary),
        rows: points
            .iter()
            .map(|one| CurveRow {
                threshold: format!("{:.2}", one.threshold),
                coverage: whole(one.coverage),
                precision: Figure::of(&one.precision),
            })
            .collect(),
        auroc: summary.confidence.auroc.map(whole),
        calibration: rows(&summary.confidence.calibration),
        calibrated: summary.confidence.calibrated.as_ref().map(|one| CalibratedRows {
            learned_from: one.learned_from,
            tried_on: one.tried_on,
            before: tenths(one.error_before),
            after: tenths(one.error),
            chance: tenths(one.error_by_chance),
            rows: rows(&one.table),
        }),
    })
}

fn rows(bins: &[Bin]) -> Vec<CalibrationRow> {
    let row =
        |bin: &Bin| CalibrationRow { stated: whole(bin.stated), right: whole(bin.right), count: bin.count };
    bins.iter().map(row).collect()
}

/// Points of a hundred, with one decimal.
fn tenths(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

fn dot(point: &Point) -> Dot {
    let tip = format!("answers {}, of these right {}", whole(point.coverage), whole(point.precision.value));
    Dot { x: format!("{:.1}", x(point.coverage)), y: format!("{:.1}", y(point.precision.value)), tip }
}

/// Where the run stands: what it answered, and how much of that was right.
fn now(summary: &Summary) -> Option<Dot> {
    let main = summary.main()?;
    let answered = main.same?.value + main.different?.value;
    let right = main.right_among_answered?.value;
    let tip = format!("this run: answers {}, of these right {}", whole(answered), whole(right));
    Some(Dot { x: format!("{:.1}", x(answered)), y: format!("{:.1}", y(right)), tip })
}

fn x(coverage: f64) -> f64 {
    coverage.clamp(0.0, 1.0) * WIDTH
}

fn y(share: f64) -> f64 {
    (1.0 - share.clamp(0.0, 1.0)) * HEIGHT
}
