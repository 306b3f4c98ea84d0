//! Texts as sentences, and sentences as words and numbers, whatever their case and punctuation.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::units;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word in small letters; a sign such as `%` or `€` is one too.
    Word(String),
    /// Digits as they were written, with their separators: `1.500`, `9:30`, `31.03.2025`.
    Number(String),
    /// A line between two numbers or days.
    Dash,
    /// A comma, colon, bracket: what stands behind it says something of its own.
    Break,
}

impl Token {
    /// Returns the word, if it is one.
    pub(crate) fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }
}

/// A sentence with its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    /// As it was written.
    pub(super) text: String,
    /// Its parts.
    pub(super) tokens: Vec<Token>,
    /// Number of the paragraph it stands in.
    pub(super) block: usize,
}

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\([^)]*\)").expect("the pattern is checked by the tests"));
/// What is said in several words and means one.
const PHRASES: &[(&str, &str)] = &[
    (r"\ba\.\s?m\.", "am"),
    (r"\bp\.\s?m\.", "pm"),
    (r"\bz\.\s?b\.", ""),
    (r"\b(e\.g|i\.e|d\.\s?h)\.", ""),
    (r"\bsen[dt](ing)?\b([^.!?]{0,40}?)\bback\b", "return$2"),
    (r"\bg[ia]ven?\b([^.!?]{0,40}?)\bback\b", "return$1"),
    (r"\bmoney back\b", "refund"),
    (r"\bgeld zurück\b", "rückerstattung"),
    (r"\b(schick|send)(e|en|est|et)?\b([^.!?]{0,40}?)\bzurück\b", "rückgabe $3"),
    (r"\b(?:free of charge|at no charge|without charge|at no cost|no charge|free)\b", "gratis"),
    (r"\bcharg(e|es|ed) (an? )?(fee|extra)\b", "fee"),
    (r"\b(?:sold|charged|ordered|bought|available) separately\b", "not included"),
    (r"\b(?:gesondert|separat|extra) (?:erhältlich|verkauft|berechnet|zu kaufen)\b", "nicht enthalten"),
    (r"\bsign(?:s|ed|ing)?[- ]in\b", "signin"),
    (r"\blog(?:s|ged|ging)?[- ]in\b", "signin"),
    (r"\bswitch(?:es|ed|ing)? off\b", "shutdown"),
    (r"\bturn(?:s|ed|ing)? off\b", "shutdown"),
    (r"\b(?:fängt|fangen|fing)\b([^.!?]{0,40}?)\ban\b", "beginnt$1"),
    (r"\bbring(?:t|en)?\b([^.!?]{0,30}?)\bzurück\b", "rückgabe $1"),
    (r"([%€$£]|\bpercent|\bprozent) off\b", "$1 discount"),
    (r"\b(akkus?|batterien?|geräte?s?) (?:zu )?laden\b", "$1 aufladen"),
    (r"\bas long as\b", "if"),
    (r"\bnot only\b", "also"),
    (r"\bnicht nur\b", "auch"),
    (r"\brund um die uhr\b", "täglich 0:00-24:00"),
    (r"\bunter der woche\b", "werktags"),
];
/// The patterns of the phrases, all at once to see which are there, and each to replace it.
static PATTERNS: LazyLock<(RegexSet, Vec<Regex>)> = LazyLock::new(|| {
    let patterns = || PHRASES.iter().map(|(pattern, _)| *pattern);
    let each = patterns().map(|pattern| Regex::new(pattern).expect("the patterns are checked by the tests"));
    (RegexSet::new(patterns()).expect("the patterns are checked by the tests"), each.collect())
});

