//! Sources of knowledge: when they are read, what is noted of it, how they are added and removed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use app::ask::Ask;
use app::seams::{Clock, NoChannels, RandomIds, Seams};
use app::sources::{Added, Configured, Consent, State};
use app::{App, Places, Progress, Settings, Stop};
use async_trait::async_trait;
use confluence_fake::{API_TOKEN, APP, EMAIL, Fake as Wiki, Fault, REDIRECT_URI};
use domain::{TenantId, Timestamp};
use google_docs_fake::{Clock as Google, Doc, Fake as Drive};
use identity::{Assurance, Purpose};
use llm::scripted::Scripted;
use llm::{Embedder, ModelInfo, Role};
use reqwest::Url;
use serde_json::json;
use store::PageWrite;
use tempfile::TempDir;
use tokio::sync::Notify;

/// 24 November 2026, 12:00 UTC.
pub(crate) const NOON: i64 = 1_795_521_600;
pub(crate) const READER: &str = "reader@tenant.example";
const MINUTE: i64 = 60_000;

/// A clock that is set by hand.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Bench {
    pub(crate) app: App,
    pub(crate) tenant: TenantId,
    hand: Arc<Hand>,
    pub(crate) wiki: Wiki,
    pub(crate) folder: TempDir,
}

impl Bench {
    /// An installation whose configuration names a wiki, or none.
    pub(crate) async fn new(is_configured: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wiki = Wiki::start().await.unwrap();
        wiki.edit(|site| {
            site.add_space("HELP", "Help");
            site.add_page("HELP", None, "Lamp", "<p>Turn the lamp to the left.</p>");
        });
        let mut settings = Settings::default_settings().unwrap();
        if is_configured {
            let config = json!({
                "kind": "confluence", "site": wiki.base_url(), "email": EMAIL, "token": API_TOKEN,
                "spaces": ["*"], "rules": [{ "space": "HELP", "audience": "public" }],
            });
            settings.sources.insert("wiki".to_owned(), serde_json::from_value(config).unwrap());
        }
        let hand = Arc::new(Hand(AtomicI64::new(NOON * 1_000)));
        let clock: Arc<dyn Clock> = Arc::<Hand>::clone(&hand);
        let seams = Seams {
            clock,
            ids: Arc::new(RandomIds),
            embedder: Some(Arc::new(Scripted::new(64))),
            channels: Arc::new(NoChannels),
        };
        let places =
            Places { data: folder.path().join("data"), config: None, cache: folder.path().join("cache") };
        let app = App::build(places, settings, seams).await.unwrap();
        let tenant = app.tenant("default").await.unwrap();
        Self { app, tenant, hand, wiki, folder }
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.hand.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) async fn due(&self) -> u64 {
        self.app.read_due(&Stop::default()).await.unwrap()
    }

    async fn named(&self, name: &str) -> Configured {
        self.books().source(name, None).await.unwrap()
    }

    async fn state(&self) -> State {
        self.books().source_states("default").await.unwrap().remove(0)
    }

    /// The books with the clock of the test.
    fn books(&self) -> app::Books {
        self.app.books()
    }

    async fn is_whole(&self) {
        let comparison = self.app.compare_index(self.tenant).await.unwrap();
        assert!(comparison.waiting == 0 && comparison.differences.is_empty(), "{comparison:?}");
    }
}

