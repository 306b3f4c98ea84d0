//! Whatever stands in a folder: a clear problem or a documented rule, never the end.

use std::fs;

use connector::{Effect, Error};
use domain::record::RawAudience;

use crate::{Folder, gzip};

const GOOD: &str = "{\"id\": \"good\", \"text\": \"good\"}\n";

#[tokio::test]
async fn empty_files_are_told() {
    let mut folder = Folder::new();
    folder.write("a.md", "");
    folder.write("b.jsonl", "");
    folder.write("c.jsonl.gz", gzip(" \n\n"));
    folder.write("d.html", "\u{feff}");
    folder.write("good.jsonl", GOOD);
    let round = folder.sync().await;
    assert_eq!(round.ids(), ["good"]);
    assert_eq!(
        round.skipped(),
        ["a.md: is empty", "b.jsonl: is empty", "c.jsonl.gz: is empty", "d.html: is empty"]
    );
}

#[tokio::test]
async fn an_empty_folder_is_told_once() {
    let mut folder = Folder::new();
    assert!(folder.sync().await.skipped()[0].contains("holds no file that can be read"));
    assert!(folder.sync().await.problems.is_empty() || folder.ids().await.is_empty());
}

#[tokio::test]
async fn a_large_article_is_read_up_to_the_limit() {
    let mut folder = Folder::new();
    let text = "A sentence of fifty bytes, again and again, okay.\n".repeat(1 << 20);
    assert!(text.len() > 50_000_000);
    folder.write("large.md", &text);
    folder
        .write("large.jsonl.gz", gzip(format!("{}\n{GOOD}", serde_json::json!({"id": "row", "text": text}))));
    folder.config.page_bytes = u64::MAX;
    let round = folder.sync().await;
    assert_eq!(round.ids(), ["row", "good", "large.md"]);
    assert!(round.documents()[0].markdown.len() > 50_000_000);
    assert_eq!(round.documents()[2].markdown.len(), text.trim().len());
    folder.cursor = None;
    folder.config.max_record_bytes = 1 << 20;
    let round = folder.sync().await;
    assert_eq!(round.ids(), ["good"]);
    let skipped = round.skipped();
    assert!(skipped[0].starts_with("large.jsonl.gz:1: is a line of 53"), "{skipped:?}");
    assert!(skipped[1].starts_with("large.md: is an article larger than 1048576 bytes"), "{skipped:?}");
}

#[tokio::test]
async fn a_large_page_of_soup_is_read() {
    let mut folder = Folder::new();
    let soup = "<div><p>One <b>two <i>three</b> four<table><td>five</div>".repeat(20_000);
    folder.write("soup.html", soup);
    folder.write("deep.html", format!("{}end", "<div>".repeat(100_000)));
    let round = folder.sync().await;
    assert_eq!(round.ids(), ["deep.html", "soup.html"]);
    assert_eq!(round.documents()[1].markdown.matches("five").count(), 20_000);
}

#[tokio::test]
async fn mixed_encodings_and_directions() {
    let mut folder = Folder::new();
    let western =
        encoding_rs::WINDOWS_1252.encode("# Rückgabe\n\nSchicken Sie das Gerät zurück.").0.into_owned();
    let utf16: Vec<u8> = "\u{feff}# Größe\n\nText".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("a.md", western);
    folder.write("b.md", utf16);
    folder.write("c.md", "# كيف أعيد الجهاز؟\n\n\u{200f}أرسل الجهاز إلينا.");
    let line =
        encoding_rs::WINDOWS_1252.encode("{\"id\": \"d\", \"text\": \"Größe wählen\"}\n").0.into_owned();
    folder.write("d.jsonl", [GOOD.as_bytes(), &line].concat());
    folder.write("e.md", "a\0b\u{1}c");
    folder.write("f.jsonl", b"{\"id\": \"f\", \"text\": \"a\0b\\u0000c\"}\n");
    let round = folder.sync().await;
    let texts: Vec<_> = round.documents().into_iter().map(|document| document.markdown.as_str()).collect();
    let expected = [
        "# Rückgabe\n\nSchicken Sie das Gerät zurück.",
        "# Größe\n\nText",
        "# كيف أعيد الجهاز؟\n\n\u{200f}أرسل الجهاز إلينا.",
        "good",
        "Größe wählen",
        "abc",
        "abc",
    ];
    assert_eq!(texts, expected);
    assert_eq!(round.documents()[1].title, "Größe");
    let kept = [
        "a.md: is not UTF-8; read as windows-1252",
        "d.jsonl:2: is not UTF-8; read as windows-1252",
        "e.md: 2 control characters were removed",
        "f.jsonl:1: 2 control characters were removed",
    ];
    assert_eq!(round.kept(), kept);
    assert!(round.skipped().is_empty());
}

#[tokio::test]
async fn a_conversation_in_utf_16_is_read() {
    let mut folder = Folder::new();
    let rows = "\u{feff}{\"id\": \"ä\", \"text\": \"eins\"}\r\n{\"id\": \"b\", \"text\": \"zwei\"}\r\n";
    let utf16: Vec<u8> = rows.encode_utf16().flat_map(u16::to_be_bytes).collect();
    folder.write("a.jsonl.gz", gzip(utf16));
    assert_eq!(folder.sync().await.ids(), ["ä", "b"]);
}

