//! A Google Drive: a shared drive and a folder that are read, and a folder that is not.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use connector::{Secret, Source};
use domain::Timestamp;
use domain::record::RawAudience;
use google_docs::{Auth, Connection, Limits, Outcome, Place, Reach, Root, Rule, Shared, SourceConfig};
use google_docs_fake::{Calls, Clock, Fake, Fault, Item, Kind, World};

use super::pick::some;
use super::{BEGIN, COMPANY, Doc, Least, Outside, Ring, Truth, lock};
use crate::dice::Dice;

const READER: &str = "reader@tenant.example";
const DOMAIN: &str = "customer.example";
const CLIENT: (&str, &str) = ("client-1", "client-secret-77");
const RECHECK: Duration = Duration::from_secs(1_800);
const LIST: &str = "/drive/v3/files";

pub(crate) struct Drive {
    fake: Fake,
    ring: Ring,
    page_records: usize,
    size: usize,
    shared: String,
    help: String,
    outside: String,
    /// Folders that stay where they are: one public, one for partners.
    public: String,
    partners: String,
    known: Mutex<Known>,
}

/// What the stand-in does not tell.
#[derive(Default)]
struct Known {
    folders: Vec<String>,
    docs: Vec<String>,
    made: usize,
    /// Whether the shared drive is shared with the customer's domain.
    is_shared: bool,
    /// Whether the shared drive is closed to us.
    is_closed: bool,
    /// When the members of the shared drive changed, of which no log tells.
    untold: Vec<Timestamp>,
}

impl Drive {
    pub(crate) async fn grow(size: usize, folders: usize, page_records: usize) -> anyhow::Result<Self> {
        let fake = Fake::start(&Clock::at(BEGIN / 1_000)).await?;
        fake.set_client(CLIENT.0, CLIENT.1);
        let (drive, known) = fake.edit(|world| {
            world.limits.drive_per_minute = u32::MAX;
            world.limits.docs_per_minute = u32::MAX;
            // Small enough for lists of several pages.
            world.limits.files_per_page = (size / 5).clamp(10, 1_000);
            let root = world.add_user(READER, "Reader").root;
            let shared = world.add_drive("Knowledge", READER);
            let help = world.add_folder(&root, "Help");
            let outside = world.add_folder(&root, "Outside");
            let public = world.add_folder(&shared, "Public");
            let partners = world.add_folder(&shared, "Partners");
            let grant = world.grant("domain", "reader", DOMAIN);
            world.share(&partners, grant);
            let mut known = Known { made: 2 * size, ..Known::default() };
            for number in 0..folders {
                let parents = [&public, &partners, &shared, &help, &shared];
                known.folders.push(world.add_folder(parents[number % parents.len()], "Folder"));
            }
            for number in 0..size + size / 30 {
                let places = known.folders.len() + 3;
                let place = match number % places {
                    0 => &public,
                    1 => &partners,
                    2 if number > size => &outside,
                    2 => &help,
                    at => &known.folders[at - 3],
                };
                known.docs.push(world.add_doc(place, &title(number), text(number, 0)));
            }
            ([shared, help, outside, public, partners], known)
        });
        let ring = Ring::new(&fake.add_refresh_token(READER, Reach::DocsAndFiles.scopes()));
        let [shared, help, outside, public, partners] = drive;
        let known = Mutex::new(known);
        Ok(Self { fake, ring, page_records, size, shared, help, outside, public, partners, known })
    }

    /// Returns a document that is not gone for good.
    fn doc(&self, dice: &mut Dice) -> String {
        some(dice, lock(&self.known).docs.iter().cloned()).unwrap_or_default()
    }

    fn folder(&self, dice: &mut Dice) -> String {
        some(dice, lock(&self.known).folders.iter().cloned()).unwrap_or_default()
    }

    /// Returns a place that never lies below another.
    fn top(&self, dice: &mut Dice) -> String {
        (*dice.pick(&[&self.shared, &self.help, &self.public, &self.partners, &self.outside])).clone()
    }

