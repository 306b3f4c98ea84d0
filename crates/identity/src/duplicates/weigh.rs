//! How strongly two records speak for being one person: the log of a likelihood ratio, field by field.
//!
//! For each likeness, `m` is how often the records of one person are that much alike and `u` how often those of
//! two people are. The first hardly depends on the file: it is how people and programs slip. The second does, and
//! is counted in the file: a name that every tenth record holds proves little when shared.

use std::collections::HashMap;

use super::columns::Role;
use super::compare::{self, DateLikeness, Likeness};
use super::date::Date;
use super::email;
use super::record::{MOST_FIELDS, Records};
use super::value::{Value, Vocabulary, Word};

/// What speaks for and against, one weight a slot: the two words of the name, then the fields. A slot that
/// cannot be compared is NaN: what is missing says nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) slots: [f32; SLOTS],
}

/// The less alike and the more alike of the two words of a name.
pub(crate) const NAMES: usize = 2;
/// How many weights a pair has.
pub(crate) const SLOTS: usize = MOST_FIELDS + NAMES;

/// What first name and surname in each other's place cost.
const SWAPPED: f64 = 2.3;

/// Weighs pairs of records, and remembers which texts it has compared.
#[derive(Debug)]
pub(crate) struct Weigher<'a> {
    records: &'a Records,
    names: Known,
    texts: Vec<Known>,
}

/// How two texts are compared.
pub(crate) type Compare = fn(&str, &str) -> Likeness;
/// Likenesses of texts of one vocabulary.
pub(crate) type Known = HashMap<(Word, Word), Likeness>;

/// The weight of something that happens with `m` among the records of one person and `u` among others'.
pub(crate) fn weight(m: f64, u: f64) -> f64 {
    (m / u.min(1.0)).ln()
}

pub(crate) fn likeness(
    known: &mut Known,
    texts: &Vocabulary,
    (one, other): (Word, Word),
    compare: Compare,
) -> Likeness {
    if one == other {
        return Likeness::Same;
    }
    let key = (one.min(other), one.max(other));
    *known.entry(key).or_insert_with(|| compare(texts.text(key.0), texts.text(key.1)))
}

impl<'a> Weigher<'a> {
    pub(crate) fn new(records: &'a Records) -> Self {
        Self { records, names: Known::new(), texts: records.fields.iter().map(|_| Known::new()).collect() }
    }

