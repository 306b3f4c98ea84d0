//! Contacts: who is found, by what, and what merging does.

use std::time::Duration;

use intercom_fake::{Merged, MergedAuthors, NewContact};
use serde_json::{Value, json};

use crate::client::{Client, NOON, lead, start, user};

const DAY: i64 = 86_400;

fn one(field: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({ "query": { "field": field, "operator": operator, "value": value.into() } })
}

async fn found(client: &Client, query: Value) -> Vec<String> {
    let answer = client.post("/contacts/search", query).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.ids("data")
}

#[tokio::test]
async fn a_contact_is_made_once() {
    let (_fake, client) = start().await;
    let body =
        json!({ "external_id": "70", "email": "a@customer.test", "custom_attributes": { "plan": "pro" } });
    let made = client.post("/contacts", body.clone()).await;
    assert_eq!(
        (made.body["role"].as_str(), made.body["custom_attributes"]["plan"].as_str()),
        (Some("user"), Some("pro"))
    );
    let again = client.post("/contacts", body).await;
    assert_eq!((again.status, again.code()), (409, "conflict"));
    let message = again.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.ends_with(made.body["id"].as_str().unwrap()), "{message}");
    assert_eq!(client.post("/contacts", json!({ "name": "Nobody" })).await.code(), "parameter_not_found");
    // Several users may share an address as long as each has an id of its own.
    let shared = json!({ "external_id": "71", "email": "a@customer.test" });
    assert_eq!(client.post("/contacts", shared).await.status, 200);
}

#[tokio::test]
async fn an_external_id_finds_users_only() {
    let (fake, client) = start().await;
    let (one, lead) = (user(&fake, "70"), lead(&fake, None));
    assert_eq!(client.get("/contacts/find_by_external_id/70").await.body["id"], json!(one));
    let made_up =
        client.get(&format!("/contacts/{lead}")).await.body["external_id"].as_str().unwrap().to_owned();
    assert_eq!(made_up.len(), 36);
    assert_eq!(client.get(&format!("/contacts/find_by_external_id/{made_up}")).await.status, 404);
}

#[tokio::test]
async fn a_new_contact_is_missing_from_search_for_a_while() {
    let (fake, client) = start().await;
    fake.edit(|workspace| workspace.quirks.search_delay_secs = 180);
    let id = user(&fake, "70");
    let query = || one("external_id", "=", "70");
    assert!(found(&client, query()).await.is_empty());
    assert_eq!(client.get("/contacts/find_by_external_id/70").await.status, 200);
    fake.clock().advance(Duration::from_secs(179));
    assert!(found(&client, query()).await.is_empty());
    fake.clock().advance(Duration::from_secs(1));
    assert_eq!(found(&client, query()).await, [id]);
}

#[tokio::test]
async fn search_knows_days_of_the_workspace_only() {
    let (fake, client) = start().await;
    // 12:00 in London is 04:00 in Los Angeles: the day there began four hours before.
    let id = user(&fake, "70");
    let midnight = NOON - 4 * 3600;
    assert_eq!(found(&client, one("updated_at", "=", midnight)).await, [id.as_str()]);
    assert!(found(&client, one("updated_at", ">", midnight)).await.is_empty());
    assert!(found(&client, one("updated_at", ">", NOON - 1)).await.is_empty());
    assert_eq!(found(&client, one("updated_at", ">", midnight - 1)).await, [id.as_str()]);
    assert_eq!(found(&client, one("updated_at", "<", NOON + DAY)).await, [id.as_str()]);
    fake.edit(|workspace| workspace.timezone = "Asia/Tokyo".to_owned());
    assert!(found(&client, one("updated_at", ">", midnight - 1)).await.is_empty());
    for operator in [">=", "<=", "!=", "IN", "NIN"] {
        let refused = client.post("/contacts/search", one("created_at", operator, NOON)).await;
        assert_eq!((refused.status, refused.code()), (400, "parameter_invalid"), "{operator}");
    }
}

