//! Which statements of two passages cannot both be true.

use super::amounts::{Amount, Bound};
use super::facts::{Fact, Value, about};
use super::polarity;
use super::times::Edge;
use super::topic::{Seen, Weights, likeness};
use super::units::{DAY, Dimension, MONTH};
use super::{Compared, Contradiction, Differs, Said, WORTH_A_LOOK};

/// How two values of one kind stand to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Relation {
    /// They say the same.
    Same,
    /// They cannot both be true of one thing; how telling that is.
    Differ(f32),
}

/// From this likeness on two statements are taken for one that both make.
const SAME_STATEMENT: f32 = 0.3;
/// A yes and a no must be about more of the same than two numbers: nearly every sentence says yes to something.
const YES_NO: f32 = 0.6;

/// So much of what they are about they must share in their own sentences.
const YES_NO_SHARES: usize = 2;

/// Two statements that could be about the same, with how they stand to each other.
#[derive(Debug, Clone, Copy)]
struct Match {
    one: usize,
    other: usize,
    sure: f32,
    relation: Relation,
    differs: Differs,
}

/// Compares all statements of two passages.
pub(super) fn judge(ones: &[Fact], others: &[Fact], weights: &Weights) -> Compared {
    let mut matches = Vec::new();
    for (one, left) in ones.iter().enumerate() {
        for (other, right) in others.iter().enumerate() {
            let Some((relation, differs)) = relation(left, right) else { continue };
            let sure = likeness(seen(left), seen(right), weights) * per(left, right);
            matches.push(Match { one, other, sure, relation, differs });
        }
    }
    let mut compared = Compared::default();
    let (mut settled_ones, mut settled_others) = (vec![false; ones.len()], vec![false; others.len()]);
    // What stands in both, word for word, is no contradiction whatever else does.
    for (one, left) in ones.iter().enumerate() {
        for (other, right) in others.iter().enumerate() {
            if left.value == right.value && left.topic == right.topic {
                settled_ones[one] = true;
                settled_others[other] = true;
            }
        }
    }
    for found in
        matches.iter().filter(|found| found.relation == Relation::Same && found.sure >= SAME_STATEMENT)
    {
        if found.sure >= WORTH_A_LOOK {
            let sentences = (ones[found.one].sentence.clone(), others[found.other].sentence.clone());
            compared.agreements.push(sentences);
        }
        settled_ones[found.one] = true;
        settled_others[found.other] = true;
    }
    let mut differing: Vec<(f32, Match)> = matches
        .iter()
        .filter_map(|found| match found.relation {
            Relation::Differ(telling) => {
                let floor = if found.differs == Differs::YesNo { YES_NO } else { WORTH_A_LOOK };
                (found.sure * telling >= floor).then_some((found.sure * telling, *found))
            }
            Relation::Same => None,
        })
        .collect();
    // Of equally sure ones what they say decides, so that neither side comes first.
    let values = |found: &Match| {
        let (one, other) = (&ones[found.one], &others[found.other]);
        let mut both = [(&one.sentence, &one.shown), (&other.sentence, &other.shown)];
        both.sort();
        both
    };
    differing.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| values(&a.1).cmp(&values(&b.1))));
    for (sure, found) in differing {
        if settled_ones[found.one] || settled_others[found.other] {
            continue;
        }
        settled_ones[found.one] = true;
        settled_others[found.other] = true;
        let (one, other) = (&ones[found.one], &others[found.other]);
        let said = |fact: &Fact| Said {
            value: fact.shown.clone(),
            sentence: fact.sentence.clone(),
            key: fact.value.key(),
        };
        compared.contradictions.push(Contradiction {
            differs: found.differs,
            about: about(one, other).take(4).collect(),
            one: said(one),
            other: said(other),
            sure,
        });
    }
    compared
}

fn seen(fact: &Fact) -> Seen<'_> {
    Seen { topic: &fact.topic, context: &fact.context }
}

/// Returns how two statements of one kind stand to each other; nothing for two kinds.
fn relation(one: &Fact, other: &Fact) -> Option<(Relation, Differs)> {
    let differ = |same: bool, telling: f32| if same { Relation::Same } else { Relation::Differ(telling) };
    match (&one.value, &other.value) {
        (Value::Amount(left), Value::Amount(right)) => amounts(left, right),
        (Value::Day(left, edge), Value::Day(right, other_edge)) => {
            let opposed = matches!((edge, other_edge), (Edge::Start, Edge::End) | (Edge::End, Edge::Start));
            (!opposed).then_some((differ(left.agrees(*right), 1.0), Differs::Date))
        }
        (Value::Hours(from, to), Value::Hours(since, until)) => {
            let days_meet = one.days == 0 || other.days == 0 || one.days & other.days != 0;
            days_meet.then_some((differ((from, to) == (since, until), 1.0), Differs::Hours))
        }
        (Value::Clock(left), Value::Clock(right)) => {
            let days_meet = one.days == 0 || other.days == 0 || one.days & other.days != 0;
            days_meet.then_some((differ(left == right, 0.9), Differs::Hours))
        }
        (Value::Days(left), Value::Days(right)) => Some((differ(left == right, 0.9), Differs::Hours)),
        (Value::Version(of, left, bound), Value::Version(other_of, right, other_bound)) => {
            let opposed =
                matches!((bound, other_bound), (Bound::Least, Bound::Most) | (Bound::Most, Bound::Least));
            (of == other_of && !opposed).then_some((differ(left == right, 1.0), Differs::Version))
        }
        (Value::Holds(left, mode), Value::Holds(right, other_mode)) => {
            // What holds before something and no longer after it is no contradiction, and only the same
            // condition can be told to be the same.
            let conditions = (&one.topic.condition, &other.topic.condition);
            let telling = match conditions {
                (left, right) if left.is_empty() && right.is_empty() => 1.0,
                (left, right) if !left.is_disjoint(right) => 1.0,
                (left, right) if left.is_empty() || right.is_empty() => 0.9,
                _ => 0.5,
            };
            let shared = one.topic.about.intersection(&other.topic.about).count();
            if shared < YES_NO_SHARES {
                return None;
            }
            polarity::contradict((*left, *mode), (*right, *other_mode))
                .then_some((Relation::Differ(telling), Differs::YesNo))
        }
        _ => None,
    }
}