/// Returns the sentences of a Markdown text. The cells of a table are read row by row; code is left out.
pub(super) fn sentences(markdown: &str) -> Vec<Sentence> {
    let mut all = Vec::new();
    let (mut paragraph, mut block, mut fenced) = (String::new(), 0, false);
    for line in markdown.lines().map(str::trim) {
        let is_fence = line.starts_with("```") || line.starts_with("~~~");
        fenced ^= is_fence;
        let stands_alone = line.starts_with(['|', '-', '*', '+', '>']) || is_numbered(line);
        if line.is_empty() || fenced || is_fence || line.starts_with('#') || stands_alone {
            cut(&std::mem::take(&mut paragraph), block, &mut all);
            block += usize::from(!stands_alone);
        }
        if fenced || is_fence || line.starts_with('#') || line.is_empty() {
            continue;
        }
        if stands_alone {
            let line = line.trim_start_matches(|c: char| c.is_ascii_digit() && is_numbered(line));
            cut(line.trim_start_matches(['-', '*', '+', '>', '.', ')', ' ']), block, &mut all);
        } else {
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    cut(&paragraph, block, &mut all);
    all
}

/// Reports whether a line is a step of a list.
fn is_numbered(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&digits) && (line[digits..].starts_with(". ") || line[digits..].starts_with(") "))
}

/// Cuts a paragraph into sentences. What follows decides nothing, since it may be written in any case.
fn cut(paragraph: &str, block: usize, into: &mut Vec<Sentence>) {
    let mut from = 0;
    for (at, sign) in paragraph.char_indices() {
        let end = at + sign.len_utf8();
        let ends = matches!(sign, '.' | '!' | '?' | '…') && paragraph[end..].starts_with(char::is_whitespace);
        if ends && !(sign == '.' && is_abbreviated(&paragraph[from..at])) {
            push(&paragraph[from..end], block, into);
            from = end;
        }
    }
    push(&paragraph[from..], block, into);
}

fn push(text: &str, block: usize, into: &mut Vec<Sentence>) {
    let text = text.trim();
    // What asks says nothing, and what is this long is a log.
    if !text.ends_with('?') && text.chars().any(char::is_alphanumeric) && text.len() <= 1_000 {
        into.push(Sentence { text: text.to_owned(), tokens: tokens(text), block });
    }
}

/// Reports whether a full stop behind `text` ends no sentence: the day of a date, or a known short form.
fn is_abbreviated(text: &str) -> bool {
    const SHORT: [&str; 24] = [
        "e.g", "i.e", "vs", "no", "dr", "mr", "mrs", "st", "approx", "incl", "z.b", "z", "d", "bzw", "ca",
        "ggf", "nr", "inkl", "evtl", "max", "min", "a.m", "p.m", "a",
    ];
    let last = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let last = last.trim_start_matches('(').to_lowercase();
    let is_day = (1..=2).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_digit());
    is_day || SHORT.contains(&last.as_str())
}

/// Returns `text` in small letters and one way of writing.
fn folded(text: &str) -> String {
    let text = LINK.replace_all(text, "]").to_lowercase();
    let mut text = text.replace(['’', '‘', '`'], "'").replace('ß', "ss").replace('\u{a0}', " ");
    let (set, each) = &*PATTERNS;
    for at in set.matches(&text) {
        text = each[at].replace_all(&text, PHRASES[at].1).into_owned();
    }
    text
}

/// Returns the parts of a sentence or title.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut is_phone = false;
    for piece in folded(text).split_whitespace() {
        if piece.contains("://") || piece.contains('@') || piece.starts_with("www.") {
            continue;
        }
        is_phone = (is_phone && piece.starts_with(|c: char| c.is_ascii_digit()))
            || piece.trim_start_matches('(').starts_with('+');
        if !is_phone {
            scan(piece, &mut tokens);
        }
    }
    tokens
}

/// Reads a piece between two blanks.
fn scan(piece: &str, into: &mut Vec<Token>) {
    let chars: Vec<char> = piece.chars().collect();
    let mut at = 0;
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    while at < chars.len() {
        let c = chars[at];
        if c.is_ascii_digit() {
            at = number(&chars, at, into);
        } else if c.is_alphabetic() || c == '°' {
            let from = at;
            while chars.get(at).is_some_and(|c| c.is_alphanumeric() || matches!(c, '\'' | '°'))
                || (chars.get(at) == Some(&'/') && chars.get(at + 1).is_some_and(|c| *c == 'h'))
            {
                at += 1;
            }
            word(&chars[from..at].iter().collect::<String>(), into);
        } else {
            let before = into.last();
            match c {
                '%' | '€' | '$' | '£' => into.push(Token::Word(c.to_string())),
                '-' | '–' | '—' | '−' => {
                    let after_number = matches!(before, Some(Token::Number(_)));
                    if after_number && (digit(at + 1) || at + 1 == chars.len()) {
                        into.push(Token::Dash);
                    } else if at == 0 && digit(1) {
                        at = number(&chars, 0, into);
                        continue;
                    } else if c != '-' || chars.len() == 1 {
                        into.push(Token::Dash);
                    }
                }
                // The day of a date ends in one: "31. März".
                '.' if matches!(before, Some(Token::Number(_))) => {}
                ',' | ';' | ':' | '(' | ')' | '|' | '.' | '!' => into.push(Token::Break),
                _ => {}
            }
            at += 1;
        }
    }
}

