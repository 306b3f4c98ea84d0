//! A model puts what was found in order: a stand-in of the usual `/rerank` answers over loopback, or a tiny
//! cross-encoder runs here, and its order counts for those who are answered, or the order of the search does.

use std::path::Path;

use app::Response;
use app::ask::Ask;
use domain::decision::Verdict;
use domain::{Draft, Language, Outcome, Question};
use identity::{Assurance, Purpose};
use llm_fake::{Asked, Fake, Say};
use serde_json::{Value, json};

use crate::harness::Bench;

const QUESTION: &str = "How do I reset the display with the power button?";

fn article(title: &str, audience: &str, body: &str) -> String {
    format!(
        "---\ntitle: {title}\naudience: {audience}\nlanguage: en\nupdated_at: 2025-01-01T00:00:00Z\n---\n# {title}\n\n{body}\n"
    )
}

/// Returns an installation that knows three articles and asks the reranker at an address, where there is one.
async fn bench(fake: Option<&Fake>) -> Bench {
    let config = fake.map(|fake| {
        let url = format!("{}/rerank", fake.base_url());
        json!({"kind": "remote", "url": url, "model": "rank", "api_key": "sk-0815", "retries": 0})
    });
    bench_with(config.unwrap_or_else(|| json!({"kind": "off"}))).await
}

/// Returns an installation that knows three articles and has this reranker.
async fn bench_with(reranker: Value) -> Bench {
    let bench = Bench::with(|settings| {
        settings.responder.draft_threshold = 0.0;
        settings.reranker = serde_json::from_value(reranker).unwrap();
    })
    .await;
    for (name, audience, title, body) in [
        (
            "reset.md",
            "public",
            "Reset the display",
            "Hold the power button for twelve seconds to reset the display.",
        ),
        ("lamp.md", "public", "The lamp", "Press the power button once, and the lamp goes on."),
        ("agents.md", "internal", "For agents", "Reset the display with the power button and the code 4711."),
    ] {
        bench.write(name, article(title, audience, body));
    }
    let inbox = bench.folder.path().join("inbox");
    bench.read(&inbox).await.unwrap();
    bench
}

async fn ask(bench: &Bench) -> Response {
    let ask = Ask {
        text: QUESTION.to_owned(),
        person: None,
        assurance: Assurance::Anonymous,
        purpose: Purpose::Draft,
        customer: domain::Applicability::default(),
        as_of: None,
    };
    bench.app.ask(bench.tenant, &ask).await.unwrap().response
}

fn kept(response: &Response) -> Vec<&str> {
    response.evidence.as_ref().unwrap().kept.iter().map(|found| found.title.as_str()).collect()
}

/// Returns what does not depend on where an installation lies.
fn said(response: &Response) -> (Outcome, String, &[Verdict]) {
    let decision = &response.decision;
    let text = decision.draft.as_ref().map(Draft::text).unwrap_or_default();
    (decision.outcome, text, &decision.checks)
}

/// Holds figures against each other: each installation has ids of its own, and adds up in the order of them.
fn assert_alike(one: &[f32], other: &[f32]) {
    let is_alike = one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-5);
    assert!(one.len() == other.len() && is_alike, "{one:?} and {other:?}");
}

/// What a model does that likes lamps.
fn likes_lamps(asked: &Asked) -> Say {
    let texts = asked.body["documents"].as_array().unwrap();
    let score = |text: &Value| if text.as_str().unwrap().contains("lamp") { 0.9 } else { 0.1 };
    Say::Scores(texts.iter().map(score).collect())
}

#[tokio::test]
async fn its_order_counts_and_the_confidence_stays_that_of_the_search() {
    let plain = bench(None).await;
    let before = ask(&plain).await;
    assert_eq!(kept(&before), ["Reset the display", "The lamp"]);
    assert!(!serde_json::to_string(&before).unwrap().contains("rerank"));
    assert!(!serde_json::to_string(&before.trace()).unwrap().contains("rerank"));

    let fake = Fake::answering(likes_lamps).await.unwrap();
    let bench = bench(Some(&fake)).await;
    let after = ask(&bench).await;
    assert_eq!(kept(&after), ["The lamp", "Reset the display"]);
    let scores = |response: &Response| -> Vec<f32> {
        response.evidence.as_ref().unwrap().kept.iter().map(|found| found.score).collect()
    };
    assert_alike(&scores(&after), &scores(&before));
    assert_alike(&[after.decision.confidence], &[before.decision.confidence]);
    let draft = after.decision.draft.as_ref().unwrap();
    assert!(draft.sentences[0].text.contains("lamp goes on"), "{}", draft.text());
    let trace = serde_json::to_value(after.trace()).unwrap();
    assert_eq!(trace["reranked"], json!({"model": "rank", "sent": 2}));
    assert!(bench.app.drafter(bench.tenant).ends_with("; reranked by rank, 20"));

    // `eval` measures the same.
    let question = Question::new(QUESTION, Language::ENGLISH);
    let ranking = bench.app.retrieval.rank(&bench.public_scope(), &question, 9).await.unwrap();
    assert!(ranking.documents[0].0.contains("lamp"), "{ranking:?}");
    assert!(ranking.documents.is_sorted_by(|one, other| one.1 >= other.1), "{ranking:?}");
}

