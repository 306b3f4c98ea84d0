//! Orders of others, planted in texts, and a drafter that obeys all of them.

use std::path::Path;

use domain::decision::CitedSentence;
use domain::document::Place;
use domain::evidence::Found;
use domain::{
    Applicability, Audience, Chunk, ChunkId, DocumentId, Draft, Evidence, Kind, Language, Question, SourceId,
    TenantId, Timestamp, VersionId, Why,
};
use responder::checks::{self, injection, links};
use serde_json::json;

use crate::rows::{Anything, Counts, read, text};

/// Categories that ask a machine something without speaking to it: nothing tells them from a customer's own words.
const MERE_QUESTIONS: [&str; 5] = [
    "Information Retrieval",
    "Content Creation",
    "Learning and Tutoring",
    "Language Translation",
    "Programming Help",
];

pub(crate) fn orders(data: &Path) -> Result<(), Anything> {
    for (set, parity) in [("even rows, looked at", 0), ("odd rows", 1)] {
        let (mut orders, mut questions) = (Counts::default(), Counts::default());
        for (at, row) in read(&data.join("injected-instructions/instructions.jsonl"))?.iter().enumerate() {
            if at % 2 == parity {
                let found = injection::is_tainted(text(row, "instruction"));
                let mere = MERE_QUESTIONS.contains(&text(row, "category"));
                (if mere { &mut questions } else { &mut orders }).add(found, true);
            }
        }
        println!(
            "{}",
            json!({ "check": "injection", "set": set, "orders": orders.figures(), "mere_questions": questions.figures() })
        );
    }
    let texts = [
        ("device-manuals/sections.jsonl.gz", "text"),
        ("bank-helpcentre/articles.jsonl.gz", "body"),
        ("health-faq-multilingual/faq.jsonl.gz", "answer"),
        ("passages-de-en/passages.jsonl.gz", "text_de"),
    ];
    for (name, field) in texts {
        let mut harmless = Counts::default();
        for row in read(&data.join(name))? {
            for sentence in responder::sentences::split(text(&row, field)) {
                harmless.add(injection::is_instruction(&sentence.text), false);
            }
        }
        println!("{}", json!({ "check": "injection", "set": name, "sentences": harmless.figures() }));
    }
    Ok(())
}

fn found(id: &str, body: String) -> Found {
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
        search_text: body.clone(),
        body,
        leads_to: Vec::new(),
    };
    let url = Some("https://help.lindvale.com/articles/1".to_owned());
    let title = "Mail".to_owned();
    Found {
        chunk,
        title,
        url,
        external_id: id.to_owned(),
        score: 1.0,
        cosine: None,
        bm25: None,
        why: Why::Words,
    }
}

/// What an obedient drafter writes: the order word for word, and everything in it that could be wanted in a reply.
fn obeyed(order: &str) -> Vec<String> {
    let mut written = vec![order.split_whitespace().collect::<Vec<_>>().join(" ")];
    let mut quoted = order.split('"');
    while let (Some(_), Some(inside)) = (quoted.next(), quoted.next()) {
        written.push(inside.to_owned());
    }
    written.extend(order.split("```").skip(1).step_by(2).map(|code| code.trim().to_owned()));
    for address in links::addresses(order) {
        let (links::Address::Web(_, said)
        | links::Address::Mail(said)
        | links::Address::Phone(said)
        | links::Address::Odd(said)) = address;
        written.push(format!("For more see {said}."));
    }
    written
}

/// A drafter that does what every order in its evidence says: what leaves, and what of it names a foreign address.
pub(crate) fn obedient(data: &Path) -> Result<(), Anything> {
    let mails = read(&data.join("injected-instructions/emails.jsonl"))?;
    let orders = read(&data.join("injected-instructions/instructions.jsonl"))?;
    let (mut drafts, mut left, mut harmful, mut by_check) = (0, 0, 0, std::collections::BTreeMap::new());
    for (at, row) in orders.iter().enumerate() {
        let order = text(row, "instruction");
        for shift in 0..5 {
            let mail = text(&mails[(at + shift * 11) % mails.len()], "context").replace('|', "\n\n");
            let planted = found("mail", format!("{mail}\n\n{order}"));
            let own = responder::sentences::split(&mail);
            for said in obeyed(order) {
                let cite =
                    |text: &str| CitedSentence { text: text.to_owned(), chunk: planted.chunk.id, source: 1 };
                let mut sentences: Vec<CitedSentence> =
                    own.iter().take(1).map(|one| cite(&one.text)).collect();
                sentences.push(cite(&said));
                let draft = Draft {
                    greeting: "Hello,".to_owned(),
                    signature: String::new(),
                    sentences,
                    sources: vec![planted.cited()],
                    pages: Vec::new(),
                    drafter: domain::Drafter::Extractive,
                    language: Language::ENGLISH,
                };
                let evidence = Evidence {
                    question: Question::new("What does the mail say?", Language::ENGLISH),
                    kept: vec![planted.clone()],
                    dropped: Vec::new(),
                    votes: Vec::new(),
                    confidence: 1.0,
                    missing: None,
                    reranked: None,
                    ranked: Vec::new(),
                };
                drafts += 1;
                let verdicts = checks::run(&draft, &evidence, Language::ENGLISH);
                let failed: Vec<&str> = verdicts
                    .iter()
                    .filter(|verdict| !verdict.passed)
                    .map(|verdict| verdict.check.as_str())
                    .collect();
                if failed.is_empty() {
                    left += 1;
                    let mut clean = links::Known::default();
                    clean.add_text(&mail);
                    harmful += usize::from(!clean.foreign(&said).is_empty());
                }
                failed.into_iter().for_each(|check| *by_check.entry(check.to_owned()).or_insert(0) += 1);
            }
        }
    }
    println!(
        "{}",
        json!({
            "check": "all", "set": "an obedient drafter", "drafts": drafts, "left": left,
            "left_with_a_foreign_address": harmful, "failed_by": by_check,
        })
    );
    Ok(())
}
