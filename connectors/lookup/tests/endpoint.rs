//! An endpoint against a server in this process.

#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use connector::{Error, Secret};
use domain::Part;
use lookup::{Account, Config, Endpoint, Fact, Field, Method, Same};
use serde_json::json;
use wiremock::matchers::{any, body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn config(base: &str) -> Config {
    let field =
        |at: &str, label: &str| Field { at: at.into(), label: label.into(), labels: Default::default() };
    Config {
        method: Method::Get,
        url: format!("{base}/accounts/{{user_id}}"),
        body: Default::default(),
        fields: vec![field("/plan/name", "Plan"), field("/due", "Next invoice")],
        customer: Default::default(),
        same: None,
        timeout_ms: 2_000,
        max_bytes: 1_000,
    }
}

fn account() -> Account {
    Account { user_id: Some("47/11 ä".into()), contact_id: None }
}

fn open(config: Config) -> Endpoint {
    Endpoint::build("account", config, Secret::new("t0ken-5ecret")).unwrap()
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn named_fields_are_taken_and_nothing_else() {
    let server = MockServer::start().await;
    let answer =
        json!({"plan": {"name": " Pro \n yearly "}, "due": "2025-08-01", "iban": "DE00", "list": [1]});
    Mock::given(method("GET"))
        .and(path("/accounts/47%2F11%20%C3%A4"))
        .and(header("authorization", "Bearer t0ken-5ecret"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(&server)
        .await;
    let found = open(config(&server.uri())).ask(&account()).await.unwrap();
    let expected =
        [Fact { field: 0, value: "Pro yearly".into() }, Fact { field: 1, value: "2025-08-01".into() }];
    assert_eq!(found.facts, expected);
    assert!(found.customer.is_empty());
    assert_eq!(
        format!("{found:?} {:?}", account()),
        "Answer([Fact(0, 10 bytes), Fact(1, 10 bytes)], []) Account(user_id: true, contact_id: false)"
    );
}

#[tokio::test]
async fn the_side_of_the_customer_is_read_beside_the_facts_and_not_shown() {
    let answer = json!({"plan": {"name": " Pro \n yearly "}, "app": 2.1, "region": null, "list": ["EU"]});
    let server = answering(ResponseTemplate::new(200).set_body_json(answer)).await;
    let at = |part: Part, at: &str| (part, at.to_owned());
    let sides = [
        at(Part::Plan, "/plan/name"),
        at(Part::ProductVersion, "/app"),
        at(Part::Region, "/region"),
        at(Part::Brand, "/list"),
    ];
    let config = Config { fields: Vec::new(), customer: sides.into(), ..config(&server.uri()) };
    let found = open(config).ask(&account()).await.unwrap();
    let expected = [(Part::Plan, "Pro yearly".to_owned()), (Part::ProductVersion, "2.1".to_owned())];
    assert!(found.facts.is_empty());
    assert_eq!(found.customer, std::collections::BTreeMap::from(expected));
    assert!(!format!("{found:?}").contains("yearly"), "{found:?}");
}

#[tokio::test]
async fn a_post_sends_ids_as_json() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(body_json(json!({"user": "47/11 ä", "want": "plan"})))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"due": true})))
        .expect(1)
        .mount(&server)
        .await;
    let config = Config {
        method: Method::Post,
        url: format!("{}/ask", server.uri()),
        body: [("user".to_owned(), "{user_id}".to_owned()), ("want".to_owned(), "plan".to_owned())].into(),
        ..config(&server.uri())
    };
    let found = open(config).ask(&account()).await.unwrap();
    assert_eq!(found.facts, [Fact { field: 1, value: "yes".into() }]);
}

#[tokio::test]
async fn what_makes_no_sense_is_no_fact_and_shows_nothing() {
    let json_text =
        |text: &str| ResponseTemplate::new(200).set_body_raw(text.as_bytes().to_vec(), "application/json");
    let cases: Vec<(ResponseTemplate, &str)> = vec![
        (json_text("no json, Pr0-plan"), "no JSON"),
        (json_text("[\"Pr0-plan\"]"), "no object"),
        (json_text(&format!("{{\"due\": \"{}\"}}", "Pr0-plan".repeat(200))), "more than 1000 bytes"),
        (ResponseTemplate::new(500).set_body_string("Pr0-plan"), "status 500"),
        (ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:9/Pr0-plan"), "status 302"),
        (ResponseTemplate::new(401), "refuses its token"),
        (ResponseTemplate::new(429), "patience"),
    ];
    for (answer, part) in cases {
        let server = answering(answer).await;
        let error = open(config(&server.uri())).ask(&account()).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(part), "{shown}");
        assert!(!shown.contains("Pr0-plan") && !shown.contains("47") && !shown.contains("t0ken"), "{shown}");
    }
}

