//! Measures how languages are told apart and where mixed documents are cut, on texts whose language is known.
//!
//! `cargo run -p ingest --example language_measure -- DATA` reads `passages-de-en`, `health-faq-multilingual`,
//! `bank-helpcentre`, `device-manuals` and `mail-support-threads` below a folder and prints JSON: how often the
//! language of a text is right, clear or not; how often a document made of a German and an English text is cut
//! exactly as the two are cut alone; and how many texts in one language are cut although nothing changes.
#![expect(clippy::print_stdout, reason = "the report is the output of this example")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use domain::Language;
use domain::language::detect;
use flate2::read::GzDecoder;
use ingest::chunk::{Piece, Size, cut};
use serde_json::{Value, json};

/// The usual size of a piece.
const SIZE: Size = Size { tokens: 120, overlap: 30 };
/// So many posts of each language are looked at.
const MOST_POSTS: usize = 500;
/// No text is too long for this.
const WHOLE: Size = Size { tokens: 1 << 20, overlap: 0 };

fn rows(data: &Path, name: &str) -> Vec<Value> {
    let file = File::open(data.join(name)).expect("the data set is there");
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("JSON")).collect()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default().trim()
}

/// How often a language was right, wrong or not clear, and what it fell back to then.
#[derive(Default)]
struct Told {
    right: u32,
    wrong: u32,
    unclear: u32,
    right_with_document: u32,
}

impl Told {
    fn count(&mut self, pieces: &[Piece], document: Language, truth: Language) {
        for piece in pieces {
            match piece.language {
                Some(language) if language == truth => self.right += 1,
                Some(_) => self.wrong += 1,
                None => self.unclear += 1,
            }
            self.right_with_document += u32::from(piece.language.unwrap_or(document) == truth);
        }
    }

    fn shown(&self) -> Value {
        let all = self.right + self.wrong + self.unclear;
        json!({ "pieces": all, "right": self.right, "wrong": self.wrong, "unclear": self.unclear,
            "right with the document's": self.right_with_document })
    }
}

/// How often a text of two languages is cut as its parts are cut alone.
#[derive(Default)]
struct Mixed {
    documents: u32,
    as_alone: u32,
    /// Cut at every change and nowhere else where nothing is too long for one piece.
    at_the_change: u32,
    /// A piece of usual size goes on over a change.
    mixing: u32,
}

impl Mixed {
    fn count(&mut self, parts: &[&str]) {
        let texts = |markdown: &str, size: Size| -> Vec<String> {
            cut(markdown, None, size).into_iter().map(|piece| piece.text).collect()
        };
        let whole = parts.join("\n\n");
        let usual = texts(&whole, SIZE);
        let alone: Vec<String> = parts.iter().flat_map(|part| texts(part, SIZE)).collect();
        let goes_on = |pair: &[&str]| {
            let (end, begin) = (pair[0].chars().rev().take(12), pair[1].chars().take(12));
            let over: String =
                end.collect::<Vec<_>>().into_iter().rev().chain("\n\n".chars()).chain(begin).collect();
            usual.iter().any(|text| text.contains(&over))
        };
        self.documents += 1;
        self.as_alone += u32::from(alone == usual);
        self.at_the_change += u32::from(texts(&whole, WHOLE) == parts);
        self.mixing += u32::from(parts.windows(2).any(goes_on));
    }

    fn shown(&self) -> Value {
        json!({ "documents": self.documents, "usual pieces are those of the parts alone": self.as_alone,
            "cut for the language at every change and nowhere else": self.at_the_change,
            "with a usual piece that goes on over a change": self.mixing })
    }
}

/// Returns how many texts in one language there are, and how many are cut all the same.
fn cut_in_vain<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    let (mut all, mut vain) = (0, 0);
    for text in texts {
        all += 1;
        vain += u32::from(cut(text, None, WHOLE).len() > 1);
    }
    json!({ "texts": all, "cut in vain": vain })
}

