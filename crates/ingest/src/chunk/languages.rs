//! Which language a text is written in, and where that changes.
//!
//! Only running text counts: code, addresses and pictures have no language, and what quotes says nothing about
//! the text around it. A language is one of the text's own when clear paragraphs of it make up enough; a text
//! with one such language, or none, is one stretch.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::Language;
use domain::language::{detect_among, detect_clearly};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Clear paragraphs of so many letters make their language one of the text's own.
const ENOUGH_LETTERS: usize = 200;
/// So many do where they are at least a fifth of all that is clear.
const ENOUGH_OF_FEW_LETTERS: usize = 100;
/// A quote of so many letters is more than a quotation.
const LONG_QUOTE_LETTERS: usize = 300;

/// A part of a text without a change of language.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) range: Range<usize>,
    /// Its language; absent where the whole text is one stretch.
    pub(super) language: Option<Language>,
}

/// A text with its running words.
pub(super) struct Reading<'a> {
    markdown: &'a str,
    /// Where running text stands, in order.
    prose: Vec<Range<usize>>,
    blocks: Vec<Block>,
}

/// What stands on lines of its own: a paragraph, heading, list, table, quote or code.
struct Block {
    range: Range<usize>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Heading,
    Quote,
    Other,
}

/// A block whose language is clear.
struct Clear {
    block: usize,
    language: Language,
    letters: usize,
}

impl<'a> Reading<'a> {
    pub(super) fn new(markdown: &'a str) -> Self {
        let mut reading = Self { markdown, prose: Vec::new(), blocks: Vec::new() };
        let (mut depth, mut silent) = (0_usize, 0_usize);
        for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(tag) => {
                    if depth == 0 {
                        reading.block(range, &tag);
                    }
                    depth += 1;
                    silent += usize::from(is_silent(&tag.to_end()));
                }
                Event::End(tag) => {
                    depth = depth.saturating_sub(1);
                    silent -= usize::from(is_silent(&tag));
                }
                Event::Text(_) if silent == 0 => reading.prose.push(range),
                _ => {}
            }
        }
        reading
    }

    fn block(&mut self, range: Range<usize>, tag: &Tag<'_>) {
        let kind = match tag {
            Tag::Heading { .. } => Kind::Heading,
            Tag::BlockQuote(_) => Kind::Quote,
            _ => Kind::Other,
        };
        // With what is indented before it.
        let start = self.markdown[..range.start].rfind('\n').map_or(0, |end| end + 1);
        self.blocks.push(Block { range: start..range.end, kind });
    }

    /// Returns the language of a part, where there is no doubt.
    pub(super) fn language(&self, range: Range<usize>) -> Option<Language> {
        detect_clearly(&self.words(range))
    }

    /// Cuts the text where its language changes between two blocks.
    pub(super) fn stretches(&self) -> Vec<Stretch> {
        let clear = self.clear();
        let mut starts: Vec<(usize, Option<Language>)> = vec![(0, clear.first().map(|first| first.language))];
        for pair in clear.windows(2).filter(|pair| pair[0].language != pair[1].language) {
            let start = self.blocks[self.change(&pair[0], &pair[1])].range.start;
            starts.push((start, Some(pair[1].language)));
        }
        if let [only] = starts.as_mut_slice() {
            only.1 = None;
        }
        let ends: Vec<usize> =
            starts.iter().skip(1).map(|(start, _)| *start).chain([self.markdown.len()]).collect();
        let stretches = starts.into_iter().zip(ends);
        stretches.map(|((start, language), end)| Stretch { range: start..end, language }).collect()
    }

    /// Returns the blocks in languages that the text has as its own.
    fn clear(&self) -> Vec<Clear> {
        if self.blocks.len() < 2 {
            return Vec::new();
        }
        let mut clear = Vec::new();
        for (block, Block { range, kind }) in self.blocks.iter().enumerate() {
            if *kind == Kind::Heading {
                continue;
            }
            let words = self.words(range.clone());
            let letters = words.chars().filter(|character| character.is_alphabetic()).count();
            let is_quote = is_quoted(&words) || *kind == Kind::Quote;
            if is_quote && letters < LONG_QUOTE_LETTERS {
                continue;
            }
            clear.extend(detect_clearly(&words).map(|language| Clear { block, language, letters }));
        }
        let mut letters: BTreeMap<Language, usize> = BTreeMap::new();
        for one in &clear {
            *letters.entry(one.language).or_default() += one.letters;
        }
        let all: usize = letters.values().sum();
        clear.retain(|one| {
            let own = letters[&one.language];
            own >= ENOUGH_LETTERS || (own >= ENOUGH_OF_FEW_LETTERS && own * 5 >= all)
        });
        clear
    }

    /// Returns the block with which the second language begins: what is unclear between two clear blocks goes
    /// where it fits best, and otherwise with what stands before it, save that a heading goes with its text.
    fn change(&self, before: &Clear, after: &Clear) -> usize {
        let languages = [before.language, after.language];
        let between: Vec<Option<Language>> = self.blocks[before.block + 1..after.block]
            .iter()
            .map(|block| detect_among(&self.words(block.range.clone()), &languages))
            .collect();
        let is_heading = |block: usize| self.blocks[block].kind == Kind::Heading;
        let fits = |first: usize| {
            let (ahead, behind) = between.split_at(first - before.block - 1);
            ahead.iter().filter(|language| **language == Some(before.language)).count()
                + behind.iter().filter(|language| **language == Some(after.language)).count()
        };
        let begins = (before.block + 1..=after.block).filter(|first| !is_heading(first - 1));
        begins.max_by_key(|first| (fits(*first), is_heading(*first), *first)).unwrap_or(after.block)
    }

    /// Returns the running text of a part, without addresses.
    fn words(&self, range: Range<usize>) -> String {
        let first = self.prose.partition_point(|piece| piece.end <= range.start);
        let mut text = String::new();
        let mut last = range.start;
        for piece in self.prose[first..].iter().take_while(|piece| piece.start < range.end) {
            let (start, end) = (piece.start.max(range.start), piece.end.min(range.end));
            let between = self.markdown.get(last..start).unwrap_or_default();
            // A backslash alone keeps a mark from being one and parts no word.
            if !matches!(between, "" | "\\") {
                text.push(' ');
            }
            text.push_str(self.markdown.get(start..end).unwrap_or_default());
            last = end;
        }
        let is_address = |word: &str| word.contains("://") || word.contains('@') || word.contains('_');
        text.split_whitespace().filter(|word| !is_address(word)).collect::<Vec<_>>().join(" ")
    }
}

