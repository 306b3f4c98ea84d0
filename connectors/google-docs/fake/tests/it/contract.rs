//! Every answer holds against the official discovery documents, when those lie beside the checkout.

use std::collections::BTreeSet;

use google_docs_fake::{Doc, Kind, Tab};
use serde_json::{Value, json};

use crate::client::{Client, FLAGS, OWNER};
use crate::description::Description;

/// A caller that checks everything it sends and gets.
struct Checked {
    client: Client,
    drive: Description,
    docs: Description,
    methods: BTreeSet<String>,
}

impl Checked {
    async fn send(&mut self, verb: &str, path: &str, query: &str, body: Option<Value>) -> Value {
        let (base, description) = match path.starts_with("v1/") {
            true => ("/", &self.docs),
            false => ("/drive/v3/", &self.drive),
        };
        let answer = self.client.send(verb, &format!("{base}{path}?{query}"), body.as_ref()).await;
        assert!(answer.status < 300, "{verb} {path}?{query}: {} {}", answer.status, answer.body);
        self.methods.insert(description.hold(verb, path, query, body.as_ref(), &answer.body));
        answer.body
    }

    async fn get(&mut self, path: &str, query: &str) -> Value {
        self.send("GET", path, query, None).await
    }
}

fn full_doc() -> Doc {
    let style = json!({"namedStyleType": "NORMAL_TEXT"});
    let elements = json!([
        {"startIndex": 1, "endIndex": 5, "textRun": {"content": "bold", "textStyle": {"bold": true, "link": {"url": "https://a.example"}}}},
        {"person": {"personId": "p", "personProperties": {"name": "Ann Sample", "email": "ann@tenant.example"}}},
        {"richLink": {"richLinkId": "r", "richLinkProperties": {"title": "T", "uri": "https://a.example"}}},
        {"dateElement": {"dateElementProperties": {"displayText": "Jan 1"}}},
        {"dropdown": {"dropdownProperties": {"displayValue": "Ready"}}},
        {"inlineObjectElement": {"inlineObjectId": "i"}}, {"footnoteReference": {"footnoteId": "f", "footnoteNumber": "1"}},
        {"horizontalRule": {}}, {"equation": {}}, {"pageBreak": {}}, {"textRun": {"content": "\n"}}]);
    let table = json!({"table": {"rows": 1, "columns": 1, "tableRows": [{"tableCells": [{"content": [
        {"paragraph": {"elements": [{"textRun": {"content": "cell\n"}}], "bullet": {"listId": "l", "nestingLevel": 1}}}]}]}]}});
    let tab = Tab::new("t.0", "First")
        .heading(1, "Title", "h.1")
        .text("words")
        .element(json!({"paragraph": {"elements": elements, "paragraphStyle": style}}))
        .element(table)
        .element(json!({"sectionBreak": {}}))
        .element(json!({"tableOfContents": {"content": []}}))
        .part("lists", json!({"l": {"listProperties": {"nestingLevels": [{"glyphType": "DECIMAL", "startNumber": 1}, {"glyphSymbol": "●"}]}}}))
        .part("footnotes", json!({"f": {"footnoteId": "f", "content": []}}))
        .part("inlineObjects", json!({"i": {"objectId": "i", "inlineObjectProperties": {"embeddedObject": {"title": "T", "description": "D"}}}}))
        .child(Tab::new("t.1", "Inner").text("inner"));
    Doc::of(vec![tab])
}

