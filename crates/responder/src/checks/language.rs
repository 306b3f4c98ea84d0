//! Whether a text is in the customer's language.
//!
//! What the drafter says of its draft counts, and what the text itself looks like: as a whole, and sentence by sentence for one
//! that changes its language half-way. Short texts are full of names and are not judged.

use domain::{Language, language};

use super::{links, sentences};

/// A text with fewer letters is not judged as a whole.
const WHOLE: usize = 60;
/// A sentence with fewer letters is not judged alone.
const ALONE: usize = 40;
/// A draft is mixed when more than this share of what was judged is in another language.
const MIXED: f32 = 0.34;

/// Returns the language that a text is in instead of the customer's, if it is.
#[must_use]
pub fn other(text: &str, customer: Language) -> Option<Language> {
    if !customer.is_known() {
        return None;
    }
    let plain = links::without(text);
    if letters(&plain) < WHOLE {
        return None;
    }
    let whole = language::detect(&plain);
    if whole.is_known() && whole != customer {
        return Some(whole);
    }
    let (mut judged, mut foreign, mut which) = (0, 0, None);
    for sentence in sentences(&plain) {
        let size = letters(&sentence);
        let found = if size < ALONE { Language::UNKNOWN } else { language::detect(&sentence) };
        if found.is_known() {
            judged += size;
            if found != customer {
                foreign += size;
                which = Some(found);
            }
        }
    }
    which.filter(|_| foreign as f32 > judged as f32 * MIXED)
}

fn letters(text: &str) -> usize {
    text.chars().filter(|character| character.is_alphabetic()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::planted;

    #[test]
    fn drafts_in_another_language_are_seen() {
        let rows = planted::rows(include_str!("../../planted/checks/language.jsonl"), "fails");
        let found = planted::measure(&rows, |row| {
            other(row.text(), Language::from_tag(row.field("customer"))).is_some()
        });
        assert!(found.precision >= 0.95 && found.recall >= 0.9, "{found:?}");
    }

    #[test]
    fn short_texts_and_unknown_customers_are_not_judged() {
        assert_eq!(other("Settings > Display", Language::GERMAN), None);
        let english = "Open the settings and choose the display that you would like to use from the list.";
        assert_eq!(other(english, Language::UNKNOWN), None);
        assert_eq!(other(english, Language::GERMAN), Some(Language::ENGLISH));
    }
}
