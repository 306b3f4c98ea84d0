//! Who may call, what is taken, and what is said of what is not.

use identity::access::Role;
use reqwest::{Method, StatusCode};

use crate::bench::{Bench, CLIENT_SECRET, QUESTION, notification};

const SECRET: Option<&str> = Some(CLIENT_SECRET);

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_a_next_step() {
    let bench = Bench::connected_with(|settings| settings.server.body_bytes = 65_536).await;
    let good = notification("n1", "ws_one", "1");
    let long = notification("n1", "ws_one", &"9".repeat(70_000));
    let cases = [
        ("own", good.as_str(), None, 401),
        ("own", good.as_str(), Some("wrong"), 401),
        ("own", good.as_str(), Some("another-secret"), 401),
        ("nobody", good.as_str(), SECRET, 404),
        ("own", long.as_str(), SECRET, 413),
        ("own", "{}", SECRET, 400),
        ("own", "no json", SECRET, 400),
        ("own", "[1, 2]", SECRET, 400),
        ("own", "", SECRET, 400),
    ];
    for (app, body, secret, status) in cases {
        let response = bench.post(app, body, secret).await;
        let start: String = body.chars().take(40).collect();
        assert_eq!(response.status().as_u16(), status, "{app} {start}");
        assert!(response.headers().contains_key("x-request-id"));
        let text = response.text().await.unwrap();
        let told: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(told["error"]["message"].is_string() && told["error"]["next"].is_string(), "{text}");
    }
    assert_eq!(bench.app.open_work().await.unwrap().open, 0);
    assert!(bench.app.store.count_deliveries(bench.tenant).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_delivery_counts_once_however_often_it_comes() {
    let bench = Bench::connected().await;
    let body = notification("n1", "ws_one", "1");
    for _ in 0..5 {
        assert_eq!(bench.post("own", &body, SECRET).await.status(), StatusCode::OK);
    }
    assert_eq!(bench.app.open_work().await.unwrap().open, 1);
    let (_, text) = bench.call(Method::GET, "/metrics", None).await;
    assert!(text.contains("backstory_notifications_total{became=\"queued\"} 1"), "{text}");
    assert!(text.contains("backstory_notifications_total{became=\"again\"} 4"), "{text}");
    assert!(!text.contains("ws_one") && !text.contains("n1\""), "no ids in labels: {text}");
}

#[tokio::test]
async fn an_account_that_is_not_connected_through_this_app_counts_for_nothing() {
    let bench = Bench::connected().await;
    for (app, workspace, secret) in
        [("own", "ws_other", CLIENT_SECRET), ("theirs", "ws_one", "another-secret")]
    {
        let body = notification("n1", workspace, "1");
        // It is signed by an app of ours, so it is acknowledged; nothing of it is kept.
        assert_eq!(bench.post(app, &body, Some(secret)).await.status(), StatusCode::OK);
        assert_eq!(bench.app.open_work().await.unwrap().open, 0, "{app} {workspace}");
    }
}

#[tokio::test]
async fn head_and_ping_are_answered() {
    let bench = Bench::connected().await;
    let head = |app: &str| bench.http.head(bench.webhook(app)).send();
    assert_eq!(head("own").await.unwrap().status(), StatusCode::OK);
    assert_eq!(head("nobody").await.unwrap().status(), StatusCode::NOT_FOUND);
    bench.fake.ping();
    let attempts = bench.fake.flush().await;
    assert_eq!(attempts.len(), 1);
    assert_eq!(bench.app.open_work().await.unwrap().open, 0);
    assert_eq!(bench.fake.waiting(), 0, "it was taken");
}

#[tokio::test]
async fn a_store_that_fails_makes_the_outside_send_again() {
    let bench = Bench::connected().await;
    bench.app.store.close().await;
    let body = notification("n1", "ws_one", "1");
    assert_eq!(bench.post("own", &body, SECRET).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let (status, _) = bench.call(Method::GET, "/readyz", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(bench.call(Method::GET, "/healthz", None).await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_address_that_is_none_and_a_method_that_is_none_are_told() {
    let bench = Bench::bare().await;
    let (status, text) = bench.call(Method::GET, "/nowhere", None).await;
    assert!(status == StatusCode::NOT_FOUND && text.contains("\"next\""), "{text}");
    let (status, text) = bench.call(Method::GET, "/webhooks/intercom/own", None).await;
    assert!(status == StatusCode::METHOD_NOT_ALLOWED && text.contains("\"next\""), "{status} {text}");
}

#[tokio::test]
async fn anothers_rows_do_not_exist() {
    let bench = Bench::connected().await;
    bench.customer_asks(QUESTION);
    bench.settle().await;
    let own = bench.key(Role::Owner, &[]).await;
    let books = bench.app.books();
    let globex = books.tenant("globex").await.unwrap();
    let theirs = books.issue_key(globex, "theirs", Role::Owner, &[]).await.unwrap();
    let theirs = theirs.secret.reveal();
    let (_, listed) = bench.get("/api/v1/conversations", &own).await;
    let id = listed["conversations"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/conversations/{id}");
    let (_, whole) = bench.get(&path, &own).await;
    let trace = format!("/api/v1/traces/{}", whole["outcomes"][0]["trace"].as_str().unwrap());
    for path in [path, trace] {
        assert_eq!(bench.get(&path, &own).await.0, StatusCode::OK);
        let (status, told) = bench.get(&path, theirs).await;
        assert_eq!((status, &told["error"]["code"]), (StatusCode::NOT_FOUND, &"not_found".into()));
    }
    let (_, listed) = bench.get("/api/v1/conversations", theirs).await;
    assert_eq!(listed["conversations"], serde_json::json!([]));
    for path in ["/api/v1/conversations/nonsense", "/api/v1/persons/per_00000000000000000000000000000001"] {
        assert_eq!(bench.get(path, &own).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(bench.get("/api/v1/conversations?limit=0", &own).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_emergency_stop_holds_what_has_not_left_and_lets_it_go() {
    let bench = Bench::connected().await;
    let (agent, lead) = (bench.key(Role::Agent, &[]).await, bench.key(Role::Lead, &[]).await);
    let (status, _) = bench.call(Method::POST, "/api/v1/stop/press", Some(&agent)).await;
    assert_eq!(status, StatusCode::OK);
    let conversation = bench.customer_asks(QUESTION);
    bench.settle().await;
    assert!(bench.notes(&conversation).is_empty());
    assert_eq!(bench.get("/api/v1/stop", &agent).await.1["pressed"], true);
    let (status, _) = bench.call(Method::POST, "/api/v1/stop/lift", Some(&agent)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "lifting is for who decides");
    bench.call(Method::POST, "/api/v1/stop/lift", Some(&lead)).await;
    bench.settle().await;
    assert_eq!(bench.notes(&conversation).len(), 1);
}
