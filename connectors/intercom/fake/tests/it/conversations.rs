//! Conversations: reading, searching, writing.

use std::time::Duration;

use intercom_fake::{Author, Opening, Part};
use serde_json::{Value, json};

use crate::client::{Client, NOON, conversation, lead, start, user};

fn one(field: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({ "query": { "field": field, "operator": operator, "value": value.into() } })
}

async fn found(client: &Client, query: Value) -> Vec<String> {
    let answer = client.post("/conversations/search", query).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.ids("conversations")
}

fn parts(shown: &Value) -> &Vec<Value> {
    shown["conversation_parts"]["conversation_parts"].as_array().unwrap()
}

#[tokio::test]
async fn bounds_belong_to_what_is_searched_for() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    for (operator, value, hit) in
        [(">", NOON, true), ("<", NOON, true), (">", NOON + 1, false), ("<", NOON - 1, false)]
    {
        let ids = found(&client, one("updated_at", operator, value)).await;
        assert_eq!(ids == [id.clone()], hit, "{operator} {value}");
    }
    assert_eq!(client.post("/conversations/search", one("updated_at", ">=", NOON)).await.status, 400);
    assert_eq!(client.post("/conversations/search", one("updated_at", ">", "yesterday")).await.status, 400);
    assert_eq!(found(&client, one("updated_at", ">", NOON.to_string())).await.len(), 1);
}

#[tokio::test]
async fn the_first_message_is_searched_by_single_words() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    assert_eq!(found(&client, one("source.body", "=", "BIKE")).await, [id]);
    assert!(found(&client, one("source.body", "=", "my bike")).await.is_empty());
}

#[tokio::test]
async fn groups_nest_twice_and_hold_fifteen() {
    let (_fake, client) = start().await;
    let filter = json!({ "field": "open", "operator": "=", "value": true });
    let group = |parts: Vec<Value>| json!({ "operator": "AND", "value": parts });
    let query = |query: Value| json!({ "query": query });
    let twice = group(vec![group(vec![filter.clone()])]);
    assert_eq!(client.post("/conversations/search", query(twice.clone())).await.status, 200);
    assert_eq!(client.post("/conversations/search", query(group(vec![twice]))).await.status, 400);
    let many = |count: usize| group(vec![filter.clone(); count]);
    assert_eq!(client.post("/conversations/search", query(many(15))).await.status, 200);
    assert_eq!(client.post("/conversations/search", query(many(16))).await.status, 400);
}

#[tokio::test]
async fn what_changes_under_way_moves_to_the_front() {
    let (fake, client) = start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(conversation(&fake));
        fake.clock().advance(Duration::from_secs(1));
    }
    let query = |after: Value| {
        let pagination = json!({ "per_page": 1, "starting_after": after });
        json!({ "query": { "field": "created_at", "operator": ">", "value": 0 }, "pagination": pagination })
    };
    let first = client.post("/conversations/search", query(Value::Null)).await;
    assert_eq!((first.ids("conversations"), &first.body["total_count"]), (vec![ids[2].clone()], &json!(3)));
    let agent = fake.edit(|workspace| workspace.agent());
    fake.edit(|workspace| workspace.note(&ids[1], &agent, "changed")).unwrap();
    let after = first.body["pages"]["next"]["starting_after"].clone();
    let second = client.post("/conversations/search", query(after)).await;
    assert_eq!(second.ids("conversations"), [ids[0].as_str()]);
    assert!(second.body["pages"].get("next").is_none());
}

#[tokio::test]
async fn lists_leave_the_parts_out() {
    let (fake, client) = start().await;
    conversation(&fake);
    let listed = client.get("/conversations").await;
    assert!(listed.body["conversations"][0].get("conversation_parts").is_none());
    assert_eq!(client.get("/conversations?per_page=151").await.status, 400);
    assert_eq!(client.get("/conversations/abc").await.status, 400);
    assert_eq!(client.get("/conversations/12").await.status, 404);
}

