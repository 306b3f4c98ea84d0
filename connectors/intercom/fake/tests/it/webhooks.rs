//! Notifications: what is told, how it is signed, and how it gets lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use intercom_fake::{
    Author, Clock, Deliver, Fake, NewContact, NotifiedParts, Options, Outcome, Role, TicketState, Workspace,
};
use serde_json::{Value, json};
use sha1::Sha1;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::client::{Client, NOON, conversation, user};

const MINUTE: Duration = Duration::from_secs(60);

/// A receiver whose answer can be changed.
struct Receiver {
    server: MockServer,
    status: Arc<AtomicU16>,
}

impl Receiver {
    async fn start() -> Receiver {
        let (server, status) = (MockServer::start().await, Arc::new(AtomicU16::new(200)));
        let answer = Arc::clone(&status);
        let respond = move |_: &wiremock::Request| ResponseTemplate::new(answer.load(Ordering::SeqCst));
        Mock::given(wiremock::matchers::any()).respond_with(respond).mount(&server).await;
        Receiver { server, status }
    }

    fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Everything that was posted, once its signature is checked.
    async fn got(&self) -> Vec<Value> {
        let requests = self.server.received_requests().await.unwrap();
        let posted = requests.into_iter().filter(|request| request.method.as_str() == "POST");
        posted
            .map(|request| {
                let mut mac = Hmac::<Sha1>::new_from_slice(b"client-secret").unwrap();
                mac.update(&request.body);
                let hex: String =
                    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(request.headers["x-hub-signature"].to_str().unwrap(), format!("sha1={hex}"));
                serde_json::from_slice(&request.body).unwrap()
            })
            .collect()
    }

    async fn topics(&self) -> Vec<String> {
        self.got().await.iter().map(|body| body["topic"].as_str().unwrap().to_owned()).collect()
    }
}

async fn subscribed(options: Options) -> (Fake, Receiver) {
    let (fake, receiver) = (Fake::start(options).await.unwrap(), Receiver::start().await);
    fake.subscribe(&receiver.server.uri()).await.unwrap();
    (fake, receiver)
}

async fn plain() -> (Fake, Receiver) {
    subscribed(Options::new(&Clock::at(NOON))).await
}

#[tokio::test]
async fn an_envelope_carries_what_happened() {
    let (fake, receiver) = plain().await;
    let contact = user(&fake, "70");
    let id = fake.edit(|workspace| workspace.start(&contact, "Where is my bike?")).unwrap();
    fake.flush().await;
    fake.edit(|workspace| workspace.contact_reply(&id, &contact, "Hello?")).unwrap();
    assert_eq!(fake.flush().await.len(), 1);
    let got = receiver.got().await;
    let last = got.last().unwrap();
    assert_eq!((&last["topic"], &last["app_id"]), (&json!("conversation.user.replied"), &json!("ws_one")));
    assert_eq!((&last["delivery_attempts"], &last["created_at"]), (&json!(1), &json!(NOON)));
    assert_eq!((&last["type"], &last["self"]), (&json!("notification_event"), &Value::Null));
    // Texts are plain here, and only the parts of the event are there.
    let item = &last["data"]["item"];
    assert_eq!(item["source"]["body"], "Where is my bike?");
    assert_eq!(item["conversation_parts"]["conversation_parts"][0]["body"], "Hello?");
    fake.edit(|workspace| workspace.quirks.notified_parts = NotifiedParts::All);
    fake.edit(|workspace| workspace.contact_reply(&id, &contact, "Anybody?")).unwrap();
    fake.flush().await;
    let got = receiver.got().await;
    assert_eq!(got.last().unwrap()["data"]["item"]["conversation_parts"]["total_count"], 2);
}

/// Does one thing and says what it was.
type Step = fn(&mut Workspace, &str, &str, &str);