#[tokio::test]
async fn search_compares_by_type() {
    let (fake, client) = start().await;
    let (first, second) = (user(&fake, "70"), user(&fake, "71"));
    let tag = fake.edit(|workspace| {
        let tag = workspace.tag("VIP");
        workspace.tag_contact(&first, &tag, true).unwrap();
        tag
    });
    assert_eq!(found(&client, one("tag_id", "=", tag.as_str())).await, [first.as_str()]);
    assert_eq!(found(&client, one("tag_id", "!=", tag.as_str())).await, [second.as_str()]);
    assert_eq!(client.post("/contacts/search", one("tag_id", "IN", json!([tag]))).await.status, 400);
    assert_eq!(found(&client, one("email", "^", "71@")).await, [second.as_str()]);
    assert_eq!(found(&client, one("email_domain", "=", "customer.test")).await.len(), 2);
    assert_eq!(found(&client, one("external_id", "NIN", json!(["70"]))).await, [second.as_str()]);
    assert_eq!(client.post("/contacts/search", one("shoe_size", "=", 44)).await.code(), "field_not_found");
    assert_eq!(client.post("/contacts/search", json!({})).await.status, 400);
    // A field that somebody has and somebody has not.
    let seats = json!({ "custom_attributes": { "seats": 5 } });
    client.put(&format!("/contacts/{first}"), seats).await;
    assert_eq!(found(&client, one("custom_attributes.seats", ">", 3)).await, [first.as_str()]);
    assert_eq!(found(&client, one("custom_attributes.seats", "!=", 5)).await, [second.as_str()]);
}

