//! Weighing two e-mail addresses by their parts.
//!
//! Letters before the `@` are mostly the name again, so they prove little once the name is the same. What tells
//! two people of one name apart, or shows one, are the digits and the domain.

use super::compare::{self, Likeness};
use super::record::Records;
use super::value::{Email, Vocabulary, Word};
use super::weigh::{Compare, Known, likeness, weight};

/// Who has the name has the letters with about this chance: there are few ways to write an address.
const LETTERS_OF_NAME: f64 = 0.15;
/// One in so many people shares an address with somebody at home.
const SHARED_BY_FAMILY: f64 = 0.002;
/// The parts of one address are not as independent as to weigh more together, for or against.
const MOST: f64 = 11.0;
const LEAST: f64 = -3.5;
/// Digits as different as this are another person's.
const OTHER_DIGITS: f64 = -3.0;
/// What an address of another person weighs at least.
const OTHER_PERSON: f64 = -2.0;

pub(crate) fn weigh(
    records: &Records,
    texts: &Vocabulary,
    known: &mut Known,
    (one, other): (Email, Email),
    same_name: bool,
) -> f64 {
    if one.domain.is_none() || other.domain.is_none() {
        return without_parts(records, texts, known, (one.whole, other.whole));
    }
    let mut alike = |x: Option<Word>, y: Option<Word>, compare: Compare| {
        let (x, y) = x.zip(y)?;
        let share = records.share(texts.count(x).max(texts.count(y)), 0.002);
        Some((likeness(known, texts, (x, y), compare), share))
    };
    let letters = alike(one.letters, other.letters, compare::words);
    let domain = alike(one.domain, other.domain, domains);
    let floor = if same_name { LETTERS_OF_NAME } else { 0.001 };
    let by_letters = letters.map_or(0.0, |(likeness, share)| match likeness {
        Likeness::Same => weight(0.75, share.max(floor)),
        Likeness::Close => weight(0.2, (share + 0.003).max(floor)),
        Likeness::Loose | Likeness::Begins => 0.0,
        Likeness::Different => weight(0.06, 0.95),
    });
    let by_domain = domain.map_or(0.0, |(likeness, share)| match likeness {
        Likeness::Same => weight(0.75, share),
        Likeness::Close => weight(0.2, share + 0.003),
        Likeness::Loose => weight(0.06, share + 0.05),
        Likeness::Begins | Likeness::Different => weight(0.08, 0.97),
    });
    let by_digits =
        digits(one.digits.map(|word| texts.text(word)), other.digits.map(|word| texts.text(word)));
    let total = by_letters + by_digits + by_domain;
    let other_letters = letters.is_some_and(|(likeness, _)| likeness == Likeness::Different);
    if one.whole == other.whole {
        // An address is given out once, however usual its parts are.
        let share = records.share(texts.count(one.whole), 0.002);
        return total.min(MOST).max(weight(0.6, share.max(SHARED_BY_FAMILY)));
    }
    if other_letters || by_digits <= OTHER_DIGITS {
        total.min(OTHER_PERSON)
    } else {
        total.clamp(LEAST, MOST)
    }
}

/// Half of a domain is an ending that thousands share, so what stands before it is compared.
fn domains(one: &str, other: &str) -> Likeness {
    let stem = |domain: &str| domain.rsplit_once('.').map_or(domain, |(stem, _)| stem).replace('@', "");
    match compare::words(one, other) {
        Likeness::Same => Likeness::Same,
        // The dot itself may be what slipped.
        whole => compare::words(&stem(one), &stem(other)).max(Likeness::Close).max(whole),
    }
}

/// Somebody lost the `@`.
fn without_parts(
    records: &Records,
    texts: &Vocabulary,
    known: &mut Known,
    (one, other): (Word, Word),
) -> f64 {
    let share = records.share(texts.count(one).max(texts.count(other)), 0.002);
    match likeness(known, texts, (one, other), compare::words) {
        Likeness::Same => weight(0.6, share),
        Likeness::Close => weight(0.2, share + 0.003),
        Likeness::Loose => weight(0.1, share + 0.02),
        Likeness::Begins | Likeness::Different => -1.0,
    }
}

fn digits(one: Option<&str>, other: Option<&str>) -> f64 {
    match (one, other) {
        (None, None) => 0.0,
        (Some(one), Some(other)) => match strsim::osa_distance(one, other) {
            0 => weight(0.9, [0.1, 0.01, 0.001][one.len().clamp(1, 3) - 1]),
            1 if one.len().max(other.len()) >= 2 => weight(0.08, 0.15),
            _ => OTHER_DIGITS,
        },
        _ => -1.5,
    }
}
