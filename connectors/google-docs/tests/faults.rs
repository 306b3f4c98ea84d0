//! Trouble of every kind: nothing is lost, nothing is deleted that is there.

use std::time::Duration;

use connector::{Error, Source};
use google_docs::{Config, Connection, Limits, Root, SourceConfig};
use google_docs_fake::{Calls, Doc, Fault};

use crate::setup::{Drive, Mirror, READER, list};

const LIST: &str = "/drive/v3/files";

/// A folder of 25 documents that Drive lists in pages of ten.
async fn many() -> (Drive, Vec<String>) {
    let drive = Drive::start().await;
    let docs = drive.fake.edit(|world| {
        world.limits.files_per_page = 10;
        (0..25).map(|number| world.add_doc(&drive.root, "Doc", Doc::text(&number.to_string()))).collect()
    });
    (drive, docs)
}

fn all(drive: &Drive) -> Box<dyn Source> {
    drive.source(SourceConfig {
        page_records: 4,
        ..SourceConfig::usual(vec![Root::Folder(drive.root.clone())])
    })
}

#[tokio::test]
async fn a_listing_that_goes_wrong_never_looks_like_a_deletion() {
    let (drive, docs) = many().await;
    let page = Calls::to("GET", LIST);
    for fault in [
        Fault::EmptyList,
        Fault::SkipPage,
        Fault::RepeatPage,
        Fault::Incomplete,
        Fault::Cut,
        Fault::Drop,
        Fault::status(500, "backendError"),
        Fault::status(403, "userRateLimitExceeded"),
        Fault::status(403, "dailyLimitExceeded"),
        Fault::status(429, "rateLimitExceeded"),
        Fault::status(400, "invalid"),
        Fault::status(403, "insufficientFilePermissions"),
        Fault::status(404, "notFound"),
        Fault::status(401, "authError"),
    ] {
        for position in 0..6 {
            let source = all(&drive);
            for _ in 0..position {
                drive.fake.fail(page.clone(), Fault::status(418, "placeholder"));
            }
            // Faults are used up in order; the first ones are made harmless by asking for as many calls before.
            let mut mirror = Mirror::default();
            for _ in 0..position {
                let _ = source.list(None).await;
            }
            drive.fake.fail(page.clone(), fault.clone());
            if let Ok(Some(listed)) = list(source.as_ref()).await {
                assert_eq!(listed, docs, "{fault:?}");
            }
            let _ = list(source.as_ref()).await;
            assert_eq!(list(source.as_ref()).await.unwrap().unwrap(), docs);
            if mirror.pull(source.as_ref()).await.is_ok() {
                assert_eq!(mirror.ids(), docs, "{fault:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_first_reading_with_faults_on_every_call_ends_with_everything() {
    let (drive, docs) = many().await;
    let faults = [
        Fault::Drop,
        Fault::Cut,
        Fault::status(500, "backendError"),
        Fault::status(403, "rateLimitExceeded"),
        Fault::status(429, "rateLimitExceeded"),
        Fault::SkipPage,
        Fault::EmptyList,
        Fault::RepeatPage,
        Fault::Incomplete,
        Fault::status(401, "authError"),
        Fault::status(400, "invalid"),
    ];
    let mut mirror = Mirror::default();
    let mut source = all(&drive);
    for step in 0..400 {
        if step % 3 == 0 {
            drive.fake.fail(Calls::any(), faults[step / 3 % faults.len()].clone());
        }
        if step % 7 == 0 {
            source = all(&drive);
        }
        if step == 60 {
            drive.fake.edit(|world| world.trash(&docs[3], true));
        }
        let before = mirror.documents.len();
        match mirror.pull(source.as_ref()).await {
            Err(Error::StartOver { .. }) => mirror.cursor = None,
            _ => assert!(mirror.documents.len() + 1 >= before, "nothing is lost on the way"),
        }
    }
    drive.fake.trouble(None);
    for _ in 0..12 {
        let _ = mirror.pull(source.as_ref()).await;
    }
    let left: Vec<&str> = docs.iter().filter(|id| **id != docs[3]).map(String::as_str).collect();
    assert_eq!(mirror.ids(), left);
}

#[tokio::test]
async fn a_shared_drive_that_leaves_between_two_pages_deletes_nothing_by_itself() {
    let drive = Drive::start().await;
    let (mine, shared) = drive.fake.edit(|world| {
        world.limits.files_per_page = 3;
        let shared = world.add_drive("Team", READER);
        for number in 0..8 {
            world.add_doc(&shared, "Doc", Doc::text(&number.to_string()));
        }
        (world.add_doc(&drive.root, "Mine", Doc::text("mine")), shared)
    });
    let roots = vec![Root::Folder(drive.root.clone()), Root::Drive(shared.clone())];
    let source = drive.source(SourceConfig::usual(roots));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.documents.len(), 9);
    let gone = shared.clone();
    drive.fake.after(Calls::to("GET", LIST), move |world| world.remove_drive(&gone));
    assert_eq!(list(source.as_ref()).await.unwrap(), None, "a part could not be seen");
    // The round after it names the drive; what was mine goes on.
    drive.fake.edit(|world| world.write(&mine, Doc::text("mine again")));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.text(&mine).trim(), "mine again");
    assert!(mirror.problems.iter().any(|problem| problem.place == shared));
    // A listing that sees it gone from beginning to end says so, and the guard against shrinking decides.
    assert!(mirror.sweep(source.as_ref()).await.unwrap());
    assert_eq!(mirror.ids(), [mine.as_str()]);
}

#[tokio::test]
async fn with_nothing_left_of_what_was_chosen_every_call_says_so() {
    let drive = Drive::start().await;
    let source = drive.source(SourceConfig::usual(vec![Root::Drive("no-such-drive".into())]));
    assert!(matches!(source.check().await, Err(Error::NotFound { .. })));
    assert!(matches!(source.pull(None).await, Err(Error::NotFound { .. })));
    assert!(matches!(source.list(None).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_root_that_is_missing_is_told_and_the_others_are_read() {
    let (drive, docs) = many().await;
    let roots = vec![Root::Drive("no-such-drive".into()), Root::Folder(drive.root.clone())];
    let source = drive.source(SourceConfig::usual(roots));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), docs);
    assert_eq!(mirror.problems.len(), 1);
    assert_eq!(mirror.problems[0].place, "no-such-drive");
}

#[tokio::test]
async fn calls_are_repeated_inside_while_that_may_help() {
    let (drive, docs) = many().await;
    let limits = Limits { retries: 3, backoff: Duration::from_millis(1), ..drive.connection().limits };
    let connection = Connection { limits, ..drive.connection() };
    let source = SourceConfig::usual(vec![Root::Folder(drive.root.clone())]);
    let source = google_docs::build(Config { connection, source }).unwrap();
    for fault in
        [Fault::status(403, "userRateLimitExceeded"), Fault::status(503, "backendError"), Fault::Drop]
    {
        drive.fake.fail(Calls::any(), fault);
    }
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), docs);
    for _ in 0..9 {
        drive.fake.fail(Calls::any(), Fault::status(403, "userRateLimitExceeded"));
    }
    let wait = |error: Error| match error {
        Error::RetryLater { after: Some(after), .. } => after,
        other => panic!("asks to come back: {other:?}"),
    };
    let first = wait(source.check().await.unwrap_err());
    let second = wait(source.check().await.unwrap_err());
    assert!(second > first, "the longer it lasts, the longer the wait");
    drive.fake.fail(Calls::any(), Fault::status(403, "userRateLimitExceeded"));
    source.check().await.unwrap();
    drive.fake.forget_requests();
    drive.fake.fail(Calls::any(), Fault::status(403, "dailyLimitExceeded"));
    assert!(wait(source.check().await.unwrap_err()) >= Duration::from_secs(3_600));
    assert_eq!(drive.fake.requests().len(), 1, "what is spent is not tried again");
}

#[tokio::test]
async fn budgets_of_google_are_told_apart_from_rights() {
    let (drive, _) = many().await;
    drive.fake.edit(|world| world.limits.docs_per_minute = 5);
    let source = drive.source(SourceConfig::usual(vec![Root::Folder(drive.root.clone())]));
    assert!(matches!(source.pull(None).await, Err(Error::RetryLater { .. })));
    drive.fake.clock().advance(Duration::from_secs(60));
    let source = all(&drive);
    let page = source.pull(None).await.unwrap();
    assert_eq!(page.records.len(), 4);
    assert!(matches!(source.pull(Some(&page.next)).await, Err(Error::RetryLater { .. })));
}

#[tokio::test]
async fn a_log_of_changes_that_goes_wrong_loses_nothing_that_can_be_known() {
    for fault in
        [Fault::RepeatPage, Fault::Cut, Fault::Drop, Fault::status(500, "x"), Fault::status(401, "authError")]
    {
        let (drive, docs) = many().await;
        let source = all(&drive);
        let mut mirror = Mirror::default();
        mirror.pull(source.as_ref()).await.unwrap();
        drive.fake.edit(|world| {
            for doc in &docs[..9] {
                world.write(doc, Doc::text("new"));
            }
        });
        drive.fake.fail(Calls::to("GET", "/drive/v3/changes"), fault.clone());
        let _ = mirror.pull(source.as_ref()).await;
        mirror.pull(source.as_ref()).await.unwrap();
        assert!(docs[..9].iter().all(|doc| mirror.text(doc).trim() == "new"), "{fault:?}");
    }
}
