//! A Confluence of two spaces that are read and one that is not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use confluence::{Auth, Config, Gives, Hosting, Match, Rule};
use confluence_fake::{
    APP, CLOUD_ID, Content, Fake, Fault, Kind, PERSONAL_TOKEN, REFRESH_TOKEN, Site, Status,
};
use connector::{Secret, Source};
use domain::Timestamp;
use domain::record::RawAudience;

use super::pick::some;
use super::wire::Wire;
use super::{BEGIN, COMPANY, Doc, Least, Outside, Ring, Truth, lock};
use crate::dice::Dice;

const READ: [&str; 2] = ["DOC", "HELP"];
const NOT_READ: &str = "OTHER";
/// Who reads for us, and somebody beside.
const US: &str = "user:reader";
const NOT_US: &str = "user:somebody";
const PUBLIC: &str = "public";
const LEFT_OUT: &str = "draft";
/// How long a round may rely on searches alone.
const SWEEP: Duration = Duration::from_secs(3_600);

pub(crate) struct Wiki {
    fake: Fake,
    /// Whether it is Cloud, and not Data Center.
    is_cloud: bool,
    wire: Wire,
    ring: Ring,
    page_records: usize,
    /// How many pages there were at first.
    size: usize,
    /// The page that belongs to the company, with all below it.
    top: u64,
    made: Mutex<usize>,
}

impl Wiki {
    pub(crate) async fn grow(size: usize, page_records: usize) -> anyhow::Result<Self> {
        Self::grow_on(true, size, page_records).await
    }

    /// The same on Data Center.
    pub(crate) async fn grow_own(size: usize, page_records: usize) -> anyhow::Result<Self> {
        Self::grow_on(false, size, page_records).await
    }

    async fn grow_on(is_cloud: bool, size: usize, page_records: usize) -> anyhow::Result<Self> {
        let fake = Fake::start().await?;
        let wire = Wire::to(fake.base_url()).await?;
        let top = fake.edit(|site| {
            site.now = BEGIN - 40 * 86_400_000;
            // Searches find documents of all sources by their ids outside.
            site.count_from(if is_cloud { 0 } else { 5_000_000 });
            for (key, name) in [("DOC", "Documentation"), ("HELP", "Help"), (NOT_READ, "Elsewhere")] {
                site.add_space(key, name);
            }
            let mut ids: Vec<u64> = Vec::new();
            for number in 0..size {
                site.now += 60_000;
                let above = number.checked_sub(1).map(|before| ids[before / 10]);
                let (space, parent) = match number % 10 {
                    9 => ("HELP", None),
                    _ => ("DOC", above.filter(|above| site.contents[above].space == "DOC")),
                };
                let kind = if number % 25 == 24 { Kind::BlogPost } else { Kind::Page };
                let parent = parent.filter(|_| kind == Kind::Page);
                let parent = parent.filter(|above| site.contents[above].kind == Kind::Page);
                let id = site.add(kind, space, parent, &title(number), &body(number, 0));
                site.label(id, PUBLIC, number % 3 == 1);
                site.label(id, LEFT_OUT, number % 40 == 39);
                match number % 60 {
                    31 => site.restrict(id, &[US, "group:staff"]),
                    53 => site.restrict(id, &[NOT_US]),
                    _ => {}
                }
                ids.push(id);
            }
            for number in size..size + size / 30 + 2 {
                site.add_page(NOT_READ, None, &title(number), &body(number, 0));
            }
            site.now = BEGIN;
            ids[3]
        });
        let made = Mutex::new(2 * size);
        let ring = Ring::new(REFRESH_TOKEN);
        Ok(Self { fake, is_cloud, wire, ring, page_records, size, top, made })
    }

