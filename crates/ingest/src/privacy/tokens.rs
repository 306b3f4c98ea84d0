//! Cuts a text into what the rules look at: words, numbers, codes, and what separates them.

use std::ops::Range;

use super::mask::PLACEHOLDERS;

/// How many signs may stand between two letters of a code.
const SIGNS_IN_A_CODE: usize = 3;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, perhaps with an apostrophe inside.
    Word,
    /// Words joined by `-` or `_`.
    Compound,
    /// Digits, perhaps with points, commas, colons, slashes or hyphens inside.
    Number,
    /// Letters mixed with digits or signs.
    Code,
    /// Words joined by points: a host, a file.
    Dotted,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
    /// Whether something stands before it that ends a phrase: the end of a sentence, a bracket, an arrow.
    pub(super) after_break: bool,
    /// Whether a comma stands before it.
    pub(super) after_comma: bool,
    /// Whether it begins a sentence.
    pub(super) begins: bool,
}

/// Signs that belong to a token when they stand between two letters or digits.
fn joins(sign: char) -> bool {
    matches!(
        sign,
        '-' | '_'
            | '\''
            | '’'
            | '.'
            | ','
            | ':'
            | '@'
            | '/'
            | '\\'
            | '&'
            | '+'
            | '='
            | '#'
            | '%'
            | '!'
            | '$'
            | '^'
            | '*'
            | '~'
            | '|'
            | '‐'
            | '‑'
            | '?'
            | '<'
            | '>'
            | '{'
            | '}'
            | '('
            | ')'
            | ';'
    )
}

/// Signs between tokens that do not end a phrase.
fn continues(sign: char) -> bool {
    sign.is_whitespace()
        || matches!(sign, ',' | '-' | '_' | '\'' | '’' | '*' | '~' | '+' | '&' | '#' | '/' | '\\' | '.')
}

/// Cuts `text` into tokens, leaving out the spans in `without`, which must be sorted and apart.
pub(super) fn cut(text: &str, without: &[Range<usize>]) -> Vec<Token> {
    let mut out = Vec::new();
    let mut state = State { after_break: true, after_comma: false, begins: true };
    let mut at = 0;
    let mut skip = without.iter().peekable();
    while let Some(sign) = text[at..].chars().next() {
        if let Some(range) = skip.next_if(|range| range.start <= at) {
            at = at.max(range.end);
            state.after_break = true;
            continue;
        }
        if sign == '['
            && let Some(placeholder) =
                PLACEHOLDERS.iter().find(|placeholder| text[at..].starts_with(**placeholder))
        {
            at += placeholder.len();
            state.after_break = true;
            continue;
        }
        if !sign.is_alphanumeric() {
            state.pass(text, at, sign);
            at += sign.len_utf8();
            continue;
        }
        let limit = skip.peek().map_or(text.len(), |range| range.start);
        let end = chunk_end(text, at, limit);
        classify(text, at..end, &mut state, &mut out);
        at = end;
    }
    out
}

struct State {
    after_break: bool,
    after_comma: bool,
    begins: bool,
}

impl State {
    fn pass(&mut self, text: &str, at: usize, sign: char) {
        let next = text[at + sign.len_utf8()..].chars().next();
        let ends_sentence = match sign {
            '.' | '!' | '?' | '…' => next.is_none_or(char::is_whitespace),
            '\n' => next == Some('\n') || next == Some('-') || next == Some('*') || next == Some('\r'),
            _ => false,
        };
        if ends_sentence || (sign == '\n' && next.is_some_and(char::is_uppercase)) {
            self.begins = true;
        }
        self.after_comma |= sign == ',';
        if ends_sentence || !continues(sign) {
            self.after_break = true;
        }
    }

    fn push(&mut self, out: &mut Vec<Token>, span: Range<usize>, kind: Kind) {
        let Self { after_break, after_comma, begins } = *self;
        out.push(Token { span, kind, after_break, after_comma, begins });
        self.after_break = false;
        self.after_comma = false;
        self.begins = false;
    }
}

/// Returns where the chunk that begins at `from` ends: letters and digits, and joining signs between them.
fn chunk_end(text: &str, from: usize, limit: usize) -> usize {
    let mut end = from;
    let mut between = 0;
    for (at, sign) in text[from..limit].char_indices() {
        if sign.is_alphanumeric() || is_mark(sign) {
            end = from + at + sign.len_utf8();
            between = 0;
        } else if between == 0 && joins(sign) || between < SIGNS_IN_A_CODE && is_of_code(sign) {
            between += 1;
        } else {
            break;
        }
    }
    end
}

/// Signs of which several may stand together within a code, and which make one of words.
fn is_of_code(sign: char) -> bool {
    matches!(sign, '@' | '#' | '%' | '!' | '$' | '^' | '*' | '~' | '?')
}

