//! Version 2 of Cloud.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::gate::{Answer, Call};
use crate::pages::by_cursor;
use crate::render;
use crate::site::{Content, Kind, Space, Status};

pub(crate) fn answer(call: &Call<'_>, method: &str, path: &[&str]) -> Answer {
    match (method, path) {
        ("GET", ["spaces"]) => spaces(call),
        ("GET", ["spaces", id]) => space(call, id),
        ("GET", ["spaces", id, "permissions"]) => permissions(call, id),
        ("GET", ["spaces", id, "role-assignments"]) => roles(call, id),
        ("GET", ["pages"]) => list(call, Kind::Page, "pages"),
        ("GET", ["blogposts"]) => list(call, Kind::BlogPost, "blogposts"),
        ("GET", ["pages", id]) => single(call, Kind::Page, id),
        ("GET", ["blogposts", id]) => single(call, Kind::BlogPost, id),
        ("GET", ["folders", id]) => single(call, Kind::Folder, id),
        ("GET", ["attachments", id]) => attachment(call, id),
        ("GET", ["pages" | "blogposts", id, "labels"]) => labels(call, id, path[0]),
        ("POST", ["users-bulk"]) => users(call),
        _ => Answer::Status(404),
    }
}

fn spaces(call: &Call<'_>) -> Answer {
    let (keys, ids) = (call.all("keys"), call.all("ids"));
    let spaces = call.site.spaces.values().filter(|space| {
        (space.is_visible || space.is_anonymous)
            && (keys.is_empty() || keys.contains(&space.key.as_str()))
            && (ids.is_empty() || ids.contains(&space.id.to_string().as_str()))
    });
    let items: Vec<_> = spaces.collect();
    Answer::Json(by_cursor(call, "/wiki/api/v2/spaces", &items, call.limit(25, 250), |space| {
        render::space(space)
    }))
}

/// Returns a space that the account sees, by its id.
fn visible<'a>(call: &Call<'a>, id: &str) -> Option<&'a Space> {
    let mut spaces = call.site.spaces.values();
    spaces.find(|space| space.id.to_string() == id && (space.is_visible || space.is_anonymous))
}

fn space(call: &Call<'_>, id: &str) -> Answer {
    match visible(call, id) {
        Some(space) => {
            let mut value = render::space(space);
            value["_links"]["base"] = json!(call.base);
            Answer::Json(value)
        }
        None => Answer::Status(404),
    }
}

fn permissions(call: &Call<'_>, id: &str) -> Answer {
    let Some(space) = visible(call, id) else { return Answer::Status(404) };
    let readers = space.readers.iter().map(|reader| {
        let (kind, id) = reader.split_once(':').unwrap_or((reader, reader));
        json!({ "type": kind, "id": id })
    });
    // Whoever may read may do more, and whoever may do anything else is no reader for it.
    let reads = json!({ "key": "read", "targetType": "space" });
    let mut items: Vec<Value> =
        readers.map(|principal| json!({ "principal": principal, "operation": reads })).collect();
    items.push(json!({ "principal": { "type": "group", "id": "writers" },
        "operation": { "key": "create", "targetType": "page" } }));
    for (number, item) in items.iter_mut().enumerate() {
        item["id"] = json!(number.to_string());
    }
    let path = format!("/wiki/api/v2/spaces/{}/permissions", space.id);
    Answer::Json(by_cursor(call, &path, &items, call.limit(25, 250), Value::clone))
}

fn roles(call: &Call<'_>, id: &str) -> Answer {
    let Some(space) = visible(call, id) else { return Answer::Status(404) };
    let holders = call.site.roles.iter().flat_map(|(role, holders)| {
        holders.iter().map(move |(kind, id)| {
            json!({ "roleId": role, "principal": { "principalType": kind, "principalId": id } })
        })
    });
    let items: Vec<Value> = holders.collect();
    let path = format!("/wiki/api/v2/spaces/{}/role-assignments", space.id);
    Answer::Json(by_cursor(call, &path, &items, call.limit(25, 250), Value::clone))
}

