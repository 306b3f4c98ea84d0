//! Readers of single values that may come in several shapes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads an id: a text or a number.
pub(crate) fn id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(as_id(&Value::deserialize(from)?))
}

/// Reads the id of somebody who may be nobody: version 2.16 writes 0 where others write null.
pub(crate) fn somebody<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(as_id(&Value::deserialize(from)?).filter(|id| id != "0"))
}

/// Reads a text; an empty one is as good as none.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(as_text(&Value::deserialize(from)?))
}

/// Reads a moment in seconds since 1970, as a number or in digits.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(as_number(&Value::deserialize(from)?).filter(|seconds| *seconds > 0))
}

/// Reads a number from 0.
pub(crate) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(as_number(&Value::deserialize(from)?).and_then(|number| number.try_into().ok()))
}

/// Reads yes or no; what is neither is no.
pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Value::deserialize(from)? == Value::Bool(true))
}

/// Reads an object; anything else is none.
pub(crate) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(as_object(Value::deserialize(from)?))
}

/// Reads an object of which it matters whether its absence was stated.
pub(crate) fn stated<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Ok(Some(as_object(Value::deserialize(from)?)))
}

/// Reads a list, bare or inside an object such as `{"type": "tag.list", "tags": […]}`.
pub(crate) fn items<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(as_items(Value::deserialize(from)?).into_iter().filter_map(as_object).collect())
}

pub(crate) fn as_id(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

pub(crate) fn as_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(crate) fn as_object<T: DeserializeOwned>(value: Value) -> Option<T> {
    value.is_object().then(|| serde_json::from_value(value).ok()).flatten()
}

/// Returns the items of a list, or of the list inside an object, under whatever name it stands there.
pub(crate) fn as_items(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Object(fields) => fields
            .into_iter()
            .find_map(|(_, field)| if let Value::Array(items) = field { Some(items) } else { None })
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Sample {
        #[serde(deserialize_with = "id")]
        id: Option<String>,
        #[serde(deserialize_with = "somebody")]
        assignee: Option<String>,
        #[serde(deserialize_with = "seconds")]
        at: Option<i64>,
        #[serde(deserialize_with = "items")]
        inner: Vec<Self>,
        #[serde(deserialize_with = "stated")]
        mail: Option<Option<Box<Self>>>,
    }

    #[test]
    fn takes_every_shape() {
        let sample: Sample = serde_json::from_value(json!({
            "id": 7, "assignee": 0, "at": "1700000000", "mail": null, "more": {"x": []},
            "inner": {"type": "x.list", "xs": [{"id": "a", "assignee": "12"}, null, 5], "total_count": 1},
        }))
        .unwrap();
        assert_eq!(sample.id.as_deref(), Some("7"));
        assert_eq!((sample.assignee, sample.at), (None, Some(1_700_000_000)));
        assert_eq!(sample.mail, Some(None));
        assert_eq!(sample.inner.len(), 1);
        assert_eq!(sample.inner[0].assignee.as_deref(), Some("12"));
        assert_eq!(sample.inner[0].mail, None);
    }

    #[test]
    fn nonsense_is_nothing() {
        let sample: Sample =
            serde_json::from_value(json!({"id": {}, "assignee": [], "at": "soon", "inner": 3, "mail": "x"}))
                .unwrap();
        assert_eq!(sample, Sample { mail: Some(None), ..Sample::default() });
    }
}
