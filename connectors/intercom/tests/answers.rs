//! The channel: loading, delivering behind the fence, acting.

use connector::channel::{Action, Addressee, Changed, Delivery, Guard, Reply};
use connector::{Channel, Error, Secret};
use domain::Timestamp;
use domain::live::{Assignee, State, TicketState};
use domain::record::Role;
use intercom::ChannelConfig;
use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};

use crate::fake::Fake;

fn channel(fake: &Fake, server: &MockServer) -> Box<dyn Channel> {
    let config = ChannelConfig { client_secret: Secret::new("shh"), teammate: "5".into() };
    intercom::channel(&fake.client(server), config)
}

async fn start() -> (Fake, MockServer, Box<dyn Channel>) {
    let (fake, server) = Fake::start().await;
    fake.put(
        "conversations",
        "1",
        json!({"state": "open", "admin_assignee_id": 5,
            "source": {"id": "s", "type": "conversation", "delivered_as": "customer_initiated", "body": "It is dark.",
                       "author": {"type": "user", "id": "a"}},
            "contacts": {"contacts": [{"id": "a", "external_id": "4711"}]},
            "conversation_parts": {"conversation_parts": []}}),
    );
    let channel = channel(&fake, &server);
    (fake, server, channel)
}

fn guard() -> Guard {
    Guard {
        newest_message: "s".into(),
        readers: vec!["a".into()],
        assignee: Some(Assignee::Agent("5".into())),
        inbox: None,
        state: State::Open,
    }
}

fn reply(to: Addressee) -> Reply {
    Reply {
        conversation: "1".into(),
        to,
        text: "Hold the <green> button.\n\nThen wait.".into(),
        as_teammate: "5".into(),
        mark: "m-1".into(),
    }
}

const REPLY: &str = "POST /conversations/1/reply";