    fn next(&self) -> usize {
        let mut known = lock(&self.known);
        known.made += 1;
        known.made
    }

    /// Shares the shared drive with the customer's domain, or does so no more.
    fn share_all(&self, is_shared: bool) {
        let mut known = lock(&self.known);
        if known.is_shared == is_shared {
            return;
        }
        known.is_shared = is_shared;
        known.untold.push(Timestamp::from_millis(self.fake.clock().now_ms()));
        self.fake.edit(|world| {
            if is_shared {
                let grant = world.grant("domain", "reader", DOMAIN);
                world.share(&self.shared, grant);
            } else {
                world.unshare(&self.shared, DOMAIN);
            }
        });
    }

    fn close(&self, is_closed: bool) {
        let mut known = lock(&self.known);
        if known.is_closed == is_closed {
            return;
        }
        known.is_closed = is_closed;
        self.fake.edit(|world| {
            if is_closed {
                world.unshare(&self.shared, READER);
            } else {
                let grant = world.grant("user", "organizer", READER);
                world.share(&self.shared, grant);
            }
        });
    }

    /// Returns a document as it is to be read; none when it is not.
    fn as_read(&self, world: &World, known: &Known, id: &str) -> Option<Doc> {
        let item = world.find(id)?;
        let Kind::Doc(doc) = &item.kind else { return None };
        let (mut is_shared, mut inherits, mut is_limited) = (false, true, false);
        let (mut is_chosen, mut is_public, mut is_partners) = (false, false, false);
        let mut at = Some(item);
        let mut last = String::new();
        while let Some(item) = at {
            if item.trashed {
                return None;
            }
            if item.id == self.public {
                is_public = !is_limited;
            }
            is_partners |= item.id == self.partners;
            is_chosen |= item.id == self.help;
            is_shared |= inherits && item.grants.iter().any(|grant| grant.who == DOMAIN);
            inherits &= !item.limited;
            is_limited |= item.limited;
            last = item.parent.clone().unwrap_or_default();
            at = world.find(&last);
        }
        let in_drive = last == self.shared;
        is_shared |= in_drive && inherits && known.is_shared;
        if !(is_chosen || in_drive) || in_drive && known.is_closed {
            return None;
        }
        let audience = if is_public {
            RawAudience::Public
        } else if is_partners && is_shared {
            RawAudience::Company(COMPANY.to_owned())
        } else {
            RawAudience::Internal
        };
        let said = &doc.tabs[0].content[0]["paragraph"]["elements"][0]["textRun"]["content"];
        let text = said.as_str().unwrap_or_default().trim().to_owned();
        Some(Doc { title: item.name.clone(), text, audience })
    }
}

fn title(number: usize) -> String {
    format!("Lamp note {number}")
}

fn text(number: usize, state: usize) -> google_docs_fake::Doc {
    google_docs_fake::Doc::text(&format!("the lamp number g{number} in state s{state}"))
}

fn toggle_share(world: &mut World, id: &str) {
    let is_shared = world.find(id).is_some_and(|item| item.grants.iter().any(|grant| grant.who == DOMAIN));
    if is_shared {
        world.unshare(id, DOMAIN);
    } else {
        let grant = world.grant("domain", "reader", DOMAIN);
        world.share(id, grant);
    }
}

fn is(world: &World, id: &str, what: impl Fn(&Item) -> bool) -> bool {
    world.find(id).is_some_and(what)
}

