//! Who may see what, and how soon a change of rights is seen.

use std::time::Duration;

use domain::record::RawAudience;
use google_docs::{Outcome, Place, Restricted, Root, Rule, Shared, SourceConfig};
use google_docs_fake::{Calls, Doc, Fault, Kind};

use crate::setup::{Drive, Mirror, READER, list};

const CUSTOMER: &str = "customer.example";
const RECHECK: Duration = Duration::from_secs(1_800);

fn by_sharing() -> Rule {
    Rule {
        place: Place::Anywhere,
        shared: Some(Shared::Domain(CUSTOMER.into())),
        outcome: Outcome::Company("acme".into()),
    }
}

fn rule(place: Place, outcome: Outcome) -> Rule {
    Rule { place, shared: None, outcome }
}

fn config(root: Root, rules: Vec<Rule>) -> SourceConfig {
    SourceConfig { page_records: 3, rules, recheck: RECHECK, ..SourceConfig::usual(vec![root]) }
}

fn company() -> RawAudience {
    RawAudience::Company("acme".into())
}

#[tokio::test]
async fn rules_decide_and_sharing_alone_makes_nothing_public() {
    let drive = Drive::start().await;
    let (root, help, drafts, docs) = drive.fake.edit(|world| {
        let root = world.add_folder(&drive.root, "Root");
        let help = world.add_folder(&root, "Help");
        let drafts = world.add_folder(&help, "Drafts");
        let places = [&root, &help, &drafts, &root];
        let docs: Vec<String> =
            places.iter().map(|place| world.add_doc(place, "Doc", Doc::text("x"))).collect();
        let anyone = world.grant("anyone", "reader", "");
        world.share(&docs[0], anyone);
        let domain = world.grant("domain", "reader", CUSTOMER);
        world.share(&docs[3], domain);
        (root, help, drafts, docs)
    });
    let rules = vec![
        rule(Place::Folder(drafts), Outcome::LeaveOut),
        rule(Place::Folder(help.clone()), Outcome::Public),
        by_sharing(),
    ];
    let source = drive.source(config(Root::Folder(root), rules));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&docs[0]), Some(&RawAudience::Internal), "a link is no audience");
    assert_eq!(mirror.audience(&docs[1]), Some(&RawAudience::Public));
    assert_eq!(mirror.audience(&docs[2]), None);
    assert_eq!(mirror.audience(&docs[3]), Some(&company()));
    assert_eq!(list(source.as_ref()).await.unwrap().unwrap(), mirror.ids());

    let told = source
        .explain(&format!("https://docs.google.com/document/d/{}/edit", docs[0]))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(told.audience, Some(RawAudience::Internal));
    assert!(told.steps.iter().any(|step| step.contains("anybody who has the link")), "{:?}", told.steps);
    assert_eq!(told.steps.last().map(String::as_str), Some("no rule fits, so it is internal"));
    let told = source.explain(&docs[2]).await.unwrap().unwrap();
    assert!(told.audience.is_none() && told.steps.last().unwrap().contains("left out) decides"));
    assert_eq!(source.explain(&docs[1]).await.unwrap().unwrap().audience, Some(RawAudience::Public));
    assert_eq!(source.explain("https://elsewhere.example/x").await.unwrap(), None);

    // A folder that leaves the public one takes its audience along, and back.
    drive.fake.edit(|world| world.limit(&help, false));
    drive.fake.edit(|world| world.limit(&docs[1], true));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&docs[1]), Some(&RawAudience::Internal), "its access was limited");
}

