//! How alike two values are. Everything here is symmetric and knows nothing of weights.

use super::date::Date;

#[cfg(test)]
mod tests;

/// How alike two values are, from the same to different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Likeness {
    /// The same.
    Same,
    /// One slip apart, or as good as that.
    Close,
    /// Still more alike than chance: several slips, or letters in another order.
    Loose,
    /// One is the beginning of the other, such as an initial or a short form.
    Begins,
    /// Different.
    Different,
}

/// From this Jaro-Winkler similarity on, two words are spellings of one.
const CLOSE: f64 = 0.92;
/// From this one on, they are more alike than two words usually are.
const LOOSE: f64 = 0.8;

/// Compares two words or short texts that are folded already.
pub(crate) fn words(one: &str, other: &str) -> Likeness {
    if one == other {
        return Likeness::Same;
    }
    let (short, long) = sorted_by_length(one, other);
    let (shorter, longer) = (short.chars().count(), long.chars().count());
    if shorter <= 2 {
        return match (long.starts_with(short), shorter) {
            (true, _) => Likeness::Begins,
            (false, 2) if longer == 3 && strsim::osa_distance(one, other) == 1 => Likeness::Loose,
            _ => Likeness::Different,
        };
    }
    // A cheap bound first: most pairs of words have little in common.
    let apart = bag_distance(one, other);
    if apart * 2 > longer {
        return if long.starts_with(short) { Likeness::Begins } else { Likeness::Different };
    }
    let slips = strsim::osa_distance(one, other);
    let alike = strsim::jaro_winkler(one, other);
    if slips <= 1
        || (slips == 2 && shorter >= 6)
        || (apart == 0 && shorter >= 4)
        || (alike >= CLOSE && apart <= 2)
    {
        Likeness::Close
    } else if long.starts_with(short) {
        Likeness::Begins
    } else if slips * 3 <= longer || (apart * 4 <= longer && shorter >= 4) || alike >= LOOSE {
        Likeness::Loose
    } else {
        Likeness::Different
    }
}

/// Compares two numbers or codes, in which a single sign carries more than in a word.
pub(crate) fn codes(one: &str, other: &str) -> Likeness {
    if one == other {
        return Likeness::Same;
    }
    let longer = one.len().max(other.len());
    if one.len().abs_diff(other.len()) > 2 || longer < 4 {
        return Likeness::Different;
    }
    match strsim::osa_distance(one, other) {
        1 => Likeness::Close,
        2 if longer >= 7 => Likeness::Loose,
        _ => Likeness::Different,
    }
}

/// How alike two dates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DateLikeness {
    /// The same day.
    Same,
    /// One digit wrong or two changed places, day and month changed places, or a few days apart.
    Slip,
    /// Two of year, month and day are the same.
    TwoParts,
    /// About a month apart.
    Near,
    /// About a year, or ten years, give or take a month.
    YearsOff,
    /// Different.
    Different,
}

/// Days that count as a few.
const FEW_DAYS: i32 = 3;
/// Days that count as about a month.
const MONTH: i32 = 37;

/// Compares two dates.
pub(crate) fn dates(one: Date, other: Date) -> DateLikeness {
    if one == other {
        return DateLikeness::Same;
    }
    let apart = (one.days() - other.days()).abs();
    let swapped = one.year == other.year && one.month == other.day && one.day == other.month;
    if swapped || one_slip(one.digits(), other.digits()) || apart <= FEW_DAYS {
        return DateLikeness::Slip;
    }
    let same = usize::from(one.year == other.year)
        + usize::from(one.month == other.month)
        + usize::from(one.day == other.day);
    if same == 2 {
        return DateLikeness::TwoParts;
    }
    if apart <= MONTH {
        return DateLikeness::Near;
    }
    let around = |days: i32| (apart - days).abs() <= MONTH;
    if around(365) || around(3652) { DateLikeness::YearsOff } else { DateLikeness::Different }
}

/// Reports whether two rows of digits differ in one digit, or in two neighbours that changed places.
fn one_slip(one: [u8; 8], other: [u8; 8]) -> bool {
    let wrong: Vec<usize> = (0..8).filter(|at| one[*at] != other[*at]).collect();
    match wrong[..] {
        [_] => true,
        [first, second] => second == first + 1 && one[first] == other[second] && one[second] == other[first],
        _ => false,
    }
}

fn sorted_by_length<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    if one.len() <= other.len() { (one, other) } else { (other, one) }
}

/// The least number of slips there can be, whatever the order of the letters.
fn bag_distance(one: &str, other: &str) -> usize {
    let mut counts = [0_i16; 64];
    for c in one.chars() {
        counts[slot(c)] += 1;
    }
    for c in other.chars() {
        counts[slot(c)] -= 1;
    }
    let more: i16 = counts.iter().filter(|count| **count > 0).sum();
    let less: i16 = counts.iter().filter(|count| **count < 0).sum();
    usize::from(more.max(-less).unsigned_abs())
}

fn slot(c: char) -> usize {
    (u32::from(c) % 64) as usize
}
