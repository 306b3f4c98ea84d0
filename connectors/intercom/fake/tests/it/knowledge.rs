//! Articles.

use std::time::Duration;

use crate::client::{NOON, start};

#[tokio::test]
async fn a_translation_does_not_move_the_article() {
    let (fake, client) = start().await;
    let id = fake.edit(|workspace| workspace.add_article("en", "Returns", "<p>30 days</p>", true));
    fake.clock().advance(Duration::from_secs(60));
    fake.edit(|workspace| workspace.write_article(&id, "de", "Rückgabe", "<p>30 Tage</p>", false)).unwrap();
    let shown = client.get(&format!("/articles/{id}")).await.body;
    assert_eq!((shown["title"].as_str(), shown["updated_at"].as_i64()), (Some("Returns"), Some(NOON)));
    let german = &shown["translated_content"]["de"];
    assert_eq!((german["state"].as_str(), german["updated_at"].as_i64()), (Some("draft"), Some(NOON + 60)));
}

#[tokio::test]
async fn articles_come_newest_first_by_page_number() {
    let (fake, client) = start().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        fake.clock().advance(Duration::from_secs(1));
        ids.push(fake.edit(|workspace| {
            workspace.add_article("en", &format!("Article {number}"), "<p>x</p>", number != 1)
        }));
    }
    ids.reverse();
    let first = client.get("/articles?per_page=2&page=1").await;
    assert_eq!(
        (first.ids("data"), first.body["pages"]["total_pages"].as_i64()),
        (ids[..2].to_vec(), Some(2))
    );
    assert_eq!(client.get("/articles?per_page=2&page=2").await.ids("data"), ids[2..]);
    assert!(client.get("/articles?per_page=2&page=3").await.ids("data").is_empty());
    let drafts = client.get("/articles/search?phrase=article&state=draft").await;
    assert_eq!(drafts.body["total_count"], 1);
    fake.edit(|workspace| workspace.delete_article(&ids[0])).unwrap();
    assert_eq!(client.get(&format!("/articles/{}", ids[0])).await.status, 404);
}

#[tokio::test]
async fn internal_articles_are_a_list_of_their_own() {
    let (fake, client) = start().await;
    let id = fake.edit(|workspace| workspace.internal_article(None, "Goodwill", "<p>Up to 20</p>"));
    assert_eq!(client.get("/internal_articles").await.ids("data"), [id.as_str()]);
    assert_eq!(client.get(&format!("/internal_articles/{id}")).await.body["title"], "Goodwill");
    fake.edit(|workspace| workspace.delete_internal_article(&id)).unwrap();
    assert_eq!(client.get(&format!("/internal_articles/{id}")).await.status, 404);
    assert!(client.get("/articles").await.ids("data").is_empty());
}
