//! Nothing secret and nothing that stands in a document is shown by any error, debug print or log line.

use std::io::Write;
use std::sync::{Arc, Mutex};

use connector::{Cursor, Secret};
use google_docs::{Auth, Config, Connection, Reach, Root, SourceConfig};
use google_docs_fake::{Calls, Doc, Fault, Kind};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::setup::{Drive, READER, SECRET};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn nothing_is_given_away() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // With a single one, tracing lets the first thread that comes by decide for all what is written, and that may be
    // another test's.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let drive = Drive::start().await;
    drive.fake.edit(|world| {
        world.add_doc(&drive.root, "Salaries", Doc::text("It is dark"));
        world.add_doc(&drive.root, "Salaries", Doc::odd(json!({"tabs": "It is dark"})));
        world.add(&drive.root, "Salaries.pdf", Kind::File("application/pdf".into(), b"It is dark".to_vec()));
    });
    let account = drive.fake.add_service_account("robot@project.example", &[Reach::DocsAndFiles.scopes()]);
    let key: serde_json::Value = serde_json::from_str(&account.key_file).unwrap();
    let private: String = key["private_key"].as_str().unwrap().lines().nth(1).unwrap().to_owned();
    let robot = Connection {
        auth: Auth::ServiceAccount { key: Secret::new(&account.key_file), subject: Some(READER.into()) },
        ..drive.connection()
    };
    let mut said = String::new();
    let mut problems = 0;
    for connection in [drive.connection(), robot] {
        let source = SourceConfig::usual(vec![Root::Folder(drive.root.clone())]);
        let config = Config { connection, source };
        said += &format!("{config:?}");
        let source = google_docs::build(config).unwrap();
        said += &format!("{source:?}");
        let page = source.pull(None).await.unwrap();
        problems += page.problems.len();
        said += &format!("{:?} {:?}", page.problems, page.next);
        said += &format!("{:?}", source.pull(Some(&Cursor::new("It is dark"))).await);
        for fault in [
            Fault::status(401, "authError"),
            Fault::status(403, "userRateLimitExceeded"),
            Fault::status(403, "insufficientPermissions"),
            Fault::status(404, "notFound"),
            Fault::status(400, "Ann Example"),
            Fault::status(500, "backendError"),
            Fault::Cut,
            Fault::Drop,
        ] {
            drive.fake.fail(Calls::any(), fault);
            said += &format!("{:?}", source.check().await);
        }
        drive.fake.fail(Calls::to("POST", "/token"), Fault::status(400, "Ann Example"));
        drive.fake.expire_tokens();
        said += &format!("{:?}", source.check().await);
    }
    assert_eq!(problems, 4);
    let written = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(written.contains("called Google") && said.len() > 1_000, "something was said at all");
    let hidden = [
        SECRET,
        &drive.refresh,
        &private,
        "ya29.",
        "Ann Example",
        "ann@mail",
        "My salary",
        "It is dark",
        "Salaries",
    ];
    for hidden in hidden {
        for text in [&said, &written] {
            let at = text.find(hidden);
            assert!(
                at.is_none(),
                "`{hidden}` is shown: {}",
                &text[at.unwrap().saturating_sub(200)..at.unwrap()]
            );
        }
    }
}
