//! The contract of sources, on a folder with every kind of file.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use async_trait::async_trait;
use connector::Source;
use connector::testing::{Applied, Change, Harness, PAGE, Trouble, source_suite};
use domain::record::{ExternalId, RecordKind};
use files::Config;
use serde_json::json;
use tempfile::TempDir;

/// A folder in which every third item is a Markdown file, a compressed line of a conversation, or a line of
/// an article.
struct Folder {
    home: TempDir,
    items: BTreeMap<usize, String>,
    spoilt: bool,
}

impl Folder {
    fn new() -> Self {
        let folder = Self { home: tempfile::tempdir().unwrap(), items: BTreeMap::new(), spoilt: false };
        fs::create_dir(folder.root()).unwrap();
        folder
    }

    fn root(&self) -> PathBuf {
        self.home.path().join("root")
    }

    fn write(&self) {
        let _ = fs::remove_dir_all(self.root());
        fs::create_dir_all(self.root().join("how to")).unwrap();
        let mut articles = String::new();
        let mut conversations = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        if self.spoilt {
            fs::write(self.root().join("how to/bad.md"), "---\naudience: [internal\n---\nText").unwrap();
            articles.push_str("{\"id\": \"broken\", \"text\": \n");
            writeln!(conversations, "no JSON at all").unwrap();
        }
        for (number, text) in &self.items {
            let id = self.id(*number).id;
            match number % 3 {
                0 => {
                    let text = format!("---\ntitle: Item\nshoe_size: 43\n---\n{text}\n");
                    fs::write(self.root().join(id), text).unwrap();
                }
                1 => {
                    let row = json!({"conversation_id": id, "created_at": "2025-03-01T12:00:00Z", "shoe_size": 43,
                        "turns": [{"author": "customer", "text": text, "mood": {"is": "good"}}]});
                    writeln!(conversations, "{row}").unwrap();
                }
                _ => articles.push_str(&format!("{}\n", json!({"id": id, "text": text, "shoe_size": [43]}))),
            }
        }
        if self.items.keys().any(|number| number % 3 == 1) {
            fs::write(self.root().join("conversations.jsonl.gz"), conversations.finish().unwrap()).unwrap();
        }
        if !articles.is_empty() {
            fs::write(self.root().join("articles.jsonl"), articles).unwrap();
        }
    }
}

#[async_trait]
impl Harness for Folder {
    async fn open(&self) -> Box<dyn Source> {
        let config = Config { page_records: PAGE, ..Config::new(self.root(), "2025-06-01".parse().unwrap()) };
        files::build(config).unwrap()
    }

    async fn change(&mut self, change: Change) -> Applied {
        match change {
            Change::Put { number, text } => drop(self.items.insert(number, text)),
            Change::Remove { number } => drop(self.items.remove(&number)),
            Change::Spoil => self.spoilt = true,
            Change::Begin(Trouble::Gone) => {
                fs::rename(self.root(), self.home.path().join("elsewhere")).unwrap();
                return Applied::Done;
            }
            Change::Begin(_) => return Applied::Unknown,
            Change::End => {
                fs::rename(self.home.path().join("elsewhere"), self.root()).unwrap();
                return Applied::Done;
            }
        }
        self.write();
        Applied::Done
    }

    fn id(&self, number: usize) -> ExternalId {
        match number % 3 {
            0 => ExternalId { kind: RecordKind::Document, id: format!("how to/item-{number:02}.md") },
            1 => ExternalId { kind: RecordKind::Conversation, id: format!("chat-{number:02}") },
            _ => ExternalId { kind: RecordKind::Document, id: format!("row-{number:02}") },
        }
    }

    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    source_suite(&mut Folder::new()).await;
}
