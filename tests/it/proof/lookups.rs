//! Facts that are looked up about a customer who has proven who they are: told to that customer, and to nobody else.

use std::sync::{Arc, Mutex};

use app::config::LookupConfig;
use domain::{Applicability, Part};
use identity::Assurance;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::bench::{Bench, QUESTION, VICTIM, word};

const FACT: &str = "Turtle-7731";
const ASKS: &str = "Which plan do I have, please?";
const HOW_LONG: &str = "How many days may I return a bike after delivery?";

/// Everything that is logged on this thread.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Logs {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// The company's system: it knows the victim alone.
async fn company() -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .set_body_json(json!({"id": VICTIM, "plan": FACT, "secret": "not-named-1"}));
    Mock::given(path(format!("/accounts/{VICTIM}"))).respond_with(answer).mount(&server).await;
    server
}

fn account(base: &str) -> LookupConfig {
    let endpoint = json!({
        "url": format!("{base}/accounts/{{user_id}}"),
        "fields": [{"at": "/plan", "label": "Your plan"}],
        "same": {"at": "/id", "id": "user_id"},
        "timeout_ms": 500,
    });
    let config = json!({"title": "Your account", "words": ["plan"], "confidence": 0.9, "endpoint": endpoint});
    serde_json::from_value(config).unwrap()
}

async fn bench(server: &MockServer) -> Bench {
    let config = account(&server.uri());
    Bench::with(|settings| settings.lookups = [("account".to_owned(), config)].into()).await
}

/// An installation that may ask for the plan, too.
async fn bench_of_plans(server: &MockServer) -> Bench {
    let mut config = account(&server.uri());
    config.endpoint.customer = [(Part::Plan, "/plan".to_owned())].into();
    Bench::with(|settings| settings.lookups = [("account".to_owned(), config)].into()).await
}

/// Reads an article for each of two plans; one is the victim's, written otherwise than the company's system does.
async fn read_plans(bench: &Bench) {
    let folder = tempfile::tempdir().unwrap();
    for (plan, days) in [("Basic", "thirty"), ("turtle-7731", "ninety")] {
        let article = format!(
            "---\ntitle: Returns\naudience: public\nlanguage: en\nplan: {plan}\n---\n# Returns\n\nYou may return a bike within {days} days after delivery.\n"
        );
        std::fs::write(folder.path().join(format!("returns-{plan}.md")), article).unwrap();
    }
    let (app, path) = (&bench.app, folder.path());
    app.read_files(bench.tenant, path, false, app::Stop::default(), &|_| {}).await.unwrap();
}