#[tokio::test]
async fn teammates_and_customers_reply() {
    let (fake, client) = start().await;
    let contact = user(&fake, "70");
    let id = fake.edit(|workspace| workspace.start(&contact, "Where is my bike?")).unwrap();
    let path = format!("/conversations/{id}/reply");
    let agent = fake.edit(|workspace| workspace.agent());
    let comment =
        json!({ "message_type": "comment", "type": "admin", "admin_id": agent, "body": "On its way" });
    let shown = client.post(&path, comment).await.body;
    assert!(shown["waiting_since"].is_null());
    let note = json!({ "message_type": "note", "type": "admin", "admin_id": agent, "body": "<p>n</p>", "skip_notifications": true });
    let shown = client.post(&path, note).await.body;
    let kinds: Vec<&Value> = parts(&shown).iter().map(|part| &part["part_type"]).collect();
    assert_eq!(kinds, ["comment", "note"]);
    assert!(fake.edit(|workspace| workspace.conversation(&id).unwrap().parts[1].skip_notifications));
    for names in [("intercom_user_id", contact.as_str()), ("user_id", "70"), ("email", "70@customer.test")] {
        let mut reply = json!({ "message_type": "comment", "type": "user", "body": "Thanks" });
        reply[names.0] = json!(names.1);
        let shown = client.post(&path, reply).await.body;
        assert_eq!(parts(&shown).last().unwrap()["author"]["id"], json!(contact), "{names:?}");
    }
    let newest = json!({ "message_type": "comment", "type": "user", "body": "?", "user_id": "70" });
    assert_eq!(client.post("/conversations/last/reply", newest).await.body["id"], json!(id));
}

#[tokio::test]
async fn a_reply_that_says_too_little_changes_nothing() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    let path = format!("/conversations/{id}/reply");
    let agent = fake.edit(|workspace| workspace.agent());
    for (body, status) in [
        (json!({ "type": "admin", "admin_id": agent, "body": "x" }), 400),
        (json!({ "message_type": "comment", "admin_id": agent, "body": "x" }), 400),
        (json!({ "message_type": "comment", "type": "admin", "body": "x" }), 400),
        (json!({ "message_type": "comment", "type": "admin", "admin_id": agent }), 400),
        (json!({ "message_type": "shout", "type": "admin", "admin_id": agent, "body": "x" }), 400),
        (json!({ "message_type": "comment", "type": "admin", "admin_id": "1", "body": "x" }), 404),
        (json!({ "message_type": "comment", "type": "user", "body": "x" }), 400),
        (
            json!({ "message_type": "comment", "type": "user", "body": "x", "email": "nobody@customer.test" }),
            404,
        ),
    ] {
        assert_eq!(client.post(&path, body.clone()).await.status, status, "{body}");
    }
    assert!(fake.edit(|workspace| workspace.conversation(&id).unwrap().parts.is_empty()));
    assert!(fake.writes(&id).is_empty());
}

#[tokio::test]
async fn only_the_newest_five_hundred_parts_are_shown() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    fake.edit(|workspace| {
        for number in 0..501 {
            let part = Part::new("comment", Author::operator(), Some(&format!("number {number}")));
            workspace.add_part(&id, part).unwrap();
        }
    });
    let shown = client.get(&format!("/conversations/{id}?display_as=plaintext")).await.body;
    assert_eq!((parts(&shown).len(), &shown["conversation_parts"]["total_count"]), (500, &json!(501)));
    assert_eq!(
        (&parts(&shown)[0]["body"], &shown["source"]["body"]),
        (&json!("number 1"), &json!("Where is my bike?"))
    );
    let html = client.get(&format!("/conversations/{id}")).await.body;
    assert_eq!(html["source"]["body"], "<p>Where is my bike?</p>");
}