/// Reports whether what stands inside is no running text.
fn is_silent(tag: &TagEnd) -> bool {
    matches!(tag, TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::Image)
}

/// Reports whether a paragraph is a quotation from its first letter to its last.
fn is_quoted(words: &str) -> bool {
    let ends = words.trim_end_matches(|last: char| ".,:;!?…".contains(last));
    words.starts_with(['"', '„', '“', '”', '«', '»', '‘', '‚', '\''])
        && ends.ends_with(['"', '“', '”', '»', '«', '’', '‘', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "Charge the battery every night and look at the light on its side before you ride. It is green when the battery is full, and red when it has to be charged.";
    const GERMAN: &str = "Laden Sie den Akku jede Nacht und sehen Sie vor der Fahrt auf das Licht an der Seite. Es ist grün, wenn der Akku voll ist, und rot, wenn er geladen werden muss.";

    /// Returns the stretches of a text as language and text.
    fn parts(markdown: &str) -> Vec<(String, &str)> {
        let stretches = Reading::new(markdown).stretches();
        assert_eq!(stretches.iter().map(|one| &markdown[one.range.clone()]).collect::<String>(), markdown);
        stretches
            .into_iter()
            .map(|one| {
                let code = one.language.map_or_else(String::new, |language| language.code().to_owned());
                (code, markdown[one.range].trim())
            })
            .collect()
    }

    #[test]
    fn a_text_is_cut_where_its_language_changes() {
        let text = format!(
            "# Manual\n\n{ENGLISH}\n\n{ENGLISH}\n\n# Anleitung\n\n## Laden\n\n{GERMAN}\n\n- 12\n- 14\n\n{ENGLISH}"
        );
        let parts = parts(&text);
        let codes: Vec<&str> = parts.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(codes, ["en", "de", "en"], "{parts:?}");
        assert!(
            parts[1].1.starts_with("# Anleitung\n\n## Laden") && parts[1].1.ends_with("- 14"),
            "{parts:?}"
        );
    }

    #[test]
    fn what_is_unclear_goes_where_it_fits() {
        let text = format!(
            "{ENGLISH}\n\nThe lock is shut with the key.\n\nDas Schloss schließt man mit dem Schlüssel.\n\n{GERMAN}"
        );
        assert!(parts(&text)[1].1.starts_with("Das Schloss"), "{:?}", parts(&text));
        let code = "```\nlet battery = the.light(on);\n```";
        let text = format!("{ENGLISH}\n\n{code}\n\n{GERMAN}");
        assert!(parts(&text)[0].1.ends_with(code), "code goes with what stands before it");
    }

    #[test]
    fn a_quotation_a_word_or_a_table_changes_nothing() {
        for foreign in [
            "> Laden Sie den Akku jede Nacht und sehen Sie vor der Fahrt auf das Licht an der Seite."
                .to_owned(),
            format!("„{GERMAN}“"),
            "Fehler: Das Gerät konnte nicht gestartet werden, weil der Akku leer ist.".to_owned(),
            "Kindergarten".to_owned(),
            "| Akku | 12 |\n|---|---|\n| Licht | 14 |".to_owned(),
            "- Anna von Berg\n- Bernd van Dyk\n- Charles de Laval\n- Dora von der Heide\n- Emil zu Lippe"
                .to_owned(),
            format!("```\n{GERMAN}\n{GERMAN}\n```"),
            format!("![{GERMAN}](x.png)"),
        ] {
            let text = format!("{ENGLISH}\n\n{foreign}\n\n{ENGLISH}");
            assert_eq!(parts(&text).len(), 1, "{foreign}");
        }
    }

    #[test]
    fn a_part_has_the_language_of_its_running_text() {
        let text = format!(
            "{GERMAN}\n\n```\n{ENGLISH}\n```\n\nsiehe https://www.example.com/this-is-the-manual-of-the-battery-and-the-light"
        );
        let reading = Reading::new(&text);
        assert_eq!(reading.language(0..text.len()), Some(Language::GERMAN));
        assert_eq!(reading.language(GERMAN.len() + 6..text.len()), None, "code alone has no language");
        assert_eq!(reading.language(0..60), None, "too short");
    }
}
