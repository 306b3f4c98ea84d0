use serde_json::{Value, json};

use super::*;

fn read(value: Value) -> Vec<RawDocument> {
    let article: Article = serde_json::from_value(value).unwrap();
    super::article(&article, &RawAudience::Public).into_iter().map(Result::unwrap).collect()
}

fn ids(documents: &[RawDocument]) -> Vec<&str> {
    documents.iter().map(|document| document.external_id.as_str()).collect()
}

#[test]
fn every_published_language_is_a_document_and_no_draft_is() {
    let url = "https://help.example/x/articles/7";
    let documents = read(json!({
        "id": 7, "default_locale": "en", "state": "published", "title": "Lamp", "body": "<p>On.</p>", "url": url,
        "translated_content": {
            "type": "article_translated_content",
            "de": {"state": "published", "title": "Lampe", "body": "<p>An.</p>", "updated_at": 1_700_000_000, "url": url},
            "pt-BR": {"state": "draft", "title": "Lampada", "body": "<p>…</p>", "url": url},
            "fr": null,
        },
    }));
    assert_eq!(ids(&documents), ["7:de", "7:en"]);
    assert_eq!(documents[0].language, Some(Language::GERMAN));
    assert_eq!(documents[0].updated_at, Some(moment(1_700_000_000)));
    assert_eq!(documents[1].markdown, "On.");
}

#[test]
fn a_default_language_in_draft_hides_no_translation() {
    let documents = read(json!({
        "id": "7", "default_locale": "en", "state": "draft", "title": "Lamp",
        "translated_content": {"de": {"state": "published", "title": "Lampe", "url": "https://x"}},
    }));
    assert_eq!(ids(&documents), ["7:de"]);
}

#[test]
fn one_language_is_told_by_the_address() {
    let article = |url: Value| read(json!({"id": 7, "state": "published", "title": "Lamp", "url": url}));
    assert_eq!(ids(&article(json!("https://help.example/acme/en/articles/7-lamp"))), ["7:en"]);
    assert_eq!(ids(&article(json!("https://help.example/pt-BR/articles/7"))), ["7:pt-BR"]);
    assert_eq!(ids(&article(json!("https://help.example/articles/7"))), ["7:und"]);
    assert_eq!(ids(&article(json!(null))), ["7:und"]);
}

#[test]
fn what_is_not_open_to_everybody_is_internal() {
    let url = "https://help.example/en/articles/7";
    let audience = |value| read(value).remove(0).audience;
    let open = json!({"id": 7, "state": "published", "title": "Lamp", "url": url, "help_center_audience": "everyone"});
    assert_eq!(audience(open), RawAudience::Public);
    let restricted = json!({"id": 7, "state": "published", "title": "Lamp", "url": url, "help_center_audience": "restricted"});
    assert_eq!(audience(restricted), RawAudience::Internal);
    assert_eq!(audience(json!({"id": 7, "state": "published", "title": "Lamp"})), RawAudience::Internal);
}

#[test]
fn what_cannot_be_read_says_so() {
    let article: Article = serde_json::from_value(json!({"state": "published"})).unwrap();
    assert!(super::article(&article, &RawAudience::Public)[0].is_err());
    let empty: InternalArticle = serde_json::from_value(json!({"id": 4, "body": "<p></p>"})).unwrap();
    assert!(internal(&empty).is_err());
}
