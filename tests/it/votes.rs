//! All entries that were found vote for what they lead to, also those whose texts are not read.

use domain::{Language, Question};
use serde_json::json;

use crate::harness::Bench;

/// Returns what sixty entries vote for, an entry in five for one target and the others for another.
async fn votes(keep: usize) -> Vec<(String, f32)> {
    let bench = Bench::with(|settings| settings.retrieval.keep = keep).await;
    let row = |number: usize| {
        let target = if number.is_multiple_of(5) { "reset" } else { "display" };
        let text = format!("Where do I reset display {number}?");
        format!("{}\n", json!({ "id": number, "text": text, "leads_to": [target], "audience": "public" }))
    };
    let inbox = bench.write("rows.jsonl", (0..60).map(row).collect::<String>());
    bench.read(&inbox).await.unwrap();
    let question = Question::new("How do I reset the display?", Language::ENGLISH);
    bench.app.retrieval.find(&bench.public_scope(), &question).await.unwrap().votes
}

#[tokio::test]
async fn entries_that_are_not_read_vote_too() {
    let (few, all) = (votes(1).await, votes(100).await);
    assert!(few.len() == 1 && all.len() == 2, "{few:?} {all:?}");
    assert!(few[0].0 == all[0].0 && (few[0].1 - all[0].1).abs() < 1e-5, "{few:?} {all:?}");
    assert!(all[0].1 < 0.95, "{all:?}");
}