fn main() {
    let data = std::env::args().nth(1).expect("the folder of the data sets");
    let data = Path::new(&data);
    let passages = rows(data, "passages-de-en/passages.jsonl.gz");
    let faq = rows(data, "health-faq-multilingual/faq.jsonl.gz");

    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    for (name, code) in [("text_de", "de"), ("text_en", "en")] {
        for passage in &passages {
            let (text, truth) = (text(passage, name), Language::from_tag(code));
            told.entry(format!("passages {code}")).or_default().count(
                &cut(text, None, WHOLE),
                detect(text),
                truth,
            );
            told.entry(format!("passages {code}, usual pieces")).or_default().count(
                &cut(text, None, SIZE),
                detect(text),
                truth,
            );
        }
    }
    for entry in &faq {
        let (code, document) =
            (text(entry, "language"), format!("{} {}", text(entry, "question"), text(entry, "answer")));
        let pieces = cut(text(entry, "answer"), None, SIZE);
        told.entry(format!("FAQ answers {code}, usual pieces")).or_default().count(
            &pieces,
            detect(&document),
            Language::from_tag(code),
        );
    }

    let mut mixed: BTreeMap<&str, Mixed> = BTreeMap::new();
    for (place, passage) in passages.iter().enumerate() {
        let next = &passages[(place + 1) % passages.len()];
        let (german, english) = (text(passage, "text_de"), text(next, "text_en"));
        mixed.entry("passages de, en").or_default().count(&[german, english]);
        mixed.entry("passages en, de").or_default().count(&[english, german]);
        mixed.entry("passages de, en, de").or_default().count(&[german, english, text(next, "text_de")]);
    }
    let entries = |code: &str| -> Vec<String> {
        let of_it = faq.iter().filter(|entry| text(entry, "language") == code);
        of_it.map(|entry| format!("## {}\n\n{}", text(entry, "question"), text(entry, "answer"))).collect()
    };
    let (german, english) = (entries("de"), entries("en"));
    for (one, other) in german.iter().zip(&english) {
        mixed.entry("FAQ entries de, en").or_default().count(&[one, other]);
        mixed.entry("FAQ entries en, de").or_default().count(&[other, one]);
    }

    let five =
        |entries: &[String]| -> Vec<String> { entries.chunks(5).map(|some| some.join("\n\n")).collect() };
    let mut vain: BTreeMap<String, Value> = BTreeMap::new();
    for code in ["de", "en", "pl", "it", "sv"] {
        let together = five(&entries(code));
        vain.insert(format!("five FAQ entries {code}"), cut_in_vain(together.iter().map(String::as_str)));
    }
    for name in ["text_de", "text_en"] {
        let all: Vec<String> = passages.iter().map(|passage| text(passage, name).to_owned()).collect();
        let together = five(&all);
        vain.insert(format!("five passages {name}"), cut_in_vain(together.iter().map(String::as_str)));
    }
    for (name, file, field) in [
        ("bank articles", "bank-helpcentre/articles.jsonl.gz", "body"),
        ("manual sections", "device-manuals/sections.jsonl.gz", "text"),
    ] {
        let rows = rows(data, file);
        vain.insert(name.to_owned(), cut_in_vain(rows.iter().map(|row| text(row, field))));
    }
    let threads = rows(data, "mail-support-threads/threads.jsonl.gz");
    let mut posts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for thread in threads.iter().filter(|thread| thread["in_random_sample"] == true) {
        let turns = thread["turns"].as_array().into_iter().flatten();
        posts.entry(text(thread, "language")).or_default().extend(turns.map(|turn| text(turn, "text")));
    }
    for (code, posts) in posts {
        vain.insert(format!("mail posts {code}"), cut_in_vain(posts.into_iter().take(MOST_POSTS)));
    }

    let told: BTreeMap<&String, Value> = told.iter().map(|(name, told)| (name, told.shown())).collect();
    let mixed: BTreeMap<&&str, Value> = mixed.iter().map(|(name, mixed)| (name, mixed.shown())).collect();
    let report = json!({ "languages": told, "mixed documents": mixed, "documents in one language": vain });
    println!("{report:#}");
}
