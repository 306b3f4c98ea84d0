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

const FIRST: &str = "My SmartLock does not open, I think its battery is empty. What can I do?";
const FIRST_ANSWER: &str = "Hi Lena, five minutes on a power bank open it once. For a new battery a mechanic has to come by; sign up in the app and write to us there.";
const SECOND: &str = "I signed up. When can a mechanic change the battery of my SmartLock?";
const SECOND_ANSWER: &str = "Hi Lena, the mechanic comes on Tuesday at two to change the battery of your SmartLock. Please tell her the visit code LARK-77.";
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
    /// How sure we were of the customer.
    assurance: String,
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

        let lena = self.contact(Role::Lead, "lena.voss@mail.example", "Lena Voss", None)?;
        let (first, lead) = teller.asks("Lena Voss, a lead", &lena, FIRST).await?;
        teller.answers(&first, FIRST_ANSWER).await?;

        self.later(3 * 3_600);
        teller.say("   Lena Voss signs up and is a user now. The company has declared that its Messenger refuses whoever\n   is not signed (`backstory identity jwt declare`), so what she writes counts as hers.\n");
        app.books().declare_enforcement(tenant, self.clock.now(), "demo").await?;
        self.fake.edit_in(&self.account, |workspace| {
            let fields = serde_json::json!({ "role": "user", "external_id": "u-2001" });
            let fields = fields.as_object().cloned().unwrap_or_default();
            workspace.update_contact(&lena, &fields)
        })?;
        teller.settle().await?;
        self.later(60);
        let (second, user) = teller.asks("Lena Voss, a user", &lena, SECOND).await?;
        teller.answers(&second, SECOND_ANSWER).await?;
        teller.say("   Her conversations are read in, as they are every quarter of an hour.\n");
        for account in app.accounts(tenant).await? {
            app.import(&account, false, Stop::default(), &|_| {}).await?;
        }

        self.later(3_600);
        let (_, again) = teller.asks("Lena Voss, an hour later", &lena, AGAIN).await?;
        let other = self.contact(Role::User, "lena.arndt@mail.example", "Lena Arndt", Some("u-2002"))?;
        let (_, stranger) = teller.asks("Lena Arndt, another user", &other, AGAIN).await?;
        teller.compare(&again, &stranger)?;
        // The story began a day ago; what comes after it, such as the report of the replay, is of today.
        let behind = app::seams::SystemClock.now().millis() - self.clock.now().millis();
        self.later(u64::try_from(behind / 1_000).unwrap_or_default());
        Ok(vec![lead, user, again, stranger])
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
        let (_, record) = self.app.record(self.tenant, outcome.id).await?;
        let assurance = record["assurance"].as_str().unwrap_or("unknown").to_owned();
        let told = match note.is_empty() {
            true => format!("No note: {} {}", outcome.outcome, outcome.reason.as_deref().unwrap_or_default()),
            false => "A note appears".to_owned(),
        };
        self.say(&format!(
            "   {told} (the customer counts as {assurance}; trace {trace})\n{}",
            super::indent(&note)
        ));
        Ok((conversation, Scene { who: who.to_owned(), message: message.to_owned(), note, assurance, trace }))
    }

    /// Lets the agent answer and close the conversation.
    async fn answers(&self, conversation: &str, text: &str) -> anyhow::Result<()> {
        self.stage.later(20 * 60);
        self.say(&format!("   An agent answers and closes the conversation:\n       «{text}»\n"));
        self.stage.fake.edit_in(&self.stage.account, |workspace| {
            let agent = workspace.agent();
            workspace.admin_reply(conversation, &agent, text)?;
            workspace.close(conversation, &agent, None)
        })?;
        self.settle().await
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
        ensure!(own.note.contains(CODE), "the draft for Lena Voss lacks what she herself was told");
        if let Some(part) = [CODE, "Tuesday", "Voss"].into_iter().find(|part| stranger.note.contains(part)) {
            bail!("the note for Lena Arndt tells `{part}`, which is another customer's");
        }
        self.say(
            "   Both are users, and both ask the same. The draft for Lena Voss says what she herself was told; the\n   \
             one for Lena Arndt has nothing of it.\n",
        );
        Ok(())
    }
}
