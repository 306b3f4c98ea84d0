//! Amounts of money that are somebody's, and not the price of a thing.

use std::sync::LazyLock;

use regex::Regex;

use super::{Candidate, Pattern, pattern};

const PERSON: &str =
    r"your|you|ihr\p{L}*|dein\p{L}*|dir|votre|vos|vous|tu|te|su|sus|tuo|tua|suo|sua|uw|jouw|je|seu|teu|você";
const MONEY: &str = r"(?:[€$£]\s?\d[\d.,]*\d\b|[€$£]\s?\d\b|\b\d[\d.,]*\s?(?:€|\$|£|eur\b|usd\b|gbp\b|chf\b|euros?\b|dollars?\b|pounds?\b))";

/// What is said of prices, which are the same for everybody.
static PRICE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:costs?|prices?|priced|pricing|plans?|tiers?|fees?|rates?|upgrades?|switch|subscribe|buy|available (?:for|from)|starts? (?:at|from)|kostet|kosten|\p{L}*preise?s?|\p{L}*tarife?s?|\p{L}*gebühr(?:en)?|wechs(?:el|eln)|abonnieren|kaufen|erhältlich|free|trial)\b")
        .expect("a fixed pattern")
});
/// A price for a time or a piece, as it follows the number.
static PER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s?(?:/|per\b|an?\s(?:month|year|seat|user)|pro\b|im\s(?:monat|jahr)|je\b|each\b|monthly|monatlich|yearly|jährlich)")
        .expect("a fixed pattern")
});
/// What is said of money that changes hands.
static PAID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:refund\p{L}*|credit(?:ed)?|charged?|paid|pay(?:ment|ments)?|balance|owe\p{L}*|invoiced?|reimburs\p{L}*|transferr?ed|deducted|compensat\p{L}*|(?:rück)?erstatt\p{L}*|gut(?:schrift|geschrieben)\p{L}*|abgebucht|belastet|(?:be)?zahlt\p{L}*|überw[ie]{1,2}sen|saldo|guthaben|schuld\p{L}*|rechnung|betrag)\b")
        .expect("a fixed pattern")
});

/// Returns what finds amounts near a word for whoever reads.
pub(super) fn patterns() -> Vec<Pattern> {
    vec![
        pattern(&format!(r"(?i)\b(?:{PERSON})\b[^.!?\n]{{0,60}}?(?P<it>{MONEY})"), "[amount]", amount),
        pattern(&format!(r"(?i)(?P<it>{MONEY})[^.!?\n]{{0,30}}?\b(?:{PERSON})\b"), "[amount]", amount),
    ]
}

fn amount(candidate: &Candidate<'_>) -> Option<usize> {
    // A sign of money within a word is part of a code.
    if candidate.before().ends_with(char::is_alphanumeric) {
        return None;
    }
    let (before, after) = candidate.sentence();
    let is_price = PER.is_match(after) || PRICE.is_match(before) || PRICE.is_match(after);
    let is_paid = PAID.is_match(before) || PAID.is_match(after);
    (is_paid || !is_price).then_some(candidate.found.len())
}
