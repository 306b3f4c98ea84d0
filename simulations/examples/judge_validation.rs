//! Compares the judge `overlap` with people's ratings of replies.
//!
//! ```text
//! cargo run -p simulations --example judge_validation -- RATINGS.jsonl.gz [--model FOLDER] [--threads THREADS.jsonl.gz]
//! ```
//!
//! RATINGS has lines `{turns, writer, reply, human_scores{appropriateness, completeness, faithfulness: [1…4]}}`,
//! several writers for the same `turns`, one of them `reference`: a person. Protocol: each reply of another writer
//! is compared with the person's reply to the same turns, which is what a replay does with a draft. People's
//! score of a reply is the mean over raters; `all three` is the sum of the three dimensions, and a reply is
//! *right* when none of the three is below 3. Intervals are bootstrapped over dialogues, not replies.
//!
//! THREADS are conversations in the neutral format. There the question is whether the score tells the reply of a
//! second agent in the same thread from a reply in another thread of the same topic and language, links removed.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::Language;
use flate2::read::GzDecoder;
use llm::{Embedder as _, Role};
use serde_json::Value;
use simulations::judge::{self, Overlap, Side};
use simulations::stats::{self, Counted, JudgeError};

const DIMENSIONS: [&str; 3] = ["appropriateness", "completeness", "faithfulness"];
const RIGHT_FROM: f64 = 3.0;
const ROUNDS: u64 = 1_000;

struct Rated {
    dialogue: String,
    reply: String,
    reference: String,
    people: [f64; 3],
    cosine: Option<f64>,
}

impl Rated {
    fn is_right(&self) -> bool {
        self.people.iter().all(|score| *score >= RIGHT_FROM)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|one| one.as_os_str() == name)?;
        arguments.get(at + 1)
    };
    let path = arguments
        .first()
        .context("usage: judge_validation RATINGS.jsonl.gz [--model FOLDER] [--threads THREADS.jsonl.gz]")?;
    let model = option("--model").map(|folder| llm::local::Local::open(folder)).transpose()?;
    let mut rated = read(path)?;
    if let Some(model) = &model {
        embed(&mut rated, model).await?;
    }
    println!(
        "{} replies of {} dialogues, {} of them right; judge {} embeddings",
        rated.len(),
        dialogues(&rated).len(),
        rated.iter().filter(|one| one.is_right()).count(),
        if model.is_some() { "with" } else { "without" },
    );
    correlations(&rated);
    verdicts(&rated);
    halves(&rated);
    if let Some(path) = option("--threads") {
        let mut pairs = thread_pairs(path)?;
        if let Some(model) = &model {
            embed(&mut pairs, model).await?;
        }
        let scored: Vec<_> = pairs.iter().map(|one| (score(one), one.is_right(), 1.0)).collect();
        let auroc = stats::auroc(&scored).unwrap_or(f64::NAN);
        println!("\n{} pairs of replies: same thread against same topic, AUROC {auroc:.3}", pairs.len());
    }
    Ok(())
}

/// Returns pairs of replies: two agents in one thread, and one of them with a reply in the next thread of the same
/// topic and language.
fn thread_pairs(path: &Path) -> anyhow::Result<Vec<Rated>> {
    const MOST: usize = 500;
    const LEAST_WORDS: usize = 8;
    let mut by_topic: BTreeMap<String, Vec<Vec<(String, String)>>> = BTreeMap::new();
    for thread in lines(path)? {
        let replies: Vec<(String, String)> = thread["turns"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|turn| turn["author"] == "agent")
            .map(|turn| {
                (turn["author_id"].to_string(), without_links(turn["text"].as_str().unwrap_or_default()))
            })
            .filter(|(_, text)| text.split_whitespace().count() >= LEAST_WORDS)
            .collect();
        if !replies.is_empty() {
            by_topic.entry(format!("{} {}", thread["language"], thread["topic"])).or_default().push(replies);
        }
    }
    let mut pairs = Vec::new();
    for threads in by_topic.values().filter(|threads| threads.len() > 1) {
        for (at, thread) in threads.iter().enumerate() {
            let Some(second) = thread.iter().find(|reply| reply.0 != thread[0].0) else {
                continue;
            };
            let elsewhere = &threads[(at + 1) % threads.len()][0];
            for (other, people) in [(second, [4.0; 3]), (elsewhere, [1.0; 3])] {
                pairs.push(Rated {
                    dialogue: String::new(),
                    reply: thread[0].1.clone(),
                    reference: other.1.clone(),
                    people,
                    cosine: None,
                });
            }
        }
    }
    let step = (pairs.len() / 2 / MOST).max(1);
    let keep = |number: usize| (number / 2).is_multiple_of(step);
    Ok(pairs.into_iter().enumerate().filter(|(number, _)| keep(*number)).map(|(_, pair)| pair).collect())
}

fn without_links(text: &str) -> String {
    text.split_whitespace().filter(|word| !word.contains("://")).collect::<Vec<_>>().join(" ")
}

