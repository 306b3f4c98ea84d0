use std::sync::Mutex;

use tempfile::TempDir;
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::source::{Published, download};
use super::*;
use crate::tiny;

fn quiet(_: Progress) {}

/// Returns sources that reach neither the network nor Python.
fn nowhere() -> Sources {
    Sources { hub: None, package: false, python: PathBuf::from("/nowhere/python3"), ..Sources::public() }
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != ".lock")
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn pulls_from_a_folder_once() {
    let (folder, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    tiny::write(folder.path());
    let steps = Mutex::new(Vec::new());
    let note = |step| steps.lock().unwrap().push(step);
    assert!(list(cache.path()).unwrap().is_empty());
    assert!(matches!(find(cache.path()), Err(Error::ModelMissing { .. })));

    let path = pull(cache.path(), &Sources::folder(folder.path()), &note).await.unwrap();
    assert_eq!(path, default_dir(cache.path()));
    assert_eq!(names(&cache.path().join("models")), [DEFAULT]);
    assert!(find(cache.path()).is_ok());

    // The source is not needed again.
    drop(folder);
    assert_eq!(pull(cache.path(), &nowhere(), &note).await.unwrap(), path);
    assert_eq!(steps.lock().unwrap().last(), Some(&Progress::Present));
    let listed = list(cache.path()).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].name.as_str(), listed[0].state.as_ref().unwrap().name.as_str()), (DEFAULT, "tiny"));
}

#[tokio::test]
async fn replaces_a_broken_model_and_clears_what_an_interruption_left() {
    let (folder, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    tiny::write(folder.path());
    let path = default_dir(cache.path());
    tiny::write(&path);
    fs::write(path.join("model.onnx"), "half").unwrap();
    fs::create_dir_all(cache.path().join("models/.pull-abc/model")).unwrap();
    let listed = list(cache.path()).unwrap();
    assert!(matches!(listed[0].state, Err(Error::ModelBroken { .. })), "{listed:?}");

    pull(cache.path(), &Sources::folder(folder.path()), &quiet).await.unwrap();
    assert!(find(cache.path()).is_ok());
    assert_eq!(names(&cache.path().join("models")), [DEFAULT]);
}

#[tokio::test]
async fn replaces_what_another_version_built() {
    let (folder, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    tiny::write(folder.path());
    let path = default_dir(cache.path());
    tiny::write(&path);
    let steps = Mutex::new(Vec::new());
    let note = |step| steps.lock().unwrap().push(step);
    for (script, present) in [("00", false), (build::script_sha256().as_str(), true)] {
        tiny::describe(&path, &format!("built_by = \"{script}\""));
        pull(cache.path(), &Sources::folder(folder.path()), &note).await.unwrap();
        assert_eq!(steps.lock().unwrap().last() == Some(&Progress::Present), present, "{script}");
    }
}

#[tokio::test]
async fn two_pulls_at_once_wait_for_each_other() {
    let (folder, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    tiny::write(folder.path());
    let sources = Sources::folder(folder.path());
    let pulls = [pull(cache.path(), &sources, &quiet), pull(cache.path(), &sources, &quiet)];
    let [first, second] = pulls;
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap(), second.unwrap());
}

#[tokio::test]
async fn a_failed_pull_leaves_the_cache_as_it_was() {
    let (folder, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    tiny::write(folder.path());
    fs::write(folder.path().join("tokenizer.json"), "changed").unwrap();
    let error = pull(cache.path(), &Sources::folder(folder.path()), &quiet).await.unwrap_err();
    assert!(error.to_string().contains("tokenizer.json` is cut or changed"), "{error}");
    assert!(names(&cache.path().join("models")).is_empty());

    let empty = TempDir::new().unwrap();
    let error = pull(cache.path(), &Sources::folder(empty.path()), &quiet).await.unwrap_err();
    assert!(error.to_string().contains("model.safetensors"), "{error}");
}

#[tokio::test]
async fn says_what_each_source_answered() {
    let cache = TempDir::new().unwrap();
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    let sources = Sources { hub: Some(server.uri()), ..nowhere() };
    let message = pull(cache.path(), &sources, &quiet).await.unwrap_err().to_string();
    assert!(
        message.starts_with("model `all-minilm-l6-v2-int8` could not be fetched:\n- hub `http"),
        "{message}"
    );
    assert!(message.ends_with("status 404 Not Found"), "{message}");
    assert!(names(&cache.path().join("models")).is_empty());
}

#[tokio::test]
async fn says_what_to_install_when_python_is_missing() {
    let cache = TempDir::new().unwrap();
    let sources = Sources { package: true, ..nowhere() };
    let message = pull(cache.path(), &sources, &quiet).await.unwrap_err().to_string();
    assert!(message.starts_with("`/nowhere/python3` does not work here: "), "{message}");
    assert!(message.ends_with("(on Debian: `apt install python3 python3-venv`)"), "{message}");
}

#[tokio::test]
async fn a_download_must_have_the_published_checksum() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path_regex("^/sentence-transformers/all-MiniLM-L6-v2/resolve/[0-9a-f]{40}/(good|bad)$"))
        .respond_with(ResponseTemplate::new(200).set_body_string("weights"))
        .mount(&server)
        .await;
    let to = TempDir::new().unwrap();
    let steps = Mutex::new(Vec::new());
    let get = async |name, sha256| {
        let files = [Published { name, sha256 }];
        let note = |step| steps.lock().unwrap().push(step);
        download(&server.uri(), &files, Duration::from_secs(3), to.path(), &note).await
    };
    // The SHA-256 of the word above.
    let sum = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c";
    get("good", sum).await.unwrap();
    assert_eq!(fs::read_to_string(to.path().join("good")).unwrap(), "weights");
    let last = Progress::Downloading { file: "good".to_owned(), done: 7, total: Some(7) };
    assert_eq!(steps.lock().unwrap().last(), Some(&last));
    let message = get("bad", "00").await.unwrap_err().to_string();
    assert!(message.contains("is not the published one"), "{message}");
}
