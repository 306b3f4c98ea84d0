//! The walls between the crates, read from `cargo metadata`: who may use whom, and who may name what.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Which of our crates each crate may use directly.
const TABLE: [(&str, &[&str]); 15] = [
    ("domain", &[]),
    ("identity", &["domain"]),
    ("connector", &["domain"]),
    ("llm", &["domain"]),
    ("store", &["domain", "identity"]),
    ("index", &["domain", "identity"]),
    ("ingest", &["domain", "identity", "connector", "store", "index", "llm"]),
    ("retrieval", &["domain", "identity", "store", "index", "llm"]),
    ("responder", &["domain", "identity", "retrieval", "llm"]),
    (
        "app",
        &[
            "domain",
            "identity",
            "connector",
            "store",
            "index",
            "llm",
            "ingest",
            "retrieval",
            "responder",
            "files",
        ],
    ),
    ("simulations", &["domain", "identity", "llm", "app"]),
    ("cli", &["domain", "identity", "app", "server", "simulations"]),
    ("files", &["domain", "connector"]),
    ("intercom", &["domain", "connector"]),
    (
        "tests",
        &[
            "domain",
            "identity",
            "connector",
            "store",
            "index",
            "llm",
            "ingest",
            "retrieval",
            "responder",
            "app",
            "simulations",
            "files",
        ],
    ),
];

/// Outside crates that only some of ours may name.
const NAMED_BY: [(&str, &[&str]); 9] = [
    ("sqlx", &["store"]),
    ("qdrant-edge", &["index"]),
    ("qdrant-client", &["index"]),
    ("rten", &["llm"]),
    ("rten-tensor", &["llm"]),
    ("tokenizers", &["llm"]),
    ("genai", &["llm"]),
    ("axum", &["server"]),
    ("clap", &["cli"]),
];

fn packages() -> Vec<Value> {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Returns the normal dependencies of a package (and those of tests for `tests`, which has no others).
fn dependencies(package: &Value) -> BTreeSet<String> {
    let is_tests = package["name"] == "tests";
    package["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|dependency| dependency["kind"].is_null() || is_tests)
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_crate_keeps_to_its_walls() {
    let packages = packages();
    let table: BTreeMap<&str, &[&str]> = TABLE.into_iter().collect();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let mut broken = Vec::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let Some(allowed) = table.get(name) else {
            broken.push(format!("`{name}` is not in the table of walls"));
            continue;
        };
        for used in dependencies(package) {
            if ours.contains(used.as_str()) && !allowed.contains(&used.as_str()) {
                broken.push(format!("`{name}` must not use `{used}` directly"));
            }
            let rule = NAMED_BY.iter().find(|(outside, _)| *outside == used);
            if rule.is_some_and(|(_, by)| !by.contains(&name)) {
                broken.push(format!("`{name}` must not name `{used}`"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn folders_are_named_like_their_crates() {
    for package in packages() {
        let path = std::path::PathBuf::from(package["manifest_path"].as_str().unwrap());
        let folder = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(package["name"].as_str(), Some(folder.as_str()));
    }
}
