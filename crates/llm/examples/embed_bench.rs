//! Measures a model folder: `embed_bench MODEL_DIR TEXTS_JSON [THREADS]`.
//!
//! `TEXTS_JSON` is a JSON array of texts. Prints one JSON object: texts per second of the best of
//! three passes, and the time of single short questions. With `--vectors FILE` it also writes the
//! vectors, so that others can compare them.
#![expect(clippy::print_stdout, reason = "a measurement prints its result")]
#![expect(clippy::expect_used, reason = "a measurement may stop where it cannot go on")]

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use llm::local::Local;
use llm::{Embedder, Role};

const PASSES: usize = 3;
const QUESTIONS: usize = 50;

#[tokio::main]
async fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let vectors_file = arguments.iter().position(|argument| argument == "--vectors").map(|at| {
        let file = arguments.remove(at + 1);
        arguments.remove(at);
        file
    });
    let [dir, texts_file, rest @ ..] = arguments.as_slice() else {
        panic!("embed_bench MODEL_DIR TEXTS_JSON [THREADS] [--vectors FILE]");
    };
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = rest.first().map_or(cores, |number| number.parse().expect("a number of threads"));

    let started = Instant::now();
    let model = Local::open_with_threads(&PathBuf::from(dir), threads).expect("a model");
    let open_ms = started.elapsed().as_secs_f64() * 1000.0;
    let texts = std::fs::read_to_string(texts_file).expect("a file of texts");
    let texts: Vec<String> = serde_json::from_str(&texts).expect("an array of texts");
    let tokens: usize = texts.iter().map(|text| model.count_tokens(text).min(model.model().max_tokens)).sum();

    let mut best = f64::INFINITY;
    let mut vectors = Vec::new();
    for _ in 0..PASSES {
        let started = Instant::now();
        vectors = model.embed(&texts, Role::Passage).await.expect("vectors");
        best = best.min(started.elapsed().as_secs_f64());
    }
    let question = ["How do I change the e-mail address of my account?".to_owned()];
    let mut times = Vec::new();
    for _ in 0..QUESTIONS {
        let started = Instant::now();
        model.embed(&question, Role::Query).await.expect("a vector");
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    if let Some(file) = vectors_file {
        std::fs::write(file, serde_json::to_string(&vectors).expect("numbers"))
            .expect("a file that can be written");
    }
    let result = serde_json::json!({
        "model": model.model().name,
        "checksum": model.model().checksum,
        "threads": threads.get(),
        "texts": texts.len(),
        "tokens_per_text": tokens as f64 / texts.len() as f64,
        "texts_per_second": texts.len() as f64 / best,
        "question_ms_p50": times[times.len() / 2],
        "question_ms_max": times[times.len() - 1],
        "open_ms": open_ms,
    });
    println!("{result}");
}
