//! The language of a text.

use std::fmt;

use serde::{Deserialize, Serialize};
use whatlang::{Detector, Lang, Script};

/// A language as a lower-case ISO 639-1 code (`en`, `de`), or `und` when nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Language([u8; 3]);

impl Language {
    /// English.
    pub const ENGLISH: Self = Self(*b"en\0");
    /// German.
    pub const GERMAN: Self = Self(*b"de\0");
    /// Not known.
    pub const UNKNOWN: Self = Self(*b"und");

    /// Reads a language tag such as `de`, `en-US` or `pt_BR`; anything else is [`Language::UNKNOWN`].
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        let mut code = [0u8; 3];
        if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Self::UNKNOWN;
        }
        for (slot, byte) in code.iter_mut().zip(primary.bytes()) {
            *slot = byte.to_ascii_lowercase();
        }
        Self(code)
    }

    /// Returns the code.
    #[must_use]
    pub fn code(&self) -> &str {
        let end = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..end]).unwrap_or("und")
    }

    /// Reports whether the language is known.
    #[must_use]
    pub fn is_known(self) -> bool {
        self != Self::UNKNOWN
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.code().to_owned()
    }
}

impl From<String> for Language {
    fn from(tag: String) -> Self {
        Self::from_tag(&tag)
    }
}

/// Texts shorter than this many letters are not judged alone.
const ENOUGH_LETTERS: usize = 12;

/// Returns the language of `text`, or unknown when it is too short or unclear.
#[must_use]
pub fn detect(text: &str) -> Language {
    let head: String = text.chars().take(2_000).collect();
    if head.chars().filter(|character| character.is_alphabetic()).count() < ENOUGH_LETTERS {
        return Language::UNKNOWN;
    }
    let candidates = CODES.iter().map(|(lang, _)| *lang).collect();
    match Detector::with_allowlist(candidates).detect(&head) {
        Some(info) if info.is_reliable() => code(info.lang()),
        guess => by_function_words(&head).unwrap_or_else(|| {
            guess.filter(|info| info.confidence() > 0.35).map_or(Language::UNKNOWN, |info| code(info.lang()))
        }),
    }
}

fn code(lang: Lang) -> Language {
    CODES
        .iter()
        .find(|(known, _)| *known == lang)
        .map_or(Language::UNKNOWN, |(_, tag)| Language::from_tag(tag))
}

/// Running text of fewer letters leaves room for doubt.
const CLEAR_LETTERS: usize = 60;
/// The same where no function words can confirm what the trigrams say.
const CLEAR_LETTERS_ALONE: usize = 200;
/// So many function words are no chance.
const CLEAR_WORDS: usize = 3;

/// Returns the language of running text where there is no doubt about it. All languages compete, also those that
/// [`detect`] does not know, function words have to agree with the trigrams, and most words have to begin small,
/// as they do not in lists of names.
#[must_use]
pub fn detect_clearly(text: &str) -> Option<Language> {
    let head: String = text.chars().take(2_000).collect();
    let letters = head.chars().filter(|character| character.is_alphabetic()).count();
    if letters < CLEAR_LETTERS || !is_running(&head) {
        return None;
    }
    let info = Detector::new().detect(&head).filter(whatlang::Info::is_reliable)?;
    let language = code(info.lang());
    // Written alike, these two are told apart by chance.
    if !language.is_known() || matches!(info.lang(), Lang::Dan | Lang::Nob) {
        return None;
    }
    if FUNCTION_WORDS.iter().all(|(tag, _)| *tag != language.code()) {
        let has_own_script = !matches!(info.script(), Script::Latin | Script::Cyrillic);
        return (has_own_script || letters >= CLEAR_LETTERS_ALONE).then_some(language);
    }
    let counts = function_words(&head);
    let (most, tag) = counts.found[0];
    let agrees = tag == language.code() && most > counts.found[1].0;
    (agrees && most >= CLEAR_WORDS && most * 20 >= counts.words).then_some(language)
}

/// Returns which of a few languages a text is in, or nothing when it is too short or unclear.
#[must_use]
pub fn detect_among(text: &str, languages: &[Language]) -> Option<Language> {
    let head: String = text.chars().take(2_000).collect();
    if head.chars().filter(|character| character.is_alphabetic()).count() < ENOUGH_LETTERS {
        return None;
    }
    let candidates = CODES.iter().filter(|(_, tag)| languages.iter().any(|one| one.code() == *tag));
    let info = Detector::with_allowlist(candidates.map(|(lang, _)| *lang).collect()).detect(&head)?;
    info.is_reliable().then(|| code(info.lang()))
}

/// Reports whether words of a text begin small as in sentences; scripts without small letters pass.
fn is_running(text: &str) -> bool {
    let (mut small, mut large) = (0, 0);
    for first in text.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric())) {
        small += usize::from(first.is_lowercase());
        large += usize::from(first.is_uppercase());
    }
    small * 5 >= (small + large) * 2
}

/// Returns the language whose function words a short text uses most, where one is clearly ahead.
fn by_function_words(text: &str) -> Option<Language> {
    let counts = function_words(text);
    let (most, tag) = counts.found[0];
    (most > 0 && most > counts.found[1].0 && most * 5 >= counts.words).then(|| Language::from_tag(tag))
}

/// How many words a text has, and how many of them are function words of each language, the most first.
struct Counts {
    words: usize,
    found: Vec<(usize, &'static str)>,
}

fn function_words(text: &str) -> Counts {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|w| !w.is_empty()).collect();
    let mut found: Vec<(usize, &str)> = FUNCTION_WORDS
        .iter()
        .map(|(tag, list)| {
            (words.iter().filter(|word| list.split(' ').any(|one| one == **word)).count(), *tag)
        })
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    Counts { words: words.len(), found }
}

