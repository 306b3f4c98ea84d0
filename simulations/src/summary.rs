//! From replayed turns to the figures of a report.
//!
//! The unit of all main figures is the **conversation**, seen through its turns before any human reply:
//!
//! - It came out as *different* if any answer before the first human reply differs from it, as *same* if all
//!   answers are the same, as *held* if there was none; the reason is that of the last such turn.
//! - It counts as **automated** only if it is the same, every human reply in it is of a kind that text can do
//!   ([`crate::human::Label::can_automate`]), no later human reply added content (what the draft had not said by
//!   [`Settings::added_content`]), and the real conversation ended confirmed and durable. What ended in silence
//!   stands beside it as *assumed*.
//! - Three **denominators**: all inbound conversations; those that reached a human; those that are eligible: at
//!   least one turn before the human reply that no rule kept us silent about.
//! - Conversations that end too close to the end of the data to know whether the customer came back are left out
//!   of the automation figures, and counted.

use std::collections::BTreeMap;

use domain::{SourceId, Timestamp};
use identity::Mask;
use serde::{Deserialize, Serialize};

use crate::baseline::Against;
use crate::human::Lookups;
use crate::stats::{self, Bin, Estimate, JudgeError};
use crate::turns::{Case, Leaks, ReplayedTurn};

mod conversations;
mod curve;
mod figures;
mod priors;
mod topics;

/// Name and version of the form of `report.json`.
pub const SCHEMA: &str = "backstory.simulation/1";

/// A setting of the run, as the report repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// What it is called on the command line.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The judge and what is known of its mistakes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judge {
    /// Its name.
    pub name: String,
    /// From this score on, two replies count as the same.
    pub threshold: f64,
    /// How often it is right, as measured against people; absent when it was never measured.
    pub error: Option<JudgeError>,
    /// On what it was measured, in words.
    pub measured_on: String,
}

/// How a summary is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Whether looking things up can be automated.
    pub lookups: Lookups,
    /// Topics with fewer conversations are merged.
    pub small_group: usize,
    /// From this share of articles of unknown age on, the replay is not time-correct.
    pub unknown_limit: f64,
    /// A later human reply added content when the draft had said less than this share of it.
    pub added_content: f64,
    /// How the intervals are made.
    pub statistics: stats::Settings,
    /// The judge.
    pub judge: Judge,
    /// Every setting of the run.
    pub run: Vec<Setting>,
}

/// What a summary is made of.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What the replayed history is called.
    pub name: &'a str,
    /// Whether it is the sample workspace that ships with the product.
    pub is_sample: bool,
    /// When the report was made.
    pub made_at: Timestamp,
    /// The conversations that were replayed.
    pub cases: &'a [Case],
    /// Their turns, under every mask that was replayed.
    pub turns: &'a [ReplayedTurn],
    /// The comparison with a baseline, where one was made.
    pub against: Option<&'a Against>,
    /// What reads each of the tenant's sources, by the connector's name.
    pub sources: &'a BTreeMap<SourceId, String>,
}

/// How many conversations there are behind the figures. Counts are of rows, not weighted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denominators {
    /// Replayed conversations with weight.
    pub replayed: usize,
    /// Replayed conversations without weight: they enter no rate.
    pub without_weight: usize,
    /// Begun by the company: not counted below.
    pub outbound: usize,
    /// Begun by a customer.
    pub inbound: usize,
    /// Of the inbound ones, those in which a person replied.
    pub reached_human: usize,
    /// Of those, the ones that no rule kept us out of.
    pub eligible: usize,
    /// Why the others are not eligible, most frequent first.
    pub not_eligible: Vec<Reason>,
    /// Inbound ones that end too late to know whether the customer came back.
    pub too_recent: usize,
}

/// A reason and how often it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Its name in the closed list of reasons.
    pub name: String,
    /// In how many conversations.
    pub conversations: usize,
    /// Weighted share of the conversations that reached a human.
    pub share: f64,
}

impl Eq for Reason {}

/// One figure over the three denominators.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Over {
    /// Over all inbound conversations.
    pub inbound: Option<Estimate>,
    /// Over those that reached a human.
    pub reached_human: Option<Estimate>,
    /// Over the eligible ones.
    pub eligible: Option<Estimate>,
}

/// What text alone could reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ceiling {
    /// Share of conversations in which people needed nothing but text.
    pub share: Over,
    /// By what a person had to do at most.
    pub by_label: Vec<LabelShare>,
    /// Share of labels that are guesses by form, since there are no rules for the language.
    pub guessed: f64,
}

