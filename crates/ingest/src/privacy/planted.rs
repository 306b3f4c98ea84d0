//! A set planted by rule: what is removed of personal data, and what of the harmless words beside it.
//!
//! Support replies in English and German, our own writing: sentences times values, drawn with a fixed seed.
//! Everything personal in them is labelled, and so is what looks like it and is none: names of products,
//! versions, codes of errors, prices, dates of releases, words on buttons, numbers of steps. Nothing is known of
//! the people, so only shapes and contexts can find them. The set has two parts with their own sentences, values
//! and ways of writing. `seen` is what patterns are improved on; of `held_out` only the figures are looked at.
//!
//! `cargo test -p ingest --lib planted -- --nocapture` prints the figures of `docs/measurements.md`.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::Language;

use super::{Rules, TenantKey};
use dice::Dice;

mod check;
mod dice;
mod held_out;
mod seen;

/// How often every sentence is filled.
const ROUNDS: usize = 10;
/// At least this share of what is personal is removed whole.
const RECALL: f64 = 0.98;
/// At most this share of what is harmless is removed.
const HARMLESS: f64 = 0.02;

/// The language of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tongue {
    English,
    German,
}

/// What is put into a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    First,
    Last,
    Full,
    Mail,
    Phone,
    Order,
    Address,
    Iban,
    Card,
    Birthday,
    Plate,
    Product,
    Version,
    Code,
    Price,
    Date,
    Label,
    Step,
}

impl Slot {
    const ALL: [(&str, Self); 18] = [
        ("first", Self::First),
        ("last", Self::Last),
        ("full", Self::Full),
        ("mail", Self::Mail),
        ("phone", Self::Phone),
        ("order", Self::Order),
        ("address", Self::Address),
        ("iban", Self::Iban),
        ("card", Self::Card),
        ("birthday", Self::Birthday),
        ("plate", Self::Plate),
        ("product", Self::Product),
        ("version", Self::Version),
        ("code", Self::Code),
        ("price", Self::Price),
        ("date", Self::Date),
        ("label", Self::Label),
        ("step", Self::Step),
    ];

    fn is_personal(self) -> bool {
        self < Self::Product
    }

    /// Returns the row in which it is counted.
    fn row(self) -> &'static str {
        match self {
            Self::First | Self::Last | Self::Full => "name",
            other => Self::ALL.iter().find(|(_, slot)| *slot == other).map_or("", |(name, _)| name),
        }
    }
}

/// Sentences and values of one part of the set, by language.
struct Part {
    name: &'static str,
    items: [&'static [&'static str]; 2],
    around: [&'static [&'static str]; 2],
    value: fn(Slot, Tongue, &mut Dice) -> String,
}

/// A reply with its labels.
struct Reply {
    language: Language,
    text: String,
    labels: Vec<(Range<usize>, Slot)>,
}

impl Reply {
    /// Puts values into a sentence and adds it.
    fn add(&mut self, sentence: &str, part: &Part, tongue: Tongue, dice: &mut Dice) {
        for (number, piece) in sentence.split(['{', '}']).enumerate() {
            if number % 2 == 0 {
                self.text.push_str(piece);
                continue;
            }
            let slot = Slot::ALL.iter().find(|(name, _)| *name == piece).expect("a known slot").1;
            let from = self.text.len();
            self.text.push_str(&(part.value)(slot, tongue, dice));
            self.labels.push((from..self.text.len(), slot));
        }
    }
}

fn replies(part: &Part) -> Vec<Reply> {
    let mut dice = Dice::new(20_250_701);
    let mut out = Vec::new();
    for (of, tongue) in [Tongue::English, Tongue::German].into_iter().enumerate() {
        let language = [Language::ENGLISH, Language::GERMAN][of];
        for sentence in (0..ROUNDS).flat_map(|_| part.items[of]) {
            let mut reply = Reply { language, text: String::new(), labels: Vec::new() };
            let greets = sentence.contains(",\n");
            if !greets {
                let before = dice.pick(part.around[of]);
                reply.add(before, part, tongue, &mut dice);
                reply.text.push(' ');
            }
            reply.add(sentence, part, tongue, &mut dice);
            reply.text.push(' ');
            let after = dice.pick(part.around[of]);
            reply.add(after, part, tongue, &mut dice);
            out.push(reply);
        }
    }
    out
}

/// What was counted of a part.
#[derive(Default)]
struct Figures {
    /// Removed and in all, by row.
    personal: BTreeMap<&'static str, (u32, u32)>,
    harmless: BTreeMap<&'static str, (u32, u32)>,
    /// Words outside of everything personal.
    words: (u32, u32),
    missed: Vec<String>,
    lost: Vec<String>,
}

