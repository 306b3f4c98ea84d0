//! What a source no longer shows and may not be deleted yet: it is in no answer, it is not deleted, and it comes back.

use std::collections::BTreeSet;
use std::time::Duration;

use confluence::{Auth, Config, Gives, Hosting, Match, Rule};
use confluence_fake::{API_TOKEN, EMAIL, Fault, PERSONAL_TOKEN, Status};
use connector::{Secret, Source};
use domain::{ChunkId, Language, Timestamp};
use identity::{Identities, Purpose, Reader, Scope};
use index::Query;
use ingest::pipeline::Run;
use ingest::{Stop, Summary};

use crate::sources::Bench;

const ROUND: i64 = 600_000;
const NEVER: Duration = Duration::from_secs(86_400 * 365);

/// An installation and a wiki of two spaces.
struct Town {
    bench: Bench,
    is_cloud: bool,
    spaces: Vec<String>,
    sweep_every: Duration,
}

impl Town {
    async fn new(is_cloud: bool, spaces: &[&str], pages: usize) -> Self {
        let bench = Bench::new(false).await;
        bench.wiki.edit(|site| {
            site.add_space("DOC", "Documentation");
            for number in 0..pages {
                let space = ["DOC", "HELP"][number % 2];
                site.add_page(space, None, &format!("Lamp {number}"), "<p>A lamp is here.</p>");
            }
        });
        let spaces = spaces.iter().map(|key| (*key).to_owned()).collect();
        Self { bench, is_cloud, spaces, sweep_every: Duration::ZERO }
    }

    fn source(&self) -> Box<dyn Source> {
        let wiki = &self.bench.wiki;
        let (hosting, auth) = if self.is_cloud {
            let hosting = Hosting::Cloud { site: wiki.base_url().into(), cloud_id: None, gateway: None };
            (hosting, Auth::ApiToken { email: EMAIL.into(), token: Secret::new(API_TOKEN) })
        } else {
            let hosting = Hosting::DataCenter { address: wiki.datacenter() };
            (hosting, Auth::PersonalToken { token: Secret::new(PERSONAL_TOKEN) })
        };
        let rules = vec![Rule { when: Match::Space("*".into()), gives: Gives::Public }];
        let now = Timestamp::from_millis(wiki.edit(|site| site.now));
        let usual = Config::usual(hosting, auth, self.spaces.clone(), now);
        let (sweep_every, retry_wait) = (self.sweep_every, Duration::ZERO);
        confluence::build(Config { rules, sweep_every, retry_wait, ..usual }).unwrap()
    }

    async fn round(&self) -> Result<Summary, ingest::Error> {
        self.bench.pass(ROUND);
        let (tenant, now) = (self.bench.tenant, self.bench.app.seams.clock.now());
        let run = Run { tenant, now, allow_shrink: false, stop: Stop::default() };
        self.bench.app.ingest.run(&run, &*self.source(), &|_| {}).await
    }

    /// Returns the ids of what a search finds for an agent and for anybody.
    async fn seen(&self) -> [BTreeSet<String>; 2] {
        let agent = Reader::Agent { about: Identities::default() };
        [self.found(agent, Purpose::Lookup).await, self.found(Reader::anonymous(), Purpose::Auto).await]
    }

    async fn found(&self, reader: Reader, purpose: Purpose) -> BTreeSet<String> {
        let app = &self.bench.app;
        let scope = Scope::live(self.bench.tenant, vec![reader], purpose, app.seams.clock.now()).unwrap();
        let query = Query {
            text: "lamp".to_owned(),
            language: Language::ENGLISH,
            dense: None,
            kinds: Vec::new(),
            applicability: None,
            limit: 10_000,
            exact: true,
        };
        let found = app.index.search(&scope, &query).await.unwrap();
        let ids: Vec<ChunkId> = found.lexical.iter().map(|hit| hit.chunk).collect();
        let loaded = app.store.load_chunks(&scope, &ids).await.unwrap();
        loaded.chunks.into_iter().map(|one| one.external_id).collect()
    }

    async fn stored(&self) -> usize {
        let source = self.bench.app.store.list_sources(self.bench.tenant).await.unwrap().remove(0);
        self.bench.app.store.content_hashes(self.bench.tenant, source.id).await.unwrap().len()
    }

    /// Returns the ids of the pages of a space that are there.
    fn of(&self, space: &str) -> BTreeSet<String> {
        self.bench.wiki.edit(|site| {
            let there = site.contents.values().filter(|one| one.status == Status::Current);
            there.filter(|one| one.space == space).map(|one| one.id.to_string()).collect()
        })
    }

    fn show(&self, space: &str, is_visible: bool) {
        self.bench.wiki.edit(|site| site.spaces.get_mut(space).unwrap().is_visible = is_visible);
    }
}

fn both(ids: &BTreeSet<String>) -> [BTreeSet<String>; 2] {
    [ids.clone(), ids.clone()]
}

#[tokio::test]
async fn a_hidden_space_is_in_no_answer_after_the_next_round_and_comes_back() {
    for is_cloud in [true, false] {
        let town = Town::new(is_cloud, &["DOC", "HELP"], 20).await;
        town.round().await.unwrap();
        let all: BTreeSet<String> = town.of("DOC").union(&town.of("HELP")).cloned().collect();
        assert_eq!(town.seen().await, both(&all));
        town.show("HELP", false);
        let gone: u64 = town.of("DOC").first().unwrap().parse().unwrap();
        town.bench.wiki.edit(|site| site.purge(gone));
        let summary = town.round().await.unwrap();
        // The deletion elsewhere does not wait for the space.
        assert_eq!(summary.documents_withdrawn, town.of("HELP").len() as u64 + 1);
        assert_eq!((summary.documents_removed, town.stored().await), (0, all.len()), "nothing is deleted");
        assert_eq!(town.seen().await, both(&town.of("DOC")), "agents are shown nothing either");
        assert_eq!(town.round().await.unwrap().documents_withdrawn, 0, "once is enough");
        town.show("HELP", true);
        let summary = town.round().await.unwrap();
        assert_eq!((summary.documents_removed, town.stored().await), (1, all.len() - 1));
        let there: BTreeSet<String> = town.of("DOC").union(&town.of("HELP")).cloned().collect();
        assert_eq!(town.seen().await, both(&there));
    }
}