#[tokio::test]
async fn it_is_sent_what_the_customer_may_see_and_nothing_else() {
    let fake = Fake::answering(likes_lamps).await.unwrap();
    let bench = bench(Some(&fake)).await;
    let response = ask(&bench).await;
    assert!(response.decision.for_agent.iter().any(|beside| beside.title == "For agents"));
    let asked = fake.asked();
    assert_eq!(asked.len(), 1, "what stands beside the draft is not put in order");
    let body = &asked[0].body;
    assert_eq!(
        (&body["query"], &body["model"], &body["top_n"]),
        (&json!(QUESTION), &json!("rank"), &json!(2))
    );
    assert!(body["documents"][0].as_str().unwrap().starts_with("Reset the display\n"), "{body}");
    assert!(!body.to_string().contains("4711"), "{body}");
    assert_eq!(asked[0].header("authorization"), Some("Bearer sk-0815"));
}

#[tokio::test]
async fn where_it_fails_the_order_of_the_search_counts_and_that_is_recorded() {
    let plain = ask(&bench(None).await).await;
    for (say, why) in [
        (Say::refuse(503, "down"), "busy"),
        (Say::refuse(401, "no such key"), "key_refused"),
        (Say::Scores(vec![1.0]), "refused"),
        (Say::Scores(vec![1.0, 2.0, 3.0]), "refused"),
        (
            Say::Raw("{\"results\": [{\"index\": 7, \"relevance_score\": 1}, {\"index\": 0}]}".to_owned()),
            "refused",
        ),
        (Say::Raw("<html>".to_owned()), "refused"),
        (Say::Silence, "too_slow"),
    ] {
        let fake = Fake::saying([say.clone()]).await.unwrap();
        let response = ask(&bench(Some(&fake)).await).await;
        let trace = serde_json::to_value(response.trace()).unwrap();
        assert_eq!(trace["reranked"]["failed"], why, "{say:?}");
        assert_eq!(kept(&response), kept(&plain));
        assert_eq!(said(&response), said(&plain));
        assert_alike(&[response.decision.confidence], &[plain.decision.confidence]);
    }
}

/// Makes the folder of a cross-encoder whose score is the sum of what the words of a text count: of the tokens from 0
/// to 7 these are 0, 0, 0, 1000 (which fills up), 1, 3, -5, and no number at all.
fn cross_encoder(folder: &Path, words: &[(&str, u32)]) {
    std::fs::create_dir_all(folder).unwrap();
    let graph = include_bytes!("../../crates/llm/src/rerank/local/segments.rten");
    std::fs::write(folder.join("model.rten"), graph).unwrap();
    let mut vocabulary = json!({"[CLS]": 0, "[SEP]": 1, "[UNK]": 2, "[PAD]": 3});
    for (word, token) in words {
        vocabulary[*word] = json!(token);
    }
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "decoder": null,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 1], "cls": ["[CLS]", 0]},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    });
    std::fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
}

#[tokio::test]
async fn a_cross_encoder_on_this_machine_puts_in_order_and_no_host_has_to_be_allowed() {
    let plain = ask(&bench(None).await).await;
    let models = tempfile::tempdir().unwrap();
    let folder = models.path().join("lamps");
    cross_encoder(&folder, &[("lamp", 5), ("seconds", 6)]);
    let bench = bench_with(json!({"kind": "local", "folder": folder})).await;
    let response = ask(&bench).await;
    assert_eq!(kept(&plain), ["Reset the display", "The lamp"]);
    assert_eq!(kept(&response), ["The lamp", "Reset the display"]);
    assert_alike(&[response.decision.confidence], &[plain.decision.confidence]);
    let trace = serde_json::to_value(response.trace()).unwrap();
    let model = trace["reranked"]["model"].as_str().unwrap();
    assert!(model.starts_with("lamps@") && trace["reranked"]["sent"] == 2, "{trace}");
    assert!(bench.app.drafter(bench.tenant).ends_with(&format!("; reranked by {model}, 20")));
}

#[tokio::test]
async fn where_a_cross_encoder_gives_no_number_the_order_of_the_search_counts() {
    let plain = ask(&bench(None).await).await;
    let models = tempfile::tempdir().unwrap();
    cross_encoder(models.path(), &[("lamp", 5), ("seconds", 7)]);
    let response = ask(&bench_with(json!({"kind": "local", "folder": models.path()})).await).await;
    let trace = serde_json::to_value(response.trace()).unwrap();
    assert_eq!(trace["reranked"]["failed"], "refused");
    assert_eq!(kept(&response), kept(&plain));
    assert_eq!(said(&response), said(&plain));
}
