//! An installation that serves on a port of its own, and the stand-in for Intercom that it is connected to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::access::Issued;
use app::connectors::intercom::{AppConfig, Workspaces};
use app::conversation::Worked;
use app::seams::{Clock, RandomIds, Seams};
use app::{App, Places, Settings, Stop};
use domain::{TenantId, Timestamp};
use identity::access::{Grant, Role};
use intercom_fake::{Clock as FakeClock, Fake, NewContact, Options, Role as ContactRole, signature};
use llm::Secret;
use llm::scripted::Scripted;
use reqwest::{Client, Method, Response, StatusCode};
use server::{Ended, Shared};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) const QUESTION: &str = "How do I reset the display with the power button?";
pub(crate) const CLIENT_SECRET: &str = "client-5ecret-of-the-app";
/// 2026-11-24T12:00:00Z
pub(crate) const NOW: i64 = 1_795_521_600;

const ARTICLE: &str = "---\ntitle: Reset the display\naudience: public\nlanguage: en\nupdated_at: 2025-01-01T00:00:00Z\n---\n# Reset the display\n\nHold the power button for twelve seconds until the display turns blue. Your settings stay as they are.\n";

/// The clock of the stand-in is ours too, so that one hand moves both.
struct Shown(Arc<AtomicI64>);

