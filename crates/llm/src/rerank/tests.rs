use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::remote::Remote;
use super::*;

const KEY: &str = "sk-very-secret-0815";

fn config(server: &MockServer) -> Server {
    Server {
        url: format!("{}/v1/rerank", server.uri()),
        model: "rank-small".to_owned(),
        api_key: Some(crate::Secret::new(KEY)),
        shape: Shape::Common,
        candidates: 10,
        max_tokens: 16,
        timeout_ms: 5_000,
        retries: 2,
        backoff_ms: 1,
    }
}

/// Plays a list of answers, the last one again and again, and keeps what was asked.
struct Script {
    answers: Vec<ResponseTemplate>,
    next: AtomicUsize,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Respond for Script {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.asked.lock().unwrap().push(request.body_json().unwrap());
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        self.answers.get(number).or(self.answers.last()).cloned().unwrap()
    }
}

async fn server(answers: Vec<ResponseTemplate>) -> (MockServer, Arc<Mutex<Vec<Value>>>) {
    let (server, asked) = (MockServer::start().await, Arc::default());
    let script = Script { answers, next: AtomicUsize::new(0), asked: Arc::clone(&asked) };
    Mock::given(method("POST"))
        .and(path("/v1/rerank"))
        .and(header("authorization", format!("Bearer {KEY}").as_str()))
        .respond_with(script)
        .mount(&server)
        .await;
    (server, asked)
}

fn good() -> Value {
    json!({"results": [{"index": 1, "relevance_score": 0.2}, {"index": 0, "relevance_score": 0.1}]})
}

fn says(answer: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(answer)
}

fn texts() -> Vec<String> {
    vec!["Charge it at night.".to_owned(), "Hold M for five seconds.".to_owned()]
}

/// Asks about two texts and checks that no part of an error tells the key or a word of the texts.
async fn ask(config: Server) -> Result<Vec<(usize, f32)>, Error> {
    let result = Remote::build(config).unwrap().rerank("How do I pair it?", &texts()).await;
    if let Err(error) = &result {
        let told = format!("{error} {error:?}");
        assert!(!told.contains(KEY) && !told.contains("Charge"), "{told}");
    }
    result.map(|ranked| ranked.into_iter().map(|one| (one.index, one.score)).collect())
}

#[tokio::test]
async fn every_form_of_answer_is_understood_best_first() {
    for answer in [
        good(),
        json!({"data": [{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.2}], "model": "m"}),
        json!([{"index": 0, "score": 0.1, "text": null}, {"index": 1, "score": 0.2}]),
        json!({"results": [{"index": 0, "relevance_score": 0.1, "document": {"text": "x"}}, {"index": 1, "relevance_score": 0.2}]}),
    ] {
        let (server, _) = server(vec![says(answer)]).await;
        assert_eq!(ask(config(&server)).await.unwrap(), [(1, 0.2), (0, 0.1)]);
    }
    let (server, _) = server(vec![says(json!([{"index": 1, "score": -3}, {"index": 0, "score": -3}]))]).await;
    assert_eq!(ask(config(&server)).await.unwrap(), [(0, -3.0), (1, -3.0)], "equal ones stay as they were");
}

#[tokio::test]
async fn every_server_is_asked_as_it_wants() {
    let (query, texts) = ("How do I pair it?", texts());
    for (shape, expected) in [
        (Shape::Common, json!({"model": "rank-small", "query": query, "documents": texts, "top_n": 2})),
        (Shape::Voyage, json!({"model": "rank-small", "query": query, "documents": texts, "top_k": 2})),
        (Shape::Tei, json!({"query": query, "texts": texts, "truncate": true})),
    ] {
        let (server, asked) = server(vec![says(good())]).await;
        ask(Server { shape, ..config(&server) }).await.unwrap();
        assert_eq!(*asked.lock().unwrap(), [expected]);
    }
}

#[tokio::test]
async fn long_texts_are_cut_and_nothing_is_sent_for_none() {
    let (server, asked) = server(vec![says(json!([{"index": 0, "score": 1}]))]).await;
    let remote = Remote::build(config(&server)).unwrap();
    assert!(remote.rerank("q", &[]).await.unwrap().is_empty());
    assert!(asked.lock().unwrap().is_empty());
    remote.rerank(&"q".repeat(9_000), &["x".repeat(9_000)]).await.unwrap();
    let asked = asked.lock().unwrap();
    let length = |text: &Value| text.as_str().unwrap().len();
    assert_eq!((length(&asked[0]["query"]), length(&asked[0]["documents"][0])), (64, 64));
}

fn refusal(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"message": message}))
}

