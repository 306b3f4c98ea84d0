//! Articles and internal articles. They are written through the Rust side only.

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::gate::Call;
use crate::pages::numbered;
use crate::render;
use crate::state::Article;

const PER_PAGE: usize = 25;

/// Newest first, drafts among them.
pub(crate) fn articles(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let page = numbered(sorted(call), call.query_number("page")?, call.query_number("per_page")?, PER_PAGE);
    let data: Vec<Value> =
        page.items.iter().map(|article| render::article_item(call.workspace, article)).collect();
    Ok(json!({ "type": "list", "pages": page.pages, "total_count": page.total, "data": data }))
}

fn sorted<'a>(call: &'a Call<'_>) -> Vec<&'a Article> {
    let mut articles: Vec<&Article> = call.workspace.articles.values().collect();
    articles.sort_by_key(|article| Reverse((article.main().updated_at, article.id.clone())));
    articles
}

pub(crate) fn article(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let found = call.workspace.articles.get(call.path("id")).ok_or_else(|| ApiError::missing("Resource"))?;
    Ok(render::article(call.workspace, found))
}

pub(crate) fn search(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let phrase = call.query("phrase").unwrap_or_default().to_lowercase();
    let state = call.query("state").unwrap_or("all");
    let fits = |article: &&Article| {
        let main = article.main();
        let state_fits = state == "all" || (state == "published") == main.published;
        state_fits && format!("{} {}", main.title, main.body).to_lowercase().contains(&phrase)
    };
    let found: Vec<&Article> = sorted(call).into_iter().filter(fits).collect();
    let page = numbered(found, call.query_number("page")?, call.query_number("per_page")?, PER_PAGE);
    let articles: Vec<Value> =
        page.items.iter().map(|article| render::article(call.workspace, article)).collect();
    let data = json!({ "articles": articles, "highlights": [] });
    Ok(json!({ "type": "list", "total_count": page.total, "data": data, "pages": page.pages }))
}

pub(crate) fn internal_articles(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let mut articles: Vec<_> = call.workspace.internal_articles.values().collect();
    articles.sort_by_key(|article| Reverse((article.updated_at, article.id.clone())));
    let page = numbered(articles, call.query_number("page")?, call.query_number("per_page")?, PER_PAGE);
    let data: Vec<Value> = page.items.into_iter().map(render::internal_article).collect();
    Ok(json!({ "type": "list", "pages": page.pages, "total_count": page.total, "data": data }))
}

pub(crate) fn internal_article(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let found = call.workspace.internal_articles.get(call.path("id"));
    found.map(render::internal_article).ok_or_else(|| ApiError::missing("Resource"))
}

/// One help centre.
pub(crate) fn help_centers(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let centre = json!({
        "id": "1",
        "workspace_id": call.workspace.id_code,
        "created_at": call.workspace.created_at,
        "updated_at": call.workspace.created_at,
        "identifier": "help",
        "website_turned_on": true,
        "display_name": call.workspace.name,
        "url": "https://help.example.test",
        "custom_domain": null,
    });
    Ok(json!({ "type": "list", "data": [centre] }))
}

/// Articles here stand in no collection.
pub(crate) fn collections(_: &mut Call<'_>) -> Result<Value, ApiError> {
    let pages = json!({ "type": "pages", "page": 1, "per_page": 20, "total_pages": 0 });
    Ok(json!({ "type": "list", "pages": pages, "total_count": 0, "data": [] }))
}