/// A conversation in which the victim has just proven who they are.
async fn proven(bench: &Bench) -> String {
    let conversation = bench.asks(&bench.victim, QUESTION).await;
    let link = word(&bench.replies(&conversation)[0]);
    bench.confirm(&link, VICTIM).await;
    bench.advance(60);
    conversation
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn who_has_proven_it_is_told_and_nothing_of_it_stays() {
    let logs = Logs::default();
    let lines =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(logs.clone()).finish();
    let _guard = tracing::subscriber::set_default(lines);
    let server = company().await;
    let bench = bench(&server).await;
    let conversation = proven(&bench).await;
    assert_eq!(asked(&server).await, 0, "nobody asked about a plan");
    bench.writes(&conversation, &bench.victim, ASKS).await;
    assert_eq!(bench.assurance(&conversation).await, Assurance::Verified);
    let written = bench.written(&conversation);
    assert!(written.contains(FACT), "{written}");
    assert!(!written.contains("not-named-1"), "a field that is not configured: {written}");
    assert_eq!(asked(&server).await, 1);

    // Nothing of it in logs, traces and what is kept of what was written.
    let shown = logs.text();
    assert!(!shown.is_empty(), "logs are seen at all");
    assert!(!shown.contains(FACT), "{shown}");
    let (outcomes, outgoing) = bench.app.written_in(bench.tenant, bench.id(&conversation)).await.unwrap();
    assert!(outgoing.iter().all(|one| one.text.is_none()), "the channel holds the text now");
    let mut looked_up = 0;
    for outcome in &outcomes {
        let (_, trace) = bench.app.store.trace(bench.tenant, outcome.id).await.unwrap();
        assert!(!trace.to_string().contains("Turtle"), "{trace}");
        looked_up +=
            usize::from(trace["response"]["asked"] == json!([{"name": "account", "fared": "found"}]));
    }
    assert_eq!(looked_up, 1);

    // The conversation is read in like every other, and nothing is learned from it.
    bench.fake.edit(|workspace| {
        let agent = workspace.agent();
        workspace.close(&conversation, &agent, None).unwrap();
    });
    bench.import().await;
    let states = bench.app.store.chunk_states(bench.tenant, None, u32::MAX).await.unwrap();
    let ids: Vec<_> = states.iter().map(|state| state.id).collect();
    let chunks = bench.app.store.load_chunks_unscoped_for_maintenance(bench.tenant, &ids).await.unwrap();
    let of_it = chunks.iter().filter(|chunk| chunk.conversation == Some(bench.id(&conversation)));
    let kinds: Vec<domain::Kind> = of_it.map(|chunk| chunk.kind).collect();
    assert!(kinds.contains(&domain::Kind::History), "it was read: {kinds:?}");
    assert!(!kinds.contains(&domain::Kind::LearnedAnswer), "{kinds:?}");
    let learned = |chunk: &domain::Chunk| chunk.kind == domain::Kind::LearnedAnswer;
    assert!(chunks.iter().any(learned), "others are learned from");
    for chunk in chunks.iter().filter(|chunk| chunk.kind != domain::Kind::History) {
        assert!(!format!("{} {}", chunk.body, chunk.search_text).contains(FACT));
    }
}

#[tokio::test]
async fn who_only_claims_it_is_told_nothing_and_nobody_is_asked() {
    let server = company().await;
    let bench = bench(&server).await;
    let claimed = bench.asks(&bench.victim, ASKS).await;
    let lead = bench.lead(Some("vera@linden.test"));
    let leads = bench.asks(&lead, ASKS).await;
    let other = bench.user("u-omar", "omar@haddad.test", "Omar Haddad");
    let others = bench.asks(&other, ASKS).await;
    for conversation in [&claimed, &leads, &others] {
        assert!(!bench.written(conversation).contains(FACT), "{}", bench.written(conversation));
    }
    assert_eq!(asked(&server).await, 0);
    // What a proof would give is a reason to ask for one.
    assert!(bench.written(&claimed).contains("backstory=bsp_"), "{}", bench.written(&claimed));
    // Proven elsewhere is not proven here.
    let conversation = proven(&bench).await;
    bench.writes(&claimed, &bench.victim, ASKS).await;
    assert!(!bench.written(&claimed).contains(FACT));
    bench.advance(31 * 60);
    bench.writes(&conversation, &bench.victim, ASKS).await;
    assert!(!bench.written(&conversation).contains(FACT), "the proof is over");
    assert_eq!(asked(&server).await, 0);
}

#[tokio::test]
async fn what_fails_costs_nothing_but_the_fact() {
    let json_text =
        |text: &str| ResponseTemplate::new(200).set_body_raw(text.as_bytes().to_vec(), "application/json");
    let cases = [
        json_text("no json: Turtle-7731"),
        json_text(&format!("{{\"id\": \"{VICTIM}\", \"plan\": \"{}\"}}", FACT.repeat(10_000))),
        json_text(&format!("{{\"id\": \"u-omar\", \"plan\": \"{FACT}\"}}")),
        ResponseTemplate::new(500),
        ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
        ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(30)),
    ];
    for answer in cases {
        let server = MockServer::start().await;
        Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&server).await;
        let bench = bench(&server).await;
        let conversation = proven(&bench).await;
        bench.writes(&conversation, &bench.victim, ASKS).await;
        assert!(!bench.written(&conversation).contains(FACT), "{}", bench.written(&conversation));
        // The draft that the reply became rests on the same answer.
        assert_eq!(asked(&server).await, 1);
        let (outcomes, _) = bench.app.written_in(bench.tenant, bench.id(&conversation)).await.unwrap();
        let (_, trace) = bench.app.store.trace(bench.tenant, outcomes.last().unwrap().id).await.unwrap();
        assert_eq!(trace["response"]["asked"], json!([{"name": "account", "fared": "failed"}]));
    }
}

