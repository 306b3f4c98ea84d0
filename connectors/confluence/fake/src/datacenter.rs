//! Data Center: lists by start and limit, and nobody where a key does not count.

use serde_json::{Value, json};

use crate::cql::word;
use crate::gate::{Answer, Call};
use crate::pages::by_start;
use crate::render::{self, labels, restriction};
use crate::search;
use crate::site::{Content, Status};
use crate::v1::{current, find};

/// How many things a list gives at most; a wish for more is lowered without a word.
const MOST: usize = 100;
/// How many when bodies are asked for.
const MOST_WITH_BODIES: usize = 25;

pub(crate) fn answer(call: &Call<'_>, method: &str, path: &[&str]) -> Answer {
    if method != "GET" {
        return Answer::Status(404);
    }
    let live = |id: &str| find(call, id).filter(|content| content.status == Status::Current);
    match path {
        ["rest", "api", "user", "current"] => current(call),
        ["rest", "api", "user"] => {
            match call.query("key").and_then(|key| Some((key, call.site.users.get(key)?))) {
                Some((key, name)) => Answer::Json(
                    json!({ "type": "known", "userKey": key, "username": key, "displayName": name }),
                ),
                None => Answer::Status(404),
            }
        }
        ["rest", "api", "space"] => spaces(call),
        ["rest", "api", "content"] => contents(call),
        ["rest", "api", "content", "search"] => search::contents(call, most(call)),
        ["rest", "api", "search"] => search::anything(call),
        ["rest", "api", "content", id] => match live(id) {
            Some(content) => {
                Answer::Json(render::old(call.site, content, call.query("expand").unwrap_or_default()))
            }
            None => Answer::Status(404),
        },
        ["rest", "api", "content", id, "restriction", "byOperation", "read"] => match live(id) {
            Some(content) => Answer::Json(restriction(content)),
            None => Answer::Status(404),
        },
        ["rest", "api", "content", id, "label"] => match live(id) {
            Some(content) => Answer::Json(labels(content)),
            None => Answer::Status(404),
        },
        ["download", "attachments", _, file] => match live(file) {
            Some(file) => Answer::Bytes(file.bytes.clone()),
            None => Answer::Status(404),
        },
        _ => Answer::Status(404),
    }
}

fn most(call: &Call<'_>) -> usize {
    let has_bodies = call.query("expand").is_some_and(|expand| expand.contains("body."));
    if has_bodies { MOST_WITH_BODIES } else { MOST }
}

fn spaces(call: &Call<'_>) -> Answer {
    let keys = call.all("spaceKey");
    let spaces = call.site.spaces.values().filter(|space| {
        (space.is_anonymous || (call.user.is_some() && space.is_visible))
            && (keys.is_empty() || keys.contains(&space.key.as_str()))
    });
    let items: Vec<Value> = spaces
        .map(|space| json!({ "id": space.id, "key": space.key, "name": space.name, "type": "global" }))
        .collect();
    Answer::Json(by_start(call, "/rest/api/space", &items, call.limit(25, MOST), Value::clone))
}

fn contents(call: &Call<'_>) -> Answer {
    let (space, kind) = (call.query("spaceKey").unwrap_or_default(), call.query("type").unwrap_or("page"));
    let expand = call.query("expand").unwrap_or_default();
    let is_wanted = |content: &&Content| {
        content.space == space
            && word(content.kind) == kind
            && content.status == Status::Current
            && call.query("title").is_none_or(|title| title == content.title)
            && call.site.sees(call.user, content)
    };
    let items: Vec<&Content> = call.site.contents.values().filter(is_wanted).collect();
    Answer::Json(by_start(call, "/rest/api/content", &items, call.limit(25, most(call)), |content| {
        render::old(call.site, content, expand)
    }))
}