#[tokio::test]
async fn a_move_between_folders_changes_the_audience_of_everything_in_it() {
    let drive = Drive::start().await;
    let (root, help, inner, docs) = drive.fake.edit(|world| {
        let root = world.add_folder(&drive.root, "Root");
        let help = world.add_folder(&root, "Help");
        let inner = world.add_folder(&help, "Inner");
        let deep = world.add_folder(&inner, "Deep");
        let docs: Vec<String> =
            [&help, &inner, &deep].iter().map(|place| world.add_doc(place, "Doc", Doc::text("x"))).collect();
        (root, help, inner, docs)
    });
    let rules = vec![rule(Place::Folder(help.clone()), Outcome::Public)];
    let source = drive.source(config(Root::Folder(root.clone()), rules));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert!(docs.iter().all(|doc| mirror.audience(doc) == Some(&RawAudience::Public)));
    drive.fake.edit(|world| world.move_to(&inner, &root));
    mirror.pull(source.as_ref()).await.unwrap();
    let audiences: Vec<_> = docs.iter().map(|doc| mirror.audience(doc).unwrap().clone()).collect();
    assert_eq!(audiences, [RawAudience::Public, RawAudience::Internal, RawAudience::Internal]);
    drive.fake.edit(|world| world.limit(&inner, true));
    drive.fake.edit(|world| world.move_to(&inner, &help));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&docs[2]), Some(&RawAudience::Internal), "limited below the rule's place");
    drive.fake.edit(|world| world.limit(&inner, false));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&docs[2]), Some(&RawAudience::Public));
}

#[tokio::test]
async fn what_is_limited_can_be_left_out() {
    let drive = Drive::start().await;
    let (help, doc) = drive.fake.edit(|world| {
        let help = world.add_folder(&drive.root, "Help");
        (help.clone(), world.add_doc(&help, "Doc", Doc::text("x")))
    });
    let rules = vec![rule(Place::Folder(help.clone()), Outcome::Public)];
    let config = SourceConfig { restricted: Restricted::LeaveOut, ..config(Root::Folder(help), rules) };
    let source = drive.source(config);
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), [doc.as_str()]);
    drive.fake.edit(|world| world.limit(&doc, true));
    mirror.pull(source.as_ref()).await.unwrap();
    assert!(mirror.documents.is_empty());
    assert_eq!(list(source.as_ref()).await.unwrap().unwrap(), Vec::<String>::new());
}

/// The longest delay: a right taken from a folder above, or from a shared drive's members, makes no entry at all. It
/// is seen by the first pull after the stretch of `recheck` has ended, and nothing is answered with the old right.
#[tokio::test]
async fn a_right_that_was_taken_above_is_seen_after_the_recheck_and_not_later() {
    let drive = Drive::start().await;
    let (shared, folder, docs) = drive.fake.edit(|world| {
        let shared = world.add_drive("Team", READER);
        let folder = world.add_folder(&shared, "Folder");
        let docs: Vec<String> =
            [&shared, &folder].iter().map(|place| world.add_doc(place, "Doc", Doc::text("x"))).collect();
        let domain = world.grant("domain", "reader", CUSTOMER);
        world.share(&shared, domain);
        (shared, folder, docs)
    });
    let config = || config(Root::Drive(shared.clone()), vec![by_sharing()]);
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(config()).as_ref()).await.unwrap();
    assert!(docs.iter().all(|doc| mirror.audience(doc) == Some(&company())));

    drive.fake.edit(|world| world.unshare(&shared, CUSTOMER));
    drive.fake.clock().advance(RECHECK - Duration::from_secs(1));
    mirror.pull(drive.source(config()).as_ref()).await.unwrap();
    assert!(docs.iter().all(|doc| mirror.audience(doc) == Some(&company())), "nothing has told of it yet");
    drive.fake.clock().advance(Duration::from_secs(1));
    mirror.pull(drive.source(config()).as_ref()).await.unwrap();
    assert!(docs.iter().all(|doc| mirror.audience(doc) == Some(&RawAudience::Internal)));

    // A folder's own rights make an entry for the folder, which is enough at once.
    drive.fake.edit(|world| {
        let domain = world.grant("domain", "reader", CUSTOMER);
        world.share(&folder, domain);
    });
    mirror.pull(drive.source(config()).as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&docs[0]), Some(&RawAudience::Internal));
    assert_eq!(mirror.audience(&docs[1]), Some(&company()));
    drive.fake.edit(|world| world.unshare(&folder, CUSTOMER));
    mirror.pull(drive.source(config()).as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&docs[1]), Some(&RawAudience::Internal));
}

