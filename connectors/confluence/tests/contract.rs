//! The connector against a stand-in: the contract of sources first, then what is Confluence's own.
#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

mod auth;
mod day;
mod faults;
mod inputs;
mod looked;
mod rights;
mod stock;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use confluence::{Auth, Config, Hosting, build};
use confluence_fake::{API_TOKEN, EMAIL, Fake, Fault, PERSONAL_TOKEN};
use connector::testing::{Applied, Change, Harness, PAGE, Trouble, source_suite};
use connector::{Secret, Source};
use domain::Timestamp;
use domain::record::{ExternalId, RecordKind};

/// A site in which items are pages, blog posts and attachments by turns.
struct Site {
    fake: Fake,
    is_cloud: bool,
    sweep_every: Duration,
    ids: BTreeMap<usize, u64>,
    home: u64,
}

/// Returns a configuration for a stand-in.
fn config(fake: &Fake, is_cloud: bool) -> Config {
    let (hosting, auth) = if is_cloud {
        let site = fake.base_url().to_owned();
        let auth = Auth::ApiToken { email: EMAIL.into(), token: Secret::new(API_TOKEN) };
        (Hosting::Cloud { site, cloud_id: None, gateway: None }, auth)
    } else {
        let address = fake.datacenter();
        (Hosting::DataCenter { address }, Auth::PersonalToken { token: Secret::new(PERSONAL_TOKEN) })
    };
    let now = Timestamp::from_millis(fake.edit(|site| site.now));
    Config { retry_wait: Duration::ZERO, ..Config::usual(hosting, auth, vec!["DOC".into()], now) }
}

impl Site {
    async fn new(is_cloud: bool, sweep_every: Duration) -> Self {
        let fake = Fake::start().await.unwrap();
        fake.edit(|site| site.add_space("DOC", "Documentation"));
        Self { fake, is_cloud, sweep_every, ids: BTreeMap::new(), home: 0 }
    }
}

#[async_trait]
impl Harness for Site {
    async fn open(&self) -> Box<dyn Source> {
        let config = config(&self.fake, self.is_cloud);
        build(Config { page_records: PAGE, sweep_every: self.sweep_every, ..config }).unwrap()
    }

    async fn change(&mut self, change: Change) -> Applied {
        match change {
            Change::Put { number, text } => {
                let body = format!("<p>{text}</p>");
                let known = self.ids.get(&number).copied();
                let id = self.fake.edit(|site| {
                    site.now += 60_000;
                    match (known, number % 3) {
                        (Some(id), 2) => {
                            site.content(id).bytes = text.clone().into_bytes();
                            site.write(id, "");
                            id
                        }
                        (Some(id), _) => {
                            site.write(id, &body);
                            id
                        }
                        (None, 0) => site.add_page("DOC", None, &format!("Page {number}"), &body),
                        (None, 1) => site.add(
                            confluence_fake::Kind::BlogPost,
                            "DOC",
                            None,
                            &format!("News {number}"),
                            &body,
                        ),
                        (None, _) => {
                            let page = *self.ids.values().next().unwrap();
                            site.attach(page, &format!("file {number}.txt"), "text/plain", text.as_bytes())
                        }
                    }
                });
                self.ids.insert(number, id);
            }
            Change::Remove { number } => self.fake.edit(|site| site.purge(self.ids[&number])),
            Change::Spoil => {
                let id = self.fake.edit(|site| site.add_page("DOC", None, "Bad", "<p>bad</p>"));
                self.fake.edit(|site| site.content(id).is_broken = true);
                self.home = id;
            }
            Change::Begin(trouble) => {
                let fault = match trouble {
                    Trouble::RateLimited => Fault::Limited(120),
                    Trouble::Unauthorised => Fault::Status(401),
                    Trouble::Gone => Fault::Status(404),
                    Trouble::Down => Fault::Status(503),
                };
                self.fake.fail("/", usize::MAX, fault);
            }
            Change::End => self.fake.mend(),
        }
        Applied::Done
    }

    fn id(&self, number: usize) -> ExternalId {
        let id = self.ids[&number];
        let id = if number % 3 == 2 { format!("att{id}") } else { id.to_string() };
        ExternalId { kind: RecordKind::Document, id }
    }

    fn secrets(&self) -> Vec<String> {
        vec![API_TOKEN.to_owned(), PERSONAL_TOKEN.to_owned(), "Ann Example".to_owned()]
    }
}

#[tokio::test]
async fn cloud_keeps_the_contract_when_everything_is_compared() {
    source_suite(&mut Site::new(true, Duration::ZERO).await).await;
}

#[tokio::test]
async fn cloud_keeps_the_contract_when_changes_are_searched_for() {
    source_suite(&mut Site::new(true, Duration::from_secs(86_400 * 365)).await).await;
}

#[tokio::test]
async fn datacenter_keeps_the_contract() {
    source_suite(&mut Site::new(false, Duration::ZERO).await).await;
    source_suite(&mut Site::new(false, Duration::from_secs(86_400 * 365)).await).await;
}