#[tokio::test]
async fn a_wrong_filter_is_refused_where_there_is_nothing_to_find() {
    let (_fake, client) = start().await;
    for path in ["/contacts/search", "/conversations/search", "/tickets/search"] {
        assert_eq!(client.post(path, one("shoe_size", "=", 44)).await.code(), "field_not_found", "{path}");
        assert_eq!(client.post(path, one("created_at", "~", 44)).await.status, 400, "{path}");
        assert_eq!(client.post(path, one("created_at", ">", 44)).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn every_contact_is_met_once_page_by_page() {
    let (fake, client) = start().await;
    let mut expected: Vec<String> = (0..7).map(|number| user(&fake, &format!("u{number}"))).collect();
    expected.reverse();
    let mut met = Vec::new();
    let mut path = "/contacts?per_page=3".to_owned();
    loop {
        let page = client.get(&path).await;
        assert_eq!(page.body["total_count"], 7);
        met.extend(page.ids("data"));
        let Some(after) = page.body["pages"]["next"]["starting_after"].as_str() else { break };
        path = format!("/contacts?per_page=3&starting_after={after}");
    }
    assert_eq!(met, expected);
    assert_eq!(client.get("/contacts?per_page=151").await.status, 400);
    assert_eq!(client.get("/contacts?starting_after=zz").await.status, 400);
}

#[tokio::test]
async fn a_merged_lead_is_gone_and_its_conversations_are_the_users() {
    let (fake, client) = start().await;
    let (lead, user) = (lead(&fake, Some("70@customer.test")), user(&fake, "70"));
    let made_up = fake.edit(|workspace| workspace.contact(&lead).unwrap().external_id.clone()).unwrap();
    let conversation = fake.edit(|workspace| workspace.start(&lead, "Hello")).unwrap();
    let merged = client.post("/contacts/merge", json!({ "from": lead, "into": user })).await;
    assert_eq!(merged.body["id"], json!(user));
    assert_eq!(client.get(&format!("/contacts/{lead}")).await.status, 404);
    assert_eq!(found(&client, one("email", "=", "70@customer.test")).await, [user.as_str()]);
    let shown = client.get(&format!("/conversations/{conversation}")).await;
    assert_eq!(shown.body["contacts"]["contacts"][0]["id"], json!(user));
    assert_eq!(shown.body["source"]["author"]["id"], json!(lead));
    let newer = Client { version: "2.16", ..client.clone() };
    assert_eq!(newer.get(&format!("/contacts/{lead}")).await.code(), "contact_merged");
    assert_eq!(newer.get(&format!("/contacts/find_by_external_id/{made_up}")).await.status, 410);
    fake.edit(|workspace| workspace.quirks.merged = Merged::Gone);
    let gone = client.get(&format!("/contacts/{lead}")).await;
    assert_eq!((gone.status, gone.code()), (410, "contact_merged"));
    assert_eq!(gone.headers["link"], format!("</contacts/{user}>; rel=\"canonical\""));
    let update = client.put(&format!("/contacts/{lead}"), json!({ "name": "x" })).await;
    assert_eq!(update.status, 404);
}

#[tokio::test]
async fn only_a_lead_merges_and_only_into_a_user() {
    let (fake, client) = start().await;
    let (a_lead, another, a_user) = (lead(&fake, None), lead(&fake, None), user(&fake, "70"));
    for (from, into) in [(&a_user, &a_lead), (&a_lead, &another), (&a_user, &a_user)] {
        assert_eq!(client.post("/contacts/merge", json!({ "from": from, "into": into })).await.status, 400);
    }
    assert_eq!(client.post("/contacts/merge", json!({ "from": a_lead })).await.status, 400);
    // 2.16 wants something in common, or to be told that it is meant.
    let newer = Client { version: "2.16", ..client };
    let merge = json!({ "from": a_lead, "into": a_user });
    assert_eq!(newer.post("/contacts/merge", merge).await.code(), "invalid_merge");
    let meant = json!({ "from": a_lead, "into": a_user, "skip_duplicate_validation": true });
    assert_eq!(newer.post("/contacts/merge", meant).await.status, 200);
}

#[tokio::test]
async fn authors_follow_a_merge_only_when_told_to() {
    let (fake, _client) = start().await;
    fake.edit(|workspace| workspace.quirks.merged_authors = MergedAuthors::Repointed);
    let (lead, user) = (lead(&fake, None), user(&fake, "70"));
    let author = fake.edit(|workspace| {
        let conversation = workspace.start(&lead, "Hello").unwrap();
        workspace.merge(&lead, &user).unwrap();
        workspace.conversation(&conversation).unwrap().source.author.clone()
    });
    assert_eq!((author.id, author.kind.as_str()), (user, "user"));
}

#[tokio::test]
async fn a_visitor_becomes_a_lead_or_a_user() {
    let (fake, client) = start().await;
    let (first, second) = fake.edit(|workspace| (workspace.add_visitor(), workspace.add_visitor()));
    assert_eq!(client.get(&format!("/visitors?user_id={first}")).await.body["type"], "visitor");
    let convert = json!({ "visitor": { "user_id": first }, "user": { "user_id": "70" }, "type": "user" });
    let made = client.post("/visitors/convert", convert).await;
    assert_eq!((made.body["role"].as_str(), made.body["external_id"].as_str()), (Some("user"), Some("70")));
    assert_eq!(client.get(&format!("/visitors?user_id={first}")).await.status, 404);
    let lead = fake.edit(|workspace| workspace.visitor_to_lead(&second)).unwrap();
    assert_eq!(client.get(&format!("/contacts/{lead}")).await.body["external_id"], json!(second));
    assert_eq!(
        fake.edit(|workspace| workspace.visitor_to_user(&second, NewContact::default())).unwrap_err().status,
        404
    );
}

#[tokio::test]
async fn what_is_archived_or_deleted_leaves_the_lists() {
    let (fake, client) = start().await;
    let (kept, archived, deleted) = (user(&fake, "1"), user(&fake, "2"), user(&fake, "3"));
    assert_eq!(client.post(&format!("/contacts/{archived}/archive"), json!({})).await.body["archived"], true);
    assert_eq!(client.delete(&format!("/contacts/{deleted}"), None).await.body["deleted"], true);
    assert_eq!(client.get("/contacts").await.ids("data"), [kept.as_str()]);
    assert_eq!(client.get(&format!("/contacts/{archived}")).await.status, 200);
    assert_eq!(client.get(&format!("/contacts/{deleted}")).await.status, 404);
    client.post(&format!("/contacts/{archived}/unarchive"), json!({})).await;
    assert_eq!(client.get("/contacts").await.ids("data").len(), 2);
}

#[tokio::test]
async fn companies_are_scrolled_one_reader_at_a_time() {
    let (fake, client) = start().await;
    let contact = user(&fake, "70");
    fake.edit(|workspace| {
        let company = workspace.company("acme", "Acme");
        workspace.membership(&contact, &company, true).unwrap();
        workspace.company("empty", "Without members");
    });
    assert_eq!(client.post("/companies/list", json!({})).await.body["total_count"], 1);
    let first = client.get("/companies/scroll").await;
    assert_eq!(first.body["data"].as_array().unwrap().len(), 2);
    assert_eq!(client.get("/companies/scroll").await.status, 400);
    let next = format!("/companies/scroll?scroll_param={}", first.body["scroll_param"].as_str().unwrap());
    assert!(client.get(&next).await.body["data"].as_array().unwrap().is_empty());
    assert_eq!(client.get(&next).await.status, 404);
    assert_eq!(client.get("/companies?company_id=acme").await.body["user_count"], 1);
}
