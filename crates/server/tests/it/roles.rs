//! Which role, and which scope, may call which route.

use std::collections::BTreeSet;

use identity::access::{Grant, Role};
use reqwest::{Method, StatusCode};

use crate::bench::Bench;

/// Each route, the roles that may call it, and the scope that lets a program.
const TABLE: [(&str, &str, &[Role], Option<Grant>); 24] = {
    use Role::{Agent, Lead, Owner, Privacy};
    [
        ("GET", "/api/v1/conversations", &[Owner, Lead, Agent], Some(Grant::Conversations)),
        ("GET", "/api/v1/conversations/{id}", &[Owner, Lead, Agent], Some(Grant::Conversations)),
        ("POST", "/api/v1/drafts/{id}/feedback", &[Owner, Lead, Agent], None),
        ("GET", "/api/v1/traces/{id}", &[Owner, Lead, Agent, Privacy], Some(Grant::Conversations)),
        ("GET", "/api/v1/persons/{id}", &[Owner, Lead, Agent, Privacy], Some(Grant::Persons)),
        ("GET", "/api/v1/duplicates", &[Owner, Lead, Agent, Privacy], Some(Grant::Persons)),
        ("POST", "/api/v1/merges", &[Owner, Lead, Privacy], None),
        ("POST", "/api/v1/merges/{id}/undo", &[Owner, Lead, Privacy], None),
        ("GET", "/api/v1/sources", &[Owner, Lead, Agent, Privacy], Some(Grant::Sources)),
        ("GET", "/api/v1/sources/warnings", &[Owner, Lead, Agent, Privacy], Some(Grant::Sources)),
        ("GET", "/api/v1/dead-letters", &[Owner, Lead], Some(Grant::Operations)),
        ("POST", "/api/v1/dead-letters/{id}/retry", &[Owner, Lead], Some(Grant::Operations)),
        ("GET", "/api/v1/stop", &[Owner, Lead, Agent, Privacy], Some(Grant::Sources)),
        ("POST", "/api/v1/stop/press", &[Owner, Lead, Agent, Privacy], Some(Grant::Stop)),
        ("POST", "/api/v1/stop/lift", &[Owner, Lead], None),
        ("GET", "/api/v1/modes", &[Owner, Lead, Agent, Privacy], Some(Grant::Sources)),
        ("POST", "/api/v1/modes", &[Owner, Lead], None),
        ("POST", "/api/v1/modes/{number}/confirm", &[Owner, Lead], None),
        ("GET", "/api/v1/connections", &[Owner, Lead, Agent, Privacy], Some(Grant::Sources)),
        ("POST", "/api/v1/connections/intercom/{app}", &[Owner], None),
        ("POST", "/identity/token", &[], Some(Grant::Identity)),
        ("POST", "/identity/user-hash", &[], Some(Grant::Identity)),
        ("POST", "/identity/step-ups/look", &[], Some(Grant::Identity)),
        ("POST", "/identity/step-ups/confirm", &[], Some(Grant::Identity)),
    ]
};

/// Described, and open to everybody.
const OPEN: [(&str, &str); 1] = [("GET", "/identity/backstory-identity.js")];

#[tokio::test]
async fn every_route_is_open_to_whom_the_table_says_and_to_nobody_else() {
    let bench = Bench::bare().await;
    let mut callers = Vec::new();
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Integration) {
        callers.push((role.name(), bench.key(role, &[]).await, Some(role), None));
    }
    for scope in Grant::ALL {
        callers.push((scope.name(), bench.key(Role::Integration, &[scope]).await, None, Some(scope)));
    }
    for (method, path, roles, scope) in TABLE {
        let path = path.replace("{id}", "x").replace("{app}", "own").replace("{number}", "1");
        let method: Method = method.parse().unwrap();
        for (name, key, role, own_scope) in &callers {
            let (status, text) = bench.call(method.clone(), &path, Some(key)).await;
            let allowed = role.is_some_and(|role| roles.contains(&role))
                || (own_scope.is_some() && *own_scope == scope);
            assert_eq!(status != StatusCode::FORBIDDEN, allowed, "{name} {method} {path}: {text}");
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{name} {method} {path}");
        }
        for key in [None, Some("bsk_"), Some("nonsense"), Some(&*format!("bsk_{}", "0".repeat(64)))] {
            let (status, text) = bench.call(method.clone(), &path, key).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{key:?} {method} {path}: {text}");
        }
    }
}

#[tokio::test]
async fn the_description_names_exactly_the_routes_of_the_table() {
    let bench = Bench::bare().await;
    let (status, text) = bench.call(Method::GET, "/api/v1/openapi.json", None).await;
    assert_eq!(status, StatusCode::OK);
    let description: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            assert!(call["summary"].is_string() || call["description"].is_string(), "{method} {path}");
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let table = TABLE.iter().map(|(method, path, ..)| (*method, *path)).chain(OPEN);
    let table: BTreeSet<_> = table.map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
    assert_eq!(described, table);
}

#[tokio::test]
async fn a_revoked_key_counts_no_more_and_keys_are_not_stored() {
    let bench = Bench::bare().await;
    let books = bench.app.books();
    let issued = books.issue_key(bench.tenant, "somebody", Role::Owner, &[]).await.unwrap();
    let word = issued.secret.reveal().to_owned();
    assert_eq!(bench.get("/api/v1/sources", &word).await.0, StatusCode::OK);
    assert!(!format!("{:?}", books.list_keys(bench.tenant).await.unwrap()).contains(&word));
    books.revoke_key(bench.tenant, issued.id).await.unwrap();
    assert_eq!(bench.get("/api/v1/sources", &word).await.0, StatusCode::UNAUTHORIZED);
    let globex = books.tenant("globex").await.unwrap();
    assert!(books.revoke_key(globex, issued.id).await.is_err(), "another's key does not exist");
    for (role, scopes) in [(Role::Integration, [].as_slice()), (Role::Owner, &[Grant::Stop])] {
        assert!(books.issue_key(bench.tenant, "x", role, scopes).await.is_err());
    }
    assert!(books.issue_key(bench.tenant, " ", Role::Owner, &[]).await.is_err());
}
