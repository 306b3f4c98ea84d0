//! The whole of it with the index on a server, which is a stand-in here: the same answers, and what happens while
//! the server is away.

use app::config::IndexConfig;
use app::{App, Places, Settings, Stop, ask::Ask};
use domain::{HandOff, Outcome};
use identity::{Assurance, Purpose};
use index::ServerConfig;
use index_fake::StandIn;

use crate::harness::{Bench, now, seams};

const QUESTIONS: [&str; 6] = [
    "How do I charge the battery?",
    "What does a new battery cost?",
    "Wie tausche ich den Akku?",
    "The display stays dark",
    "How long does delivery take?",
    "I want my money back",
];

fn on(stand_in: &StandIn) -> IndexConfig {
    IndexConfig::Server(ServerConfig::at(stand_in.url()))
}

async fn with_sample(stand_in: &StandIn) -> Bench {
    let bench = Bench::with(|settings| settings.index = on(stand_in)).await;
    let (workspace, _) = app::sample::unpack(&bench.folder.path().join("sample")).unwrap();
    bench.read(&workspace).await.unwrap();
    bench
}

async fn outcome(bench: &Bench, text: &str) -> (Outcome, Option<String>) {
    let ask = Ask {
        text: text.into(),
        person: None,
        assurance: Assurance::Anonymous,
        purpose: Purpose::Draft,
        customer: domain::Applicability::default(),
        as_of: None,
    };
    let decision = bench.app.ask(bench.tenant, &ask).await.unwrap().response.decision;
    (decision.outcome, decision.draft.map(|draft| draft.text()))
}

