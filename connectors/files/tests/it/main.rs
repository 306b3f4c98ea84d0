//! Folders as people keep them: changes, bad input, and the exact records they give.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

mod bad_input;
mod changes;
mod lines;
mod mapping;
mod model;
mod real;

use std::fs;
use std::path::{Path, PathBuf};

use connector::{Cursor, Effect, Page, Problem, Source};
use domain::Timestamp;
use domain::record::{RawConversation, RawDocument, Record};
use files::Config;
use tempfile::TempDir;

/// A temporary folder and the cursor of the last round over it.
struct Folder {
    home: TempDir,
    config: Config,
    cursor: Option<Cursor>,
}

/// What a round over a folder gave.
#[derive(Debug, Default)]
struct Round {
    records: Vec<Record>,
    problems: Vec<Problem>,
    pages: usize,
}

impl Folder {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = Config::new(home.path(), now());
        Self { home, config, cursor: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Reads what changed since the last round, each page as a new process would.
    async fn sync(&mut self) -> Round {
        let mut round = Round::default();
        loop {
            let Page { records, problems, next, more } =
                self.open().pull(self.cursor.as_ref()).await.unwrap();
            round.records.extend(records);
            round.problems.extend(problems);
            round.pages += 1;
            self.cursor = Some(next);
            if !more {
                return round;
            }
        }
    }

    fn open(&self) -> Box<dyn Source> {
        files::build(self.config.clone()).unwrap()
    }

    async fn ids(&self) -> Vec<String> {
        let source = self.open();
        let mut ids = Vec::new();
        loop {
            let listing = source.list(ids.last()).await.unwrap();
            assert_eq!(listing.unseen, []);
            ids.extend(listing.ids);
            if !listing.more {
                return ids.into_iter().map(|id| id.id).collect();
            }
        }
    }
}

impl Round {
    fn documents(&self) -> Vec<&RawDocument> {
        self.records
            .iter()
            .filter_map(|record| if let Record::Document(document) = record { Some(document) } else { None })
            .collect()
    }

    fn conversations(&self) -> Vec<&RawConversation> {
        self.records
            .iter()
            .filter_map(|record| if let Record::Conversation(talk) = record { Some(&**talk) } else { None })
            .collect()
    }

    fn ids(&self) -> Vec<String> {
        self.records.iter().map(|record| connector::testing::id_of(record).unwrap().id).collect()
    }

    fn skipped(&self) -> Vec<String> {
        self.told(Effect::Skipped)
    }

    fn kept(&self) -> Vec<String> {
        self.told(Effect::Kept)
    }

    fn told(&self, effect: Effect) -> Vec<String> {
        self.problems.iter().filter(|problem| problem.effect == effect).map(ToString::to_string).collect()
    }
}

fn now() -> Timestamp {
    "2025-06-01T00:00:00Z".parse().unwrap()
}

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// Makes a file look as if it was written long ago.
fn age(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000)).unwrap();
}