#[tokio::test]
async fn what_a_reader_may_not_know_is_internal() {
    let drive = Drive::start().await;
    let (folder, doc) = drive.fake.edit(|world| {
        let owner = world.add_user("owner@tenant.example", "Owner");
        let folder = world.add_folder(&owner.root, "Theirs");
        let doc = world.add_doc(&folder, "Doc", Doc::text("x"));
        for grant in [world.grant("user", "reader", READER), world.grant("domain", "reader", CUSTOMER)] {
            world.share(&folder, grant);
        }
        (folder, doc)
    });
    let rules = vec![by_sharing(), rule(Place::Folder(folder.clone()), Outcome::Public)];
    let source = drive.source(config(Root::Folder(folder.clone()), rules));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(
        mirror.audience(&doc),
        Some(&RawAudience::Internal),
        "the rule before the public one is unknown"
    );
    let told = source.explain(&doc).await.unwrap().unwrap();
    assert!(told.steps.last().unwrap().contains("unknown means internal"));
    // A right that is taken from us takes the documents along; with no root left nothing is deleted by a listing.
    drive.fake.edit(|world| world.unshare(&folder, READER));
    assert!(source.list(None).await.is_err());
}

#[tokio::test]
async fn what_may_not_be_downloaded_is_not_read() {
    let drive = Drive::start().await;
    let (folder, doc) = drive.fake.edit(|world| {
        let folder = world.add_folder(&drive.root, "Folder");
        let file = Kind::File("text/plain".into(), b"words".to_vec());
        (folder.clone(), world.add(&folder, "File.txt", file))
    });
    let source = drive.source(config(Root::Folder(folder), vec![]));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.text(&doc), "words");
    drive.fake.edit(|world| world.allow_download(&doc, false));
    mirror.pull(source.as_ref()).await.unwrap();
    assert!(mirror.documents.is_empty());
    assert_eq!(mirror.problems.len(), 1);
}

#[tokio::test]
async fn a_folder_that_changes_takes_its_documents_along_although_one_list_comes_back_empty() {
    for at in 0..6 {
        let drive = Drive::start().await;
        let (help, inner, doc) = drive.fake.edit(|world| {
            let help = world.add_folder(&drive.root, "Help");
            let inner = world.add_folder(&help, "Inner");
            let doc = world.add_doc(&inner, "Doc", Doc::text("x"));
            (help, inner, doc)
        });
        let rules = vec![rule(Place::Folder(help.clone()), Outcome::Public)];
        let source = drive.source(config(Root::Folder(help), rules));
        let mut mirror = Mirror::default();
        mirror.pull(source.as_ref()).await.unwrap();
        assert_eq!(mirror.audience(&doc), Some(&RawAudience::Public));
        drive.fake.edit(|world| world.limit(&inner, true));
        let list = Calls::to("GET", "/drive/v3/files");
        for _ in 0..at {
            // Lists of one page have no other to leave out.
            drive.fake.fail(list.clone(), Fault::SkipPage);
        }
        drive.fake.fail(list, Fault::EmptyList);
        mirror.pull(source.as_ref()).await.unwrap();
        assert_eq!(mirror.audience(&doc), Some(&RawAudience::Internal), "the empty list is number {at}");
    }
}