#[tokio::test]
async fn answers_and_calls_hold_against_the_discovery_documents() {
    let Some(drive) = Description::read("google-drive-v3.discovery.json") else { return };
    let docs = Description::read("google-docs-v1.discovery.json").unwrap();
    let mut client = Client::start().await;
    client.token = client.sign_in(OWNER, crate::client::SCOPES).await;
    let root = client.get("/drive/v3/files/root").await.body["id"].as_str().unwrap().to_owned();
    let (shared, doc, file, inner) = client.fake.edit(|world| {
        let shared = world.add_drive("Team", OWNER);
        let folder = world.add_folder(&shared, "Folder");
        world.limit(&folder, true);
        let inner = world.add_doc(&folder, "In", full_doc());
        let doc = world.add_doc(&root, "Doc", full_doc());
        let file = world.add(&root, "File", Kind::File("text/plain".into(), b"text".to_vec()));
        world.add(&root, "Short", Kind::Shortcut(doc.clone()));
        for (kind, who) in
            [("user", "a@b.example"), ("group", "g@b.example"), ("domain", "b.example"), ("anyone", "")]
        {
            let mut grant = world.grant(kind, "reader", who);
            grant.expires = (kind == "user").then_some(1_900_000_000_000);
            world.share(&doc, grant);
        }
        (shared, doc, file, inner)
    });
    let mut checked = Checked { client, drive, docs, methods: BTreeSet::new() };
    checked.get("about", "fields=*").await;
    let all = format!("fields=*&{FLAGS}");
    let listed = checked.get("files", &format!("{all}&pageSize=1&corpora=user&spaces=drive")).await;
    let next = listed["nextPageToken"].as_str().unwrap().to_owned();
    checked.get("files", &format!("{all}&pageSize=1000&pageToken={next}")).await;
    checked.get("files", &format!("{all}&corpora=drive&driveId={shared}")).await;
    checked.get("files", "").await;
    for id in [&doc, &file, &inner] {
        checked.get(&format!("files/{id}"), "supportsAllDrives=true&fields=*").await;
        checked.get(&format!("files/{id}/permissions"), "supportsAllDrives=true&fields=*&pageSize=2").await;
    }
    checked.get(&format!("files/{shared}/permissions"), "supportsAllDrives=true&fields=*").await;
    checked.get(&format!("files/{doc}/export"), "mimeType=text/markdown").await;
    checked.get("drives", "fields=*&pageSize=100").await;
    checked.get(&format!("drives/{shared}"), "fields=*").await;
    checked.get("changes/startPageToken", "supportsAllDrives=true").await;
    checked.client.fake.edit(|world| {
        world.trash(&file, true);
        world.delete(&inner);
        world.rename(&doc, "New");
    });
    checked.get("changes", &format!("pageToken=0&includeRemoved=true&pageSize=2&{all}")).await;
    checked.get("changes", &format!("pageToken=0&pageSize=1000&{all}")).await;
    checked.get("changes", &format!("pageToken=0&driveId={shared}&{all}")).await;
    let body = json!({"id": "c1", "type": "web_hook", "address": "https://support.tenant.example", "token": "t", "expiration": "1795600000000"});
    let channel = checked.send("POST", "changes/watch", &format!("pageToken=0&{FLAGS}"), Some(body)).await;
    let body = json!({"id": "c1", "resourceId": channel["resourceId"]});
    checked.send("POST", "channels/stop", "", Some(body)).await;
    checked
        .get(
            &format!("v1/documents/{doc}"),
            "includeTabsContent=true&suggestionsViewMode=PREVIEW_WITHOUT_SUGGESTIONS",
        )
        .await;
    checked.get(&format!("v1/documents/{doc}"), "").await;
    assert!(checked.methods.len() >= 12, "{:?}", checked.methods);
}

#[test]
fn the_checker_refuses_what_is_not_described() {
    let Some(drive) = Description::read("google-drive-v3.discovery.json") else { return };
    assert!(drive.accepts("File", &json!({"id": "1", "size": "5"})));
    for wrong in [
        json!({"id": 1}),
        json!({"size": 5}),
        json!({"idd": "1"}),
        json!({"shortcutDetails": {"target": "x"}}),
    ] {
        assert!(!drive.accepts("File", &wrong), "{wrong}");
    }
    assert!(!drive.accepts("ChangeList", &json!({"changes": [{"removed": "yes"}]})));
}