#[tokio::test]
async fn the_plan_that_is_looked_up_says_which_article_holds() {
    let server = company().await;
    let bench = bench_of_plans(&server).await;
    let conversation = proven(&bench).await;
    read_plans(&bench).await;
    let logs = Logs::default();
    let lines =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(logs.clone()).finish();
    let _guard = tracing::subscriber::set_default(lines);
    bench.writes(&conversation, &bench.victim, HOW_LONG).await;
    let written = bench.written(&conversation);
    assert!(written.contains("ninety") && !written.contains("thirty"), "{written}");
    assert_eq!(asked(&server).await, 1);
    // The plan itself was not asked for: it is told nobody, and stands nowhere.
    assert!(!written.contains(FACT), "{written}");
    assert!(!logs.text().is_empty() && !logs.text().contains(FACT));
    let (outcomes, _) = bench.app.written_in(bench.tenant, bench.id(&conversation)).await.unwrap();
    let mut looked_up = 0;
    for outcome in &outcomes {
        let (_, trace) = bench.app.store.trace(bench.tenant, outcome.id).await.unwrap();
        assert!(!trace.to_string().contains(FACT), "{trace}");
        looked_up +=
            usize::from(trace["response"]["asked"] == json!([{"name": "account", "fared": "found"}]));
    }
    assert_eq!(looked_up, 1);
}

#[tokio::test]
async fn a_side_that_cannot_be_looked_up_is_asked_back_as_before() {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let bench = bench_of_plans(&server).await;
    let conversation = proven(&bench).await;
    read_plans(&bench).await;
    bench.writes(&conversation, &bench.victim, HOW_LONG).await;
    let written = bench.written(&conversation);
    assert!(written.contains("Which plan is this about"), "{written}");
    assert_eq!(asked(&server).await, 1);
    // Whoever only claims to be somebody is asked the same, and for no proof: a plan is not worth one.
    let claimed = bench.asks(&bench.victim, HOW_LONG).await;
    let written = bench.written(&claimed);
    assert!(written.contains("Which plan is this about") && !written.contains("bsp_"), "{written}");
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn the_companys_own_system_comes_before_what_the_channel_notes() {
    let server = company().await;
    let bench = bench_of_plans(&server).await;
    read_plans(&bench).await;
    let noted = Applicability { plan: Some("Basic".into()), ..Applicability::default() };
    let ask = |as_of| app::ask::Ask {
        text: HOW_LONG.to_owned(),
        person: Some(format!("user_id:{VICTIM}")),
        assurance: Assurance::Verified,
        purpose: identity::Purpose::Auto,
        customer: noted.clone(),
        as_of,
    };
    let now = bench.app.ask(bench.tenant, &ask(None)).await.unwrap().response;
    let text = now.decision.draft.as_ref().unwrap().text();
    assert!(text.contains("ninety") && !text.contains("thirty"), "{text}");
    // What was looked up is in nothing that is handed on: the question stays as the conversation has it.
    assert_eq!(now.question.as_ref().unwrap().customer, noted);
    assert!(!serde_json::to_string(&now).unwrap().contains(FACT));
    assert_eq!(asked(&server).await, 1);
    // A replay goes by what was noted, and asks nobody.
    let then = bench.app.ask(bench.tenant, &ask(Some(bench.now()))).await.unwrap().response;
    assert!(!serde_json::to_string(&then.decision).unwrap().contains("ninety"));
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn a_replay_asks_nobody() {
    let server = company().await;
    let bench = bench(&server).await;
    let ask = |as_of| app::ask::Ask {
        text: ASKS.to_owned(),
        person: Some(format!("user_id:{VICTIM}")),
        assurance: Assurance::Verified,
        purpose: identity::Purpose::Auto,
        customer: domain::Applicability::default(),
        as_of,
    };
    let now = bench.app.ask(bench.tenant, &ask(None)).await.unwrap();
    assert!(serde_json::to_string(&now.response.decision).unwrap().contains(FACT));
    let then = bench.app.ask(bench.tenant, &ask(Some(bench.now()))).await.unwrap();
    assert!(!serde_json::to_string(&then.response).unwrap().contains(FACT));
    assert_eq!(asked(&server).await, 1);
}
