//! Texts that people wrote, cut at paragraphs.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use domain::{Audience, Chunk, Kind, Language};
use flate2::read::GzDecoder;
use serde_json::Value;

use super::support::{chunk, query};
use crate::Query;

/// An article or a section of a manual.
pub(crate) struct Text {
    key: String,
    title: String,
    body: String,
    language: Language,
}

/// Returns the articles of the sample workspace.
pub(crate) fn sample() -> Vec<Text> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/sample/articles");
    let mut articles = Vec::new();
    for (folder, language) in [("en", Language::ENGLISH), ("de", Language::GERMAN)] {
        let files = fs::read_dir(root.join(folder)).unwrap();
        let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let body = fs::read_to_string(&path).unwrap();
            let title = body.lines().find_map(|line| line.strip_prefix("title:")).unwrap_or_default();
            let (key, title) = (path.display().to_string(), title.trim().to_owned());
            articles.push(Text { key, title, body, language });
        }
    }
    articles
}

/// Returns sections of manuals with what people asked about them, where they are.
pub(crate) fn manuals() -> Option<(Vec<Text>, Vec<Query>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/device-manuals");
    let mut sections = String::new();
    GzDecoder::new(fs::File::open(folder.join("sections.jsonl.gz")).ok()?)
        .read_to_string(&mut sections)
        .unwrap();
    let questions = fs::read_to_string(folder.join("questions.jsonl")).unwrap();
    let rows = |lines: &str| -> Vec<Value> {
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let of = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let section = |row: &Value| Text {
        key: of(row, "section_id"),
        title: of(row, "title"),
        body: of(row, "text"),
        language: Language::ENGLISH,
    };
    let ask = |row: &Value| Query { limit: 50, ..query(&of(row, "question")) };
    Some((rows(&sections).iter().map(section).collect(), rows(&questions).iter().map(ask).collect()))
}

/// Returns the titles as questions.
pub(crate) fn titles(texts: &[Text]) -> Vec<Query> {
    texts.iter().map(|text| Query { language: text.language, limit: 50, ..query(&text.title) }).collect()
}

/// Cuts texts at their paragraphs; every fifth text is for agents alone, every third a learned answer.
pub(crate) fn chunks(texts: &[Text]) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let paragraphs = text.body.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
        chunks.extend(paragraphs.enumerate().map(|(position, paragraph)| Chunk {
            kind: if n % 3 == 0 { Kind::LearnedAnswer } else { Kind::Article },
            audience: if n % 5 == 0 { Audience::Internal } else { Audience::Public },
            language: text.language,
            ..chunk(&format!("{} {position}", text.key), &format!("{}\n{paragraph}", text.title))
        }));
    }
    chunks
}