    /// Returns the ends of the addresses of lists.
    fn lists(&self) -> Vec<&'static str> {
        if self.is_cloud {
            vec!["/v2/pages", "/v2/blogposts", "/content/search", "/v2/spaces"]
        } else {
            vec!["/rest/api/content", "/content/search", "/rest/api/space"]
        }
    }

    fn next(&self) -> usize {
        let mut made = lock(&self.made);
        *made += 1;
        *made
    }

    /// Changes something about one of those that fit, if there is one.
    fn one(
        &self,
        dice: &mut Dice,
        fits: impl Fn(&Site, &Content) -> bool,
        change: impl FnOnce(&mut Site, u64),
    ) {
        self.fake.edit(|site| {
            let fitting = site.contents.values().filter(|one| fits(site, one)).map(|one| one.id);
            if let Some(id) = some(dice, fitting) {
                change(site, id);
            }
        });
    }

    /// Moves a page to some place in a space, or to its top.
    fn relocate(site: &mut Site, dice: &mut Dice, id: u64, space: &str) {
        let places = site.contents.values().filter(|one| {
            let is_place = one.kind == Kind::Page && one.status == Status::Current && one.space == space;
            is_place && one.id != id && !site.ancestors(one.id).contains(&id)
        });
        let parent = if dice.once_in(5) { None } else { some(dice, places.map(|one| one.id)) };
        site.relocate(id, space, parent);
    }

    /// Puts away a page; what lies below it moves up, as Confluence does it.
    fn put_away(site: &mut Site, id: u64, status: Option<Status>) {
        let parent = site.contents[&id].parent;
        let below: Vec<u64> =
            site.contents.values().filter(|one| one.parent == Some(id)).map(|one| one.id).collect();
        for below in below {
            let space = site.contents[&below].space.clone();
            site.relocate(below, &space, parent);
        }
        match status {
            Some(status) => site.set_status(id, status),
            None => site.purge(id),
        }
    }
}

fn title(number: usize) -> String {
    format!("Lamp sheet {number}")
}

fn body(number: usize, state: usize) -> String {
    format!("<p>the lamp number n{number} in state s{state}</p>")
}

fn is_read(one: &Content) -> bool {
    one.status == Status::Current
        && READ.contains(&one.space.as_str())
        && matches!(one.kind, Kind::Page | Kind::BlogPost)
}

/// What a page lies under as far as it is there, and the page itself.
fn path(site: &Site, id: u64) -> Vec<&Content> {
    site.ancestors(id).iter().chain([&id]).filter_map(|id| site.contents.get(id)).collect()
}

/// Who may see a page; nobody whom we could tell of it where it is hidden from us or left out.
fn audience(site: &Site, top: u64, id: u64) -> Option<RawAudience> {
    let path = path(site, id);
    let own = path.last()?;
    let is_hidden = path.iter().any(|one| !one.readers.is_empty() && !one.readers.contains(US));
    if is_hidden || own.labels.contains(LEFT_OUT) {
        None
    } else if path.iter().any(|one| !one.readers.is_empty()) {
        Some(RawAudience::Internal)
    } else if path.iter().any(|one| one.id == top) {
        Some(RawAudience::Company(COMPANY.to_owned()))
    } else if own.labels.contains(PUBLIC) {
        Some(RawAudience::Public)
    } else {
        Some(RawAudience::Internal)
    }
}

/// The text of a page: where it lies, as far as its readers may know, and what it says.
fn text(site: &Site, top: u64, one: &Content, of: &RawAudience) -> String {
    let mut words = vec![site.spaces[&one.space].name.clone()];
    for above in site.ancestors(one.id) {
        let seen = audience(site, top, above);
        let is_told =
            *of == RawAudience::Internal || seen == Some(RawAudience::Public) || seen.as_ref() == Some(of);
        words.extend(site.contents.get(&above).filter(|_| is_told).map(|above| above.title.clone()));
    }
    let said = one.body.replace("<p>", "").replace("</p>", "");
    format!("{}\n\n{said}", words.join(" › "))
}

