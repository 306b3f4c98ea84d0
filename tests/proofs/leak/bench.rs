//! An installation that serves on a port of its own, connected to the stand-in in which everybody lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{bail, ensure};
use app::connectors::intercom::{AppConfig, Workspaces};
use app::conversation::Worked;
use app::seams::{Clock, RandomIds, Seams};
use app::{App, Places, Settings, Stop};
use domain::{Mode, TenantId, Timestamp};
use identity::access::Role;
use intercom_fake::{Clock as FakeClock, Fake, Options};
use llm::{Embedder, Secret};
use server::{Ended, Shared};
use store::live::SwitchKind;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::watch::Overheard;

const CLIENT_SECRET: &str = "client-5ecret-of-the-app";
/// 2026-10-01T12:00:00Z, when the first of all conversations begins.
const BEGIN: i64 = 1_790_856_000;

/// The clock of the stand-in is ours too.
struct Shown(Arc<AtomicI64>);

impl Clock for Shown {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(super) struct Bench {
    pub(super) app: App,
    pub(super) tenant: TenantId,
    pub(super) fake: Fake,
    pub(super) model: Arc<Overheard>,
    pub(super) url: String,
    pub(super) folder: TempDir,
    time: Arc<AtomicI64>,
    _stop: watch::Sender<bool>,
    _serving: JoinSet<anyhow::Result<Ended>>,
}

impl Bench {
    pub(super) async fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let clock = FakeClock::at(BEGIN);
        let options = Options { client_secret: CLIENT_SECRET.to_owned(), ..Options::new(&clock) };
        // The clock stands still while everything is read, so a window would never end.
        let fake = Fake::start(Options { calls_per_window: u32::MAX, ..options }).await?;
        let time = Arc::new(AtomicI64::new(BEGIN * 1_000));
        let mut settings = Settings::default_settings()?;
        // Whatever is found is said: how sure the search is must not hide a leak.
        settings.responder.draft_threshold = 0.0;
        settings.responder.auto_threshold = 0.0;
        let own = AppConfig {
            client_id: "client-id".to_owned(),
            client_secret: Secret::new(CLIENT_SECRET),
            region: "us".to_owned(),
            base_url: fake.base_url().to_owned(),
        };
        settings.intercom.apps = [("own".to_owned(), own)].into();
        let shown: Arc<dyn Clock> = Arc::new(Shown(Arc::clone(&time)));
        let model = Arc::new(Overheard::new());
        let seams = Seams {
            clock: Arc::clone(&shown),
            ids: Arc::new(RandomIds),
            embedder: Some(Arc::clone(&model) as Arc<dyn Embedder>),
            channels: Arc::new(Workspaces::new(&settings.intercom, shown)?),
        };
        let places =
            Places { data: folder.path().join("data"), config: None, cache: folder.path().join("cache") };
        let app = App::build(places, settings, seams).await?;
        let tenant = app.tenant("acme").await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, asked) = watch::channel(false);
        let mut serving = JoinSet::new();
        let shared = Shared::new(app.clone());
        serving.spawn(async move { server::serve(&shared, listener, asked).await });
        Ok(Self { app, tenant, fake, model, url, folder, time, _stop: stop, _serving: serving })
    }

    /// Connects the workspace, reads everything in it, and takes its notifications from now on.
    pub(super) async fn read_in(&self) -> anyhow::Result<()> {
        self.follow();
        self.advance(Duration::from_secs(3_600));
        self.app.books().connect_intercom(self.tenant, "own", &self.fake.token(), None).await?;
        for account in self.app.accounts(self.tenant).await? {
            let summary = self.app.import(&account, false, Stop::default(), &|_| {}).await?;
            ensure!(summary.problems.is_empty(), "not everything could be read: {:?}", summary.problems);
        }
        // What happened before nobody is told of.
        self.fake.flush().await;
        let subscribed = self.fake.subscribe(&format!("{}/webhooks/intercom/own", self.url)).await;
        ensure!(subscribed.is_ok(), "the address cannot be subscribed");
        Ok(())
    }

    /// Sets our clock to that of the stand-in.
    fn follow(&self) {
        self.time.store(self.fake.clock().now_ms(), Ordering::SeqCst);
    }

    pub(super) fn advance(&self, by: Duration) {
        self.fake.clock().advance(by);
        self.follow();
    }

    /// Runs everything to its end, calls of our own doings included.
    pub(super) async fn settle(&self) -> anyhow::Result<()> {
        for _ in 0..20 {
            let sent = self.fake.flush().await.len();
            self.advance(Duration::from_secs(5));
            let mut done = 0;
            loop {
                match self.app.work_once().await? {
                    Worked::Done => done += 1,
                    Worked::Nothing => break,
                    other => {
                        bail!("a look ended as {other:?}: {:?}", self.app.dead_letters(self.tenant).await?)
                    }
                }
            }
            if done == 0 && sent == 0 {
                return Ok(());
            }
        }
        bail!("it does not come to rest")
    }

    /// Lets two people switch how far everything is automated.
    pub(super) async fn switch(&self, mode: Mode) -> anyhow::Result<()> {
        let kind = SwitchKind::Mode { topic: String::new(), mode };
        let at = self.app.seams.clock.now();
        let switched = self.app.store.switch(self.tenant, &kind, "anna", at).await?;
        if mode == Mode::Auto {
            self.app.store.confirm_switch(self.tenant, switched, "ben", at).await?;
        }
        Ok(())
    }

    /// Returns what the server shows an owner of the account at these addresses.
    pub(super) async fn served(&self, paths: &[String]) -> anyhow::Result<String> {
        let key = self.app.books().issue_key(self.tenant, "proof", Role::Owner, &[]).await?;
        let client = reqwest::Client::new();
        let mut all = String::new();
        for path in paths {
            let call = client.get(format!("{}{path}", self.url)).bearer_auth(key.secret.reveal());
            all.push_str(&call.send().await?.error_for_status()?.text().await?);
            all.push('\n');
        }
        Ok(all)
    }
}
