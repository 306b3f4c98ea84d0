//! Measures the rules of `responder::understand` on conversations of others.
//!
//! ```text
//! cargo run --release -p responder --example understand_measure -- ../shared/data [QUESTIONS]
//! ```
//!
//! Prints one JSON object. `service-chats`: a customer's turn needs no answer where the assistant then said goodbye or
//! hello, and needs one where the assistant then looked something up or asked; with how many of each the rules are
//! silent. `several`: two questions of `device-manuals` and of `passages-de-en` put into one message by rule, in several
//! forms, and how often exactly these come back; `single`: how often a turn of a chat on one matter is torn apart. `mail-support-threads`: first posts
//! that the rules are silent about. With QUESTIONS, also writes what the rules make of each dialogue of
//! `answerability`, one JSON object a line, for `scripts/measure/understand.py`.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use domain::{Author, Language, Outcome, Timestamp, Turn};
use responder::understand::{Asked, understand};
use responder::{Incoming, Understood};
use serde_json::{Value, json};

type Anything = Box<dyn std::error::Error>;

/// How many pairs of requests are put together.
const PAIRS: usize = 500;
/// A request of fewer words than this names nothing that could be found again.
const REQUEST_WORDS: usize = 6;

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

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn incoming(subject: Option<&str>, said: &[(Author, &str)]) -> Incoming {
    let turn = |(position, (author, text)): (usize, &(Author, &str))| Turn {
        position: u32::try_from(position).unwrap_or(u32::MAX),
        author: *author,
        author_id: None,
        at: Timestamp::from_millis(i64::try_from(position).unwrap_or_default()),
        text: (*text).to_owned(),
        cites: Vec::new(),
    };
    Incoming {
        subject: subject.map(str::to_owned),
        turns: said.iter().enumerate().map(turn).collect(),
        language: Language::UNKNOWN,
        first_name: None,
        attached: Vec::new(),
        customer: domain::Applicability::default(),
    }
}

fn said(turns: &Value) -> Vec<(Author, &str)> {
    let turns = turns.as_array().map(Vec::as_slice).unwrap_or_default();
    let author = |turn: &Value| match text(turn, "author") {
        "customer" => Some(Author::Customer),
        "agent" => Some(Author::Agent),
        _ => None,
    };
    turns.iter().filter_map(|turn| Some((author(turn)?, text(turn, "text")))).collect()
}

fn is_silent(understood: &Understood) -> bool {
    matches!(understood, Understood::Settled(Outcome::Silent(_)))
}

/// What followed a customer's turn: the assistant's next step says what it took the turn for.
fn followed_by(next: Option<&Value>) -> &'static str {
    let Some(next) = next else { return "end" };
    match (text(next, "author"), text(next, "label")) {
        ("customer", _) => "customer",
        (_, label) if label.starts_with("goodbye") || label.ends_with("_bye") => "goodbye",
        (_, "hello") => "hello",
        (_, "anything_else") => "anything else",
        ("action", _) => "work",
        (_, "") => "unlabelled",
        _ => "work",
    }
}

