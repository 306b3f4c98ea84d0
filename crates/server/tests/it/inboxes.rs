//! What lies in which inbox, and who sees it.

use std::time::Duration;

use identity::access::{Grant, Role};
use intercom_fake::{Assignee, NewContact, Role as ContactRole};
use reqwest::StatusCode;
use serde_json::json;

use crate::bench::{Bench, QUESTION};

impl Bench {
    /// A new customer writes into the inbox of a team; returns the conversation.
    fn asks_in(&self, team: &str, number: u32) -> String {
        self.fake.edit(|workspace| {
            let user = NewContact::user(&format!("u{number}"), &format!("u{number}@velo.test"), "A Customer");
            let contact = workspace.add_contact(ContactRole::User, user).unwrap();
            let conversation = workspace.start(&contact, QUESTION).unwrap();
            let (by, to) = (workspace.agent(), Assignee::Team(team.to_owned()));
            workspace.assign(&conversation, &by, &to, None).unwrap();
            conversation
        })
    }

    async fn confined(&self, inboxes: &[&str]) -> String {
        let inboxes: Vec<String> = inboxes.iter().map(|inbox| (*inbox).to_owned()).collect();
        let books = self.app.books();
        let key = books.issue_key_for(self.tenant, "agent", (Role::Agent, &[]), &inboxes).await.unwrap();
        key.secret.reveal().to_owned()
    }
}

#[tokio::test]
async fn a_key_that_is_confined_shows_its_own_inboxes_alone() {
    let bench = Bench::connected().await;
    let (sales, care) =
        bench.fake.edit(|workspace| (workspace.add_team("Sales"), workspace.add_team("Care")));
    let (in_sales, in_care) = (bench.asks_in(&sales, 1), bench.asks_in(&care, 2));
    let nowhere = bench.customer_asks(QUESTION);
    bench.settle().await;
    let all = bench.key(Role::Agent, &[]).await;
    let listed = async |key: &str| -> Vec<(String, String)> {
        let (_, listed) = bench.get("/api/v1/conversations", key).await;
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let listed = listed["conversations"].as_array().unwrap().iter();
        listed.map(|one| (text(&one["external_id"]), text(&one["id"]))).collect()
    };
    let everything = listed(&all).await;
    assert_eq!(everything.len(), 3);
    let own = bench.confined(&[&sales]).await;
    let seen: Vec<String> = listed(&own).await.into_iter().map(|(external, _)| external).collect();
    assert_eq!(seen, [in_sales.as_str()]);
    assert_eq!(listed(&bench.confined(&[&sales, &care]).await).await.len(), 2);
    for (external, id) in &everything {
        let status = if *external == in_sales { StatusCode::OK } else { StatusCode::NOT_FOUND };
        let path = format!("/api/v1/conversations/{id}");
        assert_eq!(bench.get(&path, &own).await.0, status, "{external}");
        let (_, whole) = bench.get(&path, &all).await;
        let trace = format!("/api/v1/traces/{}", whole["outcomes"][0]["trace"].as_str().unwrap());
        assert_eq!(bench.get(&trace, &own).await.0, status, "{external}");
        let draft = format!("/api/v1/drafts/{}/feedback", whole["drafts"][0]["id"].as_str().unwrap());
        let said = bench.http.post(format!("{}{draft}", bench.url)).bearer_auth(&own);
        let said = said.body(r#"{"discarded": true}"#).send().await.unwrap();
        assert_eq!(said.status(), status, "{external}");
    }

    // Where a conversation lies is found out anew by each look.
    bench.fake.edit(|workspace| {
        let (by, to) = (workspace.agent(), Assignee::Team(sales.clone()));
        workspace.assign(&in_care, &by, &to, None).unwrap();
        let contact = workspace.conversation(&in_care).unwrap().contacts[0].clone();
        workspace.contact_reply(&in_care, &contact, "And the helmet?").unwrap();
    });
    bench.settle().await;
    assert_eq!(listed(&own).await.len(), 2);
    assert!(everything.iter().any(|(external, _)| *external == nowhere));
}

#[tokio::test]
async fn a_key_is_confined_only_where_its_role_does_not_see_everything() {
    let bench = Bench::bare().await;
    let books = bench.app.books();
    let confine = async |role, scopes: &[Grant], inboxes: &[String]| {
        books.issue_key_for(bench.tenant, "somebody", (role, scopes), inboxes).await
    };
    for role in [Role::Owner, Role::Lead, Role::Privacy] {
        assert!(confine(role, &[], &["7".to_owned()]).await.is_err(), "{role}");
    }
    assert!(confine(Role::Agent, &[], &[" ".to_owned()]).await.is_err());
    assert!(confine(Role::Agent, &[], &vec!["7".to_owned(); 51]).await.is_err());
    confine(Role::Integration, &[Grant::Conversations], &["7".to_owned()]).await.unwrap();
}

#[tokio::test]
async fn nothing_is_written_in_a_private_inbox_until_it_is_moved_out() {
    let bench = Bench::connected().await;
    let (legal, care) =
        bench.fake.edit(|workspace| (workspace.add_team("Legal EU"), workspace.add_team("Care")));
    let conversation = bench.asks_in(&legal, 1);
    bench.settle().await;
    assert!(bench.notes(&conversation).is_empty());
    let key = bench.key(Role::Lead, &[]).await;
    let (_, listed) = bench.get("/api/v1/conversations", &key).await;
    let path = format!("/api/v1/conversations/{}", listed["conversations"][0]["id"].as_str().unwrap());
    let (_, whole) = bench.get(&path, &key).await;
    let outcome = &whole["outcomes"][0];
    assert_eq!((&outcome["reason"], &outcome["standing"]), (&json!("private_inbox"), &json!(false)));

    bench.fake.edit(|workspace| {
        let (by, to) = (workspace.agent(), Assignee::Team(care.clone()));
        workspace.assign(&conversation, &by, &to, None).unwrap();
    });
    bench.advance(Duration::from_secs(60));
    bench.app.reconcile().await.unwrap();
    bench.settle().await;
    assert_eq!(bench.notes(&conversation).len(), 1);
}
