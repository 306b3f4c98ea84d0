//! Measures the whole way from a question to its decision at a size, with the model of `~/.cache/backstory` warm:
//!
//! ```text
//! cargo run --release -p app --example answer_bench [chunks] [questions] [folder to keep what was read]
//! ```
//!
//! Articles and questions are made up (`common/made_up.rs`). Prints a line for the extractive drafter, one for a model that writes (a stand-in
//! of the OpenAI API on this machine; what counts is what we add to the time of the call), one for the tokens of a
//! question, and all of it as one JSON object.

#![expect(clippy::print_stdout, reason = "the result is for whoever runs it")]

use std::path::PathBuf;
use std::time::Instant;

use app::App;
use app::Fared;
use app::ask::Answer;
use app::config::{DrafterKind, IndexConfig};
use domain::{Outcome, TenantId};
use llm_fake::{Asked, Fake, Say};
use serde_json::{Value, json};

#[path = "common/made_up.rs"]
mod made_up;

use made_up::{percentile, question};

/// Questions that are asked before any is measured.
const WARM: usize = 20;
/// Prompts of at most so many tokens: as good as any number, as by default, and the fewest that may be configured.
const BUDGETS: [usize; 3] = [100_000, 4_000, 1_500];

/// Says the first two sentences of the first piece, as a faithful model would.
fn faithful(asked: &Asked) -> Say {
    let data: Value = serde_json::from_str(&asked.said_by("user")).unwrap_or_default();
    let first = &data["evidence"][0];
    let sentences = first["text"].as_str().unwrap_or_default().split_inclusive(". ").take(2);
    let sentences: Vec<Value> =
        sentences.map(|text| json!({ "text": text.trim(), "evidence": [first["id"]] })).collect();
    Say::Text(json!({ "can_answer": true, "sentences": sentences }).to_string())
}

/// Asks all questions; returns the answers, and for each how many milliseconds it took.
async fn ask_all(app: &App, tenant: TenantId, questions: usize) -> anyhow::Result<Vec<(Answer, f64)>> {
    for number in 0..WARM.min(questions) {
        app.ask(tenant, &question(number)).await?;
    }
    let mut asked = Vec::new();
    for number in 0..questions {
        let ask = question(number);
        let begin = Instant::now();
        let answer = app.ask(tenant, &ask).await?;
        asked.push((answer, begin.elapsed().as_secs_f64() * 1e3));
    }
    Ok(asked)
}

fn answered(asked: &[(Answer, f64)]) -> usize {
    asked.iter().filter(|(answer, _)| answer.response.decision.outcome == Outcome::Answer).count()
}

/// Returns the installation with a model at `base_url` that writes drafts.
fn with_model(app: &App, base_url: &str, prompt_tokens: usize) -> anyhow::Result<App> {
    let model = json!({ "provider": "openai", "model": "stand-in", "base_url": base_url, "retries": 0 });
    let mut settings = app.settings.clone();
    settings.models.insert("stand-in".to_owned(), serde_json::from_value(model)?);
    settings.drafter.kind = DrafterKind::Llm;
    settings.drafter.models = vec!["stand-in".to_owned()];
    settings.drafter.prompt_tokens = prompt_tokens;
    app.drafting_by(settings)
}

/// Returns for each question that the model wrote a draft for what we added to the time of the call.
fn added(asked: &[(Answer, f64)]) -> Vec<f64> {
    let one = |(answer, took): &(Answer, f64)| {
        let drafting = answer.response.drafting.as_ref()?;
        let wrote = drafting.steps.iter().any(|step| step.fared == Fared::Wrote);
        wrote.then(|| took - drafting.usage().took.as_secs_f64() * 1e3)
    };
    asked.iter().filter_map(one).collect()
}

/// Returns the tokens of a prompt and of an answer, on average over the questions that were answered, and how many
/// pieces of evidence were left out or cut.
fn tokens(asked: &[(Answer, f64)]) -> (f64, f64, f64) {
    let answered = asked.iter().filter(|(answer, _)| answer.response.decision.outcome == Outcome::Answer);
    let draftings: Vec<_> = answered
        .filter_map(|(answer, _)| answer.response.drafting.as_ref())
        .filter(|drafting| !drafting.steps.is_empty())
        .collect();
    let mean = |of: &dyn Fn(&app::Drafting) -> f64| {
        draftings.iter().map(|drafting| of(drafting)).sum::<f64>() / draftings.len().max(1) as f64
    };
    (
        mean(&|drafting| drafting.prompt_tokens as f64).round(),
        mean(&|drafting| drafting.usage().tokens_out as f64).round(),
        (mean(&|drafting| drafting.cut.len() as f64) * 10.0).round() / 10.0,
    )
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let chunks: usize = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let questions: usize = arguments.next().map_or(Ok(400), |text| text.parse())?;
    let scratch = tempfile::tempdir()?;
    let folder = arguments.next().map_or(scratch.path().to_owned(), PathBuf::from);
    let begin = Instant::now();
    let (app, tenant) = made_up::installation(&folder, IndexConfig::Embedded, chunks).await?;
    let read_seconds = begin.elapsed().as_secs_f64().round();

    let extractive = ask_all(&app, tenant, questions).await?;
    let mut times: Vec<f64> = extractive.iter().map(|(_, took)| *took).collect();
    let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
    println!(
        "extractive, question to decision: p50 {p50} ms, p99 {p99} ms ({questions} questions, {} answered, {chunks} chunks, read in {read_seconds} s)",
        answered(&extractive)
    );

    let fake = Fake::answering(faithful).await?;
    let mut ours = Vec::new();
    let mut budgets = Vec::new();
    for budget in BUDGETS {
        let asked = ask_all(&with_model(&app, &fake.base_url(), budget)?, tenant, questions).await?;
        if budget == app.settings.drafter.prompt_tokens {
            ours = added(&asked);
        }
        let (tokens_in, tokens_out, cut) = tokens(&asked);
        budgets.push(json!({ "budget": budget, "prompt": tokens_in, "answer": tokens_out, "pieces_cut": cut, "answered": answered(&asked) }));
    }
    let (added_p50, added_p99) = (percentile(&mut ours, 50), percentile(&mut ours, 99));
    println!(
        "with a model, time added by us: p50 {added_p50} ms, p99 {added_p99} ms ({} drafts; all but the call itself)",
        ours.len()
    );
    let told: Vec<String> = budgets
        .iter()
        .map(|one| format!("{} within {} ({} pieces cut)", one["prompt"], one["budget"], one["pieces_cut"]))
        .collect();
    println!("tokens of a prompt per answered question: {}", told.join(", "));
    let result = json!({
        "chunks": chunks,
        "questions": questions,
        "answered": answered(&extractive),
        "read_seconds": read_seconds,
        "extractive": { "p50_ms": p50, "p99_ms": p99 },
        "added_with_a_model": { "p50_ms": added_p50, "p99_ms": added_p99, "drafts": ours.len() },
        "tokens": budgets,
    });
    println!("{result}");
    Ok(())
}