fn lines(path: &Path) -> anyhow::Result<Vec<Value>> {
    let mut text = String::new();
    let file = std::fs::File::open(path).with_context(|| format!("could not open `{}`", path.display()))?;
    GzDecoder::new(file).read_to_string(&mut text)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn read(path: &Path) -> anyhow::Result<Vec<Rated>> {
    let rows = lines(path)?;
    let string = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let references: BTreeMap<String, String> = rows
        .iter()
        .filter(|row| row["writer"] == "reference")
        .map(|row| (row["turns"].to_string(), string(row, "reply")))
        .collect();
    rows.iter()
        .filter(|row| row["writer"] != "reference")
        .map(|row| {
            let dialogue = row["turns"].to_string();
            let reference = references.get(&dialogue).context("a dialogue without a person's reply")?.clone();
            let people = DIMENSIONS.map(|dimension| mean(&row["human_scores"][dimension]));
            Ok(Rated { dialogue, reply: string(row, "reply"), reference, people, cosine: None })
        })
        .collect()
}

fn mean(scores: &Value) -> f64 {
    let scores: Vec<f64> = scores.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    scores.iter().sum::<f64>() / scores.len() as f64
}

async fn embed(rated: &mut [Rated], model: &llm::local::Local) -> anyhow::Result<()> {
    let texts: Vec<String> =
        rated.iter().flat_map(|one| [one.reply.clone(), one.reference.clone()]).collect();
    let vectors = model.embed(&texts, Role::Passage).await?;
    for (one, pair) in rated.iter_mut().zip(vectors.chunks_exact(2)) {
        one.cosine = judge::cosine(&pair[0], &pair[1]);
    }
    Ok(())
}

fn score(one: &Rated) -> f64 {
    let side = |text| Side { text, language: Language::ENGLISH };
    Overlap::default().judge(side(&one.reply), &[], side(&one.reference), &[], one.cosine).score
}

fn dialogues(rated: &[Rated]) -> BTreeMap<&str, Vec<usize>> {
    let mut dialogues: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, one) in rated.iter().enumerate() {
        dialogues.entry(&one.dialogue).or_default().push(number);
    }
    dialogues
}

fn correlations(rated: &[Rated]) {
    let scores: Vec<f64> = rated.iter().map(score).collect();
    let groups: Vec<Vec<usize>> = dialogues(rated).into_values().collect();
    let people = |name: &str, one: &Rated| match DIMENSIONS.iter().position(|known| *known == name) {
        Some(dimension) => one.people[dimension],
        None if name == "lowest of the three" => one.people.iter().copied().fold(f64::INFINITY, f64::min),
        None => one.people.iter().sum(),
    };
    println!("\nSpearman's rank correlation of the judge's score with people's:");
    for name in DIMENSIONS.into_iter().chain(["all three", "lowest of the three"]) {
        let people: Vec<f64> = rated.iter().map(|one| people(name, one)).collect();
        let figure = |rows: &[usize]| {
            let pick = |from: &[f64]| rows.iter().map(|row| from[*row]).collect::<Vec<_>>();
            stats::spearman(&pick(&scores), &pick(&people)).unwrap_or(0.0)
        };
        let all: Vec<usize> = (0..rated.len()).collect();
        let mut drawn: Vec<f64> = (0..ROUNDS).map(|round| figure(&draw(&groups, round))).collect();
        drawn.sort_by(f64::total_cmp);
        let at = |share: f64| drawn[(share * (drawn.len() - 1) as f64) as usize];
        println!("  {name:20} {:.3}   95 % interval {:.3} to {:.3}", figure(&all), at(0.025), at(0.975));
    }
    let scored: Vec<_> =
        rated.iter().zip(&scores).map(|(one, score)| (*score, one.is_right(), 1.0)).collect();
    println!("  AUROC right against not right: {:.3}", stats::auroc(&scored).unwrap_or(f64::NAN));
}

/// Draws groups with repetition; the same round always draws the same.
fn draw(groups: &[Vec<usize>], round: u64) -> Vec<usize> {
    let mut state = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..groups.len())
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            groups[(state % groups.len() as u64) as usize].iter().copied()
        })
        .collect()
}

fn error_at(rated: &[&Rated], threshold: f64) -> JudgeError {
    let mut error =
        JudgeError { sensitivity: Counted { right: 0, of: 0 }, specificity: Counted { right: 0, of: 0 } };
    for one in rated {
        let same = score(one) >= threshold;
        let kind = if one.is_right() { &mut error.sensitivity } else { &mut error.specificity };
        kind.of += 1;
        kind.right += u32::from(same == one.is_right());
    }
    error
}

fn verdicts(rated: &[Rated]) {
    let all: Vec<&Rated> = rated.iter().collect();
    println!(
        "\nVerdicts by threshold (sensitivity: right ones called same; specificity: others called different):"
    );
    for threshold in thresholds() {
        let JudgeError { sensitivity, specificity } = error_at(&all, threshold);
        println!(
            "  {threshold:.2}  {:3}/{} = {:.2}   {:2}/{} = {:.2}",
            sensitivity.right,
            sensitivity.of,
            sensitivity.share(),
            specificity.right,
            specificity.of,
            specificity.share()
        );
    }
}

fn thresholds() -> impl Iterator<Item = f64> {
    (4..=14).map(|step| f64::from(step) * 0.05)
}

/// Chooses the threshold on one half of the dialogues and measures it on the other, both ways round.
fn halves(rated: &[Rated]) {
    println!("\nThreshold chosen on one half of the dialogues, measured on the other:");
    let halves: [Vec<&Rated>; 2] = [0, 1].map(|half| {
        let keep = |number: usize| number % 2 == half;
        dialogues(rated)
            .into_values()
            .enumerate()
            .filter(|(number, _)| keep(*number))
            .flat_map(|(_, rows)| rows.into_iter().map(|row| &rated[row]))
            .collect()
    });
    for (chosen_on, measured_on) in [(0, 1), (1, 0)] {
        let best = thresholds().max_by(|one, two| {
            let gain = |threshold: &f64| error_at(&halves[chosen_on], *threshold).information();
            gain(one).total_cmp(&gain(two))
        });
        let threshold = best.unwrap_or_default();
        let error = error_at(&halves[measured_on], threshold);
        println!(
            "  {threshold:.2}: sensitivity {:.2}, specificity {:.2}",
            error.sensitivity.share(),
            error.specificity.share()
        );
    }
}
