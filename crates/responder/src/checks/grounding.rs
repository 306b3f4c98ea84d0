//! Whether a sentence is supported by a passage, in whatever words, without a model.
//!
//! ```text
//! covered  = share of what the sentence is about that the passage or its title names, numbers and names counting double
//! joined   = share of its neighbouring words that are neighbours in the stretch of the passage that fits best
//! score    = 3 · covered + 2 · joined − 4 · number − 5 · opposite − 2.4 · negation − 6 · order − 2 · replaced − missing
//! ```
//!
//! What is subtracted is what no paraphrase does: a number that the passage does not have, or not beside these words; an
//! opposite (`left` for `right`); a word denied on one side alone; steps in another order; a word in the place of another
//! between the same neighbours; and up to two words that
//! are nowhere in the passage. The weights were rounded from a fit on half of the pairs that `scripts/measure/grounding.py`
//! makes, and lean towards paraphrases of language models, of which people who judged them found faithful what is covered.
//!
//! A sentence passes when at least half of it is covered and nothing speaks against it. What stands in the passage word
//! for word always does. Of a passage in another language only numbers and names are seen, so such a sentence does not pass.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::conflict::{self, Amount, Dimension, Token};

mod amounts;
mod terms;

use amounts::{measured, same};
use terms::{Kind, Term, content, opposite};

/// How many of the words behind a negation it denies.
const DENIED: usize = 1;
/// So much of a sentence must be covered.
const COVERED: f32 = 0.5;
/// From this on steps stand in another order.
const REORDERED: f32 = 0.3;

/// How a passage supports a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Support {
    /// Share of the sentence that the passage names, from 0 to 1.
    pub covered: f32,
    /// Share of neighbouring words that are neighbours there too, from 0 to 1.
    pub joined: f32,
    /// 1 where a number differs, ½ where it stands beside other words.
    pub number: f32,
    /// 1 where an opposite stands for a word.
    pub opposite: f32,
    /// How many words are denied on one side alone, at most 2.
    pub negation: f32,
    /// How much better the steps fit the other way round, from 0 to 1.
    pub order: f32,
    /// 1 where a word that the passage does not have stands in the place of another.
    pub replaced: f32,
    /// How many words are nowhere in the passage, at most 2.
    pub missing: f32,
}

impl Support {
    /// What stands there word for word.
    const VERBATIM: Self = Self {
        covered: 1.0,
        joined: 1.0,
        number: 0.0,
        opposite: 0.0,
        negation: 0.0,
        order: 0.0,
        replaced: 0.0,
        missing: 0.0,
    };

    /// Returns all of it in one number; higher is better supported.
    #[must_use]
    pub fn score(&self) -> f32 {
        3.0 * self.covered + 2.0 * self.joined
            - 4.0 * self.number
            - 5.0 * self.opposite
            - 2.4 * self.negation
            - 6.0 * self.order
            - 2.0 * self.replaced
            - self.missing
    }

    /// Reports whether something in the passage speaks against the sentence.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        self.number >= 1.0
            || self.opposite > 0.0
            || self.negation > 0.0
            || self.order >= REORDERED
            || self.replaced > 0.0
    }

    /// Reports whether the passage carries the sentence.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.covered >= COVERED && !self.is_contradicted()
    }
}

/// A passage, taken apart once for all sentences that lean on it.
#[derive(Debug, Clone)]
pub struct Passage {
    folded: String,
    terms: Vec<Term>,
    places: HashMap<String, Vec<usize>>,
    amounts: Vec<Amount>,
    dates: Vec<Vec<Token>>,
}