#[tokio::test]
async fn a_source_is_read_at_its_interval() {
    let bench = Bench::new(true).await;
    assert_eq!(bench.state().await.standing, "new");
    assert_eq!(bench.due().await, 1);
    assert_eq!(bench.due().await, 0, "not before its time");
    let state = bench.state().await;
    assert_eq!((state.standing, state.documents, state.listed, state.chunks), ("well", 1, Some(1), 2));
    assert!(state.account.is_some() && state.oldest_change.is_some() && state.last_full_sweep.is_some());
    bench.pass(10 * MINUTE);
    assert_eq!((bench.due().await, bench.due().await), (1, 0));
    // What a person should know of the whole is told after every round.
    let told = "space `HELP`: 1 page is published although restricted in Confluence to 1 group";
    assert_eq!(bench.state().await.notes, [told]);
    bench.pass(25 * MINUTE);
    let state = bench.state().await;
    assert_eq!((state.stale_secs, state.worst_stale_secs), (Some(25 * 60), Some(25 * 60)));
    assert_eq!(bench.due().await, 1);
    let state = bench.state().await;
    assert_eq!((state.stale_secs, state.worst_stale_secs), (Some(0), Some(25 * 60)));
    // Paused, it is not read, not by hand either; what it brought stays.
    assert!(bench.books().pause_source("wiki", None, true).await.unwrap());
    bench.pass(60 * MINUTE);
    assert_eq!(bench.due().await, 0);
    let paused = bench.named("wiki").await;
    let error = bench.app.read_source(&paused, false, Stop::default(), &|_| {}).await.unwrap_err();
    assert!(format!("{error:#}").contains("sources resume wiki"), "{error:#}");
    assert_eq!((bench.state().await.standing, bench.state().await.documents), ("paused", 1));
    assert!(bench.books().pause_source("wiki", None, false).await.unwrap());
    assert_eq!(bench.due().await, 1);
    bench.is_whole().await;
}

#[tokio::test]
async fn what_fails_is_told_until_a_round_ends_well() {
    let bench = Bench::new(true).await;
    bench.wiki.fail("", 1_000, Fault::Status(401));
    for _ in 0..2 {
        assert_eq!((bench.due().await, bench.due().await), (1, 0), "it waits for its interval");
        bench.pass(10 * MINUTE);
    }
    let state = bench.state().await;
    assert_eq!(state.standing, "failing");
    let failure = &state.failures["credentials"];
    assert_eq!((failure.times, failure.since), (2, Timestamp::from_millis(NOON * 1_000)));
    assert!(failure.next.contains("mend the key"), "{failure:?}");
    assert_eq!(state.read_to, None);
    bench.wiki.mend();
    assert_eq!(bench.due().await, 1);
    let state = bench.state().await;
    assert!(state.standing == "well" && state.failures.is_empty(), "{state:?}");
}

#[tokio::test]
async fn a_round_that_was_cut_goes_on_as_the_same_round() {
    let bench = Bench::new(true).await;
    bench.wiki.edit(|site| {
        for number in 0..250 {
            site.add_page("HELP", None, &format!("Page {number}"), &format!("<p>About {number}.</p>"));
        }
    });
    let wiki = bench.named("wiki").await;
    let stop = Stop::default();
    let after_a_page = |progress: Progress| {
        if matches!(progress, Progress::Read { .. }) {
            stop.ask();
        }
    };
    let cut = bench.app.read_source(&wiki, false, stop.clone(), &after_a_page).await;
    assert!(cut.is_err());
    let state = bench.state().await;
    assert_eq!((state.standing, state.read_to), ("reading", None));
    bench.pass(MINUTE);
    assert_eq!(bench.due().await, 1, "it is due at once");
    let state = bench.state().await;
    assert_eq!((state.documents, state.standing), (251, "well"));
    let began = Timestamp::from_millis(NOON * 1_000);
    assert_eq!(state.read_to, Some(began), "what changed since the first page may be unknown");
    bench.is_whole().await;
}

#[tokio::test]
async fn nobody_reads_what_somebody_reads_and_a_crash_lets_go() {
    let bench = Bench::new(true).await;
    bench.due().await;
    bench.pass(10 * MINUTE);
    // Another process has it, and falls.
    let now = bench.app.seams.clock.now();
    let lease = (now, now.plus_millis(MINUTE));
    assert!(bench.app.store.begin_round((bench.tenant, "wiki"), now, lease).await.unwrap());
    let wiki = bench.named("wiki").await;
    let error = bench.app.read_source(&wiki, false, Stop::default(), &|_| {}).await.unwrap_err();
    assert!(format!("{error:#}").contains("being read already"), "{error:#}");
    bench.pass(MINUTE);
    assert_eq!(bench.due().await, 1, "what fell goes on before its next interval");
    assert_eq!(bench.state().await.read_to, Some(now), "as the round that fell");
}

