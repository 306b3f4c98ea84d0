//! Sentences and list items of a Markdown text that may be quoted.

use unicode_segmentation::UnicodeSegmentation;

/// A sentence or list item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The text; list items keep their mark (`- ` or `1. `).
    pub text: String,
    /// Whether it is a list item: these are quoted in a run.
    pub is_item: bool,
    /// Number of the paragraph or list it stands in.
    pub block: usize,
}

impl Sentence {
    /// Returns it without the salutation at its beginning.
    #[must_use]
    pub fn without_salutation(self) -> Self {
        Self { text: domain::message::without_salutation(&self.text).to_owned(), ..self }
    }

    /// Reports whether it is one of several steps, which make sense in their order only.
    #[must_use]
    pub fn is_step(&self) -> bool {
        self.step().is_some()
    }

    /// Returns the number of the step that it is.
    #[must_use]
    pub fn step(&self) -> Option<u16> {
        let end = self.text.find(|c: char| !c.is_ascii_digit())?;
        self.text[..end].parse().ok().filter(|_| self.is_item)
    }
}

/// A longer "sentence" is a table or a log and is not quoted.
const LONGEST_CHARS: usize = 500;

#[derive(Default)]
struct Splitter {
    sentences: Vec<Sentence>,
    paragraph: String,
    block: usize,
}

impl Splitter {
    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        for sentence in join_abbreviations(&paragraph) {
            self.push(&sentence, false);
        }
    }

    fn push(&mut self, text: &str, is_item: bool) {
        let text = text.trim();
        if text.chars().any(char::is_alphanumeric) && text.chars().count() <= LONGEST_CHARS {
            self.sentences.push(Sentence { text: text.to_owned(), is_item, block: self.block });
        }
    }
}

/// Splits `markdown` into sentences, in order. Headings, code fences, quotes and tables are left out.
#[must_use]
pub fn split(markdown: &str) -> Vec<Sentence> {
    let mut splitter = Splitter::default();
    let mut fenced = false;
    for line in markdown.lines() {
        let line = line.trim();
        let is_fence = line.starts_with("```") || line.starts_with("~~~");
        fenced ^= is_fence;
        if line.is_empty() || fenced || is_fence || line.starts_with(['#', '|', '>']) {
            splitter.end_paragraph();
            splitter.block += 1;
        } else if is_list_item(line) {
            splitter.end_paragraph();
            splitter.push(line, true);
        } else {
            if !splitter.paragraph.is_empty() {
                splitter.paragraph.push(' ');
            }
            splitter.paragraph.push_str(line);
        }
    }
    splitter.end_paragraph();
    splitter.sentences
}

fn is_list_item(line: &str) -> bool {
    let digits = line.len() - line.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let after = &line[digits..];
    let numbered = (1..=3).contains(&digits) && (after.starts_with(". ") || after.starts_with(") "));
    numbered || line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ")
}

/// Splits into sentences and joins what was cut behind an abbreviation ("e.g.", "z. B.", "Dr.").
fn join_abbreviations(paragraph: &str) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    for part in paragraph.unicode_sentences() {
        match sentences.last_mut() {
            Some(last) if ends_in_abbreviation(last) => last.push_str(part),
            _ => sentences.push(part.to_owned()),
        }
    }
    sentences
}

fn ends_in_abbreviation(sentence: &str) -> bool {
    const KNOWN: [&str; 22] = [
        "e.g.", "i.e.", "etc.", "vs.", "no.", "dr.", "mr.", "mrs.", "ms.", "st.", "approx.", "incl.", "z.b.",
        "b.", "bzw.", "ca.", "ggf.", "nr.", "inkl.", "usw.", "evtl.", "d.h.",
    ];
    let last = sentence.split_whitespace().last().unwrap_or_default().to_lowercase();
    KNOWN.contains(&last.trim_start_matches('('))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(markdown: &str) -> Vec<String> {
        split(markdown).into_iter().map(|sentence| sentence.text).collect()
    }

    #[test]
    fn splits_paragraphs_and_lists() {
        let text = "# Reset\n\nHold the button, e.g. with a pen. It blinks\ntwice.\n\n1. Open the app.\n2. Tap Reset.\n- Or call us.\n";
        assert_eq!(
            texts(text),
            [
                "Hold the button, e.g. with a pen.",
                "It blinks twice.",
                "1. Open the app.",
                "2. Tap Reset.",
                "- Or call us."
            ]
        );
        assert!(split(text)[2].is_item);
    }

    #[test]
    fn leaves_out_code_tables_and_quotes() {
        assert!(texts("```\nrm -rf\n```\n| a | b |\n> said before\n").is_empty());
    }
}
