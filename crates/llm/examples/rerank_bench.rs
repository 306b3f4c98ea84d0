//! Measures a reranker on this machine: `rerank_bench FOLDER QUESTION_JSON [THREADS]`.
//!
//! `QUESTION_JSON` is `{"question": "…", "texts": ["…", …]}`. Prints one JSON object: the order with the scores, and
//! how long all texts took together in the best of five passes.
#![expect(clippy::print_stdout, reason = "a measurement prints its result")]
#![expect(clippy::expect_used, reason = "a measurement may stop where it cannot go on")]

use std::path::PathBuf;
use std::time::Instant;

use llm::Reranker;
use llm::rerank::Folder;
use llm::rerank::local::Local;

const PASSES: usize = 5;

#[derive(serde::Deserialize)]
struct Asked {
    question: String,
    texts: Vec<String>,
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, file, rest @ ..] = arguments.as_slice() else {
        panic!("rerank_bench FOLDER QUESTION_JSON [THREADS]");
    };
    let config = Folder {
        folder: PathBuf::from(folder),
        threads: rest.first().map(|number| number.parse().expect("a number of threads")),
        candidates: 200,
        max_tokens: 512,
        timeout_ms: 60_000,
    };
    let started = Instant::now();
    let model = Local::open(&config).expect("a reranker");
    let open_ms = started.elapsed().as_secs_f64() * 1000.0;
    let asked = std::fs::read_to_string(file).expect("a file with a question and texts");
    let Asked { question, texts } = serde_json::from_str(&asked).expect("a question and texts");

    let (mut best, mut ranked) = (f64::INFINITY, Vec::new());
    for _ in 0..PASSES {
        let started = Instant::now();
        ranked = model.rerank(&question, &texts).await.expect("an order");
        best = best.min(started.elapsed().as_secs_f64() * 1000.0);
    }
    let order: Vec<_> = ranked.iter().map(|one| (one.index, one.score)).collect();
    let result = serde_json::json!({
        "model": model.info().model,
        "texts": texts.len(),
        "order": order,
        "ms": best,
        "ms_per_pair": best / texts.len().max(1) as f64,
        "open_ms": open_ms,
    });
    println!("{result}");
}
