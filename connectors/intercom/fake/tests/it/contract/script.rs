//! One long visit that sees every kind of answer.

use intercom_fake::{Author, Fake, Opening, Part, TicketState};
use serde_json::{Value, json};

use super::Checked;
use crate::client::{NOON, lead, user};

pub(super) async fn run(fake: &Fake, checked: &mut Checked<'_>) {
    accounts(checked).await;
    contacts(fake, checked).await;
    companies(fake, checked).await;
    conversations(fake, checked).await;
    steps(fake, checked).await;
    knowledge(fake, checked).await;
    tickets(fake, checked).await;
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

async fn accounts(checked: &mut Checked<'_>) {
    checked.get("/me").await;
    let admin = checked.get("/admins").await["admins"][0].clone();
    checked.get(&format!("/admins/{}", id(&admin))).await;
    checked.get("/admins/1").await;
    let team = checked.get("/teams").await["teams"][0].clone();
    checked.get(&format!("/teams/{}", id(&team))).await;
    checked.get("/teams/1").await;
    checked.get("/data_attributes").await;
    let valid = std::mem::replace(&mut checked.client.token, "nonsense".to_owned());
    checked.get("/contacts").await;
    checked.client.token = valid;
}

async fn contacts(fake: &Fake, checked: &mut Checked<'_>) {
    let owner = if checked.client.version == "2.15" { json!(7) } else { json!("7") };
    let body = json!({ "role": "user", "external_id": "c1", "email": "c1@customer.test", "phone": "+4930123",
        "name": "A Customer", "owner_id": owner, "custom_attributes": { "plan": "pro", "seats": 3 } });
    let made = id(&checked.post("/contacts", body.clone()).await);
    checked.post("/contacts", body).await;
    let path = format!("/contacts/{made}");
    checked.send("PUT", &path, Some(json!({ "name": "Another name", "phone": null }))).await;
    checked.get(&path).await;
    checked.get("/contacts/find_by_external_id/c1").await;
    checked.get("/contacts/find_by_external_id/unknown").await;
    let lead = lead(fake, Some("c1@customer.test"));
    checked.get("/contacts?per_page=1").await;
    let search = json!({ "query": { "operator": "AND", "value": [{ "field": "role", "operator": "=", "value": "lead" }] },
        "pagination": { "per_page": 5 } });
    checked.post("/contacts/search", search).await;
    let tag = id(&checked.post("/tags", json!({ "name": "VIP" })).await);
    checked.get("/tags").await;
    checked.get(&format!("/tags/{tag}")).await;
    checked.post(&format!("{path}/tags"), json!({ "id": tag })).await;
    checked.get(&format!("{path}/tags")).await;
    checked.send("DELETE", &format!("{path}/tags/{tag}"), None).await;
    let admin = fake.edit(|workspace| workspace.agent());
    checked.post(&format!("{path}/notes"), json!({ "body": "Remember", "admin_id": admin })).await;
    checked.get(&format!("{path}/notes")).await;
    checked.post("/contacts/merge", json!({ "from": lead, "into": made })).await;
    checked.get(&format!("/contacts/{lead}")).await;
    checked.post(&format!("{path}/archive"), json!({})).await;
    checked.post(&format!("{path}/unarchive"), json!({})).await;
    checked.post(&format!("{path}/block"), json!({})).await;
    checked.send("DELETE", &path, None).await;
    checked.send("DELETE", &format!("/tags/{tag}"), None).await;
    let visitor = fake.edit(|workspace| workspace.add_visitor());
    checked.get(&format!("/visitors?user_id={visitor}")).await;
    checked.get("/visitors?user_id=unknown").await;
    checked.send("PUT", "/visitors", Some(json!({ "user_id": visitor, "name": "Named" }))).await;
    let convert = json!({ "visitor": { "user_id": visitor }, "user": { "user_id": "v1" }, "type": "user" });
    checked.post("/visitors/convert", convert).await;
}

async fn companies(fake: &Fake, checked: &mut Checked<'_>) {
    let contact = user(fake, "member");
    let body = json!({ "company_id": "acme", "name": "Acme", "plan": "pro" });
    let company = id(&checked.post("/companies", body).await);
    let path = format!("/contacts/{contact}/companies");
    checked.post(&path, json!({ "id": company })).await;
    checked.get(&path).await;
    checked.get("/companies").await;
    checked.get(&format!("/companies/{company}")).await;
    checked.get("/companies/unknown").await;
    checked.send("POST", "/companies/list", None).await;
    checked.get("/companies/scroll").await;
    checked.get(&format!("/companies/{company}/contacts")).await;
    checked.send("DELETE", &format!("{path}/{company}"), None).await;
    checked.send("DELETE", &format!("/companies/{company}"), None).await;
}

/// A conversation with everything a reader may meet.
fn full(fake: &Fake, contact: &str) -> String {
    fake.edit(|workspace| {
        let id = workspace.start_as(contact, "Please help", Opening::email("Help")).unwrap();
        let (agent, company) = (workspace.agent(), workspace.company("acme", "Acme"));
        workspace.bot_reply(&id, Author::fin(true), "Like this").unwrap();
        let mut mail = Part::new("comment", Author { kind: "user".to_owned(), ..Author::operator() }, Some("Still"));
        mail.email_message_metadata = Some(json!({
            "subject": "Re: Help",
            "email_address_headers": [{ "type": "from", "email_address": "other@customer.test", "name": "Other" }],
            "message_id": "<1@customer.test>",
        }));
        workspace.customer_part(&id, mail).unwrap();
        let tag = workspace.tag("billing");
        workspace.tag_conversation(&id, &tag, &agent).unwrap();
        workspace.rate(&id, 4, "fine").unwrap();
        workspace.add_ticket(contact, "Broken", "Customer", Some(&id)).unwrap();
        let conversation = workspace.conversation_mut(&id).unwrap();
        conversation.company = Some(company);
        conversation.admin_assignee = Some(agent);
        conversation.ai_agent = Some(json!({
            "source_type": "workflow", "source_title": "Fin", "last_answer_type": "ai_answer",
            "resolution_state": "escalated", "rating": null, "rating_remark": null, "created_at": null,
            "updated_at": null, "content_sources": { "type": "content_source.list", "total_count": 1,
                "content_sources": [{ "content_type": "article", "url": "https://help.example.test", "title": "Help", "locale": "en" }] },
        }));
        id
    })
}

async fn conversations(fake: &Fake, checked: &mut Checked<'_>) {
    let contact = user(fake, "writer");
    let from = json!({ "from": { "type": "user", "id": contact }, "body": "Hello" });
    checked.post("/conversations", from).await;
    let full = full(fake, &contact);
    checked.get("/conversations?per_page=1").await;
    let search = json!({ "query": { "field": "updated_at", "operator": ">", "value": NOON }, "pagination": { "per_page": 1 } });
    checked.post("/conversations/search", search).await;
    let path = format!("/conversations/{full}");
    checked.get(&path).await;
    checked.get(&format!("{path}?display_as=plaintext")).await;
    checked.get("/conversations/1").await;
    let update = json!({ "title": "Bike", "read": true, "custom_attributes": { "Outcome": "AI" } });
    checked.send("PUT", &path, Some(update)).await;
    let agent = fake.edit(|workspace| workspace.agent());
    for kind in ["comment", "note"] {
        let body = json!({ "message_type": kind, "type": "admin", "admin_id": agent, "body": "x", "skip_notifications": true });
        checked.post(&format!("{path}/reply"), body).await;
    }
    let options = json!([{ "text": "Yes", "uuid": "a5e1c524-5ddd-4c3e-9328-6bca5d6e3edb" }]);
    let buttons = json!({ "message_type": "quick_reply", "type": "admin", "admin_id": agent, "reply_options": options });
    checked.post(&format!("{path}/reply"), buttons).await;
    for (name, value) in
        [("intercom_user_id", contact.as_str()), ("user_id", "writer"), ("email", "writer@customer.test")]
    {
        let mut body = json!({ "message_type": "comment", "type": "user", "body": "y" });
        body[name] = json!(value);
        checked.post(&format!("{path}/reply"), body).await;
    }
    checked
        .post(
            "/conversations/1/reply",
            json!({ "message_type": "note", "type": "admin", "admin_id": agent, "body": "x" }),
        )
        .await;
}

async fn steps(fake: &Fake, checked: &mut Checked<'_>) {
    let (contact, other) = (user(fake, "stepper"), user(fake, "other"));
    let conversation = fake.edit(|workspace| workspace.start(&contact, "Hello")).unwrap();
    let (agent, team, tag) =
        fake.edit(|workspace| (workspace.agent(), workspace.team(), workspace.tag("bug")));
    let path = format!("/conversations/{conversation}");
    for body in [
        json!({ "message_type": "assignment", "type": "team", "admin_id": agent, "assignee_id": team }),
        json!({ "message_type": "assignment", "type": "admin", "admin_id": agent, "assignee_id": agent }),
        json!({ "message_type": "assignment", "type": "admin", "admin_id": agent, "assignee_id": "0" }),
        json!({ "message_type": "snoozed", "admin_id": agent, "snoozed_until": NOON + 100 }),
        json!({ "message_type": "open", "admin_id": agent }),
        json!({ "message_type": "close", "type": "admin", "admin_id": agent, "body": "Bye" }),
    ] {
        checked.post(&format!("{path}/parts"), body).await;
    }
    checked.post(&format!("{path}/tags"), json!({ "id": tag, "admin_id": agent })).await;
    checked.send("DELETE", &format!("{path}/tags/{tag}"), Some(json!({ "admin_id": agent }))).await;
    checked.send("DELETE", &format!("{path}/tags/{tag}"), Some(json!({ "admin_id": agent }))).await;
    let add = json!({ "admin_id": agent, "customer": { "intercom_user_id": other } });
    checked.post(&format!("{path}/customers"), add).await;
    for contact in [&other, &contact] {
        checked
            .send("DELETE", &format!("{path}/customers/{contact}"), Some(json!({ "admin_id": agent })))
            .await;
    }
    let source = fake.edit(|workspace| workspace.conversation(&conversation).unwrap().source.id.clone());
    let redact = json!({ "type": "source", "conversation_id": conversation, "source_id": source });
    checked.post("/conversations/redact", redact).await;
    checked.send("DELETE", &path, None).await;
}

async fn knowledge(fake: &Fake, checked: &mut Checked<'_>) {
    let (article, internal) = fake.edit(|workspace| {
        let article = workspace.add_article("en", "Returns", "<p>30 days</p>", true);
        workspace.write_article(&article, "de", "Rückgabe", "<p>30 Tage</p>", false).unwrap();
        workspace.add_article("en", "Draft", "<p>x</p>", false);
        (article, workspace.internal_article(None, "Goodwill", "<p>Up to 20</p>"))
    });
    checked.get("/articles?per_page=1&page=2").await;
    checked.get(&format!("/articles/{article}")).await;
    checked.get("/articles/1").await;
    checked.get("/articles/search?phrase=returns&state=published").await;
    checked.get("/internal_articles").await;
    checked.get(&format!("/internal_articles/{internal}")).await;
    checked.get("/help_center/help_centers").await;
    checked.get("/help_center/collections").await;
}

async fn tickets(fake: &Fake, checked: &mut Checked<'_>) {
    let contact = user(fake, "holder");
    let agent = fake.edit(|workspace| workspace.agent());
    let ticket = fake.edit(|workspace| {
        let ticket = workspace.add_ticket(&contact, "Broken", "Customer", None).unwrap();
        workspace.set_ticket_state(&ticket, &agent, TicketState::InProgress).unwrap();
        ticket
    });
    let search = json!({ "query": { "field": "created_at", "operator": ">=", "value": NOON } });
    checked.post("/tickets/search", search).await;
    let path = format!("/tickets/{ticket}");
    checked.get(&path).await;
    checked.send("PUT", &path, Some(json!({ "ticket_state_id": "8574", "assignee_id": agent }))).await;
    checked
        .post(
            &format!("{path}/reply"),
            json!({ "message_type": "note", "type": "admin", "admin_id": agent, "body": "x" }),
        )
        .await;
    let reply = json!({ "message_type": "comment", "type": "user", "body": "y", "user_id": "holder" });
    checked.post(&format!("{path}/reply"), reply).await;
    checked.get("/ticket_types").await;
    checked.get("/ticket_states").await;
}
