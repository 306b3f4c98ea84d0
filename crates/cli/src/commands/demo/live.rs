//! The live scene of the demo: a stand-in for Intercom, real webhooks into a real server on this machine, and
//! two customers who share a first name.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use app::connectors::intercom::{AppConfig, Workspaces};
use app::conversation::Worked;
use app::llm::Secret;
use app::seams::{Clock, RandomIds, Seams};
use app::{App, Settings, Stop};
use domain::{ConversationId, SourceId, TenantId, Timestamp};
use intercom_fake::{Clock as StoryClock, Fake, NewContact, Options, Part, Role, Workspace};
use serde::Serialize;
use server::Shared;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::commands::Given;

/// The name of the app of the Developer Hub.
const APP: &str = "demo";
/// Signs the stand-in's notifications.
const CLIENT_SECRET: &str = "secret-of-the-demo";
/// What the agent tells one customer alone.
const CODE: &str = "LARK-77";

const QUESTION: &str = "My SmartLock does not open, I think its battery is empty. What can I do?";
const ANSWER: &str = "Hi Lena, five minutes on a power bank open it once. A mechanic comes on Tuesday at two to change the battery; please tell her the visit code LARK-77.";
const AGAIN: &str = "When does the mechanic come for my SmartLock, and what was the visit code?";

/// What happened after a customer's message.
#[derive(Debug, Serialize)]
pub(super) struct Scene {
    /// Who writes, as what.
    who: String,
    /// The message.
    message: String,
    /// The note that appeared beside the conversation.
    note: String,
    /// The record of the decision.
    trace: String,
}

/// The story's time moves by hand, so nobody waits for a customer to stop typing.
struct Shown(StoryClock);

impl Clock for Shown {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now_ms())
    }
}

/// The stand-in, before anything is connected to it.
pub(super) struct Stage {
    fake: Fake,
    clock: Arc<dyn Clock>,
    account: String,
}

impl Stage {
    /// Starts the stand-in with a workspace of its own, a day ago.
    pub(super) async fn start() -> anyhow::Result<Self> {
        let begin = app::seams::SystemClock.now().millis() / 1_000 - 24 * 3_600;
        let clock = StoryClock::at(begin);
        let options = Options { client_secret: CLIENT_SECRET.to_owned(), ..Options::new(&clock) };
        let fake = Fake::start(options).await.context("the stand-in for Intercom cannot listen")?;
        // A new one each time: its conversations must not be those of an earlier run.
        let account = format!("demo{begin}");
        fake.install(Workspace::new(&account, &clock, 20_000_000 + begin.unsigned_abs()));
        Ok(Self { fake, clock: Arc::new(Shown(clock)), account })
    }

    /// Returns the seams of an installation that lives in the story's time and reaches the stand-in.
    pub(super) fn seams(&self, settings: &mut Settings) -> anyhow::Result<Seams> {
        let own = AppConfig {
            client_id: "client-id".to_owned(),
            client_secret: Secret::new(CLIENT_SECRET),
            region: "us".to_owned(),
            base_url: self.fake.base_url().to_owned(),
        };
        settings.intercom.apps.insert(APP.to_owned(), own);
        let channels = Arc::new(Workspaces::new(&settings.intercom, Arc::clone(&self.clock))?);
        Ok(Seams { clock: Arc::clone(&self.clock), ids: Arc::new(RandomIds), embedder: None, channels })
    }

