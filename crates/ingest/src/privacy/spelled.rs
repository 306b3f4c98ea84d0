//! Numbers and codes that are spelled: `four seven one one`, `Z E B R A`, `47 11 08`.

use std::ops::Range;

use super::tokens::{Kind, Token};

/// What is spelled, and how many in a row make a detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelled {
    /// Groups of digits.
    Groups,
    /// Single letters.
    Letters,
    /// Words for numbers.
    Words,
}

impl Spelled {
    fn of(text: &str, token: &Token) -> Option<Self> {
        let word = &text[token.span.clone()];
        match token.kind {
            Kind::Number => Some(Self::Groups),
            Kind::Word if word.chars().count() == 1 => Some(Self::Letters),
            Kind::Word if NUMBER_WORDS.contains(&word.to_lowercase().as_str()) => Some(Self::Words),
            _ => None,
        }
    }

    fn least(self) -> usize {
        if self == Self::Groups { 2 } else { 3 }
    }
}

/// Returns what is spelled in a text: where, how, and its parts in lower case.
pub(super) fn spelled(text: &str, tokens: &[Token]) -> Vec<(Range<usize>, Spelled, Vec<String>)> {
    let mut out = Vec::new();
    let mut rest = tokens;
    while let Some(first) = rest.first() {
        let kind = Spelled::of(text, first);
        let goes_on =
            |token: &&Token| !token.after_break && kind.is_some() && Spelled::of(text, token) == kind;
        let (same, others) = rest.split_at(1 + rest[1..].iter().take_while(goes_on).count());
        if let (Some(kind), Some(last)) = (kind, same.last())
            && same.len() >= kind.least()
        {
            let parts = same.iter().map(|token| text[token.span.clone()].to_lowercase()).collect();
            out.push((first.span.start..last.span.end, kind, parts));
        }
        rest = others;
    }
    out
}

const NUMBER_WORDS: &[&str] = &[
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred",
    "double", "triple", "null", "eins", "zwei", "zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht",
    "neun", "zehn", "elf", "zwölf", "zéro", "un", "deux", "trois", "quatre", "cinq", "sept", "huit", "neuf",
    "dix", "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "due",
    "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci", "nul", "een", "twee", "drie",
    "vijf", "zes", "zeven", "negen", "tien", "um", "dois", "três", "quatro", "sete", "oito",
];

#[cfg(test)]
mod tests {
    use super::super::tokens::cut;
    use super::*;

    #[test]
    fn finds_what_is_spelled() {
        let found = |text: &str| {
            let found = spelled(text, &cut(text, &[]));
            found.into_iter().map(|(span, ..)| text[span].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("dial four seven one, then wait"), ["four seven one"]);
        assert_eq!(found("it is Z-E-B R A"), Vec::<String>::new());
        assert_eq!(found("it is Z E B R A"), ["Z E B R A"]);
        assert_eq!(found("use 47 11 08 or 5"), ["47 11 08"]);
        assert_eq!(found("one or two steps. Two. Three."), Vec::<String>::new());
    }
}