#[tokio::test]
async fn a_source_goes_with_all_it_brought_and_comes_back_the_same() {
    let bench = Bench::new(false).await;
    bench.wiki.edit(|site| {
        for number in 0..300 {
            site.add_page("HELP", None, &format!("Page {number}"), &format!("<p>About {number}.</p>"));
        }
    });
    let settings = format!(
        "[sources.any]\nkind = \"confluence\"\nsite = \"{}\"\nemail = \"{EMAIL}\"\ntoken = \"{API_TOKEN}\"\nspaces = [\"HELP\"]",
        bench.wiki.base_url()
    );
    let add = async || match bench.books().add_source("default", "wiki", &settings).await.unwrap() {
        Added::Ready(account) => account,
        Added::Asks(_) => panic!("a token needs no consent"),
    };
    let account = add().await;
    let again = bench.books().add_source("default", "wiki", &settings).await.unwrap_err();
    assert!(again.to_string().contains("already"), "{again}");
    let other = bench.books().add_source("default", "other", &settings).await.unwrap_err();
    assert!(other.to_string().contains("`wiki` reads this account"), "{other}");
    assert_eq!(bench.due().await, 1);
    let states = async || bench.app.store.chunk_states(bench.tenant, None, u32::MAX).await.unwrap();
    let before = states().await;
    assert!(before.len() >= 301, "{}", before.len());
    let kept = bench.named("wiki").await.connection.unwrap();
    let settings = kept.settings.unwrap();
    assert!(!settings.contains(API_TOKEN) && !format!("{:?}", kept.secret).contains(API_TOKEN), "{settings}");

    let goes = bench.books().what_goes(&bench.named("wiki").await).await.unwrap();
    assert_eq!((goes.documents, goes.account.as_deref()), (301, Some(account.name.as_str())));
    // Asked to stop at once, it goes on with the next call.
    let stop = Stop::default();
    stop.ask();
    assert!(bench.app.remove_source(&bench.named("wiki").await, &stop).await.is_err());
    bench.pass(11 * MINUTE);
    assert_eq!(bench.due().await, 0, "what is being removed is not read");
    let gone = bench.app.remove_source(&bench.named("wiki").await, &Stop::default()).await.unwrap();
    assert_eq!(gone.documents, 301);
    assert_eq!(states().await, []);
    assert!(bench.app.store.list_sources(bench.tenant).await.unwrap().is_empty());
    assert!(bench.books().source("wiki", None).await.is_err());
    bench.is_whole().await;

    add().await;
    assert_eq!(bench.due().await, 1);
    assert_eq!(states().await, before, "the same ids");
    bench.is_whole().await;
}

#[tokio::test]
async fn a_source_of_the_configuration_stays_paused_when_it_is_removed() {
    let bench = Bench::new(true).await;
    bench.due().await;
    bench.app.remove_source(&bench.named("wiki").await, &Stop::default()).await.unwrap();
    bench.pass(60 * MINUTE);
    assert_eq!(bench.due().await, 0);
    let state = bench.state().await;
    assert_eq!((state.standing, state.documents, state.listed), ("paused", 0, None));
    bench.books().pause_source("wiki", None, false).await.unwrap();
    assert_eq!(bench.due().await, 1);
    assert_eq!(bench.state().await.documents, 1);
}

/// Returns a value of the address where consent is given.
fn asked(consent: &Consent, name: &str) -> String {
    let url = Url::parse(consent.url()).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap()
}

fn back(code: &str, state: &str) -> String {
    Url::parse_with_params(REDIRECT_URI, [("code", code), ("state", state)]).unwrap().into()
}

