//! Finds the rare details of a text: what could tell one customer's secret to another.
//!
//! A detail by itself is a number, a code, a name, a link, a compound, a word that no list has, or what the
//! text itself calls a secret. Usual words become a detail together; `runs.rs` says when.
//!
//! What remains open, and has to be said: a usual word alone is never covered, and two are not when both are
//! everyday language or usual for this tenant, unless a cue such as `password` or `code` introduces them;
//! words between which function words stand (`the cat under a roof`) are not seen as one phrase; a name that
//! is also a word is not recognised in lower case; a link into the tenant's own site is open when it is made
//! of plain words; a text in a language without a word list is covered nearly whole until it is shared.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::Language;

use super::apart::Apart;
use super::cues;
use super::keyed::{DetailHash, TenantKey};
use super::links::{self, OwnDomains};
use super::mask::{Mark, Reason};
use super::runs::{Content, base, together};
use super::sightings::{COMPANIES, PEOPLE};
use super::spelled::{Spelled, spelled};
use super::tokens::{self, Kind, Token};
use super::ui_words::is_ui_word;
use super::words::{FUNCTION_ZIPF, Looked, Usual, Words};

/// Names that are also words this usual are taken for the word at the beginning of a sentence.
const NAME_OR_WORD_ZIPF: f32 = 4.5;

/// Details as the store counts them: the hash of each, and how many unrelated companies must have been told.
pub type Seen = BTreeMap<DetailHash, u8>;

/// What kind of thing a hash stands for; part of what is hashed, so it must never change.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Of {
    Word = b'w',
    Usual = b'f',
    Number = b'n',
    Code = b'c',
    Compound = b'h',
    Link = b'l',
    Secret = b's',
    Pair = b'p',
    Triple = b't',
}

/// Looks for details in texts of one language of one tenant.
pub(super) struct Finder<'a> {
    key: &'a TenantKey,
    own_domains: &'a OwnDomains,
    words: Words,
    language: Language,
}

impl<'a> Finder<'a> {
    pub(super) fn new(key: &'a TenantKey, own_domains: &'a OwnDomains, language: Language) -> Self {
        Self { key, own_domains, words: Words::of(language), language }
    }

    /// Finds the details of a text in which placeholders already stand for personal data.
    pub(super) fn find(&self, text: &str) -> Found {
        let mut scan = Scan { finder: self, text, found: Found::default(), run: Vec::new() };
        let apart = scan.links();
        let tokens = tokens::cut(text, &apart);
        for secret in cues::secrets(text, &tokens, self.words) {
            let value = text[secret.clone()].to_lowercase();
            let value: Vec<&str> = value.split_whitespace().collect();
            scan.mark(secret, Reason::Secret, Of::Secret, &value);
        }
        for (span, how, parts) in spelled(text, &tokens) {
            let reason = if how == Spelled::Groups { Reason::Number } else { Reason::Code };
            scan.mark(span, reason, Of::Number, &parts.iter().map(String::as_str).collect::<Vec<_>>());
        }
        for token in &tokens {
            if token.after_break {
                scan.end_run();
            }
            scan.token(token);
        }
        scan.end_run();
        scan.found
    }

    /// Finds what a document shows: besides its details every word, since a word that is usual in the language of
    /// the document may be unusual in that of a conversation.
    pub(super) fn find_shown(&self, text: &str) -> Seen {
        let mut seen = self.find(text).seen();
        for token in tokens::cut(text, &[]) {
            let word = text[token.span].to_lowercase();
            seen.insert(self.hash(Of::Word, &[&word]), COMPANIES);
            seen.insert(self.hash(Of::Usual, &[base(&word)]), PEOPLE);
        }
        seen
    }

    fn hash(&self, of: Of, text: &[&str]) -> DetailHash {
        DetailHash(self.key.hash(of as u8, text))
    }
}

/// All that was found in a text.
#[derive(Default)]
pub(super) struct Found {
    pub(super) marks: Vec<Mark>,
    /// Words and pairs that the text uses, whether or not they are details in it.
    used: Vec<(DetailHash, u8)>,
}

impl Found {
    /// Returns what the text tells whoever reads it.
    pub(super) fn seen(&self) -> Seen {
        let needs = self.marks.iter().flat_map(|mark| mark.needs.iter().flatten());
        // What must be told to more than the usual number stands in `used`, which therefore counts last.
        needs.map(|hash| (*hash, COMPANIES)).chain(self.used.iter().copied()).collect()
    }
}

/// A walk through one text.
struct Scan<'a> {
    finder: &'a Finder<'a>,
    text: &'a str,
    found: Found,
    /// The content words since the last break.
    run: Vec<Content>,
}

