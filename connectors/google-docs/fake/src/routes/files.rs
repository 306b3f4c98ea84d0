//! Lists of files, single ones, their content and rights.

use serde_json::{Value, json};

use crate::calls::Fault;
use crate::error::ApiError;
use crate::gate::{Answer, Call};
use crate::query::Query;
use crate::render::{self, mime};
use crate::world::{Item, Kind, World};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, ApiError> {
    let world = call.world();
    let query = Query::read(call.query("q").unwrap_or_default()).ok_or(ApiError::invalid())?;
    if call.fault == Some(Fault::EmptyList) {
        return Ok(Answer::Json(json!({"kind": "drive#fileList", "incompleteSearch": false, "files": []})));
    }
    let shared = call.is("supportsAllDrives") && call.is("includeItemsFromAllDrives");
    let drive = match (call.query("corpora").unwrap_or("user"), call.query("driveId")) {
        ("user", None) => None,
        ("drive", Some(drive)) if shared => {
            if !world.drives.contains_key(drive) || !world.sees(call.email(), drive) {
                return Err(ApiError::missing());
            }
            Some(drive)
        }
        _ => return Err(ApiError::invalid()),
    };
    let candidates: Vec<&Item> = match parents(&query) {
        Some(parents) => {
            let below = parents.iter().flat_map(|parent| world.children.get(*parent).into_iter().flatten());
            below.filter_map(|id| world.items.get(id)).collect()
        }
        None => world.items.values().collect(),
    };
    let in_corpus = |item: &&Item| match drive {
        Some(drive) => item.drive.as_deref() == Some(drive),
        // The user's own list has nothing of the drives that the user belongs to.
        None => {
            let belongs = item.drive.as_ref().is_some_and(|drive| world.sees(call.email(), drive));
            item.drive.is_none() || shared && !belongs
        }
    };
    // What only a link opens is in nobody's list.
    let found: Vec<&Item> = candidates
        .into_iter()
        .filter(in_corpus)
        .filter(|item| fits(world, item, &query) && world.sees(call.email(), &item.id))
        .collect();
    let size = size(call, world.limits.files_per_page)?;
    let at = offset(call, found.len())?;
    let end = (at + size).min(found.len());
    let files: Vec<Value> =
        found[at..end].iter().map(|item| render::file(world, item, call.email())).collect();
    let incomplete = call.fault == Some(Fault::Incomplete);
    let mut answer = json!({"kind": "drive#fileList", "incompleteSearch": incomplete, "files": files});
    let next = match call.fault {
        Some(Fault::RepeatPage) => Some(call.query("pageToken").unwrap_or("~0").to_owned()),
        Some(Fault::SkipPage) if end + size < found.len() => Some(format!("~{}", end + size)),
        Some(Fault::SkipPage) => None,
        _ => (end < found.len()).then(|| format!("~{end}")),
    };
    if let Some(next) = next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::Json(answer))
}

fn size(call: &Call<'_>, most: usize) -> Result<usize, ApiError> {
    match call.query("pageSize").map(str::parse::<usize>) {
        None => Ok(100.min(most)),
        Some(Ok(size)) if size > 0 => Ok(size.min(most)),
        _ => Err(ApiError::invalid()),
    }
}

fn offset(call: &Call<'_>, all: usize) -> Result<usize, ApiError> {
    let Some(token) = call.query("pageToken") else { return Ok(0) };
    let at = token.strip_prefix('~').and_then(|at| at.parse().ok()).ok_or(ApiError::invalid())?;
    if at > all { Err(ApiError::invalid()) } else { Ok(at) }
}

/// Returns the parents without which nothing fits a query.
fn parents(query: &Query) -> Option<Vec<&str>> {
    match query {
        Query::In(id) => Some(vec![id]),
        Query::And(parts) => parts.iter().find_map(parents),
        Query::Or(parts) => {
            let parts: Option<Vec<Vec<&str>>> = parts.iter().map(parents).collect();
            parts.map(|parts| parts.concat())
        }
        _ => None,
    }
}

