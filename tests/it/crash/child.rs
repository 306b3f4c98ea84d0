//! The process that is killed, and the one that kills it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use app::llm::scripted::Scripted;
use app::seams::{FixedClock, NoChannels, RandomIds, Seams};
use app::{App, Places, Progress, Settings, Stop};
use connector::{Account, Cursor, Listing, Page, Source};
use domain::record::{ExternalId, Record, RecordKind};
use domain::{Timestamp, text};
use ingest::pipeline::Run;
use llm::{Embedder, ModelInfo, Role};
use serde::{Deserialize, Serialize};

/// What the child is told.
const HOME: &str = "BACKSTORY_CRASH_HOME";
const INBOX: &str = "BACKSTORY_CRASH_INBOX";
const NOW: &str = "BACKSTORY_CRASH_NOW";

/// Small pages, so that there are many of them.
const PAGE_RECORDS: usize = 12;

/// What an ingest says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Event {
    /// The process has begun.
    Begun,
    /// The installation is open.
    Opened,
    /// A page is stored, with these things and their hashes.
    Saved(Vec<(String, String)>),
    /// Texts are about to be embedded.
    Embedding,
    /// So many chunks are in the index.
    Indexed(u64),
    /// Everything is done.
    Done,
}

impl Event {
    pub(super) fn saved(&self) -> Option<&[(String, String)]> {
        match self {
            Self::Saved(items) => Some(items),
            _ => None,
        }
    }
}

type Tell<'a> = &'a (dyn Fn(&Event) + Sync);

/// A model that says when it is asked.
struct Loud {
    model: Scripted,
    tell: fn(&Event),
}

#[async_trait::async_trait]
impl Embedder for Loud {
    fn model(&self) -> &ModelInfo {
        self.model.model()
    }

    async fn embed(&self, texts: &[String], role: Role) -> Result<Vec<Vec<f32>>, llm::Error> {
        (self.tell)(&Event::Embedding);
        self.model.embed(texts, role).await
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text)
    }
}

/// A source that remembers what it handed over last.
#[derive(Debug)]
struct Watched {
    source: Box<dyn Source>,
    last: Mutex<Vec<(String, String)>>,
}

#[async_trait::async_trait]
impl Source for Watched {
    async fn check(&self) -> Result<Account, connector::Error> {
        self.source.check().await
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, connector::Error> {
        let page = self.source.pull(cursor).await?;
        *self.last.lock().unwrap() = page.records.iter().filter_map(named).collect();
        Ok(page)
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, connector::Error> {
        self.source.list(after).await
    }
}

/// Returns the name of a record and the hash under which the store remembers it.
fn named(record: &Record) -> Option<(String, String)> {
    let (kind, id) = match record {
        Record::Document(raw) => (RecordKind::Document, &raw.external_id),
        Record::Conversation(raw) => (RecordKind::Conversation, &raw.external_id),
        _ => return None,
    };
    let hash = text::hash(&[format!("{record:?}").as_bytes()]);
    Some((format!("{} {id}", kind.name()), text::hex(&hash)))
}

/// Opens the installation in `home`.
pub(super) async fn open(home: &Path, now: Timestamp, tell: fn(&Event)) -> anyhow::Result<App> {
    let places = Places { data: home.join("data"), config: None, cache: home.join("cache") };
    let seams = Seams {
        clock: Arc::new(FixedClock(now)),
        ids: Arc::new(RandomIds),
        embedder: Some(Arc::new(Loud { model: Scripted::new(64), tell })),
        channels: Arc::new(NoChannels),
    };
    App::build(places, Settings::default_settings()?, seams).await
}

/// Reads the folder as `backstory ingest` does, with small pages.
pub(super) async fn read(app: &App, inbox: &Path, now: Timestamp, tell: Tell<'_>) -> anyhow::Result<()> {
    let tenant = app.tenant("default").await?;
    let mut config = files::Config::new(inbox, now);
    config.page_records = PAGE_RECORDS;
    let source = Watched { source: files::build(config)?, last: Mutex::default() };
    let progress = |progress: Progress| match progress {
        Progress::Read { .. } => tell(&Event::Saved(source.last.lock().unwrap().clone())),
        Progress::Indexed { chunks, .. } => tell(&Event::Indexed(chunks)),
    };
    let run = Run { tenant, now, allow_shrink: false, stop: Stop::default() };
    app.ingest.run(&run, &source, &progress).await?;
    tell(&Event::Done);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the only way to tell a test of a child process anything")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn say(event: &Event) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nevent {}", serde_json::to_string(event).unwrap()).unwrap();
    out.flush().unwrap();
}

/// Does nothing unless it is run as the child.
#[tokio::test]
async fn run() {
    let (Some(home), Some(inbox), Some(now)) = (told(HOME), told(INBOX), told(NOW)) else {
        return;
    };
    let now: Timestamp = now.parse().unwrap();
    say(&Event::Begun);
    let app = open(Path::new(&home), now, say).await.unwrap();
    say(&Event::Opened);
    read(&app, Path::new(&inbox), now, &say).await.unwrap();
}

/// Runs the child and kills it some time after `events` more than the first; returns what it said and whether
/// it was killed before it had finished.
pub(super) fn run_and_kill(
    home: &Path,
    inbox: &Path,
    now: Timestamp,
    events: usize,
    then: Duration,
) -> (Vec<Event>, bool) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child::run", "--exact", "--nocapture", "--test-threads=1"])
        .envs([(HOME, home.as_os_str()), (INBOX, inbox.as_os_str())])
        .env(NOW, now.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (tell, hear) = mpsc::channel();
    let listener = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some(event) = line.strip_prefix("event ") {
                let _ = tell.send(serde_json::from_str::<Event>(event).unwrap());
            }
        }
    });
    let mut said: Vec<Event> = hear.iter().take(events + 1).collect();
    // Not a wait for something to be ready: the moment of the kill is what varies.
    said.extend(hear.recv_timeout(then).ok());
    child.kill().unwrap();
    child.wait().unwrap();
    listener.join().unwrap();
    said.extend(hear.try_iter());
    assert!(!said.is_empty(), "the child said nothing");
    let finished = said.last() == Some(&Event::Done);
    (said, !finished)
}