impl Figures {
    fn of(part: &Part) -> Self {
        let rules = Rules::new(TenantKey::new(b"0123456789abcdef"), ["acme.example".to_owned()]);
        let mut figures = Self::default();
        for reply in replies(part) {
            let removed: Vec<Range<usize>> =
                rules.personal(&reply.text, reply.language, &[]).into_iter().map(|(span, _)| span).collect();
            figures.add(&reply, &removed);
        }
        figures
    }

    fn add(&mut self, reply: &Reply, removed: &[Range<usize>]) {
        let is_removed = |at: usize| removed.iter().any(|span| span.contains(&at));
        let signs = |span: &Range<usize>| {
            let from = span.start;
            let signs = reply.text[span.clone()].char_indices().filter(|(_, sign)| sign.is_alphanumeric());
            signs.map(move |(at, _)| from + at).collect::<Vec<usize>>()
        };
        for (span, slot) in &reply.labels {
            let signs = signs(span);
            let (counts, hit) = if slot.is_personal() {
                (&mut self.personal, signs.iter().all(|at| is_removed(*at)))
            } else {
                (&mut self.harmless, signs.iter().any(|at| is_removed(*at)))
            };
            let row = counts.entry(slot.row()).or_default();
            *row = (row.0 + u32::from(hit), row.1 + 1);
            let shown = || {
                let mut text = reply.text.clone();
                for span in removed.iter().rev() {
                    text.replace_range(span.clone(), "[-]");
                }
                format!("{:?} {}: {text}", slot, &reply.text[span.clone()])
            };
            match (slot.is_personal(), hit) {
                (true, false) => self.missed.push(shown()),
                (false, true) => self.lost.push(shown()),
                _ => {}
            }
        }
        let mut from = 0;
        for word in reply.text.split_whitespace() {
            let start = from + reply.text[from..].find(word).expect("a word of the text");
            from = start + word.len();
            let personal = |(span, slot): &(Range<usize>, Slot)| {
                slot.is_personal() && span.start < from && start < span.end
            };
            if !reply.labels.iter().any(personal) {
                let lost = signs(&(start..from)).iter().any(|at| is_removed(*at));
                self.words = (self.words.0 + u32::from(lost), self.words.1 + 1);
            }
        }
    }

    fn recall(&self) -> f64 {
        share(total(&self.personal))
    }

    fn loss(&self) -> f64 {
        share(total(&self.harmless))
    }
}

fn total(rows: &BTreeMap<&'static str, (u32, u32)>) -> (u32, u32) {
    rows.values().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1))
}

fn share((some, all): (u32, u32)) -> f64 {
    f64::from(some) / f64::from(all.max(1))
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are looked at by eye")]
fn what_is_personal_goes_and_what_is_harmless_stays() {
    for (part, shows) in [(seen::PART, true), (held_out::PART, false)] {
        let figures = Figures::of(&part);
        let (items, tokens) = (total(&figures.personal).1, total(&figures.harmless).1);
        println!(
            "{}: {items} items, recall {:.4}; {tokens} harmless, removed {:.4}; of {} other words {:.4}",
            part.name,
            figures.recall(),
            figures.loss(),
            figures.words.1,
            share(figures.words)
        );
        for (row, counts) in figures.personal.iter().chain(&figures.harmless) {
            println!("  {row:9} {:4} of {:4} removed, {:.3}", counts.0, counts.1, share(*counts));
        }
        if shows {
            figures.missed.iter().chain(&figures.lost).for_each(|line| println!("  {line}"));
        }
        assert!(items >= 700, "{}: {items} items", part.name);
        assert!(figures.recall() >= RECALL, "{}: recall {:.4}", part.name, figures.recall());
        assert!(figures.loss() <= HARMLESS, "{}: harmless removed {:.4}", part.name, figures.loss());
        assert!(share(figures.words) <= HARMLESS, "{}: words removed {:.4}", part.name, share(figures.words));
    }
}

#[test]
fn the_labels_are_where_the_values_are() {
    let replies = replies(&seen::PART);
    let reply = &replies[0];
    assert!(reply.text.starts_with("Hi "), "{}", reply.text);
    let (span, slot) = &reply.labels[0];
    assert_eq!((span.start, *slot), (3, Slot::First));
    let mut figures = Figures::default();
    // Nothing removed: nothing is found, and nothing is lost.
    replies.iter().for_each(|reply| figures.add(reply, &[]));
    assert_eq!((total(&figures.personal).0, total(&figures.harmless).0, figures.words.0), (0, 0, 0));
    // All removed: everything is found, and everything is lost.
    let mut figures = Figures::default();
    replies.iter().for_each(|reply| figures.add(reply, std::slice::from_ref(&(0..reply.text.len()))));
    assert!(figures.recall() > 0.999 && figures.loss() > 0.999);
}
