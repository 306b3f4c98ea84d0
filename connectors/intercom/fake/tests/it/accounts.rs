//! Tokens, versions, budgets, and the way to a token.

use std::time::Duration;

use serde_json::json;

use crate::client::{Client, start};

#[tokio::test]
async fn a_token_tells_whose_it_is() {
    let (fake, client) = start().await;
    let me = client.get("/me").await;
    assert_eq!(me.body["app"]["id_code"], "ws_one");
    assert_eq!(me.body["id"], json!(fake.edit(|workspace| workspace.ai())));
    let other = Client { token: fake.add_workspace("ws_two"), ..client };
    assert_eq!(other.get("/me").await.body["app"]["id_code"], "ws_two");
}

#[tokio::test]
async fn a_wrong_token_gets_no_budget() {
    let (fake, client) = start().await;
    let stranger = Client { token: "nonsense".to_owned(), ..client.clone() };
    let refused = stranger.get("/contacts").await;
    assert_eq!((refused.status, refused.code()), (401, "unauthorized"));
    assert!(refused.headers.get("x-ratelimit-limit").is_none());
    fake.revoke(&client.token);
    assert_eq!(client.get("/me").await.status, 401);
}

#[tokio::test]
async fn the_budget_is_told_used_up_and_given_again() {
    let (fake, client) = start().await;
    fake.limit_calls(2);
    let first = client.get("/me").await;
    assert_eq!(first.headers["x-ratelimit-limit"], "2");
    assert_eq!(first.headers["x-ratelimit-remaining"], "1");
    client.get("/me").await;
    let refused = client.get("/me").await;
    assert_eq!((refused.status, refused.code()), (429, "rate_limit_exceeded"));
    assert_eq!(refused.body["errors"][0]["message"], "Exceeded rate limit of 2 in 10_seconds");
    let reset: i64 = refused.headers["x-ratelimit-reset"].to_str().unwrap().parse().unwrap();
    fake.clock().advance(Duration::from_secs(u64::try_from(reset - fake.clock().now()).unwrap()));
    assert_eq!(client.get("/me").await.status, 200);
}

#[tokio::test]
async fn an_unknown_version_is_refused_and_a_newer_one_differs() {
    let (fake, client) = start().await;
    let id = crate::client::conversation(&fake);
    let path = format!("/conversations/{id}");
    assert!(client.get(&path).await.body["admin_assignee_id"].is_null());
    let newer = Client { version: "2.16", ..client.clone() }.get(&path).await;
    assert_eq!((&newer.body["admin_assignee_id"], &newer.body["priority"]), (&json!(0), &json!("none")));
    let refused = Client { version: "9.9", ..client }.get(&path).await;
    assert_eq!((refused.status, refused.code()), (400, "intercom_version_invalid"));
}

#[tokio::test]
async fn a_path_that_is_nowhere_and_a_body_that_is_no_json_are_refused() {
    let (_fake, client) = start().await;
    assert_eq!(client.get("/nowhere").await.code(), "not_found");
    let raw = reqwest::Client::new().post(format!("{}/contacts/search", _fake.base_url()));
    let answer = raw.bearer_auth(&client.token).body("{").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
}

/// Follows the consent page by hand and returns the code as it stands in the address.
async fn consent(client: &Client, base_url: &str, query: &str) -> Result<String, u16> {
    let _ = client;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = http.get(format!("{base_url}/oauth?{query}")).send().await.unwrap();
    let Some(target) = answer.headers().get("location") else { return Err(answer.status().as_u16()) };
    Ok(target.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_with_its_last_sign() {
    let (fake, client) = start().await;
    fake.add_workspace("ws_two");
    fake.consent_for("ws_two");
    let target = consent(&client, fake.base_url(), "client_id=client-id&state=a%26b").await.unwrap();
    assert!(target.starts_with("https://backstory.test/oauth/callback?code=code-"), "{target}");
    assert!(target.ends_with("%3D&state=a%26b"), "{target}");
    let code = target.split("code=").nth(1).unwrap().split('&').next().unwrap().replace("%3D", "=");
    let body =
        |code: &str| json!({ "code": code, "client_id": "client-id", "client_secret": "client-secret" });
    let cut = client.post("/auth/eagle/token", body(code.trim_end_matches('='))).await;
    assert_eq!((cut.status, cut.body["errors"][0]["message"].as_str()), (401, Some("Unauthorized Code")));
    let granted = client.post("/auth/eagle/token", body(&code)).await;
    assert_eq!(granted.body["token"], granted.body["access_token"]);
    let token = granted.body["token"].as_str().unwrap().to_owned();
    let owner = Client { token, ..client.clone() };
    assert_eq!(owner.get("/me").await.body["app"]["id_code"], "ws_two");
    assert_eq!(client.post("/auth/eagle/token", body(&code)).await.status, 401);
}

#[tokio::test]
async fn a_code_is_exchanged_from_a_form_too() {
    let (fake, client) = start().await;
    let target = consent(&client, fake.base_url(), "client_id=client-id").await.unwrap();
    let code = target.split("code=").nth(1).unwrap();
    let form = format!("code={code}&client_id=client-id&client_secret=client-secret");
    let answer = reqwest::Client::new()
        .post(format!("{}/auth/eagle/token", fake.base_url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let unregistered = "client_id=client-id&redirect_uri=https%3A%2F%2Felsewhere.test";
    assert_eq!(consent(&client, fake.base_url(), unregistered).await, Err(400));
}
