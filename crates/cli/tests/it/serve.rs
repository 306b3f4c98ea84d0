//! `backstory serve`, `connect` and `keys`: what is said, what is refused, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        bench.configure("[intercom]\napps.own = { client_id = \"c\", client_secret = \"s3cret\", base_url = \"http://127.0.0.1:9\" }\n");
        bench
    }

    /// No model is asked for a vector here, so its server need not exist.
    fn configure(&self, more: &str) {
        let text = format!(
            "{more}\n[embedder]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"\n\
             dimensions = 8\nask_dimensions = false\nmax_tokens = 512\nbatch_texts = 64\nbatch_tokens = 8000\n\
             languages = []\nquery_prefix = \"\"\npassage_prefix = \"\"\ntimeout_secs = 30\nretries = 0\n\
             backoff_ms = 1\nmax_wait_secs = 1\n"
        );
        std::fs::write(self.0.path().join("backstory.toml"), text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstory"));
        command.current_dir(self.0.path());
        command.args(["--data-dir", "data", "--config", "backstory.toml", "--cache-dir", "cache"]);
        command.args(args).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Expects a command to be refused with a message that holds `part`.
    fn refused(&self, args: &[&str], part: &str) {
        let output = self.run(args);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains(part), "{args:?}: {told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

/// Ends the process when a test fails.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(address: &str, path: &str, key: &str) -> String {
    let mut call = TcpStream::connect(address).unwrap();
    let head =
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\r\n");
    call.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    call.read_to_string(&mut answer).unwrap();
    answer
}

#[cfg(unix)]
#[test]
fn it_serves_until_it_is_asked_to_stop() {
    let bench = Bench::new();
    let mut child = bench.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut serving = Serving(child.stdout(Stdio::piped()).spawn().unwrap());
    let mut out = BufReader::new(serving.0.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    line.clear();
    out.read_line(&mut line).unwrap();
    assert!(line.contains("backstory connect intercom --token-file FILE"), "{line}");
    assert!(get(&address, "/readyz", "").starts_with("HTTP/1.1 200"));

    // Keys are made while it serves, and count at once.
    let made = bench.run(&["--json", "keys", "add", "anna", "--role", "owner"]);
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(get(&address, "/api/v1/sources", key).starts_with("HTTP/1.1 200"));
    let listed = bench.run(&["keys", "list"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains(id) && listed.contains("anna") && !listed.contains(key), "{listed}");
    assert!(bench.run(&["keys", "revoke", id]).status.success());
    assert!(get(&address, "/api/v1/sources", key).starts_with("HTTP/1.1 401"));

    bench.refused(&["serve", "--listen", &address], "cannot be listened on");
    bench.refused(&["serve", "--listen", "127.0.0.1:0"], "in use by process");

    let pid = serving.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("stopping") && rest.trim_end().ends_with("stopped"), "{rest}");
    assert!(serving.0.wait().unwrap().success());
}

#[test]
fn what_cannot_be_connected_says_what_to_do() {
    let bench = Bench::new();
    bench.refused(&["connect", "intercom"], "--token-file");
    bench.refused(&["connect", "intercom", "--token-file", "nowhere"], "`nowhere` cannot be read");
    bench.refused(&["connect", "intercom", "--token-file", "-"], "holds no token");
    std::fs::write(bench.0.path().join("token"), "tok-1\n").unwrap();
    bench.refused(&["connect", "intercom", "--token-file", "token", "--app", "x"], "known are own");
    bench.refused(&["connect", "intercom", "--token-file", "token"], "cannot be reached");
    bench.refused(&["ingest", "--intercom"], "backstory connect intercom --token-file FILE");
    bench.configure("");
    bench.refused(&["connect", "intercom", "--token-file", "token"], "no Intercom app is configured");
    bench.configure("[intercom]\napps.own = { client_id = \"c\", client_secret = \"\" }\n");
    bench.refused(&["serve"], "intercom.apps.own.client_secret");
    bench.configure("[server]\nworkers = 0\n");
    bench.refused(&["serve"], "server.workers");
}

#[test]
fn a_key_that_makes_no_sense_is_refused() {
    let bench = Bench::new();
    bench.refused(&["keys", "add", "x", "--role", "boss"], "known are owner, lead");
    bench.refused(&["keys", "add", "x", "--role", "integration"], "needs scopes");
    bench.refused(&["keys", "add", "x", "--role", "owner", "--scope", "stop"], "has them by role");
    bench.refused(&["keys", "revoke", "key_00000000000000000000000000000001"], "does not exist");
}

#[test]
fn secrets_are_rotated_and_the_declaration_is_shown() {
    let bench = Bench::new();
    let said = |args: &[&str]| {
        let output = bench.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    bench.refused(&["identity", "secret", "add", "--file", "-"], "holds no secret");
    for (name, secret) in [("a", "first-secret-0123456789"), ("b", "second-secret-0123456789")] {
        std::fs::write(bench.0.path().join(name), secret).unwrap();
        said(&["identity", "secret", "add", "--file", name, "--by", "anna"]);
    }
    std::fs::write(bench.0.path().join("c"), "third-secret-0123456789").unwrap();
    bench.refused(&["identity", "secret", "add", "--file", "c"], "retire the older one");
    bench.refused(
        &["identity", "secret", "add", "--file", "c", "--platform", "tv"],
        "known are web, ios, android",
    );
    let listed = said(&["identity", "secret", "list"]);
    assert!(listed.contains("kept beside it") && listed.contains("signs"), "{listed}");
    assert!(!listed.contains("-secret-0123"), "{listed}");
    let first = listed.split_whitespace().next().unwrap();
    assert!(said(&["identity", "secret", "retire", first, "--by", "ben"]).contains("signs no more"));

    assert!(said(&["identity", "jwt", "show"]).contains("Nothing is declared"));
    bench.refused(&["identity", "jwt", "renew"], "identity jwt declare");
    bench.refused(&["identity", "jwt", "declare", "--since", "2200-01-01"], "lies ahead");
    let declared = said(&["identity", "jwt", "declare", "--since", "2026-01-01", "--by", "anna"]);
    assert!(declared.contains("counts until") && declared.contains("2026-01-01T00:00:00Z"), "{declared}");
    assert!(said(&["--json", "identity", "jwt", "renew"]).contains("\"standing\": \"counts\""));
    assert!(said(&["identity", "jwt", "withdraw", "--by", "ben"]).contains("Nothing is declared"));
    let log = said(&["identity", "log"]);
    for action in [
        "anna  identity.secret.add",
        "ben  identity.secret.retire",
        "identity.jwt.declare",
        "ben  identity.jwt.withdraw",
    ] {
        assert!(log.contains(action), "{action}: {log}");
    }
}
