//! Who we are to Google.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::{Error, Keyring, Secret};
use google_docs::install::{self, App};
use google_docs::{Auth, Config, Connection, Reach, Root, SourceConfig};
use google_docs_fake::{Calls, Doc, Fault, Kind};

use crate::setup::{CLIENT, Drive, Mirror, READER, Ring, SECRET};

const ROBOT: &str = "robot@project.example";

fn robot(drive: &Drive, scopes: &[&str], subject: Option<&str>, reach: Reach) -> Connection {
    let account = drive.fake.add_service_account(ROBOT, scopes);
    let key = Secret::new(&account.key_file);
    let subject = subject.map(str::to_owned);
    Connection { auth: Auth::ServiceAccount { key, subject }, reach, ..drive.connection() }
}

fn all(drive: &Drive, connection: Connection) -> Box<dyn connector::Source> {
    let source = SourceConfig::usual(vec![Root::Folder(drive.root.clone())]);
    google_docs::build(Config { connection, source }).unwrap()
}

#[tokio::test]
async fn a_service_account_acts_for_a_user() {
    let drive = Drive::start().await;
    let doc = drive.fake.edit(|world| world.add_doc(&drive.root, "Doc", Doc::text("words")));
    let scopes = [Reach::DocsAndFiles.scopes()];
    let source = all(&drive, robot(&drive, &scopes, Some(READER), Reach::DocsAndFiles));
    assert_eq!(source.check().await.unwrap().name, "Google Drive of Reader");
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.text(&doc).trim(), "words");
    assert!(!format!("{source:?}").contains("PRIVATE"));
}

#[tokio::test]
async fn the_account_is_the_same_whoever_asks_for_the_user() {
    let drive = Drive::start().await;
    let scopes = [Reach::DocsAndFiles.scopes()];
    let source = all(&drive, robot(&drive, &scopes, Some(READER), Reach::DocsAndFiles));
    let by_user = all(&drive, drive.connection());
    assert_eq!(source.check().await.unwrap(), by_user.check().await.unwrap());
}

#[tokio::test]
async fn what_an_administrator_did_not_allow_is_told_with_the_next_step() {
    let drive = Drive::start().await;
    let source = all(&drive, robot(&drive, &[], Some(READER), Reach::DocsAndFiles));
    let error = source.check().await.unwrap_err();
    assert!(matches!(&error, Error::FixCredentials { what } if what.contains("Admin console")), "{error}");
    let scopes = [Reach::DocsAndFiles.scopes()];
    let source = all(&drive, robot(&drive, &scopes, Some("nobody@tenant.example"), Reach::DocsAndFiles));
    let error = source.check().await.unwrap_err();
    assert!(matches!(&error, Error::FixCredentials { what } if what.contains("invalid_grant")), "{error}");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_put_right_by_googles() {
    let drive = Drive::start().await;
    let scopes = [Reach::DocsAndFiles.scopes()];
    for wrong in [-86_400_000, 7_200_000] {
        let connection = robot(&drive, &scopes, Some(READER), Reach::DocsAndFiles);
        let now = connection.now.plus_millis(wrong);
        let source = all(&drive, Connection { now, ..connection });
        source.check().await.unwrap();
    }
}

#[tokio::test]
async fn docs_alone_are_read_with_the_narrower_scopes() {
    let drive = Drive::start().await;
    let (doc, file) = drive.fake.edit(|world| {
        let file = Kind::File("text/plain".into(), b"closed".to_vec());
        (world.add_doc(&drive.root, "Doc", Doc::text("words")), world.add(&drive.root, "File", file))
    });
    let scopes: Vec<&str> = Reach::Docs.scopes().split(' ').collect();
    let shared = drive.fake.edit(|world| {
        let shared = world.add_drive("Team", READER);
        world.add_doc(&shared, "Shared", Doc::text("shared words"));
        shared
    });
    let connection = robot(&drive, &scopes, Some(READER), Reach::Docs);
    let of_drive = SourceConfig::usual(vec![Root::Drive(shared)]);
    let source = google_docs::build(Config { connection, source: of_drive }).unwrap();
    assert_eq!(source.pull(None).await.unwrap().records.len(), 1);
    let source = all(&drive, robot(&drive, &scopes, Some(READER), Reach::Docs));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), [doc.as_str()]);
    assert_eq!(mirror.problems.len(), 1);
    assert_eq!(mirror.problems[0].place, file);
    let wide = drive.connection();
    let narrow = Secret::new(&drive.fake.add_refresh_token(READER, Reach::Docs.scopes()));
    let keyring: Arc<dyn Keyring> = Arc::new(Ring(Mutex::new(narrow)));
    let auth = Auth::User { client_id: CLIENT.into(), client_secret: Secret::new(SECRET), keyring };
    let error = all(&drive, Connection { auth, ..wide }).pull(None).await.unwrap_err();
    assert!(
        matches!(error, Error::FixCredentials { .. }),
        "a scope that is missing is no problem of one file"
    );
}

