use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::*;

const KEY: &str = "sk-very-secret-0815";

fn config(server: &MockServer) -> Config {
    Config {
        base_url: format!("{}/v1/", server.uri()),
        model: "embed-small".to_owned(),
        api_key: Some(Secret::new(KEY)),
        dimensions: 2,
        ask_dimensions: false,
        max_tokens: 100,
        batch_texts: 3,
        batch_tokens: 1000,
        languages: Vec::new(),
        query_prefix: String::new(),
        passage_prefix: String::new(),
        timeout_secs: 5,
        retries: 2,
        backoff_ms: 1,
        max_wait_secs: 1,
    }
}

/// Plays a list of answers, the last one again and again, and keeps what was asked.
#[derive(Default)]
struct Script {
    answers: Vec<ResponseTemplate>,
    next: AtomicUsize,
    asked: Mutex<Vec<Value>>,
}

struct Player(std::sync::Arc<Script>);

impl Respond for Player {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let question: Value = request.body_json().unwrap();
        self.0.asked.lock().unwrap().push(question.clone());
        let number = self.0.next.fetch_add(1, Ordering::SeqCst);
        let answer = self.0.answers.get(number).or(self.0.answers.last());
        answer.cloned().unwrap_or_else(|| good(&question))
    }
}

/// Answers each text with a vector that tells its length, in reverse order.
fn good(question: &Value) -> ResponseTemplate {
    let texts = question["input"].as_array().unwrap();
    let item = |(index, text): (usize, &Value)| json!({"object": "embedding", "index": index, "embedding": [text.as_str().unwrap().len(), 1]});
    let data: Vec<Value> = texts.iter().enumerate().map(item).rev().collect();
    ResponseTemplate::new(200)
        .set_body_json(json!({"object": "list", "data": data, "usage": {"total_tokens": 1}}))
}

async fn server(answers: Vec<ResponseTemplate>) -> (MockServer, std::sync::Arc<Script>) {
    let server = MockServer::start().await;
    let script = std::sync::Arc::new(Script { answers, ..Script::default() });
    Mock::given(method("POST"))
        .and(path("/v1/embeddings"))
        .and(header("authorization", format!("Bearer {KEY}").as_str()))
        .respond_with(Player(script.clone()))
        .mount(&server)
        .await;
    (server, script)
}

fn texts(lengths: &[usize]) -> Vec<String> {
    lengths.iter().map(|&length| "x".repeat(length)).collect()
}

/// Asks once and checks that no part of an error tells the key.
async fn ask(config: Config, texts: &[String]) -> Result<Vec<Vec<f32>>, Error> {
    let result = Remote::build(config).unwrap().embed(texts, Role::Passage).await;
    if let Err(error) = &result {
        assert!(!format!("{error} {error:?}").contains(KEY), "{error:?}");
    }
    result
}

fn refusal(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": {"message": message, "code": null}}))
}

