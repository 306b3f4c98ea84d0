//! The content words of a text: what is left without function words, cut to stems and weighted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use domain::Language;
use regex::Regex;
use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation as _;

/// A number or code must be right; so it weighs more than an ordinary word.
const NUMBER_WEIGHT: f64 = 2.0;
/// The name of a button or menu is what a customer acts on.
const NAMED_WEIGHT: f64 = 1.5;
/// Longer texts are compared by their beginning; nobody reads further either.
const MOST_WORDS: usize = 1_500;

/// The content words of one text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Content {
    /// Stems in the order of the text.
    pub(crate) sequence: Vec<String>,
    /// How much each different stem weighs.
    pub(crate) weights: BTreeMap<String, f64>,
}

impl Content {
    /// Reads the content words of `text`, written in `language`. Addresses and marks such as `[1]` say where
    /// something stands, not what, and are left out.
    pub(crate) fn read(text: &str, language: Language) -> Self {
        let text = &without_references(text);
        let named = named_terms(text);
        let cutter = Cutter::of(language);
        let mut content = Self::default();
        for raw in text.unicode_words().take(MOST_WORDS) {
            let word = raw.to_lowercase();
            if cutter.is_stop(&word) {
                continue;
            }
            let weight = if word.chars().any(|c| c.is_ascii_digit()) {
                NUMBER_WEIGHT
            } else if named.contains(&word) {
                NAMED_WEIGHT
            } else {
                1.0
            };
            let stem = cutter.stem(&word);
            let known = content.weights.entry(stem.clone()).or_insert(weight);
            *known = known.max(weight);
            content.sequence.push(stem);
        }
        content
    }

    /// Reports whether there are no content words.
    pub(crate) fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Returns what all different words weigh together.
    pub(crate) fn total(&self) -> f64 {
        self.weights.values().sum()
    }

    /// Returns the share of this text, by weight, that `other` says too.
    pub(crate) fn share_in(&self, other: &Self) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let common: f64 =
            self.weights.iter().filter(|(stem, _)| other.weights.contains_key(*stem)).map(|(_, w)| w).sum();
        common / self.total()
    }
}

fn without_references(text: &str) -> Cow<'_, str> {
    static REFERENCE: OnceLock<Regex> = OnceLock::new();
    REFERENCE
        .get_or_init(|| Regex::new(r"https?://\S+|\[\d{1,2}\]").expect("the pattern is fixed and valid"))
        .replace_all(text, " ")
}

struct Cutter {
    stop: &'static BTreeSet<&'static str>,
    stemmer: Option<Stemmer>,
}

impl Cutter {
    fn of(language: Language) -> Self {
        // Nobody could tell: mostly a short English text, and where not, its function words stay in.
        let code = if language.is_known() { language.code() } else { "en" };
        Self { stop: stop_words(code), stemmer: algorithm(code).map(Stemmer::create) }
    }

    fn is_stop(&self, word: &str) -> bool {
        let letters = word.chars().count();
        let is_number = word.chars().any(|c| c.is_ascii_digit());
        (letters < 2 && !is_number && word.is_ascii()) || self.stop.contains(word) || POLITE.contains(&word)
    }

    fn stem(&self, word: &str) -> String {
        self.stemmer.as_ref().map_or_else(|| word.to_owned(), |stemmer| stemmer.stem(word).into_owned())
    }
}

/// What replies open and close with, whatever they say.
const POLITE: [&str; 26] = [
    "hi",
    "hello",
    "hey",
    "dear",
    "thanks",
    "thank",
    "please",
    "regards",
    "sorry",
    "welcome",
    "http",
    "https",
    "www",
    "com",
    "hallo",
    "guten",
    "tag",
    "danke",
    "bitte",
    "grüße",
    "grüßen",
    "gruß",
    "freundlichen",
    "gerne",
    "bonjour",
    "merci",
];

fn stop_words(code: &str) -> &'static BTreeSet<&'static str> {
    static LISTS: OnceLock<HashMap<&'static str, BTreeSet<&'static str>>> = OnceLock::new();
    static NONE: BTreeSet<&'static str> = BTreeSet::new();
    LISTS
        .get_or_init(|| {
            stop_words::available_languages()
                .iter()
                .filter_map(|code| Some((*code, stop_words::lookup(code)?.iter().copied().collect())))
                .collect()
        })
        .get(code)
        .unwrap_or(&NONE)
}

fn algorithm(code: &str) -> Option<Algorithm> {
    Some(match code {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "en" => Algorithm::English,
        "es" => Algorithm::Spanish,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "nb" | "nn" | "no" => Algorithm::Norwegian,
        "nl" => Algorithm::Dutch,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

/// Returns the lower-case words of what a text marks as a name: in quotes, bold, code, or on a menu path.
fn named_terms(text: &str) -> BTreeSet<String> {
    static MARKED: OnceLock<Regex> = OnceLock::new();
    let marked = MARKED.get_or_init(|| {
        Regex::new(concat!(
            r#""([^"\n]{2,40})"|“([^”\n]{2,40})”|„([^“”\n]{2,40})[“”]|«([^»\n]{2,40})»|"#,
            r"\*\*([^*\n]{2,40})\*\*|`([^`\n]{2,40})`|'([^'\n]{2,40})'|",
            r"(\p{Lu}[\p{L} ]{1,30}(?: (?:>|→|->|›) \p{Lu}[\p{L} ]{1,30})+)"
        ))
        .expect("the pattern is fixed and valid")
    });
    marked
        .captures_iter(text)
        .filter_map(|found| found.iter().skip(1).flatten().next())
        .flat_map(|term| term.as_str().unicode_words())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str, language: Language) -> Vec<String> {
        Content::read(text, language).weights.into_keys().collect()
    }

    #[test]
    fn function_words_and_courtesies_do_not_count() {
        assert_eq!(stems("Hi, thanks! Please open the settings.", Language::ENGLISH), ["open", "set"]);
        assert_eq!(
            stems("Hallo, bitte öffnen Sie die Einstellungen", Language::GERMAN),
            ["einstell", "offn"]
        );
        assert!(Content::read("and the of", Language::ENGLISH).is_empty());
    }

    #[test]
    fn numbers_and_names_of_buttons_weigh_more() {
        let content =
            Content::read("Set port 993 under \"Server Settings\" of the machine", Language::ENGLISH);
        assert!((content.weights["993"] - NUMBER_WEIGHT).abs() < 1e-9);
        assert!((content.weights["server"] - NAMED_WEIGHT).abs() < 1e-9);
        assert!((content.weights["machin"] - 1.0).abs() < 1e-9);
        let path = Content::read("Go to Tools > Account Settings now", Language::ENGLISH);
        assert!((path.weights["account"] - NAMED_WEIGHT).abs() < 1e-9);
    }

    #[test]
    fn addresses_and_citation_marks_are_no_words() {
        let cited = stems("Open the settings. [1] See https://a.org/kb/993-lock [12]", Language::ENGLISH);
        assert_eq!(cited, ["open", "see", "set"]);
    }

    #[test]
    fn an_unknown_language_keeps_its_words() {
        let polish = Content::read("Otwórz ustawienia konta", Language::from_tag("pl"));
        assert!(polish.weights.contains_key("ustawienia"), "{polish:?}");
    }
}
