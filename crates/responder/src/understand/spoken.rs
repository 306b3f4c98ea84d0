//! The language that a customer writes in, whatever else stands in the message.

use std::sync::LazyLock;

use domain::{Language, language};
use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

static NO_PROSE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)```.*?(```|\z)|`[^`\n]{1,200}`|https?://\S+|\S+@\S+|(?m:^\s*\|.*$)")
        .expect("the pattern is checked by the tests")
});

/// Returns the language of a message: that of its questions where they are clearly in another one than the rest, that
/// of all it says, then that of what stands around it, then the stated one. Code, tables and addresses count for
/// nothing.
pub(super) fn spoken(own: &str, around: &[&str], stated: Language) -> Language {
    let whole = of(own);
    let asked = last_question(own).map_or(Language::UNKNOWN, of);
    if asked.is_known() && whole.is_known() && asked != whole {
        let question = last_question(own).unwrap_or_default();
        let clear = language::detect_among(question, &[asked, whole]) == Some(asked);
        return if clear { asked } else { whole };
    }
    let found = [whole, asked].into_iter().chain(around.iter().map(|text| of(text)));
    found.chain([stated]).find(|found| found.is_known()).unwrap_or(Language::UNKNOWN)
}

fn of(text: &str) -> Language {
    language::detect(&NO_PROSE.replace_all(text, " "))
}

/// Returns the last question of a message, where it is long enough to tell a language from.
fn last_question(own: &str) -> Option<&str> {
    let sentences = own.lines().flat_map(|line| line.unicode_sentences()).map(str::trim);
    let is_long = |sentence: &&str| sentence.ends_with('?') && sentence.split_whitespace().nth(4).is_some();
    sentences.filter(is_long).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(own: &str) -> Language {
        spoken(own, &[], Language::UNKNOWN)
    }

    #[test]
    fn the_question_decides_in_a_mixed_message() {
        assert_eq!(
            of("Hallo zusammen, danke für alles bisher. How do I reset the display of my bike?"),
            Language::ENGLISH
        );
        let pasted = "The display says: please connect the charger and wait until the light turns green. Was muss ich jetzt machen, damit es wieder geht?";
        assert_eq!(of(pasted), Language::GERMAN);
    }

    #[test]
    fn code_and_tables_are_no_language() {
        let code = "Warum geht das nicht mehr?\n```\nthe value of the field is not what it should be for this and that\n```";
        assert_eq!(of(code), Language::GERMAN);
        assert_eq!(of("WIE SETZE ICH DIE ANZEIGE MEINES FAHRRADS ZURÜCK?"), Language::GERMAN);
    }

    #[test]
    fn what_tells_nothing_is_in_the_language_of_before() {
        let around = ["E5", "Mein Akku lädt nicht mehr und blinkt rot."];
        assert_eq!(spoken("E5", &around, Language::ENGLISH), Language::GERMAN);
        assert_eq!(spoken("E5", &[], Language::ENGLISH), Language::ENGLISH);
        assert_eq!(spoken("E5", &[], Language::UNKNOWN), Language::UNKNOWN);
    }
}
