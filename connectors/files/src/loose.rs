//! Values as other programs write them: ids as numbers, lists as single values, nulls anywhere.

use serde_json::Value;

/// Returns a text or number as a text without blanks around it; nothing else is one.
pub(crate) fn word(value: Value) -> Option<String> {
    let text = match value {
        Value::String(text) if text.trim().len() == text.len() => text,
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Returns a text or number as it is, with all its blanks.
pub(crate) fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the words of a list, of the values of an object, or a single word.
pub(crate) fn words(value: Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.into_iter().filter_map(word).collect(),
        Value::Object(values) => values.into_iter().filter_map(|(_, value)| word(value)).collect(),
        single => word(single).into_iter().collect(),
    }
}

/// Returns a number, also one written as a text.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn takes_what_can_be_taken() {
        assert_eq!(word(json!(17)), Some("17".into()));
        assert_eq!(word(json!("  ")), None);
        assert_eq!(word(json!(null)), None);
        assert_eq!(words(json!(["a", null, 2])), ["a", "2"]);
        assert_eq!(words(json!({"flow": "returns", "step": "size"})), ["returns", "size"]);
        assert_eq!(words(json!("a")), ["a"]);
        assert_eq!(number(&json!("4.5")), Some(4.5));
        assert_eq!(number(&json!("many")), None);
        assert_eq!(number(&json!("inf")), None);
    }
}
