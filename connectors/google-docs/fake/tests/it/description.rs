//! The official discovery documents, made into JSON schemas.
//!
//! Discovery writes `$ref` as a bare name and has formats of its own. Members that a schema does not name are
//! refused here, so that a name that is written wrongly is found.

use std::path::PathBuf;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

pub(crate) struct Description {
    root: Map<String, Value>,
    whole: Value,
}

impl Description {
    /// Reads a description beside the checkout.
    pub(crate) fn read(name: &str) -> Option<Description> {
        let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../.."));
        // A worktree lies one folder deeper.
        let places = ["shared/specs", "../shared/specs"].map(|place| root.join(place).join(name));
        let Some(text) = places.iter().find_map(|place| std::fs::read_to_string(place).ok()) else {
            crate::skipped("no ../shared/specs");
            return None;
        };
        let whole: Value = serde_json::from_str(&text).unwrap();
        let mut schemas = whole["schemas"].clone();
        repair(&mut schemas);
        Some(Description { root: Map::from_iter([("schemas".to_owned(), schemas)]), whole })
    }

    /// Finds a method by its verb and path, such as `GET files/{fileId}`.
    fn method(&self, verb: &str, path: &str) -> Option<&Value> {
        let segments: Vec<&str> = path.split('/').collect();
        let resources = self.whole["resources"].as_object().unwrap().values();
        let methods = resources.flat_map(|resource| resource["methods"].as_object().unwrap().values());
        let fits = |method: &&Value| {
            let stated = method["path"].as_str().unwrap();
            let stated: Vec<&str> = stated.split('/').collect();
            let same = |(there, sent): (&&str, &&str)| there.starts_with('{') || there == sent;
            method["httpMethod"] == verb
                && stated.len() == segments.len()
                && stated.iter().zip(&segments).all(same)
        };
        let literal = |method: &&Value| !method["path"].as_str().unwrap().ends_with('}');
        methods.filter(fits).max_by_key(literal)
    }

    /// Checks a call: its parameters are known, and what it sends and gets has the described form.
    pub(crate) fn hold(
        &self,
        verb: &str,
        path: &str,
        query: &str,
        sent: Option<&Value>,
        got: &Value,
    ) -> String {
        let method = self.method(verb, path).unwrap_or_else(|| panic!("no {verb} {path}"));
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap();
            let known = &method["parameters"][name];
            let known = if known.is_null() { &self.whole["parameters"][name] } else { known };
            assert!(known.is_object(), "{verb} {path}: no parameter `{name}`");
            let listed = known["enum"].as_array();
            assert!(listed.is_none_or(|values| values.contains(&json!(value))), "`{name}` is not {value}");
        }
        if let (Some(sent), Some(schema)) = (sent, method["request"]["$ref"].as_str()) {
            self.check(schema, sent, &format!("{verb} {path}, sent"));
        }
        match method["response"]["$ref"].as_str() {
            Some(schema) => self.check(schema, got, &format!("{verb} {path}")),
            None => assert!(got == "" || got.is_string(), "{verb} {path} answers nothing in JSON"),
        }
        method["id"].as_str().unwrap().to_owned()
    }

    fn check(&self, schema: &str, value: &Value, context: &str) {
        let errors: Vec<String> = self
            .validator(schema)
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{context}\n{}\n{value:#}", errors.join("\n"));
    }

    pub(crate) fn accepts(&self, schema: &str, value: &Value) -> bool {
        self.validator(schema).is_valid(value)
    }

    fn validator(&self, schema: &str) -> Validator {
        let mut root = self.root.clone();
        root.insert("allOf".to_owned(), json!([{"$ref": format!("#/schemas/{schema}")}]));
        let options = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(false);
        options.build(&Value::Object(root)).unwrap()
    }
}

/// Turns the schemas of discovery into JSON schemas.
fn repair(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(repair),
        Value::Object(fields) => {
            // Words for people; a schema may have a member of such a name, which is an object then.
            for word in
                ["description", "id", "enumDescriptions", "default", "deprecated", "readOnly", "annotations"]
            {
                if fields.get(word).is_some_and(|word| !word.is_object()) {
                    fields.remove(word);
                }
            }
            if let Some(Value::String(name)) = fields.get("$ref") {
                let target = if name.starts_with('#') { name.clone() } else { format!("#/schemas/{name}") };
                fields.insert("$ref".to_owned(), json!(target));
            }
            if fields.get("type") == Some(&json!("any")) {
                fields.remove("type");
            }
            let is_closed = fields.get("type") == Some(&json!("object")) && fields.contains_key("properties");
            if is_closed && !fields.contains_key("additionalProperties") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            fields.values_mut().for_each(repair);
        }
        _ => {}
    }
}