impl Scan<'_> {
    fn mark(&mut self, span: Range<usize>, reason: Reason, of: Of, text: &[&str]) {
        let needs = vec![vec![self.finder.hash(of, text)]];
        let (start, end) = (span.start as u32, span.end as u32);
        self.found.marks.push(Mark { start, end, reason, hard: true, needs });
    }

    /// Marks links and addresses and returns where they are, so that their parts are not looked at.
    fn links(&mut self) -> Vec<Range<usize>> {
        let mut apart = Apart::new();
        for (span, link) in links::links(self.text) {
            if apart.add(span.clone(), ()) && !self.finder.own_domains.is_open_link(link) {
                self.mark(span, Reason::Link, Of::Link, &[&links::normal(link)]);
            }
        }
        for (span, email) in links::emails(self.text) {
            if apart.add(span.clone(), ()) {
                self.mark(span, Reason::Email, Of::Link, &[&email.to_lowercase()]);
            }
        }
        apart.spans().map(|(span, ())| span).collect()
    }

    /// Looks at one token by itself, and puts content words into the run.
    fn token(&mut self, token: &Token) {
        let span = token.span.clone();
        let word = self.text[span.clone()].to_lowercase();
        match token.kind {
            Kind::Word => return self.word(&word, token),
            Kind::Compound => return self.compound(&word, token),
            // A lone digit counts steps; it neither hides anything nor parts two words.
            Kind::Number if word.len() == 1 => return,
            Kind::Number => self.mark(span, Reason::Number, Of::Number, &[&word]),
            Kind::Code => self.mark(span, Reason::Code, Of::Code, &[&word]),
            Kind::Dotted if !is_abbreviation(&word) && !self.finder.own_domains.has(&word) => {
                self.mark(span, Reason::Link, Of::Link, &[&links::normal(&word)]);
            }
            Kind::Dotted => {}
        }
        self.end_run();
    }

    fn word(&mut self, word: &str, token: &Token) {
        if word.chars().count() == 1 {
            return self.end_run();
        }
        match self.finder.words.look(word) {
            Looked::Unknown => {
                self.mark(token.span.clone(), Reason::Word, Of::Word, &[word]);
                self.content(word, 0.0, token);
            }
            Looked::Compound(parts) => {
                for (part, usual) in parts {
                    self.content(&part, usual.zipf(), token);
                }
            }
            Looked::Usual(usual) => {
                if self.is_name(usual, token) {
                    self.mark(token.span.clone(), Reason::Name, Of::Word, &[word]);
                }
                if usual.zipf() >= FUNCTION_ZIPF {
                    return self.end_run();
                }
                self.content(word, usual.zipf(), token);
            }
        }
    }

    fn is_name(&self, usual: Usual, token: &Token) -> bool {
        let word_at_begin = token.begins && usual.zipf() >= NAME_OR_WORD_ZIPF;
        let capital = self.text[token.span.clone()].starts_with(char::is_uppercase);
        usual.is_name() && capital && !word_at_begin && usual.zipf() < FUNCTION_ZIPF
    }

    fn compound(&mut self, word: &str, token: &Token) {
        let words = self.finder.words;
        let parts: Vec<&str> = word.split(['-', '_', '‐', '‑']).filter(|part| !part.is_empty()).collect();
        let says_nothing = |part: &&str| {
            let usual = words.usual(part);
            let prefix = part.chars().count() <= 2 && parts.len() == 2 && usual.is_some();
            prefix || usual.is_some_and(|usual| usual.zipf() >= FUNCTION_ZIPF)
        };
        let content: Vec<&&str> = parts.iter().filter(|part| !says_nothing(part)).collect();
        match content.as_slice() {
            // `log-in`, `drag-and-drop` without anything of its own.
            [] if parts.len() <= 3 => self.end_run(),
            // `add-on`, `e-mail`: one content word in disguise.
            [only] if words.usual(only).is_some() => {
                let zipf = words.usual(only).map_or(0.0, Usual::zipf);
                self.content(only, zipf, token);
            }
            _ => {
                self.mark(token.span.clone(), Reason::Compound, Of::Compound, &parts);
                self.end_run();
            }
        }
    }

    fn content(&mut self, word: &str, zipf: f32, token: &Token) {
        let text = base(word).to_owned();
        let usual = self.finder.hash(Of::Usual, &[&text]);
        self.found.used.push((usual, PEOPLE));
        let (span, listed) = (token.span.clone(), token.after_comma);
        let ui = is_ui_word(word, self.finder.language);
        self.run.push(Content { text, span, zipf, usual, ui, listed });
    }

    /// Ends a run of content words: what they are together becomes details.
    fn end_run(&mut self) {
        let (pair, triple) = (
            |two: &[&str]| self.finder.hash(Of::Pair, two),
            |three: &[&str]| self.finder.hash(Of::Triple, three),
        );
        let (marks, pairs) = together(&self.run, pair, triple);
        self.found.marks.extend(marks);
        self.found.used.extend(pairs);
        self.run.clear();
    }
}

/// Reports whether words joined by points are an abbreviation such as `e.g`.
fn is_abbreviation(word: &str) -> bool {
    word.split('.').count() <= 3 && word.split('.').all(|part| part.chars().count() <= 2)
}

#[cfg(test)]
mod tests;
