//! The connector against a small Intercom: the contract of sources first, then what is Intercom's own.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

mod answers;
mod discretion;
mod fake;
mod imports;
mod mapping;

use async_trait::async_trait;
use connector::Source;
use connector::testing::{Applied, Change, Harness, PAGE, Trouble, source_suite};
use domain::record::{ExternalId, RecordKind};
use fake::{Fake, TOKEN};
use serde_json::json;
use wiremock::MockServer;

/// A workspace in which items are articles, conversations, companies and internal articles by turns.
struct Workspace {
    fake: Fake,
    server: MockServer,
}

impl Workspace {
    fn named(number: usize) -> (&'static str, String) {
        let kind = ["articles", "conversations", "companies", "internal_articles"][number % 4];
        (kind, (100 + number).to_string())
    }

    fn put(&self, number: usize, text: &str) {
        let (kind, id) = Self::named(number);
        let thing = match kind {
            "articles" => json!({"title": "Item", "body": format!("<p>{text}</p>"), "state": "published",
                "url": format!("https://help.example/acme/en/articles/{id}-item"), "shoe_size": 43}),
            "conversations" => json!({"state": "open", "shoe_size": {"eu": 43},
                "source": {"type": "conversation", "body": text, "author": {"type": "user", "id": "u"}},
                "conversation_parts": {"conversation_parts": [], "total_count": 0}}),
            "companies" => json!({"name": text, "shoe_size": [43]}),
            _ => json!({"title": "Item", "body": text, "locale": "en", "shoe_size": null}),
        };
        self.fake.put(kind, &id, thing);
    }
}

#[async_trait]
impl Harness for Workspace {
    async fn open(&self) -> Box<dyn Source> {
        self.fake.source(&self.server, PAGE)
    }

    async fn change(&mut self, change: Change) -> Applied {
        match change {
            Change::Put { number, text } => self.put(number, &text),
            Change::Remove { number } => {
                let (kind, id) = Self::named(number);
                self.fake.remove(kind, &id);
            }
            Change::Spoil => {
                self.fake.put("articles", "bad", json!({"id": null, "state": "published", "title": "Bad"}));
                self.fake.put("companies", "bad", json!({"id": {}, "name": "Bad"}));
                self.fake.put("conversations", "bad", json!({"created_at": "yesterday"}));
            }
            Change::Begin(Trouble::Gone) => return Applied::Unknown,
            Change::Begin(trouble) => {
                let status = match trouble {
                    Trouble::RateLimited => 429,
                    Trouble::Unauthorised => 401,
                    _ => 503,
                };
                self.fake.state().trouble = Some(status);
            }
            Change::End => self.fake.state().trouble = None,
        }
        Applied::Done
    }

    fn id(&self, number: usize) -> ExternalId {
        let (kind, id) = Self::named(number);
        match kind {
            "articles" => ExternalId { kind: RecordKind::Document, id: format!("{id}:en") },
            "conversations" => ExternalId { kind: RecordKind::Conversation, id },
            "companies" => ExternalId { kind: RecordKind::Company, id },
            _ => ExternalId { kind: RecordKind::Document, id: format!("internal:{id}") },
        }
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    let (fake, server) = Fake::start().await;
    source_suite(&mut Workspace { fake, server }).await;
}