#[tokio::test]
async fn ten_thousand_messages_out_of_order() {
    let mut folder = Folder::new();
    let turns: Vec<_> = (0..10_000)
        .map(|number| {
            let second = (number * 7_919) % 10_000;
            let at = domain::Timestamp::from_millis(1_700_000_000_000 + second * 1_000).to_string();
            serde_json::json!({"author": "customer", "at": at, "text": second.to_string()})
        })
        .collect();
    let row = serde_json::json!({"conversation_id": "long", "turns": turns, "solution_turn": 1});
    folder.write("a.jsonl", format!("{row}\n{GOOD}"));
    let round = folder.sync().await;
    let conversation = round.conversations()[0];
    let expected: Vec<_> = (0..10_000).map(|number| number.to_string()).collect();
    assert!(conversation.turns.iter().map(|turn| &turn.text).eq(&expected));
    assert_eq!(conversation.solution_turn, Some(7_919));
    assert_eq!(
        round.kept(),
        ["a.jsonl:1: has messages that are not in the order of their times; they were sorted"]
    );
}

#[tokio::test]
async fn a_truncated_archive_gives_what_it_can_and_blocks_deletion() {
    let mut folder = Folder::new();
    let rows: String = (0..2_000)
        .map(|number| format!("{{\"id\": {number}, \"text\": \"{}\"}}\n", number * 77_777))
        .collect();
    let whole = gzip(rows);
    folder.write("a.jsonl.gz", &whole[..whole.len() / 2]);
    folder.write("b.jsonl", GOOD);
    folder.config.page_records = 300;
    let round = folder.sync().await;
    assert!(round.records.len() > 100 && round.ids().last().unwrap() == "good");
    let skipped = round.skipped();
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert!(skipped[0].contains("cannot be read from here on"), "{skipped:?}");
    let listing = folder.open().list(None).await.unwrap();
    assert_eq!(listing.ids.len(), round.records.len());
    assert_eq!(listing.unseen.len(), 1);
    assert!(folder.sync().await.records.is_empty());
    folder.write("a.jsonl.gz", whole);
    assert_eq!(folder.sync().await.records.len(), 2_000);
    assert!(folder.open().list(None).await.unwrap().unseen.is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_opened_is_tried_again() {
    let mut folder = Folder::new();
    folder.config.page_records = 1;
    for name in ["a.md", "b.md", "c.md"] {
        folder.write(name, "text");
    }
    fs::remove_file(folder.path("b.md")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path("b.md")).unwrap();
    let round = folder.sync().await;
    assert_eq!(round.ids(), ["a.md", "c.md"]);
    assert!(round.skipped()[0].starts_with("b.md: cannot be looked into"), "{:?}", round.skipped());
    assert_eq!(folder.open().list(None).await.unwrap().unseen.len(), 1);
    fs::remove_file(folder.path("b.md")).unwrap();
    folder.write("b.md", "text");
    assert_eq!(folder.sync().await.ids(), ["b.md"]);
}

#[tokio::test]
async fn a_file_that_goes_during_a_round_is_told_and_tried_again() {
    let mut folder = Folder::new();
    folder.config.page_records = 1;
    for name in ["a.md", "b.md", "c.md"] {
        folder.write(name, "text");
    }
    let source = folder.open();
    let first = source.pull(None).await.unwrap();
    fs::remove_file(folder.path("b.md")).unwrap();
    let second = source.pull(Some(&first.next)).await.unwrap();
    assert_eq!((second.records.len(), second.more), (0, true));
    assert!(second.problems[0].to_string().starts_with("b.md: cannot be opened"), "{second:?}");
    folder.write("b.md", "text");
    folder.cursor = Some(second.next);
    assert_eq!(folder.sync().await.ids(), ["c.md"]);
    assert_eq!(folder.sync().await.ids(), ["b.md"]);
    assert!(folder.sync().await.records.is_empty());
}

#[tokio::test]
async fn unreadable_front_matter_never_makes_an_article_public() {
    let mut folder = Folder::new();
    folder.config.default_audience = RawAudience::Public;
    folder.write("a.md", "---\naudience:internal\n---\nSecret");
    folder.write("b.md", "---\naudience: staff\n---\nSecret");
    folder.write("c.jsonl", "{\"id\": \"c\", \"text\": \"Secret\", \"audience\": [\"internal\"]}\n");
    folder.write("d.md", "Open");
    let round = folder.sync().await;
    let audiences: Vec<_> = round
        .documents()
        .iter()
        .map(|document| (document.external_id.as_str(), &document.audience))
        .collect();
    let expected =
        [("b.md", &RawAudience::Internal), ("c", &RawAudience::Internal), ("d.md", &RawAudience::Public)];
    assert_eq!(audiences, expected);
    assert_eq!(round.problems.iter().filter(|problem| problem.effect == Effect::Skipped).count(), 1);
}

#[tokio::test]
async fn limits_of_zero_are_refused() {
    let mut config = Folder::new().config;
    config.page_records = 0;
    let error = files::build(config).unwrap_err();
    assert!(matches!(&error, Error::GiveUp { .. }) && error.to_string().contains("`page_records`"));
}

#[tokio::test]
async fn one_file_is_a_source_too() {
    let mut folder = Folder::new();
    folder.write("a.jsonl", GOOD);
    folder.write("b.csv", "x");
    folder.config.path = folder.path("a.jsonl");
    assert_eq!(folder.sync().await.ids(), ["good"]);
    let account = folder.open().check().await.unwrap();
    assert_eq!((account.kind, account.name.as_str()), ("files", "a.jsonl"));
    folder.config.path = folder.path("b.csv");
    assert!(matches!(folder.open().check().await, Err(Error::GiveUp { .. })));
    folder.config.path = folder.path("missing");
    assert!(matches!(folder.open().check().await, Err(Error::NotFound { .. })));
}
