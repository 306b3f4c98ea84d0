//! Lists of usual words, embedded in the binary; `words/README.md` tells origin and licence.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::OnceLock;

use domain::Language;
use flate2::read::GzDecoder;

/// Words at least this usual say nothing: about the 250 most frequent of a language.
pub(super) const FUNCTION_ZIPF: f32 = 5.6;
/// Longer words are not tried as compounds.
const COMPOUND_BYTES: usize = 60;
/// Set in a stored value when the word is also a usual name of a person.
const NAME_BIT: u8 = 0x80;
/// Parts of a compound must be at least this usual, and this long, to make it usual.
const COMPOUND_PART_FIFTHS: u8 = 14;
const COMPOUND_PART_LETTERS: usize = 4;
/// What German, Dutch and Swedish put between the parts of a compound.
const LINKING: [&str; 6] = ["", "s", "n", "en", "es", "e"];

/// How usual a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usual {
    fifths: u8,
    name: bool,
}

impl Usual {
    /// Returns the Zipf value: the decimal logarithm of how often in a billion words.
    pub(super) fn zipf(self) -> f32 {
        f32::from(self.fifths) / 5.0
    }

    /// Reports whether it is also a name of a person.
    pub(super) fn is_name(self) -> bool {
        self.name
    }
}

struct List(HashMap<Box<str>, u8>);

struct Embedded {
    code: &'static str,
    bytes: &'static [u8],
    compounds: bool,
    list: OnceLock<List>,
}

macro_rules! embedded {
    ($($code:literal $(compounds $compounds:literal)?),+) => {
        [$(Embedded {
            code: $code,
            bytes: include_bytes!(concat!("../../words/", $code, ".gz")),
            compounds: false $(|| $compounds)?,
            list: OnceLock::new(),
        }),+]
    };
}

static LISTS: [Embedded; 10] = embedded!(
    "en", "cs", "de" compounds true, "es", "fr", "it", "nl" compounds true, "pl", "pt", "sv" compounds true
);

impl Embedded {
    fn get(&self, word: &str) -> Option<Usual> {
        let value = *self.list.get_or_init(|| List::read(self.bytes)).0.get(word)?;
        Some(Usual { fifths: value & !NAME_BIT, name: value & NAME_BIT != 0 })
    }
}

impl List {
    /// Reads a list; `scripts/words/build.py` describes the format.
    fn read(bytes: &[u8]) -> Self {
        let mut raw = Vec::new();
        GzDecoder::new(bytes).read_to_end(&mut raw).expect("an embedded word list is whole");
        let end = raw.iter().position(|byte| *byte == 0).expect("an embedded word list has two parts");
        let (text, mut values) = (&raw[..end], raw[end + 1..].iter());
        let mut list = HashMap::with_capacity(raw.len() - end);
        let mut word: Vec<u8> = Vec::new();
        let mut at = 0;
        while at < text.len() {
            word.truncate(usize::from(text[at]) - 1);
            let rest = text[at + 1..].iter().take_while(|byte| **byte > 0x1f).count();
            word.extend_from_slice(&text[at + 1..at + 1 + rest]);
            at += 1 + rest;
            if let (Ok(word), Some(value)) = (std::str::from_utf8(&word), values.next()) {
                list.insert(word.into(), *value);
            }
        }
        Self(list)
    }
}

/// The word lists that count for a text: that of its language, and the English one, since texts about
/// products are full of English words in every language.
#[derive(Clone, Copy)]
pub(super) struct Words {
    own: Option<&'static Embedded>,
    english: &'static Embedded,
}

/// What the lists say about a word that is not in them as it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Looked {
    /// In a list.
    Usual(Usual),
    /// Not in a list, but made of these words that are.
    Compound(Vec<(String, Usual)>),
    /// Unknown.
    Unknown,
}

impl Words {
    /// Returns the lists for a language; one that is not among ours has the English list alone.
    pub(super) fn of(language: Language) -> Self {
        let english = &LISTS[0];
        let own = LISTS[1..].iter().find(|list| list.code == language.code());
        Self { own, english }
    }

    /// Reports whether the language has a list of its own beside the English one.
    pub(super) fn has_own(self) -> bool {
        self.own.is_some()
    }

    /// Looks up a word in lower case.
    pub(super) fn look(self, word: &str) -> Looked {
        if let Some(usual) = self.usual(word) {
            return Looked::Usual(usual);
        }
        let own = self.own.filter(|own| own.compounds && word.len() <= COMPOUND_BYTES);
        match own.and_then(|own| split(own, word, 3)) {
            Some(parts) => Looked::Compound(parts),
            None => Looked::Unknown,
        }
    }

