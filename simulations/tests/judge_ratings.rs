//! Holds the judge's stated error to people's ratings, where they are at hand (`../shared/data`).
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use domain::Language;
use flate2::read::GzDecoder;
use serde_json::Value;
use simulations::judge::{Embeddings, Overlap, Side};
use simulations::stats::{self, Counted, JudgeError};

const DIMENSIONS: [&str; 3] = ["appropriateness", "completeness", "faithfulness"];

fn people(row: &Value) -> [f64; 3] {
    DIMENSIONS.map(|dimension| {
        let scores = row["human_scores"][dimension].as_array().expect("every reply is rated");
        scores.iter().filter_map(Value::as_f64).sum::<f64>() / scores.len() as f64
    })
}

#[test]
fn the_stated_error_is_what_the_ratings_give() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/answer-ratings/ratings.jsonl.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("the file is gzip");
    let rows: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let references: BTreeMap<String, &Value> = rows
        .iter()
        .filter(|row| row["writer"] == "reference")
        .map(|row| (row["turns"].to_string(), &row["reply"]))
        .collect();
    let mut error =
        JudgeError { sensitivity: Counted { right: 0, of: 0 }, specificity: Counted { right: 0, of: 0 } };
    let (mut scores, mut sums) = (Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| row["writer"] != "reference") {
        let read = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (reply, reference) = (read(&row["reply"]), read(references[&row["turns"].to_string()]));
        let ours = Side { text: &reply, language: Language::ENGLISH };
        let theirs = Side { text: &reference, language: Language::ENGLISH };
        let judgement = Overlap::default().judge(ours, &[], theirs, &[], None);
        let people = people(row);
        let is_right = people.iter().all(|score| *score >= 3.0);
        let kind = if is_right { &mut error.sensitivity } else { &mut error.specificity };
        kind.of += 1;
        kind.right += u32::from(judgement.same == is_right);
        scores.push(judgement.score);
        sums.push(people.iter().sum());
    }
    assert_eq!(error, Overlap::measured_error(Embeddings::None));
    let agreement = stats::spearman(&scores, &sums).expect("both vary");
    assert!(agreement > 0.5, "rank correlation with people's scores fell to {agreement:.3}");
}
