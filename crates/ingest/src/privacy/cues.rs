//! Finds what a text itself says to be a secret: `your unlock word is …`, `Kennwort: …`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::tokens::{Kind, Token};
use super::words::{FUNCTION_ZIPF, Looked, Words};

/// How many words behind a cue are taken for the secret, at most.
const LONGEST: usize = 8;

/// A noun for a secret, up to forty characters of the same clause, then what introduces its value.
static CUE: LazyLock<Regex> = LazyLock::new(|| {
    let nouns = [
        r"pass[ -]?(?:word|code|phrase|key)s?|pins?|tans?|otps?|log-?in (?:details|data)|credentials?|secrets?|tokens?",
        r"(?:un)?lock(?:ing)?[ -](?:word|code|key|phrase|pattern)s?",
        r"(?:security|secret|safe|magic|access|activation|verification|recovery|confirmation|safety|entry|door|gate|voucher|discount|promo|coupon|licen[cs]e|product|serial|backup|master|one[ -]time)[ -](?:word|code|key|answer|phrase|question|number|pin)s?",
        r"(?:code|key)[ -]?(?:word|phrase)s?|(?:the|your|this|following|new) (?:code|key|word|phrase|answer|combination)",
        r"(?:\p{L}*(?:kennw[oö]rt|passw[oö]rt|codew[oö]rt|losungsw[oö]rt|schlüsselw[oö]rt|zauberw[oö]rt)(?:er|es|s)?)|losung|parole|geheimzahl|\p{L}*(?:code|pin|tan|schlüssel)|geheimnis|(?:das|ihr|dein) wort",
        r"mots? de passe|mot secret|phrase secrète|code|contraseñas?|claves?|palabra secreta|palabra clave|código|senhas?|palavra secreta|palavra-passe",
        r"parola d'ordine|parola segreta|parola chiave|codice|wachtwoord(?:en)?|toegangscode|geheim woord|lösenord|kod|hasło|heslo",
    ]
    .join("|");
    let introduces = r"\b(?:is|are|was|be|reads?|lautet?e?n?|ist|war|sind|heißt|est|es|è|é|era|wordt|är|jest|je)\b|[:=→]|->";
    Regex::new(&format!(r"(?i)\b(?:{nouns})\b[^.!?\n:=→]{{0,40}}?(?:{introduces})")).expect("a fixed pattern")
});

/// A secret that was changed: `set your password to …`, `das Kennwort auf … geändert`.
static CHANGED: LazyLock<Regex> = LazyLock::new(|| {
    let noun = r"pass[ -]?(?:word|code|phrase)|pin|word|code|key|phrase|token|kennwort|passwort|\p{L}+wort|mot de passe|contraseña|clave|wachtwoord|senha";
    Regex::new(&format!(r"(?i)\b(?:(?:set|changed?|reset|updated?)\b[^.!?\n]{{0,30}}\b(?:{noun})\b[^.!?\n:]{{0,30}}?\bto|(?:{noun})\b[^.!?\n:]{{0,20}}?\bauf|(?:{noun})\b[^.!?\n:]{{0,20}}?\b(?:set|changed|reset) to)\b"))
        .expect("a fixed pattern")
});

/// Quoted right behind a noun for a secret: `the password "zebra"`.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    let noun = r"pass[ -]?(?:word|code|phrase)|pin|word|code|key|phrase|token|kennwort|passwort|\p{L}+wort|schlüssel|mot de passe|contraseña|clave|codice|wachtwoord|senha";
    Regex::new(&format!("(?i)\\b(?:{noun})\\b[ \\t]*[\"“„«‘`*][^\"“”„«»‘’`*.!?\\n]{{1,40}}[\"“”»’`*]"))
        .expect("a fixed pattern")
});

/// Words that may stand between a cue and its value.
const FILLERS: [&str; 44] = [
    "a", "an", "the", "as", "follows", "now", "still", "simply", "just", "this", "that", "your", "be", "set",
    "und", "der", "die", "das", "ein", "eine", "jetzt", "nun", "einfach", "wie", "folgt", "ihr", "le", "la",
    "les", "un", "une", "el", "los", "il", "lo", "het", "de", "een", "nu", "o", "os", "is", "ist", "changed",
];

/// What is said of secrets rather than being one, when it stands alone.
const STATES: &[&str] = &[
    "correct",
    "incorrect",
    "wrong",
    "right",
    "valid",
    "invalid",
    "saved",
    "stored",
    "required",
    "needed",
    "missing",
    "empty",
    "blank",
    "different",
    "identical",
    "able",
    "asked",
    "requested",
    "enter",
    "entered",
    "sent",
    "used",
    "accepted",
    "rejected",
    "refused",
    "remembered",
    "forgotten",
    "lost",
    "expired",
    "case",
    "unknown",
    "available",
    "nothing",
    "displayed",
    "shown",
    "falsch",
    "richtig",
    "korrekt",
    "gespeichert",
    "erforderlich",
    "nötig",
    "notwendig",
    "leer",
    "ungültig",
    "gültig",
    "abgelaufen",
    "vergessen",
    "corretta",
    "corretto",
    "errata",
    "sbagliata",
    "salvata",
    "richiesta",
    "incorrecta",
    "correcta",
    "requerida",
    "necesaria",
    "guardada",
    "incorrect",
    "requis",
    "enregistré",
    "onjuist",
    "juist",
    "verkeerd",
    "opgeslagen",
    "vereist",
    "nodig",
    "incorreta",
    "correta",
    "salva",
    "necessária",
];

