//! Reading answers: every field may be missing, a number may come as a text and the other way round.

use domain::Timestamp;
use serde_json::Value;

/// Returns an id, which is a text or a number.
pub(crate) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(id) if !id.trim().is_empty() => Some(id.trim().to_owned()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

pub(crate) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Returns a moment; an offset may be written as `+0100`, as Data Center does.
pub(crate) fn moment(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?.trim();
    text.parse().ok().or_else(|| {
        let (head, offset) = text.split_at_checked(text.len().checked_sub(2)?)?;
        format!("{head}:{offset}").parse().ok()
    })
}

/// Returns the items of a list, and where it goes on.
pub(crate) fn results(answer: &Value) -> (&[Value], Option<&str>) {
    let items = answer["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    (items, answer["_links"]["next"].as_str().filter(|next| !next.is_empty()))
}

/// Reports whether reading is restricted, where an expansion says so at all.
pub(crate) fn restricted(operation: &Value) -> Option<bool> {
    let part = |name: &str| {
        let list = &operation["restrictions"][name];
        let shown = list["results"].as_array().map(|results| !results.is_empty());
        match (shown, number(&list["size"])) {
            (Some(true), _) => Some(true),
            (shown, Some(size)) => Some(size > 0 || shown == Some(true)),
            (shown, None) => shown,
        }
    };
    match (part("user"), part("group")) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        // Half an answer shows nothing.
        _ => None,
    }
}

/// Writes a text as a literal of a search.
pub(crate) fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn restrictions_are_known_only_when_both_parts_are() {
        let read =
            |user: Value, group: Value| restricted(&json!({"restrictions": {"user": user, "group": group}}));
        let (none, one) = (json!({"results": [], "size": 0}), json!({"results": [{}], "size": 1}));
        assert_eq!(read(none.clone(), none.clone()), Some(false));
        assert_eq!(read(none.clone(), one.clone()), Some(true));
        assert_eq!(read(one, Value::Null), Some(true));
        assert_eq!(read(none.clone(), Value::Null), None);
        assert_eq!(read(json!({"size": 2}), none), Some(true));
        assert_eq!(restricted(&Value::Null), None);
    }

    #[test]
    fn moments_are_read_in_both_forms() {
        let expected = "2026-01-02T03:04:05.678Z".parse().ok();
        assert_eq!(moment(&json!("2026-01-02T03:04:05.678Z")), expected);
        assert_eq!(moment(&json!("2026-01-02T04:04:05.678+01:00")), expected);
        assert_eq!(moment(&json!("2026-01-02T04:04:05.678+0100")), expected);
        assert_eq!(moment(&json!("yesterday")), None);
        assert_eq!(moment(&json!("ü")), None);
    }

    #[test]
    fn a_literal_cannot_be_left() {
        assert_eq!(literal("a\" or type = page \\"), "\"a\\\" or type = page \\\\\"");
    }
}