#[tokio::test]
async fn everything_that_changes_has_its_topic() {
    let (fake, receiver) = plain().await;
    let (contact, id) = (user(&fake, "70"), conversation(&fake));
    let agent = fake.edit(|workspace| workspace.agent());
    let steps: [(&str, Step); 19] = [
        ("conversation.user.created", |ws, contact, _, _| drop(ws.start(contact, "x").unwrap())),
        ("conversation.user.replied", |ws, contact, id, _| drop(ws.contact_reply(id, contact, "x").unwrap())),
        ("conversation.admin.replied", |ws, _, id, agent| drop(ws.admin_reply(id, agent, "x").unwrap())),
        ("conversation.admin.noted", |ws, _, id, agent| drop(ws.note(id, agent, "x").unwrap())),
        ("conversation.operator.replied", |ws, _, id, _| {
            drop(ws.bot_reply(id, Author::fin(true), "x").unwrap())
        }),
        ("conversation.admin.assigned", |ws, _, id, agent| {
            ws.assign(id, agent, &intercom_fake::Assignee::Admin(agent.to_owned()), None).unwrap();
        }),
        ("conversation.admin.snoozed", |ws, _, id, agent| ws.snooze(id, agent, NOON + 9).unwrap()),
        ("conversation.admin.closed", |ws, _, id, agent| ws.close(id, agent, None).unwrap()),
        ("conversation.admin.opened", |ws, _, id, agent| ws.open(id, agent).unwrap()),
        ("conversation.contact.attached", |ws, contact, id, agent| {
            ws.participate(id, agent, contact, true).unwrap()
        }),
        ("conversation.contact.detached", |ws, contact, id, agent| {
            ws.participate(id, agent, contact, false).unwrap()
        }),
        ("conversation.priority.updated", |ws, _, id, agent| ws.prioritise(id, agent, true).unwrap()),
        ("conversation.rating.added", |ws, _, id, _| ws.rate(id, 5, "good").unwrap()),
        ("conversation.read", |ws, _, id, _| ws.mark_read(id, true).unwrap()),
        ("conversation_part.tag.created", |ws, _, id, agent| {
            let tag = ws.tag("billing");
            ws.tag_conversation(id, &tag, agent).unwrap();
        }),
        ("conversation_part.redacted", |ws, _, id, _| {
            let source = ws.conversation(id).unwrap().source.id.clone();
            ws.redact(id, &source).unwrap();
        }),
        ("conversation.deleted", |ws, _, id, _| ws.delete_conversation(id).unwrap()),
        ("contact.archived", |ws, contact, _, _| ws.archive_contact(contact, true).unwrap()),
        ("contact.deleted", |ws, contact, _, _| drop(ws.delete_contact(contact).unwrap())),
    ];
    fake.flush().await;
    for (topic, step) in steps {
        let before = receiver.topics().await.len();
        fake.edit(|workspace| step(workspace, &contact, &id, &agent));
        fake.flush().await;
        assert_eq!(receiver.topics().await[before..], [topic.to_owned()]);
    }
    let deleted =
        receiver.got().await.into_iter().find(|body| body["topic"] == "conversation.deleted").unwrap();
    assert_eq!(deleted["data"]["item"], json!({ "type": "conversation", "id": id }));
}

#[tokio::test]
async fn people_articles_and_tickets_have_their_topics_too() {
    let (fake, receiver) = plain().await;
    fake.edit(|workspace| {
        let lead = workspace.add_contact(Role::Lead, NewContact::default()).unwrap();
        let email = json!({ "email": "70@customer.test" });
        workspace.update_contact(&lead, email.as_object().unwrap()).unwrap();
        let user = workspace
            .add_contact(Role::User, NewContact::user("70", "70@customer.test", "A Customer"))
            .unwrap();
        let company = workspace.company("acme", "Acme");
        workspace.membership(&user, &company, true).unwrap();
        workspace.merge(&lead, &user).unwrap();
        let article = workspace.add_article("en", "Returns", "x", true);
        workspace.write_article(&article, "en", "Returns", "y", false).unwrap();
        workspace.delete_article(&article).unwrap();
        let ticket = workspace.add_ticket(&user, "Broken", "Customer", None).unwrap();
        workspace.set_ticket_state(&ticket, &workspace.agent(), TicketState::Resolved).unwrap();
    });
    fake.ping();
    fake.flush().await;
    let expected = "contact.lead.created contact.lead.added_email contact.lead.updated contact.user.created \
        company.created company.contact.attached contact.merged article.created article.published article.updated \
        article.unpublished article.deleted ticket.created ticket.state.updated ticket.resolved ticket.closed ping";
    assert_eq!(receiver.topics().await.join(" "), expected);
    let got = receiver.got().await;
    let item = |topic: &str| got.iter().find(|body| body["topic"] == topic).unwrap()["data"]["item"].clone();
    assert_eq!(item("contact.merged")["merged_from"]["type"], "contact");
    assert_eq!(item("ticket.resolved")["type"], item("ticket.closed")["ticket"]["type"]);
}

