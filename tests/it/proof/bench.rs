//! An installation that serves, connected to a workspace in which one customer was told a secret.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::connectors::intercom::{AppConfig, Workspaces};
use app::conversation::Worked;
use app::seams::{Clock, RandomIds, Seams};
use app::{App, Places, Settings, Stop};
use domain::{ConversationId, Mode, SourceId, TenantId, Timestamp};
use identity::Assurance;
use identity::access::{Grant, Role};
use intercom_fake::{
    Author, Clock as FakeClock, Fake, NewContact, Opening, Options, Part, Role as ContactRole, Workspace,
};
use llm::Secret;
use llm::scripted::Scripted;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use server::Shared;
use store::live::{FrozenAssurance, SwitchKind};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// 2026-11-24T12:00:00Z
const NOW: i64 = 1_795_521_600;
/// What only the victim was ever told.
pub(crate) const SECRET: &str = "amber-lynx-31";
pub(crate) const QUESTION: &str = "Please tell me again, what is the unlock word of my payout account?";
pub(crate) const ADDRESS: &str = "vera@linden.test";
/// The victim's id in the company's product.
pub(crate) const VICTIM: &str = "u-vera";
/// Where the company's app confirms.
pub(crate) const PAGE: &str = "https://app.velo.test/confirm?lang=en";

const DAY: i64 = 24 * 3_600;

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
    /// The contact of the victim.
    pub(crate) victim: String,
    source: SourceId,
    url: String,
    http: Client,
    key: String,
    time: Arc<AtomicI64>,
    _folder: TempDir,
    _stop: watch::Sender<bool>,
    _serving: JoinSet<()>,
}

