//! Removes what is known about the people of a conversation: their names, addresses and numbers.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization as _;

use super::apart::Apart;
use super::words::Words;

/// What is known about a person of a conversation, customer or agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Names in full, as displayed.
    pub names: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// Ids at any source.
    pub ids: Vec<String>,
    /// Names of the person's companies.
    pub companies: Vec<String>,
}

/// Parts of names that say nothing.
const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "la", "le", "el", "bin", "al",
    "ter", "ten", "zu", "mr", "mrs", "ms", "dr", "prof", "herr", "frau", "team", "support", "service",
    "admin", "info", "user", "agent", "customer",
];
/// What follows a greeting without being a name.
const NOT_NAMES: &[&str] = &[
    "all",
    "there",
    "team",
    "support",
    "sir",
    "madam",
    "everyone",
    "everybody",
    "folks",
    "guys",
    "again",
    "together",
    "customer",
    "zusammen",
    "alle",
    "leute",
    "damen",
    "herren",
    "kunde",
    "kundin",
    "tous",
    "toutes",
    "todos",
    "tutti",
    "allen",
    "iedereen",
];
/// What is left out of a company's name before looking for it.
const LEGAL_FORMS: &[&str] = &[
    "gmbh", "ag", "kg", "ug", "se", "inc", "ltd", "llc", "plc", "corp", "co", "sarl", "sas", "sa", "srl",
    "spa", "bv", "nv",
];
/// A part of a name that is also a word this usual counts only where it is written like a name.
const ALSO_A_WORD_ZIPF: f32 = 4.0;

static GREETED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^\s*(?i:hi|hello|hey|dear|hallo|moin|liebe[rs]?|lieber|guten (?:tag|morgen|abend)|good (?:morning|afternoon|evening)|sehr geehrte[rs]?|bonjour|salut|chère?|hola|estimad[oa]|ciao|car[oa]|gentile|beste|geachte|dag|olá|prezad[oa]),?[ ]+(?i:(?:mrs?|ms|dr|herr|frau|sra?|monsieur|madame|sig|signora?|dhr|mevr(?:ouw)?)\.?[ ]+)?(?P<it>\p{Lu}[\p{L}'’\-]+(?:[ ]\p{Lu}[\p{L}'’\-]+){0,2})[ ]*(?:[,!.:–-]|$)",
    )
});
static SIGNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:(?i:regards|wishes|greetings|cheers|sincerely|thanks|thank you|gr(?:ü|ue)(?:ß|ss)en?|gruß|\bvg|\blg|\bmfg|cordialement|saludos|saluti|groeten?|groet|grazie|gracias|merci|obrigad[oa]|danke|dank)[,.! ]*\n\s*|(?i:my name is|i am called|mein name ist|ich heiße|je m'appelle|me llamo|mi chiamo|mijn naam is|meu nome é)[ ]+)(?P<it>\p{Lu}[\p{L}'’.\-]+(?:[ ]\p{Lu}[\p{L}'’.\-]+){0,2})[ ]*(?:[,.;!|(\n]|$)",
    )
});
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\p{L}[\p{L}\p{M}]*"));
static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\+?\d(?:[ ()/.\-]{0,2}\d){5,18}"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a fixed pattern")
}

/// Finds the people of one conversation in its texts.
pub(super) struct People {
    names: BTreeSet<String>,
    phones: Vec<String>,
    literals: Option<Regex>,
    companies: Option<Regex>,
    words: Words,
}

