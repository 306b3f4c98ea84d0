use std::sync::Mutex;

use llm_fake::{Fake, Say};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::{Mend, Schema};
use super::*;
use crate::{Advice, Secret};

const KEY: &str = "sk-very-secret-0815";
const SCHEMA: &str = r#"{"type": "object", "additionalProperties": false, "required": ["number"], "properties": {"number": {"type": "integer"}}}"#;

fn config(provider: Provider, base_url: String) -> Config {
    Config {
        provider,
        model: "writer".to_owned(),
        base_url,
        api_key: Some(Secret::new(KEY)),
        temperature: Some(0.2),
        context_tokens: 8_000,
        max_output_tokens: 500,
        input_price: 2.0,
        output_price: 8.0,
        connect_secs: 2,
        first_token_secs: 20,
        timeout_secs: 30,
        retries: 1,
        backoff_ms: 1,
    }
}

fn openai(fake: &Fake) -> Config {
    config(Provider::Openai, fake.base_url())
}

fn request() -> Request {
    let schema = Schema { name: "answer".to_owned(), json: SCHEMA.to_owned() };
    Request { system: "Be brief.".into(), user: "How many?".into(), mend: None, schema: Some(schema) }
}

/// Asks and checks that no part of an error tells the key.
async fn ask(config: Config) -> Result<Reply, Error> {
    let result = Remote::build(config).unwrap().complete(&request()).await;
    if let Err(error) = &result {
        assert!(!format!("{error} {error:?}").contains(KEY), "{error:?}");
    }
    result
}

