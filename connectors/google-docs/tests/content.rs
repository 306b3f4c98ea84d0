//! Documents of every kind as they arrive, good and bad.

use domain::record::Record;
use google_docs::{Outcome, Place, Root, Rule, SourceConfig};
use google_docs_fake::{Calls, Doc, Fault, Kind, Tab};
use serde_json::json;

use crate::setup::{Drive, Mirror};

async fn read(drive: &Drive) -> Mirror {
    let source = drive.source(SourceConfig::usual(vec![Root::Folder(drive.root.clone())]));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    mirror
}

fn with_tabs() -> Doc {
    let inner = Tab::new("t.in", "Details").heading(2, "Care", "h.care").text("Oil it.");
    let person = json!({"paragraph": {"paragraphStyle": {"namedStyleType": "NORMAL_TEXT"}, "elements": [
        {"textRun": {"content": "Ask "}},
        {"person": {"personId": "p", "personProperties": {"name": "Ann Sample", "email": "ann@tenant.example"}}},
        {"textRun": {"content": "\n"}}]}});
    Doc::of(vec![
        Tab::new("t.0", "Start").heading(1, "Welcome", "h.one").text("Hello.").element(person).child(inner),
        Tab::new("t.empty", "Empty"),
    ])
}

#[tokio::test]
async fn a_document_arrives_with_all_its_tabs() {
    let drive = Drive::start().await;
    drive.fake.edit(|world| world.add_as("doc-with-tabs", &drive.root, "Handbook", Kind::Doc(with_tabs())));
    let source = drive.source(SourceConfig::usual(vec![Root::Folder(drive.root.clone())]));
    let page = source.pull(None).await.unwrap();
    let [Record::Document(document)] = page.records.as_slice() else { panic!("one document") };
    insta::assert_debug_snapshot!("document", document);
    insta::assert_snapshot!("markdown", document.markdown);
}

#[tokio::test]
async fn people_are_named_to_agents_alone() {
    let drive = Drive::start().await;
    let (folder, doc) = drive.fake.edit(|world| {
        let folder = world.add_folder(&drive.root, "Help");
        (folder.clone(), world.add_doc(&folder, "Doc", with_tabs()))
    });
    assert!(read(&drive).await.text(&doc).contains("Ask Ann Sample"));
    let rule = Rule { place: Place::Folder(folder.clone()), shared: None, outcome: Outcome::Public };
    let config = SourceConfig { rules: vec![rule], ..SourceConfig::usual(vec![Root::Folder(folder)]) };
    let mut mirror = Mirror::default();
    mirror.pull(drive.source(config).as_ref()).await.unwrap();
    assert!(mirror.text(&doc).contains("Ask [name]") && !mirror.text(&doc).contains("Ann"));
}

#[tokio::test]
async fn files_are_read_by_their_kind_and_the_rest_is_counted() {
    let drive = Drive::start().await;
    let ids = drive.fake.edit(|world| {
        let file = |kind: &str, bytes: &[u8]| Kind::File(kind.into(), bytes.to_vec());
        let trashed = world.add_doc(&drive.root, "Old", Doc::text("old"));
        world.trash(&trashed, true);
        [
            world.add(&drive.root, "a.md", file("text/markdown", b"# A\n\ntext")),
            world.add(&drive.root, "b.md", file("application/octet-stream", b"# B")),
            world.add(&drive.root, "c.txt", file("text/plain", "f\u{fc}r alle".as_bytes())),
            world.add(&drive.root, "d.png", file("image/png", &[1])),
            world.add(&drive.root, "e.docx", file("application/octet-stream", b"PK no archive")),
            world.add(&drive.root, "f", Kind::Shortcut(trashed)),
            world.add(&drive.root, "g.pdf", file("application/pdf", b"%PDF-1.7 nothing")),
        ]
    });
    let mirror = read(&drive).await;
    let texts: Vec<&str> = mirror.ids().into_iter().filter(|id| !mirror.text(id).is_empty()).collect();
    assert_eq!(texts, ids[..3]);
    let mut by_name = [ids[4].as_str(), ids[6].as_str()];
    by_name.sort_unstable();
    let named: Vec<&str> = mirror.ids().into_iter().filter(|id| mirror.text(id).is_empty()).collect();
    assert_eq!(named, by_name, "what is broken is kept by its name alone");
    let told: Vec<&str> = mirror.problems.iter().map(|problem| problem.place.as_str()).collect();
    let mut expected: Vec<&str> = ids[3..].iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(told, expected);
    let shortcut = mirror.problems.iter().find(|problem| problem.place == ids[5]).unwrap();
    assert!(shortcut.what.contains("shortcut"));
}