#[tokio::test]
async fn whoever_is_not_known_has_no_facts() {
    let server = answering(ResponseTemplate::new(404)).await;
    let endpoint = open(config(&server.uri()));
    assert!(endpoint.ask(&account()).await.unwrap().is_empty());
    // Without the id nobody is asked.
    let nobody = Account { user_id: None, contact_id: Some("c".into()) };
    assert!(endpoint.ask(&nobody).await.unwrap().is_empty());
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_about_somebody_else_is_dropped() {
    let server =
        answering(ResponseTemplate::new(200).set_body_json(json!({"id": "other", "due": "x"}))).await;
    let same = |at: &str| Config {
        same: Some(Same { at: at.into(), id: "user_id".into() }),
        ..config(&server.uri())
    };
    for at in ["/id", "/missing"] {
        let error = open(same(at)).ask(&account()).await.unwrap_err();
        assert!(error.to_string().contains("another account"), "{error}");
    }
    let other = Account { user_id: Some("other".into()), contact_id: None };
    assert_eq!(open(same("/id")).ask(&other).await.unwrap().facts.len(), 1);
}

#[tokio::test]
async fn what_does_not_answer_is_given_up() {
    let server = answering(ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(60))).await;
    let slow = Config { timeout_ms: 100, ..config(&server.uri()) };
    let error = open(slow).ask(&account()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }) && error.to_string().contains("in time"), "{error}");
    let gone = config("http://127.0.0.1:9");
    let error = open(gone).ask(&account()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }) && !format!("{error:?}").contains("47"), "{error:?}");
}

#[tokio::test]
async fn an_id_cannot_lead_elsewhere() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({"due": "x"}))).await;
    for id in ["..", ".", "", "a\nb", &"x".repeat(201)] {
        let account = Account { user_id: Some(id.to_owned()), contact_id: None };
        assert!(open(config(&server.uri())).ask(&account).await.is_err(), "{id:?}");
    }
    for id in ["../admin", "a/../../b", "?all=1", "#x", "%2e%2e", "@evil.example", "x\\y"] {
        let account = Account { user_id: Some(id.to_owned()), contact_id: None };
        open(config(&server.uri())).ask(&account).await.unwrap();
    }
    for request in server.received_requests().await.unwrap() {
        let segments: Vec<&str> = request.url.path_segments().unwrap().collect();
        assert!(
            segments.len() == 2 && segments[0] == "accounts" && request.url.query().is_none(),
            "{}",
            request.url
        );
    }
}

#[test]
fn what_cannot_be_is_named() {
    let base = "https://api.acme.example";
    let with = |change: fn(&mut Config)| {
        let mut config = config(base);
        change(&mut config);
        config
    };
    for (config, part) in [
        (with(|one| one.url = "http://api.acme.example/{user_id}".into()), "https://"),
        (with(|one| one.url = "https://{user_id}.acme.example/".into()), "only its path"),
        (with(|one| one.url = "https://key@acme.example/{user_id}".into()), "only its path"),
        (with(|one| one.url = "https://acme.example/{email}".into()), "{user_id}"),
        (with(|one| one.url = "https://acme.example/all".into()), "about nobody"),
        (with(|one| one.url = "file:///etc/{user_id}".into()), "only its path"),
        (with(|one| one.fields.clear()), "1 to 20"),
        (with(|one| one.fields[0].at = "plan".into()), "JSON pointer"),
        (with(|one| drop(one.customer.insert(Part::Plan, "plan".into()))), "`customer` names `plan`"),
        (with(|one| one.timeout_ms = 1), "100 to 30000"),
        (with(|one| one.max_bytes = 1), "256 to"),
        (with(|one| drop(one.body.insert("a".into(), "b".into()))), "post"),
        (with(|one| one.same = Some(Same { at: "/id".into(), id: "email".into() })), "same.id"),
    ] {
        let error = Endpoint::build("account", config, Secret::new("")).unwrap_err();
        assert!(error.to_string().contains(part) && error.to_string().contains("lookups.account"), "{error}");
    }
    assert_eq!(Endpoint::build("account", config(base), Secret::new("")).unwrap().host(), "api.acme.example");
}
