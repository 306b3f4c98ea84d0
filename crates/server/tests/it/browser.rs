//! The script of the identity kit in a real browser: it loads the script from here and asks a stand-in of the
//! company's server for tokens that are issued here. Only Intercom's own function is played, and writes down what
//! it is called with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::proof::Platform;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use identity::access::{Grant, Role};
use llm::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::bench::Bench;

const PAGE: &str = include_str!("browser/page.html");
const SECRET: &str = "messenger-secret-0123456789abcdef";

/// The company's server: it knows who is logged in, and asks for tokens with its key.
#[derive(Clone)]
struct Company {
    http: reqwest::Client,
    kit: String,
    key: String,
    time: Arc<AtomicI64>,
}

#[derive(Deserialize)]
struct Asked {
    user: String,
    /// The browser's time: our clock follows it.
    now: i64,
}

async fn token(State(company): State<Company>, Query(asked): Query<Asked>) -> Response {
    company.time.store(asked.now, Ordering::SeqCst);
    if asked.user.is_empty() {
        return ([(header::CONTENT_TYPE, "application/json")], "null").into_response();
    }
    let body = json!({ "user_id": asked.user, "ttl_secs": 120 });
    let request = company.http.post(format!("{}/identity/token", company.kit)).bearer_auth(&company.key);
    let answer = request.body(body.to_string()).send().await.unwrap();
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    (status, [(header::CONTENT_TYPE, "application/json")], answer.text().await.unwrap()).into_response()
}

