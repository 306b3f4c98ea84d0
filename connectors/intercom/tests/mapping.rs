//! One article and one conversation, field by field.

use domain::record::Record;
use serde_json::json;

use crate::fake::Fake;

async fn records(fake: &Fake, server: &wiremock::MockServer) -> Vec<Record> {
    let page = fake.source(server, 10).pull(None).await.unwrap();
    assert_eq!(page.problems, []);
    page.records
}

#[tokio::test]
async fn an_article() {
    let (fake, server) = Fake::start().await;
    fake.put(
        "articles",
        "39",
        json!({
            "type": "article", "workspace_id": "ws1", "parent_id": 143, "parent_type": "collection", "author_id": 9,
            "title": "Charge the lamp", "description": "How to", "body": "<p>Use the <b>green</b> charger.</p>",
            "state": "published", "default_locale": "en", "created_at": 1_700_000_000, "updated_at": 1_710_000_000,
            "url": "https://help.example/en/articles/39-charge-the-lamp",
            "translated_content": {"type": "article_translated_content",
                "de": {"type": "article_content", "title": "Die Lampe laden", "description": "",
                    "body": "<h2>Laden</h2><ul><li>Nimm das <a href=\"https://help.example/de/articles/40\">grüne Netzteil</a>.</li></ul>",
                    "state": "published", "created_at": 1_700_000_500, "updated_at": 1_720_000_000,
                    "url": "https://help.example/de/articles/39-die-lampe-laden"},
                "fr": {"type": "article_content", "title": "La lampe", "body": "<p>…</p>", "state": "draft"}},
        }),
    );
    insta::assert_debug_snapshot!("article", records(&fake, &server).await);
}

#[tokio::test]
async fn a_conversation() {
    let (fake, server) = Fake::start().await;
    fake.put(
        "conversations",
        "515",
        json!({
            "type": "conversation", "created_at": 1_730_000_000, "updated_at": 1_730_009_000, "state": "closed", "open": false,
            "priority": "high", "admin_assignee_id": 0, "team_assignee_id": null,
            "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "1", "name": "battery"}]},
            "conversation_rating": {"rating": 5, "remark": "Thank you"},
            "source": {"type": "email", "id": "40", "delivered_as": "customer_initiated", "subject": "<p>Dark lamp</p>",
                "body": "Hello,\nmy lamp stays dark.",
                "author": {"type": "user", "id": "6762f0", "name": "Ann Example", "email": "ann@mail.example"}},
            "contacts": {"type": "contact.list", "contacts": [
                {"type": "contact", "id": "6762f1", "external_id": null}, {"type": "contact", "id": "6762f0", "external_id": "4711"}]},
            "ai_agent_participated": true, "ai_agent": {"resolution_state": "confirmed_resolution"},
            "statistics": {"count_conversation_parts": 4},
            "conversation_parts": {"type": "conversation_part.list", "total_count": 4, "conversation_parts": [
                {"id": 1, "part_type": "comment", "created_at": 1_730_000_100, "body": "Charge it: https://help.example/en/articles/39-charge",
                 "author": {"type": "bot", "id": "f", "name": "Fin", "from_ai_agent": true, "is_ai_answer": true}},
                {"id": 2, "part_type": "note", "created_at": 1_730_000_200, "body": "Knows Bo.", "author": {"type": "admin", "id": "9"}},
                {"id": 3, "part_type": "comment", "created_at": 1_730_000_300, "body": "It works.",
                 "author": {"type": "lead", "id": "6762f1", "name": "Bo Example", "email": "bo@mail.example"}},
                {"id": 4, "part_type": "close", "created_at": 1_730_000_400, "body": null, "author": {"type": "admin", "id": "9"}}]},
        }),
    );
    insta::assert_debug_snapshot!("conversation", records(&fake, &server).await);
}