impl Outside for Wiki {
    fn name(&self) -> &'static str {
        if self.is_cloud { "confluence" } else { "confluence data center" }
    }

    fn source(&self, now: Timestamp) -> anyhow::Result<Box<dyn Source>> {
        let address = self.wire.address().to_owned();
        let (hosting, auth) = if self.is_cloud {
            let hosting = Hosting::Cloud {
                site: "https://acme.example".to_owned(),
                cloud_id: Some(CLOUD_ID.to_owned()),
                gateway: Some(address.clone()),
            };
            let auth = Auth::OAuth {
                client_id: APP.0.to_owned(),
                client_secret: Secret::new(APP.1),
                keyring: Arc::new(self.ring.clone()),
                address: Some(address),
            };
            (hosting, auth)
        } else {
            let hosting = Hosting::DataCenter { address: format!("{address}/confluence") };
            (hosting, Auth::PersonalToken { token: Secret::new(PERSONAL_TOKEN) })
        };
        let rule = |when, gives| Rule { when, gives };
        let rules = vec![
            rule(Match::Label(LEFT_OUT.to_owned()), Gives::LeaveOut),
            rule(Match::Ancestor(self.top.to_string()), Gives::Company(COMPANY.to_owned())),
            rule(Match::Label(PUBLIC.to_owned()), Gives::Public),
        ];
        let spaces = READ.iter().map(|key| (*key).to_owned()).collect();
        Ok(confluence::build(Config {
            rules,
            attachments: None,
            page_records: self.page_records,
            sweep_every: SWEEP,
            retry_wait: Duration::ZERO,
            ..Config::usual(hosting, auth, spaces, now)
        })?)
    }

    fn truth(&self) -> Truth {
        self.fake.edit(|site| {
            let read =
                site.contents.values().filter(|one| is_read(one) && site.spaces[&one.space].is_visible);
            let docs = read.filter_map(|one| {
                let audience = audience(site, self.top, one.id)?;
                let text = text(site, self.top, one, &audience);
                Some((one.id.to_string(), Doc { title: one.title.clone(), text, audience }))
            });
            docs.collect::<BTreeMap<_, _>>()
        })
    }

    fn is_there(&self, id: &str) -> bool {
        self.fake.edit(|site| {
            let one = id.parse().ok().and_then(|id: u64| site.contents.get(&id));
            one.is_some_and(|one| {
                let is_open = |one: &&Content| one.readers.is_empty() || one.readers.contains(US);
                is_read(one) && site.spaces[&one.space].is_visible && path(site, one.id).iter().all(is_open)
            })
        })
    }

    fn describe(&self, id: &str) -> String {
        self.fake.edit(|site| {
            let told = path(site, id.parse().unwrap_or_default()).into_iter().rev().map(|one| {
                let Content { id, space, labels, readers, status, version, .. } = one;
                format!("{id} in {space} {status:?} version {version} labels {labels:?} readers {readers:?}")
            });
            told.collect::<Vec<_>>().join(" < ")
        })
    }

    fn set(&self, now: Timestamp) {
        self.fake.edit(|site| site.now = now.millis());
    }

    fn edit(&self, dice: &mut Dice) {
        let number = self.next();
        self.one(dice, |_, one| is_read(one), |site, id| site.write(id, &body(number, 1)));
    }

    fn change(&self, dice: &mut Dice) {
        let (top, few) = (self.top, self.size / 12);
        let below = |site: &Site, id: u64| {
            site.contents.keys().filter(|other| site.ancestors(**other).contains(&id)).take(few + 1).count()
        };
        let is_page = |one: &Content| is_read(one) && one.kind == Kind::Page;
        let is_small =
            |site: &Site, one: &Content| is_page(one) && one.id != top && below(site, one.id) <= few;
        let number = self.next();
        let act = dice.below(20);
        // A copy, because choosing and changing both throw.
        let mut more = Dice::new(dice.below(1 << 30) as u64);
        match act {
            0..5 => self.edit(dice),
            5 | 6 => self.fake.edit(|site| {
                if site.contents.len() < self.size * 6 / 5 {
                    let id = site.add_page(READ[number % 2], None, &title(number), &body(number, 0));
                    site.label(id, PUBLIC, number.is_multiple_of(3));
                    let space = READ[number % 2];
                    Self::relocate(site, dice, id, space);
                }
            }),
            7 => self.one(dice, |_, one| is_read(one), |site, id| site.rename(id, &title(number))),
            8 => self.one(dice, is_small, |site, id| Self::put_away(site, id, Some(Status::Trashed))),
            9 => self.one(dice, is_small, |site, id| Self::put_away(site, id, Some(Status::Archived))),
            10 | 11 => self.one(
                dice,
                |_, one| one.status != Status::Current,
                |site, id| {
                    let one = &site.contents[&id];
                    let space = one.space.clone();
                    let is_there = |above: &u64| {
                        let above = site.contents.get(above);
                        above.is_some_and(|above| above.status == Status::Current && above.space == space)
                    };
                    let parent = one.parent.filter(is_there);
                    site.relocate(id, &space, parent);
                    site.set_status(id, Status::Current);
                },
            ),
            12 => self.one(dice, is_small, |site, id| Self::put_away(site, id, None)),
            13 => self.one(dice, is_small, |site, id| {
                Self::relocate(site, &mut more, id, READ[number % 2]);
            }),
            14 => self.one(dice, is_small, |site, id| site.relocate(id, NOT_READ, None)),
            15 => self.one(
                dice,
                |_, one| one.space == NOT_READ && one.parent.is_none(),
                |site, id| {
                    Self::relocate(site, &mut more, id, "DOC");
                },
            ),
            16 => self.one(dice, |_, one| is_page(one), |site, id| site.restrict(id, &[US, "group:staff"])),
            17 => self.one(dice, is_small, |site, id| site.restrict(id, &[NOT_US])),
            18 => self.one(dice, |_, one| !one.readers.is_empty(), |site, id| site.restrict(id, &[])),
            _ => self.one(
                dice,
                |_, one| is_read(one),
                |site, id| {
                    let label = if more.once_in(3) { LEFT_OUT } else { PUBLIC };
                    let is_on = !site.contents[&id].labels.contains(label);
                    site.label(id, label, is_on);
                },
            ),
        }
    }

    fn begin_trouble(&self, dice: &mut Dice) -> &'static str {
        let beside = ["/user/current", "/restriction", if self.is_cloud { "/wiki/" } else { "/confluence/" }];
        let paths: Vec<&str> = self.lists().into_iter().chain(beside).collect();
        let path = *dice.pick(&paths);
        let times = if dice.once_in(4) { usize::MAX } else { 1 + dice.below(4) };
        let (fault, name) = match dice.below(11) {
            0 => (Fault::Status(503), "503"),
            1 => (Fault::Status(500), "500"),
            2 => (Fault::Limited(0), "429"),
            3 => (Fault::Limited(90), "429 for long"),
            4 => (Fault::Status(401), "401"),
            5 if self.is_cloud => (Fault::Expire, "expired tokens"),
            5 => (Fault::Revoke, "a revoked token"),
            6 => {
                self.fake.edit(|site| {
                    if let Some(space) = site.spaces.get_mut(*dice.pick(&READ)) {
                        space.is_visible = false;
                    }
                });
                return "hidden space";
            }
            8 => {
                // For as long as the trouble lasts, and perhaps all of them at once.
                let lists = self.lists();
                let one = *dice.pick(&lists);
                let is_all = dice.once_in(3);
                for list in lists.iter().filter(|list| is_all || **list == one) {
                    self.fake.fail(list, usize::MAX, Fault::Empty);
                }
                return "lying lists";
            }
            9 => {
                // A space is hidden while lists lie.
                self.fake.edit(|site| {
                    if let Some(space) = site.spaces.get_mut(*dice.pick(&READ)) {
                        space.is_visible = false;
                    }
                });
                let list = ["/v2/pages", "/content/search"][dice.below(2)];
                self.fake.fail(list, 1 + dice.below(9), Fault::Empty);
                return "hidden space and lying lists";
            }
            7 => {
                self.wire.break_every(2_000 + dice.below(60_000));
                return "broken connections";
            }
            _ => {
                self.spoil_a_list(dice);
                return "spoilt list";
            }
        };
        self.fake.fail(path, times, fault);
        name
    }

    fn spoil_a_list(&self, dice: &mut Dice) {
        let path = *dice.pick(&self.lists());
        let fault = *dice.pick(&[Fault::Empty, Fault::Skip, Fault::Repeat]);
        self.fake.fail(path, 1, fault);
    }

    fn end_trouble(&self) {
        self.fake.mend();
        self.fake.set_personal_token(true);
        self.wire.break_every(0);
        // A broken wire may have swallowed the answer that carried a new refresh token. No program finds it again: a
        // person connects the account anew.
        *lock(&self.ring.0) = Secret::new(&self.fake.refresh_token());
        self.fake.edit(|site| site.spaces.values_mut().for_each(|space| space.is_visible = true));
    }

    fn is_closed(&self) -> bool {
        self.fake.edit(|site| site.spaces.values().any(|space| !space.is_visible))
    }

    fn rarely(&self) -> Duration {
        SWEEP
    }

    fn delay(&self, _since: Timestamp) -> Duration {
        SWEEP
    }

    fn right(&self, is_given: bool) -> String {
        self.fake.edit(|site| {
            let fits = |one: &&Content| {
                let is_open = path(site, one.id).iter().all(|one| one.readers.is_empty());
                is_read(one)
                    && one.kind == Kind::Page
                    && one.labels.contains(PUBLIC)
                    && !one.labels.contains(LEFT_OUT)
                    && (is_open || one.readers.contains("group:proof"))
            };
            let id = site.contents.values().filter(fits).map(|one| one.id).next_back().unwrap_or_default();
            let readers: &[&str] = if is_given { &[] } else { &[US, "group:proof"] };
            site.restrict(id, readers);
            id.to_string()
        })
    }

    fn take_calls(&self) -> usize {
        let calls = self.fake.requests().len();
        self.fake.forget_requests();
        calls
    }

    fn least(&self) -> Least {
        let things = self.truth().len();
        // Lists of 250; labels and restrictions are told by searches of 100; bodies of 250.
        let listing = things.div_ceil(250) + things.div_ceil(100);
        Least { first: listing + things.div_ceil(250), listing, round: 1, texts_at_once: 250 }
    }
}
