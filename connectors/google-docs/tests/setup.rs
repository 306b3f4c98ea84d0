//! A Drive of one reader, and what a store would hold after reading it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use connector::{Cursor, Error, Keyring, Problem, Secret, Source};
use domain::Timestamp;
use domain::record::{ExternalId, RawAudience, Record, RecordKind};
use google_docs::{Auth, Config, Connection, Limits, Reach, SourceConfig};
use google_docs_fake::{Clock, Fake};

/// 24 November 2026, 12:00 UTC.
pub(crate) const NOON: i64 = 1_795_521_600;
pub(crate) const READER: &str = "reader@tenant.example";
pub(crate) const CLIENT: &str = "client-1";
pub(crate) const SECRET: &str = "client-secret-77";

/// Keeps a refresh token in memory.
#[derive(Debug)]
pub(crate) struct Ring(pub(crate) Mutex<Secret>);

#[async_trait]
impl Keyring for Ring {
    async fn refresh_token(&self) -> Result<Secret, Error> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn replace(&self, old: &Secret, new: &Secret) -> Result<bool, Error> {
        let mut kept = self.0.lock().unwrap();
        let is_same = *kept == *old;
        if is_same {
            *kept = new.clone();
        }
        Ok(is_same)
    }
}

pub(crate) struct Drive {
    pub(crate) fake: Fake,
    /// The reader's My Drive.
    pub(crate) root: String,
    pub(crate) refresh: String,
    pub(crate) ring: Arc<Ring>,
}

impl Drive {
    pub(crate) async fn start() -> Drive {
        let fake = Fake::start(&Clock::at(NOON)).await.unwrap();
        let root = fake.edit(|world| {
            world.limits.drive_per_minute = 1_000_000;
            world.limits.docs_per_minute = 1_000_000;
            world.add_user(READER, "Reader").root
        });
        fake.set_client(CLIENT, SECRET);
        let refresh = fake.add_refresh_token(READER, Reach::DocsAndFiles.scopes());
        let ring = Arc::new(Ring(Mutex::new(Secret::new(&refresh))));
        Drive { fake, root, refresh, ring }
    }

    pub(crate) fn connection(&self) -> Connection {
        let keyring: Arc<dyn Keyring> = self.ring.clone();
        Connection {
            auth: Auth::User { client_id: CLIENT.into(), client_secret: Secret::new(SECRET), keyring },
            reach: Reach::DocsAndFiles,
            base_url: Some(self.fake.base_url().to_owned()),
            now: Timestamp::from_millis(self.fake.clock().now_ms()),
            timeout: Connection::TIMEOUT,
            limits: Limits {
                drive_per_minute: 1_000_000,
                docs_per_minute: 1_000_000,
                retries: 0,
                backoff: Duration::from_millis(1),
            },
        }
    }

    pub(crate) fn source(&self, source: SourceConfig) -> Box<dyn Source> {
        google_docs::build(Config { connection: self.connection(), source }).unwrap()
    }

    /// Returns how many calls went to a path that begins so, since they were forgotten.
    pub(crate) fn calls(&self, path: &str) -> usize {
        self.fake.requests().iter().filter(|request| request.path.starts_with(path)).count()
    }
}

/// What a store would hold.
#[derive(Debug, Default, Clone)]
pub(crate) struct Mirror {
    pub(crate) documents: BTreeMap<String, (String, RawAudience)>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) handed: usize,
    pub(crate) cursor: Option<Cursor>,
}

impl Mirror {
    /// Pulls until there is nothing more.
    pub(crate) async fn pull(&mut self, source: &dyn Source) -> Result<(), Error> {
        self.problems.clear();
        self.handed = 0;
        for _ in 0..2_000 {
            let page = source.pull(self.cursor.as_ref()).await?;
            self.take(page.records);
            self.problems.extend(page.problems);
            self.cursor = Some(page.next);
            if !page.more {
                return Ok(());
            }
        }
        panic!("a round without end");
    }

    /// Has documents looked at by their own ids.
    pub(crate) async fn look(&mut self, source: &dyn Source, ids: &[&str]) -> Result<(), Error> {
        let named = |id: &&str| ExternalId { kind: RecordKind::Document, id: (*id).to_owned() };
        let ids: Vec<ExternalId> = ids.iter().map(named).collect();
        let cursor = self.cursor.clone().expect("a round came before");
        let looked = source.look(&cursor, &ids).await?.expect("Drive can be looked into");
        self.take(looked.records);
        self.cursor = Some(looked.next);
        Ok(())
    }

    fn take(&mut self, records: Vec<Record>) {
        for record in records {
            match record {
                Record::Document(document) => {
                    self.handed += 1;
                    let what = (document.markdown, document.audience);
                    self.documents.insert(document.external_id, what);
                }
                Record::Deleted(id) => {
                    self.documents.remove(&id.id);
                }
                other => panic!("no such record is expected: {other:?}"),
            }
        }
    }

    /// Lists everything and drops what is not listed; `false` when a part could not be seen.
    pub(crate) async fn sweep(&mut self, source: &dyn Source) -> Result<bool, Error> {
        let Some(listed) = list(source).await? else { return Ok(false) };
        self.documents.retain(|id, _| listed.contains(id));
        Ok(true)
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.documents.keys().map(String::as_str).collect()
    }

    pub(crate) fn audience(&self, id: &str) -> Option<&RawAudience> {
        self.documents.get(id).map(|(_, audience)| audience)
    }

    pub(crate) fn text(&self, id: &str) -> &str {
        self.documents.get(id).map_or("", |(text, _)| text)
    }
}

/// Returns all ids that are listed; none when a part could not be seen.
pub(crate) async fn list(source: &dyn Source) -> Result<Option<Vec<String>>, Error> {
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = source.list(after.as_ref()).await?;
        if !page.unseen.is_empty() {
            return Ok(None);
        }
        after = page.ids.last().cloned().or(after);
        ids.extend(page.ids.into_iter().map(|id| id.id));
        if !page.more {
            return Ok(Some(ids));
        }
    }
}
