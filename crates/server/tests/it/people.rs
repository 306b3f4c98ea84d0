//! Who may be one, and who decides it.

use app::Stop;
use identity::access::{Grant, Role};
use intercom_fake::{NewContact, Role as ContactRole};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::Bench;

async fn post(bench: &Bench, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
    let call = bench.http.post(format!("{}{path}", bench.url)).bearer_auth(key).json(body);
    let response = call.send().await.unwrap();
    (response.status(), response.json().await.unwrap_or_default())
}

/// Two accounts with one name and address, both read.
async fn two_who_may_be_one() -> Bench {
    let bench = Bench::connected().await;
    bench.fake.edit(|workspace| {
        for id in ["4711", "4712"] {
            let user = NewContact::user(id, "jona@velo.test", "Jona Adler");
            workspace.add_contact(ContactRole::User, user).unwrap();
        }
    });
    for account in bench.app.store.list_channel_accounts().await.unwrap() {
        bench.app.import(&account, false, Stop::default(), &|_| {}).await.unwrap();
    }
    bench
}

#[tokio::test]
async fn a_pair_is_listed_merged_by_who_may_and_parted_again() {
    let bench = two_who_may_be_one().await;
    let (agent, privacy) = (bench.key(Role::Agent, &[]).await, bench.key(Role::Privacy, &[]).await);
    let (status, listed) = bench.get("/api/v1/duplicates", &agent).await;
    assert_eq!((status, listed["pairs"].as_array().unwrap().len()), (StatusCode::OK, 1), "{listed}");
    let pair = &listed["pairs"][0];
    assert!(pair["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()), "{listed}");
    assert!(!listed.to_string().contains("jona"), "ids alone: {listed}");

    let merge = json!({"one": pair["one"], "other": pair["other"], "why": "the same person called"});
    let program = bench.key(Role::Integration, &[Grant::Persons]).await;
    for key in [&agent, &program] {
        assert_eq!(post(&bench, "/api/v1/merges", key, &merge).await.0, StatusCode::FORBIDDEN);
    }
    let (status, merged) = post(&bench, "/api/v1/merges", &privacy, &merge).await;
    assert_eq!((status, merged["people"].as_array().unwrap().len()), (StatusCode::OK, 1), "{merged}");
    let person = format!("/api/v1/persons/{}", merged["people"][0].as_str().unwrap());
    let subjects = |found: &Value| found["subjects"].as_array().unwrap().len();
    assert_eq!(subjects(&bench.get(&person, &agent).await.1), 2);
    assert_eq!(bench.get("/api/v1/duplicates", &agent).await.1["pairs"], json!([]));
    assert_eq!(
        post(&bench, "/api/v1/merges", &privacy, &merge).await.0,
        StatusCode::CONFLICT,
        "they are one"
    );

    let undo = format!("/api/v1/merges/{}/undo", merged["entry"].as_str().unwrap());
    let why = json!({"why": "two brothers"});
    assert_eq!(post(&bench, &undo, &agent, &why).await.0, StatusCode::FORBIDDEN);
    let (status, parted) = post(&bench, &undo, &privacy, &why).await;
    assert_eq!((status, parted["people"].as_array().unwrap().len()), (StatusCode::OK, 2), "{parted}");
    assert_eq!(subjects(&bench.get(&person, &agent).await.1), 1);
    assert_eq!(post(&bench, &undo, &privacy, &why).await.0, StatusCode::CONFLICT, "it is undone");

    let audit = bench.app.store.list_audit(bench.tenant, None).await.unwrap();
    let did: Vec<&str> = audit.iter().map(|note| note.action.as_str()).collect();
    assert!(did.contains(&"person.merge") && did.contains(&"person.unmerge"), "{did:?}");
}

#[tokio::test]
async fn what_cannot_be_merged_or_undone_is_told() {
    let bench = two_who_may_be_one().await;
    let lead = bench.key(Role::Lead, &[]).await;
    let (_, listed) = bench.get("/api/v1/duplicates", &lead).await;
    let (one, other) = (&listed["pairs"][0]["one"], &listed["pairs"][0]["other"]);
    let nobody = json!("per_00000000000000000000000000000001");
    for (body, status) in [
        (json!({"one": one, "other": one, "why": "x"}), StatusCode::CONFLICT),
        (json!({"one": one, "other": nobody, "why": "x"}), StatusCode::NOT_FOUND),
        (json!({"one": "nonsense", "other": other, "why": "x"}), StatusCode::NOT_FOUND),
        (json!({"one": one, "other": other, "why": " "}), StatusCode::BAD_REQUEST),
        (json!({"one": one, "other": other, "why": "x".repeat(501)}), StatusCode::BAD_REQUEST),
    ] {
        let (got, told) = post(&bench, "/api/v1/merges", &lead, &body).await;
        assert_eq!(got, status, "{body}: {told}");
        assert!(told["error"]["message"].is_string() && told["error"]["next"].is_string(), "{told}");
    }
    let nowhere = "/api/v1/merges/mrg_00000000000000000000000000000001/undo";
    assert_eq!(post(&bench, nowhere, &lead, &json!({"why": "x"})).await.0, StatusCode::NOT_FOUND);

    let globex = bench.app.books().tenant("globex").await.unwrap();
    let theirs = bench.app.books().issue_key(globex, "theirs", Role::Owner, &[]).await.unwrap();
    let body = json!({"one": one, "other": other, "why": "x"});
    let (status, _) = post(&bench, "/api/v1/merges", theirs.secret.reveal(), &body).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "another tenant's people do not exist");
    let (status, _) = bench.call(Method::GET, "/api/v1/duplicates", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