#[tokio::test]
async fn a_narrower_audience_counts_although_the_text_cannot_be_read() {
    let drive = Drive::start().await;
    let (root, help, docs) = drive.fake.edit(|world| {
        let root = world.add_folder(&drive.root, "Root");
        let help = world.add_folder(&root, "Help");
        let docs = [1, 2, 3].map(|_| world.add_doc(&help, "Doc", Doc::text("old words")));
        (root, help, docs)
    });
    let config = config(Root::Folder(root.clone()), vec![rule(Place::Folder(help), Outcome::Public)]);
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(config.clone()).as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&docs[0]), Some(&RawAudience::Public));
    drive.fake.edit(|world| {
        world.move_to(&docs[0], &root);
        docs.iter().for_each(|doc| world.write(doc, Doc::text("new words")));
    });
    for doc in &docs[..2] {
        for _ in 0..100 {
            let path = Calls::to("GET", &format!("/v1/documents/{doc}"));
            drive.fake.fail(path, Fault::status(500, "backendError"));
        }
    }
    // For longer than it is asked for in every round.
    for round in 0..9 {
        mirror.pull(drive.source(config.clone()).as_ref()).await.unwrap();
        assert_eq!(mirror.audience(&docs[0]), Some(&RawAudience::Internal), "in round {round}");
        assert_eq!(mirror.text(&docs[0]), "", "agents are not shown as new what is old");
        let kept = (mirror.audience(&docs[1]), mirror.text(&docs[1]).trim());
        assert_eq!(kept, (Some(&RawAudience::Public), "old words"), "nobody may see less of this one");
        assert_eq!(mirror.text(&docs[2]).trim(), "new words");
        assert!(mirror.sweep(drive.source(config.clone()).as_ref()).await.unwrap());
    }
    drive.fake.forget_requests();
    mirror.pull(drive.source(config.clone()).as_ref()).await.unwrap();
    assert_eq!(drive.calls("/v1/documents"), 0, "it is asked for more seldom by then");
    drive.fake.mend();
    drive.fake.clock().advance(RECHECK);
    mirror.pull(drive.source(config).as_ref()).await.unwrap();
    for doc in &docs {
        assert_eq!(mirror.text(doc).trim(), "new words");
    }
    assert_eq!(mirror.audience(&docs[0]), Some(&RawAudience::Internal));
}

#[tokio::test]
async fn rules_that_were_narrowed_count_although_the_text_cannot_be_read() {
    let drive = Drive::start().await;
    let (root, docs) = drive.fake.edit(|world| {
        let root = world.add_folder(&drive.root, "Root");
        let docs = [1, 2, 3].map(|_| world.add_doc(&root, "Doc", Doc::text("words")));
        (root, docs)
    });
    let public = vec![rule(Place::Folder(root.clone()), Outcome::Public)];
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(config(Root::Folder(root.clone()), public)).as_ref()).await.unwrap();
    assert_eq!(mirror.audience(&docs[0]), Some(&RawAudience::Public));
    let narrowed = vec![rule(Place::Document(docs[2].clone()), Outcome::LeaveOut)];
    let source = drive.source(config(Root::Folder(root), narrowed));
    let asked = source.pull(mirror.cursor.as_ref()).await;
    assert!(matches!(asked, Err(connector::Error::StartOver { .. })));
    mirror.cursor = None;
    let path = Calls::to("GET", &format!("/v1/documents/{}", docs[0]));
    drive.fake.fail(path, Fault::status(500, "backendError"));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!((mirror.audience(&docs[0]), mirror.text(&docs[0])), (Some(&RawAudience::Internal), ""));
    assert_eq!(mirror.audience(&docs[2]), None, "what is left out now is taken back without a listing");
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.text(&docs[0]).trim(), "words");
}

#[tokio::test]
async fn two_documents_that_cannot_be_read_for_long_do_not_hold_up_the_others() {
    let drive = Drive::start().await;
    let docs = drive.fake.edit(|world| {
        [1, 2, 3, 4, 5].map(|number| world.add_doc(&drive.root, "Doc", Doc::text(&number.to_string())))
    });
    let source = drive.source(config(Root::Folder(drive.root.clone()), Vec::new()));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    for doc in &docs[..2] {
        for _ in 0..100 {
            let path = Calls::to("GET", &format!("/v1/documents/{doc}"));
            drive.fake.fail(path, Fault::status(500, "backendError"));
        }
    }
    drive.fake.edit(|world| docs[..2].iter().for_each(|doc| world.write(doc, Doc::text("later"))));
    for round in 0..8 {
        drive.fake.edit(|world| world.write(&docs[4], Doc::text(&format!("round {round}"))));
        mirror.pull(source.as_ref()).await.unwrap();
        assert_eq!(mirror.text(&docs[4]).trim(), format!("round {round}"));
    }
    assert_eq!(mirror.text(&docs[0]).trim(), "1", "where all is internal, nobody sees more by an older text");
}
