//! The calls that are answered.

mod changes;
mod files;

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::gate::{Answer, Call};
use crate::render;
use crate::world::Kind;

const READS_FILES: &str = "https://www.googleapis.com/auth/drive.readonly";
const READS_METADATA: &str = "https://www.googleapis.com/auth/drive.metadata.readonly";
const READS_DOCS: &str = "https://www.googleapis.com/auth/documents.readonly";

/// Returns what is given when a call names no `fields`.
pub(crate) fn default_fields(method: &str, path: &str) -> Option<&'static str> {
    match (method, segments(path).as_slice()) {
        ("GET", ["drive", "v3", "files"]) => {
            Some("kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType,resourceKey)")
        }
        ("GET", ["drive", "v3", "files", _]) => Some("kind,id,name,mimeType,resourceKey"),
        ("GET", ["drive", "v3", "files", _, "permissions"]) => {
            Some("kind,nextPageToken,permissions(kind,id,type,role)")
        }
        ("GET", ["drive", "v3", "drives", _]) => Some("kind,id,name"),
        _ => None,
    }
}

pub(crate) fn answer(call: &mut Call<'_>, method: &str, path: &str) -> Result<Answer, ApiError> {
    let metadata = [READS_FILES, READS_METADATA].as_slice();
    let content = [READS_FILES].as_slice();
    let docs = [READS_FILES, READS_DOCS].as_slice();
    match (method, segments(path).as_slice()) {
        ("GET", ["drive", "v3", "about"]) => allowed(call, metadata).and_then(|()| about(call)),
        ("GET", ["drive", "v3", "files"]) => allowed(call, metadata).and_then(|()| files::list(call)),
        ("GET", ["drive", "v3", "files", id]) if call.query("alt") == Some("media") => {
            allowed(call, content).and_then(|()| files::media(call, id))
        }
        ("GET", ["drive", "v3", "files", id]) => allowed(call, metadata).and_then(|()| files::get(call, id)),
        ("GET", ["drive", "v3", "files", id, "export"]) => {
            allowed(call, content).and_then(|()| files::export(call, id))
        }
        ("GET", ["drive", "v3", "files", id, "permissions"]) => {
            allowed(call, metadata).and_then(|()| files::permissions(call, id))
        }
        ("GET", ["drive", "v3", "drives"]) => allowed(call, content).and_then(|()| drives(call)),
        ("GET", ["drive", "v3", "drives", id]) => allowed(call, content).and_then(|()| drive(call, id)),
        ("GET", ["drive", "v3", "changes", "startPageToken"]) => {
            allowed(call, metadata).and_then(|()| changes::start(call))
        }
        ("GET", ["drive", "v3", "changes"]) => allowed(call, metadata).and_then(|()| changes::list(call)),
        ("POST", ["drive", "v3", "changes", "watch"]) => {
            allowed(call, metadata).and_then(|()| changes::watch(call))
        }
        ("POST", ["drive", "v3", "channels", "stop"]) => {
            call.inner.channels.stop(call.body).map(Answer::Json)
        }
        ("GET", ["v1", "documents", id]) => allowed(call, docs).and_then(|()| document(call, id)),
        _ => Err(ApiError::missing()),
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.trim_start_matches('/').split('/').collect()
}

fn allowed(call: &Call<'_>, scopes: &[&str]) -> Result<(), ApiError> {
    let has = call.access.scopes.iter().any(|scope| scopes.contains(&scope.as_str()));
    if has { Ok(()) } else { Err(ApiError::new(403, "insufficientPermissions")) }
}

fn about(call: &Call<'_>) -> Result<Answer, ApiError> {
    // The one call that has to name its fields.
    call.query("fields").ok_or(ApiError::new(400, "required"))?;
    let user = call.world().users.get(call.email());
    let (name, id) = user.map_or((call.email(), "9999"), |user| (&user.name, &user.permission_id));
    let email = call.email();
    Ok(Answer::Json(json!({"kind": "drive#about", "user": {"kind": "drive#user", "displayName": name,
        "emailAddress": email, "permissionId": id, "me": true}})))
}

fn drives(call: &Call<'_>) -> Result<Answer, ApiError> {
    let seen = call.world().drives.keys().filter(|id| call.world().sees(call.email(), id));
    let drives: Vec<Value> = seen.map(|id| render::drive(call.world(), id)).collect();
    Ok(Answer::Json(json!({"kind": "drive#driveList", "drives": drives})))
}

fn drive(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    let is_seen = call.world().drives.contains_key(id) && call.world().sees(call.email(), id);
    if is_seen { Ok(Answer::Json(render::drive(call.world(), id))) } else { Err(ApiError::missing()) }
}

fn document(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    let world = call.world();
    let item = world.find(id).filter(|_| world.sees(call.email(), id)).ok_or(ApiError::missing())?;
    let Kind::Doc(doc) = &item.kind else { return Err(ApiError::new(400, "failedPrecondition")) };
    let view = call.query("suggestionsViewMode").unwrap_or("DEFAULT_FOR_CURRENT_ACCESS");
    if world.quirks.previews_forbidden && view == "PREVIEW_WITHOUT_SUGGESTIONS" {
        return Err(ApiError::new(403, "forbidden"));
    }
    let shown = if view == "DEFAULT_FOR_CURRENT_ACCESS" { "SUGGESTIONS_INLINE" } else { view };
    Ok(Answer::Json(render::document(item, doc, call.is("includeTabsContent"), shown)))
}