#[tokio::test]
async fn a_failure_is_repeated_once_after_a_minute() {
    let (fake, receiver) = plain().await;
    receiver.answer(500);
    fake.ping();
    assert_eq!(fake.flush().await[0].outcome, Outcome::Refused(500));
    assert!(fake.advance(MINUTE - Duration::from_secs(1)).await.is_empty());
    receiver.answer(200);
    let second = fake.advance(Duration::from_secs(1)).await;
    assert_eq!((second[0].attempt, second[0].outcome), (2, Outcome::Taken));
    let got = receiver.got().await;
    assert_eq!(got[0]["id"], got[1]["id"]);
    assert_eq!((&got[1]["delivery_attempts"], &got[1]["first_sent_at"]), (&json!(2), &json!(NOON)));
    receiver.answer(404);
    fake.ping();
    fake.flush().await;
    fake.advance(MINUTE).await;
    assert_eq!((fake.lost().len(), fake.waiting()), (1, 0));
    assert!(fake.advance(MINUTE * 10).await.is_empty());
}

#[tokio::test]
async fn a_receiver_that_is_gone_or_busy_or_silent() {
    let mut options = Options::new(&Clock::at(NOON));
    options.webhook_timeout = Duration::from_millis(50);
    let (fake, receiver) = subscribed(options).await;
    receiver.answer(429);
    fake.ping();
    fake.flush().await;
    for _ in 0..120 {
        assert_eq!(fake.advance(MINUTE).await.len(), 1);
    }
    assert!(fake.advance(MINUTE).await.is_empty());
    receiver.answer(410);
    fake.ping();
    fake.flush().await;
    assert!(!fake.is_subscribed());
    assert_eq!(fake.subscribe(&receiver.server.uri()).await, Err(Outcome::Refused(410)));
    let silent = MockServer::start().await;
    fake.subscribe(&silent.uri()).await.unwrap_err();
    Mock::given(wiremock::matchers::method("HEAD"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&silent)
        .await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    Mock::given(wiremock::matchers::method("POST")).respond_with(late).mount(&silent).await;
    fake.subscribe(&silent.uri()).await.unwrap();
    fake.ping();
    assert_eq!(fake.flush().await[0].outcome, Outcome::Unreachable);
}

#[tokio::test]
async fn doubles_losses_and_disorder_come_on_demand() {
    let (fake, receiver) = plain().await;
    fake.duplicate_next(1);
    fake.ping();
    fake.lose_next(1);
    fake.ping();
    fake.flush().await;
    let got = receiver.got().await;
    assert_eq!(got.len(), 2);
    assert_eq!(got[0]["id"], got[1]["id"]);
    assert_eq!((fake.notifications().len(), fake.lost().len()), (2, 1));
    assert!(fake.resend(got[0]["id"].as_str().unwrap()) && !fake.resend("notif_unknown"));
    fake.flush().await;
    assert_eq!(receiver.got().await.len(), 3);
    fake.shuffle(Some(3));
    for _ in 0..8 {
        fake.ping();
    }
    fake.flush().await;
    let ids: Vec<Value> = receiver.got().await[3..].iter().map(|body| body["id"].clone()).collect();
    let mut sorted = ids.clone();
    sorted.sort_by_key(ToString::to_string);
    assert_eq!(ids.len(), 8);
    assert_ne!(ids, sorted);
}

#[tokio::test]
async fn workspaces_and_topics_are_told_apart() {
    let mut options = Options::new(&Clock::at(NOON));
    options.topics = Some(vec!["contact.user.created".to_owned()]);
    let (fake, receiver) = subscribed(options).await;
    fake.add_workspace("ws_two");
    let new = NewContact::user("70", "70@customer.test", "A Customer");
    let contact = fake.edit_in("ws_two", |workspace| workspace.add_contact(Role::User, new)).unwrap();
    fake.edit_in("ws_two", |workspace| workspace.start(&contact, "Hello")).unwrap();
    fake.ping();
    fake.flush().await;
    let got = receiver.got().await;
    let told: Vec<(&str, &str)> =
        got.iter().map(|body| (body["app_id"].as_str().unwrap(), body["topic"].as_str().unwrap())).collect();
    assert_eq!(told, [("ws_two", "contact.user.created"), ("ws_one", "ping")]);
}

#[tokio::test]
async fn calls_tell_at_once_when_set_so() {
    let mut options = Options::new(&Clock::at(NOON));
    options.deliver = Deliver::AtOnce;
    let fake = Fake::start(options).await.unwrap();
    let (arrived, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
    let server = MockServer::start().await;
    let respond = move |request: &wiremock::Request| {
        arrived.send(request.body.clone()).unwrap();
        ResponseTemplate::new(200)
    };
    Mock::given(wiremock::matchers::any()).respond_with(respond).mount(&server).await;
    fake.subscribe(&server.uri()).await.unwrap();
    assert!(arrivals.recv().await.unwrap().is_empty());
    let client = Client::of(&fake);
    client.post("/contacts", json!({ "external_id": "70" })).await;
    let body: Value = serde_json::from_slice(&arrivals.recv().await.unwrap()).unwrap();
    assert_eq!(body["topic"], "contact.user.created");
}
