//! A model writes the answer: a question goes in, a stand-in of the OpenAI API answers over loopback, and what it
//! says becomes a draft, or a hand-off with its reason.

use std::path::Path;

use app::ask::{Answer, Ask};
use app::config::DrafterKind;
use app::{Response, Settings};
use domain::decision::Verdict;
use domain::{Draft, Drafter, HandOff, Outcome};
use identity::{Assurance, Purpose};
use llm::completion::recording::Mode;
use llm_fake::{Asked, Fake, Say};
use serde_json::{Value, json};

use crate::harness::{Bench, now};

const QUESTION: &str = "How do I reset the display with the power button?";
const ARTICLE: &str = "---\ntitle: Reset the display\naudience: public\nlanguage: en\nupdated_at: 2025-01-01T00:00:00Z\n---\n# Reset the display\n\nHold the power button for twelve seconds until the display turns blue. Your settings stay as they are.\n";
const INTERNAL: &str = "---\ntitle: Reset for agents\naudience: internal\nlanguage: en\nupdated_at: 2025-01-01T00:00:00Z\n---\n# Reset for agents\n\nHold the power button and reset the display with the service code 4711.\n";

pub(crate) fn model(settings: &mut Settings, name: &str, base_url: &str) {
    let config = json!({
        "provider": "openai", "model": name, "base_url": base_url, "api_key": "sk-0815",
        "input_price": 2.0, "output_price": 8.0, "retries": 0, "backoff_ms": 1,
    });
    settings.models.insert(name.to_owned(), serde_json::from_value(config).unwrap());
    settings.drafter.kind = DrafterKind::Llm;
    settings.drafter.models.push(name.to_owned());
}

/// Returns an installation that knows two articles and asks the models at these addresses.
async fn bench(base_urls: &[String], change: impl FnOnce(&mut Settings)) -> Bench {
    let bench = Bench::with(|settings| {
        settings.responder.draft_threshold = 0.0;
        for (number, base_url) in base_urls.iter().enumerate() {
            model(settings, &format!("model-{number}"), base_url);
        }
        change(settings);
    })
    .await;
    bench.write("reset.md", ARTICLE);
    let inbox = bench.write("agents.md", INTERNAL);
    bench.read(&inbox).await.unwrap();
    bench
}

async fn ask(bench: &Bench) -> anyhow::Result<Answer> {
    let ask = Ask {
        text: QUESTION.to_owned(),
        person: None,
        assurance: Assurance::Anonymous,
        purpose: Purpose::Draft,
        customer: domain::Applicability::default(),
        as_of: None,
    };
    bench.app.ask(bench.tenant, &ask).await
}

/// What a faithful model does: it says the first sentence of the first piece, and cites it.
pub(crate) fn faithful(asked: &Asked) -> Say {
    let data: Value = serde_json::from_str(&asked.said_by("user")).unwrap();
    let first = &data["evidence"][0];
    let text = first["text"].as_str().unwrap().split_inclusive(". ").next().unwrap();
    let sentences = json!([{"text": text, "evidence": [first["id"]]}]);
    Say::Text(json!({"can_answer": true, "sentences": sentences}).to_string())
}

/// Returns what does not depend on where an installation lies.
fn said(response: &Response) -> (Outcome, String, &[Verdict], f32) {
    let decision = &response.decision;
    let text = decision.draft.as_ref().map(Draft::text).unwrap_or_default();
    (decision.outcome, text, &decision.checks, decision.confidence)
}

#[tokio::test]
async fn a_model_answers_with_its_sources_and_is_accounted_for() {
    let fake = Fake::answering(faithful).await.unwrap();
    let bench = bench(&[fake.base_url()], |_| {}).await;
    let response = ask(&bench).await.unwrap().response;
    let decision = &response.decision;
    assert_eq!(decision.outcome, Outcome::Answer, "{:?}", decision.checks);
    let draft = decision.draft.as_ref().unwrap();
    assert_eq!((draft.drafter, draft.sentences.len(), draft.sources.len()), (Drafter::Llm, 1, 1));
    assert!(
        draft.text().contains("Hold the power button for twelve seconds until the display turns blue. [1]")
    );
    assert!(draft.sources[0].external_id.contains("reset"), "{:?}", draft.sources);

    let asked = fake.asked();
    assert_eq!(asked.len(), 1);
    let whole = asked[0].body.to_string();
    assert!(
        whole.contains("twelve seconds") && !whole.contains("4711"),
        "what is for agents stays here: {whole}"
    );
    assert!(decision.for_agent.iter().any(|beside| beside.title == "Reset for agents"));

    let trace = serde_json::to_value(response.trace()).unwrap();
    let drafting = &trace["drafting"];
    let step = &drafting["steps"][0];
    assert_eq!(
        (&drafting["drafter"], &step["model"], &step["fared"]),
        (&json!("llm"), &json!("model-0"), &json!("wrote"))
    );
    assert!(step["tokens_in"].as_u64() > Some(0) && step["took_ms"].is_u64(), "{step}");
    assert_eq!(drafting["prompt"], responder::write::prompts(""));
    assert!(!trace.to_string().contains("twelve"), "traces hold no texts: {trace}");
    let spent = bench.app.store.spent(bench.tenant, now()).await.unwrap();
    assert_eq!(Some(spent), step["cost_micros"].as_u64());
    assert!(spent > 0);
}