impl People {
    /// Takes what is known about the people, and what the texts say: whom they greet and who signs them.
    pub(super) fn new(known: &[Known], texts: &[&str], words: Words) -> Self {
        let mut names = BTreeSet::new();
        for name in known.iter().flat_map(|person| &person.names) {
            add_name(&mut names, name);
        }
        for email in known.iter().flat_map(|person| &person.emails) {
            let local = email.split('@').next().unwrap_or_default();
            for part in
                local.split(|sign: char| !sign.is_alphabetic()).filter(|part| part.chars().count() > 2)
            {
                let usual = words.usual(&part.to_lowercase());
                if usual.is_none_or(|usual| usual.is_name() || usual.zipf() < ALSO_A_WORD_ZIPF) {
                    add_name(&mut names, part);
                }
            }
        }
        for text in texts {
            for captures in GREETED.captures_iter(text).chain(SIGNED.captures_iter(text)) {
                add_name(&mut names, &captures["it"]);
            }
        }
        let literals = known.iter().flat_map(|person| person.ids.iter().chain(&person.emails));
        let companies: Vec<String> =
            known.iter().flat_map(|person| &person.companies).filter_map(|name| company(name)).collect();
        let phones = known.iter().flat_map(|person| &person.phones).map(|phone| tail(phone));
        Self {
            names,
            phones: phones.filter(|tail| tail.len() >= 6).collect(),
            literals: any_of(literals.filter(|id| id.trim().len() >= 4).map(|id| regex::escape(id.trim()))),
            companies: any_of(companies.into_iter()),
            words,
        }
    }

    /// Returns what to replace in `text`.
    pub(super) fn find(&self, text: &str) -> Apart<&'static str> {
        let mut finds = Apart::new();
        for found in self.literals.iter().flat_map(|literals| literals.find_iter(text)) {
            finds.add(found.range(), if found.as_str().contains('@') { "[email]" } else { "[id]" });
        }
        for found in self.companies.iter().flat_map(|companies| companies.find_iter(text)) {
            finds.add(found.range(), "[company]");
        }
        if !self.phones.is_empty() {
            for found in DIGITS.find_iter(text) {
                let digits = tail(found.as_str());
                if self.phones.iter().any(|phone| digits.ends_with(phone) || phone.ends_with(&digits)) {
                    finds.add(found.range(), "[phone]");
                }
            }
        }
        if !self.names.is_empty() {
            for span in self.names_in(text) {
                finds.add(span, "[name]");
            }
        }
        finds
    }

    fn names_in(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<(Range<usize>, bool)> = Vec::new();
        for word in WORD.find_iter(text) {
            if folds(word.as_str()).iter().any(|folded| self.is_name(folded)) {
                found.push((word.range(), self.surely(text, word.range())));
            }
        }
        // A part that is also a word counts beside one that surely is a name: `Will Smith`.
        let beside = |at: usize, other: usize| {
            found.get(other).is_some_and(|(span, sure)| {
                let (low, high) =
                    if other < at { (span.end, found[at].0.start) } else { (found[at].0.end, span.start) };
                *sure && text[low..high].chars().all(|sign| sign == ' ' || sign == '-' || sign == '.')
            })
        };
        (0..found.len())
            .filter(|at| found[*at].1 || beside(*at, at.wrapping_sub(1)) || beside(*at, at + 1))
            .map(|at| found[at].0.clone())
            .collect()
    }

    fn is_name(&self, folded: &str) -> bool {
        self.names.contains(folded)
            || folded.strip_suffix('s').is_some_and(|bare| bare.len() > 2 && self.names.contains(bare))
    }

    /// Reports whether a word that equals a part of a name is one here.
    fn surely(&self, text: &str, span: Range<usize>) -> bool {
        let word = &text[span.clone()];
        let also_a_word = self.words.usual(&word.to_lowercase()).is_some_and(|usual| {
            usual.zipf() >= if usual.is_name() { ALSO_A_WORD_ZIPF + 0.8 } else { ALSO_A_WORD_ZIPF }
        });
        if !also_a_word && word.chars().count() > 2 {
            return true;
        }
        let before = text[..span.start].trim_end_matches([' ', '\t']);
        let begins = before.is_empty() || before.ends_with(['.', '!', '?', '\n', ':']);
        word.starts_with(char::is_uppercase) && !begins
    }
}