/// How often something was the most that a person had to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelShare {
    /// Name of the label.
    pub label: String,
    /// In how many conversations.
    pub conversations: usize,
    /// Weighted share of the conversations that reached a human.
    pub share: f64,
}

/// How conversations came out under one mask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MaskSummary {
    /// The mask.
    pub mask: Mask,
    /// Conversations that reached a human and were replayed under it.
    pub conversations: usize,
    /// Share of these that were answered like the person did.
    pub same: Option<Estimate>,
    /// Share that were answered otherwise.
    pub different: Option<Estimate>,
    /// Share that were not answered.
    pub held: Option<Estimate>,
    /// Share of the answers that were the same.
    pub right_among_answered: Option<Estimate>,
    /// Why conversations were held, most frequent first.
    pub held_because: Vec<Reason>,
    /// Share automated, confirmed and durable: the headline.
    pub automated: Over,
    /// Share automated, confirmed or assumed, and durable.
    pub automated_assumed: Over,
    /// What it saw and must not have.
    pub leaks: Leaks,
}

/// What a mask lets through that the strict one does not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leakage {
    /// The mask.
    pub mask: Mask,
    /// Its share of `same` minus that of the strict mask, on the same conversations.
    pub same: Estimate,
}

/// How much of the knowledge is of unknown age.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TimeCorrect {
    /// Share of articles, over all replayed moments, whose text at that moment is not known.
    pub unknown: f64,
    /// The share from which on a replay is not time-correct.
    pub limit: f64,
    /// Whether the replay is time-correct.
    pub is_time_correct: bool,
}

/// One topic. Small ones are merged into `other`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Topic {
    /// Topic in the source's words, `other` for what was merged, `no topic` for what has none.
    pub name: String,
    /// How many topics were merged into it; 1 for one that was not.
    pub merged: usize,
    /// Conversations that reached a human.
    pub conversations: usize,
    /// Share of these that were answered like the person did.
    pub same: Estimate,
    /// Share that were answered otherwise.
    pub different: Estimate,
    /// Share that were not answered.
    pub held: Estimate,
    /// Share that text alone could reach.
    pub ceiling: Estimate,
    /// Share automated, confirmed and durable.
    pub automated: Option<Estimate>,
    /// The most frequent reason for holding.
    pub held_mostly: Option<String>,
}

/// What answering from a confidence on would have given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// From this confidence on.
    pub threshold: f64,
    /// Share of conversations that would have been answered.
    pub coverage: f64,
    /// Share of these answers that would have been the same.
    pub precision: Estimate,
}

/// How well the confidence orders and states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confidence {
    /// Coverage against precision, surest first.
    pub curve: Vec<Point>,
    /// Probability that a draft that is the same has the higher confidence.
    pub auroc: Option<f64>,
    /// Stated probability against what came true.
    pub calibration: Vec<Bin>,
    /// What the earlier half of the drafts teaches about stated probabilities, tried on the later half.
    pub calibrated: Option<Calibrated>,
}

/// A calibration that was learned from earlier conversations and tried on later ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// Beginning of the newest conversation that was learned from.
    pub until: Timestamp,
    /// How many drafts were learned from.
    pub learned_from: usize,
    /// On how many later ones it was tried.
    pub tried_on: usize,
    /// Expected calibration error of what was stated, on the later ones.
    pub error_before: f64,
    /// The same once calibrated.
    pub error: f64,
    /// Calibrated probability against what came true, on the later ones.
    pub table: Vec<Bin>,
    /// The calibration.
    pub steps: domain::Calibration,
}

/// What the documents that drafts cite tell of these drafts: learned from earlier conversations, tried on later ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Beginning of the newest conversation that was learned from.
    pub until: Timestamp,
    /// How many drafts were learned from.
    pub learned_from: usize,
    /// On how many later ones it was tried.
    pub tried_on: usize,
    /// What reads the sources that are named below.
    pub sources: BTreeMap<SourceId, String>,
    /// Where documents of the later drafts would have stood.
    pub tried: Tried,
    /// What was learned.
    pub factors: domain::Priors,
}

/// Where documents stand among those that a draft could have been made of. Nothing is drafted anew: what another order
/// would have made of a draft, nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// The best document that a right draft cites: it should not fall. It stood first to be cited, so it hardly can
    /// rise.
    pub right: Option<Placed>,
    /// The best document that a wrong draft cites: it should fall.
    pub wrong: Option<Placed>,
    /// The best document that the person's reply points to, whatever the draft says: it should rise.
    pub named: Option<Placed>,
}

