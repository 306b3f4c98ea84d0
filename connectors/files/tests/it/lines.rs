//! Whatever mix of lines: exactly the good ones, each bad one with its number, however the pages fall.

use proptest::prelude::*;

use crate::{Folder, gzip};

#[derive(Debug, Clone)]
enum Row {
    Good(String),
    Talk(String),
    Bad(&'static str),
    Bytes(Vec<u8>),
    Blank,
}

fn row() -> impl Strategy<Value = Row> {
    let bad = prop::sample::select(vec![
        "{",
        "[1]",
        "null",
        "17",
        "{\"id\": null}",
        "{\"text\": \"no id\"}",
        "{\"id\": 1}",
        "{\"id\": 1, \"id\": 2}",
        "{\"conversation_id\": \"c\"}",
        "{\"conversation_id\": \"c\", \"turns\": 5}",
        "{\"turns\": [{}]}",
        "{\"conversation_id\": \"c\", \"turns\": [{\"text\": \"x\"}]}",
        "{\"conversation_id\": \"c\", \"created_at\": \"2099-01-01\", \"turns\": [{}]}",
        "{\"id\": \"x\", \"text\": \"\\ud800\"}",
        "good night",
        "\u{feff}{\"id\"",
    ]);
    prop_oneof![
        4 => "\\PC{1,30}".prop_map(Row::Good),
        2 => "\\PC{0,30}".prop_map(Row::Talk),
        3 => bad.prop_map(Row::Bad),
        1 => prop::collection::vec(128u8..=255, 1..20).prop_map(Row::Bytes),
        1 => Just(Row::Blank),
    ]
}

/// Writes the rows; every good one gets its line number as id.
fn write(rows: &[Row]) -> (Vec<u8>, Vec<String>, Vec<String>) {
    let (mut bytes, mut good, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    for (index, row) in rows.iter().enumerate() {
        let line = index + 1;
        match row {
            Row::Good(text) if text.trim().is_empty() => bytes.extend(b"\t "),
            Row::Good(text) => {
                bytes.extend(serde_json::json!({"id": line, "text": text}).to_string().into_bytes());
                good.push(line.to_string());
            }
            Row::Talk(text) => {
                let turns = [serde_json::json!({"text": text, "at": "2025-03-01T12:00:00Z"})];
                let row = serde_json::json!({"conversation_id": line, "turns": turns});
                bytes.extend(row.to_string().into_bytes());
                good.push(line.to_string());
            }
            Row::Bad(text) => bytes.extend(text.as_bytes()),
            Row::Bytes(raw) => bytes.extend(raw),
            Row::Blank => bytes.extend(b"  \r"),
        }
        if matches!(row, Row::Bad(_) | Row::Bytes(_)) {
            bad.push(format!("a:{line}"));
        }
        bytes.push(b'\n');
    }
    (bytes, good, bad)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn exactly_the_good_lines_arrive(
        rows in prop::collection::vec(row(), 0..40),
        page_records in 1usize..8,
        compressed in any::<bool>(),
    ) {
        let (bytes, good, bad) = write(&rows);
        let mut folder = Folder::new();
        let (name, bytes) = if compressed { ("a.jsonl.gz", gzip(bytes)) } else { ("a.jsonl", bytes) };
        folder.write(name, bytes);
        folder.config.page_records = page_records;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (round, mut listed) = runtime.block_on(async { (folder.sync().await, folder.ids().await) });
        prop_assert_eq!(round.ids(), good.clone());
        let places: Vec<String> = round
            .problems
            .iter()
            .filter(|problem| problem.place != name && problem.effect == connector::Effect::Skipped)
            .map(|problem| problem.place.replace(name, "a"))
            .collect();
        prop_assert_eq!(places, bad);
        listed.sort();
        let mut expected = good;
        expected.sort();
        prop_assert_eq!(listed, expected);
    }
}
