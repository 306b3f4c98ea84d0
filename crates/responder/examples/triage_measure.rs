//! Measures how well topics are learned: macro-F1 of `responder::triage` against always saying the most usual topic and
//! against the nearest conversation by words.
//!
//! ```text
//! cargo run --release -p responder --example triage_measure -- ../shared/data [mail]
//! ```
//!
//! Bots of `intents-out-of-scope`: learned from `*-train`, scored on the rows of `*-dev` that are in scope; sets with
//! one file alone are cut in halves by turns, `shop-requests` after leaving out three of four rows. `mail-support-threads`: English threads with a topic, learned from
//! all before a moment and scored on those of the random sample after it; once across the moment at which the forum
//! renamed its topics. Also prints how often urgency, sentiment, spam and the need for a
//! person are said of the same threads, on which nobody has labelled them.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::Path;

use responder::triage::{Example, Topics, judge};
use serde_json::Value;

type Anything = Box<dyn std::error::Error>;

/// From when to when the threads are learned from, and until when they are scored. The forum renamed its topics in
/// September and in December 2024.
const CUTS: [(&str, &str, &str); 3] =
    [("2023", "2024-03", "2024-07"), ("2024-12", "2025-04", "2025-07"), ("2024", "2025", "2025-07")];
/// How many neighbours vote.
const NEIGHBOURS: usize = 5;

fn text(path: &Path) -> Result<String, Anything> {
    let bytes = std::fs::read(path)?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8(bytes)?;
    }
    Ok(text)
}

/// Reads the rows of a CSV file with a header: quotes, doubled quotes and line ends within them.
fn rows(path: &Path) -> Result<Vec<BTreeMap<String, String>>, Anything> {
    let text = text(path)?;
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut signs = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            other => field.push(other),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    let header = rows.first().cloned().unwrap_or_default();
    Ok(rows[1..].iter().map(|row| header.iter().cloned().zip(row.iter().cloned()).collect()).collect())
}

fn examples(path: &Path) -> Result<Vec<Example>, Anything> {
    let in_scope = |row: &BTreeMap<String, String>| {
        row.get("in_scope").is_none_or(|scope| matches!(scope.as_str(), "True" | "true" | "1" | "yes"))
    };
    let out = |label: &str| matches!(label, "NO_NODES_DETECTED" | "oos" | "");
    let all = rows(path)?
        .into_iter()
        .filter(in_scope)
        .filter_map(|mut row| Some(Example { topic: row.remove("label")?, text: row.remove("text")? }));
    Ok(all.filter(|example| !out(&example.topic)).collect())
}

/// Mean F1 over the topics that occur among what was asked for; and the share that is right.
fn score(gold: &[&str], said: &[String]) -> (f64, f64) {
    let mut counts: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    for (gold, said) in gold.iter().zip(said) {
        if gold == said {
            counts.entry(gold).or_default()[0] += 1.0;
        } else {
            counts.entry(gold).or_default()[1] += 1.0;
            counts.entry(said.as_str()).or_default()[2] += 1.0;
        }
    }
    let right: f64 = counts.values().map(|[right, ..]| right).sum();
    let asked = counts.values().filter(|[right, missed, _]| right + missed > 0.0);
    let scores: Vec<f64> =
        asked.map(|[right, missed, wrong]| 2.0 * right / (2.0 * right + missed + wrong)).collect();
    (scores.iter().sum::<f64>() / scores.len().max(1) as f64, right / gold.len().max(1) as f64)
}

/// Says the topic that most of the nearest texts have, by the cosine of their rare words.
struct Nearest {
    rows: Vec<(String, HashMap<String, f64>)>,
    rarity: HashMap<String, f64>,
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).take(250).collect()
}

impl Nearest {
    fn of(examples: &[Example]) -> Self {
        let mut counts: HashMap<String, f64> = HashMap::new();
        for example in examples {
            let mut all = words(&example.text);
            all.sort_unstable();
            all.dedup();
            all.into_iter().for_each(|word| *counts.entry(word).or_default() += 1.0);
        }
        let rarity = counts
            .into_iter()
            .map(|(word, count)| (word, (examples.len() as f64 / count).ln() + 1.0))
            .collect();
        let mut nearest = Self { rows: Vec::new(), rarity };
        nearest.rows =
            examples.iter().map(|example| (example.topic.clone(), nearest.vector(&example.text))).collect();
        nearest
    }

    fn vector(&self, text: &str) -> HashMap<String, f64> {
        let mut vector: HashMap<String, f64> = HashMap::new();
        for word in words(text) {
            if let Some(rarity) = self.rarity.get(&word) {
                *vector.entry(word).or_default() += rarity;
            }
        }
        let length = vector.values().map(|value| value * value).sum::<f64>().sqrt().max(1e-9);
        vector.values_mut().for_each(|value| *value /= length);
        vector
    }

    fn say(&self, text: &str, neighbours: usize) -> String {
        let asked = self.vector(text);
        let mut near: Vec<(f64, &str)> = self
            .rows
            .iter()
            .map(|(topic, row)| {
                let cosine = asked.iter().filter_map(|(word, value)| Some(value * row.get(word)?)).sum();
                (cosine, topic.as_str())
            })
            .collect();
        near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
        let mut votes: BTreeMap<&str, f64> = BTreeMap::new();
        near.iter().take(neighbours).for_each(|(cosine, topic)| *votes.entry(topic).or_default() += cosine);
        let best = votes.into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
        best.map_or_else(String::new, |(topic, _)| topic.to_owned())
    }
}

