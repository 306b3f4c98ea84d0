//! Channels: opened, replaced before they end, and never believed without proof.

use std::time::Duration;

use connector::Secret;
use google_docs::push::{Config, Push};
use google_docs::{Root, SourceConfig};
use google_docs_fake::{Calls, Doc, Fault, Notification};

use crate::setup::{Drive, READER};

fn config() -> Config {
    Config {
        address: "https://support.tenant.example/google".into(),
        key: Secret::new("a key of at least sixteen"),
        lasts: Duration::from_secs(86_400),
        margin: Duration::from_secs(3_600),
    }
}

fn headers(notification: &Notification) -> Vec<(&str, &str)> {
    notification.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn channels_are_kept_open_and_true_notifications_are_told_from_others() {
    let drive = Drive::start().await;
    let shared = drive.fake.edit(|world| {
        world.limits.channel_ms = 7_200_000;
        world.add_drive("Team", READER)
    });
    let roots = vec![Root::Folder(drive.root.clone()), Root::Drive(shared.clone())];
    let source = drive.source(SourceConfig::usual(roots));
    let cursor = source.pull(None).await.unwrap().next;
    let push = Push::new(&drive.connection(), config()).unwrap();
    let (channels, problems) = push.keep(&cursor, vec![]).await.unwrap();
    assert_eq!((channels.len(), problems.len(), drive.fake.open_channels()), (2, 0, 2));
    let opening = drive.fake.take_notifications();
    assert!(opening.iter().all(|one| push.receive(&channels, &headers(one)).unwrap().is_opening));

    drive.fake.edit(|world| world.add_doc(&shared, "Doc", Doc::text("new")));
    let told = drive.fake.take_notifications();
    assert_eq!(told.len(), 1);
    let notice = push.receive(&channels, &headers(&told[0])).unwrap();
    assert_eq!((notice.drive.as_deref(), notice.is_opening), (Some(shared.as_str()), false));

    let with = |name: &str, value: &str| {
        let mut forged = told[0].clone();
        for header in forged.headers.iter_mut().filter(|(known, _)| known == name) {
            header.1 = value.to_owned();
        }
        forged
    };
    for forged in [
        with("X-Goog-Channel-Token", &"0".repeat(64)),
        with("X-Goog-Channel-Token", "short"),
        with("X-Goog-Channel-ID", "unknown"),
        with("X-Goog-Resource-ID", "another"),
    ] {
        assert_eq!(push.receive(&channels, &headers(&forged)), None);
    }
    assert_eq!(push.receive(&[], &headers(&told[0])), None);

    // Nothing to do while they last; before they end new ones are opened and the old ones stopped.
    let (same, _) = push.keep(&cursor, channels.clone()).await.unwrap();
    assert_eq!(same, channels);
    drive.fake.clock().advance(Duration::from_secs(4_000));
    let later = Push::new(&drive.connection(), config()).unwrap();
    let (renewed, _) = later.keep(&cursor, same).await.unwrap();
    assert!(renewed.iter().all(|new| channels.iter().all(|old| old.id != new.id)));
    assert_eq!(drive.fake.open_channels(), 2);
    let stored = serde_json::to_string(&renewed).unwrap();
    assert!(!stored.contains("sixteen"), "what is stored holds no secret");
    later.stop(renewed).await;
    assert_eq!(drive.fake.open_channels(), 0);
}

#[tokio::test]
async fn a_channel_that_cannot_be_opened_stops_nothing() {
    let drive = Drive::start().await;
    let source = drive.source(SourceConfig::usual(vec![Root::Folder(drive.root.clone())]));
    let cursor = source.pull(None).await.unwrap().next;
    let push = Push::new(&drive.connection(), config()).unwrap();
    drive.fake.fail(
        Calls::to("POST", "/drive/v3/changes/watch"),
        Fault::status(400, "push.webhookUrlUnauthorized"),
    );
    let (channels, problems) = push.keep(&cursor, vec![]).await.unwrap();
    assert_eq!((channels.len(), problems.len()), (0, 1));
    drive.fake.edit(|world| world.add_doc(&drive.root, "Doc", Doc::text("found without a channel")));
    let page = source.pull(Some(&cursor)).await.unwrap();
    assert_eq!(page.records.len(), 1);
}

#[tokio::test]
async fn addresses_and_keys_that_cannot_do_are_refused() {
    let drive = Drive::start().await;
    let plain = Config { address: "http://support.tenant.example".into(), ..config() };
    let short = Config { key: Secret::new("short"), ..config() };
    for bad in [plain, short] {
        assert!(Push::new(&drive.connection(), bad).is_err());
    }
}