/// Reads digits with their separators, and what hangs on them; returns where they end.
fn number(chars: &[char], from: usize, into: &mut Vec<Token>) -> usize {
    let mut at = from + usize::from(!chars[from].is_ascii_digit());
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    while digit(at) || (matches!(chars.get(at), Some('.' | ',' | ':')) && digit(at + 1)) {
        at += 1;
    }
    let digits: String = chars[from..at]
        .iter()
        .map(|c| if c.is_ascii_digit() || matches!(c, '.' | ',' | ':') { *c } else { '-' })
        .collect();
    let letters: String = chars[at..].iter().take_while(|c| c.is_alphabetic() || matches!(c, '°')).collect();
    // A long number names something: an order, an account, a telephone.
    if digits.bytes().filter(u8::is_ascii_digit).count() > 8 && !digits.contains(['.', ',', ':']) {
        return at + letters.chars().count();
    }
    if letters.is_empty() {
        into.push(Token::Number(digits));
    } else if matches!(letters.as_str(), "st" | "nd" | "rd" | "th") {
        into.push(Token::Number(digits));
        at += 2;
    } else if matches!(letters.as_str(), "am" | "pm" | "uhr" | "x") || units::is_unit(&letters) {
        into.push(Token::Number(digits));
        if chars.get(at + letters.chars().count()) != Some(&'/') {
            into.push(Token::Word(letters.clone()));
            at += letters.chars().count();
        }
    } else {
        at += letters.chars().count();
        into.push(Token::Word(format!("{digits}{letters}")));
    }
    at
}

/// Adds a word; what is pulled together is taken apart.
fn word(word: &str, into: &mut Vec<Token>) {
    let word = word.trim_matches('\'');
    let (stem, negated) = match word {
        "cannot" | "can't" | "cant" => ("can", true),
        "won't" => ("will", true),
        _ => word.strip_suffix("n't").map_or((word, false), |stem| (stem, true)),
    };
    let stem = stem.strip_suffix("'s").unwrap_or(stem);
    if !stem.is_empty() {
        into.push(Token::Word(stem.to_owned()));
    }
    if negated {
        into.push(Token::Word("not".to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let show = |token: &Token| match token {
            Token::Word(word) => word.clone(),
            Token::Number(number) => format!("#{number}"),
            Token::Dash => "–".to_owned(),
            Token::Break => "/".to_owned(),
        };
        tokens(text).iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn reads_numbers_and_what_hangs_on_them() {
        assert_eq!(shown("It weighs 3,5kg at -10 °C"), "it weighs #3,5 kg at #-10 °c");
        assert_eq!(shown("9:00–18:00, or 10am - 5 p.m."), "#9:00 – #18:00 / or #10 am – #5 pm");
        assert_eq!(shown("a 30-day e-bike trial"), "a #30 day e bike trial");
        assert_eq!(shown("up to 25 km/h, X200"), "up to #25 km/h / x200");
        assert_eq!(shown("The owner's battery can’t"), "the owner battery can not");
        assert_eq!(shown("Call +49 30 123456 or a@b.test"), "call or");
    }

    #[test]
    fn sentences_are_the_same_in_any_case() {
        let text = "Ends on 31. März 2025. Ask us! | a | b |\n\n- One item. And more.\n1. A step.";
        let cut: Vec<String> = sentences(text).into_iter().map(|one| one.text).collect();
        assert_eq!(
            cut,
            ["Ends on 31. März 2025.", "Ask us!", "| a | b |", "One item.", "And more.", "A step."]
        );
        assert_eq!(sentences(&text.to_lowercase()).len(), cut.len());
        assert_eq!(sentences(&text.to_uppercase()).len(), cut.len());
    }
}
