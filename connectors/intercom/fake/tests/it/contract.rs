//! Answers and accepted calls hold against the official descriptions, when those lie beside the checkout.

mod description;
mod script;

use std::collections::BTreeSet;

use description::Description;
use serde_json::{Value, json};

use crate::client::{Client, conversation, start};

/// A caller that checks everything it sends and gets.
struct Checked<'a> {
    client: Client,
    description: &'a Description,
    operations: BTreeSet<String>,
}

impl Checked<'_> {
    async fn send(&mut self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.client.try_send(method, path, body.clone()).await.unwrap();
        let operation =
            self.description.operation(method, path).unwrap_or_else(|| panic!("no {method} {path}"));
        let context = format!("{method} {path} {}", answer.status);
        if answer.status < 300 {
            if let Some(schema) = &operation.request {
                self.description.hold(schema, &body.unwrap_or(Value::Null), &format!("{context}, request"));
            }
            self.operations.insert(operation.name.clone());
        }
        let schema = operation.responses.get(&answer.status.to_string());
        let error = json!({ "$ref": "#/components/schemas/error" });
        match schema {
            Some(schema) => self.description.hold(schema, &answer.body, &context),
            None if answer.status >= 400 => self.description.hold(&error, &answer.body, &context),
            None => assert!(answer.body.is_null(), "{context}: {}", answer.body),
        }
        answer.body
    }

    async fn get(&mut self, path: &str) -> Value {
        self.send("GET", path, None).await
    }

    async fn post(&mut self, path: &str, body: Value) -> Value {
        self.send("POST", path, Some(body)).await
    }
}

async fn holds(version: &'static str) -> Option<BTreeSet<String>> {
    let description = Description::read(version)?;
    let (fake, client) = start().await;
    let client = Client { version, ..client };
    let mut checked = Checked { client, description: &description, operations: BTreeSet::new() };
    script::run(&fake, &mut checked).await;
    Some(checked.operations)
}

#[tokio::test]
async fn answers_and_accepted_calls_hold_against_2_15() {
    let Some(operations) = holds("2.15").await else { return };
    assert!(operations.len() >= 53, "{} operations: {operations:#?}", operations.len());
}

#[tokio::test]
async fn answers_and_accepted_calls_hold_against_2_16() {
    let Some(operations) = holds("2.16").await else { return };
    assert!(operations.len() >= 53, "{} operations: {operations:#?}", operations.len());
}

/// What the description refuses, the stand-in refuses.
#[tokio::test]
async fn what_the_description_refuses_is_refused() {
    let Some(description) = Description::read("2.15") else { return };
    let (fake, client) = start().await;
    let id = conversation(&fake);
    let agent = fake.edit(|workspace| workspace.agent());
    let reply = format!("/conversations/{id}/reply");
    let parts = format!("/conversations/{id}/parts");
    let cases = [
        ("POST", "/contacts/merge".to_owned(), json!({ "from": "1" })),
        ("POST", "/contacts/merge".to_owned(), json!({ "from": 1, "into": 2 })),
        ("POST", "/contacts".to_owned(), json!({ "name": "x" })),
        (
            "POST",
            "/contacts".to_owned(),
            json!({ "email": "a@customer.test", "unsubscribed_from_emails": "yes" }),
        ),
        ("POST", "/contacts/search".to_owned(), json!({ "pagination": { "per_page": 5 } })),
        (
            "POST",
            "/contacts/search".to_owned(),
            json!({ "query": { "field": "role", "operator": "??", "value": "user" } }),
        ),
        ("POST", reply.clone(), json!({ "message_type": "comment", "type": "admin", "body": "x" })),
        ("POST", reply.clone(), json!({ "type": "admin", "admin_id": agent, "body": "x" })),
        (
            "POST",
            reply.clone(),
            json!({ "message_type": "shout", "type": "admin", "admin_id": agent, "body": "x" }),
        ),
        ("POST", reply, json!({ "message_type": "comment", "type": "admin", "admin_id": agent, "body": 7 })),
        ("POST", parts.clone(), json!({ "message_type": "close", "admin_id": agent })),
        ("POST", parts.clone(), json!({ "message_type": "snoozed", "admin_id": agent })),
        ("POST", parts.clone(), json!({ "message_type": "assignment", "type": "admin", "admin_id": agent })),
        ("POST", parts, json!({ "message_type": "explode", "type": "admin", "admin_id": agent })),
        ("POST", format!("/conversations/{id}/tags"), json!({ "id": "1" })),
        ("PUT", format!("/conversations/{id}"), json!({ "read": "yes" })),
        (
            "POST",
            "/conversations".to_owned(),
            json!({ "from": { "type": "admin", "id": agent }, "body": "x" }),
        ),
        (
            "POST",
            "/conversations/redact".to_owned(),
            json!({ "type": "conversation_part", "conversation_id": id }),
        ),
        ("POST", "/tags".to_owned(), json!({ "id": "1" })),
        ("POST", "/visitors/convert".to_owned(), json!({ "type": "user", "visitor": { "user_id": "1" } })),
    ];
    for (method, path, body) in cases {
        let operation = description.operation(method, &path).unwrap();
        let schema = operation.request.as_ref().unwrap();
        assert!(!description.accepts(schema, &body), "the description accepts {method} {path} {body}");
        let answer = client.try_send(method, &path, Some(body.clone())).await.unwrap();
        assert!((400..500).contains(&answer.status), "{} {method} {path} {body}", answer.status);
    }
}
