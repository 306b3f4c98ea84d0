//! Odd forms of true values, and values that are not true.

use intercom_fake::{Shape, Workspace};
use serde_json::json;

use crate::client::{Client, conversation, start};

#[tokio::test]
async fn a_patch_shows_everywhere_and_changes_nothing() {
    let (fake, client) = start().await;
    let (bad, good) = (conversation(&fake), conversation(&fake));
    fake.edit(|workspace| workspace.patch(&bad, json!({ "created_at": "yesterday", "source": null })));
    let listed = client.get("/conversations").await;
    assert_eq!(listed.ids("conversations"), [good.as_str(), bad.as_str()]);
    assert_eq!(listed.body["conversations"][1]["created_at"], "yesterday");
    assert!(listed.body["conversations"][0]["created_at"].is_number());
    assert!(client.get(&format!("/conversations/{bad}")).await.body["source"].is_null());
    fake.edit(|workspace| workspace.mark_read(&bad, true)).unwrap();
    assert_eq!(fake.notifications().last().unwrap().item["created_at"], "yesterday");
}

#[tokio::test]
async fn fields_come_unknown_and_stay_away() {
    let (fake, client) = start().await;
    let path = format!("/conversations/{}", conversation(&fake));
    fake.edit(|workspace| workspace.quirks.shape = Shape::WithUnknownFields);
    let shown = client.get(&path).await.body;
    assert!(shown["added_later"].is_object() && shown["source"]["author"]["added_later"].is_object());
    fake.edit(|workspace| workspace.quirks.shape = Shape::WithoutNulls);
    let shown = client.get(&path).await.body;
    assert!(
        shown.get("title").is_none() && shown.get("added_later").is_none() && shown.get("state").is_some()
    );
}

#[tokio::test]
async fn two_workspaces_may_have_the_same_ids() {
    let (fake, client) = start().await;
    let id = conversation(&fake);
    let token = fake.install(Workspace::new("ws_two", fake.clock(), 1000));
    let other = Client { token, ..client.clone() };
    let same = fake.edit_in("ws_two", |workspace| {
        let new = intercom_fake::NewContact::user("70", "70@other.test", "Another Customer");
        let contact = workspace.add_contact(intercom_fake::Role::User, new).unwrap();
        workspace.start(&contact, "Of another company").unwrap()
    });
    assert_eq!(same, id);
    let path = format!("/conversations/{id}");
    assert_ne!(client.get(&path).await.body["source"]["body"], other.get(&path).await.body["source"]["body"]);
}
