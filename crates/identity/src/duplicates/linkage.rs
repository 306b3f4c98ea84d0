//! Finds the records of a file that are one person.

use std::collections::HashSet;

use super::cluster::{self, Group, Pair};
use super::judge::{Means, judge};
use super::record::Records;
use super::table::Table;
use super::weigh::{Evidence, Weigher};
use super::{block, phrase};

#[cfg(test)]
mod tests;

/// Two records of a file that may be one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    /// The id of the one that comes first in the order of ids.
    pub one: String,
    /// The id of the other.
    pub other: String,
    /// How likely they are one, between 0 and 1; for sorting, not calibrated.
    pub score: f64,
    /// Why, in words that a person reads.
    pub reasons: Vec<String>,
}

/// What is proposed for a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Proposal {
    /// All pairs of records that would be one person, likeliest first; with `a` and `b`, and `b` and `c`, there
    /// is also `a` and `c`.
    pub pairs: Vec<Proposed>,
    /// The most records that would become one person.
    pub largest: usize,
}

/// The weight that is asked of a pair beyond the log of the number of records. Among more records there are
/// more strangers who are alike by chance.
const BEYOND_CHANCE: f64 = 1.0;
/// Pairs that are so far beyond chance are right even where duplicates are rare.
const SURELY_BEYOND_CHANCE: f64 = 6.0;
/// Where such a share of the records has a duplicate beyond doubt, nothing is asked on top.
const USUAL_SHARE: f64 = 0.3;
/// The most that is asked on top.
const MOST_DOUBT: f64 = 5.0;
/// A smaller file is held to the bar of one with so many records.
const FEW: usize = 50;
/// Pairs that miss the bar by no more than this may still be supported by the other records of their groups.
const WITHIN_REACH: f64 = 4.0;
/// The log odds that are shown for a pair just at the bar: a score of 0.95.
const AT_THE_BAR: f64 = 3.0;

/// Finds the records that are one person. What is not sure is left out: a wrong merge costs more than a missed one.
#[must_use]
pub fn propose(table: &Table) -> Proposal {
    let records = Records::read(table);
    let mut weigher = Weigher::new(&records);
    let mut compared = Vec::new();
    let by_chance = (records.len().max(FEW) as f64).ln();
    for (one, other) in block::pairs(&records) {
        let weight = alone(&records, &weigher.weigh(one, other)).unwrap_or(f64::NEG_INFINITY);
        if weight >= by_chance + BEYOND_CHANCE - WITHIN_REACH {
            compared.push(Pair { one, other, weight });
        }
    }
    let bar = by_chance + BEYOND_CHANCE + doubt(&records, &compared, by_chance);
    compared.retain(|pair| pair.weight >= bar - WITHIN_REACH);
    let groups = cluster::join(&mut weigher, compared, bar);
    let mut pairs = Vec::new();
    for group in &groups {
        for (at, one) in group.members.iter().enumerate() {
            let others = group.members[at + 1..].iter();
            pairs.extend(others.map(|other| proposed(&mut weigher, (*one, *other), group, bar)));
        }
    }
    pairs.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (&a.one, &a.other).cmp(&(&b.one, &b.other)))
    });
    Proposal { pairs, largest: groups.iter().map(|group| group.members.len()).max().unwrap_or_default() }
}

/// What is asked of a pair on top where duplicates are rare: the likeness of two records is then more often a
/// chance. How rare they are is read off the pairs that are beyond doubt.
fn doubt(records: &Records, compared: &[Pair], by_chance: f64) -> f64 {
    let sure = compared.iter().filter(|pair| pair.weight >= by_chance + SURELY_BEYOND_CHANCE);
    let paired: HashSet<u32> = sure.flat_map(|pair| [pair.one, pair.other]).collect();
    let share = paired.len().max(1) as f64 / records.len().max(FEW) as f64;
    (USUAL_SHARE / share).ln().clamp(0.0, MOST_DOUBT)
}

/// A pair that does not reach the bar by itself is as likely as the weakest link of its group.
fn proposed(weigher: &mut Weigher<'_>, (one, other): (u32, u32), group: &Group, bar: f64) -> Proposed {
    let records = weigher.records();
    let evidence = weigher.weigh(one, other);
    let own = alone(records, &evidence).filter(|weight| *weight >= bar);
    let mut reasons = phrase::reasons(records, &evidence, (one, other));
    if own.is_none() {
        reasons.push(phrase::THROUGH_OTHERS.to_owned());
    }
    let beyond = own.unwrap_or(group.weakest) - bar;
    let score = 1.0 / (1.0 + (-beyond - AT_THE_BAR).exp());
    let id = |record: u32| records.ids[record as usize].clone();
    Proposed { one: id(one), other: id(other), score, reasons }
}

/// The weight of a pair by itself.
fn alone(records: &Records, evidence: &Evidence) -> Option<f64> {
    let means: Means = evidence.slots.map(f64::from);
    judge(&records.fields, &means)
}
