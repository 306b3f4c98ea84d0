//! Nothing secret and nothing personal is shown by any error, debug print or log line.

use connector::Secret;
use std::io::Write;
use std::sync::{Arc, Mutex};

use connector::channel::{Addressee, Call, Guard, Reply};
use domain::live::State;
use intercom::install::{App, exchange};
use intercom::{ChannelConfig, Config, Connection, Region, SourceConfig};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::fake::{Fake, TOKEN};

const SECRET: &str = "client-secret-never-shown";
/// What the fake puts into its errors, bodies and names.
const HIDDEN: [&str; 6] = [TOKEN, SECRET, "Ann Example", "ann@mail", "my secret", "It is dark"];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn nothing_is_given_away() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (fake, server) = Fake::start().await;
    fake.put("conversations", "1", json!({"source": {"id": "s", "body": "It is dark", "author": {"type": "user", "name": "Ann Example"}}}));
    let client = fake.client(&server);
    let source = intercom::source(&client, SourceConfig::usual()).unwrap();
    let channel_config = ChannelConfig { client_secret: Secret::new(SECRET), teammate: "5".into() };
    let channel = intercom::channel(&client, channel_config.clone());
    let reply = Reply {
        conversation: "1".into(),
        to: Addressee::Customers,
        text: "It is dark".into(),
        as_teammate: "5".into(),
        mark: "m".into(),
    };
    let guard = Guard {
        newest_message: "s".into(),
        readers: vec![],
        assignee: None,
        inbox: None,
        state: State::Closed,
    };
    let app = App { client_id: "app".into(), client_secret: Secret::new(SECRET) };
    let mut shown = format!("{source:?} {channel:?} {client:?} {channel_config:?} {app:?} {reply:?}");
    let connection = Connection {
        region: Region::Us,
        base_url: None,
        token: Secret::new(TOKEN),
        now: domain::Timestamp::MIN,
        timeout: Connection::TIMEOUT,
        private_inboxes: vec!["legal".into()],
    };
    shown += &format!("{:?}", Config { connection, source: SourceConfig::usual() });
    for status in [400, 401, 403, 404, 409, 410, 422, 429, 500] {
        fake.state().trouble = Some(status);
        let errors = [
            source.check().await.err(),
            source.pull(None).await.err(),
            source.list(None).await.err(),
            channel.load("1").await.err(),
            channel.deliver(&reply, &guard).await.err(),
            exchange(&app, &Secret::new(SECRET), Some(&server.uri())).await.err(),
        ];
        for error in errors.into_iter().flatten() {
            shown += &format!("{error} {error:?}\n");
        }
    }
    fake.state().trouble = None;
    fake.state().closed.insert("/conversations/1/reply", 500);
    shown += &format!("{:?}", channel.deliver(&reply, &guard).await);
    let body = br#"{"topic": "conversation.user.created", "id": "Ann Example"}"#;
    let call = Call { headers: &[("x-hub-signature", "sha1=00")], body };
    shown += &format!("{call:?} {:?}", channel.receive(&call));
    assert!(shown.contains("Unknown {"), "the unclear send was shown");
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: String = log.lines().filter(|line| line.contains("intercom")).collect();
    assert!(ours.contains("called Intercom"), "there is a log to look at");
    for hidden in HIDDEN {
        assert!(!shown.contains(hidden), "`{hidden}` is shown in {shown}");
        assert!(!ours.contains(hidden), "`{hidden}` is logged");
    }
    assert!(!log.contains(TOKEN) && !log.contains(SECRET), "no library logs a secret either");
}
