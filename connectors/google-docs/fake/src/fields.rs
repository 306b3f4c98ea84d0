//! The `fields` of a call: which members of an answer are given.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A selection; an empty one is everything below.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Fields(BTreeMap<String, Fields>);

impl Fields {
    /// Reads `a,b(c,d/e),*`; none when it is not written so.
    pub(crate) fn read(text: &str) -> Option<Fields> {
        let mut rest = text;
        let fields = list(&mut rest)?;
        rest.is_empty().then_some(fields)
    }

    /// Returns what is selected of an answer.
    pub(crate) fn select(&self, value: &Value) -> Value {
        if self.0.is_empty() || self.0.contains_key("*") {
            return value.clone();
        }
        match value {
            Value::Array(items) => Value::Array(items.iter().map(|item| self.select(item)).collect()),
            Value::Object(members) => {
                let selected = members.iter().filter_map(|(name, member)| {
                    self.0.get(name).map(|below| (name.clone(), below.select(member)))
                });
                Value::Object(selected.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
}

fn list(rest: &mut &str) -> Option<Fields> {
    let mut fields = Fields::default();
    loop {
        let mut path = vec![name(rest)?];
        while let Some(after) = rest.strip_prefix('/') {
            *rest = after;
            path.push(name(rest)?);
        }
        let mut below = Fields::default();
        if let Some(after) = rest.strip_prefix('(') {
            *rest = after;
            below = list(rest)?;
            *rest = rest.strip_prefix(')')?;
        }
        let first = path.remove(0);
        for name in path.into_iter().rev() {
            below = Fields(BTreeMap::from([(name, below)]));
        }
        fields.0.entry(first).or_default().0.extend(below.0);
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => return Some(fields),
        }
    }
}

fn name(rest: &mut &str) -> Option<String> {
    let end = rest.find([',', '(', ')', '/']).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    *rest = after;
    let is_name = |text: &str| text == "*" || text.chars().all(|character| character.is_alphanumeric());
    (!name.is_empty() && is_name(name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selects_what_is_named() {
        let answer = json!({"kind": "k", "files": [{"id": "1", "name": "n", "c": {"d": 1, "e": 2}}]});
        let select = |text: &str| Fields::read(text).map(|fields| fields.select(&answer));
        assert_eq!(select("files(id,c/d)"), Some(json!({"files": [{"id": "1", "c": {"d": 1}}]})));
        assert_eq!(select("*"), Some(answer.clone()));
        assert_eq!(select("files/id"), Some(json!({"files": [{"id": "1"}]})));
        for bad in ["", "files(", "a,,b", "files)", "a b"] {
            assert_eq!(select(bad), None, "{bad}");
        }
    }
}
