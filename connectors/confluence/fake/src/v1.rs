//! Version 1 of Cloud, as far as it is still described.

use serde_json::json;

use crate::gate::{Answer, Call};
use crate::render::{number, restriction};
use crate::search;
use crate::site::Content;

pub(crate) fn answer(call: &Call<'_>, method: &str, path: &[&str]) -> Answer {
    match (method, path) {
        ("GET", ["user", "current"]) => current(call),
        ("GET", ["content", "search"]) => search::contents(call, 100),
        ("GET", ["search"]) => search::anything(call),
        ("GET", ["content", id, "restriction", "byOperation", "read"]) => match find(call, id) {
            Some(content) => Answer::Json(restriction(content)),
            None => Answer::Status(404),
        },
        ("GET", ["content", page, "child", "attachment", file, "download"]) => match find(call, file) {
            Some(file) if file.container == number(page) => Answer::Elsewhere(format!("/media/{}", file.id)),
            _ => Answer::Status(404),
        },
        _ => Answer::Status(404),
    }
}

/// Says who calls; on Data Center that may be nobody.
pub(crate) fn current(call: &Call<'_>) -> Answer {
    let name = if call.user.is_some() { "Reader" } else { "Anonymous" };
    let kind = if call.user.is_some() { "known" } else { "anonymous" };
    Answer::Json(json!({
        "type": kind, "username": name, "userKey": name, "accountId": name, "accountType": "atlassian",
        "email": "", "publicName": name, "displayName": name, "timeZone": "UTC", "profilePicture":
        { "path": "/x", "width": 1, "height": 1, "isDefault": true }, "_expandable": {}, "_links": {},
    }))
}

/// Finds a thing that the caller may see.
pub(crate) fn find<'a>(call: &Call<'a>, id: &str) -> Option<&'a Content> {
    let content = call.site.contents.get(&number(id)?)?;
    call.site.sees(call.user, content).then_some(content)
}
