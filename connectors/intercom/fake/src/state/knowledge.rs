//! Help articles in several languages, drafts among them, and internal articles.

use std::collections::BTreeMap;

use super::Workspace;
use crate::error::ApiError;
use crate::render;

/// One language of an article.
#[derive(Debug, Clone)]
pub struct Translation {
    /// The title.
    pub title: String,
    /// One line about it.
    pub description: String,
    /// HTML.
    pub body: String,
    /// Whether anybody can read it.
    pub published: bool,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed; the article's own moment moves only with the default language.
    pub updated_at: i64,
}

/// A help article.
#[derive(Debug, Clone)]
pub struct Article {
    /// A number, as text.
    pub id: String,
    /// The language whose values stand on top.
    pub default_locale: String,
    /// By locale, the default among them.
    pub translations: BTreeMap<String, Translation>,
    /// The collection.
    pub parent_id: Option<i64>,
    /// Who wrote it.
    pub author_id: String,
}

/// An article for teammates.
#[derive(Debug, Clone)]
pub struct InternalArticle {
    /// A number, as text.
    pub id: String,
    /// The title.
    pub title: String,
    /// HTML.
    pub body: String,
    /// The language.
    pub locale: String,
    /// Who wrote it.
    pub author_id: String,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
}

impl Article {
    /// Returns the default language.
    #[must_use]
    pub fn main(&self) -> &Translation {
        &self.translations[&self.default_locale]
    }
}

impl Workspace {
    /// Adds an article in one language and returns its id.
    pub fn add_article(&mut self, locale: &str, title: &str, body: &str, published: bool) -> String {
        let id = self.ids.number();
        let now = self.now();
        let translation = Translation {
            title: title.to_owned(),
            description: String::new(),
            body: body.to_owned(),
            published,
            created_at: now,
            updated_at: now,
        };
        let article = Article {
            id: id.clone(),
            default_locale: locale.to_owned(),
            translations: BTreeMap::from([(locale.to_owned(), translation)]),
            parent_id: None,
            author_id: self.agent(),
        };
        self.articles.insert(id.clone(), article);
        self.tell_article(&id, "article.created");
        if published {
            self.tell_article(&id, "article.published");
        }
        id
    }

    /// Writes a language of an article anew.
    ///
    /// # Errors
    ///
    /// The article has to exist.
    pub fn write_article(
        &mut self,
        id: &str,
        locale: &str,
        title: &str,
        body: &str,
        published: bool,
    ) -> Result<(), ApiError> {
        let now = self.now();
        let article = self.articles.get_mut(id).ok_or_else(|| ApiError::missing("Resource"))?;
        let before = article.main().published;
        let entry = article.translations.entry(locale.to_owned()).or_insert_with(|| Translation {
            title: String::new(),
            description: String::new(),
            body: String::new(),
            published,
            created_at: now,
            updated_at: now,
        });
        title.clone_into(&mut entry.title);
        body.clone_into(&mut entry.body);
        entry.published = published;
        entry.updated_at = now;
        let after = article.main().published;
        self.tell_article(id, "article.updated");
        if before != after {
            self.tell_article(id, if after { "article.published" } else { "article.unpublished" });
        }
        Ok(())
    }

    /// Deletes an article.
    ///
    /// # Errors
    ///
    /// It has to exist.
    pub fn delete_article(&mut self, id: &str) -> Result<(), ApiError> {
        self.articles.remove(id).ok_or_else(|| ApiError::missing("Resource"))?;
        self.raise("article.deleted", serde_json::json!({ "type": "article", "id": id }));
        Ok(())
    }

    /// Returns an article.
    #[must_use]
    pub fn article(&self, id: &str) -> Option<&Article> {
        self.articles.get(id)
    }

    /// Adds or rewrites an internal article and returns its id; nothing is told.
    pub fn internal_article(&mut self, id: Option<&str>, title: &str, body: &str) -> String {
        let now = self.now();
        let id = id.map_or_else(|| self.ids.number(), str::to_owned);
        let known = self.internal_articles.get(&id);
        let article = InternalArticle {
            id: id.clone(),
            title: title.to_owned(),
            body: body.to_owned(),
            locale: "en".to_owned(),
            author_id: self.agent(),
            created_at: known.map_or(now, |known| known.created_at),
            updated_at: now,
        };
        self.internal_articles.insert(id.clone(), article);
        id
    }

    /// Deletes an internal article; nothing is told.
    ///
    /// # Errors
    ///
    /// It has to exist.
    pub fn delete_internal_article(&mut self, id: &str) -> Result<(), ApiError> {
        self.internal_articles.remove(id).map(drop).ok_or_else(|| ApiError::missing("Resource"))
    }

    fn tell_article(&mut self, id: &str, topic: &str) {
        let Some(article) = self.articles.get(id) else { return };
        let item = render::article(self, article);
        self.raise(topic, item);
    }
}
