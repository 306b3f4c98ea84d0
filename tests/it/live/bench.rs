//! An installation with a connected account, a channel in memory and a clock that is moved by hand.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::conversation::{Connect, Received, Refused, Worked};
use app::seams::{ChannelApp, Channels, Clock, RandomIds, Seams};
use app::{App, Places, Settings, Stop};
use connector::Channel;
use connector::channel::Call;
use connector::testing::{Desk, Sent};
use domain::live::{LiveConversation, Part, PartKind};
use domain::record::{RawCustomer, Role};
use domain::{Author, ConversationId, Mode, SourceId, TenantId, Timestamp};
use llm::Secret;
use llm::scripted::Scripted;
use store::live::{ChannelAccount, SwitchKind};
use tempfile::TempDir;

use crate::harness::now;

pub(crate) const QUESTION: &str = "How do I reset the display with the power button?";
pub(crate) const TEAMMATE: &str = "t9";
pub(crate) const TOKEN: &str = "tok-5ecret-of-w1";

const ARTICLE: &str = "---\ntitle: Reset the display\naudience: public\nlanguage: en\nupdated_at: 2025-01-01T00:00:00Z\n---\n# Reset the display\n\nHold the power button for twelve seconds until the display turns blue. Your settings stay as they are.\n";

/// A clock that is moved by hand.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The channel of one workspace, through the app `own`; other apps belong to other people.
struct OneDesk(Arc<Desk>, Arc<Desk>);

impl Channels for OneDesk {
    fn app(&self, name: &str) -> Option<ChannelApp> {
        let desk = match name {
            "own" => &self.0,
            "theirs" => &self.1,
            _ => return None,
        };
        Some(ChannelApp { kind: "memory".into(), channel: Arc::clone(desk) as Arc<dyn Channel> })
    }

    fn account(&self, account: &ChannelAccount, secret: &Secret) -> anyhow::Result<Arc<dyn Channel>> {
        assert_eq!((account.account.as_str(), secret.reveal()), ("w1", TOKEN));
        Ok(Arc::clone(&self.0) as Arc<dyn Channel>)
    }
}

pub(crate) struct Live {
    pub(crate) app: App,
    pub(crate) tenant: TenantId,
    pub(crate) desk: Arc<Desk>,
    /// A workspace of somebody else, behind an app of its own.
    pub(crate) their_desk: Arc<Desk>,
    clock: Arc<Hand>,
    source: SourceId,
    pub(crate) folder: TempDir,
}