fn is_wanted(call: &Call<'_>, content: &Content) -> bool {
    let statuses = call.all("status");
    let status = match content.status {
        Status::Current => "current",
        Status::Archived => "archived",
        Status::Trashed => "trashed",
    };
    let usual = content.status != Status::Trashed;
    (if statuses.is_empty() { usual } else { statuses.contains(&status) })
        && call.site.sees(call.user, content)
}

fn list(call: &Call<'_>, kind: Kind, name: &str) -> Answer {
    let (ids, spaces) = (call.all("id"), call.all("space-id"));
    let Ok(ids) = ids.iter().map(|id| id.parse()).collect::<Result<BTreeSet<u64>, _>>() else {
        return Answer::Status(400);
    };
    if ids.len() > 250 {
        return Answer::Status(400);
    }
    let with_body = call.query("body-format") == Some("storage");
    let of_space = |content: &Content| {
        spaces.is_empty()
            || call
                .site
                .spaces
                .get(&content.space)
                .is_some_and(|space| spaces.contains(&space.id.to_string().as_str()))
    };
    let items: Vec<&Content> = call
        .site
        .contents
        .values()
        .filter(|content| content.kind == kind && (ids.is_empty() || ids.contains(&content.id)))
        .filter(|content| is_wanted(call, content) && of_space(content))
        .filter(|content| call.query("title").is_none_or(|title| title == content.title))
        .collect();
    Answer::Json(by_cursor(call, &format!("/wiki/api/v2/{name}"), &items, call.limit(25, 250), |content| {
        render::content(call.site, content, with_body)
    }))
}

fn find<'a>(call: &Call<'a>, id: &str) -> Option<&'a Content> {
    let content = call.site.contents.get(&id.parse().ok()?)?;
    (content.status != Status::Trashed && call.site.sees(call.user, content)).then_some(content)
}

fn single(call: &Call<'_>, kind: Kind, id: &str) -> Answer {
    let Some(content) = find(call, id).filter(|content| content.kind == kind) else {
        return Answer::Status(404);
    };
    let with_body = call.query("body-format") == Some("storage");
    let mut value = render::content(call.site, content, with_body);
    value["_links"]["base"] = json!(call.base);
    Answer::Json(value)
}

fn attachment(call: &Call<'_>, id: &str) -> Answer {
    let number = render::number(id).map(|id| id.to_string());
    match number.and_then(|id| find(call, &id)).filter(|file| file.kind == Kind::Attachment) {
        Some(file) => {
            let mut value = render::attachment(call.site, file);
            value["_links"]["base"] = json!(call.base);
            Answer::Json(value)
        }
        None => Answer::Status(404),
    }
}

fn labels(call: &Call<'_>, id: &str, name: &str) -> Answer {
    let Some(content) = find(call, id) else { return Answer::Status(404) };
    let labels = content.labels.iter().enumerate();
    let items: Vec<Value> = labels
        .map(|(number, name)| json!({ "id": number.to_string(), "name": name, "prefix": "global" }))
        .collect();
    Answer::Json(by_cursor(
        call,
        &format!("/wiki/api/v2/{name}/{id}/labels"),
        &items,
        call.limit(25, 250),
        Value::clone,
    ))
}

fn users(call: &Call<'_>) -> Answer {
    let Some(ids) = call.body["accountIds"].as_array() else { return Answer::Status(400) };
    let known = ids.iter().filter_map(|id| Some((id.as_str()?, call.site.users.get(id.as_str()?)?)));
    let items: Vec<Value> = known
        .map(|(id, name)| json!({ "accountId": id, "publicName": name, "displayName": name, "email": "", "accountType": "atlassian", "accountStatus": "active" }))
        .collect();
    Answer::Json(json!({ "results": items, "_links": { "base": call.base } }))
}