fn report(name: &str, learn: &[Example], held: &[Example]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    learn.iter().for_each(|example| *counts.entry(&example.topic).or_default() += 1);
    let usual = counts.iter().max_by_key(|(_, count)| **count).map_or("", |(topic, _)| topic);
    let gold: Vec<&str> = held.iter().map(|example| example.topic.as_str()).collect();
    let nearest = Nearest::of(learn);
    let topics = Topics::learn(learn);
    let say =
        |how: &dyn Fn(&str) -> String| held.iter().map(|example| how(&example.text)).collect::<Vec<_>>();
    let learned = |text: &str| {
        let likeliest = topics.as_ref().and_then(|topics| topics.likeliest(text));
        likeliest.map_or_else(|| usual.to_owned(), |(topic, _)| topic.to_owned())
    };
    print!("{name}: {} learned, {} scored, {} topics", learn.len(), held.len(), counts.len());
    for (how, said) in [
        ("usual", say(&|_| usual.to_owned())),
        ("nearest", say(&|text| nearest.say(text, 1))),
        ("nearest five", say(&|text| nearest.say(text, NEIGHBOURS))),
        ("learned", say(&learned)),
    ] {
        let (f1, right) = score(&gold, &said);
        print!("; {how} F1 {f1:.3} right {right:.3}");
    }
    println!();
    let Some(topics) = topics else { return };
    let sure: Vec<(&str, &str)> = held
        .iter()
        .zip(&gold)
        .filter_map(|(example, gold)| Some((topics.likeliest(&example.text)?, *gold)))
        .filter(|((_, share), _)| *share >= 0.6)
        .map(|((topic, _), gold)| (topic, gold))
        .collect();
    let right = sure.iter().filter(|(said, gold)| said == gold).count();
    println!("  sure (0.6) of {} of {}, right {}", sure.len(), held.len(), right);
}

fn halves(all: Vec<Example>) -> (Vec<Example>, Vec<Example>) {
    let (even, odd): (Vec<_>, Vec<_>) = all.into_iter().enumerate().partition(|(at, _)| at % 2 == 0);
    (even.into_iter().map(|(_, one)| one).collect(), odd.into_iter().map(|(_, one)| one).collect())
}

fn mail(path: &Path) -> Result<(), Anything> {
    let mut all: Vec<(String, bool, Example)> = Vec::new();
    let mut said: BTreeMap<&str, usize> = BTreeMap::new();
    for line in text(path)?.lines() {
        let row: Value = serde_json::from_str(line)?;
        let field = |name: &str| row[name].as_str().unwrap_or_default();
        if !field("language").starts_with("en") {
            continue;
        }
        let is_sampled = row["in_random_sample"] == true;
        let body = row["turns"][0]["text"].as_str().unwrap_or_default();
        let judgement = judge(None, row["subject"].as_str(), body, 0.0);
        for (is, name) in [
            (true, "all"),
            (judgement.urgency.name() == "high", "urgent"),
            (judgement.urgency.name() == "low", "no hurry"),
            (judgement.sentiment.name() == "negative", "negative"),
            (judgement.sentiment.name() == "positive", "positive"),
            (judgement.is_spam, "spam"),
            (judgement.needs_human, "needs a person"),
        ] {
            *said.entry(name).or_default() += usize::from(is && is_sampled);
        }
        let topic = field("topic");
        if topic.is_empty() || topic == "undefined" {
            continue;
        }
        let example = Example { topic: topic.to_owned(), text: format!("{}\n{body}", field("subject")) };
        all.push((field("created_at").to_owned(), is_sampled, example));
    }
    for (from, cut, to) in CUTS {
        let part = |from: &str, to: &str, all_rows: bool| -> Vec<Example> {
            let within = all
                .iter()
                .filter(|(at, is_sampled, _)| (from..to).contains(&at.as_str()) && (all_rows || *is_sampled));
            within.map(|(_, _, example)| example.clone()).collect()
        };
        report(&format!("mail, {from} to {cut} to {to}"), &part(from, cut, true), &part(cut, to, false));
    }
    println!("  said of the threads: {said:?}");
    Ok(())
}

fn main() -> Result<(), Anything> {
    let data = std::env::args().nth(1).ok_or("usage: triage_measure DATA")?;
    let threads = Path::new(&data).join("mail-support-threads/threads.jsonl.gz");
    if std::env::args().nth(2).is_some_and(|only| only == "mail") {
        return mail(&threads);
    }
    let bots = Path::new(&data).join("intents-out-of-scope");
    for name in ["curekart", "powerplay11", "sofmattress", "assistant150"] {
        let compressed = bots.join(format!("{name}-train.csv.gz"));
        let train = if compressed.is_file() { compressed } else { bots.join(format!("{name}-train.csv")) };
        report(name, &examples(&train)?, &examples(&bots.join(format!("{name}-dev.csv")))?);
    }
    for (name, every) in [("banking77-train", 1), ("shop-requests", 4)] {
        let all = examples(&bots.join(format!("{name}.csv.gz")))?;
        let (learn, held) = halves(all.into_iter().step_by(every).collect());
        report(name, &learn, &held);
    }
    mail(&threads)
}