#[tokio::test]
async fn a_file_that_is_too_large_is_told_and_not_listed() {
    let drive = Drive::start().await;
    drive.fake.edit(|world| {
        world.add(&drive.root, "a.txt", Kind::File("text/plain".into(), vec![b'x'; 2_000]));
    });
    let config =
        SourceConfig { max_file_bytes: 1_000, ..SourceConfig::usual(vec![Root::Folder(drive.root.clone())]) };
    let source = drive.source(config);
    let page = source.pull(None).await.unwrap();
    let handed_over = page.records.iter().any(|record| !matches!(record, Record::Deleted(_)));
    assert!(!handed_over && page.problems[0].what.contains("2000 bytes"));
    assert!(source.list(None).await.unwrap().ids.is_empty());
}

/// A document of 200,000 words is one answer of the Docs API like any other; one whose answer is longer than we
/// read comes as Google's own export, and one whose export is longer than Google gives is told.
#[tokio::test]
async fn long_documents_are_read_or_told() {
    let drive = Drive::start().await;
    let line = format!("{}\n", "word ".repeat(20));
    let doc = drive.fake.edit(|world| world.add_doc(&drive.root, "Long", Doc::text(&line.repeat(10_000))));
    let mirror = read(&drive).await;
    assert_eq!(mirror.text(&doc).split_whitespace().count(), 200_000);

    let config = |max_file_bytes| SourceConfig {
        max_file_bytes,
        ..SourceConfig::usual(vec![Root::Folder(drive.root.clone())])
    };
    let mut exported = Mirror::default();
    exported.pull(drive.source(config(1 << 20)).as_ref()).await.unwrap();
    assert_eq!(exported.text(&doc).split_whitespace().count(), 200_000);
    assert_eq!(drive.calls(&format!("/drive/v3/files/{doc}/export")), 1);

    drive.fake.edit(|world| world.limits.export_bytes = 500_000);
    let source = drive.source(config(1 << 20));
    let page = source.pull(None).await.unwrap();
    assert!(page.problems[0].what.contains("exportSizeLimitExceeded"));
    let [Record::Document(named)] = page.records.as_slice() else { panic!("{:?}", page.records) };
    assert_eq!((named.title.as_str(), named.markdown.as_str()), ("Long", ""), "what is kept is its name");
    assert_eq!(source.list(None).await.unwrap().ids.len(), 1, "it is there");
}

#[tokio::test]
async fn a_view_without_suggestions_that_is_refused_is_made_here() {
    let drive = Drive::start().await;
    let paragraph = json!({"paragraph": {"elements": [
        {"textRun": {"content": "kept ", "suggestedDeletionIds": ["s1"]}},
        {"textRun": {"content": "suggested ", "suggestedInsertionIds": ["s2"]}},
        {"textRun": {"content": "end\n"}}]}});
    let doc = drive.fake.edit(|world| {
        world.quirks.previews_forbidden = true;
        world.add_doc(&drive.root, "Doc", Doc::of(vec![Tab::new("t.0", "Tab").element(paragraph)]))
    });
    assert_eq!(read(&drive).await.text(&doc), "kept end\n");
}

#[tokio::test]
async fn a_document_that_google_cannot_read_now_is_asked_for_again() {
    let drive = Drive::start().await;
    let docs = drive.fake.edit(|world| {
        [1, 2, 3].map(|number| world.add_doc(&drive.root, "Doc", Doc::text(&number.to_string())))
    });
    let source = drive.source(SourceConfig::usual(vec![Root::Folder(drive.root.clone())]));
    drive
        .fake
        .fail(Calls::to("GET", &format!("/v1/documents/{}", docs[1])), Fault::status(500, "backendError"));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.ids(), docs);
    assert_eq!((mirror.text(&docs[1]), mirror.problems.len()), ("", 1), "its name is there");
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!(mirror.text(&docs[1]).trim(), "2");
    assert!(mirror.problems.is_empty());
}

#[tokio::test]
async fn a_document_that_closes_is_taken_back_and_one_refused_by_mistake_is_asked_for_again() {
    let drive = Drive::start().await;
    let doc = drive.fake.edit(|world| world.add_doc(&drive.root, "Doc", Doc::text("words")));
    let source = drive.source(SourceConfig::usual(vec![Root::Folder(drive.root.clone())]));
    let mut mirror = Mirror::default();
    mirror.pull(source.as_ref()).await.unwrap();
    let path = Calls::to("GET", &format!("/v1/documents/{doc}"));
    let refuse = || {
        drive.fake.fail(path.clone(), Fault::status(403, "forbidden"));
        drive.fake.fail(path.clone(), Fault::status(403, "forbidden"));
    };
    drive.fake.edit(|world| world.write(&doc, Doc::text("more")));
    refuse();
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!((mirror.text(&doc).trim(), mirror.problems.len()), ("words", 1), "Drive says it may be read");
    mirror.pull(source.as_ref()).await.unwrap();
    assert_eq!((mirror.text(&doc).trim(), mirror.problems.len()), ("more", 0));

    drive.fake.edit(|world| world.write(&doc, Doc::text("closed")));
    let closing = doc.clone();
    drive.fake.before(path.clone(), move |world| world.allow_download(&closing, false));
    refuse();
    mirror.pull(source.as_ref()).await.unwrap();
    assert!(mirror.documents.is_empty());
    assert_eq!(mirror.problems.len(), 1);
}
