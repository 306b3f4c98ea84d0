//! The identity kit as the company's server calls it.

use app::proof::Platform;
use identity::access::{Grant, Role};
use llm::Secret;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{Bench, NOW};

const OLD: &str = "old-messenger-secret-0123456789abcdef";
const NEW: &str = "new-messenger-secret-0123456789abcdef";

async fn add(bench: &Bench, secret: &str, platform: Platform) -> domain::SecretId {
    let books = bench.app.books();
    books.add_messenger_secret(bench.tenant, (platform, &Secret::new(secret)), "anna").await.unwrap().id
}

async fn ask(bench: &Bench, key: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = bench.http.post(format!("{}/identity/{path}", bench.url)).bearer_auth(key);
    let response = request.body(body.to_string()).send().await.unwrap();
    assert_eq!(response.headers().get("access-control-allow-origin"), None);
    let status = response.status();
    if status.is_success() {
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}

/// The claims of a token, after its signature was checked under `secret`, written down here once more.
fn checked(token: &str, secret: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let expected = hmac_sha256::hmac(secret.as_bytes(), signed.as_bytes());
    let claims = signed.split('.').nth(1).unwrap();
    (base64url::decode(signature) == expected)
        .then(|| serde_json::from_slice(&base64url::decode(claims)).unwrap())
}

#[tokio::test]
async fn a_token_is_issued_under_the_newest_secret_and_rotation_works() {
    let bench = Bench::bare().await;
    let key = bench.key(Role::Integration, &[Grant::Identity]).await;
    let body = json!({ "user_id": 4711, "email": "Jona@Velo.test", "name": "Jona Adler" });
    let (status, answer) = ask(&bench, &key, "token", &body).await;
    assert_eq!((status, code(&answer)), (StatusCode::CONFLICT, "no_secret"));

    let old = add(&bench, OLD, Platform::Web).await;
    let (status, answer) = ask(&bench, &key, "token", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let claims = checked(answer["token"].as_str().unwrap(), OLD).unwrap();
    let expected =
        json!({ "user_id": "4711", "email": "jona@velo.test", "name": "Jona Adler", "exp": NOW + 900 });
    assert_eq!(claims, expected);
    assert_eq!((&answer["user_id"], &answer["left_out"]), (&json!("4711"), &json!([])));
    assert_eq!(answer["expires_at"], "2026-11-24T12:15:00Z");

    let new = add(&bench, NEW, Platform::Web).await;
    let token = async || ask(&bench, &key, "token", &body).await.1["token"].as_str().unwrap().to_owned();
    assert!(checked(&token().await, NEW).is_some());
    let books = bench.app.books();
    let third =
        books.add_messenger_secret(bench.tenant, (Platform::Web, &Secret::new("x".repeat(40))), "anna").await;
    assert!(third.unwrap_err().to_string().contains("retire the older one"));
    books.retire_messenger_secret(bench.tenant, new, "anna").await.unwrap();
    assert!(checked(&token().await, OLD).is_some(), "taken back, the one before signs again");
    books.retire_messenger_secret(bench.tenant, old, "anna").await.unwrap();
    assert_eq!(ask(&bench, &key, "token", &body).await.0, StatusCode::CONFLICT);
    // Each platform has its own.
    add(&bench, NEW, Platform::Ios).await;
    let ios = json!({ "user_id": "4711", "platform": "ios", "ttl_secs": 3600 });
    let (_, answer) = ask(&bench, &key, "token", &ios).await;
    assert_eq!(
        checked(answer["token"].as_str().unwrap(), NEW).unwrap(),
        json!({ "user_id": "4711", "exp": NOW + 3600 })
    );
}

#[tokio::test]
async fn nobody_gets_a_token_and_what_cannot_be_used_is_left_out() {
    let bench = Bench::bare().await;
    let key = bench.key(Role::Integration, &[Grant::Identity]).await;
    add(&bench, OLD, Platform::Web).await;
    for nobody in
        [json!("undefined"), json!(0), json!(-1), json!(""), json!("{{user.id}}"), json!(" 'Null' ")]
    {
        for path in ["token", "user-hash"] {
            let (status, answer) = ask(&bench, &key, path, &json!({ "user_id": nobody })).await;
            assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, "nobody"), "{nobody}");
        }
    }
    for wrong in
        [json!({}), json!({ "user_id": null }), json!({ "user_id": 1.5 }), json!({ "user_id": "1", "x": 1 })]
    {
        let (status, answer) = ask(&bench, &key, "token", &wrong).await;
        assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, "invalid"), "{wrong}");
    }
    for ttl in [0, 59, 3601] {
        let (status, answer) = ask(&bench, &key, "token", &json!({ "user_id": "1a", "ttl_secs": ttl })).await;
        assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, "lifetime"), "{ttl}");
    }
    let half = json!({ "user_id": "4711", "email": "info@velo.test", "name": "undefined" });
    let (status, answer) = ask(&bench, &key, "token", &half).await;
    assert_eq!(status, StatusCode::OK);
    let left_out =
        json!([{ "claim": "email", "why": "role_address" }, { "claim": "name", "why": "placeholder" }]);
    assert_eq!(answer["left_out"], left_out);
    assert_eq!(
        checked(answer["token"].as_str().unwrap(), OLD).unwrap(),
        json!({ "user_id": "4711", "exp": NOW + 900 })
    );

    let (status, answer) = ask(&bench, &key, "user-hash", &json!({ "user_id": "4711" })).await;
    let hash: String =
        hmac_sha256::hmac(OLD.as_bytes(), b"4711").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((status, &answer["user_hash"]), (StatusCode::OK, &json!(hash)));
}

