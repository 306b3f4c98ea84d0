//! Tokens: given, ended and refused.

use std::time::Duration;

use crate::client::{Client, READER};

#[tokio::test]
async fn a_token_ends_after_an_hour() {
    let client = Client::start().await;
    assert_eq!(client.get("/drive/v3/about?fields=user").await.status, 200);
    client.fake.clock().advance(Duration::from_secs(3_600));
    let answer = client.get("/drive/v3/about?fields=user").await;
    assert_eq!((answer.status, answer.reason()), (401, "authError"));
}

#[tokio::test]
async fn wrong_secrets_and_tokens_are_refused_in_googles_words() {
    let client = Client::start().await;
    for (form, status, word) in [
        ("grant_type=refresh_token&client_id=id&client_secret=no&refresh_token=x", 401, "invalid_client"),
        ("grant_type=refresh_token&client_id=id&client_secret=secret&refresh_token=x", 400, "invalid_grant"),
        ("grant_type=password", 400, "unsupported_grant_type"),
        ("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b.c", 400, "invalid_grant"),
    ] {
        let answer = client.ask_token(form).await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (status, Some(word)), "{form}");
    }
}

#[tokio::test]
async fn scopes_are_minded() {
    let mut client = Client::start().await;
    client.token = client.sign_in(READER, "https://www.googleapis.com/auth/drive.metadata.readonly").await;
    let id = client.fake.edit(|world| {
        let root = world.add_user("third@tenant.example", "Third").root;
        world.add_doc(&root, "Doc", google_docs_fake::Doc::text("x"))
    });
    assert_eq!(client.get("/drive/v3/files").await.status, 200);
    for path in [format!("/v1/documents/{id}"), format!("/drive/v3/files/{id}/export?mimeType=text/plain")] {
        let answer = client.get(&path).await;
        assert_eq!((answer.status, answer.reason()), (403, "insufficientPermissions"));
    }
}
