//! What is read again when something changes, and what counts when an id is there twice.

use std::fs;

use crate::{Folder, age};

fn article(id: &str, text: &str) -> String {
    format!("{{\"id\": \"{id}\", \"text\": \"{text}\"}}\n")
}

#[tokio::test]
async fn an_unchanged_folder_is_not_opened() {
    let mut folder = Folder::new();
    folder.write("a.md", "first");
    age(&folder.path("a.md"));
    assert_eq!(folder.sync().await.ids(), ["a.md"]);
    let cursor = folder.cursor.clone();
    // Another content behind the same size and time can only be seen by opening the file.
    folder.write("a.md", "other");
    age(&folder.path("a.md"));
    let round = folder.sync().await;
    assert!(round.records.is_empty() && round.problems.is_empty());
    assert_eq!(folder.cursor, cursor);
}

#[tokio::test]
async fn a_file_that_was_only_touched_gives_nothing() {
    let mut folder = Folder::new();
    folder.write("a.md", "first");
    age(&folder.path("a.md"));
    folder.sync().await;
    folder.write("a.md", "first");
    assert!(folder.sync().await.records.is_empty());
}

#[tokio::test]
async fn a_fresh_file_is_judged_by_its_content() {
    let mut folder = Folder::new();
    folder.write("a.md", "first");
    folder.sync().await;
    folder.write("a.md", "other");
    assert_eq!(folder.sync().await.documents()[0].markdown, "other");
    assert!(folder.sync().await.records.is_empty());
}

#[tokio::test]
async fn only_what_changed_is_read() {
    let mut folder = Folder::new();
    for name in ["a.md", "b.md", "c.jsonl"] {
        folder.write(name, article(name, "text"));
    }
    assert_eq!(folder.sync().await.records.len(), 3);
    folder.write("b.md", "changed");
    fs::remove_file(folder.path("a.md")).unwrap();
    folder.write("d.md", "new");
    let round = folder.sync().await;
    assert_eq!(round.ids(), ["b.md", "d.md"]);
    assert_eq!(folder.ids().await, ["b.md", "c.jsonl", "d.md"]);
    assert!(folder.sync().await.records.is_empty());
}

#[tokio::test]
async fn other_settings_read_everything_again() {
    let mut folder = Folder::new();
    folder.write("a.md", "text");
    folder.sync().await;
    folder.config.default_audience = domain::record::RawAudience::Public;
    assert_eq!(folder.sync().await.documents()[0].audience, domain::record::RawAudience::Public);
}

#[tokio::test]
async fn the_first_of_two_contents_counts() {
    let mut folder = Folder::new();
    folder.write("a.jsonl", article("x", "one") + &article("y", "same") + &article("x", "two"));
    folder.write("b.jsonl", article("x", "three") + &article("y", "same") + &article("z", "own"));
    let round = folder.sync().await;
    assert_eq!(round.ids(), ["x", "y", "z"]);
    assert_eq!(round.documents()[0].markdown, "one");
    let skipped = [
        "a.jsonl:3: document `x` is at `a.jsonl:1` already, with other content; that one counts",
        "b.jsonl:1: document `x` is at `a.jsonl:1` already, with other content; that one counts",
    ];
    assert_eq!(round.skipped(), skipped);
    let kept = ["b.jsonl: repeats 1 records that are elsewhere word for word; each counts once"];
    assert_eq!(round.kept(), kept);
    assert_eq!(folder.ids().await, ["x", "y", "z"]);
}

