//! Figures by topic, with small groups merged.

use std::collections::BTreeMap;

use super::conversations::Replay;
use super::figures::{automated_among, outcomes};
use super::{Settings, Topic};
use crate::stats::{self, Vote};
use crate::turns::Comparison;

/// More topics than this nobody reads; the smaller ones are merged.
const MOST_TOPICS: usize = 40;
const OTHER: &str = "other";
const NONE: &str = "no topic";

/// A topic before its figures are made.
struct Group<'a> {
    name: String,
    merged: usize,
    replays: Vec<&'a Replay<'a>>,
}

pub(super) fn topics(replays: &[Replay<'_>], settings: &Settings) -> Vec<Topic> {
    groups(replays, settings.small_group).into_iter().filter_map(|group| topic(group, settings)).collect()
}

/// Returns the topics, largest first, `other` last. No group is smaller than `small`: where what is merged would
/// still be, the next smallest topic joins it, so that it cannot be found by subtraction; and when all topics
/// together are fewer, none is shown.
fn groups<'a>(replays: &'a [Replay<'a>], small: usize) -> Vec<Group<'a>> {
    let mut by_name: BTreeMap<String, Vec<&Replay<'_>>> = BTreeMap::new();
    for one in replays.iter().filter(|one| one.reached_human()) {
        let name = one.case.topic.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(NONE);
        by_name.entry(name.to_owned()).or_default().push(one);
    }
    let mut groups: Vec<Group<'_>> =
        by_name.into_iter().map(|(name, replays)| Group { name, merged: 1, replays }).collect();
    groups
        .sort_by(|one, two| two.replays.len().cmp(&one.replays.len()).then_with(|| one.name.cmp(&two.name)));
    let mut other = Group { name: OTHER.to_owned(), merged: 0, replays: Vec::new() };
    while let Some(last) = groups.last() {
        let other_is_small = !other.replays.is_empty() && other.replays.len() < small;
        if last.replays.len() >= small && groups.len() <= MOST_TOPICS && !other_is_small {
            break;
        }
        other.merged += 1;
        other.replays.extend(groups.pop().into_iter().flat_map(|group| group.replays));
    }
    if !other.replays.is_empty() && other.replays.len() >= small {
        groups.push(other);
    }
    groups
}

fn topic(group: Group<'_>, settings: &Settings) -> Option<Topic> {
    let outcomes = outcomes(&group.replays, settings);
    let ceiling: Vec<_> = group
        .replays
        .iter()
        .map(|one| Vote { group: &one.case.conversation, weight: one.weight(), yes: one.in_ceiling })
        .collect();
    Some(Topic {
        name: group.name,
        merged: group.merged,
        conversations: group.replays.len(),
        same: outcomes.same?,
        different: outcomes.different?,
        held: outcomes.held?,
        ceiling: stats::share(&ceiling, settings.statistics)?,
        automated: automated_among(&group.replays, settings),
        held_mostly: mostly(&group.replays),
    })
}

fn mostly(replays: &[&Replay<'_>]) -> Option<String> {
    let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
    for one in replays.iter().filter(|one| one.comparison == Comparison::Held) {
        *weights.entry(one.reason.unwrap_or("unknown")).or_default() += one.weight();
    }
    // The first of equals in alphabetical order.
    weights.into_iter().rev().max_by(|one, two| one.1.total_cmp(&two.1)).map(|(name, _)| name.to_owned())
}