fn any_of(literals: impl Iterator<Item = String>) -> Option<Regex> {
    let mut literals: Vec<String> = literals.collect();
    // The longer of two that begin alike must win.
    literals.sort_by_key(|literal| std::cmp::Reverse(literal.len()));
    literals.dedup();
    if literals.is_empty() {
        return None;
    }
    RegexBuilder::new(&format!(r"(?:\b|_)(?:{})(?:\b|_)", literals.join("|")))
        .case_insensitive(true)
        .build()
        .ok()
}

/// Returns the pattern of a company's name without its legal form, unless too little is left.
fn company(name: &str) -> Option<String> {
    let is_legal = |word: &str| LEGAL_FORMS.contains(&word.trim_matches(['.', ',']).to_lowercase().as_str());
    let words: Vec<&str> = name.split_whitespace().filter(|word| !is_legal(word) && *word != "&").collect();
    let bare = words.join(" ");
    let bare = bare.trim_matches(|sign: char| !sign.is_alphanumeric());
    (bare.chars().count() >= 3).then(|| regex::escape(bare))
}

fn add_name(names: &mut BTreeSet<String>, name: &str) {
    for part in WORD.find_iter(name) {
        let lower = part.as_str().to_lowercase();
        let says_nothing = PARTICLES.contains(&lower.as_str()) || NOT_NAMES.contains(&lower.as_str());
        if part.as_str().chars().count() > 1 && !says_nothing {
            names.extend(folds(part.as_str()));
        }
    }
}

/// Returns a word in lower case without accents, in both ways of writing umlauts without dots.
fn folds(word: &str) -> Vec<String> {
    let lower = word.to_lowercase().replace('ß', "ss");
    if lower.is_ascii() {
        return vec![lower];
    }
    let spelled = lower.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ø', "oe");
    let strip =
        |text: &str| text.nfd().filter(|sign| sign.is_alphabetic()).collect::<String>().replace('ø', "o");
    let mut both = vec![strip(&lower), strip(&spelled)];
    both.dedup();
    both
}

/// Returns the last nine digits of a number: what is left without country and trunk prefixes.
fn tail(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(9)..].trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;

    fn removed(known: &Known, text: &str) -> String {
        let people = People::new(std::slice::from_ref(known), &[text], Words::of(Language::ENGLISH));
        people.find(text).replace_in(text)
    }

    fn anna() -> Known {
        Known {
            names: vec!["Anna-Lena Müller".into(), "Will Best".into()],
            emails: vec!["quillon.t@corp.example".into()],
            phones: vec!["+49 171 2345678".into()],
            ids: vec!["user_8842".into()],
            companies: vec!["Blue Harbour GmbH".into()],
        }
    }

    #[test]
    fn removes_known_people_however_written() {
        for (text, expected) in [
            ("anna and MUELLER and Muller's", "[name] and [name] and [name]'s"),
            ("I told Will Best about it", "I told [name] [name] about it"),
            ("You will do best to wait. Best to wait.", "You will do best to wait. Best to wait."),
            ("ask Quillon (Quillon.T@corp.example)", "ask [name] ([email])"),
            ("0171/2345678 or 171 234 56 78", "[phone] or [phone]"),
            ("id USER_8842, not user_88421", "id [id], not user_88421"),
            ("blue harbour bought it", "[company] bought it"),
        ] {
            assert_eq!(removed(&anna(), text), expected);
        }
    }

    #[test]
    fn learns_names_from_greetings_and_signatures() {
        let text =
            "Dear Mr. Threepwood,\nplease ask Guybrush Threepwood.\n\nKind regards,\nElaine Marley\nSupport";
        let known = Known::default();
        let out = removed(&known, text);
        assert!(!out.contains("Threepwood") && !out.contains("Elaine") && !out.contains("Marley"), "{out}");
        assert!(out.contains("Guybrush") && out.ends_with("Support"), "{out}");
        assert_eq!(removed(&known, "Hi all,\nall is well"), "Hi all,\nall is well");
    }
}
