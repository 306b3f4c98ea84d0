//! Articles: every language that is published is a document of its own.

use domain::Language;
use domain::record::{RawAudience, RawDocument};

use super::moment;
use crate::html;
use crate::wire::{Article, ArticleContent, InternalArticle, loose};

/// What stands for the language of an article that states none anywhere.
const NO_LOCALE: &str = "und";

/// What became of an article, or of one language of it.
pub(crate) type Mapped = Result<RawDocument, (String, &'static str)>;

/// Makes the documents of an article; drafts are none. `audience` is what an article counts as that says
/// nothing else.
pub(crate) fn article(article: &Article, audience: &RawAudience) -> Vec<Mapped> {
    let Some(id) = &article.id else {
        return vec![Err(("articles".to_owned(), "is an article without `id`"))];
    };
    let mut contents: Vec<(String, ArticleContent)> = Vec::new();
    for (locale, content) in article.translated_content.iter().flatten() {
        if let Some(content) = loose::as_object::<ArticleContent>(content.clone()) {
            contents.push((locale.clone(), content));
        }
    }
    let default = article
        .default_locale
        .clone()
        .or_else(|| article.content.url.as_deref().and_then(locale_of))
        .unwrap_or_else(|| NO_LOCALE.to_owned());
    if !contents.iter().any(|(locale, _)| *locale == default) {
        contents.push((default, article.content.clone()));
    }
    let restricted = article.help_center_audience.as_deref().is_some_and(|audience| audience != "everyone");
    let audience = if restricted { &RawAudience::Internal } else { audience };
    contents.sort_by(|(one, _), (other, _)| one.cmp(other));
    contents
        .into_iter()
        .filter(|(_, content)| content.state.as_deref() == Some("published"))
        .map(|(locale, content)| document(format!("{id}:{locale}"), &locale, content, audience))
        .collect()
}

fn document(external_id: String, locale: &str, content: ArticleContent, audience: &RawAudience) -> Mapped {
    let body = content.body.as_deref().map(html::markdown).unwrap_or_default();
    let title = content.title.unwrap_or_default().trim().to_owned();
    let description = content.description.map(|text| html::plain(&text)).unwrap_or_default();
    let parts = [description, body].into_iter().filter(|part| !part.is_empty());
    let markdown = parts.collect::<Vec<_>>().join("\n\n");
    if markdown.is_empty() && title.is_empty() {
        return Err((format!("articles/{external_id}"), "has neither title nor text"));
    }
    // Without an address nobody outside can open it, whatever its state.
    let audience = if content.url.is_some() { audience.clone() } else { RawAudience::Internal };
    Ok(RawDocument {
        external_id,
        title,
        markdown,
        url: content.url,
        language: language(locale),
        audience,
        created_at: content.created_at.map(moment),
        updated_at: content.updated_at.map(moment),
        ..RawDocument::default()
    })
}

/// Makes the document of an article that only teammates read.
pub(crate) fn internal(article: &InternalArticle) -> Mapped {
    let Some(id) = &article.id else {
        return Err(("internal_articles".to_owned(), "is an article without `id`"));
    };
    let title = article.title.clone().unwrap_or_default().trim().to_owned();
    let markdown = article.body.as_deref().map(html::markdown).unwrap_or_default();
    if markdown.is_empty() && title.is_empty() {
        return Err((format!("internal_articles/{id}"), "has neither title nor text"));
    }
    Ok(RawDocument {
        external_id: format!("internal:{id}"),
        title,
        markdown,
        language: article.locale.as_deref().and_then(language),
        audience: RawAudience::Internal,
        created_at: article.created_at.map(moment),
        updated_at: article.updated_at.map(moment),
        ..RawDocument::default()
    })
}

fn language(locale: &str) -> Option<Language> {
    Some(Language::from_tag(locale)).filter(|language| language.is_known())
}

/// Finds the locale in an address such as `https://help.example/en/articles/39-charge-the-lamp`. A workspace
/// with one language states it nowhere else.
fn locale_of(url: &str) -> Option<String> {
    let (before, _) = url.split_once("/articles/")?;
    let locale = before.rsplit('/').next()?;
    let is_locale = (2..=7).contains(&locale.len())
        && locale.split('-').next().is_some_and(|primary| (2..=3).contains(&primary.len()))
        && locale.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    is_locale.then(|| locale.to_owned())
}

#[cfg(test)]
mod tests;