/// At what place a document stands: 1 by its place, on average (mean reciprocal rank).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// Over how many drafts.
    pub drafts: usize,
    /// By the search alone.
    pub before: f64,
    /// With what was learned.
    pub after: f64,
}

/// Turn figures. Later turns are helped by what people wrote before them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnFigures {
    /// Turns that were replayed under the main mask.
    pub turns: usize,
    /// Of these, before any human reply.
    pub before_human: usize,
    /// Among all turns that a person replied to: share same.
    pub same: Option<Estimate>,
    /// Share different.
    pub different: Option<Estimate>,
    /// Share held.
    pub held: Option<Estimate>,
}

/// Conversations that nobody replied to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unanswered {
    /// How many.
    pub conversations: usize,
    /// Share of these that would have been answered; whether rightly, nobody knows.
    pub answered: Option<Estimate>,
}

/// All figures of a report: the content of `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Name and version of this form.
    pub schema: String,
    /// What the replayed history is called.
    pub name: String,
    /// Whether it is the sample workspace that ships with the product.
    pub is_sample: bool,
    /// When the report was made.
    pub made_at: Timestamp,
    /// Beginning of the first replayed conversation.
    pub from: Option<Timestamp>,
    /// Beginning of the last replayed conversation.
    pub until: Option<Timestamp>,
    /// How many conversations there are.
    pub denominators: Denominators,
    /// What text alone could reach.
    pub ceiling: Ceiling,
    /// The mask that the main figures are of: the strictest that was replayed.
    pub main_mask: Option<Mask>,
    /// How conversations came out, strictest mask first.
    pub masks: Vec<MaskSummary>,
    /// What the other masks let through.
    pub leakage: Vec<Leakage>,
    /// How much of the knowledge is of unknown age.
    pub time: TimeCorrect,
    /// Topics, largest first.
    pub topics: Vec<Topic>,
    /// How good the confidence is.
    pub confidence: Confidence,
    /// What the documents that drafts cite tell of these.
    #[serde(default)]
    pub priors: Option<Learned>,
    /// The comparison with a baseline.
    pub against: Option<Against>,
    /// Conversations that nobody replied to.
    pub unanswered: Unanswered,
    /// Figures by turn.
    pub appendix: TurnFigures,
    /// How all this was made.
    pub settings: Settings,
}

impl Summary {
    /// Returns the figures of the main mask.
    #[must_use]
    pub fn main(&self) -> Option<&MaskSummary> {
        self.masks.iter().find(|one| Some(one.mask) == self.main_mask)
    }

    /// Returns how often something was seen that must not be: under the strict and current masks anything, and
    /// under all masks another person's evidence. (Without a mask the conversation itself may be seen; that
    /// shows that the counters count.)
    #[must_use]
    pub fn leaks(&self) -> u64 {
        let of = |one: &MaskSummary| match one.mask {
            Mask::Strict | Mask::Current => one.leaks.total(),
            Mask::None => u64::from(one.leaks.other_person),
        };
        self.masks.iter().map(of).sum()
    }
}

/// Makes the figures of a report. The order of cases and turns does not matter.
#[must_use]
pub fn summarise(input: &Input<'_>, settings: Settings) -> Summary {
    let replays = conversations::read(input, &settings);
    let main_mask = replays.masks.keys().next().copied();
    let strictest = main_mask.map(|mask| replays.masks[&mask].as_slice()).unwrap_or_default();
    Summary {
        schema: SCHEMA.to_owned(),
        name: input.name.to_owned(),
        is_sample: input.is_sample,
        made_at: input.made_at,
        from: input.cases.iter().map(|case| case.created_at).min(),
        until: input.cases.iter().map(|case| case.created_at).max(),
        denominators: figures::denominators(input.cases, strictest),
        ceiling: figures::ceiling(strictest, &settings),
        main_mask,
        masks: replays.masks.iter().map(|(mask, all)| figures::mask(*mask, all, input, &settings)).collect(),
        leakage: figures::leakage(&replays.masks, &settings),
        time: figures::time(input.turns, main_mask, &settings),
        topics: topics::topics(strictest, &settings),
        confidence: curve::confidence(strictest, &settings),
        priors: priors::learned(strictest, main_mask, input.sources),
        against: input.against.cloned(),
        unanswered: figures::unanswered(strictest, &settings),
        appendix: figures::appendix(input.turns, main_mask, &settings),
        settings,
    }
}

#[cfg(test)]
pub(crate) mod tests;
