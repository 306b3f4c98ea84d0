//! Things in the shapes of the API.

use serde_json::{Value, json};

use crate::cql::word;
use crate::site::{Content, Kind, Site, Space, Status};

/// Returns an id as answers write it.
pub(crate) fn id(content: &Content) -> String {
    match content.kind {
        Kind::Attachment => format!("att{}", content.id),
        _ => content.id.to_string(),
    }
}

/// Reads an id of an address.
pub(crate) fn number(id: &str) -> Option<u64> {
    id.strip_prefix("att").unwrap_or(id).parse().ok()
}

pub(crate) fn moment(millis: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn status(content: &Content) -> &'static str {
    match content.status {
        Status::Current => "current",
        Status::Archived => "archived",
        Status::Trashed => "trashed",
    }
}

fn webui(content: &Content) -> String {
    match content.kind {
        Kind::BlogPost => format!("/spaces/{}/blog/2026/01/02/{}", content.space, content.id),
        _ => format!("/spaces/{}/pages/{}", content.space, content.id),
    }
}

/// A space in version 2.
pub(crate) fn space(space: &Space) -> Value {
    json!({
        "id": space.id.to_string(), "key": space.key, "name": space.name, "type": "global", "status": "current",
        "authorId": "reader", "createdAt": moment(0), "homepageId": "1", "shoeSize": 43,
        "_links": { "webui": format!("/spaces/{}", space.key) },
    })
}

/// A page, blog post or folder in version 2, with its body when it is wanted.
pub(crate) fn content(site: &Site, content: &Content, with_body: bool) -> Value {
    let space_id = site.spaces.get(&content.space).map(|space| space.id.to_string());
    let mut value = json!({
        "id": id(content), "status": status(content), "title": content.title, "spaceId": space_id,
        "authorId": "reader", "createdAt": moment(content.created), "shoeSize": { "eu": 43 },
        "version": version(content, "createdAt"),
        "_links": { "webui": webui(content), "editui": "/edit", "tinyui": "/x/1" },
    });
    if content.kind != Kind::BlogPost {
        let parent = content.parent.and_then(|parent| site.contents.get(&parent));
        if let Some(parent) = parent {
            value["parentId"] = json!(parent.id.to_string());
            value["parentType"] = json!(word(parent.kind));
        }
        value["position"] = json!(0);
    }
    value["body"] = if with_body {
        json!({ "storage": { "representation": "storage", "value": content.body } })
    } else {
        json!({})
    };
    if content.is_broken {
        value.as_object_mut().map(|fields| fields.remove("version"));
    }
    value
}

/// An attachment in version 2.
pub(crate) fn attachment(site: &Site, file: &Content) -> Value {
    let page = file.container.and_then(|page| site.contents.get(&page));
    let holder =
        page.map_or("pageId", |page| if page.kind == Kind::BlogPost { "blogPostId" } else { "pageId" });
    let mut value = json!({
        "id": id(file), "status": status(file), "title": file.title, "createdAt": moment(file.created),
        "mediaType": file.media_type, "fileSize": file.bytes.len(), "fileId": file.id.to_string(),
        "version": version(file, "createdAt"), "shoeSize": 43, "_links": { "webui": webui(file) },
    });
    value[holder] = json!(file.container.map(|page| page.to_string()));
    value
}

fn version(content: &Content, when: &str) -> Value {
    json!({ when: moment(content.modified), "message": "", "number": content.version, "minorEdit": false, "authorId": "reader" })
}

/// Anything in version 1, with what is asked for by `expand`.
pub(crate) fn old(site: &Site, content: &Content, expand: &str) -> Value {
    let has =
        |name: &str| expand.split(',').any(|part| part == name || part.starts_with(&format!("{name}.")));
    let mut value = json!({
        "id": id(content), "type": word(content.kind), "status": status(content), "title": content.title,
        "_expandable": {}, "_links": { "webui": webui(content), "self": "self" }, "shoeSize": null,
    });
    if content.kind == Kind::Attachment {
        let page = content.container.unwrap_or_default();
        value["_links"]["download"] = json!(format!("/download/attachments/{page}/{}?version=1", content.id));
    }
    if has("version") && !content.is_broken {
        value["version"] = json!({ "by": { "type": "known" }, "when": moment(content.modified), "number": content.version, "minorEdit": false });
    }
    if has("space") {
        value["space"] = json!({
            "key": content.space, "name": content.space, "type": "global", "status": "current",
            "_expandable": {}, "_links": {},
        });
    }
    if has("history") {
        value["history"] = json!({ "createdDate": moment(content.created), "latest": true });
    }
    if has("ancestors") {
        let above = site.ancestors(content.id);
        let above = above.iter().filter_map(|id| site.contents.get(id));
        value["ancestors"] = above.map(|above| json!({ "id": id(above), "type": word(above.kind), "title": above.title, "status": "current" })).collect();
    }
    if has("container") {
        value["container"] = json!({ "id": content.container.map(|page| page.to_string()) });
    }
    if has("extensions") {
        value["extensions"] = json!({ "mediaType": content.media_type, "fileSize": content.bytes.len() });
    }
    if has("metadata.labels") || has("metadata") {
        value["metadata"] = json!({ "labels": labels(content), "mediaType": content.media_type });
    }
    if has("restrictions") {
        value["restrictions"] = json!({ "read": restriction(content) });
    }
    if has("body.storage") {
        value["body"] = json!({ "storage": { "value": content.body, "representation": "storage" } });
    }
    value
}

pub(crate) fn labels(content: &Content) -> Value {
    let labels: Vec<Value> = content
        .labels
        .iter()
        .enumerate()
        .map(|(number, name)| json!({ "prefix": "global", "name": name, "id": number.to_string(), "label": name }))
        .collect();
    json!({ "results": labels, "start": 0, "limit": 200, "size": labels.len() })
}

/// The restriction of reading.
pub(crate) fn restriction(content: &Content) -> Value {
    let named = |prefix: &str| {
        content.readers.iter().filter_map(|reader| reader.strip_prefix(prefix)).collect::<Vec<_>>()
    };
    let users: Vec<Value> = named("user:")
        .into_iter()
        .map(|user| json!({ "type": "known", "accountId": user, "displayName": user }))
        .collect();
    let groups: Vec<Value> = named("group:")
        .into_iter()
        .map(|group| json!({ "type": "group", "name": group, "id": group }))
        .collect();
    json!({
        "operation": "read",
        "restrictions": {
            "user": { "size": users.len(), "results": users, "start": 0, "limit": 100 },
            "group": { "size": groups.len(), "results": groups, "start": 0, "limit": 100 },
        },
        "_expandable": {}, "_links": { "self": "self" },
    })
}
