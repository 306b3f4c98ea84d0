//! What a sentence is about, and how alike two of them are.

use std::collections::{BTreeSet, HashMap};

use super::lexicon;
use super::tokens::Token;
use super::{times, units};

/// What a text is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Topic {
    /// What it says something about.
    pub(super) about: BTreeSet<String>,
    /// Under what condition.
    pub(super) condition: BTreeSet<String>,
    /// For whom or when it holds, by group.
    pub(super) qualifiers: BTreeSet<(&'static str, &'static str)>,
    /// Models and other things with a number or code in their name.
    pub(super) names: BTreeSet<String>,
    /// Years that are named.
    pub(super) years: BTreeSet<u32>,
}

impl Topic {
    /// Adds what a word means.
    pub(super) fn add(&mut self, word: &str, is_condition: bool) {
        let meant = lexicon::meant(word);
        if !is_condition {
            self.qualifiers.extend(meant.qualifiers);
        }
        let into = if is_condition { &mut self.condition } else { &mut self.about };
        into.extend(meant.about);
    }

    /// Adds everything that another topic holds.
    pub(super) fn join(&mut self, other: &Self) {
        self.about.extend(other.about.iter().cloned());
        self.condition.extend(other.condition.iter().cloned());
        self.qualifiers.extend(&other.qualifiers);
        self.names.extend(other.names.iter().cloned());
        self.years.extend(&other.years);
    }

    /// Reads a title or heading: all of it is what it is about.
    pub(super) fn of_title(title: &[Token], names: &Names) -> Self {
        let mut topic = Self::default();
        for (at, token) in title.iter().enumerate() {
            if let Some((name, _)) = names.at(title, at) {
                topic.names.insert(name);
            }
            topic.years.extend(times::year(Some(token)));
            if let Token::Word(word) = token {
                topic.add(word, false);
            }
        }
        topic
    }
}

/// Names that end in a number, such as `falco 2`, and codes such as `x200`.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(BTreeSet<(String, String)>);

impl Names {
    /// Finds the names in a title.
    pub(super) fn read_title(&mut self, title: &[Token]) {
        for pair in title.windows(3) {
            self.read(&pair[0], &pair[1], Some(&pair[2]));
        }
        if let [.., word, number] = title {
            self.read(word, number, None);
        }
    }

    fn read(&mut self, word: &Token, number: &Token, next: Option<&Token>) {
        let ends =
            next.is_none_or(|next| *next == Token::Break || next.word().is_some_and(lexicon::is_light));
        self.take(word, number, ends);
    }

    fn take(&mut self, word: &Token, number: &Token, fits: bool) {
        let (Token::Word(word), Token::Number(digits)) = (word, number) else { return };
        let is_plain = digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_word = !lexicon::is_light(word) && units::named(word).is_none() && !is_counter(word);
        if fits
            && is_plain
            && is_word
            && times::year(Some(number)).is_none()
            && times::date(&[number.clone(), Token::Word(word.clone())], 0).is_none()
        {
            self.0.insert((word.clone(), digits.clone()));
        }
    }

    /// Finds the names in a sentence: behind an article or preposition, and not before something counted.
    pub(super) fn read_sentence(&mut self, tokens: &[Token]) {
        const BEFORE: [&str; 32] = [
            "the", "a", "an", "of", "on", "to", "with", "for", "your", "our", "der", "die", "das", "den",
            "dem", "des", "am", "im", "vom", "zum", "beim", "mit", "für", "dein", "deine", "deinem",
            "deinen", "ein", "eine", "einem", "einen", "an",
        ];
        for at in 1..tokens.len().saturating_sub(1) {
            let introduced = tokens[at - 1].word().is_some_and(|word| BEFORE.contains(&word));
            let next = tokens.get(at + 2);
            let counts = next.and_then(Token::word).is_some_and(units::is_unit) || next == Some(&Token::Dash);
            self.take(&tokens[at], &tokens[at + 1], introduced && !counts);
        }
    }

    /// Returns the name at `at`, and how many tokens it takes.
    pub(super) fn at(&self, tokens: &[Token], at: usize) -> Option<(String, usize)> {
        let Token::Word(word) = tokens.get(at)? else { return None };
        if let Some(Token::Number(digits)) = tokens.get(at + 1)
            && self.0.contains(&(word.clone(), digits.clone()))
        {
            return Some((format!("{word} {digits}"), 2));
        }
        let mixed = word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(char::is_alphabetic);
        mixed.then(|| (word.clone(), 1))
    }
}

/// Words before which a number counts or places something.
fn is_counter(word: &str) -> bool {
    const WORDS: [&str; 14] = [
        "last",
        "first",
        "next",
        "past",
        "letzten",
        "ersten",
        "nächsten",
        "version",
        "firmware",
        "android",
        "ios",
        "windows",
        "uhr",
        "release",
    ];
    WORDS.contains(&word) || units::is_unit(word)
}