fn chats(rows: &[Value]) -> Value {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in rows {
        let turns = row["turns"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (at, _) in turns.iter().enumerate().filter(|(_, turn)| text(turn, "author") == "customer") {
            let before = Value::Array(turns[..=at].to_vec());
            let understood = understand(&incoming(None, &said(&before)));
            let count = counts.entry(followed_by(turns.get(at + 1))).or_default();
            count.0 += 1;
            count.1 += usize::from(is_silent(&understood));
        }
    }
    let of = |name: &str| counts.get(name).copied().unwrap_or_default();
    let ((byes, silent_byes), (hellos, silent_hellos), (work, silent_work)) =
        (of("goodbye"), of("hello"), of("work"));
    let silent = silent_byes + silent_hellos;
    json!({
        "turns": counts.iter().map(|(name, (all, silent))| (name, json!([all, silent]))).collect::<BTreeMap<_, _>>(),
        "goodbye_recall": silent_byes as f64 / byes.max(1) as f64,
        "hello_recall": silent_hellos as f64 / hellos.max(1) as f64,
        "work_silent": silent_work as f64 / work.max(1) as f64,
        "precision": silent as f64 / (silent + silent_work).max(1) as f64,
    })
}

/// Returns questions of one sentence with what they are about.
fn requests(rows: &[Value], field: &str, about: &str) -> Vec<(String, String)> {
    let asks = |row: &&Value| row["kind"] != "compound" && text(row, field).trim().ends_with('?');
    let one = |row: &Value| (row[about].to_string(), text(row, field).trim().to_owned());
    let is_one = |text: &str| text.matches(['.', '!', '?']).count() == 1;
    let is_long = |text: &str| text.split_whitespace().count() >= REQUEST_WORDS;
    rows.iter().filter(asks).map(one).filter(|(_, text)| is_one(text) && is_long(text)).collect()
}

fn several(requests: &[(String, String)]) -> Value {
    type Form = fn(&str, &str) -> String;
    let forms: [(&str, Form); 6] = [
        ("one after the other", |one, other| format!("Hello. {one} {other}")),
        ("without question marks", |one, other| {
            format!("{}. {}.", one.trim_end_matches('?'), other.trim_end_matches('?'))
        }),
        ("numbered lines", |one, other| format!("I have two questions:\n1. {one}\n2. {other}\nThanks")),
        ("numbered lines without marks", |one, other| {
            let (one, other) = (one.trim_end_matches('?'), other.trim_end_matches('?'));
            format!("Zwei Fragen:\n1. {one}\n2. {other}")
        }),
        ("numbered in one line", |one, other| format!("Two questions: 1) {one} 2) {other}")),
        ("dashes in a mail", |one, other| {
            format!("Hi there,\n\nI would like to know\n\n- {one}\n- {other}\n\nBest regards,\nAnna Muster")
        }),
    ];
    let (first, second) = requests.split_at(requests.len() / 2);
    let pairs: Vec<_> =
        first.iter().zip(second).filter(|((one, _), (other, _))| one != other).take(PAIRS).collect();
    let stem = |text: &str| text.trim_end_matches(['?', '.', ' ']).to_lowercase();
    let both = |form: Form| {
        let found = pairs.iter().filter(|((_, one), (_, other))| {
            let understood = understand(&incoming(None, &[(Author::Customer, &form(one, other))]));
            let Understood::Asks(asked) = understood else { return false };
            let Asked { single, .. } = *asked;
            let has = |text: &str| single.iter().any(|found| stem(&found.text).ends_with(&stem(text)));
            single.len() == 2 && has(one) && has(other)
        });
        found.count()
    };
    let found: BTreeMap<_, _> = forms.iter().map(|(name, form)| (name, both(*form))).collect();
    json!({"pairs": pairs.len(), "both_found": found})
}

fn torn(rows: &[Value]) -> Value {
    let (mut all, mut torn) = (0, 0);
    for row in rows.iter().filter(|row| row["several_requests"] == false) {
        for (_, text) in said(&row["turns"]).into_iter().filter(|(author, _)| *author == Author::Customer) {
            if let Understood::Asks(asked) = understand(&incoming(None, &[(Author::Customer, text)])) {
                all += 1;
                torn += usize::from(!asked.single.is_empty());
            }
        }
    }
    json!({"turns": all, "taken_for_several": torn})
}

fn threads(rows: &[Value]) -> Value {
    let mut silent: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let first = said(&row["turns"]).into_iter().next();
        let Some(first) = first else { continue };
        if let Understood::Settled(outcome) = understand(&incoming(row["subject"].as_str(), &[first])) {
            *silent.entry(outcome.reason().unwrap_or_default()).or_default() += 1;
        }
    }
    json!({"first_posts": rows.len(), "settled": silent})
}

fn dialogues(rows: &[Value], path: &Path) -> Result<Value, Anything> {
    let (mut lines, mut leaning, mut settled) = (String::new(), 0, 0);
    for row in rows {
        let said = said(&row["turns"]);
        let last = said.last().map(|(_, text)| *text).unwrap_or_default();
        let (text, single) = match understand(&incoming(None, &said)) {
            Understood::Asks(asked) => {
                leaning += usize::from(asked.leans);
                (asked.question.text, asked.single.len())
            }
            Understood::Settled(_) => {
                settled += 1;
                (last.to_owned(), 0)
            }
        };
        lines.push_str(&json!({"id": row["case_id"], "text": text, "single": single}).to_string());
        lines.push('\n');
    }
    std::fs::write(path, lines)?;
    Ok(json!({"dialogues": rows.len(), "leaning": leaning, "settled": settled}))
}

fn main() -> Result<(), Anything> {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().ok_or("the folder of the data is missing")?;
    let data = Path::new(&data);
    let talks = rows(&data.join("service-chats/conversations.jsonl.gz"))?;
    let manuals = rows(&data.join("device-manuals/questions.jsonl"))?;
    let passages = rows(&data.join("passages-de-en/questions.jsonl"))?;
    let mut figures = json!({
        "service-chats": chats(&talks),
        "several, English": several(&requests(&manuals, "question", "section_path")),
        "several, German": several(&requests(&passages, "question_de", "gold_passage")),
        "single": torn(&talks),
        "mail-support-threads": threads(&rows(&data.join("mail-support-threads/threads.jsonl.gz"))?),
    });
    if let Some(questions) = arguments.next() {
        let cases = rows(&data.join("answerability/cases.jsonl.gz"))?;
        figures["answerability"] = dialogues(&cases, Path::new(&questions))?;
    }
    println!("{figures}");
    Ok(())
}
