//! A document arrives, a question is answered, a crash and a backup change nothing.

use std::sync::Arc;

use app::Stop;
use app::ask::Ask;
use domain::Outcome;
use identity::{Assurance, Purpose};
use index::Op;
use llm::scripted::Scripted;
use llm::{Embedder, ModelInfo, Role};

use crate::harness::{Bench, open};

fn ask(text: &str, person: Option<&str>, assurance: Assurance) -> Ask {
    Ask {
        text: text.into(),
        person: person.map(Into::into),
        assurance,
        purpose: Purpose::Draft,
        customer: domain::Applicability::default(),
        as_of: None,
    }
}

const ARTICLE: &str = "---\ntitle: Reset the display\naudience: public\nlanguage: en\nupdated_at: 2025-01-01T00:00:00Z\n---\n# Reset the display\n\nHold the power button for twelve seconds until the display turns blue. Your settings stay as they are.\n";

#[tokio::test]
async fn an_article_answers_and_a_changed_one_answers_anew() {
    let bench = Bench::new().await;
    let inbox = bench.write("reset.md", ARTICLE);
    let first = bench.read(&inbox).await.unwrap();
    assert_eq!((first.documents_new, first.problems.len()), (1, 0));
    let again = bench.read(&inbox).await.unwrap();
    assert_eq!((again.documents_new, again.documents_changed, again.embedded), (0, 0, 0));

    let question = ask("How do I reset the display with the power button?", None, Assurance::Anonymous);
    let answer = bench.app.ask(bench.tenant, &question).await.unwrap();
    let text = answer.response.decision.draft.unwrap().text();
    assert!(text.contains("twelve seconds"), "{text}");

    bench.write("reset.md", ARTICLE.replace("twelve", "twenty").replace("2025-01-01", "2025-02-01"));
    let changed = bench.read(&inbox).await.unwrap();
    assert_eq!((changed.documents_new, changed.documents_changed), (0, 1));
    let answer = bench.app.ask(bench.tenant, &question).await.unwrap();
    let text = answer.response.decision.draft.unwrap().text();
    assert!(text.contains("twenty seconds"), "{text}");
    // In January the first text counted.
    let then = Ask { as_of: Some("2025-01-15".parse().unwrap()), ..question };
    let answer = bench.app.ask(bench.tenant, &then).await.unwrap();
    let text = answer.response.decision.draft.unwrap().text();
    assert!(text.contains("twelve seconds"), "{text}");
}

#[tokio::test]
async fn a_removed_file_is_gone_and_a_vanished_folder_asks_first() {
    let bench = Bench::new().await;
    for number in 0..10 {
        bench.write(
            &format!("a{number}.md"),
            format!("---\naudience: public\n---\nThe lamp number {number} shines green."),
        );
    }
    let inbox = bench.folder.path().join("inbox");
    bench.read(&inbox).await.unwrap();
    std::fs::remove_file(inbox.join("a3.md")).unwrap();
    assert_eq!(bench.read(&inbox).await.unwrap().documents_removed, 1);
    for number in 4..10 {
        std::fs::remove_file(inbox.join(format!("a{number}.md"))).unwrap();
    }
    let error = format!("{:#}", bench.read(&inbox).await.unwrap_err());
    assert!(error.contains("--allow-shrink"), "{error}");
    assert_eq!(bench.app.store.counts(bench.tenant).await.unwrap().articles, 9);
}

#[tokio::test]
async fn nothing_found_is_handed_off() {
    let bench = Bench::new().await;
    let answer =
        bench.app.ask(bench.tenant, &ask("Where is the moon?", None, Assurance::Anonymous)).await.unwrap();
    assert!(matches!(answer.response.decision.outcome, Outcome::HandOff(_)));
}

#[tokio::test]
async fn an_unknown_or_shared_key_is_an_error() {
    let bench = Bench::with_sample().await;
    for key in ["email:nobody@nowhere.test", "user_id:velohaus-frontdesk", "user_id:undefined", "shoe:42"] {
        let asked = ask("How do I charge the battery?", Some(key), Assurance::Claimed);
        assert!(bench.app.ask(bench.tenant, &asked).await.is_err(), "{key}");
    }
}