impl Clock for Shown {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Bench {
    pub(crate) app: App,
    pub(crate) tenant: TenantId,
    pub(crate) fake: Fake,
    pub(crate) url: String,
    pub(crate) http: Client,
    pub(crate) folder: TempDir,
    time: Arc<AtomicI64>,
    stop: watch::Sender<bool>,
    serving: JoinSet<anyhow::Result<Ended>>,
}

impl Bench {
    /// Serves with the app `own` configured and nothing connected.
    pub(crate) async fn bare() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = FakeClock::at(NOW);
        let options = Options {
            client_secret: CLIENT_SECRET.to_owned(),
            redirect_uris: vec!["https://backstory.test/oauth/intercom/own/callback".to_owned()],
            ..Options::new(&clock)
        };
        let fake = Fake::start(options).await.unwrap();
        let time = Arc::new(AtomicI64::new(NOW * 1_000));
        let mut settings = Settings::default_settings().unwrap();
        // How sure the search is of a scripted model's vectors is not what is tested here.
        settings.responder.draft_threshold = 0.0;
        settings.server.public_url = "https://backstory.test".to_owned();
        let own = AppConfig {
            client_id: "client-id".to_owned(),
            client_secret: Secret::new(CLIENT_SECRET),
            region: "us".to_owned(),
            base_url: fake.base_url().to_owned(),
        };
        let theirs = AppConfig { client_secret: Secret::new("another-secret"), ..own.clone() };
        settings.intercom.apps = [("own".to_owned(), own), ("theirs".to_owned(), theirs)].into();
        change(&mut settings);
        let shown: Arc<dyn Clock> = Arc::new(Shown(Arc::clone(&time)));
        let seams = Seams {
            clock: Arc::clone(&shown),
            ids: Arc::new(RandomIds),
            embedder: Some(Arc::new(Scripted::new(64))),
            channels: Arc::new(Workspaces::new(&settings.intercom, shown).unwrap()),
        };
        let places =
            Places { data: folder.path().join("data"), config: None, cache: folder.path().join("cache") };
        let app = App::build(places, settings, seams).await.unwrap();
        let tenant = app.tenant("acme").await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, asked) = watch::channel(false);
        let mut serving = JoinSet::new();
        let shared = Shared::new(app.clone());
        serving.spawn(async move { server::serve(&shared, listener, asked).await });
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { app, tenant, fake, url, http, folder, time, stop, serving }
    }

    /// Serves with an article read, the stand-in's workspace connected, and webhooks subscribed.
    pub(crate) async fn connected() -> Self {
        Self::connected_with(|_| {}).await
    }

    pub(crate) async fn connected_with(change: impl FnOnce(&mut Settings)) -> Self {
        let bench = Self::with(change).await;
        let inbox = bench.folder.path().join("inbox");
        std::fs::create_dir_all(&inbox).unwrap();
        std::fs::write(inbox.join("reset.md"), ARTICLE).unwrap();
        bench.app.read_files(bench.tenant, &inbox, false, Stop::default(), &|_| {}).await.unwrap();
        bench.connect("own").await.unwrap();
        bench.fake.subscribe(&bench.webhook("own")).await.unwrap();
        bench
    }

    pub(crate) async fn connect(&self, app: &str) -> anyhow::Result<app::install::Connected> {
        self.app.books().connect_intercom(self.tenant, app, &self.fake.token(), None).await
    }

    pub(crate) fn webhook(&self, app: &str) -> String {
        format!("{}/webhooks/intercom/{app}", self.url)
    }

    /// A user writes a first message; returns the conversation.
    pub(crate) fn customer_asks(&self, text: &str) -> String {
        self.fake.edit(|workspace| {
            let user = NewContact::user("4711", "jona@velo.test", "Jona Adler");
            let contact = workspace.add_contact(ContactRole::User, user).unwrap();
            workspace.start(&contact, text).unwrap()
        })
    }

    /// Returns the hand that moves our clock, for who has to set it from another task.
    pub(crate) fn hand(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.time)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.time.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
        self.fake.clock().advance(by);
    }

    /// Runs what is due; returns how many jobs were done. A job that fails ends the test.
    pub(crate) async fn work(&self) -> usize {
        let mut done = 0;
        loop {
            match self.app.work_once().await.unwrap() {
                Worked::Done => done += 1,
                Worked::Nothing => return done,
                other => panic!("{other:?}: {:?}", self.app.dead_letters(self.tenant).await),
            }
        }
    }

    /// Sends webhooks and works until nothing is left to do. Some seconds pass.
    pub(crate) async fn settle(&self) {
        for _ in 0..10 {
            let sent = self.fake.flush().await.len();
            self.advance(Duration::from_secs(5));
            if self.work().await == 0 && sent == 0 {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    /// Returns the texts of the notes in a conversation.
    pub(crate) fn notes(&self, conversation: &str) -> Vec<String> {
        self.fake.edit(|workspace| {
            let parts = &workspace.conversation(conversation).unwrap().parts;
            let notes = parts.iter().filter(|part| part.part_type == "note");
            notes.map(|part| part.body.clone().unwrap_or_default()).collect()
        })
    }

    /// Sends a body to the app's address, signed with `secret` where there is one.
    pub(crate) async fn post(&self, app: &str, body: &str, secret: Option<&str>) -> Response {
        let mut request = self.http.post(self.webhook(app)).body(body.to_owned());
        if let Some(secret) = secret {
            request = request.header("x-hub-signature", signature(secret, body.as_bytes()));
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn key(&self, role: Role, scopes: &[Grant]) -> String {
        let Issued { secret, .. } =
            self.app.books().issue_key(self.tenant, "test", role, scopes).await.unwrap();
        secret.reveal().to_owned()
    }

    pub(crate) async fn call(&self, method: Method, path: &str, key: Option<&str>) -> (StatusCode, String) {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> (StatusCode, serde_json::Value) {
        let (status, text) = self.call(Method::GET, path, Some(key)).await;
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Asks the server to end; what is under way goes on.
    pub(crate) fn ask_to_stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until the server has ended.
    pub(crate) async fn ended(&mut self) -> Ended {
        self.serving.join_next().await.unwrap().unwrap().unwrap()
    }
}

/// A notification as Intercom sends it.
pub(crate) fn notification(id: &str, workspace: &str, conversation: &str) -> String {
    serde_json::json!({
        "type": "notification_event", "id": id, "app_id": workspace, "topic": "conversation.user.created",
        "created_at": NOW, "data": {"type": "notification_event_data",
            "item": {"type": "conversation", "id": conversation}},
    })
    .to_string()
}