impl Outside for Drive {
    fn name(&self) -> &'static str {
        "google-docs"
    }

    fn source(&self, now: Timestamp) -> anyhow::Result<Box<dyn Source>> {
        let connection = Connection {
            auth: Auth::User {
                client_id: CLIENT.0.to_owned(),
                client_secret: Secret::new(CLIENT.1),
                keyring: std::sync::Arc::new(self.ring.clone()),
            },
            reach: Reach::DocsAndFiles,
            base_url: Some(self.fake.base_url().to_owned()),
            now,
            timeout: Connection::TIMEOUT,
            limits: Limits {
                drive_per_minute: 10_000_000,
                docs_per_minute: 10_000_000,
                retries: 2,
                backoff: Duration::from_millis(1),
            },
        };
        let rule =
            |place: &String, shared, outcome| Rule { place: Place::Folder(place.clone()), shared, outcome };
        let rules = vec![
            rule(&self.public, None, Outcome::Public),
            rule(
                &self.partners,
                Some(Shared::Domain(DOMAIN.to_owned())),
                Outcome::Company(COMPANY.to_owned()),
            ),
        ];
        let roots = vec![Root::Drive(self.shared.clone()), Root::Folder(self.help.clone())];
        let source = SourceConfig {
            rules,
            recheck: RECHECK,
            page_records: self.page_records,
            ..SourceConfig::usual(roots)
        };
        Ok(google_docs::build(google_docs::Config { connection, source })?)
    }

    fn truth(&self) -> Truth {
        let known = lock(&self.known);
        self.fake.edit(|world| {
            let docs = known.docs.iter();
            docs.filter_map(|id| Some((id.clone(), self.as_read(world, &known, id)?)))
                .collect::<BTreeMap<_, _>>()
        })
    }

    fn is_there(&self, id: &str) -> bool {
        let known = lock(&self.known);
        self.fake.edit(|world| self.as_read(world, &known, id).is_some())
    }

    fn describe(&self, id: &str) -> String {
        let known = lock(&self.known);
        let mut told = vec![format!("shared drive for the customer {}", known.is_shared)];
        self.fake.edit(|world| {
            let mut at = world.find(id);
            while let Some(item) = at {
                let granted = item.grants.iter().any(|grant| grant.who == DOMAIN);
                told.push(format!(
                    "{} granted {granted} limited {} trashed {}",
                    item.id, item.limited, item.trashed
                ));
                at = item.parent.as_ref().and_then(|parent| world.find(parent));
            }
        });
        told.join(" < ")
    }

    fn set(&self, now: Timestamp) {
        let by = u64::try_from(now.millis() - self.fake.clock().now_ms()).unwrap_or(0);
        self.fake.clock().advance(Duration::from_millis(by));
    }

    fn edit(&self, dice: &mut Dice) {
        let (id, number) = (self.doc(dice), self.next());
        self.fake.edit(|world| world.write(&id, text(number, 1)));
    }

    fn change(&self, dice: &mut Dice) {
        let (doc, folder, top, number) = (self.doc(dice), self.folder(dice), self.top(dice), self.next());
        let mut known = lock(&self.known);
        let act = dice.below(22);
        let is_quiet = dice.below(8) > 0;
        self.fake.edit(|world| match act {
            0..5 => world.write(&doc, text(number, 1)),
            5 | 6 if known.docs.len() < self.size * 6 / 5 => {
                known.docs.push(world.add_doc(&folder, &title(number), text(number, 0)));
            }
            5 => world.trash(&doc, true),
            6 | 7 => world.rename(&doc, &title(number)),
            8 => world.trash(&doc, true),
            9 | 10 => {
                let gone = known.docs.iter().chain(&known.folders);
                let gone = gone.filter(|id| is(world, id, |item| item.trashed));
                if let Some(id) = some(dice, gone.cloned()) {
                    world.trash(&id, false);
                }
            }
            // Folders go more seldom than documents.
            11 if is_quiet => world.delete(&doc),
            11 => world.trash(&folder, true),
            12 | 13 => world.move_to(&doc, &folder),
            14 => world.move_to(&doc, &self.outside),
            15 => world.move_to(&doc, &top),
            16 => world.move_to(&folder, &top),
            17 => {
                let is_limited = is(world, &doc, |item| item.limited);
                world.limit(&doc, !is_limited);
            }
            18 => {
                let is_limited = is(world, &folder, |item| item.limited);
                world.limit(&folder, !is_limited);
            }
            19 => toggle_share(world, &doc),
            _ => toggle_share(world, if is_quiet { &folder } else { &self.partners }),
        });
        self.fake.edit(|world| known.docs.retain(|id| world.find(id).is_some()));
        let is_shared = known.is_shared;
        drop(known);
        if dice.once_in(12) {
            self.share_all(!is_shared);
        }
    }

    fn begin_trouble(&self, dice: &mut Dice) -> &'static str {
        let paths = [LIST, "/drive/v3/files/*", "/drive/v3/changes", "/v1/documents/*", "/drive/v3/about"];
        let calls = match dice.below(paths.len() + 1) {
            at if at < paths.len() => Calls::to("GET", paths[at]),
            _ => Calls::any(),
        };
        let (fault, name) = match dice.below(12) {
            0 => (Fault::status(403, "userRateLimitExceeded"), "403 for too many calls"),
            1 => (Fault::status(403, "dailyLimitExceeded"), "403 for the day"),
            2 => (Fault::status(429, "rateLimitExceeded"), "429"),
            3 => (Fault::status(500, "backendError"), "500"),
            4 => (Fault::status(503, "backendError"), "503"),
            5 => (Fault::Drop, "dropped connections"),
            6 => (Fault::Cut, "answers cut off"),
            7 => (Fault::status(401, "authError"), "401"),
            8 => {
                self.fake.expire_tokens();
                return "expired tokens";
            }
            9 => {
                self.close(true);
                return "closed drive";
            }
            _ => {
                self.spoil_a_list(dice);
                return "spoilt list";
            }
        };
        if dice.once_in(4) {
            self.fake.trouble(Some(fault));
        } else {
            for _ in 0..=dice.below(8) {
                self.fake.fail(calls.clone(), fault.clone());
            }
        }
        name
    }

    fn spoil_a_list(&self, dice: &mut Dice) {
        let (path, fault) = match dice.below(6) {
            0 => (LIST, Fault::SkipPage),
            1 => (LIST, Fault::RepeatPage),
            2 => (LIST, Fault::Incomplete),
            3 => ("/drive/v3/changes", Fault::EmptyList),
            4 => ("/drive/v3/changes", Fault::RepeatPage),
            _ => (LIST, Fault::EmptyList),
        };
        // A log that comes back empty twice in a row is one in which nothing is new, to whoever asks: a change that is
        // kept back so is one that has not been told yet, and no reading of it could be held to know it.
        if fault == Fault::EmptyList && self.fake.is_to_fail(&fault) {
            return;
        }
        self.fake.fail(Calls::to("GET", path), fault);
    }

    fn end_trouble(&self) {
        self.fake.mend();
        self.close(false);
    }

    fn is_closed(&self) -> bool {
        lock(&self.known).is_closed
    }

    fn rarely(&self) -> Duration {
        RECHECK
    }

    fn delay(&self, since: Timestamp) -> Duration {
        // It is noted as of a millisecond later when it happens while a round runs.
        let is_then = |at: &Timestamp| (0..=1).contains(&(since.millis() - at.millis()));
        if lock(&self.known).untold.iter().any(is_then) { RECHECK } else { Duration::ZERO }
    }

    fn right(&self, is_given: bool) -> String {
        self.share_all(is_given);
        self.fake.edit(|world| {
            if is(world, &self.partners, |item| item.grants.iter().any(|grant| grant.who == DOMAIN)) {
                world.unshare(&self.partners, DOMAIN);
            }
        });
        let truth = self.truth();
        let known = lock(&self.known);
        self.fake.edit(|world| {
            let lies = |id: &&String| {
                is(world, id, |item| item.parent.as_ref() == Some(&self.partners) && item.grants.is_empty())
            };
            known.docs.iter().filter(lies).find(|id| truth.contains_key(*id)).cloned().unwrap_or_default()
        })
    }

    fn take_calls(&self) -> usize {
        let calls = self.fake.requests().len();
        self.fake.forget_requests();
        calls
    }

    fn least(&self) -> Least {
        let (docs, folders) = (self.truth().len(), lock(&self.known).folders.len());
        // Each document by itself; lists of 1,000; where the two logs begin.
        let listing = (docs + folders).div_ceil(1_000);
        Least { first: docs + listing + 2, listing, round: 2, texts_at_once: 1 }
    }
}