/// Words that are frequent in one language and rare in the others.
const FUNCTION_WORDS: &[(&str, &str)] = &[
    (
        "en",
        "the is it my i you to and of what how why can't don't does do are when where which with this that not from your it's i'm have has would should could please there be was on for",
    ),
    (
        "de",
        "der die das ist ich sie mein meine meinen und nicht wie was warum wo wann welche ein eine einen mit von zu auf für kann haben habe hat wird werden bitte wir es mir mich dem den im am bei noch kein keine",
    ),
    (
        "fr",
        "le la les est je vous mon ma mes et ne pas comment pourquoi où quand quel quelle un une des avec de du pour peut sur ce cette qui que j'ai c'est",
    ),
    (
        "es",
        "el los las es yo usted mi mis y cómo por qué dónde cuándo cuál un una con de para puede puedo en este esta está hay no se lo del",
    ),
    (
        "it",
        "il lo gli è io mio mia e non come perché dove quando quale un una con di per può posso questo questa ho si del della che sono",
    ),
    (
        "nl",
        "de het een is ik u mijn en niet hoe wat waarom waar wanneer welke met van voor kan heb heeft wordt op dit dat er je geen naar bij",
    ),
    (
        "pt",
        "o os as é eu você meu minha e não como porque onde quando qual um uma com de para pode posso em este esta está do da que",
    ),
    ("pl", "jest nie jak co dlaczego gdzie kiedy który z na do w się mój moja mam czy to jestem"),
];

/// The languages that are told apart; rarer ones would only draw short texts away from these.
const CODES: &[(Lang, &str)] = &[
    (Lang::Eng, "en"),
    (Lang::Deu, "de"),
    (Lang::Fra, "fr"),
    (Lang::Spa, "es"),
    (Lang::Ita, "it"),
    (Lang::Nld, "nl"),
    (Lang::Por, "pt"),
    (Lang::Pol, "pl"),
    (Lang::Swe, "sv"),
    (Lang::Dan, "da"),
    (Lang::Nob, "nb"),
    (Lang::Fin, "fi"),
    (Lang::Ces, "cs"),
    (Lang::Hun, "hu"),
    (Lang::Ron, "ro"),
    (Lang::Rus, "ru"),
    (Lang::Ukr, "uk"),
    (Lang::Tur, "tr"),
    (Lang::Ell, "el"),
    (Lang::Ara, "ar"),
    (Lang::Heb, "he"),
    (Lang::Jpn, "ja"),
    (Lang::Cmn, "zh"),
    (Lang::Kor, "ko"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tags() {
        assert_eq!(Language::from_tag("en-US"), Language::ENGLISH);
        assert_eq!(Language::from_tag("DE"), Language::GERMAN);
        assert_eq!(Language::from_tag("").code(), "und");
        assert_eq!(Language::from_tag("klingon"), Language::UNKNOWN);
        assert_eq!(Language::from_tag("fil").code(), "fil");
    }

    #[test]
    fn tells_common_languages() {
        assert_eq!(detect("How do I reset the battery lock of my bike?"), Language::ENGLISH);
        assert_eq!(detect("Wie setze ich die Akkusperre meines Fahrrads zurück?"), Language::GERMAN);
        assert_eq!(detect("ok"), Language::UNKNOWN);
        assert_eq!(detect("It blinks red, what now?"), Language::ENGLISH);
        assert_eq!(detect("How do I charge the battery?"), Language::ENGLISH);
        assert_eq!(detect("Mein Akku lädt nicht"), Language::GERMAN);
        assert_eq!(detect("Wo ist die Rechnung?"), Language::GERMAN);
    }

    #[test]
    fn running_text_is_clear_and_what_is_none_is_not() {
        let clear = |text: &str| detect_clearly(text).map(|language| language.code().to_owned());
        for (text, code) in [
            ("Charge the battery every night and look at the light on its side before you ride.", "en"),
            ("Laden Sie den Akku jede Nacht und sehen Sie vor der Fahrt auf das Licht an der Seite.", "de"),
            ("Chargez la batterie chaque nuit et regardez la lumière sur le côté avant de partir.", "fr"),
            (
                "Заряжайте аккумулятор каждую ночь и смотрите на свет сбоку, прежде чем ехать. Если свет красный, подождите немного и попробуйте снова. Если это не помогает, напишите нам, и мы ответим вам как можно скорее, обычно в течение дня. Аккумулятор нельзя разбирать и нагревать.",
                "ru",
            ),
        ] {
            assert_eq!(clear(text).as_deref(), Some(code), "{text}");
        }
        for text in [
            "Charge the battery every night.",
            "Anna von Berg, Bernd van Dyk, Charles de Laval, Dora von der Heide, Emil zu Lippe, Frida von Au",
            "12 34 56 78 90 km 12 34 kg 56 78 90 cm 12 34 56 78 mm 90 12 34 56 78 90 12 34 56 78 90 12 34 56 78",
            "LADEN SIE DEN AKKU JEDE NACHT UND SEHEN SIE VOR DER FAHRT AUF DAS LICHT AN DER SEITE.",
            "Oplad batteriet hver nat, og se på lyset på siden, før du kører. Hvis lyset er rødt, skal du vente lidt.",
        ] {
            assert_eq!(clear(text), None, "{text}");
        }
        let pair = [Language::ENGLISH, Language::GERMAN];
        assert_eq!(detect_among("Wie lädt man den Akku?", &pair), Some(Language::GERMAN));
        assert_eq!(detect_among("ok", &pair), None);
    }
}