#[tokio::test]
async fn the_second_content_counts_when_the_first_goes() {
    let mut folder = Folder::new();
    folder.write("a.jsonl", article("x", "one") + &article("w", "one"));
    folder.write("b.jsonl", article("x", "two") + &article("y", "two"));
    folder.write("c.jsonl", article("y", "three"));
    folder.sync().await;
    folder.write("a.jsonl", article("w", "one"));
    let round = folder.sync().await;
    let x = round.documents().into_iter().find(|document| document.external_id == "x").unwrap();
    assert_eq!(x.markdown, "two");
    assert!(folder.sync().await.records.is_empty());
    // A file that comes in front takes over, and gives back when it goes.
    folder.write("0.jsonl", article("x", "zero"));
    assert_eq!(folder.sync().await.documents()[0].markdown, "zero");
    assert!(folder.sync().await.records.is_empty());
    fs::remove_file(folder.path("0.jsonl")).unwrap();
    let round = folder.sync().await;
    assert!(round.documents().iter().any(|document| document.markdown == "two"));
    assert!(folder.sync().await.records.is_empty());
}

#[tokio::test]
async fn a_bad_record_never_counts_before_a_good_one() {
    let mut folder = Folder::new();
    folder.write("a.jsonl", article("x", " ") + &article("x", "good"));
    let round = folder.sync().await;
    assert_eq!(round.documents()[0].markdown, "good");
    assert_eq!(round.skipped(), ["a.jsonl:1: has no text"]);
}

#[tokio::test]
async fn what_was_in_the_future_is_read_when_it_has_come() {
    let mut folder = Folder::new();
    let row =
        "{\"conversation_id\": \"c\", \"created_at\": \"2025-06-05\", \"turns\": [{\"text\": \"a\"}]}\n";
    folder.write("a.jsonl", row);
    age(&folder.path("a.jsonl"));
    let round = folder.sync().await;
    assert_eq!(
        round.skipped(),
        ["a.jsonl:1: has a `created_at` more than a day in the future; left out until then"]
    );
    assert!(folder.ids().await.is_empty());
    assert!(folder.sync().await.problems.is_empty());
    folder.config.now = "2025-06-04".parse().unwrap();
    assert_eq!(folder.sync().await.ids(), ["c"]);
    assert!(folder.sync().await.records.is_empty());
}

#[tokio::test]
async fn a_page_is_bounded_by_records_and_bytes() {
    let mut folder = Folder::new();
    let rows: String = (0..10).map(|number| article(&format!("{number}"), &"x".repeat(1_000))).collect();
    folder.write("a.jsonl", rows);
    folder.config.page_records = 4;
    assert_eq!(folder.sync().await.pages, 3);
    folder.cursor = None;
    folder.config.page_records = 500;
    folder.config.page_bytes = 2_500;
    let round = folder.sync().await;
    assert_eq!((round.pages, round.records.len()), (4, 10));
}

#[tokio::test]
async fn a_file_that_changes_during_a_round_is_read_again() {
    let mut folder = Folder::new();
    folder.config.page_records = 2;
    folder.write("a.jsonl", (0..5).map(|number| article(&number.to_string(), "old")).collect::<String>());
    let source = folder.open();
    let page = source.pull(None).await.unwrap();
    folder.write("a.jsonl", (0..5).map(|number| article(&number.to_string(), "new")).collect::<String>());
    folder.cursor = Some(page.next);
    let round = folder.sync().await;
    assert_eq!(round.ids(), ["0", "1", "2", "3", "4"]);
    assert!(round.documents().iter().all(|document| document.markdown == "new"));
}

#[tokio::test]
async fn a_file_that_keeps_growing_does_not_hold_up_the_round() {
    let mut folder = Folder::new();
    folder.config.page_records = 1;
    let mut rows: String = (0..3).map(|number| article(&number.to_string(), "x")).collect();
    folder.write("a.jsonl", &rows);
    let source = folder.open();
    let mut ids = Vec::new();
    for number in 3..20 {
        let page = source.pull(folder.cursor.as_ref()).await.unwrap();
        ids.extend(page.records.iter().map(|record| connector::testing::id_of(record).unwrap().id));
        folder.cursor = Some(page.next);
        if !page.more {
            break;
        }
        rows += &article(&number.to_string(), "x");
        folder.write("a.jsonl", &rows);
    }
    assert_eq!(ids, ["0", "1", "2"]);
    folder.config.page_records = 500;
    assert!(folder.sync().await.records.len() >= 6, "the next round reads what the file has become");
}
