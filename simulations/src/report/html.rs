//! `report.html`: one file that a support lead can read.
//!
//! Everything a template shows is made here, ready for display; the template only repeats and chooses. Askama
//! escapes every value.

use anyhow::Context as _;
use askama::Template;

use super::Texts;
use crate::summary::Summary;
use crate::turns::ReplayedTurn;

mod chart;
mod examples;
mod figure;
mod priors;
mod reading;
mod sections;

pub use reading::{Readings, readings};

use chart::Curve;
use examples::Example;
use figure::{Bar, whole};
use priors::Priors;
use sections::{Alert, BaseRow, Headline, LabelRow, MaskRow, ReasonRow, SettingRow, TopicRow, Versus};

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    name: String,
    period: String,
    made_at: String,
    is_sample: bool,
    texts_shown: bool,
    alerts: Vec<Alert>,
    headline: Headline,
    outcomes: Vec<Bar>,
    held: Vec<ReasonRow>,
    bases: Vec<BaseRow>,
    not_eligible: Vec<ReasonRow>,
    counts: sections::Counts,
    labels: Vec<LabelRow>,
    guessed: Option<String>,
    topics: Vec<TopicRow>,
    masks: Vec<MaskRow>,
    time: sections::Time,
    curve: Option<Curve>,
    priors: Option<Priors>,
    versus: Option<Versus>,
    examples: Vec<Example>,
    appendix: sections::Appendix,
    judge: sections::JudgeNote,
    settings: Vec<SettingRow>,
}

/// Returns the content of `report.html`.
///
/// # Errors
/// Fails only if the template does, which would be a mistake in this crate.
pub fn html(summary: &Summary, turns: &[ReplayedTurn], texts: Texts) -> anyhow::Result<String> {
    let page = Page {
        name: summary.name.clone(),
        period: sections::period(summary),
        made_at: figure::moment(summary.made_at),
        is_sample: summary.is_sample,
        texts_shown: texts == Texts::Shown,
        alerts: sections::alerts(summary),
        headline: sections::headline(summary),
        outcomes: sections::outcomes(summary),
        held: sections::held(summary),
        bases: sections::bases(summary),
        not_eligible: sections::not_eligible(summary),
        counts: sections::counts(summary),
        labels: sections::labels(summary),
        guessed: (summary.ceiling.guessed > 0.0).then(|| whole(summary.ceiling.guessed)),
        topics: sections::topics(summary),
        masks: sections::masks(summary),
        time: sections::time(summary),
        curve: chart::curve(summary),
        priors: priors::priors(summary),
        versus: sections::versus(summary),
        examples: examples::choose(summary, turns, texts),
        appendix: sections::appendix(summary),
        judge: sections::judge(summary),
        settings: sections::settings(summary),
    };
    page.render().context("could not write the report as HTML")
}
