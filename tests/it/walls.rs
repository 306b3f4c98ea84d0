//! The walls between the crates, read from `cargo metadata`: who may use whom, and who may name what.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Which of our crates each crate may use directly.
const TABLE: [(&str, &[&str]); 19] = [
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
            "intercom",
            "confluence",
            "google-docs",
            "lookup",
        ],
    ),
    ("server", &["domain", "identity", "app"]),
    ("simulations", &["domain", "identity", "llm", "app"]),
    ("cli", &["domain", "identity", "app", "server", "simulations"]),
    ("confluence", &["domain", "connector"]),
    ("files", &["domain", "connector"]),
    ("google-docs", &["domain", "connector"]),
    ("intercom", &["domain", "connector"]),
    ("lookup", &["domain", "connector"]),
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
            "confluence",
            "files",
            "google-docs",
            "server",
        ],
    ),
];

/// Outside crates that only some of ours may name.
const NAMED_BY: [(&str, &[&str]); 9] = [
    ("sqlx", &["store"]),
    ("qdrant-edge", &["index"]),
    ("qdrant-client", &["index", "index-fake"]),
    ("rten", &["llm"]),
    ("rten-tensor", &["llm"]),
    ("tokenizers", &["llm"]),
    ("genai", &["llm"]),
    ("axum", &["server"]),
    ("clap", &["cli"]),
];

/// Who may use a stand-in for an outside system outside of tests: whole-system tests, and a demonstration.
const SHOW_STAND_INS: [&str; 2] = ["tests", "cli"];

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

/// Returns the folder of a package and the folder around it.
fn folders(package: &Value) -> (String, String) {
    let path = std::path::PathBuf::from(package["manifest_path"].as_str().unwrap());
    let mut names =
        path.ancestors().skip(1).map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned());
    (names.next().unwrap(), names.next().unwrap())
}

/// A stand-in for an outside system lies in the folder `fake` of its connector. It uses none of our crates, so
/// that it reads the protocol by itself, and it is a service, so it names `axum`.
fn is_stand_in(package: &Value) -> bool {
    folders(package).0 == "fake"
}

#[test]
fn every_crate_keeps_to_its_walls() {
    let packages = packages();
    let table: BTreeMap<&str, &[&str]> = TABLE.into_iter().collect();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let stand_ins = packages.iter().filter(|package| is_stand_in(package));
    let stand_ins: BTreeSet<&str> = stand_ins.map(|package| package["name"].as_str().unwrap()).collect();
    let mut broken = Vec::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let allowed = if stand_ins.contains(name) { Some([].as_slice()) } else { table.get(name).copied() };
        let Some(allowed) = allowed else {
            broken.push(format!("`{name}` is not in the table of walls"));
            continue;
        };
        for used in dependencies(package) {
            let shown = stand_ins.contains(used.as_str()) && SHOW_STAND_INS.contains(&name);
            if ours.contains(used.as_str()) && !shown && !allowed.contains(&used.as_str()) {
                broken.push(format!("`{name}` must not use `{used}` directly"));
            }
            let rule = NAMED_BY.iter().find(|(outside, _)| *outside == used);
            let serves = used == "axum" && stand_ins.contains(name);
            if rule.is_some_and(|(_, by)| !by.contains(&name)) && !serves {
                broken.push(format!("`{name}` must not name `{used}`"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn folders_are_named_like_their_crates() {
    for package in packages() {
        let (folder, around) = folders(&package);
        let expected = if is_stand_in(&package) { format!("{around}-fake") } else { folder };
        assert_eq!(package["name"].as_str(), Some(expected.as_str()));
    }
}