    pub(crate) fn records(&self) -> &'a Records {
        self.records
    }

    /// Weighs two records; the order does not matter.
    pub(crate) fn weigh(&mut self, one: u32, other: u32) -> Evidence {
        let records = self.records;
        let (a, b) = (&records.all[one as usize], &records.all[other as usize]);
        let mut slots = [f32::NAN; SLOTS];
        let name = self.name([a.given, a.surname], [b.given, b.surname]);
        for (slot, weight) in slots.iter_mut().zip(name.words) {
            *slot = weight.map_or(f32::NAN, |weight| weight as f32);
        }
        for (at, field) in records.fields.iter().enumerate() {
            let weight = match (a.values[at], b.values[at]) {
                (Value::Text(x), Value::Text(y)) => self.text(at, field.role, x, y),
                (Value::Date(x), Value::Date(y)) => self.date(x, y),
                (Value::Email(x), Value::Email(y)) => {
                    email::weigh(records, &field.texts, &mut self.texts[at], (x, y), name.sum() > 0.0)
                }
                _ => continue,
            };
            slots[at + NAMES] = weight as f32;
        }
        Evidence { slots }
    }

    /// First name to first name and surname to surname, or crosswise if that fits better.
    fn name(&mut self, one: [Option<Word>; 2], other: [Option<Word>; 2]) -> NameWeight {
        let straight = self.name_words([(one[0], other[0]), (one[1], other[1])]);
        let mut crossed = self.name_words([(one[0], other[1]), (one[1], other[0])]);
        let cost = crossed.words[1].map_or(0.0, |more| SWAPPED.min(more.max(0.0) + 2.0));
        crossed.words[1] = crossed.words[1].map(|more| more - cost);
        // What cannot be compared straight is not held against the two when it is unlike crosswise.
        if crossed.compared() && crossed.sum() > straight.sum() { crossed } else { straight }
    }

    fn name_words(&mut self, pairs: [(Option<Word>, Option<Word>); 2]) -> NameWeight {
        let [one, other] = pairs.map(|pair| match pair {
            (Some(x), Some(y)) => Some(self.name_word(x, y)),
            _ => None,
        });
        match (one, other) {
            (Some(one), Some(other)) => NameWeight { words: [Some(one.min(other)), Some(one.max(other))] },
            (one, other) => NameWeight { words: [None, one.or(other)] },
        }
    }

    fn name_word(&mut self, one: Word, other: Word) -> f64 {
        let names = &self.records.names;
        let share = self.records.share(names.count(one).max(names.count(other)), 0.005);
        match likeness(&mut self.names, names, (one, other), compare::words) {
            Likeness::Same => weight(0.55, share),
            Likeness::Close => weight(0.25, share * 1.5 + 0.003),
            Likeness::Loose => weight(0.08, share + 0.02),
            Likeness::Begins => weight(0.03, share + 0.02),
            Likeness::Different => weight(0.06, 0.95),
        }
    }

    fn date(&self, one: Date, other: Date) -> f64 {
        match compare::dates(one, other) {
            DateLikeness::Same => weight(0.6, self.records.share_of_date(one)),
            DateLikeness::Slip => weight(0.12, 0.003),
            DateLikeness::TwoParts => weight(0.08, 0.006),
            DateLikeness::Near => weight(0.10, 0.005),
            DateLikeness::YearsOff => weight(0.12, 0.02),
            DateLikeness::Different => weight(0.05, 0.96),
        }
    }

    fn text(&mut self, at: usize, role: Role, one: Word, other: Word) -> f64 {
        let texts = &self.records.fields[at].texts;
        let usual = Usual::of(role);
        let share = self.records.share(texts.count(one).max(texts.count(other)), usual.share);
        match likeness(&mut self.texts[at], texts, (one, other), usual.compare) {
            Likeness::Same => weight(usual.same, share),
            Likeness::Close => weight(usual.close, share + 0.003),
            Likeness::Loose => weight(usual.loose, share + 0.01),
            Likeness::Begins => 0.0,
            Likeness::Different => weight(usual.different, 1.0 - share.min(0.5)),
        }
    }
}

/// The weights of the two words of a name, the less alike first.
#[derive(Debug, Clone, Copy)]
struct NameWeight {
    words: [Option<f64>; 2],
}

impl NameWeight {
    fn compared(&self) -> bool {
        self.words[1].is_some()
    }

    fn sum(&self) -> f64 {
        self.words.iter().flatten().sum()
    }
}

/// How often the values of one person's records are how much alike, and how many people share a usual value.
struct Usual {
    same: f64,
    close: f64,
    loose: f64,
    different: f64,
    share: f64,
    compare: Compare,
}

impl Usual {
    /// People and programs slip in names of places and streets much like in names of people, less in numbers;
    /// people move and change their telephone, but keep their numbers.
    fn of(role: Role) -> Self {
        let (same, close, loose, different, share) = match role {
            Role::IdNumber => (0.85, 0.08, 0.02, 0.05, 0.001),
            Role::Phone => (0.7, 0.08, 0.02, 0.2, 0.001),
            Role::Postcode => (0.7, 0.1, 0.05, 0.15, 0.01),
            Role::HouseNumber => (0.75, 0.05, 0.05, 0.15, 0.05),
            Role::Street => (0.6, 0.2, 0.05, 0.15, 0.005),
            Role::Place => (0.6, 0.2, 0.06, 0.12, 0.05),
            Role::Category => (0.9, 0.02, 0.02, 0.06, 0.3),
            _ => (0.6, 0.15, 0.05, 0.3, 0.1),
        };
        let compare: Compare = match role {
            Role::Phone | Role::IdNumber | Role::Postcode | Role::HouseNumber => compare::codes,
            _ => compare::words,
        };
        Self { same, close, loose, different, share, compare }
    }
}
