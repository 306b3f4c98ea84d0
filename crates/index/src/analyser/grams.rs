//! Pieces of words: all runs of four letters of a stem between two marks, `#akku#` → `#akk akku kku#`.
//!
//! They stand in the same sparse vector as the words, in a name space of their own, with BM25 weights over the
//! number of pieces. In a question a piece weighs a fifth of a word.

use std::collections::BTreeMap;

use domain::Language;
use rust_stemmers::{Algorithm, Stemmer};

use super::{B, K1};

/// What a piece weighs in a question.
const WEIGHT: f32 = 0.2;
/// Letters in a piece.
const LETTERS: usize = 4;
/// About how many pieces a word that is no stop word has.
const PER_WORD: f64 = 5.0;
/// Marks the name space: the engine's own words never have this bit.
const PIECE: u32 = 1 << 31;
/// Most pieces of a question that count.
const MOST: usize = 300;
/// A longer run of letters is no word.
const LONGEST_WORD: usize = 40;

/// Returns what a term weighs in a question.
pub(crate) fn weight(term: u32) -> f32 {
    if term & PIECE == 0 { 1.0 } else { WEIGHT }
}

/// Returns the pieces of a text with their BM25 weights, by term.
pub(super) fn weigh(
    text: &str,
    language: Language,
    is_stop: impl Fn(&str) -> bool,
    average_words: f64,
) -> Vec<(u32, f32)> {
    let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
    let mut length = 0.0;
    for term in pieces(text, language, is_stop) {
        *counts.entry(term).or_default() += 1.0;
        length += 1.0;
    }
    let norm = K1 * (1.0 - B + B * length / (average_words * PER_WORD));
    counts.into_iter().map(|(term, count)| (term, (count * (K1 + 1.0) / (count + norm)) as f32)).collect()
}

/// Returns the pieces of a question, sorted, each once.
pub(super) fn of_question(text: &str, language: Language, is_stop: impl Fn(&str) -> bool) -> Vec<u32> {
    let mut terms: Vec<u32> = pieces(text, language, is_stop).take(MOST * 4).collect();
    terms.sort_unstable();
    terms.dedup();
    terms.truncate(MOST);
    terms
}

fn pieces(text: &str, language: Language, is_stop: impl Fn(&str) -> bool) -> impl Iterator<Item = u32> {
    let stemmer = algorithm(language).map(Stemmer::create);
    let lower = text.to_lowercase();
    let mut terms = Vec::new();
    for word in lower.split(|character: char| !character.is_alphanumeric()) {
        if word.is_empty() || word.chars().count() > LONGEST_WORD || is_stop(word) {
            continue;
        }
        let stem = stemmer.as_ref().map_or(word.into(), |stemmer| stemmer.stem(word));
        let marked: Vec<char> =
            std::iter::once('#').chain(stem.chars()).chain(std::iter::once('#')).collect();
        if marked.len() <= LETTERS {
            terms.push(term(&marked));
        } else {
            terms.extend(marked.windows(LETTERS).map(term));
        }
    }
    terms.into_iter()
}

/// Returns the term of a piece: FNV-1a, which is the same on every machine.
fn term(letters: &[char]) -> u32 {
    let hash = letters
        .iter()
        .fold(0x811c_9dc5_u32, |hash, letter| (hash ^ u32::from(*letter)).wrapping_mul(0x0100_0193));
    hash | PIECE
}

fn algorithm(language: Language) -> Option<Algorithm> {
    Some(match language.code() {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "en" | "und" => Algorithm::English,
        "es" => Algorithm::Spanish,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "nl" => Algorithm::Dutch,
        "nb" | "nn" | "no" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<u32> {
        of_question(text, Language::GERMAN, |word| word == "der")
    }

    #[test]
    fn compounds_share_pieces_with_their_parts() {
        let shared = |one: &str, other: &str| of(one).iter().filter(|term| of(other).contains(term)).count();
        assert!(shared("Akku", "Fahrradakku") >= 2);
        assert_eq!(shared("Akku", "Bremse"), 0);
        assert!(of("der").is_empty());
    }

    #[test]
    fn pieces_are_apart_from_words() {
        assert!(of("Akku").iter().all(|term| (weight(*term) - WEIGHT).abs() < f32::EPSILON));
        assert!((weight(7) - 1.0).abs() < f32::EPSILON);
    }
}
