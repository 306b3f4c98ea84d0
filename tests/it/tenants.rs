//! A company leaves: on either kind of index nothing of it is left, and whoever has the same texts is answered as
//! before.

use std::path::{Path, PathBuf};

use app::people::ERASED;
use app::tenants::{Left, Removing};
use app::{App, Places, Settings, Stop, ask::Ask};
use domain::{Outcome, TenantId};
use identity::{Assurance, Purpose};
use index_fake::StandIn;

use crate::harness::{Bench, now, open, seams};

const QUESTIONS: [&str; 4] = [
    "How do I charge the battery?",
    "What does a new battery cost?",
    "Wie tausche ich den Akku?",
    "How long does delivery take?",
];

/// Two companies, `default` and `globex`, that have read the same.
async fn two(change: impl FnOnce(&mut Settings)) -> (Bench, TenantId) {
    let bench = Bench::with(change).await;
    let other = bench.app.tenant("globex").await.unwrap();
    let workspace = workspace(bench.folder.path());
    for tenant in [bench.tenant, other] {
        read(&bench.app, tenant, &workspace).await;
    }
    (bench, other)
}

/// Returns where both have read.
fn workspace(folder: &Path) -> PathBuf {
    app::sample::unpack(&folder.join("sample")).unwrap().0
}

async fn read(app: &App, tenant: TenantId, path: &Path) {
    app.read_files(tenant, path, false, Stop::default(), &|_| {}).await.unwrap();
}

fn ask(text: &str) -> Ask {
    Ask {
        text: text.into(),
        person: None,
        assurance: Assurance::Anonymous,
        purpose: Purpose::Draft,
        customer: domain::Applicability::default(),
        as_of: None,
    }
}

async fn answers(app: &App, tenant: TenantId) -> Vec<(Outcome, Option<String>)> {
    let mut answers = Vec::new();
    for text in QUESTIONS {
        let decision = app.ask(tenant, &ask(text)).await.unwrap().response.decision;
        answers.push((decision.outcome, decision.draft.map(|draft| draft.text())));
    }
    answers
}

async fn leaves_nothing(change: impl FnOnce(&mut Settings)) {
    let (bench, other) = two(change).await;
    let app = &bench.app;
    let before = answers(app, other).await;
    assert!(before.iter().any(|(_, draft)| draft.is_some()), "who answers nothing says nothing");
    assert!(answers(app, bench.tenant).await.iter().any(|(_, draft)| draft.is_some()));
    app.erase(bench.tenant, &somebody(&bench).await, "anna").await.unwrap();
    let theirs = app.store.leftovers(other).await.unwrap();
    let found = app.leftovers(bench.tenant).await.unwrap();
    for place in ["chunks", "audit", "index", ERASED] {
        assert!(found.iter().any(|left| left.place == place), "`{place}` is not in {found:?}");
    }

    let gone = app.remove_tenant("default", "anna", &Stop::default(), &|_| {}).await.unwrap();
    assert!(gone.left.is_empty() && gone.rows["chunks"] > 0 && gone.rows["turns"] > 0, "{gone:?}");
    assert_eq!(app.leftovers(bench.tenant).await.unwrap(), []);
    assert_eq!(app.store.leftovers(other).await.unwrap(), theirs);
    assert_eq!(answers(app, other).await, before);
    assert_eq!(app.index.tenants().await.unwrap(), [other]);
    assert!(app.verify_index(None).await.unwrap().is_same());
    let erased = std::fs::read_to_string(app.places.data.join(ERASED)).unwrap();
    assert_eq!(erased.lines().count(), 1, "that it was removed: {erased}");
    let listed = app.books().tenants().await.unwrap();
    assert_eq!(listed.tenants.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["globex"]);
    assert_eq!((listed.removed.len(), listed.removed[0].removed_by.as_str()), (1, "anna"));
    let again = app.remove_tenant("default", "anna", &Stop::default(), &|_| {}).await.unwrap_err();
    assert!(again.to_string().contains("no tenant `default`; known are `globex`"), "{again:#}");

    // The control: a point that is left behind is found.
    let page = app.store.chunk_states(other, None, 1).await.unwrap();
    let chunks = app.store.load_chunks_unscoped_for_maintenance(other, &[page[0].id]).await.unwrap();
    let dense = vec![1.0; app.ingest.embedder.model().dimensions];
    let planted = index::Op::Upsert { chunk: Box::new(chunks[0].clone()), dense };
    app.index.apply(bench.tenant, vec![planted]).await.unwrap();
    let left = app.leftovers(bench.tenant).await.unwrap();
    assert!(matches!(left.as_slice(), [Left { place, .. }] if place == "index"), "{left:?}");
    app.index.drop_tenant(bench.tenant).await.unwrap();
    assert_eq!(app.leftovers(bench.tenant).await.unwrap(), []);

    // The name can be used again, and begins with nothing.
    let made = app.tenant("default").await.unwrap();
    assert_eq!((made, app.store.counts(made).await.unwrap().chunks), (bench.tenant, 0));
    assert!(answers(app, made).await.iter().all(|(_, draft)| draft.is_none()));
    read(app, made, &workspace(bench.folder.path())).await;
    assert!(app.store.counts(made).await.unwrap().chunks > 0);
    bench.assert_index_is_whole().await;
}

