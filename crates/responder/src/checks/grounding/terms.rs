//! The words of a text as the check of grounding compares them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::conflict::{Token, contrary, is_negation, named, value};

/// What a word is to a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It says what the sentence is about.
    Word,
    /// It counts.
    Number,
    /// It denies what follows.
    Negation,
    /// It holds the others together.
    Light,
}

/// A word in the form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) key: String,
    pub(super) kind: Kind,
    /// A number that was written as a word.
    pub(super) is_spelled: bool,
    /// Which of the tokens it was.
    pub(super) token: usize,
}

impl Term {
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn is_content(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Number)
    }
}

/// Words that people use for one another when they write how something is done.
const ALIKE: [&str; 24] = [
    "tap touch press push click hit drück drücken tippen tippe klicken klicke",
    "select choose pick wählen wähle auswählen",
    "show display appear view zeigen zeigt anzeigen angezeigt",
    "feature function option choice functionality setting funktion einstellung",
    "change adjust modify alter set ändern anpassen einstellen",
    "use utilise utilize verwenden nutzen benutzen",
    "see refer siehe",
    "ensure make-sure sicherstellen",
    "go navigate move open launch öffnen öffne gehen",
    "automatic automatically itself automatisch",
    "might may",
    "depending according",
    "let allow enable permit erlauben ermöglichen",
    "start begin launch starten beginnen",
    "stop end finish beenden",
    "delete remove erase löschen entfernen",
    "device unit gerät",
    "buy purchase order kaufen bestellen",
    "send ship deliver schicken senden liefern",
    "get receive obtain erhalten bekommen",
    "help assist support helfen",
    "fix repair resolve reparieren beheben",
    "charge load laden aufladen",
    "email mail e-mail",
];
/// Words of which one cannot stand for the other.
const OPPOSITES: [(&str, &str); 40] = [
    ("left", "right"),
    ("on", "off"),
    ("up", "down"),
    ("open", "close"),
    ("enable", "disable"),
    ("before", "after"),
    ("more", "less"),
    ("maximum", "minimum"),
    ("increase", "decrease"),
    ("front", "rear"),
    ("first", "last"),
    ("always", "never"),
    ("with", "without"),
    ("all", "none"),
    ("top", "bottom"),
    ("start", "stop"),
    ("add", "remove"),
    ("lock", "unlock"),
    ("connect", "disconnect"),
    ("above", "below"),
    ("input", "output"),
    ("upload", "download"),
    ("online", "offline"),
    ("internal", "external"),
    ("wired", "wireless"),
    ("public", "private"),
    ("high", "low"),
    ("import", "export"),
    ("links", "rechts"),
    ("ein", "aus"),
    ("oben", "unten"),
    ("vor", "nach"),
    ("mit", "ohne"),
    ("vorne", "hinten"),
    ("immer", "nie"),
    ("mehr", "weniger"),
    ("öffnen", "schliessen"),
    ("aktivieren", "deaktivieren"),
    ("verbinden", "trennen"),
    ("erhöhen", "verringern"),
];
/// Words that hold others together, beside the usual ones of English and German.
const LIGHT: &str = "please note case manual says according possible following also just such there here could would might \
    shall may must bitte hinweis laut möglich folgende folgenden within per etc";

static SAME: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let groups = ALIKE.iter().map(|group| group.split(' '));
    groups
        .flat_map(|mut words| {
            let head = words.next().unwrap_or_default();
            words.chain([head]).map(move |word| (word, head))
        })
        .collect()
});
static LIGHT_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let kept: HashSet<&str> = OPPOSITES.iter().flat_map(|(one, other)| [*one, *other]).collect();
    let usual = ["en", "de"].into_iter().flat_map(|code| stop_words::lookup(code).unwrap_or_default());
    let usual = usual.map(|word| word.to_lowercase().replace('ß', "ss"));
    // A word that has an opposite says something, save for the little ones that stand everywhere.
    let says = |word: &str| {
        kept.contains(word) && !matches!(word, "on" | "ein" | "aus" | "vor" | "nach" | "mit" | "with")
    };
    usual.chain(LIGHT.split_whitespace().map(str::to_owned)).filter(|word| !says(word)).collect()
});
static CONTRARY: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let both = OPPOSITES.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]);
    both.map(|(one, other)| (key(one), key(other))).collect()
});

/// Returns the key of the opposite of a word.
pub(super) fn opposite(key: &str) -> Option<String> {
    CONTRARY.get(key).cloned()
}

/// Returns the terms of a text.
pub(super) fn of(tokens: &[Token]) -> Vec<Term> {
    let mut terms = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let mut push = |key: String, kind: Kind, is_spelled: bool| {
            terms.push(Term { key, kind, is_spelled, token: at });
        };
        match token {
            Token::Number(digits) => {
                let number = value(digits).map_or_else(|| digits.clone(), |value| value.to_string());
                push(number, Kind::Number, false);
            }
            Token::Word(word) => {
                if is_negation(word) {
                    push(word.clone(), Kind::Negation, false);
                } else if let Some(plain) = contrary(word) {
                    push("not".to_owned(), Kind::Negation, false);
                    if !plain.is_empty() {
                        push(key(plain), Kind::Word, false);
                    }
                } else if let Some(number) = named(word) {
                    push(number.to_string(), Kind::Number, true);
                } else if word.chars().count() < 2 || LIGHT_WORDS.contains(word) {
                    push(word.clone(), Kind::Light, false);
                } else {
                    push(key(word), Kind::Word, false);
                }
            }
            Token::Dash | Token::Break => {}
        }
    }
    terms
}

/// Returns the keys of what a text is about, in order.
pub(super) fn content(terms: &[Term]) -> Vec<String> {
    terms.iter().filter(|term| term.is_content()).map(|term| term.key.clone()).collect()
}

/// Returns the form in which a word is compared: its beginning, or what it is used for.
fn key(word: &str) -> String {
    let cut = |word: &str| -> String { word.chars().take(6).collect() };
    if let Some(head) = SAME.get(word) {
        return cut(head);
    }
    for ending in ["ing", "ed", "es", "s", "ly"] {
        let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.chars().count() >= 3) else { continue };
        if let Some(head) = SAME.get(stem).or_else(|| SAME.get(format!("{stem}e").as_str())) {
            return cut(head);
        }
    }
    let is_plural = word.chars().count() > 3 && word.ends_with('s') && !word.ends_with("ss");
    cut(if is_plural { &word[..word.len() - 1] } else { word })
}
