//! The connector against a small Drive: the contract of sources first, then what is Drive's own.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

mod auth;
mod between;
mod changes;
mod content;
mod discretion;
mod faults;
mod large;
mod push;
mod rights;
mod setup;

use async_trait::async_trait;
use connector::Source;
use connector::testing::{Applied, Change, Harness, PAGE, Trouble, source_suite};
use domain::record::{ExternalId, RecordKind};
use google_docs::{Root, SourceConfig};
use google_docs_fake::{Doc, Fault, Kind};
use serde_json::json;
use setup::Drive;

/// A user's folder and a shared drive, in which items are Google Docs and Markdown files by turns.
struct Workspace {
    drive: Drive,
    places: [String; 3],
}

impl Workspace {
    async fn start() -> Workspace {
        let drive = Drive::start().await;
        let places = drive.fake.edit(|world| {
            world.quirks.odd_members = true;
            let folder = world.add_folder(&drive.root, "Help");
            let inner = world.add_folder(&folder, "Inner");
            let shared = world.add_drive("Team", setup::READER);
            [folder, inner, shared]
        });
        Workspace { drive, places }
    }

    fn named(number: usize) -> String {
        format!("item-{number:04}")
    }
}

#[async_trait]
impl Harness for Workspace {
    async fn open(&self) -> Box<dyn Source> {
        let roots = vec![Root::Folder(self.places[0].clone()), Root::Drive(self.places[2].clone())];
        self.drive.source(SourceConfig { page_records: PAGE, ..SourceConfig::usual(roots) })
    }

    async fn change(&mut self, change: Change) -> Applied {
        let places = self.places.clone();
        match change {
            Change::Put { number, text } => self.drive.fake.edit(|world| {
                let id = Self::named(number);
                let kind = match number % 4 {
                    1 => Kind::File("text/markdown".into(), format!("# Item\n\n{text}\n").into_bytes()),
                    _ => Kind::Doc(Doc::text(&text)),
                };
                if world.find(&id).is_some() {
                    world.delete(&id);
                }
                world.add_as(&id, &places[number % 3], "Item", kind);
            }),
            Change::Remove { number } => self.drive.fake.edit(|world| match number % 2 {
                0 => world.trash(&Self::named(number), true),
                _ => world.delete(&Self::named(number)),
            }),
            Change::Spoil => self.drive.fake.edit(|world| {
                world.add(&places[0], "Bad", Kind::Doc(Doc::odd(json!({"tabs": "none"}))));
                world.add(&places[0], "Photo", Kind::File("image/png".into(), vec![1, 2, 3]));
                world.add(&places[1], "Broken", Kind::File("application/pdf".into(), vec![0xe4, 0xf6]));
                world.add(&places[2], "Elsewhere", Kind::Shortcut("nowhere".into()));
            }),
            Change::Begin(trouble) => self.drive.fake.trouble(Some(match trouble {
                Trouble::RateLimited => Fault::status(403, "userRateLimitExceeded"),
                Trouble::Unauthorised => Fault::status(401, "authError"),
                Trouble::Gone => Fault::status(404, "notFound"),
                Trouble::Down => Fault::status(503, "backendError"),
            })),
            Change::End => self.drive.fake.trouble(None),
        }
        Applied::Done
    }

    fn id(&self, number: usize) -> ExternalId {
        ExternalId { kind: RecordKind::Document, id: Self::named(number) }
    }

    fn secrets(&self) -> Vec<String> {
        vec![
            setup::SECRET.to_owned(),
            self.drive.refresh.clone(),
            "ya29.".to_owned(),
            "Ann Example".to_owned(),
        ]
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    source_suite(&mut Workspace::start().await).await;
}
