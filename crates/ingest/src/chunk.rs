//! Cuts Markdown into pieces that an embedding model can take whole.
//!
//! Sizes are counted in `cl100k` tokens: no model of ours uses exactly these, but they are close to all of
//! them in every language. Cutting prefers headings, then paragraphs, then sentences, and no piece goes on where
//! the language changes between paragraphs. Every piece knows the headings above it.

mod headings;
mod languages;

use domain::{Language, Place};
use text_splitter::{ChunkConfig, ChunkSizer, MarkdownSplitter};
use tiktoken_rs::{CoreBPE, cl100k_base_singleton};

use headings::{Heading, Path};
use languages::{Reading, Stretch};

/// How large pieces are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Most tokens in a piece.
    pub tokens: usize,
    /// Tokens that a piece shares with the one before it.
    pub overlap: usize,
}

/// A piece of a text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// The headings above it.
    pub place: Place,
    /// Its language, where there is no doubt; otherwise it has that of its document.
    pub language: Option<Language>,
}

/// Raised with every change of how texts are cut, so that nothing kept from an older program is taken for new.
pub const REVISION: u32 = 4;

/// Cut first at this many bytes, so that memory stays bounded for texts of any size.
const SECTION_BYTES: usize = 64 * 1024;
/// Headings of at most so many bytes wait for the text below them.
const WAITING_BYTES: usize = 600;
/// A run without white space longer than this is counted by length: the tokenizer is quadratic in it.
const LONG_RUN: usize = 256;

