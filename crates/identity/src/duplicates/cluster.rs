//! From pairs to people: groups of records are joined strongest first, and only if their members support it.
//!
//! The evidence between two groups is the mean over the pairs between them, field by field, so a record that
//! lacks a field neither helps nor harms there, and a single bridge between two people does not join them.

use std::collections::HashMap;

use super::judge::{Means, judge};
use super::weigh::{Evidence, SLOTS, Weigher};

/// So many records stand for their group when it is compared; more would not change the mean.
const MOST_COMPARED: usize = 12;
/// Groups hardly change after the second time; this only bounds the work.
const MOST_ROUNDS: usize = 8;

/// Two records that were compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) one: u32,
    pub(crate) other: u32,
    pub(crate) weight: f64,
}

/// Joins records into groups and remembers how strongly.
#[derive(Debug)]
pub(crate) struct Groups<'a, 'b> {
    weigher: &'b mut Weigher<'a>,
    known: HashMap<(u32, u32), Evidence>,
    /// The group of each record.
    of: Vec<u32>,
    members: Vec<Vec<u32>>,
    /// The least weight at which the parts of a group were joined.
    weakest: Vec<f64>,
}

/// Records that are one person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) members: Vec<u32>,
    pub(crate) weakest: f64,
}

/// Joins along `pairs` wherever the evidence between the whole groups reaches `bar`.
pub(crate) fn join(weigher: &mut Weigher<'_>, mut pairs: Vec<Pair>, bar: f64) -> Vec<Group> {
    pairs.sort_by(|a, b| b.weight.total_cmp(&a.weight).then((a.one, a.other).cmp(&(b.one, b.other))));
    let count = u32::try_from(weigher.records().len()).unwrap_or(u32::MAX);
    let mut groups = Groups {
        weigher,
        known: HashMap::new(),
        of: (0..count).collect(),
        members: (0..count).map(|at| vec![at]).collect(),
        weakest: vec![f64::INFINITY; count as usize],
    };
    for _ in 0..MOST_ROUNDS {
        let mut changed = false;
        for pair in &pairs {
            changed |= groups.try_join(*pair, bar);
        }
        if !changed {
            break;
        }
    }
    let all = groups.members.into_iter().zip(groups.weakest).filter(|(members, _)| members.len() > 1);
    all.map(|(mut members, weakest)| {
        members.sort_unstable();
        Group { members, weakest }
    })
    .collect()
}

impl Groups<'_, '_> {
    fn try_join(&mut self, pair: Pair, bar: f64) -> bool {
        let (one, other) = (self.of[pair.one as usize], self.of[pair.other as usize]);
        if one == other {
            return false;
        }
        let means = self.between(one, other);
        let Some(weight) = judge(&self.weigher.records().fields, &means).filter(|weight| *weight >= bar)
        else {
            return false;
        };
        let (kept, moved) = (one.min(other), one.max(other));
        let members = std::mem::take(&mut self.members[moved as usize]);
        for record in &members {
            self.of[*record as usize] = kept;
        }
        self.members[kept as usize].extend(members);
        let weakest = self.weakest[kept as usize].min(self.weakest[moved as usize]).min(weight);
        self.weakest[kept as usize] = weakest;
        true
    }

    fn between(&mut self, one: u32, other: u32) -> Means {
        let (mut sums, mut counts) = ([0.0_f64; SLOTS], [0_u32; SLOTS]);
        let weigher = &mut *self.weigher;
        for x in some_of(&self.members[one as usize]) {
            for y in some_of(&self.members[other as usize]) {
                let key = (x.min(y), x.max(y));
                let evidence = self.known.entry(key).or_insert_with(|| weigher.weigh(key.0, key.1));
                for (at, weight) in evidence.slots.iter().enumerate().filter(|(_, weight)| !weight.is_nan()) {
                    sums[at] += f64::from(*weight);
                    counts[at] += 1;
                }
            }
        }
        std::array::from_fn(|at| if counts[at] == 0 { f64::NAN } else { sums[at] / f64::from(counts[at]) })
    }
}

/// At most [`MOST_COMPARED`] records of a group, evenly spread.
fn some_of(members: &[u32]) -> impl Iterator<Item = u32> {
    members.iter().step_by(members.len().div_ceil(MOST_COMPARED).max(1)).copied()
}
