//! Finds personal data by its shape: addresses, numbers with a check digit, and what is said to be a number
//! of the customer's. What is found is replaced for good, never filled in again.
//!
//! Each kind has a module of its own; a pattern finds candidates, a function of it says how much of one counts.

use std::sync::LazyLock;

use regex::Regex;

use super::apart::Apart;
use super::links::OwnDomains;

mod contact;
mod money;
mod numbers;
mod places;

/// What stands in place of a find.
type Placeholder = &'static str;

/// A pattern; its group `it`, or else all of it, is the candidate.
struct Pattern {
    regex: Regex,
    placeholder: Placeholder,
    holds: fn(&Candidate<'_>) -> Option<usize>,
}

/// What a pattern matched.
struct Candidate<'a> {
    text: &'a str,
    /// Where the candidate begins.
    start: usize,
    found: &'a str,
    /// What was matched before the candidate: the words that make it one.
    cue: &'a str,
}

impl<'a> Candidate<'a> {
    fn before(&self) -> &'a str {
        &self.text[..self.start]
    }

    fn after(&self) -> &'a str {
        &self.text[self.start + self.found.len()..]
    }

    fn digits(&self) -> usize {
        digits(self.found)
    }

    /// Returns the sentence around the candidate, before and after it.
    fn sentence(&self) -> (&'a str, &'a str) {
        let ends = [". ", "! ", "? ", "\n"];
        let (before, after) = (self.before(), self.after());
        let from = ends.iter().filter_map(|end| before.rfind(end).map(|at| at + end.len())).max();
        let to = ends.iter().filter_map(|end| after.find(end)).min();
        (&before[from.unwrap_or(0)..], &after[..to.unwrap_or(after.len())])
    }
}

fn pattern(regex: &str, placeholder: Placeholder, holds: fn(&Candidate<'_>) -> Option<usize>) -> Pattern {
    Pattern { regex: Regex::new(regex).expect("a fixed pattern"), placeholder, holds }
}

/// Makes a pattern whose word boundaries are those of ASCII, with which the fast engine reads any text. Only for one
/// whose words begin and end with letters of ASCII or digits.
fn plain(regex: &str, placeholder: Placeholder, holds: fn(&Candidate<'_>) -> Option<usize>) -> Pattern {
    pattern(&ascii_boundaries(regex), placeholder, holds)
}

pub(super) fn ascii_boundaries(regex: &str) -> String {
    regex.replace(r"\b", r"(?-u:\b)")
}

/// All of them. Finds that overlap become one.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let kinds = [numbers::with_check_digits(), numbers::of_customers(), contact::phones(), money::patterns()];
    kinds.into_iter().flatten().chain(places::patterns()).chain(numbers::of_people()).collect()
});

/// Returns what to replace in `text`. Addresses at the tenant's own domains are left: they are details, since
/// `help@…` is knowledge while an agent's own address is not.
pub(super) fn find(text: &str, own_domains: &OwnDomains) -> Apart<Placeholder> {
    let mut finds = Apart::new();
    for span in contact::emails(text, own_domains) {
        finds.join(span, "[email]");
    }
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return finds;
    }
    for pattern in PATTERNS.iter() {
        for captures in pattern.regex.captures_iter(text) {
            let (Some(all), Some(it)) = (captures.get(0), captures.name("it").or_else(|| captures.get(0)))
            else {
                continue;
            };
            let cue = &text[all.start()..it.start()];
            let candidate = Candidate { text, start: it.start(), found: it.as_str(), cue };
            if let Some(length) = (pattern.holds)(&candidate) {
                finds.join(it.start()..it.start() + length, pattern.placeholder);
            }
        }
    }
    finds
}

fn whole(candidate: &Candidate<'_>) -> Option<usize> {
    Some(candidate.found.len())
}

fn digits(found: &str) -> usize {
    found.bytes().filter(u8::is_ascii_digit).count()
}

/// Reports whether the word before the candidate says that it is of a program and not of a person.
fn is_of_program(before: &str) -> bool {
    const SAYS: &[&str] = &[
        "error",
        "fehler",
        "fehlercode",
        "errorcode",
        "version",
        "versionen",
        "versions",
        "build",
        "release",
        "port",
        "model",
        "modell",
        "page",
        "seite",
        "step",
        "schritt",
        "http",
        "smtp",
        "kb",
        "chapter",
        "kapitel",
        "rfc",
        "iso",
        "windows",
        "status",
        "exit",
        "v",
    ];
    const FILLERS: &[&str] =
        &["code", "number", "no", "nr", "nummer", "message", "meldung", "to", "is", "of"];
    let mut words = before.rsplit(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut near = words.by_ref().take(3).map(str::to_lowercase);
    near.find(|word| !FILLERS.contains(&word.as_str())).is_some_and(|word| SAYS.contains(&word.as_str()))
}

fn is_date(found: &str) -> bool {
    let parts: Vec<&str> = found.split(['.', '/', '-', ' ']).filter(|part| !part.is_empty()).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    matches!(lengths.as_slice(), [1 | 2, 1 | 2, 2 | 4] | [4, 2, 2])
}

#[cfg(test)]
mod tests;
