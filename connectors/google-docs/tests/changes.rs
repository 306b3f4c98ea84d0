//! What changes, and how it arrives.

use std::time::Duration;

use connector::{Cursor, Error};
use google_docs::{Root, SourceConfig};
use google_docs_fake::{Calls, Doc, Kind};

use crate::setup::{Drive, Mirror, READER, list};

fn below(folder: &str) -> SourceConfig {
    SourceConfig { page_records: 4, ..SourceConfig::usual(vec![Root::Folder(folder.to_owned())]) }
}

/// A folder with another in it, each with documents, and a folder beside it.
struct Shape {
    drive: Drive,
    chosen: String,
    inner: String,
    beside: String,
    docs: Vec<String>,
}

async fn shape() -> Shape {
    let drive = Drive::start().await;
    let (chosen, inner, beside, docs) = drive.fake.edit(|world| {
        let chosen = world.add_folder(&drive.root, "Chosen");
        let inner = world.add_folder(&chosen, "Inner");
        let beside = world.add_folder(&drive.root, "Beside");
        let mut docs: Vec<String> = Vec::new();
        for number in 0..6 {
            let parent = if number < 3 { &chosen } else { &inner };
            docs.push(world.add_doc(parent, "Doc", Doc::text(&format!("text {number}"))));
        }
        (chosen, inner, beside, docs)
    });
    Shape { drive, chosen, inner, beside, docs }
}

#[tokio::test]
async fn the_trash_is_told_and_left() {
    let Shape { drive, chosen, docs, .. } = shape().await;
    let source = drive.source(below(&chosen));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), docs);
    drive.fake.edit(|world| world.trash(&docs[0], true));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), docs[1..]);
    drive.fake.edit(|world| world.trash(&docs[0], false));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), docs);
}

#[tokio::test]
async fn a_folder_in_the_trash_takes_its_documents_along_although_they_make_no_entry() {
    for tells in [false, true] {
        let Shape { drive, chosen, inner, docs, .. } = shape().await;
        drive.fake.edit(|world| world.quirks.trash_tells_children = tells);
        let source = drive.source(below(&chosen));
        let mut mirror = Mirror::default();
        mirror.pull(source.as_ref()).await.unwrap();
        drive.fake.edit(|world| world.trash(&inner, true));
        mirror.pull(source.as_ref()).await.unwrap();
        assert_eq!(mirror.ids(), docs[..3]);
        drive.fake.edit(|world| world.trash(&inner, false));
        mirror.pull(source.as_ref()).await.unwrap();
        assert_eq!(mirror.ids(), docs);
    }
}

#[tokio::test]
async fn folders_move_out_and_in_with_what_lies_in_them() {
    let Shape { drive, chosen, inner, beside, docs } = shape().await;
    let source = drive.source(below(&chosen));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    drive.fake.edit(|world| world.move_to(&inner, &beside));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), docs[..3]);
    assert_eq!(list(source.as_ref()).await.unwrap().unwrap(), docs[..3]);
    drive.fake.edit(|world| world.move_to(&inner, &chosen));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), docs);
    assert_eq!(mirror.handed, 3, "only what moved is handed over");
}

#[tokio::test]
async fn documents_move_out_and_in() {
    let Shape { drive, chosen, beside, docs, .. } = shape().await;
    let source = drive.source(below(&chosen));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    let other = drive.fake.edit(|world| {
        world.move_to(&docs[1], &beside);
        world.add_doc(&beside, "Other", Doc::text("other"))
    });
    mirror.pull(source.as_ref()).await.unwrap();
    assert!(!mirror.documents.contains_key(&docs[1]) && !mirror.documents.contains_key(&other));
    drive.fake.edit(|world| world.move_to(&other, &chosen));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.text(&other).trim(), "other");
}

#[tokio::test]
async fn a_renamed_folder_costs_no_reading_and_a_renamed_document_has_its_new_title() {
    let Shape { drive, chosen, inner, docs, .. } = shape().await;
    let source = drive.source(below(&chosen));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    drive.fake.edit(|world| world.rename(&inner, "Another name"));
    drive.fake.forget_requests();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!((mirror.handed, drive.calls("/v1/documents")), (0, 0));
    drive.fake.edit(|world| world.rename(&docs[0], "New"));
    let page = source.pull(mirror.cursor.as_ref()).await.unwrap();
    assert!(format!("{:?}", page.records).contains("\"New\""));
}

#[tokio::test]
async fn what_moves_between_logs_is_there_in_the_end() {
    let drive = Drive::start().await;
    let (folder, first, second) = drive.fake.edit(|world| {
        let folder = world.add_folder(&drive.root, "Mine");
        (folder, world.add_drive("First", READER), world.add_drive("Second", READER))
    });
    let doc = drive.fake.edit(|world| world.add_doc(&folder, "Doc", Doc::text("wandering")));
    let roots = vec![Root::Folder(folder.clone()), Root::Drive(first.clone()), Root::Drive(second.clone())];
    let source = drive.source(SourceConfig::usual(roots));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    for place in [&first, &second, &folder, &second, &first, &folder] {
        drive.fake.edit(|world| world.move_to(&doc, place));
        mirror.pull(source.as_ref()).await.unwrap();
        assert_eq!(mirror.ids(), [doc.as_str()]);
    }
    drive.fake.edit(|world| world.delete(&doc));
    mirror.pull(source.as_ref()).await.unwrap();
    assert!(mirror.documents.is_empty());
}