fn fits(world: &World, item: &Item, query: &Query) -> bool {
    match query {
        Query::All => true,
        Query::In(id) => item.parent.as_ref() == Some(id),
        Query::Mime(kind, is_so) => (mime(item) == kind) == *is_so,
        Query::Trashed(is_so) => world.in_trash(item) == *is_so,
        Query::ModifiedAfter(time) => crate::clock::rfc3339(item.modified).as_str() > time.as_str(),
        Query::Not(inner) => !fits(world, item, inner),
        Query::And(parts) => parts.iter().all(|part| fits(world, item, part)),
        Query::Or(parts) => parts.iter().any(|part| fits(world, item, part)),
    }
}

/// Finds a file that the caller may see; without `supportsAllDrives` those in shared drives are hidden.
fn find<'a>(call: &'a Call<'_>, id: &str, needs_flag: bool) -> Result<&'a Item, ApiError> {
    let world = call.world();
    let root = world.users.get(call.email()).map(|user| user.root.as_str());
    let id = if id == "root" { root.unwrap_or(id) } else { id };
    let item = world.find(id).filter(|_| world.sees(call.email(), id)).ok_or(ApiError::missing())?;
    if item.drive.is_some() && needs_flag && !call.is("supportsAllDrives") {
        return Err(ApiError::missing());
    }
    Ok(item)
}

pub(super) fn get(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    let item = find(call, id, true)?;
    Ok(Answer::Json(render::file(call.world(), item, call.email())))
}

pub(super) fn media(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    let item = find(call, id, true)?;
    match &item.kind {
        Kind::File(..) if !item.can_download => Err(ApiError::new(403, "cannotDownloadFile")),
        Kind::File(kind, bytes) => Ok(Answer::Bytes(kind.clone(), bytes.clone())),
        _ => Err(ApiError::new(403, "fileNotDownloadable")),
    }
}

pub(super) fn export(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    let item = find(call, id, false)?;
    let kind = call.query("mimeType").ok_or(ApiError::new(400, "required"))?;
    let Kind::Doc(doc) = &item.kind else { return Err(ApiError::new(403, "fileNotExportable")) };
    if !item.can_download {
        return Err(ApiError::new(403, "cannotExportFile"));
    }
    if !["text/markdown", "text/plain"].contains(&kind) {
        return Err(ApiError::new(400, "badRequest"));
    }
    let text = doc.plain();
    if doc.instead.is_some() || text.len() > call.world().limits.export_bytes {
        return Err(ApiError::new(403, "exportSizeLimitExceeded"));
    }
    Ok(Answer::Bytes(kind.to_owned(), text.into_bytes()))
}

pub(super) fn permissions(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    let world = call.world();
    let is_drive = world.drives.contains_key(id);
    if is_drive {
        world.role(call.email(), id).ok_or(ApiError::missing())?;
        if !call.is("supportsAllDrives") {
            return Err(ApiError::missing());
        }
    } else {
        let item = find(call, id, true)?;
        let role = world.role(call.email(), &item.id).unwrap_or_default();
        if !["owner", "writer", "organizer", "fileOrganizer"].contains(&role.as_str()) {
            return Err(ApiError::new(403, "insufficientFilePermissions"));
        }
    }
    let in_drive = is_drive || world.find(id).is_some_and(|item| item.drive.is_some());
    let all = world.rights(id);
    let size = size(call, 100)?;
    let at = offset(call, all.len())?;
    let end = (at + size).min(all.len());
    let some: Vec<Value> = (all[at..end].iter())
        .map(|(grant, from)| render::permission(grant, from.as_deref(), in_drive))
        .collect();
    let mut answer = json!({"kind": "drive#permissionList", "permissions": some});
    if end < all.len() {
        answer["nextPageToken"] = json!(format!("~{end}"));
    }
    Ok(Answer::Json(answer))
}