struct Tokens(&'static CoreBPE);

impl ChunkSizer for Tokens {
    fn size(&self, chunk: &str) -> usize {
        if chunk.len() > LONG_RUN && chunk.split_whitespace().any(|word| word.len() > LONG_RUN) {
            return chunk.split_whitespace().map(|word| self.word(word)).sum();
        }
        self.0.count_ordinary(chunk)
    }
}

impl Tokens {
    fn word(&self, word: &str) -> usize {
        if word.len() > LONG_RUN { word.len().div_ceil(3) } else { self.0.count_ordinary(word) }
    }
}

/// Cuts the `markdown` of the document at `url` into pieces of at most `size.tokens` tokens, in order. Blank text
/// gives no piece. Headings that link to their own place at `url` are cut as if they were written without.
///
/// # Panics
/// Never: the overlap is held below the size.
#[must_use]
pub fn cut(markdown: &str, url: Option<&str>, size: Size) -> Vec<Piece> {
    let (markdown, headings) = headings::read(markdown, url);
    let reading = Reading::new(&markdown);
    cut_at(&markdown, headings, size, &reading, &reading.stretches())
}

/// Returns the language of a text as a whole, where there is no doubt.
pub(crate) fn language(markdown: &str) -> Option<Language> {
    Reading::new(markdown).language(0..markdown.len())
}

/// Cuts each stretch of a text for itself.
fn cut_at(
    markdown: &str,
    headings: Vec<Heading>,
    size: Size,
    reading: &Reading<'_>,
    stretches: &[Stretch],
) -> Vec<Piece> {
    let tokens = size.tokens.max(16);
    let config = ChunkConfig::new(tokens)
        .with_sizer(Tokens(cl100k_base_singleton()))
        .with_overlap(size.overlap.min(tokens / 2))
        .expect("the overlap is at most half the size");
    let splitter = MarkdownSplitter::new(config);
    let mut path = Path::new(headings);
    let mut pieces: Vec<Piece> = Vec::new();
    // A heading that was cut off from its text says nothing alone and goes before it.
    let mut waiting = String::new();
    let whole = stretches.iter().flat_map(|stretch| {
        let begin = stretch.range.start;
        let parts = sections(&markdown[stretch.range.clone()]);
        parts.into_iter().map(move |(start, section)| (begin + start, section, stretch.language))
    });
    for (start, section, language) in whole {
        for (offset, text) in splitter.chunk_indices(section) {
            let body = text.trim();
            let range = start + offset..start + offset + text.len();
            if is_headings(body) && waiting.len() + body.len() <= WAITING_BYTES {
                waiting.push_str(body);
                waiting.push_str("\n\n");
            } else if !body.is_empty() {
                let place = path.at(range.start, range.end);
                let language = reading.language(range).or(language);
                pieces.push(Piece { text: std::mem::take(&mut waiting) + body, place, language });
            }
        }
    }
    if !waiting.is_empty() {
        let place = path.at(markdown.len(), markdown.len());
        pieces.push(Piece { text: waiting.trim_end().to_owned(), place, language: None });
    }
    pieces
}

/// Reports whether a text is nothing but headings, with at least one.
fn is_headings(text: &str) -> bool {
    !text.is_empty() && text.lines().all(|line| line.trim().is_empty() || line.starts_with('#'))
}

/// Splits at blank lines (else lines, else characters) into sections of at most about [`SECTION_BYTES`].
fn sections(text: &str) -> Vec<(usize, &str)> {
    let mut sections = Vec::new();
    let mut start = 0;
    while text.len() - start > SECTION_BYTES {
        let mut end = start + SECTION_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let window = &text[start..end];
        let cut = ["\n\n", "\n", " "].iter().find_map(|mark| {
            window.rfind(mark).filter(|at| *at > SECTION_BYTES / 2).map(|at| at + mark.len())
        });
        let end = cut.map_or(end, |cut| start + cut);
        sections.push((start, &text[start..end]));
        start = end;
    }
    sections.push((start, &text[start..]));
    sections
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SMALL: Size = Size { tokens: 40, overlap: 0 };

    #[test]
    fn a_piece_knows_its_headings() {
        let text =
            format!("# Manual\n\nIntro.\n\n## Battery & care\n\n{}", "Charge it every night. ".repeat(20));
        let pieces = cut(&text, None, SMALL);
        assert!(pieces.len() > 2);
        assert_eq!(pieces[0].place.heading_path, ["Manual"]);
        let last = &pieces[pieces.len() - 1].place;
        assert_eq!(last.heading_path, ["Manual", "Battery & care"]);
        assert_eq!(last.anchor.as_deref(), Some("battery-care"));
    }

    #[test]
    fn a_heading_stays_with_what_follows_it() {
        let item =
            "- Charge the battery every night and look at the light on its side before you ride.\n".repeat(3);
        let pieces =
            cut(&format!("# Manual\n\nIntro.\n\n## What it means\n\n{item}\n## Empty end\n"), None, SMALL);
        let begins = |start: &str| pieces.iter().filter(|piece| piece.text.starts_with(start)).count();
        assert_eq!(begins("## What it means\n\n- Charge"), 1, "{pieces:?}");
        assert_eq!(begins("## What it means"), 1, "{pieces:?}");
        // Words are never dropped, even those of a heading with nothing below it.
        assert!(pieces.iter().any(|piece| piece.text.contains("## Empty end")), "{pieces:?}");
        let alone = cut("# Only\n\n## Headings", None, SMALL);
        assert_eq!(alone.len(), 1, "{alone:?}");
        assert!(alone[0].text.contains("# Only") && alone[0].text.contains("## Headings"), "{alone:?}");
    }

    #[test]
    fn headings_of_other_levels_close_those_below() {
        let text =
            format!("# A\n\n## B\n\n{0}\n\n# C\n\n{0}\n\n### D\n\n{0}", "One two three four. ".repeat(30));
        let paths: Vec<String> =
            cut(&text, None, SMALL).into_iter().map(|piece| piece.place.heading_path.join(" > ")).collect();
        let mut seen = paths.clone();
        seen.dedup();
        assert!(seen.ends_with(&["A > B".to_owned(), "C".to_owned(), "C > D".to_owned()]), "{paths:?}");
    }

    #[test]
    fn an_endless_heading_is_shortened_above_and_whole_where_it_stands() {
        let words: Vec<String> = (0..3_000).map(|number| format!("w{number}")).collect();
        let pieces = cut(&format!("# {}\n\nText.", words.join(" ")), None, SMALL);
        assert!(pieces.iter().flat_map(|piece| &piece.place.heading_path).all(|heading| heading.len() < 210));
        let held: Vec<&str> = pieces.iter().flat_map(|piece| piece.text.split_whitespace()).collect();
        assert!(words.iter().all(|word| held.contains(&word.as_str())));
    }

    #[test]
    fn blank_text_gives_nothing() {
        assert!(cut(" \n\n ", None, SMALL).is_empty());
    }

    #[test]
    fn one_endless_word_is_cut() {
        let pieces = cut(&"x".repeat(200_000), None, Size { tokens: 200, overlap: 20 });
        assert!(pieces.len() > 100);
    }

    const ENGLISH: &str = "Charge the battery every night and look at the light on its side before you ride. It is green when the battery is full, and red when it has to be charged.";
    const GERMAN: &str = "Laden Sie den Akku jede Nacht und sehen Sie vor der Fahrt auf das Licht an der Seite. Es ist grün, wenn der Akku voll ist, und rot, wenn er geladen werden muss.";

    #[test]
    fn no_piece_goes_on_in_another_language() {
        let text = format!("# Bike\n\n{ENGLISH}\n\n## Laden\n\n{GERMAN}\n\nNr. 12\n");
        let pieces = cut(&text, None, Size { tokens: 500, overlap: 30 });
        let held: Vec<(&str, Option<Language>)> =
            pieces.iter().map(|piece| (piece.text.as_str(), piece.language)).collect();
        let (english, german) = (format!("# Bike\n\n{ENGLISH}"), format!("## Laden\n\n{GERMAN}\n\nNr. 12"));
        let expected =
            [(english.as_str(), Some(Language::ENGLISH)), (german.as_str(), Some(Language::GERMAN))];
        assert_eq!(held, expected);
        assert_eq!(pieces[1].place.heading_path, ["Bike", "Laden"]);
        // What says nothing itself has the language of what it stands in.
        let small = cut(&text, None, SMALL);
        assert_eq!(small.last().unwrap().language, Some(Language::GERMAN), "{small:?}");
    }

    const DOC: &str = "https://docs.example/document/d/1a/edit";

    #[test]
    fn headings_that_link_into_the_document_change_nothing_but_the_place() {
        let write = |one: &str, two: &str, three: &str| {
            format!("# {one}\n\nIntro.\n\n## {two}\n\n{ENGLISH}\n\n## {three}\n\n{GERMAN}")
        };
        let linked = write(
            &format!("[Bike & care]({DOC}?tab=t.0#heading=h.1)"),
            &format!("[Charging]({DOC}?tab=t.0#heading=h.2)"),
            "[Laden](https://evil.example/document/d/1a/edit#heading=h.3)",
        );
        let plain =
            write("Bike & care", "Charging", "[Laden](https://evil.example/document/d/1a/edit#heading=h.3)");
        let (with, without) = (cut(&linked, Some(DOC), SMALL), cut(&plain, Some(DOC), SMALL));
        let told = |pieces: &[Piece]| -> Vec<(String, Vec<String>, Option<Language>)> {
            let told = |piece: &Piece| (piece.text.clone(), piece.place.heading_path.clone(), piece.language);
            pieces.iter().map(told).collect()
        };
        assert_eq!(told(&with), told(&without));
        let addresses: Vec<String> = with.iter().map(|piece| piece.place.address(DOC)).collect();
        let at = |place: &str| format!("{DOC}{place}");
        assert_eq!(addresses.first(), Some(&at("?tab=t.0#heading=h.1")));
        assert!(addresses.contains(&at("?tab=t.0#heading=h.2")), "{addresses:?}");
        // A heading that leads elsewhere leads a citation nowhere.
        assert_eq!(addresses.last().map(String::as_str), Some(DOC));
        assert_eq!(with.last().unwrap().place.anchor.as_deref(), Some("laden"));
        assert!(without.iter().all(|piece| piece.place.own_anchor().is_none()), "{without:?}");
    }

    /// Blocks of one language, and blocks of none.
    fn one_language(prose: &'static str) -> impl Strategy<Value = String> {
        let sentences: Vec<&str> = prose.split_inclusive(". ").collect();
        let running =
            prop::collection::vec(prop::sample::select(sentences), 1..6).prop_map(|all| all.concat());
        let block = prop_oneof![
            4 => running.clone(),
            1 => running.prop_map(|text| format!("- {text}\n- 12 kg\n- {text}")),
            1 => "[A-Z][a-z]{2,8}".prop_map(|title| format!("## {title}")),
            1 => "[a-z_]{1,9}".prop_map(|name| format!("```\nlet {name} = is.the({name}) and not({name});\n```")),
            1 => prop::collection::vec("[A-Z][a-z]{2,9} (van|von|de) [A-Z][a-z]{2,9}", 1..9).prop_map(|names| names.join(", ")),
            1 => prop::collection::vec(0..9_999_u32, 2..9).prop_map(|row| {
                let row: Vec<String> = row.iter().map(u32::to_string).collect();
                format!("| a | b |\n|---|---|\n| {} | 12 |", row.join(" "))
            }),
            1 => prop::sample::select(vec!["> Le courage, c'est de chercher la vérité et de la dire.", "Kindergarten", "https://example.com/the-way-is-not-the-aim"]).prop_map(str::to_owned),
        ];
        prop::collection::vec(block, 0..14).prop_map(|blocks| blocks.join("\n\n"))
    }

    fn in_any_language() -> impl Strategy<Value = String> {
        let part = prop_oneof![one_language(ENGLISH), one_language(GERMAN), "[ -~äöü\n]{0,200}"];
        prop::collection::vec(part, 0..5).prop_map(|parts| parts.join("\n\n"))
    }

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    proptest! {
        #[test]
        fn a_text_in_one_language_is_cut_as_if_languages_were_not_looked_at(
            text in prop_oneof![one_language(ENGLISH), one_language(GERMAN)],
            tokens in 16..200_usize,
        ) {
            let size = Size { tokens, overlap: tokens / 4 };
            let whole = [Stretch { range: 0..text.len(), language: None }];
            prop_assert_eq!(cut(&text, None, size), cut_at(&text, headings::read(&text, None).1, size, &Reading::new(&text), &whole));
        }

        #[test]
        fn whatever_the_languages_nothing_is_lost_moved_or_too_large(text in in_any_language(), tokens in 16..200_usize) {
            let pieces = cut(&text, None, Size { tokens, overlap: 0 });
            let back: Vec<&str> = pieces.iter().flat_map(|piece| words(&piece.text)).collect();
            // A piece may end inside of a word, so the letters are compared.
            prop_assert_eq!(back.concat(), words(&text).concat());
            for piece in &pieces {
                let lines: Vec<&str> = piece.text.lines().skip_while(|line| line.is_empty() || line.starts_with('#')).collect();
                let body = lines.join("\n");
                prop_assert!(Tokens(cl100k_base_singleton()).size(body.trim()) <= tokens, "{}", piece.text);
            }
            prop_assert_eq!(cut(&text, None, Size { tokens, overlap: 0 }), pieces);
        }

        #[test]
        fn no_word_is_lost(words in prop::collection::vec("[a-zäöü]{1,12}", 0..400)) {
            let text = words.join(" ");
            let pieces = cut(&text, None, SMALL);
            let back: Vec<&str> = pieces.iter().flat_map(|piece| piece.text.split_whitespace()).collect();
            prop_assert_eq!(back, words.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