/// Combining accents, which follow their letter.
fn is_mark(sign: char) -> bool {
    matches!(sign, '\u{300}'..='\u{36f}')
}

fn classify(text: &str, span: Range<usize>, state: &mut State, out: &mut Vec<Token>) {
    let mut from = span.start;
    for stop in glued_sentences(&text[span.clone()]) {
        classify_one(text, from..span.start + stop, state, out);
        // No break: `zebra.Quartz` may be two sentences or one secret.
        state.begins = true;
        from = span.start + stop + 1;
    }
    classify_one(text, from..span.end, state, out);
}

fn classify_one(text: &str, span: Range<usize>, state: &mut State, out: &mut Vec<Token>) {
    let chunk = &text[span.clone()];
    let digits = chunk.chars().any(|sign| sign.is_numeric());
    let letters = chunk.chars().any(char::is_alphabetic);
    if digits && !letters {
        return state.push(out, span, Kind::Number);
    }
    if digits || chunk.contains(is_of_code) {
        return state.push(out, span, Kind::Code);
    }
    let hard = |sign: char| {
        matches!(
            sign,
            '/' | '\\' | '&' | '+' | '=' | '|' | ':' | ',' | '<' | '>' | '{' | '}' | '(' | ')' | ';'
        )
    };
    let mut at = span.start;
    for piece in chunk.split(hard) {
        let piece_span = at..at + piece.len();
        state.after_break |= at > span.start && !text[..at].ends_with(['/', '&', '+', ',']);
        state.after_comma |= text[span.start..at].ends_with(',');
        at = piece_span.end + text[piece_span.end..].chars().next().map_or(0, char::len_utf8);
        if piece.is_empty() {
            continue;
        }
        let kind = if piece.contains('.') {
            Kind::Dotted
        } else if piece.contains(['-', '_', '‐', '‑']) {
            Kind::Compound
        } else {
            Kind::Word
        };
        state.push(out, piece_span, kind);
    }
}

/// Finds the full stops with a capitalised word right behind them, where somebody forgot the blank.
fn glued_sentences(chunk: &str) -> Vec<usize> {
    if chunk.contains('@') {
        return Vec::new();
    }
    let glues = |at: &usize| {
        let left = chunk[..*at].chars().next_back();
        let mut right = chunk[at + 1..].chars();
        let (first, second) = (right.next(), right.next());
        left.is_some_and(|sign| sign.is_lowercase() || sign.is_numeric())
            && first.is_some_and(char::is_uppercase)
            && second.is_some_and(char::is_lowercase)
    };
    chunk.match_indices(['.', '!', '?']).map(|(at, _)| at).filter(glues).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, Kind)> {
        cut(text, &[]).into_iter().map(|token| (text[token.span].to_owned(), token.kind)).collect()
    }

    #[test]
    fn tells_words_from_codes() {
        use Kind::{Code, Compound, Dotted, Number, Word};
        let cases: [(&str, &[(&str, Kind)]); 10] = [
            ("Don't panic.", &[("Don't", Word), ("panic", Word)]),
            ("zebra-quartz zebra-quartz-91", &[("zebra-quartz", Compound), ("zebra-quartz-91", Code)]),
            ("and/or Tools\\Options", &[("and", Word), ("or", Word), ("Tools", Word), ("Options", Word)]),
            ("tr0ub4dor&3 pa$$word", &[("tr0ub4dor&3", Code), ("pa$$word", Code)]),
            ("10:30, 1,000.50", &[("10:30", Number), ("1,000.50", Number)]),
            ("imap.gmail.com", &[("imap.gmail.com", Dotted)]),
            ("settings.Then go", &[("settings", Word), ("Then", Word), ("go", Word)]),
            ("Ctrl+Shift", &[("Ctrl", Word), ("Shift", Word)]),
            ("[email] (x) [name]'s", &[("x", Word), ("s", Word)]),
            ("schöne Grüße", &[("schöne", Word), ("Grüße", Word)]),
        ];
        for (text, expected) in cases {
            let expected: Vec<(String, Kind)> =
                expected.iter().map(|(text, kind)| ((*text).to_owned(), *kind)).collect();
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn knows_where_phrases_and_sentences_begin() {
        let text = "Open Settings → Privacy, then go. Next (one)";
        let breaks: Vec<(&str, bool, bool)> = cut(text, &[])
            .into_iter()
            .map(|token| (&text[token.span], token.after_break, token.begins))
            .collect();
        assert_eq!(
            breaks,
            [
                ("Open", true, true),
                ("Settings", false, false),
                ("Privacy", true, false),
                ("then", false, false),
                ("go", false, false),
                ("Next", true, true),
                ("one", true, false),
            ]
        );
    }

    #[test]
    fn leaves_out_what_is_said() {
        let text = "see https://x.example/a now";
        let link = 4..23;
        assert_eq!(cut(text, std::slice::from_ref(&link)).len(), 2);
    }
}
