//! Words that deny what is said in their clause, by language: one list for whoever asks whether something is denied.
//!
//! Not here on purpose: `nothing`, `nobody` and the like deny what they stand for, which for a promise is something else
//! ("nothing to worry about, we refund you"), so [`crate::conflict`] alone counts them. [`crate::triage`] looks for what
//! denies the very next words, before which "without" and "none" mean something else; and before a comparison of
//! amounts ("no more than") a few words turn the limit over, whatever else is denied.

/// English.
pub(crate) const ENGLISH: [&str; 7] = ["not", "no", "never", "without", "neither", "nor", "none"];
/// German.
pub(crate) const GERMAN: [&str; 11] =
    ["nicht", "kein", "keine", "keinen", "keinem", "keiner", "keines", "nie", "niemals", "ohne", "weder"];

/// Reports whether a word, in small letters, denies what is said in its clause.
pub(crate) fn denies(word: &str) -> bool {
    words().any(|one| one == word)
}

/// Returns the words of all languages.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    ENGLISH.into_iter().chain(GERMAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::promises::{Promise, promised};
    use crate::conflict::is_negation;

    #[test]
    fn whoever_asks_whether_something_is_denied_goes_by_the_same_words() {
        for word in words() {
            assert!(denies(word) && is_negation(word), "{word}");
            assert!(promised(&format!("We {word} refund the price.")).is_empty(), "{word}");
            assert_eq!(word, word.to_lowercase());
        }
        let bound = "Nothing to worry about, we refund the price.";
        assert!(promised(bound).contains(&Promise::Refund), "it denies something else");
        assert!(is_negation("nothing") && !denies("nothing"));
    }
}