#[tokio::test]
async fn what_changes_while_everything_is_read_is_not_missed() {
    let Shape { drive, chosen, docs, .. } = shape().await;
    let source = drive.source(below(&chosen));
    let mut mirror = Mirror::default();
    let first = docs[0].clone();
    let new = "aaa-first-by-name".to_owned();
    let (parent, named) = (chosen.clone(), new.clone());
    drive.fake.after(Calls::to("GET", &format!("/v1/documents/{}", docs[5])), move |world| {
        world.write(&first, Doc::text("rewritten"));
        world.add_as(&named, &parent, "New", Kind::Doc(Doc::text("new")));
    });
    mirror.pull(source.as_ref()).await.unwrap();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.text(&docs[0]).trim(), "rewritten");
    assert_eq!(mirror.text(&new).trim(), "new");
    assert_eq!(mirror.ids().len(), 7);
}

#[tokio::test]
async fn single_documents_are_read_wherever_they_lie() {
    let Shape { drive, beside, docs, .. } = shape().await;
    let source = drive.source(SourceConfig::usual(vec![Root::Document(docs[4].clone())]));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), [docs[4].as_str()]);
    drive.fake.edit(|world| {
        world.write(&docs[4], Doc::text("again"));
        world.move_to(&docs[4], &beside);
        world.write(&docs[3], Doc::text("not chosen"));
    });
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), [docs[4].as_str()]);
    assert_eq!(mirror.text(&docs[4]).trim(), "again");
    drive.fake.edit(|world| world.trash(&docs[4], true));
    assert!(matches!(source.check().await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_quiet_round_costs_two_calls_for_each_log() {
    let Shape { drive, chosen, .. } = shape().await;
    let shared = drive.fake.edit(|world| world.add_drive("Team", READER));
    let roots = vec![Root::Folder(chosen), Root::Drive(shared)];
    let source = drive.source(SourceConfig::usual(roots));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    drive.fake.forget_requests();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(drive.fake.requests().len(), 4, "that nothing is new is asked twice");
}

#[tokio::test]
async fn another_choice_or_other_rules_start_over() {
    let Shape { drive, chosen, inner, .. } = shape().await;
    let source = drive.source(below(&chosen));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    let other = drive.source(below(&inner));
    assert!(matches!(other.pull(mirror.cursor.as_ref()).await, Err(Error::StartOver { .. })));
    let foreign = Cursor::new(mirror.cursor.unwrap().as_str().replace("\"edition\":2", "\"edition\":7"));
    assert!(matches!(source.pull(Some(&foreign)).await, Err(Error::StartOver { .. })));
}

#[tokio::test]
async fn counts_say_what_lies_below_each_root() {
    let Shape { drive, chosen, beside, .. } = shape().await;
    drive.fake.edit(|world| {
        world.add(&beside, "Photo", Kind::File("image/png".into(), vec![1]));
    });
    let roots = vec![Root::Folder(chosen), Root::Folder(beside)];
    let config = google_docs::Config { connection: drive.connection(), source: SourceConfig::usual(roots) };
    let counts = google_docs::Drive::new(config).unwrap().counts().await.unwrap();
    let counts: Vec<(&str, u64, u64)> =
        counts.iter().map(|count| (count.name.as_str(), count.documents, count.others)).collect();
    assert_eq!(counts, [("Chosen", 6, 0), ("Beside", 0, 1)]);
}

#[tokio::test]
async fn time_alone_brings_no_reading() {
    let Shape { drive, chosen, .. } = shape().await;
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(below(&chosen)).as_ref()).await.unwrap();
    drive.fake.clock().advance(Duration::from_secs(86_400));
    drive.fake.forget_requests();
    mirror.pull(drive.source(below(&chosen)).as_ref()).await.unwrap();
    assert_eq!((mirror.handed, drive.calls("/v1/documents")), (0, 0));
}

#[tokio::test]
async fn a_folder_that_leaves_within_its_shared_drive_takes_its_documents_along() {
    let drive = Drive::start().await;
    let (chosen, beside, inner, doc) = drive.fake.edit(|world| {
        let shared = world.add_drive("Team", READER);
        let chosen = world.add_folder(&shared, "Chosen");
        let inner = world.add_folder(&chosen, "Inner");
        let doc = world.add_doc(&inner, "Doc", Doc::text("x"));
        (chosen, world.add_folder(&shared, "Beside"), inner, doc)
    });
    let source = drive.source(below(&chosen));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), [doc.as_str()]);
    drive.fake.edit(|world| world.move_to(&inner, &beside));
    mirror.pull(source.as_ref()).await.unwrap();
    assert!(mirror.documents.is_empty());
}

#[tokio::test]
async fn a_folder_in_the_shared_drive_of_others_is_read_by_the_users_own_log() {
    let drive = Drive::start().await;
    let (folder, docs) = drive.fake.edit(|world| {
        world.add_user("other@elsewhere.example", "Other");
        let shared = world.add_drive("Theirs", "other@elsewhere.example");
        let folder = world.add_folder(&shared, "Shared with us");
        let inner = world.add_folder(&folder, "Inner");
        let docs = [&folder, &inner].map(|place| world.add_doc(place, "Doc", Doc::text("x")));
        let grant = world.grant("user", "reader", READER);
        world.share(&folder, grant);
        (folder, docs)
    });
    let source = drive.source(below(&folder));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), docs);
    drive.fake.edit(|world| world.write(&docs[1], Doc::text("new")));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!((mirror.text(&docs[1]).trim(), mirror.handed), ("new", 1));
    drive.fake.edit(|world| world.delete(&docs[0]));
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), [docs[1].as_str()]);
}
