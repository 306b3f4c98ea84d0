//! The recorded answers of the sample are there for exactly what is asked today, and pass every check.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::path::Path;
use std::sync::Arc;

use app::sample::{self, Question};
use app::seams::{FixedClock, NoChannels, RandomIds, Seams};
use app::{App, Places, Response, Settings, Stop};
use domain::{Drafter, Language, Outcome};
use identity::Assurance;
use llm::Embedder;
use llm::scripted::Scripted;

use crate::harness::now;

/// How recordings are made.
const RENEW: &str = "cargo run -p app --example record_sample_answers";

/// Asks all questions of the sample of the recordings; returns each with who asked and what was answered.
async fn answers(
    cache: &Path,
    embedder: Option<Arc<dyn Embedder>>,
) -> Vec<(String, String, Assurance, Response)> {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let places = Places { data: home.join("data"), config: None, cache: cache.to_owned() };
    let seams = Seams {
        clock: Arc::new(FixedClock(now())),
        ids: Arc::new(RandomIds),
        embedder,
        channels: Arc::new(NoChannels),
    };
    let mut settings = Settings::default_settings().unwrap();
    // As when they are recorded: the scripted embedder is never sure.
    if seams.embedder.is_some() {
        settings.responder.draft_threshold = 0.0;
    }
    let app = App::build(places, settings, seams).await.unwrap();
    let tenant = app.tenant("sample").await.unwrap();
    let (workspace, questions) = sample::unpack(&home.join("sample")).unwrap();
    app.read_files(tenant, &workspace, false, Stop::default(), &|_| {}).await.unwrap();
    let app = sample::recorded(&app, &home.join("answers")).unwrap();
    let mut answers = Vec::new();
    for Question { question, viewers } in &questions {
        for viewer in viewers {
            let answer = app.ask(tenant, &viewer.asks(question)).await;
            let answer = answer.unwrap_or_else(|error| {
                panic!("«{question}», asked by {}: {error:#}\nrenew the recordings: {RENEW}", viewer.label)
            });
            answers.push((question.clone(), viewer.label.clone(), viewer.assurance, answer.response));
        }
    }
    answers
}

/// Fails unless both languages are answered in writing, with citations that lead to a place, and all checks pass.
fn assert_sound(answers: &[(String, String, Assurance, Response)]) {
    let mut written = Vec::new();
    for (question, viewer, assurance, response) in answers {
        let failed: Vec<_> = response.decision.checks.iter().filter(|verdict| !verdict.passed).collect();
        assert!(failed.is_empty(), "«{question}», asked by {viewer}: {failed:?}");
        let Some(draft) = response.decision.draft.as_ref().filter(|draft| draft.drafter == Drafter::Llm)
        else {
            continue;
        };
        assert_eq!(response.decision.outcome, Outcome::Answer, "«{question}», asked by {viewer}");
        let tells = draft.text().contains("zebra-quartz-91");
        assert!(!tells || (viewer.starts_with("Tom") && *assurance == Assurance::Verified), "{viewer}");
        written.push((draft.language, draft.sources.clone()));
    }
    for language in [Language::ENGLISH, Language::GERMAN] {
        let leads = written.iter().any(|(spoken, sources)| {
            let at_place =
                |url: &String| url.starts_with("https://help.fernweh-bikes.example/") && url.contains('#');
            *spoken == language && sources.iter().all(|source| source.url.as_ref().is_some_and(at_place))
        });
        assert!(leads, "no written answer in `{language}` cites a place: {written:?}; renew: {RENEW}");
    }
}

#[tokio::test]
async fn every_question_of_the_sample_has_its_recorded_answer() {
    let answers = answers(Path::new("nowhere"), Some(Arc::new(Scripted::new(64)))).await;
    assert_sound(&answers);
}

/// With the model that the demo uses, where it is present: it is got by `backstory models pull`, not by a test.
#[tokio::test]
async fn so_it_has_with_the_model_of_the_demo() {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-models");
    if !llm::models::default_dir(&cache).exists() {
        println!(
            "skipped: no model in {}; `backstory --cache-dir target/test-models models pull`",
            cache.display()
        );
        return;
    }
    assert_sound(&answers(&cache, None).await);
}