/// Returns the spans of `text` that it says to be secrets. `tokens` are the tokens of the text.
pub(super) fn secrets(text: &str, tokens: &[Token], words: Words) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for cue in CUE.find_iter(text).chain(CHANGED.find_iter(text)) {
        let listed = cue.as_str().ends_with([':', '=', '→']) || cue.as_str().ends_with("->");
        out.extend(value(text, tokens, cue.end(), listed, words));
    }
    for quoted in QUOTED.find_iter(text) {
        let from = quoted.as_str().find(['"', '“', '„', '«', '‘', '`', '*']).unwrap_or(0);
        out.extend(span_of(tokens, quoted.start() + from, quoted.end()));
    }
    out.sort_by_key(|range| (range.start, range.end));
    out.dedup();
    out
}

fn span_of(tokens: &[Token], from: usize, to: usize) -> Option<Range<usize>> {
    let first = tokens.partition_point(|token| token.span.start < from);
    let last = tokens.partition_point(|token| token.span.end <= to);
    (first < last).then(|| tokens[first].span.start..tokens[last - 1].span.end)
}

/// Takes the value behind a cue: after a colon all of the clause, after a verb up to the next usual word.
fn value(text: &str, tokens: &[Token], from: usize, listed: bool, words: Words) -> Option<Range<usize>> {
    let mut rest = tokens[tokens.partition_point(|token| token.span.start < from)..].iter().peekable();
    let first_break = rest.peek()?.span.start;
    // What separates the cue from its value may be blanks, quotes and brackets, not the end of a paragraph.
    if text[from..first_break].contains("\n\n") || text[from..first_break].contains(". ") {
        return None;
    }
    while let Some(token) = rest.peek() {
        let word = text[token.span.clone()].to_lowercase();
        if !FILLERS.contains(&word.as_str()) {
            break;
        }
        rest.next();
    }
    let mut taken: Option<Range<usize>> = None;
    let mut content = 0;
    for (count, token) in rest.enumerate() {
        let word = text[token.span.clone()].to_lowercase();
        let function = !listed && token.kind == Kind::Word && ends(&word, words);
        if count == LONGEST || (count > 0 && token.after_break) || (function && content > 0) {
            break;
        }
        content += usize::from(!function);
        taken = Some(taken.map_or(token.span.start, |range| range.start)..token.span.end);
    }
    // `The password is wrong`: one word that says how it is with the secret.
    taken.filter(|range| listed || !STATES.contains(&text[range.clone()].to_lowercase().as_str()))
}

fn ends(word: &str, words: Words) -> bool {
    matches!(words.look(word), Looked::Usual(usual) if usual.zipf() >= FUNCTION_ZIPF)
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::super::tokens::cut;
    use super::*;

    fn found(text: &str, language: Language) -> Vec<String> {
        secrets(text, &cut(text, &[]), Words::of(language))
            .into_iter()
            .map(|span| text[span].to_owned())
            .collect()
    }

    #[test]
    fn finds_what_is_said_to_be_secret() {
        for (text, secret) in [
            ("Your unlock word is zebra-quartz-91.", "zebra-quartz-91"),
            ("Your unlock word for the account is now: purple monkey dishwasher", "purple monkey dishwasher"),
            ("Password: open sesame", "open sesame"),
            ("I changed your password to blue horse and closed the ticket", "blue horse"),
            ("the code word is the purple monkey, please keep it", "purple monkey"),
            ("The new password \"four green apples\" works", "four green apples"),
        ] {
            assert_eq!(found(text, Language::ENGLISH), [secret], "{text}");
        }
        for (text, secret) in [
            ("Ihr Kennwort lautet Sonnenblume.", "Sonnenblume"),
            ("Das Losungswort für die Hotline ist: blauer Elefant", "blauer Elefant"),
            ("Ihr Freischaltcode = AB12-CD34", "AB12-CD34"),
        ] {
            assert_eq!(found(text, Language::GERMAN), [secret], "{text}");
        }
    }

    #[test]
    fn ordinary_talk_about_passwords_is_no_secret() {
        for text in [
            "Click Forgot password.",
            "Your password is incorrect",
            "Das Passwort ist falsch",
            "Enter the code that we sent you",
        ] {
            assert_eq!(found(text, Language::ENGLISH), Vec::<String>::new(), "{text}");
        }
    }
}
