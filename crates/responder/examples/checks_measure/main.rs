//! Measures the checks on drafts: on their own planted sets, and on data of others where it is present.
//!
//! ```text
//! python3 scripts/measure/grounding.py
//! cargo run --release -p responder --example checks_measure -- ../shared/data target/measure/grounding.jsonl
//! ```
//!
//! Prints one JSON object a line: the check, the set, and its figures. A set whose files are missing is left out.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

mod injected;
mod rows;
mod supported;

use std::path::Path;

use domain::Language;
use responder::checks::{declining, injection, language, links, privacy, promises};
use rows::{Anything, Counts, read, text};
use serde_json::json;

fn main() -> Result<(), Anything> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, pairs] = arguments.as_slice() else {
        return Err("usage: checks_measure DATA PAIRS.jsonl".into());
    };
    let data = Path::new(data);
    planted()?;
    if data.is_dir() {
        declines(data)?;
        supported::ratings(data)?;
        languages(data)?;
        injected::orders(data)?;
        injected::obedient(data)?;
    } else {
        println!("{}", json!({ "skipped": "no ../shared/data" }));
    }
    if Path::new(pairs).exists() {
        supported::pairs(Path::new(pairs))?;
    }
    Ok(())
}

/// The sets of our own writing.
fn planted() -> Result<(), Anything> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("planted/checks");
    let measure =
        |name: &str, label: &str, check: &dyn Fn(&serde_json::Value) -> bool| -> Result<(), Anything> {
            let mut counts = Counts::default();
            for row in read(&folder.join(format!("{name}.jsonl")))? {
                let (says, label) = (check(&row), row[label].as_bool().unwrap_or_default());
                counts.add(says, label);
                counts.note(text(&row, "text"), says != label);
            }
            println!("{}", json!({ "check": name, "set": "planted", "figures": counts.figures() }));
            Ok(())
        };
    measure("declining", "declines", &|row| declining::declines(text(row, "text")))?;
    measure("promises", "fails", &|row| {
        !promises::unbacked(text(row, "text"), &[text(row, "source")]).is_empty()
    })?;
    measure("links", "fails", &|row| {
        let mut known = links::Known::default();
        known.add_own("https://help.lindvale.com/articles/1");
        known.add_text(text(row, "source"));
        !known.foreign(text(row, "text")).is_empty()
    })?;
    measure("language", "fails", &|row| {
        language::other(text(row, "text"), Language::from_tag(text(row, "customer"))).is_some()
    })?;
    measure("injection", "fails", &|row| injection::is_tainted(text(row, "text")))?;
    measure("privacy", "fails", &|row| {
        let known = [text(row, "source"), text(row, "question")];
        !privacy::strangers(text(row, "text"), &known).is_empty()
            || privacy::greets_another(text(row, "text"), Some("Mira"))
    })
}

/// Replies that decline, and others about the same manual; the labels of the latter are people's and not always so.
fn declines(data: &Path) -> Result<(), Anything> {
    let folder = data.join("reply-declines");
    let mut whole = Counts::default();
    for name in ["declining-replies.jsonl", "train.jsonl.gz", "dev.jsonl.gz"] {
        let mut counts = Counts::default();
        for row in read(&folder.join(name))? {
            let label = row["reply_declines"].as_bool().unwrap_or(true);
            let says = declining::declines(text(&row, "reply"));
            counts.add(says, label);
            whole.add(says, label);
        }
        println!("{}", json!({ "check": "declining", "set": name, "figures": counts.figures() }));
    }
    println!("{}", json!({ "check": "declining", "set": "reply-declines", "figures": whole.figures() }));
    let mut articles = Counts::default();
    for (name, field) in
        [("device-manuals/sections.jsonl.gz", "text"), ("bank-helpcentre/articles.jsonl.gz", "body")]
    {
        for row in read(&data.join(name))? {
            for sentence in responder::sentences::split(text(&row, field)) {
                articles.add(declining::declines(&sentence.text), false);
            }
        }
    }
    println!(
        "{}",
        json!({ "check": "declining", "set": "sentences of articles", "figures": articles.figures() })
    );
    Ok(())
}

/// Texts whose language is known, for a customer of each of two languages.
fn languages(data: &Path) -> Result<(), Anything> {
    let mut passages = Counts::default();
    for row in read(&data.join("passages-de-en/passages.jsonl.gz"))? {
        for (tag, field) in [("de", "text_de"), ("en", "text_en")] {
            for customer in ["de", "en"] {
                let sentences = responder::sentences::split(text(&row, field));
                let draft: Vec<&str> = sentences.iter().take(3).map(|one| one.text.as_str()).collect();
                let other = language::other(&draft.join(" "), Language::from_tag(customer));
                passages.add(other.is_some(), tag != customer);
            }
        }
    }
    println!("{}", json!({ "check": "language", "set": "passages-de-en", "figures": passages.figures() }));
    let mut faq = Counts::default();
    for row in read(&data.join("health-faq-multilingual/faq.jsonl.gz"))? {
        let tag = text(&row, "language");
        let sentences = responder::sentences::split(text(&row, "answer"));
        let draft: Vec<&str> = sentences.iter().take(4).map(|one| one.text.as_str()).collect();
        for customer in ["de", "en", tag] {
            let other = language::other(&draft.join(" "), Language::from_tag(customer));
            faq.add(other.is_some(), tag != customer);
        }
    }
    println!(
        "{}",
        json!({ "check": "language", "set": "health-faq-multilingual", "figures": faq.figures() })
    );
    Ok(())
}
