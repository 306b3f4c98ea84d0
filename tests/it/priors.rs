//! What a replay has shown of documents decides among those that match a question about equally well, and nothing else.

use std::path::Path;

use app::ask::Ask;
use app::{App, Places, Response, Settings};
use domain::priors::Age;
use domain::{Language, Question, Timestamp};
use identity::{Assurance, Purpose};
use llm_fake::{Fake, Say};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Bench, now, seams};

const QUESTION: &str = "How do I reset the display with the power button?";

/// Returns an installation that knows a young text and an old one that say about the same, and one for agents.
async fn bench(change: impl FnOnce(&mut Settings)) -> Bench {
    let bench = Bench::with(|settings| {
        settings.responder.draft_threshold = 0.0;
        change(settings);
    })
    .await;
    for (name, audience, updated_at, body) in [
        (
            "young.md",
            "public",
            "2025-06-20",
            "Hold the power button for twelve seconds to reset the display.",
        ),
        (
            "old.md",
            "public",
            "2023-12-20",
            "Hold the power button for twelve long seconds to reset the display.",
        ),
        ("agents.md", "internal", "2025-06-20", "Reset the display with the power button and the code 4711."),
    ] {
        let head =
            format!("title: Reset\naudience: {audience}\nlanguage: en\nupdated_at: {updated_at}T00:00:00Z");
        bench.write(name, format!("---\n{head}\n---\n# Reset\n\n{body}\n"));
    }
    let inbox = bench.folder.path().join("inbox");
    bench.read(&inbox).await.unwrap();
    bench
}

/// Writes what a replay leaves behind that has shown texts of one age to be right and those of another to be wrong.
fn report(folder: &TempDir, right: Age, wrong: Age) -> std::path::PathBuf {
    let factor =
        |age: Age, factor: f64| json!({"sign": {"age": age}, "drafts": 40, "right": 0.5, "factor": factor});
    let report =
        json!({"main_mask": "strict", "priors": {"factors": [factor(right, 2.0), factor(wrong, 0.5)]}});
    let path = folder.path().join("report.json");
    std::fs::write(&path, report.to_string()).unwrap();
    path
}

async fn ask_at(bench: &Bench, as_of: Option<Timestamp>) -> Response {
    let ask = Ask {
        text: QUESTION.to_owned(),
        person: None,
        assurance: Assurance::Anonymous,
        purpose: Purpose::Draft,
        customer: domain::Applicability::default(),
        as_of,
    };
    bench.app.ask(bench.tenant, &ask).await.unwrap().response
}

async fn ask(bench: &Bench) -> Response {
    ask_at(bench, None).await
}

fn kept(response: &Response) -> Vec<&str> {
    response.evidence.as_ref().unwrap().kept.iter().map(|found| found.external_id.as_str()).collect()
}

/// Returns the ages of the two texts, that of the one which the search finds first before the other.
fn ages(response: &Response) -> (Age, Age) {
    let kept = kept(response);
    assert_eq!(kept.len(), 2, "{kept:?}");
    if kept[0].contains("young") { (Age::Month, Age::Older) } else { (Age::Older, Age::Month) }
}

#[tokio::test]
async fn a_prior_decides_among_near_equals_and_the_confidence_stays_that_of_the_search() {
    let plain = bench(|_| {}).await;
    let before = ask(&plain).await;
    let (first, second) = ages(&before);
    assert!(before.evidence.as_ref().unwrap().ranked.is_empty(), "nobody asks for it");
    assert!(!serde_json::to_string(&before).unwrap().contains("ranked"));
    assert!(!serde_json::to_string(&before.trace()).unwrap().contains("prior"));

    let folder = tempfile::tempdir().unwrap();
    let path = report(&folder, second, first);
    let bench = bench(|settings| settings.retrieval.priors = path).await;
    let after = ask(&bench).await;
    let mut reversed = kept(&before);
    reversed.reverse();
    assert_eq!(kept(&after), reversed);
    assert!((after.decision.confidence - before.decision.confidence).abs() < 1e-5);
    let trace = serde_json::to_value(after.trace()).unwrap();
    let added = |at: usize| trace["priors"][at]["added"].as_f64().unwrap();
    assert!(added(0) > 0.06 && added(1) < -0.06, "{trace}");
    // What only agents may read comes no nearer to a reply, and stands beside it as before.
    for response in [&before, &after] {
        let beside: Vec<&str> =
            response.decision.for_agent.iter().map(|one| one.external_id.as_str()).collect();
        assert!(beside.len() == 1 && beside[0].contains("agents"), "{beside:?}");
    }
    // `eval` measures the same.
    let question = Question::new(QUESTION, Language::ENGLISH);
    let ranking = bench.app.retrieval.rank(&bench.public_scope(), &question, 9).await.unwrap();
    assert_eq!(ranking.documents[0].0, reversed[0]);
    assert!((ranking.confidence - before.decision.confidence).abs() < 1e-5);
}

#[tokio::test]
async fn a_text_is_as_old_as_it_was_at_the_moment_that_is_asked_at() {
    let bench = bench(|_| {}).await;
    let then: Timestamp = "2024-01-02T00:00:00Z".parse().unwrap();
    let ages = |response: &Response| -> Vec<Option<Age>> {
        response.evidence.as_ref().unwrap().ranked.iter().map(|one| one.signs.age).collect()
    };
    assert_eq!(ages(&ask_at(&bench, Some(then)).await), [Some(Age::Month)]);
    let mut today = ages(&ask_at(&bench, Some(now())).await);
    today.sort();
    assert_eq!(today, [Some(Age::Month), Some(Age::Older)]);
}

#[tokio::test]
async fn beside_a_reranker_priors_do_not_count() {
    let before = ask(&bench(|_| {}).await).await;
    let (first, second) = ages(&before);
    let folder = tempfile::tempdir().unwrap();
    let path = report(&folder, second, first);
    // It gives no order, so that of the search counts.
    let fake = Fake::saying([Say::refuse(401, "no such key")]).await.unwrap();
    let url = format!("{}/rerank", fake.base_url());
    let config: Value =
        json!({"kind": "remote", "url": url, "model": "rank", "api_key": "sk-0815", "retries": 0});
    let bench = bench(|settings| {
        settings.retrieval.priors = path;
        settings.reranker = serde_json::from_value(config).unwrap();
    })
    .await;
    let after = ask(&bench).await;
    assert_eq!(kept(&after), kept(&before));
    assert!(!serde_json::to_string(&after.trace()).unwrap().contains("prior"));
}

#[tokio::test]
async fn a_report_that_cannot_be_used_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let places =
        Places { data: folder.path().join("data"), config: None, cache: folder.path().join("cache") };
    let mut settings = Settings::default_settings().unwrap();
    settings.retrieval.priors = Path::new("no-such-report.json").to_owned();
    let error = App::build(places, settings, seams(now())).await.err().unwrap();
    let error = format!("{error:#}");
    assert!(error.contains("`retrieval.priors`") && error.contains("no-such-report.json"), "{error}");
}
