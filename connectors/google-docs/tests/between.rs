//! Rights that were given and taken between two looks at the folders, and what is easily taken for unchanged.

use std::time::Duration;

use domain::record::RawAudience;
use google_docs::{Outcome, Place, Root, Rule, Shared, SourceConfig};
use google_docs_fake::{Calls, Doc, Fault};

use crate::setup::{Drive, Mirror, READER};

const CUSTOMER: &str = "customer.example";
const RECHECK: Duration = Duration::from_secs(1_800);

fn shared_below(place: Place) -> Rule {
    Rule { place, shared: Some(Shared::Domain(CUSTOMER.into())), outcome: Outcome::Company("acme".into()) }
}

fn config(root: Root, rules: Vec<Rule>) -> SourceConfig {
    SourceConfig { page_records: 3, rules, recheck: RECHECK, ..SourceConfig::usual(vec![root]) }
}

fn company() -> RawAudience {
    RawAudience::Company("acme".into())
}

fn share(drive: &Drive, id: &str, is_shared: bool) {
    drive.fake.edit(|world| {
        if is_shared {
            let grant = world.grant("domain", "reader", CUSTOMER);
            world.share(id, grant);
        } else {
            world.unshare(id, CUSTOMER);
        }
    });
}

/// A shared drive with a document in a folder.
async fn shape() -> (Drive, String, String) {
    let drive = Drive::start().await;
    let (shared, doc) = drive.fake.edit(|world| {
        let shared = world.add_drive("Team", READER);
        let folder = world.add_folder(&shared, "Folder");
        let doc = world.add_doc(&folder, "Doc", Doc::text("words"));
        (shared, doc)
    });
    (drive, shared, doc)
}

#[tokio::test]
async fn a_right_that_was_taken_is_seen_although_the_log_comes_back_empty_for_once() {
    let (drive, shared, doc) = shape().await;
    share(&drive, &doc, true);
    let config = config(Root::Drive(shared), vec![shared_below(Place::Anywhere)]);
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(config.clone()).as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&doc), Some(&company()));
    drive.fake.edit(|world| world.limit(&doc, true));
    share(&drive, &doc, false);
    drive.fake.fail(Calls::to("GET", "/drive/v3/changes"), Fault::EmptyList);
    mirror.pull(drive.source(config).as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&doc), Some(&RawAudience::Internal));
}

#[tokio::test]
async fn a_document_with_a_right_of_its_own_follows_its_folder_out_of_the_place_of_a_rule() {
    let drive = Drive::start().await;
    let (root, partners, inner, doc) = drive.fake.edit(|world| {
        let root = world.add_folder(&drive.root, "Root");
        let partners = world.add_folder(&root, "Partners");
        let inner = world.add_folder(&partners, "Inner");
        let doc = world.add_doc(&inner, "Doc", Doc::text("words"));
        (root, partners, inner, doc)
    });
    share(&drive, &doc, true);
    let rules = vec![shared_below(Place::Folder(partners.clone()))];
    let config = config(Root::Folder(root.clone()), rules);
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(config.clone()).as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&doc), Some(&company()));
    drive.fake.edit(|world| world.move_to(&inner, &root));
    mirror.pull(drive.source(config.clone()).as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&doc), Some(&RawAudience::Internal), "nobody else sees less of the folder");
    drive.fake.edit(|world| world.move_to(&inner, &partners));
    mirror.pull(drive.source(config).as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&doc), Some(&company()));
}

#[tokio::test]
async fn a_right_to_a_drive_that_was_given_and_taken_between_two_looks_does_not_stay() {
    for by_look in [false, true] {
        let (drive, shared, doc) = shape().await;
        let config = config(Root::Drive(shared.clone()), vec![shared_below(Place::Anywhere)]);
        let mut mirror = Mirror::default();
        mirror.pull(drive.source(config.clone()).as_ref()).await.unwrap();
        assert_eq!(mirror.audience(&doc), Some(&RawAudience::Internal));
        share(&drive, &shared, true);
        if by_look {
            mirror.look(drive.source(config.clone()).as_ref(), &[&doc]).await.unwrap();
        } else {
            drive.fake.edit(|world| world.write(&doc, Doc::text("new words")));
            mirror.pull(drive.source(config.clone()).as_ref()).await.unwrap();
        }
        assert_eq!(mirror.audience(&doc), Some(&company()));
        share(&drive, &shared, false);
        drive.fake.clock().advance(RECHECK);
        mirror.pull(drive.source(config).as_ref()).await.unwrap();
        assert_eq!(mirror.audience(&doc), Some(&RawAudience::Internal), "the drive is as it was at first");
    }
}

#[tokio::test]
async fn a_text_that_a_look_could_not_read_is_asked_for_again() {
    let (drive, shared, doc) = shape().await;
    let config = config(Root::Drive(shared.clone()), vec![shared_below(Place::Anywhere)]);
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(config.clone()).as_ref()).await.unwrap();
    let path = Calls::to("GET", &format!("/v1/documents/{doc}"));
    drive.fake.fail(path, Fault::status(500, "backendError"));
    mirror.look(drive.source(config.clone()).as_ref(), &[&doc]).await.unwrap();
    assert_eq!(mirror.text(&doc), "", "its name alone is sure to be for whoever may see it now");
    mirror.pull(drive.source(config).as_ref()).await.unwrap();
    assert_eq!(mirror.text(&doc).trim(), "words");
}