    /// Returns how usual a word in lower case is.
    pub(super) fn usual(self, word: &str) -> Option<Usual> {
        if word.contains('’') {
            return self.usual(&word.replace('’', "'"));
        }
        let own = self.own.and_then(|own| own.get(word));
        let english = self.english.get(word);
        match (own, english) {
            (Some(a), Some(b)) => Some(Usual { fifths: a.fifths.max(b.fifths), name: a.name || b.name }),
            (found, None) | (None, found) => found.or_else(|| self.elided(word)),
        }
    }

    /// Looks up both sides of an apostrophe: `l'email`, `Peter's`.
    fn elided(self, word: &str) -> Option<Usual> {
        let (left, right) = word.split_once('\'')?;
        let side = |part: &str| {
            if part.chars().count() <= 3 {
                Some(Usual { fifths: u8::MAX, name: false })
            } else {
                self.usual(part)
            }
        };
        let (left, right) = (side(left)?, side(right)?);
        Some(Usual { fifths: left.fifths.min(right.fifths).min(40), name: left.name || right.name })
    }
}

/// Splits a compound into at most `parts` usual words, the longest first part first.
fn split(list: &Embedded, word: &str, parts: usize) -> Option<Vec<(String, Usual)>> {
    if parts < 2 {
        return None;
    }
    let cuts: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(COMPOUND_PART_LETTERS).collect();
    for cut in cuts.into_iter().rev() {
        let (head, tail) = word.split_at(cut);
        if tail.chars().count() < COMPOUND_PART_LETTERS {
            continue;
        }
        let Some(head) = head_of(list, head) else { continue };
        if let Some(usual) = part_of(list, tail) {
            return Some(vec![head, (tail.to_owned(), usual)]);
        }
        if let Some(mut rest) = split(list, tail, parts - 1) {
            rest.insert(0, head);
            return Some(rest);
        }
    }
    None
}

fn part_of(list: &Embedded, part: &str) -> Option<Usual> {
    list.get(part).filter(|usual| usual.fifths >= COMPOUND_PART_FIFTHS)
}

/// Returns the first part of a compound without what links it to the next.
fn head_of(list: &Embedded, head: &str) -> Option<(String, Usual)> {
    LINKING.iter().find_map(|link| {
        let bare = head.strip_suffix(link).filter(|bare| bare.chars().count() >= COMPOUND_PART_LETTERS)?;
        part_of(list, bare).map(|usual| (bare.to_owned(), usual))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_reads_and_knows_its_language() {
        for (code, word) in [
            ("en", "settings"),
            ("de", "einstellungen"),
            ("fr", "paramètres"),
            ("es", "configuración"),
            ("it", "impostazioni"),
            ("nl", "instellingen"),
            ("pt", "configurações"),
            ("pl", "ustawienia"),
            ("cs", "nastavení"),
            ("sv", "inställningar"),
        ] {
            let words = Words::of(Language::from_tag(code));
            assert!(words.usual(word).is_some(), "{code}: {word}");
            assert!(words.usual("the").is_some_and(|usual| usual.zipf() > 6.0), "{code} lacks English");
            assert_eq!(words.look("qzxkvw"), Looked::Unknown, "{code}");
        }
    }

    #[test]
    fn compounds_are_made_of_usual_words() {
        let words = Words::of(Language::GERMAN);
        let Looked::Compound(parts) = words.look("kontoeinstellungen") else { panic!("not split") };
        let parts: Vec<&str> = parts.iter().map(|(part, _)| part.as_str()).collect();
        assert_eq!(parts, ["konto", "einstellungen"]);
        assert!(matches!(words.look("zebraquarz"), Looked::Compound(_)));
        assert_eq!(Words::of(Language::ENGLISH).look("zebraquartz"), Looked::Unknown);
    }

    #[test]
    fn apostrophes_do_not_make_a_word_unusual() {
        assert!(Words::of(Language::from_tag("it")).usual("dell'account").is_some());
        assert!(Words::of(Language::ENGLISH).usual("don’t").is_some());
        assert!(Words::of(Language::ENGLISH).usual("qzxkvw's").is_none());
    }

    #[test]
    fn names_are_marked() {
        let words = Words::of(Language::GERMAN);
        assert!(words.usual("katharina").is_some_and(Usual::is_name));
        assert!(words.usual("einstellungen").is_some_and(|usual| !usual.is_name()));
    }
}
