//! The search: what it finds is what it has learnt, what it shows is what is there.

use serde_json::json;

use crate::cql::{finds, parse};
use crate::gate::{Answer, Call};
use crate::pages::by_start;
use crate::render;
use crate::site::{Content, Status};

/// Answers a search for contents; `most` is how many a page may hold.
pub(crate) fn contents(call: &Call<'_>, most: usize) -> Answer {
    let Some(found) = found(call) else { return Answer::Status(400) };
    let expand = call.query("expand").unwrap_or_default();
    let limit = call.limit(25, most);
    Answer::Json(by_start(call, "/rest/api/content/search", &found, limit, |content| {
        render::old(call.site, content, expand)
    }))
}

/// Answers a search for anything, which says how much there is.
pub(crate) fn anything(call: &Call<'_>) -> Answer {
    let Some(found) = found(call) else { return Answer::Status(400) };
    let total = found.len();
    let limit = call.limit(25, 100);
    let mut answer = by_start(call, "/rest/api/search", &found, limit, |content| {
        json!({
            "content": render::old(call.site, content, ""), "title": content.title, "excerpt": "", "url": "/x",
            "breadcrumbs": [], "entityType": "content", "iconCssClass": "x",
            "lastModified": render::moment(content.modified),
        })
    });
    for (name, value) in [("totalSize", json!(total)), ("cqlQuery", json!("")), ("searchDuration", json!(1))]
    {
        answer[name] = value;
    }
    Answer::Json(answer)
}

fn found<'a>(call: &Call<'a>) -> Option<Vec<&'a Content>> {
    let terms = parse(call.query("cql")?)?;
    let mut found: Vec<&Content> = Vec::new();
    for known in call.site.index.values() {
        if !finds(call.site, &terms, known)? {
            continue;
        }
        // What is gone meanwhile is found and not shown.
        let live = call.site.contents.get(&known.id);
        found.extend(live.filter(|live| live.status == Status::Current && call.site.sees(call.user, live)));
    }
    if call.query("cql").is_some_and(|cql| cql.contains("order by lastmodified")) {
        found.sort_by_key(|content| (content.modified, content.id));
    }
    Some(found)
}
