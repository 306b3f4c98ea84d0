//! Secrets and texts stand nowhere: not in a log line, not in an answer, not in a file.

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;

use identity::access::{Grant, Role};
use reqwest::Method;

use crate::bench::{Bench, CLIENT_SECRET, QUESTION, notification};

const MESSENGER_SECRET: &str = "messenger-secret-of-the-web-0123456789";

thread_local! {
    /// What was logged on this thread. A test runs on one thread, and so does all that it starts.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to the log of the thread. The subscriber is that of the whole process: one of this thread alone would
/// miss what another test, without one, was the first to reach.
struct Logged;

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn files_with(folder: &Path, secrets: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, secrets));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets {
            if bytes.windows(secret.len()).any(|window| window == secret.as_bytes()) {
                found.push(format!("{secret} in {}", path.display()));
            }
        }
    }
    found
}

#[tokio::test]
async fn no_secret_and_no_text_is_logged_answered_or_stored() {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter("app=trace,server=trace,intercom=trace,connector=trace,store=debug")
        .with_writer(|| Logged)
        .init();

    let bench = Bench::connected().await;
    let (token, key) = (bench.fake.token(), bench.key(Role::Owner, &[]).await);
    bench.customer_asks(QUESTION);
    bench.settle().await;
    let mut answers = String::new();
    for (app, body, secret) in [
        ("own", notification("n1", "ws_one", "1"), Some(CLIENT_SECRET)),
        ("own", notification("n2", "ws_one", "1"), Some("wrong")),
        ("own", QUESTION.to_owned(), Some(CLIENT_SECRET)),
        ("nobody", QUESTION.to_owned(), None),
    ] {
        answers.push_str(&bench.post(app, &body, secret).await.text().await.unwrap());
    }
    for path in [
        "/api/v1/conversations",
        "/api/v1/sources",
        "/metrics",
        "/oauth/intercom/own/callback?code=s3cret-code&state=s3cret-state",
    ] {
        answers.push_str(&bench.call(Method::GET, path, Some(&key)).await.1);
    }
    // What is signed is answered to who asked, and stands nowhere else.
    let secret = llm::Secret::new(MESSENGER_SECRET);
    let books = bench.app.books();
    books.add_messenger_secret(bench.tenant, (app::proof::Platform::Web, &secret), "anna").await.unwrap();
    let signer = bench.key(Role::Integration, &[Grant::Identity]).await;
    let mut issued = Vec::new();
    for path in ["token", "user-hash"] {
        let request = bench.http.post(format!("{}/identity/{path}", bench.url)).bearer_auth(&signer);
        let answer = request.body(r#"{"user_id": "4711"}"#).send().await.unwrap().text().await.unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        issued.extend(
            ["token", "user_hash"].iter().filter_map(|name| answer[name].as_str()).map(str::to_owned),
        );
    }
    assert_eq!(issued.len(), 2);
    for body in [r#"{"user_id": "{{user.id}}"}"#, r#"{"user_id": "Jona", "x": "power button"}"#] {
        let request = bench.http.post(format!("{}/identity/token", bench.url)).bearer_auth(&signer);
        answers.push_str(&request.body(body).send().await.unwrap().text().await.unwrap());
    }
    // A refused token is the hardest case: it is told, and must not be shown.
    bench.fake.revoke(&token);
    let error = bench.connect("own").await.unwrap_err();
    answers.push_str(&format!("{error:?}"));
    bench.app.reconcile().await.unwrap();

    let log = String::from_utf8(LOGGED.take()).unwrap();
    assert!(log.contains("answered POST /webhooks/intercom") && log.contains("called Intercom"), "{log}");
    for secret in [
        token.as_str(),
        key.as_str(),
        CLIENT_SECRET,
        MESSENGER_SECRET,
        signer.as_str(),
        issued[0].as_str(),
        issued[1].as_str(),
        "s3cret-code",
        "s3cret-state",
        "power button",
        "jona@velo.test",
        "Jona",
    ] {
        assert!(!log.contains(secret), "`{secret}` is logged");
        assert!(!answers.contains(secret), "`{secret}` is answered: {answers}");
    }
    let stored = files_with(
        &bench.folder.path().join("data"),
        &[&token, &key, CLIENT_SECRET, MESSENGER_SECRET, &signer, &issued[0], &issued[1]],
    );
    assert!(stored.is_empty(), "{stored:?}");
}