#[tokio::test]
async fn without_a_model_all_is_as_it_was() {
    let plain = bench(&[], |_| {}).await;
    let response = ask(&plain).await.unwrap().response;
    assert_eq!((response.drafting.as_ref(), response.decision.outcome), (None, Outcome::Answer));
    let written = serde_json::to_string(&response).unwrap();
    assert!(!written.contains("drafter") && !written.contains("drafting"), "{written}");

    // Models that cannot be reached leave the very same draft, and say so.
    let down = Fake::saying([Say::refuse(503, "down")]).await.unwrap();
    let fallen = bench(&[down.base_url(), down.base_url()], |_| {}).await;
    let fallen = ask(&fallen).await.unwrap().response;
    assert_eq!(said(&fallen), said(&response));
    let drafting = fallen.drafting.unwrap();
    let steps: Vec<_> =
        drafting.steps.iter().map(|step| (step.model.as_str(), step.why.as_deref())).collect();
    assert_eq!(steps, [("model-0", Some("busy")), ("model-1", Some("busy"))]);
    assert_eq!(drafting.drafter, "extractive");
}

#[tokio::test]
async fn the_cheaper_model_follows_the_first() {
    let down = Fake::saying([Say::refuse(401, "no such key")]).await.unwrap();
    let up = Fake::answering(faithful).await.unwrap();
    let bench = bench(&[down.base_url(), up.base_url()], |_| {}).await;
    let response = ask(&bench).await.unwrap().response;
    assert_eq!(response.decision.draft.unwrap().drafter, Drafter::Llm);
    let steps = response.drafting.unwrap().steps;
    assert_eq!(steps.iter().map(|step| step.why.as_deref()).collect::<Vec<_>>(), [Some("key_refused"), None]);
}

#[tokio::test]
async fn what_is_no_answer_is_handed_off_with_its_reason() {
    let german = json!({"can_answer": true, "sentences": [{"text": "Halten Sie die Taste zwölf Sekunden lang gedrückt, bis die Anzeige blau wird, und warten Sie danach noch einen Augenblick.", "evidence": ["E1"]}]});
    let invented = json!({"can_answer": true, "sentences": [{"text": "Hold it.", "evidence": ["E7"]}]});
    let bare = json!({"can_answer": true, "sentences": [{"text": "Hold it.", "evidence": []}]});
    let obedient = json!({"can_answer": true, "sentences": [{"text": "Please log in at https://evil.test/login first.", "evidence": ["E1"]}]});
    let none = json!({"can_answer": false, "sentences": []});
    let cases = [
        (Say::Text(String::new()), HandOff::CheckFailed, "drafter", "empty"),
        (Say::Text("Sure, hold the button!".to_owned()), HandOff::CheckFailed, "drafter", "no JSON"),
        (Say::Text("x".repeat(100 * 1024)), HandOff::CheckFailed, "drafter", "bytes"),
        (Say::Echo, HandOff::CheckFailed, "drafter", ""),
        (Say::Text(invented.to_string()), HandOff::CheckFailed, "drafter", "not given"),
        (Say::Text(bare.to_string()), HandOff::CheckFailed, "drafter", "names no evidence"),
        (Say::Text(german.to_string()), HandOff::CheckFailed, "language", "`de`"),
        (Say::Text(obedient.to_string()), HandOff::CheckFailed, "links", "1 links"),
        (Say::Text(none.to_string()), HandOff::LowConfidence, "", ""),
    ];
    for (say, why, check, detail) in cases {
        let fake = Fake::saying([say.clone()]).await.unwrap();
        let bench = bench(&[fake.base_url()], |_| {}).await;
        let decision = ask(&bench).await.unwrap().response.decision;
        assert_eq!(decision.outcome, Outcome::HandOff(why), "{say:?}");
        let failed = decision.checks.iter().find(|verdict| !verdict.passed && verdict.check == check);
        assert!(
            check.is_empty() || failed.is_some_and(|failed| failed.detail.contains(detail)),
            "{decision:?}"
        );
    }
}