#[tokio::test]
async fn a_conversation_is_loaded_with_its_readers_and_tickets() {
    let (fake, _server, channel) = start().await;
    fake.put("contacts", "a", json!({"role": "user", "email": "ann@mail.example", "external_id": "4711", "companies": {"data": [{"id": "co"}]}}));
    let live = channel.load("1").await.unwrap();
    assert_eq!(live.contacts[0].role, Some(Role::User));
    assert_eq!(live.contacts[0].companies, ["co"]);
    assert_eq!((live.ticket, live.parts.len()), (TicketState::None, 1));
    let mut talk = fake.state().things[&("conversations", "1".to_owned())].clone();
    talk["linked_objects"] = json!({"type": "list", "data": [{"type": "ticket", "id": "9"}]});
    fake.put("conversations", "1", talk);
    fake.put("tickets", "9", json!({"ticket_state": {"category": "in_progress"}}));
    assert_eq!(channel.load("1").await.unwrap().ticket, TicketState::Open);
    fake.put("tickets", "9", json!({"ticket_state": {"category": "resolved"}}));
    assert_eq!(channel.load("1").await.unwrap().ticket, TicketState::Resolved);
    assert!(matches!(channel.load("2").await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_reader_who_was_merged_away_costs_nothing() {
    let (fake, server, channel) = start().await;
    let live = channel.load("1").await.unwrap();
    assert_eq!(live.contacts[0].account_id.as_deref(), Some("4711"), "what the conversation says stays");
    fake.put("contacts", "b", json!({"role": "user", "email": "ann@mail.example"}));
    let gone = ResponseTemplate::new(410)
        .insert_header("Link", "<https://api.intercom.io/contacts/b>; rel=\"successor-version\"");
    let only =
        wiremock::Mock::given(wiremock::matchers::path("/contacts/a")).respond_with(gone).with_priority(1);
    only.mount(&server).await;
    let live = channel.load("1").await.unwrap();
    assert_eq!(live.contacts[0].contact_id.as_deref(), Some("b"));
    assert_eq!(live.contacts[0].email.as_deref(), Some("ann@mail.example"));
}

#[tokio::test]
async fn a_reply_is_read_before_and_found_after() {
    let (fake, _server, channel) = start().await;
    let delivered = channel.deliver(&reply(Addressee::Customers), &guard()).await.unwrap();
    let Delivery::Delivered { part } = delivered else { panic!("{delivered:?}") };
    assert_eq!(
        fake.called(REPLY),
        [json!({"message_type": "comment", "type": "admin", "admin_id": "5",
                "body": "<p>Hold the &lt;green&gt; button.</p><p>Then wait.</p>"})]
    );
    let live = channel.load("1").await.unwrap();
    let found = intercom::find_delivered(&live, &reply(Addressee::Customers), &guard()).unwrap();
    assert_eq!(found.id, part);
    let again = channel.deliver(&reply(Addressee::Customers), &guard()).await.unwrap();
    assert_eq!(again, Delivery::Refused(Changed::BotReplied), "the fence holds back a second one");
    assert_eq!(fake.called(REPLY).len(), 1);
}

#[tokio::test]
async fn a_note_wakes_nobody() {
    let (fake, _server, channel) = start().await;
    let delivered = channel.deliver(&reply(Addressee::Agents), &guard()).await.unwrap();
    assert!(matches!(delivered, Delivery::Delivered { .. }));
    let body = &fake.called(REPLY)[0];
    assert_eq!((&body["message_type"], &body["skip_notifications"]), (&json!("note"), &json!(true)));
}

#[tokio::test]
async fn nothing_is_written_when_something_has_changed() {
    let (fake, _server, channel) = start().await;
    let readers = Guard { readers: vec!["a".into(), "b".into()], ..guard() };
    let refused = channel.deliver(&reply(Addressee::Customers), &readers).await.unwrap();
    assert_eq!(refused, Delivery::Refused(Changed::Readers));
    fake.remove("conversations", "1");
    let refused = channel.deliver(&reply(Addressee::Customers), &guard()).await.unwrap();
    assert_eq!(refused, Delivery::Refused(Changed::Gone));
    assert_eq!(fake.called(REPLY), Vec::<Value>::new());
}

#[tokio::test]
async fn an_unclear_send_is_unknown_and_found_by_reading() {
    for unclear in [
        ResponseTemplate::new(502),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_json(json!({})),
    ] {
        let (fake, _server, channel) = start().await;
        fake.state().after_write = Some(("/reply", unclear));
        let delivered = channel.deliver(&reply(Addressee::Customers), &guard()).await.unwrap();
        assert!(matches!(delivered, Delivery::Unknown { .. }), "{delivered:?}");
        let live = channel.load("1").await.unwrap();
        assert!(intercom::find_delivered(&live, &reply(Addressee::Customers), &guard()).is_some());
    }
}

#[tokio::test]
async fn a_clear_refusal_has_written_nothing() {
    let (fake, _server, channel) = start().await;
    for (status, fits) in [
        (422, (|error| matches!(error, Error::GiveUp { .. })) as fn(&Error) -> bool),
        (403, |error| matches!(error, Error::FixCredentials { .. })),
    ] {
        fake.state().closed.insert("/conversations/1/reply", status);
        let error = channel.deliver(&reply(Addressee::Customers), &guard()).await.unwrap_err();
        assert!(fits(&error), "{error:?}");
    }
    fake.state().closed.clear();
    let connection = intercom::Connection {
        region: intercom::Region::Us,
        base_url: Some("http://127.0.0.1:1".into()),
        token: Secret::new("t"),
        now: Timestamp::MIN,
        timeout: intercom::Connection::TIMEOUT,
        private_inboxes: vec!["legal".into()],
    };
    let config = ChannelConfig { client_secret: Secret::new("shh"), teammate: "5".into() };
    let channel = intercom::channel(&intercom::Client::new(&connection).unwrap(), config);
    let error = channel.deliver(&reply(Addressee::Customers), &guard()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn actions_say_what_intercom_understands() {
    let (fake, _server, channel) = start().await;
    fake.put("tags", "86", json!({"name": "known"}));
    for name in ["known", "new"] {
        channel.act("1", &Action::Tag { name: name.into() }).await.unwrap();
    }
    assert_eq!(
        fake.called("POST /conversations/1/tags"),
        [json!({"id": "86", "admin_id": "5"}), json!({"id": "77", "admin_id": "5"})]
    );
    assert_eq!(fake.called("POST /tags"), [json!({"name": "new"})]);
    let until = Timestamp::from_millis(1_800_000_000_000);
    for action in [
        Action::Assign { to: Some(Assignee::Agent("5".into())) },
        Action::Assign { to: Some(Assignee::Team("8".into())) },
        Action::Assign { to: None },
        Action::Snooze { until },
        Action::Close,
    ] {
        channel.act("1", &action).await.unwrap();
    }
    assert_eq!(
        fake.called("POST /conversations/1/parts"),
        [
            json!({"message_type": "assignment", "type": "team", "admin_id": "5", "assignee_id": "8"}),
            json!({"message_type": "assignment", "type": "admin", "admin_id": "5", "assignee_id": "0"}),
            json!({"message_type": "snoozed", "admin_id": "5", "snoozed_until": 1_800_000_000}),
            json!({"message_type": "close", "type": "admin", "admin_id": "5"}),
        ],
        "what is so already is not done again"
    );
    let attribute = Action::Attribute { name: "AI outcome".into(), value: "answered".into() };
    channel.act("1", &attribute).await.unwrap();
    assert_eq!(
        fake.called("PUT /conversations/1"),
        [json!({"custom_attributes": {"AI outcome": "answered"}})]
    );
}

#[tokio::test]
async fn a_merge_that_was_made_before_is_made() {
    let (fake, _server, channel) = start().await;
    fake.put("contacts", "user", json!({"role": "user"}));
    let merge = Action::Merge { from: "lead".into(), into: "user".into() };
    channel.act("1", &merge).await.unwrap();
    fake.remove("contacts", "user");
    assert!(matches!(channel.act("1", &merge).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_short_limit_is_waited_out_and_a_long_one_is_told() {
    let (fake, _server, channel) = start().await;
    fake.state().trouble = Some(429);
    let Err(Error::RetryLater { after: Some(after), .. }) = channel.load("1").await else {
        panic!("no limit")
    };
    assert_eq!(after.as_secs(), 60);
    fake.state().trouble = None;
    let now = fake.state().clock;
    let soon = ResponseTemplate::new(429).insert_header("X-RateLimit-Reset", (now + 1).to_string().as_str());
    fake.state().after_write = Some(("/tags", soon));
    channel.act("1", &Action::Tag { name: "new".into() }).await.unwrap();
}
