//! The real model, where it is present: it is built by `backstory models pull`, not by a test.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::{Path, PathBuf};

use llm::{Embedder, Role, local, models};

/// Returns the folder of the pulled model, or says why the test is skipped.
fn model() -> Option<PathBuf> {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-models");
    let dir = models::default_dir(&cache);
    if dir.exists() {
        return Some(dir);
    }
    eprintln!("skipped: no model at {}; run `make model`", dir.display());
    None
}

/// The same weights must give the same bytes everywhere; whoever changes the graph changes this.
const MODEL_SHA256: &str = "1664565359e2b64b3283f5885604c8d53d3bbfe676fa09fa8ba7cd6a4e7697a2";

#[test]
fn quantised_vectors_are_those_of_the_published_model() {
    let Some(dir) = model() else { return };
    let manifest = std::fs::read_to_string(dir.join("model.toml")).unwrap();
    assert!(manifest.contains(MODEL_SHA256), "this machine built another model:\n{manifest}");
    let lowest = local::check(&dir).unwrap().expect("a pulled model has vectors to compare with");
    assert!(lowest >= 0.985, "lowest cosine {lowest}");
}

#[tokio::test]
async fn near_texts_are_near_whatever_stands_beside_them() {
    let Some(dir) = model() else { return };
    let model = local::Local::open(&dir).unwrap();
    assert_eq!((model.model().dimensions, model.model().max_tokens), (384, 256));
    let texts = ["How do I reset my password?", "I forgot my login and need a new one", "The parcel is late"];
    let mut texts = texts.map(String::from).to_vec();
    texts.push("word ".repeat(5000));
    let vectors = model.embed(&texts, Role::Passage).await.unwrap();
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    assert!(vectors.iter().all(|vector| (dot(vector, vector) - 1.0).abs() < 1e-4));
    assert!(dot(&vectors[0], &vectors[1]) > dot(&vectors[0], &vectors[2]) + 0.2);
    for (text, vector) in texts.iter().zip(&vectors) {
        let alone = model.embed(std::slice::from_ref(text), Role::Passage).await.unwrap();
        assert_eq!(&alone[0], vector, "{text:.30}");
    }
}