#[tokio::test]
async fn batches_by_count_and_keeps_the_order() {
    let (server, script) = server(Vec::new()).await;
    let vectors = ask(config(&server), &texts(&[1, 2, 3, 4, 5, 6, 7])).await.unwrap();
    let sizes: Vec<usize> =
        script.asked.lock().unwrap().iter().map(|asked| asked["input"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [3, 3, 1]);
    for (vector, length) in vectors.iter().zip(1..) {
        let length = length as f32;
        assert!((vector[0] / vector[1] - length).abs() < 1e-4, "{vector:?} {length}");
        assert!((vector[0].hypot(vector[1]) - 1.0).abs() < 1e-6);
    }
    assert_eq!(script.asked.lock().unwrap()[0]["model"], "embed-small");
    assert!(script.asked.lock().unwrap()[0].get("dimensions").is_none());
}

#[tokio::test]
async fn batches_by_tokens_and_cuts_long_texts() {
    let (server, script) = server(Vec::new()).await;
    let config = Config { batch_tokens: 50, max_tokens: 40, ask_dimensions: true, ..config(&server) };
    ask(config, &texts(&[100, 80, 40, 4000])).await.unwrap();
    let asked = script.asked.lock().unwrap();
    let lengths: Vec<Vec<usize>> = asked
        .iter()
        .map(|asked| {
            asked["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().len()).collect()
        })
        .collect();
    assert_eq!(lengths, [[100, 80], [40, 160]]);
    assert_eq!(asked[0]["dimensions"], 2);
}

#[tokio::test]
async fn nothing_asked_is_nothing_sent() {
    let (server, script) = server(Vec::new()).await;
    assert!(ask(config(&server), &[]).await.unwrap().is_empty());
    assert!(script.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn waits_when_told_and_goes_on() {
    let busy = refusal(429, "slow down").insert_header("retry-after", "0.05");
    let question = json!({"input": ["x"]});
    let (server, script) = server(vec![busy, refusal(503, "restarting"), good(&question)]).await;
    let vectors = ask(config(&server), &texts(&[1])).await.unwrap();
    assert_eq!((vectors.len(), script.asked.lock().unwrap().len()), (1, 3));
}

#[tokio::test]
async fn tells_the_caller_when_the_wait_is_long() {
    let busy = refusal(429, "slow down").insert_header("retry-after", "120");
    let (server, script) = server(vec![busy]).await;
    let error = ask(config(&server), &texts(&[1])).await.unwrap_err();
    assert!(matches!(&error, Error::RetryLater { after, .. } if after.as_secs() == 120), "{error:?}");
    assert_eq!(error.to_string(), "model `embed-small` asks to come back in 120 s: status 429, slow down");
    assert_eq!(script.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn gives_up_on_a_server_that_stays_broken() {
    let (server, script) =
        server(vec![ResponseTemplate::new(500).set_body_string("<html>oops</html>")]).await;
    let error = ask(config(&server), &texts(&[1])).await.unwrap_err();
    assert!(matches!(error, Error::RetryLater { .. }), "{error:?}");
    assert_eq!(script.asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn sorts_refusals_by_what_to_do() {
    let cases = [
        (refusal(401, &format!("Incorrect API key provided: {KEY}.")), "FixCredentials"),
        (refusal(403, "no access to model"), "FixCredentials"),
        (refusal(429, "insufficient_quota: check your plan"), "QuotaSpent"),
        (refusal(400, "This model's maximum context length is 8192 tokens"), "TooLong"),
        (ResponseTemplate::new(413), "TooLong"),
        (refusal(404, "the model `embed-small` does not exist"), "Malformed"),
        (refusal(400, "unknown field"), "Malformed"),
    ];
    for (answer, expected) in cases {
        let (server, script) = server(vec![answer]).await;
        let error = ask(config(&server), &texts(&[1])).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{error:?} is not {expected}");
        assert_eq!(script.asked.lock().unwrap().len(), 1, "{expected}");
    }
}

#[tokio::test]
async fn refuses_answers_that_make_no_sense() {
    let item = |index: usize, embedding: Value| json!({"index": index, "embedding": embedding});
    let cases = [
        (
            json!({"data": [item(0, json!([1, 2, 3])), item(1, json!([1, 2, 3]))]}),
            "gives vectors of 3 numbers, not 2",
        ),
        (json!({"data": [item(0, json!([1, 2]))]}), "2 texts gave 1 vectors"),
        (json!({"data": [item(0, json!([1, 2])), item(0, json!([1, 2]))]}), "text 0 got two vectors"),
        (
            json!({"data": [item(0, json!([1, 2])), item(2, json!([1, 2]))]}),
            "there is a vector for text 2 of 2",
        ),
        // Refused by us or, where its numbers are kept exact, by the JSON reader.
        (json!({"data": [item(0, json!([1, 2])), item(1, json!([1, 1e39]))]}), "number"),
        (json!({"object": "list"}), "the answer cannot be read"),
    ];
    for (answer, expected) in cases {
        let (server, _) = server(vec![ResponseTemplate::new(200).set_body_json(answer)]).await;
        let error = ask(config(&server), &texts(&[1, 2])).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error} does not say {expected}");
    }
}

#[tokio::test]
async fn names_an_address_where_nobody_answers() {
    // A server of its own: a port whose server has ended would do, but somebody may take it.
    let (server, _) = server(vec![ResponseTemplate::new(200).set_delay(Duration::from_secs(9))]).await;
    let config = Config { timeout_secs: 1, retries: 0, ..config(&server) };
    let error = ask(config, &texts(&[1])).await.unwrap_err();
    assert!(error.to_string().contains("it took too long"), "{error}");

    let config = Config {
        base_url: format!("http://me:{KEY}@127.0.0.1:1/v1?key={KEY}"),
        retries: 1,
        ..self::config(&server)
    };
    let error = ask(config, &texts(&[1])).await.unwrap_err();
    assert!(
        matches!(&error, Error::Unreachable { url, .. } if url.starts_with("http://127.0.0.1:1/")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_configuration_must_make_sense() {
    let (server, _) = server(Vec::new()).await;
    let built = Remote::build(Config { batch_texts: 0, ..config(&server) });
    assert!(built.is_err_and(|error| error.to_string().contains("`batch_texts`")));
    let built = Remote::build(Config { base_url: "not an address".to_owned(), ..config(&server) });
    assert!(built.is_err_and(|error| error.to_string().contains("`base_url`")));
    assert!(!format!("{:?}", config(&server)).contains(KEY));

    let checksum = |config| Remote::build(config).unwrap().model().checksum.clone();
    let same = Config { timeout_secs: 9, batch_texts: 1, api_key: None, ..config(&server) };
    assert_eq!(checksum(same), checksum(config(&server)));
    let other = Config { model: "embed-large".to_owned(), ..config(&server) };
    assert_ne!(checksum(other), checksum(config(&server)));
}

#[test]
fn estimates_and_cuts_on_character_boundaries() {
    assert_eq!((estimate(""), estimate("abcd"), estimate("abcde"), estimate("日本")), (1, 1, 2, 2));
    assert_eq!(cut("日本語", 2), "日本");
    assert_eq!(cut("abcdefgh", 1), "abcd");
    assert_eq!(cut("short", 100), "short");
}