/// Returns the key of one person of a bench.
async fn somebody(bench: &Bench) -> String {
    let subjects = bench.app.store.list_subjects(bench.tenant, None, 100).await.unwrap();
    let subjects: Vec<_> = subjects.into_iter().map(|subject| subject.id).collect();
    let people = bench.app.store.people_of(bench.tenant, &subjects, now()).await.unwrap();
    format!("person:{}", people.values().next().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_that_leaves_an_index_in_files_leaves_nothing() {
    leaves_nothing(|_| {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_that_leaves_an_index_on_a_server_leaves_nothing() {
    let stand_in = StandIn::start().await.unwrap();
    let url = stand_in.url();
    leaves_nothing(|settings| {
        settings.index = app::config::IndexConfig::Server(index::ServerConfig::at(url));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_that_is_broken_off_answers_nothing_and_goes_on() {
    let (bench, other) = two(|_| {}).await;
    let before = answers(&bench.app, other).await;
    let stop = Stop::default();
    let until_chunks = |removing: Removing| {
        if removing.what == "made_from" || removing.what == "chunks" {
            stop.ask();
        }
    };
    let cut = bench.app.remove_tenant("default", "anna", &stop, &until_chunks).await.unwrap_err();
    assert!(cut.to_string().contains("the same command goes on"), "{cut:#}");
    let left = bench.app.leftovers(bench.tenant).await.unwrap();
    assert!(left.iter().any(|left| left.place == "subjects"), "half of it: {left:?}");

    // The next process leaves it as it is, and others are answered.
    let Bench { app, folder, tenant } = bench;
    drop(app);
    let app = open(folder.path()).await.unwrap();
    assert_eq!(answers(&app, other).await, before);
    let refused = app.tenant("default").await.unwrap_err();
    assert!(refused.to_string().contains("tenants remove default"), "{refused:#}");
    for text in QUESTIONS {
        let asked = app.ask(tenant, &ask(text)).await;
        assert!(asked.is_err() || asked.is_ok_and(|asked| asked.response.decision.draft.is_none()), "{text}");
    }
    let sample = workspace(folder.path());
    assert!(app.read_files(tenant, &sample, false, Stop::default(), &|_| {}).await.is_err());
    let listed = app.books().tenants().await.unwrap();
    assert!(listed.tenants[0].removing_at.is_some() && listed.removed.is_empty(), "{listed:?}");

    let gone = app.remove_tenant("default", "bob", &Stop::default(), &|_| {}).await.unwrap();
    assert!(gone.left.is_empty(), "{gone:?}");
    assert_eq!(app.leftovers(tenant).await.unwrap(), []);
    assert_eq!(answers(&app, other).await, before);
    assert_eq!(app.books().tenants().await.unwrap().removed[0].removed_by, "anna", "who began it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vectors_of_texts_that_nobody_else_has_go_along() {
    let (bench, other) = two(|_| {}).await;
    let own = bench.write("own.md", "---\naudience: public\n---\nThe moon lamp shines violet on Sundays.");
    bench.read(&own).await.unwrap();
    let gone = bench.app.remove_tenant("default", "anna", &Stop::default(), &|_| {}).await.unwrap();
    assert!(gone.vectors > 0, "{gone:?}");
    let gone = bench.app.remove_tenant("globex", "anna", &Stop::default(), &|_| {}).await.unwrap();
    assert!(gone.vectors > 0 && gone.left.is_empty(), "{gone:?}");
    assert_eq!(bench.app.leftovers(other).await.unwrap(), []);
    assert!(bench.app.books().tenants().await.unwrap().tenants.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_backup_loses_who_has_left_since() {
    let (bench, other) = two(|_| {}).await;
    let backup = bench.folder.path().join("before.tar.gz");
    app::backup::backup(&bench.app.places, &bench.app.settings, &backup).await.unwrap();
    bench.app.remove_tenant("default", "anna", &Stop::default(), &|_| {}).await.unwrap();
    let erased = std::fs::read(bench.app.places.data.join(ERASED)).unwrap();
    for is_kept in [true, false] {
        let folder = bench.folder.path().join(format!("restored-{is_kept}"));
        let places = Places { data: folder.join("data"), ..bench.app.places.clone() };
        std::fs::create_dir_all(&places.data).unwrap();
        if is_kept {
            std::fs::write(places.data.join(ERASED), &erased).unwrap();
        }
        app::backup::restore(&places, &backup).await.unwrap();
        let restored = App::build(places, Settings::default_settings().unwrap(), seams(now())).await.unwrap();
        assert!(restored.store.counts(other).await.unwrap().chunks > 0);
        let left = restored.leftovers(bench.tenant).await.unwrap();
        // The control: without the file it is back.
        assert_eq!(left.is_empty(), is_kept, "{left:?}");
    }
    // Whoever begins anew under the name is not taken for the one who left.
    let made = bench.app.tenant("default").await.unwrap();
    let Bench { app, folder, .. } = bench;
    drop(app);
    let app = open(folder.path()).await.unwrap();
    assert!(app.store.list_tenants().await.unwrap().iter().any(|one| one.id == made));
}
