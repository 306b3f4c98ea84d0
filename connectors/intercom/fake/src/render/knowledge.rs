//! Articles.

use serde_json::{Map, Value, json};

use super::number;
use crate::state::{Article, InternalArticle, Translation, Workspace};

fn word(published: bool) -> &'static str {
    if published { "published" } else { "draft" }
}

fn url(article: &Article, locale: &str, translation: &Translation) -> Option<String> {
    let id = &article.id;
    translation.published.then(|| format!("https://help.example.test/{locale}/articles/{id}"))
}

/// An article as lists show it. What stands on top is the default language's.
pub(crate) fn article_item(workspace: &Workspace, article: &Article) -> Value {
    let main = article.main();
    let mut translated = Map::from_iter([("type".to_owned(), json!("article_translated_content"))]);
    for (locale, content) in &article.translations {
        let mut shown = json!({
            "type": "article_content",
            "title": content.title,
            "description": content.description,
            "body": content.body,
            "author_id": number(&article.author_id),
            "state": word(content.published),
            "created_at": content.created_at,
            "updated_at": content.updated_at,
        });
        if let Some(url) = url(article, locale, content) {
            shown["url"] = json!(url);
        }
        translated.insert(locale.clone(), shown);
    }
    json!({
        "type": "article",
        "id": article.id,
        "workspace_id": workspace.id_code,
        "parent_id": article.parent_id,
        "parent_type": article.parent_id.map(|_| "collection"),
        "parent_ids": article.parent_id.into_iter().collect::<Vec<_>>(),
        "tags": { "type": "tag.list", "tags": [] },
        "title": main.title,
        "description": main.description,
        "body": main.body,
        "author_id": number(&article.author_id),
        "state": word(main.published),
        "created_at": main.created_at,
        "updated_at": main.updated_at,
        "url": url(article, &article.default_locale, main),
        "default_locale": article.default_locale,
        "translated_content": translated,
    })
}

/// An article by itself.
pub(crate) fn article(workspace: &Workspace, article: &Article) -> Value {
    let mut fields = article_item(workspace, article);
    fields["statistics"] = json!({
        "type": "article_statistics",
        "views": 0,
        "conversions": 0,
        "reactions": 0,
        "happy_reaction_percentage": 0.0,
        "neutral_reaction_percentage": 0.0,
        "sad_reaction_percentage": 0.0,
    });
    fields
}

pub(crate) fn internal_article(article: &InternalArticle) -> Value {
    json!({
        "type": "internal_article",
        "id": article.id,
        "title": article.title,
        "body": article.body,
        "owner_id": number(&article.author_id),
        "author_id": number(&article.author_id),
        "locale": article.locale,
        "created_at": article.created_at,
        "updated_at": article.updated_at,
    })
}
