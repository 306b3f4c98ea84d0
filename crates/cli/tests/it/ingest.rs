//! `backstory ingest`: what went wrong, what to do about it, and a code that a script can go by.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use wiremock::Mock;
use wiremock::matchers::any;

use crate::bench::{Bench, vectors};

#[tokio::test]
async fn what_is_wrong_with_single_items_is_told_and_is_no_failure() {
    let bench = Bench::new().await;
    bench.write("good.md", "The lamp shines green.");
    bench.write("empty.md", "");
    bench.write("rows.jsonl", "no json\n{\"id\": 1, \"text\": \"The bell rings twice.\"}\n");
    let ended = bench.ingest().await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    for part in ["documents: 2 new", "empty.md: is empty", "rows.jsonl:1: is no JSON object"] {
        assert!(ended.out.contains(part), "`{part}` is not in: {}", ended.out);
    }
    bench.write("later.md", "\0");
    let inbox = bench.inbox().display().to_string();
    let ended = bench.run(&["--json", "ingest", &inbox]).await;
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, &told[0]["problems"][0]["place"]), (Some(0), &json!("later.md")));
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let bench = Bench::new().await;
    let nowhere = bench.folder.path().join("nowhere").display().to_string();
    let ended = bench.run(&["ingest", &nowhere]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains(&nowhere), "{}", ended.err);
    let ended = bench.run(&["--json", "ingest", &nowhere]).await;
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    assert!(told["error"].as_str().unwrap().contains(&nowhere), "{told}");
    assert_eq!(bench.run(&["ingest"]).await.code, Some(2), "neither a path nor a wish");
}

#[tokio::test]
async fn a_folder_that_lost_too_much_is_asked_about() {
    let bench = Bench::new().await;
    for number in 0..10 {
        bench.write(&format!("a{number}.md"), "The lamp shines green.");
    }
    assert_eq!(bench.ingest().await.code, Some(0));
    for number in 0..5 {
        fs::remove_file(bench.inbox().join(format!("a{number}.md"))).unwrap();
    }
    bench.refused(&["lists 5 of 10 stored items", "--allow-shrink"]).await;
    let inbox = bench.inbox().display().to_string();
    let ended = bench.run(&["ingest", &inbox, "--allow-shrink"]).await;
    assert!(ended.code == Some(0) && ended.out.contains("5 removed"), "{}", ended.out);
}

#[tokio::test]
async fn a_second_process_is_told_who_holds_the_folder() {
    let bench = Bench::new().await;
    bench.write("good.md", "The lamp shines green.");
    assert_eq!(bench.ingest().await.code, Some(0));
    let mut lock = File::options().write(true).truncate(true).open(bench.data().join("index/lock")).unwrap();
    lock.try_lock().unwrap();
    writeln!(lock, "4242").unwrap();
    bench
        .refused(&["data/index`", "in use by process 4242 since", "stop that process or choose another"])
        .await;
    drop(lock);
    assert_eq!(bench.ingest().await.code, Some(0));
}

#[tokio::test]
async fn another_model_asks_for_a_new_index_and_gets_it() {
    let bench = Bench::new().await;
    bench.write("good.md", "The lamp shines green.");
    assert_eq!(bench.ingest().await.code, Some(0));
    bench.configure("two", "");
    bench.refused(&["run `backstory index rebuild`"]).await;
    let ended = bench.run(&["ingest", "--rebuild-index"]).await;
    assert!(ended.code == Some(0) && ended.out.contains("made anew"), "{}{}", ended.out, ended.err);
    assert!(bench.ingest().await.out.contains("texts embedded: 0"));
    let ended = bench.run(&["ask", "Which colour has the lamp?"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}

#[tokio::test]
async fn the_index_is_held_against_the_database_and_made_anew() {
    let bench = Bench::new().await;
    bench.write("good.md", "The lamp shines green.");
    assert_eq!(bench.ingest().await.code, Some(0));
    let ended = bench.run(&["index", "verify"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("default: 2 chunks, 0 waiting, 0 differences"), "{}", ended.out);
    let ended = bench.run(&["index", "rebuild", "--tenant", "default"]).await;
    assert!(
        ended.code == Some(0) && ended.out.contains("default: 2 chunks in the new index"),
        "{}",
        ended.out
    );
    fs::remove_dir_all(bench.data().join("index/tenants")).unwrap();
    let ended = bench.run(&["--json", "index", "verify"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(told["tenants"][0]["differences"][0]["kind"], "missing");
    let ended = bench.run(&["index", "rebuild"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert_eq!(bench.run(&["index", "verify"]).await.code, Some(0));

    // With another model, too.
    bench.configure("two", "");
    bench.refused(&["run `backstory index rebuild`"]).await;
    let ended = bench.run(&["index", "rebuild"]).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert!(bench.ingest().await.out.contains("texts embedded: 0"));
}

#[tokio::test]
async fn an_index_of_a_newer_version_is_left_alone() {
    let bench = Bench::new().await;
    bench.write("good.md", "The lamp shines green.");
    assert_eq!(bench.ingest().await.code, Some(0));
    let path = bench.data().join("index/index.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    manifest["schema"] = json!(99);
    fs::write(&path, manifest.to_string()).unwrap();
    bench.refused(&["has schema 99", "use the release that wrote it"]).await;
    assert!(Path::new(&path).exists());
}

#[tokio::test]
async fn a_wrong_setting_is_named_before_anything_is_opened() {
    let bench = Bench::new().await;
    bench.configure("one", "[ingest]\nchunk_tokens = 0");
    bench.refused(&["`ingest.chunk_tokens` is 0", "16 to 8192"]).await;
    assert!(!bench.data().exists());
}

#[tokio::test]
async fn a_server_that_does_not_answer_loses_nothing() {
    let bench = Bench::new().await;
    bench.write("good.md", "The lamp shines green.");
    bench.server.reset().await;
    bench.refused(&["the embedding model failed"]).await;
    Mock::given(any()).respond_with(vectors).mount(&bench.server).await;
    // The text was stored; opening the folder brings the index up.
    let ended = bench.ingest().await;
    assert!(ended.code == Some(0) && ended.out.contains("documents: 0 new"), "{}{}", ended.out, ended.err);
    assert_eq!(bench.run(&["ask", "Which colour has the lamp?"]).await.code, Some(0));
}