fn amounts(one: &Amount, other: &Amount) -> Option<(Relation, Differs)> {
    let free = |amount: &Amount| amount.dimension == Dimension::Money("any");
    let money = |amount: &Amount| matches!(amount.dimension, Dimension::Money(_));
    if one.dimension != other.dimension && !((free(one) || free(other)) && money(one) && money(other)) {
        return None;
    }
    if one.dimension == Dimension::Count && !one.counted.iter().any(|thing| other.counted.contains(thing)) {
        return None;
    }
    let differs = match one.dimension {
        Dimension::Duration => Differs::Duration,
        Dimension::Money(_) => Differs::Money,
        Dimension::Percent => Differs::Percent,
        Dimension::Measure(_) => Differs::Measure,
        Dimension::Count => Differs::Count,
    };
    // Five working days are a week.
    let stretched = |amount: &Amount| {
        let factor = if amount.working && one.working != other.working { 7.0 / 5.0 } else { 1.0 };
        Amount { low: amount.low * factor, high: amount.high * factor, ..amount.clone() }
    };
    let is_same = same(one, other);
    let (one, other) = (&stretched(one), &stretched(other));
    let is_range = |amount: &Amount| amount.low < amount.high;
    let within = |value: f64, amount: &Amount| amount.low <= value && value <= amount.high;
    let relation = if is_same || same(one, other) {
        Relation::Same
    } else {
        match (is_range(one), is_range(other)) {
            (true, true) => Relation::Differ(1.0),
            (true, false) if within(other.low, one) => Relation::Same,
            (false, true) if within(one.low, other) => Relation::Same,
            (true, false) | (false, true) => Relation::Differ(0.9),
            (false, false) => bounded((one.bound, one.low), (other.bound, other.low))?,
        }
    };
    Some((relation, differs))
}

/// Returns how two different amounts stand to each other, of which one or both may be limits.
fn bounded(one: (Bound, f64), other: (Bound, f64)) -> Option<Relation> {
    match (one, other) {
        ((left, _), (right, _)) if left == right => Some(Relation::Differ(1.0)),
        // One limits from below, the other from above.
        ((Bound::Least, _), (Bound::Most, _)) | ((Bound::Most, _), (Bound::Least, _)) => None,
        ((Bound::Exact, exact), (Bound::Most, most)) | ((Bound::Most, most), (Bound::Exact, exact)) => {
            Some(Relation::Differ(if exact > most { 1.0 } else { 0.75 }))
        }
        ((Bound::Exact, exact), (Bound::Least, least)) | ((Bound::Least, least), (Bound::Exact, exact)) => {
            Some(Relation::Differ(if exact < least { 0.95 } else { 0.75 }))
        }
        _ => None,
    }
}

/// Reports whether two amounts are the same as far as people mean it.
fn same(one: &Amount, other: &Amount) -> bool {
    let near = |left: f64, right: f64| {
        let tolerance = if one.rough || other.rough {
            0.1
        } else if (one.factor - other.factor).abs() < f64::EPSILON {
            1e-6
        } else if [one.factor, other.factor].contains(&MONTH)
            && [one.factor, other.factor].contains(&(7.0 * DAY))
        {
            // Four weeks are a month to most people.
            0.09
        } else {
            0.025
        };
        (left - right).abs() <= tolerance * left.abs().max(right.abs()).max(1e-9)
    };
    let all = |left: (f64, f64), right: (f64, f64)| near(left.0, right.0) && near(left.1, right.1);
    let (left, right) = ((one.low, one.high), (other.low, other.high));
    all(left, right)
}

/// Returns how far two amounts come again for the same: a price for a month is none for a year.
fn per(one: &Fact, other: &Fact) -> f32 {
    match (&one.value, &other.value) {
        (Value::Amount(left), Value::Amount(right)) => match (&left.per, &right.per) {
            (Some(left), Some(right)) if left != right => 0.0,
            (None, Some(_)) | (Some(_), None) => 0.6,
            _ => 1.0,
        },
        _ => 1.0,
    }
}