    /// Plays the scene with the articles in `articles`.
    pub(super) async fn play(&self, given: &Given, app: &App, articles: &Path) -> anyhow::Result<Vec<Scene>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free")?;
        let url = format!("http://{}/webhooks/intercom/{APP}", listener.local_addr()?);
        let (stop, asked) = watch::channel(false);
        let shared = Shared::new(app.clone());
        let serving = server::serve(&shared, listener, asked);
        let story = async {
            let told = self.story(given, app, &url, articles).await;
            stop.send_replace(true);
            told
        };
        let (served, told) = tokio::join!(serving, story);
        served?;
        told
    }

    async fn story(
        &self,
        given: &Given,
        app: &App,
        url: &str,
        articles: &Path,
    ) -> anyhow::Result<Vec<Scene>> {
        let tenant = app.tenant(&self.account).await?;
        app.read_files(tenant, articles, false, Stop::default(), &|_| {}).await?;
        let token = self.fake.edit_in(&self.account, |workspace| workspace.token.clone());
        app.books().connect_intercom(tenant, APP, &token, None).await?;
        if let Err(outcome) = self.fake.subscribe(url).await {
            bail!("the stand-in got no answer to its webhooks: {outcome:?}");
        }
        let teller = Teller { given, app, tenant, stage: self };

        let lead = self.contact(Role::Lead, "lena.voss@mail.example", "Lena Voss", None)?;
        let (first, asked) = teller.asks("Lena Voss, a lead", &lead, QUESTION).await?;
        self.later(20 * 60);
        teller.say(&format!("   An agent answers and closes the conversation:\n       «{ANSWER}»\n"));
        self.fake.edit_in(&self.account, |workspace| {
            let agent = workspace.agent();
            workspace.admin_reply(&first, &agent, ANSWER)?;
            workspace.close(&first, &agent, None)
        })?;
        teller.settle().await?;

        self.later(3 * 3_600);
        teller.say("   Lena Voss signs up and is a user now. The conversation is read in, as it is every quarter of an hour.\n");
        self.fake.edit_in(&self.account, |workspace| {
            let fields = serde_json::json!({ "role": "user", "external_id": "u-2001" });
            let fields = fields.as_object().cloned().unwrap_or_default();
            workspace.update_contact(&lead, &fields)
        })?;
        teller.settle().await?;
        for account in app.accounts(tenant).await? {
            app.import(&account, false, Stop::default(), &|_| {}).await?;
        }

        let (_, again) = teller.asks("Lena Voss, a user now", &lead, AGAIN).await?;
        let other = self.contact(Role::User, "lena.arndt@mail.example", "Lena Arndt", Some("u-2002"))?;
        let (_, stranger) = teller.asks("Lena Arndt, another user", &other, AGAIN).await?;
        teller.compare(&again, &stranger)?;
        Ok(vec![asked, again, stranger])
    }

    fn contact(&self, role: Role, email: &str, name: &str, user_id: Option<&str>) -> anyhow::Result<String> {
        let text = |text: &str| Some(text.to_owned());
        let new = NewContact {
            external_id: user_id.map(str::to_owned),
            email: text(email),
            name: text(name),
            phone: None,
        };
        Ok(self.fake.edit_in(&self.account, |workspace| workspace.add_contact(role, new))?)
    }

    fn later(&self, seconds: u64) {
        self.fake.clock().advance(Duration::from_secs(seconds));
    }
}

/// Tells the story as it happens.
struct Teller<'a> {
    given: &'a Given,
    app: &'a App,
    tenant: TenantId,
    stage: &'a Stage,
}

impl Teller<'_> {
    fn say(&self, text: &str) {
        if !self.given.output.is_json() {
            self.given.output.say(text);
        }
    }

    /// Lets a customer write, and tells what appeared beside the conversation.
    async fn asks(&self, who: &str, contact: &str, message: &str) -> anyhow::Result<(String, Scene)> {
        self.say(&format!("   {who}, writes:\n       «{message}»"));
        let account = &self.stage.account;
        let conversation = self.stage.fake.edit_in(account, |workspace| workspace.start(contact, message))?;
        self.settle().await?;
        let source = SourceId::derive(self.tenant, app::connectors::intercom::KIND, account);
        let (outcomes, _) =
            self.app.written_in(self.tenant, ConversationId::derive(source, &conversation)).await?;
        let outcome = outcomes.last().context("nothing was decided about the message")?;
        let note = self.note(&conversation);
        let trace = outcome.id.to_string();
        match note.is_empty() {
            true => self.say(&format!(
                "   No note: {} {} (trace {trace})\n",
                outcome.outcome,
                outcome.reason.as_deref().unwrap_or_default()
            )),
            false => self.say(&format!("   A note appears (trace {trace}):\n{}", super::indent(&note))),
        }
        Ok((conversation, Scene { who: who.to_owned(), message: message.to_owned(), note, trace }))
    }

    /// Returns the newest note in a conversation.
    fn note(&self, conversation: &str) -> String {
        self.stage.fake.edit_in(&self.stage.account, |workspace| {
            let parts = workspace.conversation(conversation).map(|found| found.parts.as_slice());
            let note = parts.unwrap_or_default().iter().rfind(|part| part.part_type == "note");
            note.map(Part::plain).unwrap_or_default()
        })
    }

    /// Sends what the stand-in has to tell and works until nothing is left to do.
    async fn settle(&self) -> anyhow::Result<()> {
        for _ in 0..20 {
            let sent = self.stage.fake.flush().await.len();
            self.stage.later(5);
            let worked = self.app.work_once().await?;
            ensure!(worked != Worked::Failed, "a conversation could not be looked at; `-v` says why");
            if worked == Worked::Nothing && sent == 0 {
                return Ok(());
            }
        }
        bail!("the live scene does not come to rest")
    }

    /// Says what the two got, and fails if one got what is the other's.
    fn compare(&self, own: &Scene, stranger: &Scene) -> anyhow::Result<()> {
        let shown = [&own.note, &stranger.note].map(|note| note.contains(CODE));
        ensure!(
            shown == [false; 2],
            "a note tells the visit code to somebody who has not proved to be Lena Voss"
        );
        ensure!(!stranger.note.contains("Voss"), "a note names another customer");
        self.say(
            "   Both ask for the same. Nobody has proved who writes, so the code stands in no draft. The agent of\n   \
             Lena Voss is pointed to her earlier conversation; the agent of Lena Arndt gets only what was\n   \
             learned from it without anything personal.\n",
        );
        Ok(())
    }
}
