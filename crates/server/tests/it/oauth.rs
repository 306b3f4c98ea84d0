//! Connecting a workspace in a browser.

use std::time::Duration;

use identity::access::Role;
use reqwest::{Method, Response, StatusCode, header};

use crate::bench::{Bench, CLIENT_SECRET};

fn header_of(response: &Response, name: header::HeaderName) -> String {
    response.headers()[name].to_str().unwrap().to_owned()
}

/// Opens an address as a browser without anything else, or with a cookie.
async fn open(bench: &Bench, path: &str, cookie: Option<&str>) -> Response {
    let mut request = bench.http.get(format!("{}{path}", bench.url));
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    request.send().await.unwrap()
}

/// Begins and consents; returns the path that Intercom leads back to, and the browser's cookie.
async fn consent(bench: &Bench) -> (String, String) {
    let key = bench.key(Role::Owner, &[]).await;
    let (status, text) = bench.call(Method::POST, "/api/v1/connections/intercom/own", Some(&key)).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let begin: serde_json::Value = serde_json::from_str(&text).unwrap();
    let start = begin["open"].as_str().unwrap().strip_prefix("https://backstory.test").unwrap();
    let started = open(bench, start, None).await;
    assert_eq!(started.status(), StatusCode::FOUND);
    let cookie = header_of(&started, header::SET_COOKIE);
    assert!(cookie.contains("HttpOnly; Secure; SameSite=Lax"), "{cookie}");
    assert_eq!(open(bench, start, None).await.status(), StatusCode::FORBIDDEN, "a ticket counts once");
    // The page of the stand-in in place of Intercom's.
    let page = header_of(&started, header::LOCATION);
    let query = page.strip_prefix("https://app.intercom.com/oauth").unwrap();
    let consented = bench.http.get(format!("{}/oauth{query}", bench.fake.base_url())).send().await.unwrap();
    assert_eq!(consented.status(), StatusCode::FOUND);
    let back = header_of(&consented, header::LOCATION);
    let back = back.strip_prefix("https://backstory.test").unwrap().to_owned();
    (back, cookie.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_workspace_is_connected_and_its_webhooks_count() {
    let bench = Bench::bare().await;
    let (back, cookie) = consent(&bench).await;
    assert!(back.contains("%3D"), "the code ends in `=`: {back}");
    let ended = open(&bench, &back, Some(&cookie)).await;
    let (status, text) = (ended.status(), ended.text().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{text}");
    assert!(text.contains("https://backstory.test/webhooks/intercom/own"), "{text}");
    let accounts = bench.app.accounts(bench.tenant).await.unwrap();
    assert_eq!((accounts.len(), accounts[0].account.as_str()), (1, "ws_one"));
    let again = open(&bench, &back, Some(&cookie)).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN, "an answer counts once");
}

#[tokio::test]
async fn an_answer_of_another_browser_connects_nothing() {
    let bench = Bench::bare().await;
    for cookie in [None, Some("backstory_install=another"), Some("backstory_install="), Some("other=1")] {
        let (back, _) = consent(&bench).await;
        let ended = open(&bench, &back, cookie).await;
        assert_eq!(ended.status(), StatusCode::FORBIDDEN, "{cookie:?}");
    }
    let (back, cookie) = consent(&bench).await;
    for path in [
        "/oauth/intercom/own/callback".to_owned(),
        "/oauth/intercom/own/callback?code=x&state=unknown".to_owned(),
        "/oauth/intercom/own/callback?code=x&state=".to_owned(),
        "/oauth/intercom/own/start".to_owned(),
        "/oauth/intercom/own/start?ticket=unknown".to_owned(),
        back.replace("/own/", "/theirs/"),
    ] {
        assert_eq!(open(&bench, &path, Some(&cookie)).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert!(bench.app.accounts(bench.tenant).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_comes_too_late_connects_nothing() {
    let bench = Bench::bare().await;
    let (back, cookie) = consent(&bench).await;
    bench.advance(Duration::from_secs(601));
    assert_eq!(open(&bench, &back, Some(&cookie)).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_refused_code_is_told_and_shows_no_secret() {
    let bench = Bench::bare().await;
    let (back, cookie) = consent(&bench).await;
    // Without the sign at its end it is another code.
    let ended = open(&bench, &back.replace("%3D", ""), Some(&cookie)).await;
    let (status, text) = (ended.status(), ended.text().await.unwrap());
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{text}");
    assert!(!text.contains(CLIENT_SECRET) && !text.contains("code-"), "{text}");
}

#[tokio::test]
async fn a_workspace_stays_with_its_company() {
    let bench = Bench::connected().await;
    let books = bench.app.books();
    let globex = books.tenant("globex").await.unwrap();
    let error = books.connect_intercom(globex, "own", &bench.fake.token(), None).await.unwrap_err();
    assert!(error.to_string().contains("belongs to another tenant"), "{error:#}");
    assert!(books.connect_intercom(globex, "nobody", "t", None).await.is_err());
}