#[tokio::test]
async fn steps_change_the_state_and_leave_their_parts() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    let path = format!("/conversations/{id}/parts");
    let (agent, team) = fake.edit(|workspace| (workspace.agent(), workspace.team()));
    let step = |body: Value| {
        let (client, path) = (client.clone(), path.clone());
        async move { client.post(&path, body).await.body }
    };
    let closed =
        step(json!({ "message_type": "close", "type": "admin", "admin_id": agent, "body": "Bye" })).await;
    assert_eq!((&closed["state"], &closed["open"]), (&json!("closed"), &json!(false)));
    let assigned = step(
        json!({ "message_type": "assignment", "type": "admin", "admin_id": agent, "assignee_id": agent }),
    )
    .await;
    assert_eq!(
        (&assigned["state"], assigned["admin_assignee_id"].to_string()),
        (&json!("open"), agent.clone())
    );
    let teamed =
        step(json!({ "message_type": "assignment", "type": "team", "admin_id": agent, "assignee_id": team }))
            .await;
    assert_eq!(teamed["team_assignee_id"].to_string(), team);
    let freed =
        step(json!({ "message_type": "assignment", "type": "admin", "admin_id": agent, "assignee_id": "0" }))
            .await;
    assert!(freed["admin_assignee_id"].is_null());
    assert_eq!(parts(&freed).last().unwrap()["assigned_to"], json!({ "type": "nobody_admin", "id": null }));
    step(json!({ "message_type": "snoozed", "admin_id": agent, "snoozed_until": NOON + 60 })).await;
    fake.clock().advance(Duration::from_secs(60));
    let woken = client.get(&format!("/conversations/{id}")).await.body;
    let kinds: Vec<&str> = parts(&woken).iter().map(|part| part["part_type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["close", "assign_and_reopen", "assignment", "assignment", "snoozed", "timer_unsnooze"]
    );
    let unknown =
        json!({ "message_type": "assignment", "type": "admin", "admin_id": agent, "assignee_id": "7" });
    assert_eq!(client.post(&path, unknown).await.code(), "assignee_not_found");
}

#[tokio::test]
async fn a_customer_opens_what_was_closed() {
    let (fake, client) = start().await;
    let contact = user(&fake, "70");
    let id = fake.edit(|workspace| {
        let id = workspace.start(&contact, "Hello").unwrap();
        workspace.close(&id, &workspace.agent(), None).unwrap();
        workspace.contact_reply(&id, &contact, "Still here").unwrap();
        id
    });
    let shown = client.get(&format!("/conversations/{id}")).await.body;
    assert_eq!((&shown["state"], &shown["statistics"]["count_reopens"]), (&json!("open"), &json!(1)));
    // Its text stands in a part of type `open`.
    let last = parts(&shown).last().unwrap();
    assert_eq!((&last["part_type"], &last["body"]), (&json!("open"), &json!("<p>Still here</p>")));
}

#[tokio::test]
async fn tags_come_and_go_with_a_name_under_them() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    let agent = fake.edit(|workspace| workspace.agent());
    let tag =
        client.post("/tags", json!({ "name": "billing" })).await.body["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{id}/tags");
    let put = client.post(&path, json!({ "id": tag, "admin_id": agent })).await;
    assert_eq!(put.body["applied_by"]["id"], json!(agent));
    assert_eq!(found(&client, one("tag_ids", "=", tag.as_str())).await, [id.as_str()]);
    let off = format!("{path}/{tag}");
    assert_eq!(client.delete(&off, None).await.status, 400);
    assert_eq!(client.delete(&off, Some(json!({ "admin_id": agent }))).await.status, 200);
    assert_eq!(client.delete(&off, Some(json!({ "admin_id": agent }))).await.code(), "tag_not_found");
}