#[tokio::test]
async fn it_waits_when_told_and_goes_on() {
    let busy = refusal(429, "slow down").insert_header("retry-after", "0.05");
    let (server, asked) = server(vec![busy, refusal(503, "restarting"), says(good())]).await;
    assert_eq!(ask(config(&server)).await.unwrap().len(), 2);
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn no_question_waits_longer_than_is_configured() {
    let busy = refusal(429, "slow down").insert_header("retry-after", "120");
    let (server, asked) = server(vec![busy]).await;
    let error = ask(config(&server)).await.unwrap_err();
    assert!(matches!(&error, Error::RetryLater { after, .. } if after.as_secs() == 120), "{error:?}");
    assert_eq!(asked.lock().unwrap().len(), 1);

    let (server, _) = self::server(vec![says(good()).set_delay(Duration::from_secs(9))]).await;
    let error = ask(Server { timeout_ms: 60, ..config(&server) }).await.unwrap_err();
    assert!(matches!(&error, Error::TooSlow { .. }), "{error:?}");
    assert!(error.to_string().contains("to put texts in order"), "{error}");
}

#[tokio::test]
async fn refusals_are_sorted_by_what_to_do() {
    for (answer, name, asked) in [
        (refusal(401, &format!("invalid api token {KEY}")), "key_refused", 1),
        (refusal(402, "no balance"), "quota_spent", 1),
        (refusal(404, "model not found"), "refused", 1),
        (refusal(422, "missing field `texts`"), "refused", 1),
        (refusal(413, "too many"), "too_long", 1),
        (refusal(400, "input is too long"), "too_long", 1),
        (ResponseTemplate::new(500).set_body_string("<html>oops</html>"), "busy", 3),
        (ResponseTemplate::new(302).insert_header("location", "https://elsewhere.example/"), "refused", 1),
    ] {
        let (server, calls) = server(vec![answer]).await;
        let error = ask(config(&server)).await.unwrap_err();
        assert_eq!((error.name(), calls.lock().unwrap().len()), (name, asked), "{error:?}");
    }
    let nobody = Server {
        url: "http://me:pw@127.0.0.1:1/rerank?key=pw".to_owned(),
        ..config(&server(Vec::new()).await.0)
    };
    let error = ask(nobody).await.unwrap_err();
    assert!(
        matches!(&error, Error::Unreachable { url, .. } if url == "http://127.0.0.1:1/rerank"),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_refused() {
    let item = |index: Value, score: Value| json!({"index": index, "relevance_score": score});
    let first = || item(json!(0), json!(0.5));
    for (answer, expected) in [
        (json!({"results": [first()]}), "2 texts got 1 scores"),
        (json!({"results": [first(), first(), first()]}), "2 texts got 3 scores"),
        (json!({"results": [first(), first()]}), "text 0 got two scores"),
        (json!({"results": [first(), item(json!(2), json!(1))]}), "a score for text 2 of 2"),
        (json!({"results": [first(), item(json!(-1), json!(1))]}), "says not of which text"),
        (json!({"results": [first(), item(json!("1"), json!(1))]}), "says not of which text"),
        (json!({"results": [first(), item(json!(1), Value::Null)]}), "the score of text 1 is no number"),
        (json!({"results": [first(), item(json!(1), json!("NaN"))]}), "the score of text 1 is no number"),
        (json!({"results": [first(), item(json!(1), json!(1e300))]}), "the score of text 1 is no number"),
        (json!({"results": "none"}), "no list of scores"),
        (json!({"documents": []}), "no list of scores"),
        (json!("sorry"), "no list of scores"),
        (json!([1, 2]), "says not of which text"),
    ] {
        let (server, _) = server(vec![says(answer)]).await;
        let error = ask(config(&server)).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error} does not say {expected}");
    }
    for body in [String::new(), "NaN".to_owned(), "[{\"index\": 0, \"score\": NaN}]".to_owned()] {
        let (server, _) = server(vec![ResponseTemplate::new(200).set_body_string(body)]).await;
        let error = ask(config(&server)).await.unwrap_err().to_string();
        assert!(error.contains("cannot be read"), "{error}");
    }
    let endless = format!("{{\"results\": [], \"text\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let (server, _) = server(vec![ResponseTemplate::new(200).set_body_string(endless)]).await;
    assert!(ask(config(&server)).await.unwrap_err().to_string().contains("more than 1048576 bytes"));
}

#[tokio::test]
async fn a_server_that_fails_is_left_alone_for_a_while() {
    let (server, asked) = server(vec![refusal(503, "down")]).await;
    let config = Config::Remote(Server { retries: 0, ..config(&server) });
    let reranker = build(&config).unwrap().unwrap();
    let mut names = Vec::new();
    for _ in 0..7 {
        names.push(reranker.rerank("q", &texts()).await.unwrap_err().name());
    }
    assert_eq!(names, ["busy", "busy", "busy", "busy", "busy", "resting", "resting"]);
    assert_eq!(asked.lock().unwrap().len(), 5);
    assert_eq!(reranker.info().most, 10);
}

#[test]
fn nothing_is_made_where_it_is_off_or_makes_no_sense() {
    assert!(build(&Config::Off).unwrap().is_none());
    let text = "kind = 'remote'\nurl = 'nonsense'\nmodel = 'm'";
    let error = build(&toml::from_str(text).unwrap()).err().unwrap();
    assert!(error.to_string().contains("`url`"), "{error}");
}