/// How telling words are in a body of texts: what stands everywhere says little.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    counts: HashMap<String, u32>,
    texts: u32,
}

impl Weights {
    /// Takes in what a passage is about.
    pub(super) fn add<'a>(&mut self, about: impl Iterator<Item = &'a String>) {
        self.texts += 1;
        for part in about {
            *self.counts.entry(part.clone()).or_default() += 1;
        }
    }

    /// Returns the weight of a part, from 0.3 for what stands everywhere to 1.
    fn of(&self, part: &str) -> f32 {
        let boost = if lexicon::is_core(part) { 2.0 } else { 1.0 };
        let Some(count) = self.counts.get(part).filter(|_| self.texts >= 20) else { return boost };
        let share = *count as f32 / self.texts as f32;
        boost * (1.0 - share.sqrt() * 1.5).clamp(0.3, 1.0)
    }
}

/// A topic with what stands above and before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) topic: &'a Topic,
    pub(super) context: &'a Topic,
}

impl Seen<'_> {
    fn about(&self) -> &BTreeSet<String> {
        if self.topic.about.is_empty() { &self.context.about } else { &self.topic.about }
    }

    /// Returns how surely a part is spoken of.
    fn names(&self, part: &str) -> f32 {
        if self.about().contains(part) {
            1.0
        } else if self.topic.condition.contains(part) {
            0.9
        } else if self.context.about.contains(part) {
            0.8
        } else {
            0.0
        }
    }
}

/// What one part costs that both must name and one does not.
const LACKS_CORE: f32 = 0.55;
/// What it costs that one text is narrower than the other.
const NARROWER: f32 = 0.5;
/// The same where only a title says so.
const NARROWER_ABOVE: f32 = 0.8;
/// What it costs that one names a thing and the other does not.
const LACKS_THING: f32 = 0.8;
/// The same for a word that we know nothing of.
const LACKS_WORD: f32 = 0.84;

/// Returns how alike two topics are, from 0 to 1; it is the same whichever comes first.
pub(super) fn likeness(one: Seen<'_>, other: Seen<'_>, weights: &Weights) -> f32 {
    let meets = |from: Seen<'_>, to: Seen<'_>| from.about().iter().any(|part| to.names(part) > 0.0);
    if !meets(one, other) && !meets(other, one) {
        return 0.0;
    }
    let mut narrow = 1.0;
    let groups = |seen: Seen<'_>| -> BTreeSet<(&'static str, &'static str)> {
        seen.topic.qualifiers.union(&seen.context.qualifiers).copied().collect()
    };
    let (left, right) = (groups(one), groups(other));
    let named: BTreeSet<&str> = left.iter().chain(&right).map(|(group, _)| *group).collect();
    for group in named {
        let of = |all: &BTreeSet<(&'static str, &'static str)>| -> BTreeSet<&'static str> {
            all.iter().filter(|(known, _)| *known == group).map(|(_, name)| *name).collect()
        };
        let (left, right) = (of(&left), of(&right));
        match (left.is_empty(), right.is_empty()) {
            (false, false) if left.is_disjoint(&right) => return 0.0,
            (false, false) => {}
            _ => {
                let said = |seen: Seen<'_>| seen.topic.qualifiers.iter().any(|(known, _)| *known == group);
                narrow *= if said(one) || said(other) { NARROWER } else { NARROWER_ABOVE };
            }
        }
    }
    let names = |seen: Seen<'_>| -> BTreeSet<String> {
        seen.topic.names.union(&seen.context.names).cloned().collect()
    };
    let (left, right) = (names(one), names(other));
    match (left.is_empty(), right.is_empty()) {
        (false, false) if left.is_disjoint(&right) => return 0.0,
        (true, true) | (false, false) => {}
        _ => narrow *= NARROWER,
    }
    let years =
        |seen: Seen<'_>| -> BTreeSet<u32> { seen.topic.years.union(&seen.context.years).copied().collect() };
    let (left, right) = (years(one), years(other));
    if !left.is_empty() && !right.is_empty() && left.is_disjoint(&right) {
        return 0.0;
    }
    let covered = |from: Seen<'_>, to: Seen<'_>| {
        let (mut shared, mut all, mut lacking) = (0.0, 0.0, 1.0_f32);
        for part in from.about() {
            let (weight, found) = (weights.of(part), to.names(part));
            shared += weight * found;
            all += weight;
            if found == 0.0 {
                lacking *= match part.as_bytes()[0] {
                    b'!' => LACKS_CORE,
                    b'=' => LACKS_THING,
                    _ => LACKS_WORD,
                };
            }
        }
        (shared, all, lacking)
    };
    // Each way is summed by itself, so that the order of the two changes nothing, not even a rounding.
    let (there, back) = (covered(one, other), covered(other, one));
    let all = there.1 + back.1;
    if all == 0.0 { 0.0 } else { (there.0 + back.0) / all * narrow * (there.2 * back.2) }
}