#[tokio::test]
async fn an_account_of_confluence_gives_its_consent() {
    let bench = Bench::new(false).await;
    let base = bench.wiki.base_url();
    let settings = format!(
        "kind = \"confluence\"\nsite = \"{base}\"\nspaces = [\"HELP\"]\ngateway = \"{base}\"\n[oauth]\nclient_id = \"{}\"\nclient_secret = \"{}\"\nredirect_uri = \"{REDIRECT_URI}\"\naddress = \"{base}\"\n",
        APP.0, APP.1
    );
    let ask = async || match bench.books().add_source("default", "wiki", &settings).await.unwrap() {
        Added::Asks(consent) => *consent,
        Added::Ready(_) => panic!("consent is needed"),
    };
    let consent = ask().await;
    let wrong = back(&bench.wiki.grant_code(), "another");
    let error = bench.books().take_consent(consent, &wrong).await.unwrap_err();
    assert!(error.to_string().contains("another attempt"), "{error}");
    assert!(bench.books().sources().await.unwrap().is_empty(), "nothing is kept of it");
    let consent = ask().await;
    let state = asked(&consent, "state");
    let code = bench.wiki.grant_code();
    bench.books().take_consent(consent, &back(&code, &state)).await.unwrap();
    assert_eq!(bench.due().await, 1);
    let state = bench.state().await;
    assert_eq!((state.documents, state.standing), (1, "well"), "{state:?}");
    // The refresh token changes with every use; a new process finds the newest.
    bench.pass(10 * MINUTE);
    bench.wiki.fail("", 1, Fault::Expire);
    assert_eq!(bench.due().await, 1);
    assert_eq!(bench.state().await.standing, "well");
    // Consent again, for a source that stands.
    let consent = bench.books().ask_consent("wiki", None).await.unwrap();
    let state = asked(&consent, "state");
    let code = bench.wiki.grant_code();
    bench.books().take_consent(consent, &back(&code, &state)).await.unwrap();
    bench.pass(10 * MINUTE);
    assert_eq!((bench.due().await, bench.state().await.standing), (1, "well"));
}

#[tokio::test]
async fn a_user_of_google_gives_consent() {
    let bench = Bench::new(false).await;
    let drive = Drive::start(&Google::at(NOON)).await.unwrap();
    let root = drive.edit(|world| {
        let root = world.add_user(READER, "Reader").root;
        world.add_doc(&root, "Ring the bell", Doc::text("Pull the bell twice."));
        root
    });
    drive.set_client("client", "client-secret");
    drive.rotate_refresh_tokens();
    let settings = format!(
        "kind = \"google\"\nroots = [\"folder:{root}\"]\nbase_url = \"{}\"\noauth = {{ client_id = \"client\", client_secret = \"client-secret\", redirect_uri = \"{REDIRECT_URI}\" }}\n",
        drive.base_url()
    );
    let Added::Asks(consent) = bench.books().add_source("default", "drive", &settings).await.unwrap() else {
        panic!("consent is needed")
    };
    let (state, challenge) = (asked(&consent, "state"), asked(&consent, "code_challenge"));
    let code = drive.add_code(READER, &asked(&consent, "scope"), &challenge);
    bench.books().take_consent(*consent, &back(&code, &state)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(bench.due().await, 1);
        let state = bench.state().await;
        assert_eq!((state.documents, state.standing), (1, "well"), "{state:?}");
        drive.expire_tokens();
        bench.pass(5 * MINUTE);
    }
    drive.revoke_all();
    bench.due().await;
    let state = bench.state().await;
    assert!(state.failures["credentials"].next.contains("sources authorize drive"), "{state:?}");
}

#[tokio::test]
async fn what_cannot_be_added_is_named_and_leaves_nothing() {
    let bench = Bench::new(true).await;
    for (name, text, part) in [
        ("a b", "kind = \"confluence\"", "no name"),
        ("", "kind = \"confluence\"", "no name"),
        ("wiki", "kind = \"confluence\"", "already"),
        ("x", "kind = ", "TOML"),
        ("x", "kind = \"notion\"", "cannot be used"),
        ("x", "kind = \"google\"\nroots = [\"folder:1\"]", "state `key_file`"),
        ("x", "kind = \"google\"\nkey_file = \"/nowhere.json\"\nroots = [\"folder:1\"]", "/nowhere.json"),
        ("x", "[sources.a]\nkind = \"google\"\n[sources.b]\nkind = \"google\"", "several sources"),
    ] {
        let error = bench.books().add_source("default", name, text).await.unwrap_err();
        assert!(format!("{error:#}").contains(part), "`{part}` is not in: {error:#}");
    }
    let wrong = format!(
        "kind = \"confluence\"\nsite = \"{}\"\nemail = \"{EMAIL}\"\ntoken = \"wrong\"\nspaces = [\"*\"]",
        bench.wiki.base_url()
    );
    assert!(bench.books().add_source("default", "x", &wrong).await.is_err());
    assert_eq!(bench.books().sources().await.unwrap().len(), 1);
    let error = bench.books().ask_consent("wiki", None).await.unwrap_err();
    assert!(error.to_string().contains("needs no consent"), "{error}");
}

