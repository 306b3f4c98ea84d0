//! Where Drive is odd.

use std::time::Duration;

use google_docs_fake::{Calls, Doc, Fault, Kind, Tab};

use crate::client::{Answer, Client, FLAGS, OWNER, READER, SCOPES};

async fn root(client: &Client) -> String {
    client.get("/drive/v3/files/root").await.body["id"].as_str().unwrap().to_owned()
}

async fn changes(client: &Client, token: &str, more: &str) -> Answer {
    client.get(&format!("/drive/v3/changes?pageToken={token}&{FLAGS}&fields=*{more}")).await
}

async fn now(client: &Client) -> String {
    let answer = client.get("/drive/v3/changes/startPageToken?supportsAllDrives=true").await;
    answer.body["startPageToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn without_fields_little_is_told_and_about_tells_nothing() {
    let client = Client::start().await;
    let root = root(&client).await;
    client.fake.edit(|world| world.add_doc(&root, "Doc", Doc::text("x")));
    let file = client.get("/drive/v3/files").await.body["files"][0].clone();
    assert!(file["name"].is_string() && file["parents"].is_null());
    assert_eq!(client.get("/drive/v3/about").await.status, 400);
    assert_eq!(client.get("/drive/v3/files?fields=files(").await.status, 400);
}

#[tokio::test]
async fn shared_drives_are_hidden_without_the_flags() {
    let client = Client::start().await;
    let (shared, doc) = client.fake.edit(|world| {
        let shared = world.add_drive("Team", READER);
        (shared.clone(), world.add_doc(&shared, "Doc", Doc::text("x")))
    });
    assert!(!client.get("/drive/v3/files").await.ids("files", "id").contains(&doc));
    assert_eq!(client.get(&format!("/drive/v3/files/{doc}")).await.reason(), "notFound");
    assert_eq!(client.get(&format!("/drive/v3/files/{doc}?supportsAllDrives=true")).await.status, 200);
    let listed = client.get(&format!("/drive/v3/files?{FLAGS}&corpora=drive&driveId={shared}")).await;
    assert_eq!(listed.ids("files", "id"), [doc]);
}

#[tokio::test]
async fn the_trash_is_not_removal_and_an_entry_is_the_newest_state() {
    let client = Client::start().await;
    let root = root(&client).await;
    let start = now(&client).await;
    let (doc, gone) = client.fake.edit(|world| {
        let doc = world.add_doc(&root, "Doc", Doc::text("x"));
        let gone = world.add_doc(&root, "Gone", Doc::text("x"));
        world.rename(&doc, "Second");
        world.trash(&doc, true);
        world.delete(&gone);
        (doc, gone)
    });
    let answer = changes(&client, &start, "").await;
    assert_eq!(answer.ids("changes", "fileId"), [doc, gone]);
    let entries = &answer.body["changes"];
    assert_eq!((&entries[0]["removed"], &entries[0]["file"]["trashed"]), (&false.into(), &true.into()));
    assert_eq!((&entries[1]["removed"], entries[1]["file"].is_null()), (&true.into(), true));
    let again = changes(&client, answer.body["newStartPageToken"].as_str().unwrap(), "").await;
    assert!(again.ids("changes", "fileId").is_empty());
}

#[tokio::test]
async fn rights_and_moves_of_a_folder_make_no_entries_below_it() {
    let client = Client::start().await;
    let root = root(&client).await;
    let (folder, other) = client.fake.edit(|world| {
        let folder = world.add_folder(&root, "Folder");
        world.add_doc(&folder, "Doc", Doc::text("x"));
        (folder, world.add_folder(&root, "Other"))
    });
    let start = now(&client).await;
    client.fake.edit(|world| {
        let grant = world.grant("domain", "reader", "customer.example");
        world.share(&folder, grant);
        world.move_to(&folder, &other);
        world.trash(&folder, true);
    });
    assert_eq!(changes(&client, &start, "").await.ids("changes", "fileId"), [folder]);
}

#[tokio::test]
async fn each_drive_and_each_user_has_a_log() {
    let mut client = Client::start().await;
    let shared = client.fake.edit(|world| world.add_drive("Team", READER));
    let start = now(&client).await;
    let doc = client.fake.edit(|world| world.add_doc(&shared, "Doc", Doc::text("x")));
    assert!(changes(&client, &start, "").await.ids("changes", "changeType").is_empty());
    let told = changes(&client, &start, &format!("&driveId={shared}")).await;
    assert_eq!(told.ids("changes", "fileId"), [doc]);
    client.fake.edit(|world| world.remove_drive(&shared));
    let told = changes(&client, &start, "").await;
    assert_eq!(
        (&told.body["changes"][0]["changeType"], &told.body["changes"][0]["removed"]),
        (&"drive".into(), &true.into())
    );
    assert_eq!(changes(&client, &start, &format!("&driveId={shared}")).await.status, 404);
    client.token = client.sign_in(OWNER, SCOPES).await;
    assert_eq!(changes(&client, "0", "").await.status, 200);
}

#[tokio::test]
async fn readers_may_not_see_rights() {
    let client = Client::start().await;
    let doc = client.fake.edit(|world| {
        let owner = world.add_user("third@tenant.example", "Third");
        let doc = world.add_doc(&owner.root, "Doc", Doc::text("x"));
        let grant = world.grant("user", "reader", READER);
        world.share(&doc, grant);
        doc
    });
    let file = client.get(&format!("/drive/v3/files/{doc}?fields=*")).await.body;
    assert!(file["permissions"].is_null() && file["parents"].is_null());
    let refused = client.get(&format!("/drive/v3/files/{doc}/permissions")).await;
    assert_eq!((refused.status, refused.reason()), (403, "insufficientFilePermissions"));
}

#[tokio::test]
async fn without_asking_for_tabs_only_the_first_comes() {
    let client = Client::start().await;
    let root = root(&client).await;
    let tabs = vec![Tab::new("a", "A").text("first"), Tab::new("b", "B").text("second")];
    let doc = client.fake.edit(|world| world.add_doc(&root, "Doc", Doc::of(tabs)));
    let old = client.get(&format!("/v1/documents/{doc}")).await.body;
    assert!(old["tabs"].is_null() && old["body"].to_string().contains("first"));
    let new = client.get(&format!("/v1/documents/{doc}?includeTabsContent=true")).await.body;
    assert!(new["body"].is_null() && new["tabs"].as_array().unwrap().len() == 2);
}

#[tokio::test]
async fn exports_end_at_ten_megabytes_and_docs_have_no_bytes() {
    let client = Client::start().await;
    let root = root(&client).await;
    let (doc, file) = client.fake.edit(|world| {
        let doc = world.add_doc(&root, "Doc", Doc::text(&"x".repeat((10 << 20) + 1)));
        let file = world.add(&root, "File", Kind::File("text/plain".into(), b"bytes".to_vec()));
        world.allow_download(&file, false);
        (doc, file)
    });
    let export = client.get(&format!("/drive/v3/files/{doc}/export?mimeType=text/plain")).await;
    assert_eq!((export.status, export.reason()), (403, "exportSizeLimitExceeded"));
    assert_eq!(client.get(&format!("/drive/v3/files/{doc}?alt=media")).await.reason(), "fileNotDownloadable");
    assert_eq!(client.get(&format!("/drive/v3/files/{file}?alt=media")).await.reason(), "cannotDownloadFile");
    client.fake.edit(|world| world.allow_download(&file, true));
    assert_eq!(client.get(&format!("/drive/v3/files/{file}?alt=media")).await.body, "bytes");
}

#[tokio::test]
async fn a_minute_has_so_many_calls() {
    let client = Client::start().await;
    client.fake.edit(|world| {
        world.limits.drive_per_minute = 2;
        world.limits.docs_per_minute = 0;
    });
    for _ in 0..2 {
        assert_eq!(client.get("/drive/v3/files").await.status, 200);
    }
    let over = client.get("/drive/v3/files").await;
    assert_eq!((over.status, over.reason()), (403, "userRateLimitExceeded"));
    assert_eq!(client.get("/v1/documents/x").await.status, 429);
    client.fake.clock().advance(Duration::from_secs(60));
    assert_eq!(client.get("/drive/v3/files").await.status, 200);
}

#[tokio::test]
async fn pages_go_wrong_on_demand() {
    let client = Client::start().await;
    let root = root(&client).await;
    client.fake.edit(|world| {
        world.limits.files_per_page = 2;
        for _ in 0..7 {
            world.add_doc(&root, "Doc", Doc::text("x"));
        }
    });
    let list = Calls::to("GET", "/drive/v3/files");
    let page = |token: &str| format!("/drive/v3/files?q='{root}'%20in%20parents{token}");
    let normal = client.get(&page("")).await.body;
    assert_eq!(normal["nextPageToken"], "~2");
    for (fault, expected) in [(Fault::RepeatPage, "~0"), (Fault::SkipPage, "~4")] {
        client.fake.fail(list.clone(), fault);
        assert_eq!(client.get(&page("")).await.body["nextPageToken"], expected);
    }
    client.fake.fail(list.clone(), Fault::EmptyList);
    assert!(client.get(&page("")).await.ids("files", "id").is_empty());
    client.fake.fail(list, Fault::status(500, "backendError"));
    assert_eq!(client.get(&page("")).await.reason(), "backendError");
    assert_eq!(client.get(&page("&pageToken=broken")).await.status, 400);
    assert_eq!(client.get("/drive/v3/files?q=nonsense").await.status, 400);
}
