//! Real files, where they are at hand beside the repository.

use std::path::{Path, PathBuf};

use connector::Effect;
use domain::Author;
use domain::record::Record;

use crate::{Folder, Round};

/// Reads a set to its end with one source, or says that it is not there.
#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
async fn read(set: &str) -> Option<Round> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(set);
    if !path.exists() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    let mut config = Folder::new().config;
    config.path = path;
    config.now = "2026-01-01".parse().unwrap();
    let source = files::build(config).unwrap();
    let mut round = Round::default();
    let mut cursor = None;
    loop {
        let page = source.pull(cursor.as_ref()).await.unwrap();
        round.records.extend(page.records);
        round.problems.extend(page.problems);
        round.pages += 1;
        cursor = Some(page.next);
        if !page.more {
            let again = source.pull(cursor.as_ref()).await.unwrap();
            assert!(again.records.is_empty() && !again.more);
            return Some(round);
        }
    }
}

#[tokio::test]
async fn support_threads() {
    let Some(round) = read("mail-support-threads/threads.jsonl.gz").await else { return };
    let conversations = round.conversations();
    assert_eq!(conversations.len(), 10_109);
    assert_eq!(conversations.iter().map(|talk| talk.turns.len()).sum::<usize>(), 42_587);
    assert!(round.skipped().is_empty(), "{:?}", round.skipped());
    // Seven threads have times that are hours off.
    assert_eq!(round.kept().iter().filter(|told| told.contains("were sorted")).count(), 7);
    let solved = conversations.iter().filter(|talk| talk.solution_turn.is_some()).count();
    assert_eq!(solved, 2_810);
    assert!(conversations.iter().any(|talk| talk.weight == 0.0));
    assert!(conversations.iter().all(|talk| talk.language.is_some() && talk.topic.is_some()));
}

#[tokio::test]
async fn service_chats() {
    let Some(round) = read("service-chats").await else { return };
    assert_eq!(round.conversations().len(), 2_805);
    assert_eq!(round.problems, []);
    let turns = round.conversations().into_iter().flat_map(|talk| &talk.turns);
    assert!(turns.filter(|turn| turn.author == Author::Other).count() > 1_000);
}

#[tokio::test]
async fn help_centres() {
    let Some(round) = read("bank-helpcentre/articles.jsonl.gz").await else { return };
    assert_eq!((round.records.len(), round.problems.len()), (698, 0));
    let Some(round) = read("retail-helpcentre").await else { return };
    assert_eq!((round.documents().len(), round.conversations().len()), (55, 3));
    assert!(round.documents().iter().all(|article| !article.title.is_empty()));
    assert_eq!(round.problems.len(), 1, "two files of another kind: {:?}", round.problems);
}

#[tokio::test]
async fn rows_of_other_formats_are_refused_with_a_place() {
    let Some(round) = read("mail-support-threads/articles.jsonl").await else { return };
    assert!(round.records.is_empty());
    assert_eq!(round.problems.len(), 409);
    assert!(round.problems.iter().all(|problem| problem.effect == Effect::Skipped));
    let Some(round) = read("answerability/passages.jsonl.gz").await else { return };
    assert!(!round.records.iter().any(|record| matches!(record, Record::Conversation(_))));
}
