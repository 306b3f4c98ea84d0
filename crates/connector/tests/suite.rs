//! The suite accepts the smallest good source, and refuses each of a list of bad ones.

use std::time::Duration;

use async_trait::async_trait;
use connector::testing::{Applied, Change, Harness, Memory, PAGE, Trouble, source_suite};
use connector::{Account, Cursor, Error, Listing, Page, Problem, Source};
use domain::record::{ExternalId, RawDocument, Record, RecordKind};

const SECRET: &str = "key-zebra-quartz";

/// A way to break the contract.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    LosesLastItemOfAPage,
    AlwaysMore,
    RepeatsEverything,
    ForgetsDeletions,
    ListsTooLittle,
    ListsFromTheBeginning,
    AcceptsAnyCursor,
    StopsAtABadItem,
    HidesBadItems,
    MistakesTheTrouble,
    ShowsSecretInError,
    ShowsSecretInDebug,
    PagesTooLarge,
    OldText,
    DiffersEachTime,
}

struct Fake {
    memory: Memory,
    fault: Fault,
    spoilt: bool,
}

struct Faulty {
    memory: Memory,
    fault: Fault,
    spoilt: bool,
    calls: std::sync::atomic::AtomicUsize,
}

impl std::fmt::Debug for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = if self.fault == Fault::ShowsSecretInDebug { SECRET } else { "…" };
        f.debug_struct("Faulty").field("key", &key).finish()
    }
}

#[async_trait]
impl Harness for Fake {
    async fn open(&self) -> Box<dyn Source> {
        let memory = self.memory.clone();
        Box::new(Faulty { memory, fault: self.fault, spoilt: self.spoilt, calls: 0.into() })
    }

    async fn change(&mut self, change: Change) -> Applied {
        match change {
            Change::Put { number, text } => {
                let external_id = self.id(number).id;
                let document = RawDocument { external_id, markdown: text, ..RawDocument::default() };
                self.memory.put(Record::Document(document));
            }
            Change::Remove { .. } if self.fault == Fault::ForgetsDeletions => {}
            Change::Remove { number } => self.memory.remove(self.id(number)),
            Change::Spoil => {
                self.spoilt = true;
                if self.fault != Fault::HidesBadItems {
                    self.memory.spoil(Problem::skipped("item 99", "has no text"));
                }
            }
            Change::Begin(trouble) => {
                let fault = self.fault;
                self.memory.fail(move || error(trouble, fault));
            }
            Change::End => self.memory.recover(),
        }
        Applied::Done
    }

    fn id(&self, number: usize) -> ExternalId {
        ExternalId { kind: RecordKind::Document, id: format!("item-{number:03}") }
    }

    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }
}

fn error(trouble: Trouble, fault: Fault) -> Error {
    let what = if fault == Fault::ShowsSecretInError { format!("refused {SECRET}") } else { "no".to_owned() };
    match trouble {
        Trouble::RateLimited if fault == Fault::MistakesTheTrouble => Error::Malformed { what },
        Trouble::RateLimited => Error::RetryLater { what, after: Some(Duration::from_secs(2)) },
        Trouble::Unauthorised => Error::FixCredentials { what },
        Trouble::Gone => Error::NotFound { what },
        Trouble::Down => Error::Unreachable { what, source: None },
    }
}

#[async_trait]
impl Source for Faulty {
    async fn check(&self) -> Result<Account, Error> {
        self.memory.check().await
    }

    async fn pull(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let foreign = cursor.is_some_and(|cursor| cursor.as_str().parse::<u64>().is_err());
        let cursor = match self.fault {
            Fault::AcceptsAnyCursor if foreign => None,
            Fault::RepeatsEverything => cursor.filter(|cursor| cursor.as_str() != "13"),
            _ => cursor,
        };
        let mut page = self.memory.pull(cursor).await?;
        let calls = self.calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match self.fault {
            Fault::LosesLastItemOfAPage if page.more => drop(page.records.pop()),
            Fault::AlwaysMore => page.more = true,
            Fault::PagesTooLarge if page.more => {
                let mut following = self.memory.pull(Some(&page.next)).await?;
                page.records.append(&mut following.records);
                (page.next, page.more) = (following.next, following.more);
            }
            Fault::StopsAtABadItem if !page.problems.is_empty() => {
                return Err(Error::Malformed { what: "bad item".into() });
            }
            Fault::StopsAtABadItem if self.spoilt => page.problems.clear(),
            Fault::OldText => page.records.iter_mut().for_each(age),
            Fault::DiffersEachTime if calls % 2 == 1 => page.records.reverse(),
            _ => {}
        }
        Ok(page)
    }

    async fn list(&self, after: Option<&ExternalId>) -> Result<Listing, Error> {
        let after = if self.fault == Fault::ListsFromTheBeginning { None } else { after };
        let mut listing = self.memory.list(after).await?;
        if self.fault == Fault::ListsTooLittle && !listing.more {
            listing.ids.pop();
        }
        Ok(listing)
    }
}

fn age(record: &mut Record) {
    if let Record::Document(document) = record {
        document.markdown = document.markdown.replace("blinks 2 times", "blinks 1 times");
    }
}

async fn run(fault: Fault) {
    let mut fake = Fake { memory: Memory::new("acme", PAGE), fault, spoilt: false };
    source_suite(&mut fake).await;
}

#[tokio::test]
async fn accepts_a_good_source() {
    run(Fault::None).await;
}

macro_rules! refuses {
    ($($name:ident: $fault:ident, $message:literal;)+) => {$(
        #[tokio::test]
        #[should_panic(expected = $message)]
        async fn $name() {
            run(Fault::$fault).await;
        }
    )+};
}

refuses! {
    lost_items: LosesLastItemOfAPage, "every item is handed over once";
    no_last_page: AlwaysMore, "an empty account gives an empty last page";
    repetition: RepeatsEverything, "nothing is handed over again";
    forgotten_deletions: ForgetsDeletions, "what was removed, and nothing else, leaves the listing";
    short_listing: ListsTooLittle, "the listing names what pulling hands over";
    endless_listing: ListsFromTheBeginning, "no end of the listing";
    any_cursor: AcceptsAnyCursor, "a foreign cursor asks to start over";
    a_bad_item_stops: StopsAtABadItem, "the source failed";
    hidden_bad_items: HidesBadItems, "a bad item is a problem";
    mistaken_trouble: MistakesTheTrouble, "RateLimited is not told by";
    secret_in_error: ShowsSecretInError, "a secret is shown";
    secret_in_debug: ShowsSecretInDebug, "a secret is shown";
    large_pages: PagesTooLarge, "a page holds at most";
    old_text: OldText, "does not have the text of version 2";
    unsteady: DiffersEachTime, "hands over the same in all";
}