#[tokio::test]
async fn so_much_that_a_person_is_asked_is_in_no_answer_meanwhile() {
    let town = Town::new(true, &["*"], 20).await;
    town.round().await.unwrap();
    let stored = town.stored().await;
    town.show("HELP", false);
    for _ in 0..2 {
        let asked = town.round().await;
        assert!(matches!(asked, Err(ingest::Error::Shrunk { .. })), "{asked:?}");
        assert_eq!((town.seen().await, town.stored().await), (both(&town.of("DOC")), stored));
    }
    town.show("HELP", true);
    town.round().await.unwrap();
    let all: BTreeSet<String> = town.of("DOC").union(&town.of("HELP")).cloned().collect();
    assert_eq!((town.seen().await, town.stored().await), (both(&all), stored));
}

#[tokio::test]
async fn what_was_hidden_only_while_it_was_listed_comes_back_without_a_sweep() {
    for is_cloud in [true, false] {
        let town = Town { sweep_every: NEVER, ..Town::new(is_cloud, &["DOC", "HELP"], 20).await };
        town.round().await.unwrap();
        town.show("HELP", false);
        town.round().await.unwrap();
        assert_eq!(town.seen().await, both(&town.of("DOC")));
        town.show("HELP", true);
        town.round().await.unwrap();
        let all: BTreeSet<String> = town.of("DOC").union(&town.of("HELP")).cloned().collect();
        assert_eq!(town.seen().await, both(&all));
    }
}

#[tokio::test]
async fn listings_that_lie_change_nothing() {
    // So many that a sweep does not ask for each.
    let pages = 130;
    let lies: [&[&str]; 3] =
        [&["/v2/pages"], &["/v2/pages", "/content/search"], &["/v2/spaces", "/v2/pages", "/content/search"]];
    for paths in lies {
        let town = Town::new(true, &["DOC", "HELP"], pages).await;
        town.round().await.unwrap();
        let all = town.seen().await;
        assert_eq!((all[0].len(), town.stored().await), (pages + 1, pages + 1));
        for path in paths {
            town.bench.wiki.fail(path, usize::MAX, Fault::Empty);
        }
        for _ in 0..2 {
            match town.round().await {
                Ok(summary) => assert_eq!(summary.documents_withdrawn, 0, "{paths:?}"),
                Err(error) => assert!(matches!(error, ingest::Error::Shrunk { .. }), "{error:?}"),
            }
            assert_eq!((town.seen().await, town.stored().await), (all.clone(), pages + 1), "{paths:?}");
        }
        town.bench.wiki.mend();
        assert_eq!(town.round().await.unwrap().documents_removed, 0);
        assert_eq!(town.seen().await, all);
    }
}

#[tokio::test]
async fn a_key_that_dies_while_things_are_looked_at_makes_nothing_gone() {
    let town = Town::new(false, &["DOC", "HELP"], 20).await;
    town.round().await.unwrap();
    let all = town.seen().await;
    town.show("HELP", false);
    // The proof before the look is answered, and then the token is nobody's.
    let hidden = town.of("HELP").pop_last().unwrap();
    town.bench.wiki.fail(&format!("/rest/api/content/{hidden}"), 1, Fault::Revoke);
    let ended = town.round().await;
    assert!(matches!(ended, Err(ingest::Error::Source { .. })), "{ended:?}");
    assert_eq!(town.seen().await, all);
}

#[tokio::test]
async fn what_was_in_the_trash_between_two_sweeps_comes_back_without_a_change() {
    for is_cloud in [true, false] {
        let town = Town { sweep_every: NEVER, ..Town::new(is_cloud, &["DOC", "HELP"], 20).await };
        town.round().await.unwrap();
        let (all, stored) = (town.seen().await, town.stored().await);
        let id: u64 = town.of("DOC").first().unwrap().parse().unwrap();
        town.bench.wiki.edit(|site| site.contents.get_mut(&id).unwrap().status = Status::Trashed);
        assert_eq!(town.round().await.unwrap().documents_removed, 1);
        assert!(!town.seen().await[0].contains(&id.to_string()));
        // Neither its version nor its date moves, and no sweep is due.
        town.bench.wiki.edit(|site| site.contents.get_mut(&id).unwrap().status = Status::Current);
        town.round().await.unwrap();
        assert_eq!((town.seen().await, town.stored().await), (all, stored));
    }
}

/// More than are looked at in one round are gone after as many rounds as they need.
#[tokio::test]
async fn a_large_space_takes_a_round_for_each_thousand() {
    let town = Town::new(true, &["DOC", "HELP"], 2).await;
    town.bench.wiki.edit(|site| {
        for number in 0..1_100 {
            site.add_page("HELP", None, &format!("Lamp of help {number}"), "<p>A lamp.</p>");
        }
    });
    town.round().await.unwrap();
    town.show("HELP", false);
    let hidden = town.of("HELP").len();
    let first = town.round().await.unwrap().documents_withdrawn;
    let second = town.round().await.unwrap().documents_withdrawn;
    assert_eq!((first, second), (1_000, hidden as u64 - 1_000));
    assert_eq!(town.seen().await, both(&town.of("DOC")));
}