impl Passage {
    /// Reads a passage with its title.
    #[must_use]
    pub fn read(title: &str, text: &str) -> Self {
        let mut tokens = conflict::tokens(title);
        tokens.push(Token::Break);
        tokens.extend(conflict::tokens(text));
        let terms = terms::of(&tokens);
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, term) in terms.iter().enumerate() {
            places.entry(term.key.clone()).or_default().push(at);
        }
        let (amounts, dates) = measured(&tokens);
        let amounts = amounts.into_iter().map(|(_, _, amount)| amount).collect();
        let dates = dates.into_iter().map(|(from, end)| tokens[from..end].to_vec()).collect();
        Self { folded: fold(text), terms, places, amounts, dates }
    }

    /// Returns how it supports a sentence; nothing for a sentence that says nothing.
    #[must_use]
    pub fn support(&self, sentence: &str) -> Option<Support> {
        let sentence = bare(sentence);
        let tokens = conflict::tokens(sentence);
        let said = terms::of(&tokens);
        let wanted = wanted(&said);
        if wanted.is_empty() {
            return None;
        }
        if holds(&self.folded, &fold(sentence)) {
            return Some(Support::VERBATIM);
        }
        let stretch = self.best_stretch(&wanted, said.len());
        let known: HashSet<&str> = stretch.iter().map(|term| term.key.as_str()).collect();
        let all: f32 = wanted.iter().map(|(_, weight)| weight).sum();
        let settled = self.settle(&tokens);
        // An amount that the passage names in other units is named.
        let same: HashSet<&str> = said
            .iter()
            .filter(|term| settled.get(&term.token).is_some_and(|known| *known))
            .map(Term::key)
            .collect();
        let named = |key: &str| self.places.contains_key(key) || same.contains(key);
        let covered: f32 = wanted.iter().filter(|(key, _)| named(key)).map(|(_, weight)| weight).sum();
        let missing = wanted.iter().filter(|(key, weight)| *weight < NUMBER && !named(key)).count().min(2);
        Some(Support {
            covered: covered / all,
            joined: joined(&said, stretch),
            number: self.numbers(&settled, &said, stretch),
            opposite: f32::from(u8::from(is_opposite(&said, &known))),
            negation: negation(&said, stretch),
            order: self.order(sentence),
            replaced: f32::from(u8::from(self.is_replaced(&said))),
            missing: missing as f32,
        })
    }

    /// Returns where a sentence stands word for word, first and last; a step may stand in several places.
    pub(super) fn places(&self, sentence: &str) -> Option<(usize, usize)> {
        let folded = fold(bare(sentence));
        let mut found = self.folded.match_indices(&folded).map(|(at, _)| at).filter(|_| !folded.is_empty());
        let first = found.next()?;
        Some((first, found.last().unwrap_or(first)))
    }

    /// Finds the window that names most of what is wanted; the first of equally good ones.
    fn best_window(&self, wanted: &[(String, f32)], length: usize) -> (usize, usize) {
        let width = (length * 8 / 5).max(10);
        let weights: HashMap<&str, f32> =
            wanted.iter().map(|(key, weight)| (key.as_str(), *weight)).collect();
        let mut starts: Vec<usize> =
            wanted.iter().filter_map(|(key, _)| self.places.get(key)).flatten().copied().collect();
        starts.sort_unstable();
        starts.dedup();
        let mut best = (0, 0.0_f32);
        for from in starts {
            let window = &self.terms[from..(from + width).min(self.terms.len())];
            let mut seen = HashSet::new();
            let fresh = window.iter().filter(|term| seen.insert(term.key.as_str()));
            let sum: f32 = fresh.filter_map(|term| weights.get(term.key.as_str())).sum();
            if sum > best.1 {
                best = (from, sum);
            }
        }
        (best.0, (best.0 + width).min(self.terms.len()))
    }

    /// Returns the stretch that fits best, from its first to its last word in common, and three around.
    fn best_stretch(&self, wanted: &[(String, f32)], length: usize) -> &[Term] {
        let (from, end) = self.best_window(wanted, length);
        let is_wanted = |at: &usize| wanted.iter().any(|(key, _)| *key == self.terms[*at].key);
        let first = (from..end).find(is_wanted).unwrap_or(from);
        let last = (from..end).rev().find(is_wanted).unwrap_or(from);
        let end = (last + 3).min(self.terms.len());
        &self.terms[first.saturating_sub(3).min(end)..end]
    }

    /// Looks up amounts with a unit and dates; returns for each of their tokens whether the passage has the same, in
    /// whatever unit or form.
    fn settle(&self, tokens: &[Token]) -> HashMap<usize, bool> {
        let (amounts, dates) = measured(tokens);
        let mut settled = HashMap::new();
        for (from, end, amount) in &amounts {
            if amount.dimension != Dimension::Count {
                let is_known = self.amounts.iter().any(|known| same(known, amount));
                settled.extend((*from..*end).map(|token| (token, is_known)));
            }
        }
        for (from, end) in dates {
            let date = conflict::date(&tokens[from..end], 0);
            let is_known = date.is_none_or(|(date, _)| {
                let mut known = self.dates.iter().filter_map(|known| conflict::date(known, 0));
                known.any(|(known, _)| known.agrees(date))
            });
            settled.extend((from..end).map(|token| (token, is_known)));
        }
        settled
    }

    /// Returns how far numbers differ.
    fn numbers(&self, settled: &HashMap<usize, bool>, said: &[Term], stretch: &[Term]) -> f32 {
        let mut worst = if settled.values().all(|known| *known) { 0.0 } else { 1.0_f32 };
        for (at, term) in said.iter().enumerate() {
            if term.kind != Kind::Number || settled.contains_key(&term.token) {
                continue;
            }
            let near: HashSet<&str> =
                around(said, at, 2).filter(|term| term.is_content()).map(Term::key).collect();
            let beside = |place: usize| {
                near.is_empty() || around(stretch, place, 3).any(|term| near.contains(term.key()))
            };
            let here = |place: &usize| stretch[*place].key == term.key;
            let differs = if (0..stretch.len()).filter(here).any(beside) {
                0.0
            } else if self.places.contains_key(&term.key) {
                0.5
            } else {
                // "There are two plans": who counts what is listed says nothing new, unless the passage counts
                // otherwise.
                let rival = |place: &usize| stretch[*place].kind == Kind::Number;
                let counts = term.is_spelled && !(0..stretch.len()).filter(rival).any(beside);
                if counts { 0.5 } else { 1.0 }
            };
            worst = worst.max(differs);
        }
        worst
    }

    /// Reports whether a word that the passage does not have stands where the passage has another: two words on either
    /// side are the same, and one of these four says something.
    fn is_replaced(&self, said: &[Term]) -> bool {
        let says = |key: &str| said.iter().any(|term| term.key == key);
        let strange = said.iter().enumerate().filter(|(at, term)| {
            (2..said.len().saturating_sub(2)).contains(at)
                && term.kind == Kind::Word
                && !self.places.contains_key(&term.key)
        });
        strange.into_iter().any(|(at, _)| {
            let same = |here: usize, there: usize| said[here].key == self.terms[there].key;
            let telling = [at - 2, at - 1, at + 1, at + 2].iter().any(|near| said[*near].is_content());
            let places = self.places.get(&said[at - 1].key).into_iter().flatten().map(|before| before + 1);
            telling
                && places.into_iter().any(|place| {
                    (2..self.terms.len().saturating_sub(2)).contains(&place)
                        && self.terms[place].kind == Kind::Word
                        && !says(&self.terms[place].key)
                        && same(at - 2, place - 2)
                        && same(at + 1, place + 1)
                        && same(at + 2, place + 2)
                })
        })
    }

    /// Returns how much better the steps that a sentence puts in order fit the other way round.
    fn order(&self, sentence: &str) -> f32 {
        let parts: Vec<Vec<String>> =
            THEN.split(sentence).map(|part| content(&terms::of(&conflict::tokens(part)))).collect();
        let path = parts.len() > 2;
        let all: Vec<&str> = self.terms.iter().filter(|term| term.is_content()).map(Term::key).collect();
        let fit = |before: &[&String], after: &[&String]| {
            let hit = |wanted: &[&String], there: &[&str]| {
                wanted.iter().filter(|key| there.contains(&key.as_str())).count() as f32 / wanted.len() as f32
            };
            (1..all.len())
                .map(|at| {
                    let left = &all[at.saturating_sub(before.len() + 1)..at];
                    let right = &all[at..(at + after.len() + 1).min(all.len())];
                    hit(before, left) + hit(after, right)
                })
                .fold(0.0, f32::max)
        };
        let mut worst = 0.0_f32;
        for pair in parts.windows(2) {
            let [one, other] = pair else { continue };
            let only = |part: &[String], rival: &[String]| -> Vec<String> {
                part.iter().filter(|key| !rival.contains(key)).cloned().collect()
            };
            let (ends, begins) = (only(last(one, 3), other), only(first(other, 3), one));
            let front = if path { last(one, 3) } else { first(one, 3) };
            let (starts, goes_on) = (only(front, other), only(first(other, 5), one));
            if [&ends, &begins, &starts, &goes_on].iter().any(|part| part.is_empty()) {
                continue;
            }
            let as_said = fit(&ends.iter().collect::<Vec<_>>(), &begins.iter().collect::<Vec<_>>());
            let turned = fit(&goes_on.iter().collect::<Vec<_>>(), &starts.iter().collect::<Vec<_>>());
            worst = worst.max(turned - as_said);
        }
        worst.clamp(0.0, 1.0)
    }
}

static THEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i),? (?:and )?then |>|,? (?:und )?(?:danach|dann|anschließend) |\s→\s")
        .expect("the pattern is checked by the tests")
});
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:\(?\d{1,2}[.)]\s+|[-*•]\s+)").expect("the pattern is checked by the tests")
});

/// What a number weighs beside a word.
const NUMBER: f32 = 2.0;

/// Returns a sentence without the mark of a list in front.
fn bare(sentence: &str) -> &str {
    let from = MARK.find(sentence).map_or(0, |mark| mark.end());
    sentence[from..].trim()
}

/// Returns a text with one blank between its words, without marks of emphasis.
fn fold(text: &str) -> String {
    text.replace(['*', '_', '`'], "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reports whether a text holds another as whole words.
fn holds(text: &str, part: &str) -> bool {
    let ends = |neighbour: Option<char>| neighbour.is_none_or(|one| !one.is_alphanumeric());
    let mut found = text.match_indices(part);
    found.any(|(at, _)| ends(text[..at].chars().next_back()) && ends(text[at + part.len()..].chars().next()))
}

/// Returns what a sentence is about, each once, with its weight.
fn wanted(said: &[Term]) -> Vec<(String, f32)> {
    let mut wanted: Vec<(String, f32)> = Vec::new();
    for term in said.iter().filter(|term| term.is_content()) {
        if wanted.iter().all(|(key, _)| *key != term.key) {
            wanted.push((term.key.clone(), if term.kind == Kind::Number { NUMBER } else { 1.0 }));
        }
    }
    wanted
}

fn first(part: &[String], most: usize) -> &[String] {
    &part[..part.len().min(most)]
}

fn last(part: &[String], most: usize) -> &[String] {
    &part[part.len().saturating_sub(most)..]
}

/// Returns the terms around a place, without itself.
fn around(terms: &[Term], at: usize, reach: usize) -> impl Iterator<Item = &Term> {
    let (from, end) = (at.saturating_sub(reach), (at + reach + 1).min(terms.len()));
    (from..end).filter(move |other| *other != at).map(move |other| &terms[other])
}

/// Returns the share of neighbouring words that are neighbours in the stretch too.
fn joined(said: &[Term], stretch: &[Term]) -> f32 {
    let telling = |terms: &[Term]| -> Vec<String> {
        terms.iter().filter(|term| term.kind != Kind::Light).map(|term| term.key.clone()).collect()
    };
    let (said, known) = (telling(said), telling(stretch));
    let known: HashSet<&[String]> = known.windows(2).collect();
    let pairs = said.windows(2);
    let all = pairs.len();
    if all == 0 { 1.0 } else { pairs.filter(|pair| known.contains(pair)).count() as f32 / all as f32 }
}

/// Reports whether the stretch has the opposite of a word instead of the word.
fn is_opposite(said: &[Term], known: &HashSet<&str>) -> bool {
    let says = |key: &str| said.iter().any(|term| term.key == key);
    said.iter().any(|term| {
        !known.contains(term.key.as_str())
            && opposite(&term.key).is_some_and(|other| known.contains(other.as_str()) && !says(&other))
    })
}

/// Returns how many words are denied on one side alone. Where both sides deny as often, a language only puts its
/// negation elsewhere.
fn negation(said: &[Term], stretch: &[Term]) -> f32 {
    let count = |terms: &[Term]| terms.iter().filter(|term| term.kind == Kind::Negation).count();
    if count(said) > 0 && count(said) == count(stretch) {
        return 0.0;
    }
    let denied = |terms: &[Term]| -> HashSet<String> {
        let places = terms.iter().enumerate().filter(|(_, term)| term.kind == Kind::Negation);
        places
            .flat_map(|(at, _)| terms[at + 1..].iter().take(5).filter(|term| term.is_content()).take(DENIED))
            .map(|term| term.key.clone())
            .collect()
    };
    let names = |terms: &[Term], key: &String| terms.iter().any(|term| term.is_content() && term.key == *key);
    let (here, there) = (denied(said), denied(stretch));
    let only_here = here.iter().filter(|key| names(stretch, key) && !there.contains(*key)).count();
    let only_there = there.iter().filter(|key| names(said, key) && !here.contains(*key)).count();
    (only_here + only_there).min(2) as f32
}

#[cfg(test)]
mod tests;