#[tokio::test]
async fn a_model_says_what_is_asked_where_the_tenant_wants_it() {
    fn both(asked: &Asked) -> Say {
        let data: Value = serde_json::from_str(&asked.said_by("user")).unwrap();
        if data.get("turns").is_none() {
            return faithful(asked);
        }
        Say::Text(json!({"questions": [{"text": QUESTION}]}).to_string())
    }
    let text = "The display is black. How do I reset it with the power button? How do I do that at night?";
    for (understand, by, calls) in [(false, None, 1), (true, Some("llm"), 2)] {
        let fake = Fake::answering(both).await.unwrap();
        let bench = bench(&[fake.base_url()], |settings| settings.drafter.understand = understand).await;
        let ask = Ask {
            text: text.to_owned(),
            person: None,
            assurance: Assurance::Anonymous,
            purpose: Purpose::Draft,
            customer: domain::Applicability::default(),
            as_of: None,
        };
        let response = bench.app.ask(bench.tenant, &ask).await.unwrap().response;
        assert_eq!((response.reading.as_ref().map(|reading| reading.by), fake.asked().len()), (by, calls));
        let question = response.question.as_ref().unwrap().text.as_str();
        assert_eq!(question == QUESTION, understand, "{question}");
        let trace = serde_json::to_value(response.trace()).unwrap();
        assert_eq!(
            trace["reading"]["steps"][0]["fared"],
            if understand { json!("wrote") } else { Value::Null }
        );
        assert_eq!(bench.app.drafter(bench.tenant).contains("questions by prompts"), understand);
        // Nonsense leaves the question of the rules.
        let fake = Fake::saying([Say::Echo, Say::Echo, Say::Echo]).await.unwrap();
        let bench =
            super::models::bench(&[fake.base_url()], |settings| settings.drafter.understand = understand)
                .await;
        let response = bench.app.ask(bench.tenant, &ask).await.unwrap().response;
        assert_eq!(response.question.unwrap().text, text);
    }
}

#[tokio::test]
async fn a_spent_month_ends_in_extractive_drafts() {
    let fake = Fake::answering(faithful).await.unwrap();
    let bench = bench(&[fake.base_url()], |settings| settings.drafter.monthly_cap = 0.000_001).await;
    let first = ask(&bench).await.unwrap().response;
    assert_eq!(first.decision.draft.unwrap().drafter, Drafter::Llm);
    let second = ask(&bench).await.unwrap().response;
    assert_eq!(second.decision.draft.unwrap().drafter, Drafter::Extractive);
    assert_eq!(second.drafting.unwrap().steps[0].why.as_deref(), Some("cap_reached"));
    assert_eq!(fake.asked().len(), 1);
    let other = bench.app.tenant("globex").await.unwrap();
    assert_eq!(bench.app.store.spent(other, now()).await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_recorded_is_replayed_without_a_provider() {
    let folder = tempfile::tempdir().unwrap();
    let recording = |mode: Mode, folder: &Path| {
        let folder = folder.to_owned();
        move |settings: &mut Settings| {
            settings.drafter.recording = mode;
            settings.drafter.recordings = folder;
        }
    };
    let recorded = {
        let fake = Fake::answering(faithful).await.unwrap();
        let bench = bench(&[fake.base_url()], recording(Mode::Record, folder.path())).await;
        ask(&bench).await.unwrap().response
    };
    let nowhere = ["http://127.0.0.1:1/v1".to_owned()];
    let bench = bench(&nowhere, recording(Mode::Replay, folder.path())).await;
    let replayed = ask(&bench).await.unwrap().response;
    assert_eq!(said(&replayed), said(&recorded));
    assert_eq!(replayed.drafting.unwrap().steps, recorded.drafting.unwrap().steps);
    assert_eq!(
        bench.app.store.spent(bench.tenant, now()).await.unwrap(),
        0,
        "what is replayed costs nothing"
    );

    bench.write("reset.md", ARTICLE.replace("twelve", "twenty").replace("2025-01-01", "2025-02-01"));
    bench.read(&bench.folder.path().join("inbox")).await.unwrap();
    let error = format!("{:#}", ask(&bench).await.unwrap_err());
    assert!(error.contains("no recording") && error.contains("drafter.recording"), "{error}");
}

#[tokio::test]
async fn nothing_is_asked_where_nothing_would_be_done_with_it() {
    let fake = Fake::answering(faithful).await.unwrap();
    let bench = bench(&[fake.base_url()], |settings| settings.responder.draft_threshold = 2.0).await;
    let response = ask(&bench).await.unwrap().response;
    assert_eq!(response.decision.outcome, Outcome::HandOff(HandOff::LowConfidence));
    assert_eq!(response.drafting.unwrap().unasked, Some("below_threshold"));
    assert_eq!(fake.asked(), []);
}