#[tokio::test]
async fn the_last_participant_stays() {
    let (fake, client) = start().await;
    let (id, other) = (conversation(&fake), lead(&fake, None));
    let agent = fake.edit(|workspace| workspace.agent());
    let path = format!("/conversations/{id}/customers");
    let add = json!({ "admin_id": agent, "customer": { "intercom_user_id": other } });
    assert_eq!(client.post(&path, add).await.body["contacts"]["contacts"].as_array().unwrap().len(), 2);
    let by = || Some(json!({ "admin_id": agent }));
    assert_eq!(client.delete(&format!("{path}/{other}"), by()).await.status, 200);
    let first = fake.edit(|workspace| workspace.conversation(&id).unwrap().contacts[0].clone());
    assert_eq!(client.delete(&format!("{path}/{first}"), by()).await.status, 422);
}

#[tokio::test]
async fn attributes_titles_and_reading_are_set() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    let body = json!({ "title": "Bike", "read": true, "custom_attributes": { "Outcome": "AI" } });
    let shown = client.put(&format!("/conversations/{id}"), body).await.body;
    assert_eq!((&shown["title"], &shown["read"]), (&json!("Bike"), &json!(true)));
    assert_eq!(shown["custom_attributes"]["Outcome"], "AI");
    assert_eq!(parts(&shown)[0]["part_type"], "conversation_attribute_updated_by_admin");
}

#[tokio::test]
async fn redacted_and_deleted_texts_are_gone() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    let agent = fake.edit(|workspace| workspace.agent());
    let part = fake.edit(|workspace| workspace.admin_reply(&id, &agent, "a secret")).unwrap();
    let redact = json!({ "type": "conversation_part", "conversation_id": id, "conversation_part_id": part });
    let shown = client.post("/conversations/redact", redact.clone()).await.body;
    assert_eq!((&parts(&shown)[0]["redacted"], &parts(&shown)[0]["body"]), (&json!(true), &Value::Null));
    assert_eq!(client.post("/conversations/redact", redact).await.code(), "conversation_part_not_redactable");
    assert_eq!(client.delete(&format!("/conversations/{id}"), None).await.body["deleted"], true);
    assert_eq!(client.get(&format!("/conversations/{id}")).await.status, 404);
    let newer = Client { version: "2.16", ..client };
    assert_eq!(newer.get("/conversations/deleted").await.ids("conversations"), [id]);
}

#[tokio::test]
async fn mails_bots_and_tickets_have_their_marks() {
    let (fake, client) = start().await;
    let contact = user(&fake, "70");
    let id = fake.edit(|workspace| {
        let id = workspace.start_as(&contact, "Please help", Opening::email("Help")).unwrap();
        workspace.bot_reply(&id, Author::fin(true), "Like this").unwrap();
        workspace.conversation_mut(&id).unwrap().ai_agent = Some(json!({ "resolution_state": "escalated" }));
        workspace.add_ticket(&contact, "Broken", "Customer", Some(&id)).unwrap();
        id
    });
    let shown = client.get(&format!("/conversations/{id}")).await.body;
    assert_eq!((&shown["source"]["type"], &shown["source"]["subject"]), (&json!("email"), &json!("Help")));
    let author = &parts(&shown)[0]["author"];
    assert_eq!(
        (&author["type"], &author["from_ai_agent"], &author["is_ai_answer"]),
        (&json!("bot"), &json!(true), &json!(true))
    );
    assert_eq!(shown["linked_objects"]["data"][0]["type"], "ticket");
    assert_eq!(found(&client, one("ai_agent.resolution_state", "=", "escalated")).await, [id]);
    let tickets = client.post("/tickets/search", one("category", "=", "request")).await;
    assert_eq!(tickets.body["total_count"], 1);
    let ticket = tickets.ids("tickets").remove(0);
    let done = client.put(&format!("/tickets/{ticket}"), json!({ "ticket_state_id": "8574" })).await;
    assert_eq!(done.body["ticket_state"]["category"], "resolved");
}