/// A model that waits in its first call until it is let go.
struct Slow {
    model: Scripted,
    is_armed: AtomicBool,
    entered: Notify,
    go: Notify,
}

#[async_trait]
impl Embedder for Slow {
    fn model(&self) -> &ModelInfo {
        self.model.model()
    }

    async fn embed(&self, texts: &[String], role: Role) -> Result<Vec<Vec<f32>>, llm::Error> {
        if self.is_armed.swap(false, Ordering::SeqCst) {
            self.entered.notify_one();
            self.go.notified().await;
        }
        self.model.embed(texts, role).await
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text)
    }
}

#[tokio::test]
async fn what_is_taken_away_while_its_vectors_are_made_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Arc::new(Slow {
        model: Scripted::new(64),
        is_armed: AtomicBool::new(false),
        entered: Notify::new(),
        go: Notify::new(),
    });
    let places =
        Places { data: folder.path().join("data"), config: None, cache: folder.path().join("cache") };
    let seams = Seams { embedder: Some(Arc::<Slow>::clone(&slow)), ..Seams::real() };
    let app = App::build(places, Settings::default_settings().unwrap(), seams).await.unwrap();
    let tenant = app.tenant("default").await.unwrap();
    let inbox = folder.path().join("inbox");
    std::fs::create_dir_all(&inbox).unwrap();
    std::fs::write(inbox.join("lamp.md"), "# Lamp\n\nTurn it to the left.").unwrap();
    slow.is_armed.store(true, Ordering::SeqCst);
    let taking_away = async {
        slow.entered.notified().await;
        let source = app.store.list_sources(tenant).await.unwrap().remove(0).id;
        let deletions = app.store.some_of_source(tenant, source, 10).await.unwrap();
        let write = PageWrite { deletions, ..PageWrite::default() };
        app.store.save_page(tenant, source, write, Timestamp::from_millis(NOON * 1_000)).await.unwrap();
        app.ingest.drain(tenant, &Stop::default(), &|_| {}).await.unwrap();
        slow.go.notify_one();
    };
    let (read, ()) =
        tokio::join!(app.read_files(tenant, &inbox, false, Stop::default(), &|_| {}), taking_away);
    read.unwrap();
    let comparison = app.compare_index(tenant).await.unwrap();
    assert!(comparison.waiting == 0 && comparison.differences.is_empty(), "{comparison:?}");
    assert!(app.store.chunk_states(tenant, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_version_that_claims_to_be_of_tomorrow_counts_now() {
    let bench = Bench::new(false).await;
    let inbox = bench.folder.path().join("inbox");
    std::fs::create_dir_all(&inbox).unwrap();
    let write = |audience: &str, at: &str| {
        let text =
            format!("---\naudience: {audience}\nupdated_at: {at}\n---\n# Lamp\n\nTurn it to the left.\n");
        std::fs::write(inbox.join("lamp.md"), text).unwrap();
    };
    write("public", "2026-01-01T00:00:00Z");
    bench.app.read_files(bench.tenant, &inbox, false, Stop::default(), &|_| {}).await.unwrap();
    bench.pass(MINUTE);
    write("internal", "2026-12-31T00:00:00Z");
    bench.app.read_files(bench.tenant, &inbox, false, Stop::default(), &|_| {}).await.unwrap();
    bench.pass(MINUTE);
    let ask = Ask {
        text: "How do I turn the lamp?".to_owned(),
        person: None,
        assurance: Assurance::Claimed,
        purpose: Purpose::Auto,
        customer: domain::Applicability::default(),
        as_of: None,
    };
    let answer = bench.app.ask(bench.tenant, &ask).await.unwrap();
    let found = answer.response.evidence.map_or(0, |evidence| evidence.kept.len());
    assert_eq!(found, 0, "the public version is over");
}