#[tokio::test]
async fn an_answer_comes_with_what_it_used_and_cost() {
    let fake = Fake::saying([Say::Text("{\"number\": 3}".to_owned())]).await.unwrap();
    let remote = Remote::build(openai(&fake)).unwrap();
    let pieces = Mutex::new(Vec::new());
    let told = |piece: &str| pieces.lock().unwrap().push(piece.to_owned());
    let reply = remote.stream(&request(), &told).await.unwrap();
    assert_eq!(reply.text, "{\"number\": 3}");
    let pieces = pieces.into_inner().unwrap();
    assert!(pieces.len() > 1 && pieces.concat() == reply.text, "{pieces:?}");
    let usage = reply.usage;
    assert!(usage.tokens_in > 0 && usage.tokens_out > 0, "{usage:?}");
    assert_eq!(usage.cost_micros, usage.tokens_in * 2 + usage.tokens_out * 8);

    let asked = fake.asked();
    assert_eq!(asked[0].path, "/v1/chat/completions");
    assert_eq!(asked[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(asked[0].body["model"], "writer");
    assert_eq!(asked[0].body["temperature"], 0.2);
    assert_eq!(
        (asked[0].said_by("system"), asked[0].said_by("user")),
        ("Be brief.".into(), "How many?".into())
    );
    let format = &asked[0].body["response_format"];
    assert_eq!(format["json_schema"]["schema"], serde_json::from_str::<Value>(SCHEMA).unwrap(), "{format}");
}

#[tokio::test]
async fn an_answer_to_mend_goes_back_as_the_models_own() {
    let fake = Fake::saying([Say::Text("{}".to_owned())]).await.unwrap();
    let remote = Remote::build(openai(&fake)).unwrap();
    for (answer, said) in [("nonsense", "nonsense"), ("", "(nothing)")] {
        let mend = Mend { answer: answer.to_owned(), why: "It is no JSON.".to_owned() };
        remote.complete(&Request { mend: Some(mend), ..request() }).await.unwrap();
        let asked = fake.asked().pop().unwrap();
        assert_eq!(asked.said_by("assistant"), said);
        assert!(asked.said_by("user").ends_with("It is no JSON."));
    }
}

#[tokio::test]
async fn refusals_are_sorted_by_what_to_do() {
    let cases = [
        (Say::refuse(401, &format!("Incorrect API key provided: {KEY}")), "key_refused", Advice::Stop, 1),
        (Say::refuse(402, "Insufficient balance"), "quota_spent", Advice::Stop, 1),
        (Say::refuse(404, "The model does not exist"), "refused", Advice::Stop, 1),
        (Say::refuse(400, "maximum context length is 8192 tokens"), "too_long", Advice::Shrink, 1),
        (Say::refuse(503, "overloaded"), "busy", Advice::Wait(None), 2),
        (Say::busy("0.01"), "busy", Advice::Wait(Some(Duration::from_millis(10))), 2),
        (Say::busy("3600"), "busy", Advice::Wait(Some(Duration::from_secs(3_600))), 1),
        (Say::Cut("{\"number\": 3}".to_owned()), "unreachable", Advice::Wait(None), 2),
    ];
    for (say, name, advice, asked) in cases {
        let fake = Fake::saying([say.clone()]).await.unwrap();
        let error = ask(openai(&fake)).await.unwrap_err();
        assert_eq!(
            (error.name(), error.advice(), fake.asked().len()),
            (name, advice, asked),
            "{say:?}: {error}"
        );
    }
    let spent = Say::Refuse {
        status: 429,
        retry_after: None,
        code: "insufficient_quota".to_owned(),
        message: "You exceeded your current quota".to_owned(),
    };
    let fake = Fake::saying([spent]).await.unwrap();
    assert_eq!((ask(openai(&fake)).await.unwrap_err().name(), fake.asked().len()), ("quota_spent", 1));
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for first in [Say::refuse(500, "oops"), Say::busy("0.01"), Say::Cut("{\"number\": 3}".to_owned())] {
        let fake = Fake::saying([first.clone(), Say::Text("{\"number\": 4}".to_owned())]).await.unwrap();
        let reply = ask(openai(&fake)).await.unwrap();
        assert_eq!((reply.text.as_str(), fake.asked().len()), ("{\"number\": 4}", 2), "{first:?}");
    }
}

#[tokio::test]
async fn half_an_answer_that_was_handed_over_is_not_followed_by_another() {
    let long = "{\"number\": 1234567890123456789}".to_owned();
    let fake = Fake::saying([Say::Cut(long.clone()), Say::Text(long)]).await.unwrap();
    let remote = Remote::build(openai(&fake)).unwrap();
    let error = remote.stream(&request(), &|_| {}).await.unwrap_err();
    assert_eq!((error.name(), fake.asked().len()), ("unreachable", 1));
}

#[tokio::test]
async fn a_model_that_never_begins_and_one_that_never_ends_are_left() {
    let cases = [
        (Say::Silence, "begin its answer"),
        (Say::Stall(String::new()), "begin its answer"),
        (Say::Stall("{\"number\": 1234567890123456789}".to_owned()), "to answer"),
    ];
    for (say, stage) in cases {
        let fake = Fake::saying([say.clone()]).await.unwrap();
        let config = Config { first_token_secs: 1, timeout_secs: 2, ..openai(&fake) };
        let error = ask(config).await.unwrap_err();
        assert!(error.to_string().contains(stage), "{say:?}: {error}");
        assert_eq!((error.advice(), fake.asked().len()), (Advice::Wait(None), 1));
    }
}

#[tokio::test]
async fn odd_answers_are_handed_on_or_named() {
    let long = "x".repeat(100 * 1024);
    let fake = Fake::saying([Say::Text(String::new()), Say::Text(long.clone()), Say::Echo]).await.unwrap();
    assert_eq!(ask(openai(&fake)).await.unwrap().text, "");
    assert_eq!(ask(openai(&fake)).await.unwrap().text, long);
    assert_eq!(ask(openai(&fake)).await.unwrap().text, "Be brief.\nHow many?");

    let fake = Fake::saying([Say::Text("x".repeat(300 * 1024))]).await.unwrap();
    assert_eq!(ask(openai(&fake)).await.unwrap_err().advice(), Advice::HandOff);
    for odd in ["<html>Welcome</html>", "{\"choices\": 7}", ""] {
        let fake = Fake::saying([Say::Raw(odd.to_owned())]).await.unwrap();
        let error = ask(openai(&fake)).await.unwrap_err();
        assert!(matches!(error.advice(), Advice::Stop | Advice::Wait(None)), "{odd}: {error}");
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_named_without_secrets() {
    let base_url = format!("http://me:{KEY}@127.0.0.1:1/v1");
    let error = ask(config(Provider::Openai, base_url)).await.unwrap_err();
    assert!(
        matches!(&error, Error::Unreachable { url, .. } if url.starts_with("http://127.0.0.1:1/v1")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let elsewhere = Fake::saying([Say::Text("{\"number\": 3}".to_owned())]).await.unwrap();
    let server = MockServer::start().await;
    let to = format!("{}/chat/completions", elsewhere.base_url());
    let moved = ResponseTemplate::new(307).insert_header("location", to.as_str());
    Mock::given(any()).respond_with(moved).mount(&server).await;
    assert!(ask(config(Provider::Openai, format!("{}/v1", server.uri()))).await.is_err());
    assert_eq!(elsewhere.asked(), []);
}

/// Answers every call with one page, and returns what came.
async fn asked_of(provider: Provider, kind: &str, page: &str) -> (Result<Reply, Error>, wiremock::Request) {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_raw(page.as_bytes().to_vec(), kind);
    Mock::given(any()).respond_with(page).mount(&server).await;
    let result = ask(config(provider, format!("{}/base", server.uri()))).await;
    (result, server.received_requests().await.unwrap().remove(0))
}

#[tokio::test]
async fn the_other_providers_are_spoken_to_in_their_own_way() {
    let events = [
        json!({"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "writer", "stop_reason": null, "usage": {"input_tokens": 11, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "{\"number\": 3}"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ];
    let page: String = events
        .iter()
        .map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()))
        .collect();
    let (reply, asked) = asked_of(Provider::Anthropic, "text/event-stream", &page).await;
    let reply = reply.unwrap();
    assert_eq!(
        (reply.text.as_str(), reply.usage.tokens_in, reply.usage.tokens_out),
        ("{\"number\": 3}", 11, 5)
    );
    assert_eq!((asked.url.path(), &asked.headers["x-api-key"]), ("/base/messages", &KEY.parse().unwrap()));

    let done = json!({"model": "writer", "message": {"role": "assistant", "content": "{\"number\": 3}"}, "done": false});
    let end = json!({"model": "writer", "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop", "prompt_eval_count": 11, "eval_count": 5});
    let (reply, asked) =
        asked_of(Provider::Ollama, "application/x-ndjson", &format!("{done}\n{end}\n")).await;
    assert_eq!(reply.unwrap().text, "{\"number\": 3}");
    assert!(asked.url.path().starts_with("/base/"), "{}", asked.url);

    let part = json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "{\"number\": 3}"}]}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 5, "totalTokenCount": 16}});
    let (reply, asked) = asked_of(Provider::Gemini, "text/event-stream", &format!("data: {part}\n\n")).await;
    assert_eq!(reply.unwrap().text, "{\"number\": 3}");
    assert!(asked.url.path().contains("models/writer:"), "{}", asked.url);
}

#[test]
fn a_configuration_must_make_sense() {
    let built = Remote::build(config(Provider::Openai, "nonsense".to_owned()));
    assert!(built.is_err_and(|error| error.to_string().contains("`base_url`")));
    let schema = Schema { name: "s".into(), json: "{".into() };
    let remote = Remote::build(config(Provider::Openai, "http://127.0.0.1:1/v1".to_owned())).unwrap();
    assert!(remote.options(&Request { schema: Some(schema), ..request() }).is_err());
}
