//! The binary on a folder of its own, with a model server in this process.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// How the binary ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) server: MockServer,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(vectors).mount(&server).await;
        let bench = Self { folder: tempfile::tempdir().unwrap(), server };
        fs::create_dir_all(bench.inbox()).unwrap();
        bench.configure("one", "");
        bench
    }

    pub(crate) fn inbox(&self) -> PathBuf {
        self.folder.path().join("inbox")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.inbox().join(name), content).unwrap();
    }

    pub(crate) fn configure(&self, model: &str, more: &str) {
        let text = format!(
            "{more}\n[embedder]\nkind = \"openai\"\nbase_url = \"{}/v1\"\nmodel = \"{model}\"\ndimensions = 8\n\
             ask_dimensions = false\nmax_tokens = 512\nbatch_texts = 64\nbatch_tokens = 8000\nlanguages = []\n\
             query_prefix = \"\"\npassage_prefix = \"\"\ntimeout_secs = 30\nretries = 0\nbackoff_ms = 1\n\
             max_wait_secs = 1\n",
            self.server.uri()
        );
        fs::write(self.folder.path().join("backstory.toml"), text).unwrap();
    }

    pub(crate) async fn run(&self, more: &[&str]) -> Ended {
        let (data, config) = (self.data(), self.folder.path().join("backstory.toml"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstory"));
        command.args(["--data-dir".as_ref(), data.as_os_str(), "--config".as_ref(), config.as_os_str()]);
        command.arg("--cache-dir").arg(self.folder.path().join("cache")).args(more);
        // The server answers on threads of this runtime.
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    pub(crate) async fn ingest(&self) -> Ended {
        let inbox = self.inbox().display().to_string();
        self.run(&["ingest", &inbox]).await
    }

    /// Reads the inbox and expects it to be refused with code 1 and a message that holds all of `parts`.
    pub(crate) async fn refused(&self, parts: &[&str]) {
        let ended = self.ingest().await;
        assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
        assert!(ended.err.starts_with("error: "), "{}", ended.err);
        for part in parts {
            assert!(ended.err.contains(part), "`{part}` is not in: {}", ended.err);
        }
    }
}

pub(crate) fn vectors(request: &Request) -> ResponseTemplate {
    let asked: Value = serde_json::from_slice(&request.body).unwrap();
    let count = asked["input"].as_array().unwrap().len();
    let data: Vec<Value> =
        (0..count).map(|index| json!({"index": index, "embedding": [1, 2, 3, 4, 5, 6, 7, 8]})).collect();
    ResponseTemplate::new(200).set_body_json(json!({"data": data}))
}
