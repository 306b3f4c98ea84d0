//! Measures the extractive drafter alone: how much of a reference answer it quotes when it is given the section that
//! holds the answer.
//!
//! ```text
//! cargo run --release -p responder --example draft_measure -- SECTIONS.jsonl.gz QUESTIONS.jsonl
//! ```
//!
//! SECTIONS has `{section_id, title, text}`, QUESTIONS `{question, answer, gold_sections}`. Prints precision, recall
//! and F1 over words, averaged over questions, and the mean length of a draft in words.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::Path;

use domain::document::Place;
use domain::evidence::Found;
use domain::{
    Applicability, Audience, Chunk, ChunkId, DocumentId, Evidence, Kind, Language, Question, SourceId,
    TenantId, Timestamp, VersionId, Why,
};
use responder::{Voice, extract};
use serde_json::Value;

type Anything = Box<dyn std::error::Error>;

fn rows(path: &Path) -> Result<Vec<Value>, Anything> {
    let bytes = std::fs::read(path)?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8(bytes)?;
    }
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn found(id: &str, body: &str) -> Found {
    let source = SourceId::derive(TenantId::derive("measure"), "measure", "measure");
    let document = DocumentId::derive(source, "article", id);
    let version = VersionId::derive(document, b"1");
    let chunk = Chunk {
        id: ChunkId::derive(version, 0),
        document,
        version,
        position: 0,
        kind: Kind::Article,
        audience: Audience::Public,
        applicability: Applicability::default(),
        language: Language::ENGLISH,
        conversation: None,
        valid_from: Timestamp::MIN,
        valid_to: Timestamp::OPEN,
        place: Place::default(),
        search_text: body.to_owned(),
        body: body.to_owned(),
        leads_to: Vec::new(),
    };
    let why = Why::WordsAndMeaning;
    let title = String::new();
    Found { chunk, title, url: None, external_id: id.to_owned(), score: 1.0, cosine: None, bm25: None, why }
}

fn counts(text: &str) -> HashMap<String, f64> {
    let mut counts = HashMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1.0;
    }
    counts
}

fn main() -> Result<(), Anything> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [sections, questions] = arguments.as_slice() else {
        return Err("usage: draft_measure SECTIONS.jsonl.gz QUESTIONS.jsonl".into());
    };
    let texts: BTreeMap<String, String> = rows(Path::new(sections))?
        .iter()
        .map(|row| {
            (
                row["section_id"].as_str().unwrap_or_default().to_owned(),
                row["text"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    let (mut precision, mut recall, mut f1, mut length, mut all) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for row in rows(Path::new(questions))? {
        let gold = row["gold_sections"][0].as_str().unwrap_or_default();
        let (Some(text), Some(answer), Some(question)) =
            (texts.get(gold), row["answer"].as_str(), row["question"].as_str())
        else {
            continue;
        };
        let evidence = Evidence {
            question: Question::new(question, Language::ENGLISH),
            kept: vec![found(gold, text)],
            dropped: Vec::new(),
            votes: Vec::new(),
            confidence: 1.0,
            missing: None,
            reranked: None,
            ranked: Vec::new(),
        };
        all += 1.0;
        let Some(draft) = extract::draft(&evidence, &[], Language::ENGLISH, (&Voice::default(), None)) else {
            continue;
        };
        let said: Vec<&str> = draft.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        let (ours, theirs) = (counts(&said.join(" ")), counts(answer));
        let shared: f64 = ours.iter().map(|(word, count)| count.min(*theirs.get(word).unwrap_or(&0.0))).sum();
        let (mine, wanted): (f64, f64) = (ours.values().sum(), theirs.values().sum());
        length += mine;
        if shared > 0.0 {
            precision += shared / mine;
            recall += shared / wanted;
            f1 += 2.0 * shared / (mine + wanted);
        }
    }
    println!(
        "{}",
        serde_json::json!({
            "questions": all, "precision": precision / all, "recall": recall / all, "f1": f1 / all, "words": length / all,
        })
    );
    Ok(())
}