#[tokio::test]
async fn another_tenants_key_signs_with_its_own_secret_or_not_at_all() {
    let bench = Bench::bare().await;
    add(&bench, OLD, Platform::Web).await;
    let globex = bench.app.tenant("globex").await.unwrap();
    let books = bench.app.books();
    let theirs = books.issue_key(globex, "app", Role::Integration, &[Grant::Identity]).await.unwrap();
    let body = json!({ "user_id": "4711" });
    let (status, answer) = ask(&bench, theirs.secret.reveal(), "token", &body).await;
    assert_eq!((status, code(&answer)), (StatusCode::CONFLICT, "no_secret"));
    books.add_messenger_secret(globex, (Platform::Web, &Secret::new(NEW)), "eve").await.unwrap();
    let (_, answer) = ask(&bench, theirs.secret.reveal(), "token", &body).await;
    let token = answer["token"].as_str().unwrap();
    assert!(checked(token, NEW).is_some() && checked(token, OLD).is_none());
}

#[tokio::test]
async fn a_browser_is_sent_away_and_gets_the_script_alone() {
    let bench = Bench::bare().await;
    let key = bench.key(Role::Integration, &[Grant::Identity]).await;
    add(&bench, OLD, Platform::Web).await;
    for (name, value) in [("origin", "https://app.velo.test"), ("sec-fetch-mode", "cors")] {
        let request =
            bench.http.post(format!("{}/identity/token", bench.url)).bearer_auth(&key).header(name, value);
        let response = request.body(json!({ "user_id": "4711" }).to_string()).send().await.unwrap();
        let status = response.status();
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!((status, code(&answer)), (StatusCode::FORBIDDEN, "browser"));
    }
    // No call from another page is agreed to beforehand.
    let preflight = bench.http.request(Method::OPTIONS, format!("{}/identity/token", bench.url));
    let preflight = preflight.header("origin", "https://app.velo.test").send().await.unwrap();
    assert_eq!(preflight.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(preflight.headers().get("access-control-allow-origin"), None);

    let script =
        bench.http.get(format!("{}/identity/backstory-identity.js", bench.url)).send().await.unwrap();
    assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(script.headers()["x-content-type-options"], "nosniff");
    assert!(script.text().await.unwrap().contains("BackstoryIdentity"));
}

#[tokio::test]
async fn secrets_are_checked_sealed_and_never_shown() {
    let bench = Bench::bare().await;
    let books = bench.app.books();
    for wrong in ["", "short", "with blanks in it, so it is none", &"x".repeat(600)] {
        let refused =
            books.add_messenger_secret(bench.tenant, (Platform::Web, &Secret::new(wrong)), "anna").await;
        assert!(refused.unwrap_err().to_string().contains("is no Messenger secret"), "{wrong}");
    }
    add(&bench, OLD, Platform::Web).await;
    let twice = books.add_messenger_secret(bench.tenant, (Platform::Web, &Secret::new(OLD)), "anna").await;
    let twice = format!("{:?}", twice.unwrap_err());
    assert!(twice.contains("is stored already") && !twice.contains(OLD), "{twice}");
    let all = books.list_messenger_secrets(bench.tenant).await.unwrap();
    assert!(
        !format!("{all:?}").contains(OLD) && !all[0].secret.0.windows(8).any(|bytes| bytes == b"old-mess")
    );
}

/// HMAC-SHA256 by the crates, apart from the code under test.
mod hmac_sha256 {
    use hmac::{Hmac, KeyInit as _, Mac as _};

    pub(super) fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    }
}

mod base64url {
    use base64::Engine as _;

    pub(super) fn decode(text: &str) -> Vec<u8> {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
    }
}