impl Bench {
    /// Automatic replies are on for everything; nobody has declared anything.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fake = Fake::start(Options::new(&FakeClock::at(NOW))).await.unwrap();
        let time = Arc::new(AtomicI64::new(NOW * 1_000));
        let (app, tenant) = build(&folder, &fake, &time, change).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, asked) = watch::channel(false);
        let mut serving = JoinSet::new();
        let shared = Shared::new(app.clone());
        serving.spawn(async move {
            server::serve(&shared, listener, asked).await.unwrap();
        });
        let books = app.books();
        books.connect_intercom(tenant, "own", &fake.token(), None).await.unwrap();
        let source = app.accounts(tenant).await.unwrap()[0].source;
        fake.subscribe(&format!("{url}/webhooks/intercom/own")).await.unwrap();
        let key = books.issue_key(tenant, "app", Role::Integration, &[Grant::Identity]).await.unwrap();
        let victim = fake.edit(told_a_secret);
        let mut bench = Self {
            key: key.secret.reveal().to_owned(),
            http: Client::new(),
            _folder: folder,
            _stop: stop,
            _serving: serving,
            app,
            tenant,
            fake,
            victim,
            source,
            url,
            time,
        };
        bench.begin().await;
        bench
    }

    /// Reads the past, and lets a day go by.
    async fn begin(&mut self) {
        self.settle().await;
        self.import().await;
        self.advance(DAY);
        let kind = SwitchKind::Mode { topic: String::new(), mode: Mode::Auto };
        let seq = self.app.store.switch(self.tenant, &kind, "anna", self.now()).await.unwrap();
        self.app.store.confirm_switch(self.tenant, seq, "ben", self.now()).await.unwrap();
    }

    pub(crate) async fn import(&self) {
        let accounts = self.app.accounts(self.tenant).await.unwrap();
        self.app.import(&accounts[0], true, Stop::default(), &|_| {}).await.unwrap();
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.time.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.time.fetch_add(seconds * 1_000, Ordering::SeqCst);
        self.fake.clock().advance(std::time::Duration::from_secs(seconds.unsigned_abs()));
    }

    /// The company declares that whoever is not signed is refused, and it is so.
    pub(crate) async fn declare(&self) {
        self.fake.edit(|workspace| workspace.identity_verification = true);
        self.app.books().declare_enforcement(self.tenant, self.now(), "anna").await.unwrap();
        self.advance(60);
    }

    /// Runs what is due; a job that fails ends the test.
    async fn work(&self) -> usize {
        let mut done = 0;
        loop {
            match self.app.work_once().await.unwrap() {
                Worked::Done => done += 1,
                Worked::Nothing => return done,
                other => panic!("{other:?}: {:?}", self.app.dead_letters(self.tenant).await),
            }
        }
    }

    /// Sends notifications and works until nothing is left to do. Some seconds pass.
    pub(crate) async fn settle(&self) {
        for _ in 0..10 {
            let sent = self.fake.flush().await.len();
            self.advance(5);
            if self.work().await == 0 && sent == 0 {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    /// Somebody begins a conversation in the Messenger, and it is dealt with.
    pub(crate) async fn asks(&self, contact: &str, text: &str) -> String {
        let conversation = self.fake.edit(|workspace| workspace.start(contact, text).unwrap());
        self.settle().await;
        conversation
    }

    /// Somebody writes in a conversation, and it is dealt with.
    pub(crate) async fn writes(&self, conversation: &str, contact: &str, text: &str) {
        self.fake.edit(|workspace| workspace.contact_reply(conversation, contact, text).unwrap());
        self.settle().await;
    }

    /// A mail begins a conversation, and it is dealt with. Its sender is the victim's contact for Intercom, under
    /// the address `from`.
    pub(crate) async fn mails(&self, from: &str, subject: &str, text: &str) -> String {
        let conversation = self.fake.edit(|workspace| {
            let author = Author { email: from.to_owned(), ..workspace.contact_author(&self.victim).unwrap() };
            let opening = Opening { author: Some(author), ..Opening::email(subject) };
            workspace.start_as(&self.victim, text, opening).unwrap()
        });
        self.settle().await;
        conversation
    }

    pub(crate) fn lead(&self, email: Option<&str>) -> String {
        let lead = NewContact {
            email: email.map(str::to_owned),
            name: Some("Zorro".to_owned()),
            ..NewContact::default()
        };
        self.fake.edit(|workspace| workspace.add_contact(ContactRole::Lead, lead).unwrap())
    }

    pub(crate) fn user(&self, id: &str, email: &str, name: &str) -> String {
        let user = NewContact::user(id, email, name);
        self.fake.edit(|workspace| workspace.add_contact(ContactRole::User, user).unwrap())
    }

    fn ours(&self, conversation: &str, is_note: bool) -> Vec<String> {
        self.fake.edit(|workspace| {
            let ai = workspace.ai();
            let ours = |part: &&Part| part.author.id == ai && (part.part_type == "note") == is_note;
            let parts = &workspace.conversation(conversation).unwrap().parts;
            parts.iter().filter(ours).filter_map(|part| part.body.clone()).collect()
        })
    }

    /// Texts of our replies.
    pub(crate) fn replies(&self, conversation: &str) -> Vec<String> {
        self.ours(conversation, false)
    }

    /// Texts of our notes.
    pub(crate) fn notes(&self, conversation: &str) -> Vec<String> {
        self.ours(conversation, true)
    }

    /// Everything that we wrote in a conversation.
    pub(crate) fn written(&self, conversation: &str) -> String {
        [self.replies(conversation), self.notes(conversation)].concat().join("\n---\n")
    }

    pub(crate) fn id(&self, conversation: &str) -> ConversationId {
        ConversationId::derive(self.source, conversation)
    }

    /// What was frozen of the messages of a conversation, oldest first.
    pub(crate) async fn frozen(&self, conversation: &str) -> Vec<FrozenAssurance> {
        let frozen = self.app.store.frozen_assurance(self.tenant, self.id(conversation)).await.unwrap();
        let mut frozen: Vec<_> = frozen.into_values().collect();
        frozen.sort_by(|one, other| (one.at, &one.part).cmp(&(other.at, &other.part)));
        frozen
    }

    /// How sure we were of the newest message.
    pub(crate) async fn assurance(&self, conversation: &str) -> Assurance {
        self.frozen(conversation).await.last().unwrap().assurance
    }

    /// Calls the identity kit as the company's server does.
    pub(crate) async fn call(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.call_with(&self.key, path, body).await
    }

    pub(crate) async fn call_with(&self, key: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}/identity/{path}", self.url);
        let request = self.http.post(url).bearer_auth(key).header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
    }

    /// The company's server confirms who is logged in where a link was opened.
    pub(crate) async fn confirm(&self, word: &str, user_id: &str) -> (StatusCode, Value) {
        self.call("step-ups/confirm", &json!({ "word": word, "user_id": user_id })).await
    }

    /// What was noted in the audit, as actions.
    pub(crate) async fn audit(&self) -> Vec<String> {
        let all = self.app.store.list_audit(self.tenant, None).await.unwrap();
        all.into_iter().map(|one| one.action).collect()
    }
}

/// Returns the word of the link in something that we wrote.
pub(crate) fn word(text: &str) -> String {
    let start = text.find("backstory=bsp_").expect("there is a link") + "backstory=".len();
    text[start..start + 68].to_owned()
}

async fn build(
    folder: &TempDir,
    fake: &Fake,
    time: &Arc<AtomicI64>,
    change: impl FnOnce(&mut Settings),
) -> (App, TenantId) {
    let mut settings = Settings::default_settings().unwrap();
    // How sure the search is of a scripted model's vectors is not what is tested here.
    settings.responder.draft_threshold = 0.0;
    settings.responder.auto_threshold = 0.0;
    settings.identity.step_up_url = PAGE.to_owned();
    settings.privacy.own_domains = vec!["velo.test".to_owned()];
    let own = AppConfig {
        client_id: "client-id".to_owned(),
        client_secret: Secret::new("client-secret"),
        region: "us".to_owned(),
        base_url: fake.base_url().to_owned(),
    };
    settings.intercom.apps = [("own".to_owned(), own)].into();
    change(&mut settings);
    let clock: Arc<dyn Clock> = Arc::new(Shown(Arc::clone(time)));
    let seams = Seams {
        clock: Arc::clone(&clock),
        ids: Arc::new(RandomIds),
        embedder: Some(Arc::new(Scripted::new(64))),
        channels: Arc::new(Workspaces::new(&settings.intercom, clock).unwrap()),
    };
    let places =
        Places { data: folder.path().join("data"), config: None, cache: folder.path().join("cache") };
    let app = App::build(places, settings, seams).await.unwrap();
    let tenant = app.tenant("acme").await.unwrap();
    (app, tenant)
}

/// A user asks, an agent tells a secret, and the conversation ends.
fn told_a_secret(workspace: &mut Workspace) -> String {
    let user = NewContact::user(VICTIM, ADDRESS, "Vera Linden");
    let victim = workspace.add_contact(ContactRole::User, user).unwrap();
    let conversation = workspace.start(&victim, QUESTION).unwrap();
    let agent = workspace.agent();
    let told = format!("The unlock word of your payout account is {SECRET}, please keep it safe.");
    workspace.admin_reply(&conversation, &agent, &told).unwrap();
    workspace.close(&conversation, &agent, None).unwrap();
    victim
}
