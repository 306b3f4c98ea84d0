//! Records the answers of `sample/answers.json` anew, once with the model of `~/.cache/backstory` (`backstory models
//! pull`), with which the demo runs, and once with the scripted embedder of the tests:
//!
//! ```text
//! cargo run -p app --example record_sample_answers
//! ```
//!
//! Every question of the sample is asked by each of its viewers; a stand-in of the OpenAI API answers with the first
//! answer of the file all of whose phrases stand in the evidence that it is given, each sentence citing the piece that
//! holds its phrase. An answer without sentences says that the evidence carries none. Fails where no answer fits, and
//! prints what was given, so that somebody can write one. Says what each decision is, and which checks do not pass.
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use app::llm::Embedder;
use app::llm::scripted::Scripted;
use app::seams::Seams;
use app::{App, Fared, Places, Settings, Stop, sample};
use llm_fake::{Asked, Fake, Say};
use serde::Deserialize;
use serde_json::{Value, json};

/// A question and its answers, the one that needs most of the evidence first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    question: String,
    answers: Vec<Vec<Sentence>>,
}

/// A sentence, and a phrase of the evidence that carries it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    text: String,
    from: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
    let answers = std::fs::read_to_string(sample.join("answers.json")).context("sample/answers.json")?;
    let answers: Arc<Vec<Written>> = Arc::new(serde_json::from_str(&answers).context("sample/answers.json")?);
    let scratch = tempfile::tempdir()?;
    let made = scratch.path().join("recordings");
    let embedders: [Option<Arc<dyn Embedder>>; 2] = [None, Some(Arc::new(Scripted::new(64)))];
    for (round, embedder) in embedders.into_iter().enumerate() {
        println!(
            "{}",
            if embedder.is_none() { "with the model of this machine" } else { "with the scripted embedder" }
        );
        let folder = scratch.path().join(format!("round-{round}"));
        record(&folder, &made, embedder, &answers).await?;
    }
    replace(&made, &sample.join("recordings"))
}

/// Asks every question of the sample and has what the stand-in answers recorded in `made`.
async fn record(
    folder: &Path,
    made: &Path,
    embedder: Option<Arc<dyn Embedder>>,
    answers: &Arc<Vec<Written>>,
) -> anyhow::Result<()> {
    let known = Arc::clone(answers);
    let fake = Fake::answering(move |asked| answer(&known, asked)).await?;
    let places = Places::resolve(&folder.join("data"), None, None)?;
    let mut settings = Settings::default_settings()?;
    // The scripted embedder finds what shares words and is never sure: as in the test, it is taken at its word.
    settings.responder.draft_threshold =
        if embedder.is_some() { 0.0 } else { settings.responder.draft_threshold };
    let seams = Seams { embedder, ..Seams::real() };
    let app = App::build(places, settings, seams).await?;
    let tenant = app.tenant("sample").await?;
    let (workspace, questions) = sample::unpack(&folder.join("sample"))?;
    app.read_files(tenant, &workspace, false, Stop::default(), &|_| {}).await?;
    let app = sample::recording(&app, made, &fake.base_url())?;
    for question in &questions {
        for viewer in &question.viewers {
            let before = fake.asked().len();
            let response = app.ask(tenant, &viewer.asks(&question.question)).await?.response;
            let drafting = response.drafting.context("a model writes for the sample")?;
            let failed =
                drafting.steps.iter().find(|step| matches!(step.fared, Fared::Failed | Fared::Unusable));
            if let Some(step) = failed {
                let given = fake.asked().last().map(|asked| asked.said_by("user")).unwrap_or_default();
                bail!(
                    "no answer of sample/answers.json fits «{}», asked by {} ({}); what was given: {given}",
                    question.question,
                    viewer.label,
                    step.why.as_deref().unwrap_or("failed")
                );
            }
            let verdicts = response.decision.checks.iter().filter(|verdict| !verdict.passed);
            let against: Vec<&str> = verdicts.map(|verdict| verdict.detail.as_str()).collect();
            let against = against.join("; ");
            let asked = match (drafting.unasked, fake.asked().len() - before) {
                (Some(why), _) => why,
                (None, 0) => "recorded already",
                (None, _) => "recorded",
            };
            let outcome = response.decision.outcome;
            let reason = outcome.reason().unwrap_or_default();
            println!(
                "- «{}», {}: {asked}; {} {reason} {against}",
                question.question,
                viewer.label,
                outcome.name()
            );
        }
    }
    Ok(())
}

/// Returns the first answer all of whose phrases stand in the evidence; a refusal where there is none.
fn answer(answers: &[Written], asked: &Asked) -> Say {
    let data: Value = serde_json::from_str(&asked.said_by("user")).unwrap_or_default();
    let pieces = data["evidence"].as_array().map(Vec::as_slice).unwrap_or_default();
    let holds = |phrase: &str| {
        pieces.iter().find(|piece| piece["text"].as_str().unwrap_or_default().contains(phrase))
    };
    let Some(written) = answers.iter().find(|written| data["question"] == written.question.as_str()) else {
        return Say::refuse(400, "no such question");
    };
    for sentences in &written.answers {
        let cited: Option<Vec<Value>> = sentences
            .iter()
            .map(|sentence| {
                Some(json!({ "text": sentence.text, "evidence": [holds(&sentence.from)?["id"]] }))
            })
            .collect();
        if let Some(cited) = cited {
            return Say::Text(json!({ "can_answer": !cited.is_empty(), "sentences": cited }).to_string());
        }
    }
    Say::refuse(400, "no such evidence")
}

/// Puts the new recordings in the place of the old ones, without what differs from run to run.
fn replace(made: &Path, kept: &Path) -> anyhow::Result<()> {
    let old =
        if kept.is_dir() { std::fs::read_dir(kept)?.collect::<Result<Vec<_>, _>>()? } else { Vec::new() };
    for file in old.iter().map(std::fs::DirEntry::path) {
        if file.extension().is_some_and(|extension| extension == "json") {
            std::fs::remove_file(file)?;
        }
    }
    std::fs::create_dir_all(kept)?;
    let mut count = 0;
    for file in std::fs::read_dir(made)? {
        let file = file?;
        let mut recording: Value = serde_json::from_slice(&std::fs::read(file.path())?)?;
        recording["reply"]["model"] = recording["asked"].clone();
        recording["reply"]["usage"]["took_ms"] = json!(0);
        std::fs::write(kept.join(file.file_name()), serde_json::to_string_pretty(&recording)? + "\n")?;
        count += 1;
    }
    println!("{count} recordings in {}", kept.display());
    Ok(())
}
