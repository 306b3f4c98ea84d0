//! Comparing what people are called.
//!
//! Two names are only ever called *clearly different* here; that they are alike proves nothing, since many
//! people share a name.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::identifier::{Identifier, is_placeholder};

/// From this Jaro-Winkler similarity on, two words may be spellings of one. `schmidt` and `schmitt` reach
/// 0.93, `maria` and `marta` 0.89, `anna` and `bob` 0.
const ALIKE: f64 = 0.85;

/// From this Jaro-Winkler similarity on, the parts of two addresses before the `@` may be one person's.
/// `anna.schmidt` and `a.schmidt` reach 0.80.
const LOCAL_PARTS_ALIKE: f64 = 0.78;

/// Reports whether a text can be a name: some word of it is no placeholder. `null null` is none, `Anna Null`
/// is one.
pub(crate) fn is_name(text: &str) -> bool {
    !is_placeholder(text) && text.split_whitespace().any(|word| !is_placeholder(word))
}

/// What somebody is called, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    words: Vec<String>,
    latin: bool,
}

impl Name {
    /// Reads a name into its words without accents, case and punctuation. Placeholders, and addresses that
    /// stand in for a name, are none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.contains('@') || !is_name(text) {
            return None;
        }
        let folded: String =
            text.nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_lowercase();
        let words: Vec<String> = folded
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        let latin =
            words.iter().flat_map(|word| word.chars()).filter(|c| c.is_alphabetic()).all(|c| c < '\u{250}');
        (!words.is_empty()).then_some(Self { words, latin })
    }

    /// Returns the words in alphabetical order as one text, so that `Miller, Bob` is `Bob Miller`.
    pub(crate) fn key(&self) -> String {
        let mut words = self.words.clone();
        words.sort_unstable();
        words.join(" ")
    }

    /// Reports whether it has at least two words of two letters.
    pub(crate) fn is_full(&self) -> bool {
        self.words.iter().filter(|word| word.chars().count() >= 2).count() >= 2
    }

    /// Reports whether two names can hardly be one person's: no word of one is alike, a beginning or an
    /// initial of a word of the other. Names in different scripts, and names without a proper word, are
    /// never clearly different.
    pub(crate) fn clearly_differs(&self, other: &Self) -> bool {
        let comparable = |name: &Self| name.words.iter().any(|word| is_proper(word));
        comparable(self)
            && comparable(other)
            && self.latin == other.latin
            && !self.words.iter().any(|one| other.words.iter().any(|two| alike(one, two)))
    }
}

/// Reports whether two addresses can hardly be one person's: their parts before the `@`, without tags, dots
/// and digits, are unlike.
#[must_use]
pub(crate) fn clearly_different_addresses(one: &Identifier, other: &Identifier) -> bool {
    let skeleton = |email: &Identifier| -> Option<String> {
        let untagged = email.local_part()?.split('+').next()?;
        Some(untagged.chars().filter(|c| c.is_alphabetic()).collect())
    };
    match (skeleton(one), skeleton(other)) {
        (Some(one), Some(other)) if one.is_empty() || other.is_empty() => one != other,
        (Some(one), Some(other)) => {
            !one.contains(&other)
                && !other.contains(&one)
                && strsim::jaro_winkler(&one, &other) < LOCAL_PARTS_ALIKE
        }
        _ => false,
    }
}

fn alike(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one) || strsim::jaro_winkler(one, other) >= ALIKE
}

/// Reports whether a word says something about who it is: three letters, or two in a script of syllables.
fn is_proper(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 3 || (letters >= 2 && word.chars().any(|c| c > '\u{2fff}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::Kind;

    fn differ(one: &str, other: &str) -> bool {
        let (one, other) = (Name::read(one), Name::read(other));
        one.zip(other).is_some_and(|(one, other)| one.clearly_differs(&other))
    }

    #[test]
    fn spellings_orders_and_initials_of_one_name_are_not_clearly_different() {
        for (one, other) in [
            ("Anna Schmidt", "Schmidt, Anna"),
            ("Anna Schmidt", "Anna Meyer"),
            ("Anna Schmidt", "A. Schmitt"),
            ("José Peña", "Jose Pena"),
            ("Иван Петров", "Ivan Petrov"),
            ("Bob", "Bobby Miller"),
            ("J. K.", "Anna Schmidt"),
            ("null null", "Anna Schmidt"),
            ("bob@shop.de", "Anna Schmidt"),
            ("", "Anna Schmidt"),
        ] {
            assert!(!differ(one, other), "{one} / {other}");
            assert!(!differ(other, one), "{other} / {one}");
        }
    }

    #[test]
    fn other_people_are_clearly_different() {
        for (one, other) in [
            ("Anna Schmidt", "Bob Miller"),
            ("Anna", "Bob"),
            ("Иван Петров", "Ольга Кузнецова"),
            ("张伟", "李娜"),
        ] {
            assert!(differ(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn addresses_differ_by_what_stands_before_the_at() {
        let differ = |one: &str, other: &str| {
            let email = |text| Identifier::parse(Kind::Email, text).unwrap();
            clearly_different_addresses(&email(one), &email(other))
        };
        assert!(differ("anna.schmidt@shop.de", "bob.miller@shop.de"));
        assert!(!differ("anna.schmidt@shop.de", "anna.schmidt@home.org"));
        assert!(!differ("anna.schmidt@shop.de", "annaschmidt85+news@home.org"));
        assert!(!differ("anna.schmidt@shop.de", "a.schmidt@home.org"));
        assert!(!differ("anna@shop.de", "anna.meyer@home.org"));
    }
}