#[tokio::test]
async fn a_backup_taken_in_use_restores_with_a_new_index() {
    let bench = Bench::with_sample().await;
    let file = bench.folder.path().join("copy.tar.gz");
    app::backup::backup(&bench.app.places, &bench.app.settings, &file).await.unwrap();
    assert!(app::backup::backup(&bench.app.places, &bench.app.settings, &file).await.is_err());

    let elsewhere = bench.folder.path().join("elsewhere");
    let places = app::Places { data: elsewhere.join("data"), ..bench.app.places.clone() };
    app::backup::restore(&places, &file).await.unwrap();
    assert!(app::backup::restore(&places, &file).await.is_err(), "the folder is no longer empty");
    let restored = open(&elsewhere).await.unwrap();
    let (old, new) = (
        bench.app.index.count(bench.tenant).await.unwrap(),
        restored.index.count(bench.tenant).await.unwrap(),
    );
    assert_eq!(old, new);
    let question = ask("How do I charge the battery?", None, Assurance::Anonymous);
    let before = bench.app.ask(bench.tenant, &question).await.unwrap();
    let after = restored.ask(bench.tenant, &question).await.unwrap();
    // The new index has fitted the length of its texts, so that scores may move a little; what is said may not.
    let (before, after) = (before.response.decision, after.response.decision);
    assert_eq!((before.outcome, before.draft), (after.outcome, after.draft));

    let cut = bench.folder.path().join("cut.tar.gz");
    std::fs::write(&cut, &std::fs::read(&file).unwrap()[..200]).unwrap();
    let third = app::Places { data: bench.folder.path().join("third"), ..places };
    assert!(app::backup::restore(&third, &cut).await.is_err());
    assert!(!third.data.exists());
}

/// A model that gives one vector too few.
struct Forgetful(Scripted);

#[async_trait::async_trait]
impl Embedder for Forgetful {
    fn model(&self) -> &ModelInfo {
        self.0.model()
    }

    async fn embed(&self, texts: &[String], role: Role) -> Result<Vec<Vec<f32>>, llm::Error> {
        let mut vectors = self.0.embed(texts, role).await?;
        vectors.pop();
        Ok(vectors)
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.0.count_tokens(text)
    }
}

#[tokio::test]
async fn a_model_that_forgets_a_text_stops_the_run_and_loses_nothing() {
    let bench = Bench::new().await;
    let inbox = bench.write("reset.md", ARTICLE);
    let mut forgetful = bench.app.clone();
    forgetful.ingest.embedder = Arc::new(Forgetful(Scripted::new(64)));
    let error =
        forgetful.read_files(bench.tenant, &inbox, false, Stop::default(), &|_| {}).await.unwrap_err();
    assert!(format!("{error:#}").contains("fewer vectors"), "{error:#}");
    bench.read(&inbox).await.unwrap();
    bench.assert_index_is_whole().await;
}

/// A backup that is taken during an ingest holds an outbox with a few rows; the new index needs all of them.
#[tokio::test]
async fn an_index_that_is_lost_or_damaged_is_made_again_on_opening() {
    let bench = Bench::with_sample().await;
    let (tenant, home) = (bench.tenant, bench.folder.path().to_owned());
    let count = bench.app.index.count(tenant).await.unwrap();
    let tenants = home.join("data/index/tenants");
    let folder = bench.folder;
    drop(bench.app);

    std::fs::remove_dir_all(&tenants).unwrap();
    let app = open(&home).await.unwrap();
    assert_eq!(app.index.count(tenant).await.unwrap(), count);

    // One chunk too few, and one waiting in the outbox.
    let state = app.store.chunk_states(tenant, None, 1).await.unwrap()[0];
    app.index.apply(tenant, vec![Op::Remove(state.id)]).await.unwrap();
    drop(app);
    let app = open(&home).await.unwrap();
    let comparison = app.compare_index(tenant).await.unwrap();
    assert_eq!((comparison.differences, comparison.chunks), (Vec::new(), count as u64));
    drop(app);

    let record = std::fs::read_dir(&tenants).unwrap().next().unwrap().unwrap().path().join("tenant.json");
    std::fs::write(record, "{").unwrap();
    let app = open(&home).await.unwrap();
    assert!(app.compare_index(tenant).await.unwrap().differences.is_empty());
    drop(folder);
}

#[tokio::test]
async fn a_second_process_on_the_folder_is_told_who_holds_it() {
    let bench = Bench::new().await;
    let error = match open(bench.folder.path()).await {
        Ok(_) => panic!("two at once"),
        Err(error) => format!("{error:#}"),
    };
    assert!(error.contains(&format!("in use by process {}", std::process::id())), "{error}");
    assert!(error.contains("stop that process or choose another data folder"), "{error}");
    assert!(error.contains(&bench.folder.path().join("data").display().to_string()), "{error}");
}