#[tokio::test]
async fn tokens_that_rotate_are_kept() {
    let drive = Drive::start().await;
    drive.fake.rotate_refresh_tokens();
    for _ in 0..3 {
        all(&drive, drive.connection()).check().await.unwrap();
    }
    assert_ne!(drive.ring.refresh_token().await.unwrap().reveal(), drive.refresh);
}

/// Keeps a token that somebody else has replaced already.
#[derive(Debug)]
struct Late(Mutex<Vec<Secret>>);

#[async_trait::async_trait]
impl Keyring for Late {
    async fn refresh_token(&self) -> Result<Secret, Error> {
        let mut tokens = self.0.lock().unwrap();
        let newest = tokens[0].clone();
        if tokens.len() > 1 {
            tokens.remove(0);
        }
        Ok(newest)
    }

    async fn replace(&self, _: &Secret, _: &Secret) -> Result<bool, Error> {
        Ok(false)
    }
}

#[tokio::test]
async fn a_token_that_was_replaced_meanwhile_is_read_again() {
    let drive = Drive::start().await;
    let tokens = ["void", &drive.refresh].iter().map(|token| Secret::new(token)).collect();
    let keyring: Arc<dyn Keyring> = Arc::new(Late(Mutex::new(tokens)));
    let auth = Auth::User { client_id: CLIENT.into(), client_secret: Secret::new(SECRET), keyring };
    all(&drive, Connection { auth, ..drive.connection() }).check().await.unwrap();
}

#[tokio::test]
async fn a_refresh_token_that_no_longer_counts_asks_to_connect_again() {
    let drive = Drive::start().await;
    drive.fake.revoke_all();
    let error = all(&drive, drive.connection()).pull(None).await.unwrap_err();
    assert!(matches!(&error, Error::FixCredentials { what } if what.contains("connect the account again")));
    let bad =
        Auth::User { client_id: "x".into(), client_secret: Secret::new("y"), keyring: drive.ring.clone() };
    let error = all(&drive, Connection { auth: bad, ..drive.connection() }).check().await.unwrap_err();
    assert!(matches!(&error, Error::FixCredentials { what } if what.contains("invalid_client")));
}

#[tokio::test]
async fn an_access_token_that_ends_in_the_middle_is_replaced() {
    let drive = Drive::start().await;
    drive.fake.edit(|world| {
        for number in 0..10 {
            world.add_doc(&drive.root, "Doc", Doc::text(&number.to_string()));
        }
    });
    let config =
        SourceConfig { page_records: 2, ..SourceConfig::usual(vec![Root::Folder(drive.root.clone())]) };
    let source = drive.source(config);
    let mut cursor = None;
    let mut read = 0;
    loop {
        let page = source.pull(cursor.as_ref()).await.unwrap();
        read += page.records.len();
        drive.fake.expire_tokens();
        cursor = Some(page.next);
        if !page.more {
            break;
        }
    }
    assert_eq!(read, 10);
    drive.fake.fail(Calls::to("POST", "/token"), Fault::status(503, "backendError"));
    drive.fake.expire_tokens();
    assert!(matches!(source.check().await, Err(Error::Unreachable { .. })));
    source.check().await.unwrap();
}

#[tokio::test]
async fn a_user_consents_once_and_is_read_ever_after() {
    let drive = Drive::start().await;
    let app = App {
        client_id: CLIENT.into(),
        client_secret: Secret::new(SECRET),
        redirect_uri: "https://support.tenant.example/google".into(),
        base_url: Some(drive.fake.base_url().to_owned()),
    };
    let verifier = Secret::new(&"v".repeat(50));
    let url = install::authorise_url(&app, Reach::DocsAndFiles, "state-1", &verifier);
    for part in ["access_type=offline", "prompt=consent", "state=state-1", "code_challenge_method=S256"] {
        assert!(url.contains(part), "{url}");
    }
    assert!(!url.contains(SECRET) && !url.contains("vvvv"));
    let challenge = url.split("code_challenge=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let code = drive.fake.add_code(READER, Reach::DocsAndFiles.scopes(), &challenge);
    let wrong = install::exchange(&app, &Secret::new(&code), &Secret::new("other")).await;
    assert!(matches!(wrong, Err(Error::FixCredentials { .. })));
    let code = drive.fake.add_code(READER, Reach::DocsAndFiles.scopes(), &challenge);
    let refresh = install::exchange(&app, &Secret::new(&code), &verifier).await.unwrap();
    let keyring: Arc<dyn Keyring> = Arc::new(Ring(Mutex::new(refresh)));
    let auth = Auth::User { client_id: CLIENT.into(), client_secret: Secret::new(SECRET), keyring };
    all(&drive, Connection { auth, timeout: Duration::from_secs(5), ..drive.connection() })
        .check()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_key_that_was_replaced_no_longer_signs() {
    let drive = Drive::start().await;
    let scopes = [Reach::DocsAndFiles.scopes()];
    let old = robot(&drive, &scopes, Some(READER), Reach::DocsAndFiles);
    drive.fake.add_service_account(ROBOT, &scopes);
    let error = all(&drive, old).check().await.unwrap_err();
    assert!(
        matches!(&error, Error::FixCredentials { what } if what.contains("the key was deleted")),
        "{error}"
    );
}