impl Live {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Hand(AtomicI64::new(now().millis())));
        let desk = Arc::new(Desk::new("w1", "signs for w1", now()));
        let their_desk = Arc::new(Desk::new("w1", "signs for theirs", now()));
        let mut settings = Settings::default_settings().unwrap();
        // How sure the search is of a scripted model's vectors is not what is tested here.
        settings.responder.draft_threshold = 0.0;
        settings.responder.auto_threshold = 0.0;
        settings.live.hand_off_to = "team:7".into();
        change(&mut settings);
        let seams = Seams {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(RandomIds),
            embedder: Some(Arc::new(Scripted::new(64))),
            channels: Arc::new(OneDesk(Arc::clone(&desk), Arc::clone(&their_desk))),
        };
        let places = places(folder.path());
        let app = App::build(places, settings, seams).await.unwrap();
        let tenant = app.tenant("acme").await.unwrap();
        let inbox = folder.path().join("inbox");
        std::fs::create_dir_all(&inbox).unwrap();
        std::fs::write(inbox.join("reset.md"), ARTICLE).unwrap();
        app.read_files(tenant, &inbox, false, Stop::default(), &|_| {}).await.unwrap();
        let connect = Connect {
            channel: "memory".into(),
            account: "w1".into(),
            app: "own".into(),
            teammate: TEAMMATE.into(),
            secret: Secret::new(TOKEN),
        };
        let account = app.connect(tenant, &connect).await.unwrap();
        let live = Self { app, tenant, desk, their_desk, clock, source: account.source, folder };
        live.advance(1_000);
        live
    }

    /// Switches automatic replies on for everything.
    pub(crate) async fn automatic(&self) {
        let kind = SwitchKind::Mode { topic: String::new(), mode: Mode::Auto };
        let at = self.clock.now();
        let seq = self.app.store.switch(self.tenant, &kind, "anna", at).await.unwrap();
        self.app.store.confirm_switch(self.tenant, seq, "ben", at).await.unwrap();
    }

    pub(crate) fn advance(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
        self.desk.set_now(self.clock.now());
        self.their_desk.set_now(self.clock.now());
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A user begins a conversation with a message.
    pub(crate) fn begin(&self, id: &str, text: &str) {
        self.desk.begin(id, user());
        self.desk.customer_writes(id, text);
    }

    pub(crate) fn id(&self, conversation: &str) -> ConversationId {
        ConversationId::derive(self.source, conversation)
    }

    pub(crate) async fn post(&self, call: &Sent) -> Received {
        self.post_to("own", call).await.unwrap()
    }

    pub(crate) async fn post_to(&self, app: &str, call: &Sent) -> Result<Received, Refused> {
        let headers: Vec<(&str, &str)> =
            call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.app.receive(app, &Call { headers: &headers, body: &call.body }).await
    }

    /// Hands in everything that was announced, in order.
    pub(crate) async fn post_all(&self) -> usize {
        let calls = self.desk.calls();
        for call in &calls {
            self.post(call).await;
        }
        calls.len()
    }

    /// Runs what is due; returns how many jobs were done. A job that fails ends the test.
    pub(crate) async fn work(&self) -> usize {
        let mut done = 0;
        loop {
            match self.app.work_once().await.unwrap() {
                Worked::Done => done += 1,
                Worked::Nothing => return done,
                other => panic!("{other:?}"),
            }
        }
    }

    /// Runs everything to its end, calls of our own doings included. Some seconds pass.
    pub(crate) async fn settle(&self) {
        for _ in 0..10 {
            let posted = self.post_all().await;
            self.advance(5_000);
            if self.work().await == 0 && posted == 0 {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    pub(crate) fn conversation(&self, id: &str) -> LiveConversation {
        self.desk.conversation(id)
    }

    fn ours(&self, id: &str, kind: PartKind) -> Vec<String> {
        let ours = |part: &&Part| part.kind == kind && part.author_id.as_deref() == Some(TEAMMATE);
        self.conversation(id).parts.iter().filter(ours).map(|part| part.text.clone()).collect()
    }

    /// Texts of our notes.
    pub(crate) fn notes(&self, id: &str) -> Vec<String> {
        self.ours(id, PartKind::Note)
    }

    /// Texts of our replies.
    pub(crate) fn replies(&self, id: &str) -> Vec<String> {
        self.ours(id, PartKind::Message)
    }

    /// What was decided, sorted; no message may have more than one outcome, and none may be without.
    pub(crate) async fn outcomes(&self, id: &str) -> Vec<String> {
        let (outcomes, _) = self.app.written_in(self.tenant, self.id(id)).await.unwrap();
        let mut parts: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.parts.clone()).collect();
        let mut wrote: Vec<String> = self
            .conversation(id)
            .parts
            .iter()
            .filter(|part| part.kind == PartKind::Message && part.author == Author::Customer)
            .map(|part| part.id.clone())
            .collect();
        parts.sort();
        wrote.sort();
        assert_eq!(parts, wrote, "every message has exactly one outcome");
        let mut named: Vec<String> = outcomes
            .iter()
            .map(|outcome| match &outcome.reason {
                Some(reason) => format!("{} {reason}", outcome.outcome),
                None => outcome.outcome.clone(),
            })
            .collect();
        named.sort();
        named
    }
}

pub(crate) fn places(folder: &Path) -> Places {
    Places { data: folder.join("data"), config: None, cache: folder.join("cache") }
}

pub(crate) fn user() -> RawCustomer {
    RawCustomer {
        contact_id: Some("contact1".into()),
        account_id: Some("4711".into()),
        name: Some("Jona Adler".into()),
        email: Some("jona@velo.test".into()),
        role: Some(Role::User),
        ..RawCustomer::default()
    }
}

/// A message of a teammate, written `millis` after everything that is there.
pub(crate) fn human(conversation: &LiveConversation, millis: i64, text: &str) -> Part {
    let newest = conversation.parts.iter().map(|part| part.at).max().unwrap();
    Part {
        id: format!("human{}", conversation.parts.len()),
        kind: PartKind::Message,
        author: Author::Agent,
        author_id: Some("t2".into()),
        author_email: None,
        at: newest.plus_millis(millis),
        channel: None,
        text: text.into(),
        recipients: Vec::new(),
        attachments: Vec::new(),
        redacted: false,
    }
}
