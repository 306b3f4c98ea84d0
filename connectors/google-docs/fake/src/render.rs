//! Answers in the shapes of the official descriptions.

use serde_json::{Map, Value, json};

use crate::clock::rfc3339;
use crate::world::{About, Doc, Grant, Item, Kind, Tab, World};

pub(crate) const FOLDER: &str = "application/vnd.google-apps.folder";
pub(crate) const DOCUMENT: &str = "application/vnd.google-apps.document";
const SHORTCUT: &str = "application/vnd.google-apps.shortcut";

pub(crate) fn mime(item: &Item) -> &str {
    match &item.kind {
        Kind::Folder => FOLDER,
        Kind::Doc(_) => DOCUMENT,
        Kind::File(mime, _) => mime,
        Kind::Shortcut(_) => SHORTCUT,
    }
}

/// A file as somebody sees it.
pub(crate) fn file(world: &World, item: &Item, email: &str) -> Value {
    let role = world.role(email, &item.id).unwrap_or_default();
    let may_share = ["owner", "writer", "organizer", "fileOrganizer"].contains(&role.as_str());
    let mut file = json!({
        "kind": "drive#file",
        "id": item.id,
        "name": item.name,
        "mimeType": mime(item),
        "trashed": world.in_trash(item),
        "explicitlyTrashed": item.trashed,
        "createdTime": rfc3339(item.created),
        "modifiedTime": rfc3339(item.modified),
        "version": item.version.to_string(),
        "capabilities": {"canDownload": item.can_download, "canShare": may_share},
        "spaces": ["drive"],
        "webViewLink": format!("https://drive.google.com/open?id={}", item.id),
    });
    let parent = item.parent.as_ref().filter(|parent| world.sees(email, parent));
    if let Some(parent) = parent {
        file["parents"] = json!([parent]);
    }
    if item.limited {
        file["inheritedPermissionsDisabled"] = json!(true);
    }
    match &item.drive {
        Some(drive) => file["driveId"] = json!(drive),
        None if may_share => {
            let rights = world.rights(&item.id);
            let rights: Vec<Value> =
                rights.iter().map(|(grant, from)| permission(grant, from.as_deref(), false)).collect();
            file["permissions"] = json!(rights);
        }
        None => {}
    }
    match &item.kind {
        Kind::File(_, bytes) => file["size"] = json!(bytes.len().to_string()),
        Kind::Shortcut(target) => {
            let kind = world.find(target).map_or(DOCUMENT, mime);
            file["shortcutDetails"] = json!({"targetId": target, "targetMimeType": kind});
        }
        _ => {}
    }
    for (name, member) in item.odd.iter().flat_map(Value::as_object).flatten() {
        file[name] = member.clone();
    }
    file
}

/// A right; where it comes from is told in shared drives alone.
pub(crate) fn permission(grant: &Grant, from: Option<&str>, in_drive: bool) -> Value {
    let mut permission =
        json!({"kind": "drive#permission", "id": grant.id, "type": grant.kind, "role": grant.role});
    match grant.kind.as_str() {
        "user" | "group" => {
            permission["emailAddress"] = json!(grant.who);
            permission["displayName"] = json!(grant.who);
            permission["deleted"] = json!(false);
            permission["pendingOwner"] = json!(false);
        }
        "domain" => {
            permission["domain"] = json!(grant.who);
            permission["allowFileDiscovery"] = json!(false);
        }
        _ => permission["allowFileDiscovery"] = json!(false),
    }
    if let Some(expires) = grant.expires {
        permission["expirationTime"] = json!(rfc3339(expires));
    }
    let kind = if in_drive { "member" } else { "file" };
    let mut details = json!({"permissionType": kind, "role": grant.role, "inherited": from.is_some()});
    if let Some(from) = from.filter(|_| in_drive) {
        details["inheritedFrom"] = json!(from);
    }
    permission["permissionDetails"] = json!([details]);
    permission
}

/// A shared drive.
pub(crate) fn drive(world: &World, id: &str) -> Value {
    let name = world.drives.get(id).map_or("", |drive| drive.name.as_str());
    json!({"kind": "drive#drive", "id": id, "name": name, "hidden": false})
}

/// An entry of a log, which says the newest state.
pub(crate) fn change(world: &World, about: &About, at: i64, email: &str, drive: Option<&str>) -> Value {
    let time = rfc3339(at);
    match about {
        About::Drive(id) => {
            let is_there = world.sees(email, id);
            let mut change = json!({"kind": "drive#change", "changeType": "drive", "time": time, "removed": !is_there, "driveId": id});
            if is_there {
                change["drive"] = self::drive(world, id);
            }
            change
        }
        About::File(id) => {
            let item = world.find(id).filter(|_| world.sees(email, id));
            let item = item.filter(|item| drive.is_none() || item.drive.as_deref() == drive);
            let mut change = json!({"kind": "drive#change", "changeType": "file", "time": time, "removed": item.is_none(), "fileId": id});
            if let Some(item) = item {
                change["file"] = file(world, item, email);
                if let Some(drive) = &item.drive {
                    change["driveId"] = json!(drive);
                }
            }
            change
        }
    }
}

/// A Google Doc: all tabs, or the first one in the old place.
pub(crate) fn document(item: &Item, doc: &Doc, all_tabs: bool, suggestions: &str) -> Value {
    if let Some(instead) = &doc.instead {
        return instead.clone();
    }
    let mut answer = json!({
        "documentId": item.id,
        "title": item.name,
        "revisionId": format!("r{}", item.version),
        "suggestionsViewMode": suggestions,
    });
    if all_tabs {
        answer["tabs"] = doc.tabs.iter().enumerate().map(|(at, one)| tab(one, at, None, 0)).collect();
    } else if let Some(first) = doc.tabs.first() {
        answer["body"] = json!({"content": first.content});
        for (name, part) in &first.parts {
            answer[name] = part.clone();
        }
    }
    answer
}

fn tab(tab: &Tab, index: usize, parent: Option<&str>, level: usize) -> Value {
    let mut properties = json!({"tabId": tab.id, "title": tab.title, "index": index, "nestingLevel": level});
    if let Some(parent) = parent {
        properties["parentTabId"] = json!(parent);
    }
    let mut parts: Map<String, Value> = tab.parts.clone();
    parts.insert("body".to_owned(), json!({"content": tab.content}));
    let children: Vec<Value> = (tab.children.iter().enumerate())
        .map(|(at, child)| self::tab(child, at, Some(&tab.id), level + 1))
        .collect();
    let mut answer = json!({"tabProperties": properties, "documentTab": parts});
    if !children.is_empty() {
        answer["childTabs"] = json!(children);
    }
    answer
}
