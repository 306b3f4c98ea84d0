use std::fs;

use tempfile::TempDir;

use super::*;
use crate::tiny;

fn folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    tiny::write(dir.path());
    dir
}

fn failure(dir: &Path) -> String {
    let error = Local::open(dir).err().unwrap();
    assert_eq!(error.to_string(), inspect(dir).err().map_or(error.to_string(), |error| error.to_string()));
    error.to_string()
}

async fn embed(model: &Local, texts: &[&str]) -> Vec<Vec<f32>> {
    let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
    model.embed(&texts, Role::Passage).await.unwrap()
}

#[tokio::test]
async fn pools_the_mean_and_scales_it() {
    let dir = folder();
    let model = Local::open(dir.path()).unwrap();
    let vectors = embed(&model, &["red", "red green green", "", "blue"]).await;
    let hypotenuse = (1.0f32 + 16.0).sqrt();
    let expected = [[1.0, 0.0, 0.0], [1.0 / hypotenuse, 4.0 / hypotenuse, 0.0], [0.0; 3], [0.0; 3]];
    for (vector, expected) in vectors.iter().zip(expected) {
        assert!(vector.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{vector:?} {expected:?}");
    }
}

#[tokio::test]
async fn keeps_the_order_of_many_texts() {
    let dir = folder();
    let model = Local::open_with_threads(dir.path(), NonZeroUsize::new(3).unwrap()).unwrap();
    let texts: Vec<String> =
        (0..50).map(|i| ["red", "green"][i % 2].to_owned() + &" blue".repeat(i % 7)).collect();
    let (first, second) =
        tokio::join!(model.embed(&texts, Role::Passage), model.embed(&texts[..9], Role::Passage));
    let (first, second) = (first.unwrap(), second.unwrap());
    for (i, vector) in first.iter().enumerate() {
        assert!((vector[i % 2] - 1.0).abs() < 1e-6, "{i} {vector:?}");
    }
    assert_eq!(first[..9], second);
}

#[tokio::test]
async fn a_long_text_counts_by_its_beginning() {
    let dir = folder();
    let model = Local::open(dir.path()).unwrap();
    // Of eight tokens two mark the ends.
    let long = format!("{} {}", "red ".repeat(6), "green ".repeat(2_000_000));
    assert_eq!(embed(&model, &[&long]).await, embed(&model, &["red"]).await);
    assert_eq!(model.count_tokens("red green"), 4);
    assert_eq!(model.count_tokens(&"red ".repeat(100)), 102);
    let wide = "\u{1f600}".repeat(1000);
    assert_eq!(embed(&model, &[&wide]).await[0].len(), 3);
}

#[tokio::test]
async fn roles_differ_where_the_model_says_so() {
    let dir = folder();
    let plain = Local::open(dir.path()).unwrap();
    tiny::describe(dir.path(), "query_prefix = \"query \"");
    let prefixed = Local::open(dir.path()).unwrap();
    let text = ["red".to_owned()];
    let vector = prefixed.embed(&text, Role::Query).await.unwrap();
    assert!(vector[0][2] > 0.9, "{vector:?}");
    assert_eq!(
        prefixed.embed(&text, Role::Passage).await.unwrap(),
        plain.embed(&text, Role::Query).await.unwrap()
    );
    assert_ne!(prefixed.model().checksum, plain.model().checksum);
}

#[test]
fn tells_what_the_model_is() {
    let dir = folder();
    let model = Local::open(dir.path()).unwrap();
    let info = model.model();
    assert_eq!((info.name.as_str(), info.dimensions, info.max_tokens), ("tiny", 3, 8));
    assert_eq!(info.checksum.len(), 32);
    assert!(info.knows("en-GB") && info.knows("EN") && !info.knows("de"));
    assert_eq!(inspect(dir.path()).unwrap(), *info);
}

#[test]
fn a_missing_model_says_how_to_get_it() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("nowhere");
    let expected = format!("there is no model at `{}`; get it with `backstory models pull`", path.display());
    assert_eq!(failure(&path), expected);
}

#[test]
fn a_broken_file_is_named_with_its_fault() {
    type Fault = (&'static str, fn(&Path), &'static str);
    let faults: [Fault; 9] = [
        ("model.toml", |file| fs::remove_file(file).unwrap(), "is missing"),
        ("model.toml", |file| fs::write(file, "format = 1").unwrap(), "is not valid: missing field `name`"),
        ("model.toml", |file| fs::write(file, "= [").unwrap(), "is not valid"),
        (
            "model.toml",
            |file| replace(file, "format = 1", "format = 2"),
            "has format 2, this program reads 1",
        ),
        ("model.onnx", |file| fs::remove_file(file).unwrap(), "is missing"),
        ("tokenizer.json", |file| fs::remove_file(file).unwrap(), "is missing"),
        ("model.onnx", |file| cut(file), "is cut or changed"),
        ("tokenizer.json", |file| cut(file), "is cut or changed"),
        ("model.onnx", |file| fs::write(file, "another model").unwrap(), "is cut or changed"),
    ];
    for (name, harm, expected) in faults {
        let dir = folder();
        harm(&dir.path().join(name));
        let message = failure(dir.path());
        let start = format!("model file `{}` {expected}", dir.path().join(name).display());
        assert!(message.starts_with(&start), "{message} does not start with {start}");
        assert!(message.ends_with("; mend it with `backstory models pull`"), "{message}");
    }
}

#[test]
fn files_that_match_their_checksums_must_still_work() {
    let dir = folder();
    tiny::describe(dir.path(), "dimensions = 4");
    let message = failure(dir.path());
    assert!(message.contains("model.onnx` gives vectors of 3 numbers, but `model.toml` says 4"), "{message}");

    fs::write(dir.path().join("model.onnx"), "no graph").unwrap();
    tiny::describe(dir.path(), "");
    let message = failure(dir.path());
    assert!(message.contains("model.onnx` cannot be loaded"), "{message}");

    tiny::write(dir.path());
    fs::write(dir.path().join("tokenizer.json"), "{}").unwrap();
    tiny::describe(dir.path(), "");
    let message = failure(dir.path());
    assert!(message.contains("tokenizer.json` cannot be used"), "{message}");
}

fn replace(file: &Path, from: &str, to: &str) {
    fs::write(file, fs::read_to_string(file).unwrap().replace(from, to)).unwrap();
}

fn cut(file: &Path) {
    let whole = fs::read(file).unwrap();
    fs::write(file, &whole[..whole.len() / 2]).unwrap();
}

#[test]
fn compares_with_the_vectors_of_the_builder() {
    let dir = folder();
    assert_eq!(check(dir.path()).unwrap(), None);
    let says = |vector: [f32; 3]| {
        let pairs = serde_json::json!([{"text": "red", "vector": vector}]);
        fs::write(dir.path().join(CHECK), pairs.to_string()).unwrap();
        check(dir.path())
    };
    assert_eq!(says([1.0, 0.0, 0.0]).unwrap(), Some(1.0));
    let message = says([0.0, 1.0, 0.0]).unwrap_err().to_string();
    assert!(message.contains("check.json` says other vectors than the model gives here"), "{message}");
}