#[expect(clippy::disallowed_methods, reason = "which browser there is depends on the machine")]
fn browser() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(path) = variable("BACKSTORY_TEST_CHROMIUM") {
        return Some(path.into());
    }
    let folders = variable("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    let required = variable("BACKSTORY_REQUIRE_CHROMIUM").is_some_and(|value| value == "1");
    assert!(found.is_some() || !required, "no chromium is there, and it is required");
    found
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests has to see that a part did not run")]
fn skip() {
    eprintln!("skipped: no chromium");
}

/// Opens a page and returns what it wrote into its element `result`.
async fn open(browser: &PathBuf, url: &str) -> Value {
    let profile = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(browser);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-dev-shm-usage"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        // Its time is made up, and runs as fast as the page has nothing to do.
        .args(["--virtual-time-budget=2000000", "--dump-dom", url])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(120), command.output()).await;
    let dom = String::from_utf8(output.expect("the browser ends").unwrap().stdout).unwrap();
    let (_, rest) = dom.split_once("<pre id=\"result\">").unwrap_or_else(|| panic!("no result: {dom}"));
    let (result, _) = rest.split_once("</pre>").unwrap();
    let text = result.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What is called, without the tokens, which are different each time.
fn called(step: &Value) -> Vec<String> {
    let calls = step["calls"].as_array().unwrap().iter();
    calls
        .map(|call| {
            let with = call[1].as_object().cloned().unwrap_or_default();
            let mut with: BTreeMap<String, Value> = with.into_iter().collect();
            let token = with.remove("intercom_user_jwt").map(|token| user_of(token.as_str().unwrap()));
            let rest = if with.is_empty() { String::new() } else { format!(" {}", json!(with)) };
            format!(
                "{}{rest}{}",
                call[0].as_str().unwrap(),
                token.map(|user| format!(" as {user}")).unwrap_or_default()
            )
        })
        .collect()
}

fn user_of(token: &str) -> String {
    use base64::Engine as _;
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["user_id"].as_str().unwrap().to_owned()
}

fn warned(step: &Value) -> String {
    step["warned"].to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_script_boots_with_checked_values_and_leaves_nothing_on_logout() {
    let Some(browser) = browser() else {
        skip();
        return;
    };
    let bench = Bench::bare().await;
    let books = bench.app.books();
    books.add_messenger_secret(bench.tenant, (Platform::Web, &Secret::new(SECRET)), "anna").await.unwrap();
    let company = Company {
        http: bench.http.clone(),
        kit: bench.url.clone(),
        key: bench.key(Role::Integration, &[Grant::Identity]).await,
        time: bench.hand(),
    };
    let page = PAGE.replace("KIT", &bench.url);
    let routes = axum::Router::new()
        .route("/", get(move || async move { Html(page) }))
        .route("/token", get(token))
        .with_state(company);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum_serve(listener, routes).await });

    let steps = open(&browser, &url).await;
    assert_eq!(steps["failed"], Value::Null, "{steps:#}");

    let identified = &steps["identified"];
    assert_eq!(identified["said"], "identified");
    assert_eq!(called(identified), ["boot {\"alignment\":\"left\",\"app_id\":\"app1\"} as 4711"]);
    assert!(identified["cookie"].as_str().unwrap().contains("intercom-session-app1"));
    assert_eq!(identified["jwt_in_window"], true, "what was called with is still there");
    let warnings = warned(identified);
    for named in ["intercomSettings.user_id", "intercomSettings.email", "settings.email", "settings.company"]
    {
        assert!(warnings.contains(named), "{named}: {warnings}");
    }
    assert!(!warnings.contains("4711") && !warnings.contains("velo.test"), "no value is shown: {warnings}");

    assert_eq!(called(&steps["renewed"]), ["update as 4711"], "before the token ends");
    assert_eq!(
        called(&steps["other_user"])[..2],
        ["shutdown", "boot {\"alignment\":\"left\",\"app_id\":\"app1\"} as 9000"]
    );

    let out = &steps["logged_out"];
    assert_eq!(called(out), ["shutdown"], "and nothing after that, however long one waits");
    assert_eq!(out["cookie"], "other=kept", "no cookie of the Messenger is left");
    assert_eq!(out["settings"], json!({ "app_id": "app1", "alignment": "left" }));
    assert_eq!((&out["storage"], &out["jwt_in_window"]), (&json!({}), &json!(false)));

    for (step, why) in [
        ("placeholder", "`user_id` is a placeholder"),
        ("template", "`email` is a template"),
        ("over", "the token has no end, or is over"),
        ("garbage", "the token is no JWT"),
        ("unsigned", "the token cannot be read"),
        ("another", "the token is for somebody else"),
    ] {
        assert_eq!(steps[step]["said"], "refused", "{step}");
        assert_eq!(called(&steps[step]), ["shutdown"], "{step}");
        assert!(warned(&steps[step]).contains(why), "{step}: {}", warned(&steps[step]));
    }
    assert_eq!((&steps["no_app"]["said"], called(&steps["no_app"]).len()), (&json!("refused"), 0));
    assert_eq!(
        (&steps["overtaken"]["said"], called(&steps["overtaken"])),
        (&json!("outdated"), vec!["shutdown".to_owned()])
    );
    assert_eq!(
        (&steps["visitor"]["said"], called(&steps["visitor"])),
        (&json!("visitor"), vec!["boot {\"app_id\":\"app1\"}".to_owned()])
    );
    assert_eq!((&steps["nobody"]["said"], called(&steps["nobody"]).len()), (&json!("nobody"), 0));
    assert_eq!(called(&steps["other_tab"]), ["boot {\"app_id\":\"app1\"} as 4711", "shutdown"]);
    assert_eq!(called(&steps["session_over"]), ["boot {\"app_id\":\"app1\"} as 4711", "shutdown"]);
    // Asked again and again, and shut down when the token ends all the same.
    let down = called(&steps["server_down"]);
    assert_eq!(
        down,
        ["boot {\"app_id\":\"app1\"} as 4711", "shutdown", "boot {\"app_id\":\"app1\"} as 4711"]
    );
    assert_eq!(
        called(&steps["legacy"]),
        ["boot {\"app_id\":\"app1\",\"user_hash\":\"abc123\",\"user_id\":\"4711\"}"]
    );
}

async fn axum_serve(listener: TcpListener, routes: axum::Router) {
    use hyper_util::rt::TokioIo;
    use hyper_util::service::TowerToHyperService;
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(routes.clone());
        connections.spawn(async move {
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