fn parts(bench: &Bench, stand_in: &StandIn) -> (Places, Settings) {
    let mut settings = Settings::default_settings().unwrap();
    settings.index = on(stand_in);
    (bench.app.places.clone(), settings)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_workspace_is_answered_as_with_files() {
    let stand_in = StandIn::start().await.unwrap();
    let (here, there) = (Bench::with_sample().await, with_sample(&stand_in).await);
    there.assert_index_is_whole().await;
    let mut answered = 0;
    for question in QUESTIONS {
        let (one, other) = (outcome(&here, question).await, outcome(&there, question).await);
        assert_eq!(one, other, "{question}");
        answered += usize::from(one.1.is_some());
    }
    assert!(answered > 0, "a workspace that answers nothing says nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_is_away_questions_are_handed_off_and_it_heals_by_itself() {
    let stand_in = StandIn::start().await.unwrap();
    let bench = with_sample(&stand_in).await;
    let before = outcome(&bench, QUESTIONS[0]).await;
    assert!(before.1.is_some());
    bench.app.index_is_ready().await.unwrap();

    stand_in.close().await;
    let away = (Outcome::HandOff(HandOff::SearchUnavailable), None);
    assert_eq!(outcome(&bench, QUESTIONS[0]).await, away);
    assert!(bench.app.index_is_ready().await.is_err());
    assert!(bench.app.tend_index().await.is_err());
    // What comes in meanwhile is stored, and waits.
    let inbox = bench.write("new.md", "---\naudience: public\n---\nThe moon lamp shines violet on Sundays.");
    assert!(bench.read(&inbox).await.is_err());
    assert!(bench.app.store.outbox_len(bench.tenant).await.unwrap() > 0);
    // Another process starts all the same.
    let (places, settings) = parts(&bench, &stand_in);
    let other = App::build(places, settings, seams(now())).await.unwrap();
    assert!(other.index_is_ready().await.is_err());

    stand_in.open().await;
    assert!(other.index_is_ready().await.is_err(), "it may lag behind");
    other.tend_index().await.unwrap();
    other.index_is_ready().await.unwrap();
    bench.app.tend_index().await.unwrap();
    bench.app.index_is_ready().await.unwrap();
    assert_eq!(outcome(&bench, QUESTIONS[0]).await, before);
    bench.assert_index_is_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_is_taken_away_is_made_and_filled_again() {
    let stand_in = StandIn::start().await.unwrap();
    let bench = with_sample(&stand_in).await;
    let before = outcome(&bench, QUESTIONS[0]).await;
    stand_in.delete("backstory");
    assert_eq!(outcome(&bench, QUESTIONS[0]).await.0, Outcome::HandOff(HandOff::SearchUnavailable));
    assert!(bench.app.index_is_ready().await.is_err());
    bench.app.tend_index().await.unwrap();
    bench.app.index_is_ready().await.unwrap();
    assert_eq!(outcome(&bench, QUESTIONS[0]).await.0, before.0);
    bench.assert_index_is_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verifying_names_every_difference_and_rebuilding_mends_them() {
    let go_on = Stop::default();
    let stand_in = StandIn::start().await.unwrap();
    let bench = with_sample(&stand_in).await;
    let page = bench.app.store.chunk_states(bench.tenant, None, 4).await.unwrap();
    let ids: Vec<_> = page.iter().map(|chunk| chunk.id).collect();
    let chunks = bench.app.store.load_chunks_unscoped_for_maintenance(bench.tenant, &ids).await.unwrap();
    let upsert = |chunk: domain::Chunk| {
        let dense = vec![1.0; bench.app.ingest.embedder.model().dimensions];
        index::Op::Upsert { chunk: Box::new(chunk), dense }
    };
    let owner = domain::Audience::Company(domain::CompanyId::derive(bench.tenant, "somebody else"));
    let stranger = domain::ChunkId::derive(chunks[0].version, 9_999);
    let broken = vec![
        index::Op::Remove(chunks[0].id),
        upsert(domain::Chunk { audience: owner, ..chunks[1].clone() }),
        index::Op::Close { chunk: chunks[2].id, valid_to: domain::Timestamp::from_millis(1) },
        upsert(domain::Chunk { id: stranger, ..chunks[3].clone() }),
    ];
    bench.app.index.apply(bench.tenant, broken).await.unwrap();

    let verified = bench.app.verify_index(None).await.unwrap();
    let mut named: Vec<_> = verified.tenants[0].1.differences.iter().map(|one| one.name()).collect();
    named.sort_unstable();
    assert_eq!(named, ["missing", "surplus", "wrong_owner", "wrong_validity"]);
    assert!(!verified.is_same());

    let (places, settings) = parts(&bench, &stand_in);
    let one = App::anew(places.clone(), settings.clone(), seams(now()), Some("default"), &go_on);
    let one = one.await.unwrap();
    assert!(one[0].1.chunks > 0 && one[0].1.searches > 0 && one[0].1.late == 0, "{one:?}");
    assert!(bench.app.verify_index(Some("default")).await.unwrap().is_same());
    assert_eq!(stand_in.collections(), ["backstory-1"], "one tenant is made anew within the collection");

    let all = App::anew(places.clone(), settings.clone(), seams(now()), None, &go_on);
    assert_eq!(all.await.unwrap()[0].1.chunks, one[0].1.chunks);
    assert_eq!(stand_in.collections(), ["backstory-2"]);
    assert!(bench.app.verify_index(None).await.unwrap().is_same());

    // Asked to stop, and broken off by the server, the old one stays.
    let stop = Stop::default();
    stop.ask();
    let stopped = App::anew(places.clone(), settings.clone(), seams(now()), None, &stop).await;
    assert!(stopped.is_err());
    stand_in.cut_after(2);
    let cut = App::anew(places.clone(), settings.clone(), seams(now()), Some("default"), &go_on);
    assert!(cut.await.is_err());
    stand_in.open().await;
    assert_eq!(stand_in.alias("backstory").as_deref(), Some("backstory-2"));
    assert!(bench.app.verify_index(None).await.unwrap().is_same());
    let nobody = App::anew(places, settings, seams(now()), Some("nobody"), &go_on).await;
    assert!(nobody.unwrap_err().to_string().contains("no tenant `nobody`"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_files_to_a_server_and_back_is_a_rebuild() {
    let go_on = Stop::default();
    let stand_in = StandIn::start().await.unwrap();
    let bench = Bench::with_sample().await;
    let before = outcome(&bench, QUESTIONS[0]).await.0;
    let (places, settings) = parts(&bench, &stand_in);
    let moved = App::anew(places.clone(), settings.clone(), seams(now()), None, &go_on).await.unwrap();
    // Who still has the index in files open holds its folder.
    let Bench { app: in_files, tenant, folder } = bench;
    assert!(places.index().exists(), "what somebody has open is not taken away");
    drop(in_files);
    App::anew(places.clone(), settings.clone(), seams(now()), None, &go_on).await.unwrap();
    assert!(!places.index().exists(), "nobody would erase anything there any more");
    let app = App::build(places.clone(), settings, seams(now())).await.unwrap();
    let bench = Bench { app, tenant, folder };
    assert_eq!(bench.app.index.count(bench.tenant).await.unwrap() as u64, moved[0].1.chunks);
    assert_eq!(outcome(&bench, QUESTIONS[0]).await.0, before);
    bench.assert_index_is_whole().await;
    let back = Settings::default_settings().unwrap();
    let back = App::anew(places, back, seams(now()), None, &go_on).await.unwrap();
    assert_eq!(back[0].1.chunks, moved[0].1.chunks);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_tenant_gets_shards_of_its_own_with_the_next_rebuild() {
    let stand_in = StandIn::start().await.unwrap();
    let bench = with_sample(&stand_in).await;
    let before = outcome(&bench, QUESTIONS[0]).await;
    let (places, mut settings) = parts(&bench, &stand_in);
    let large_tenants = vec!["default".to_owned()];
    settings.index = IndexConfig::Server(ServerConfig { large_tenants, ..ServerConfig::at(stand_in.url()) });
    let moved = App::anew(places, settings, seams(now()), None, &Stop::default()).await.unwrap();
    let keys = stand_in.shard_keys("backstory");
    let own = bench.tenant.uuid().simple().to_string();
    assert_eq!(keys[&own] as u64, moved[0].1.chunks + 1, "and its record");
    assert_eq!(keys["shared"], 0);
    // Who was running meanwhile goes on with the new one.
    assert_eq!(outcome(&bench, QUESTIONS[0]).await, before);
    bench.assert_index_is_whole().await;
}
