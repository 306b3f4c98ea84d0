//! Lists in pages, and what goes wrong with them.

use serde_json::{Value, json};

use crate::gate::{Call, Fault};

/// Returns a page of a list by a cursor, and a link to the next one that begins with `path`.
pub(crate) fn by_cursor<T>(
    call: &Call<'_>,
    path: &str,
    items: &[T],
    limit: usize,
    render: impl Fn(&T) -> Value,
) -> Value {
    let begin = call.query("cursor").and_then(|cursor| cursor.strip_prefix("c")?.parse().ok()).unwrap_or(0);
    let (items, next) = cut(call, items, begin, limit);
    let items: Vec<Value> = items.iter().map(render).collect();
    let mut links = json!({ "base": call.base });
    if let Some(next) = next {
        links["next"] = json!(format!("{path}?{}cursor=c{next}", rest(call, &["cursor"])));
    }
    json!({ "results": items, "_links": links })
}

/// Returns a page of a list by a start, as version 1 has it.
pub(crate) fn by_start<T>(
    call: &Call<'_>,
    path: &str,
    items: &[T],
    limit: usize,
    render: impl Fn(&T) -> Value,
) -> Value {
    let begin: usize = call.query("start").and_then(|start| start.parse().ok()).unwrap_or(0);
    let (items, next) = cut(call, items, begin, limit);
    let items: Vec<Value> = items.iter().map(render).collect();
    let mut links = json!({ "base": call.base, "context": "", "self": "self" });
    if let Some(next) = next {
        links["next"] = json!(format!("{path}?{}start={next}", rest(call, &["start", "cursor"])));
    }
    json!({ "size": items.len(), "results": items, "start": begin, "limit": limit, "_links": links })
}

fn cut<'a, T>(call: &Call<'_>, items: &'a [T], begin: usize, limit: usize) -> (&'a [T], Option<usize>) {
    if call.fault == Some(Fault::Empty) {
        return (&[], None);
    }
    let total = items.len();
    let end = (begin + limit).min(total);
    let items = &items[begin.min(end)..end];
    let next = match call.fault {
        Some(Fault::Skip) => end + 1,
        Some(Fault::Repeat) => begin,
        _ => end,
    };
    (items, (end < total).then_some(next))
}

/// Returns the query without some of its parts, each followed by `&`.
fn rest(call: &Call<'_>, without: &[&str]) -> String {
    let kept = call.query.iter().filter(|(key, _)| !without.contains(&key.as_str()));
    kept.map(|(key, value)| format!("{}={}&", encode(key), encode(value))).collect()
}

fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
