//! An official description, made into JSON schemas.
//!
//! OpenAPI 3.0 is no JSON schema: `nullable` has to become a type, and the files contradict their own examples
//! where `nullable` stands beside a reference. Formats are left out: they call 24 digits a UUID.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

pub(super) struct Operation {
    pub(super) name: String,
    pub(super) request: Option<Value>,
    pub(super) responses: BTreeMap<String, Value>,
    segments: Vec<String>,
}

pub(super) struct Description {
    root: Map<String, Value>,
    operations: Vec<Operation>,
}

impl Description {
    /// Reads a description beside the checkout.
    pub(super) fn read(version: &str) -> Option<Description> {
        let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../.."));
        let file = root.join(format!("shared/specs/intercom-{version}.openapi.yaml"));
        let Ok(text) = std::fs::read_to_string(file) else {
            crate::skipped("no ../shared/specs");
            return None;
        };
        let yaml: serde_norway::Value = serde_norway::from_str(&text).unwrap();
        let mut whole = json_of(yaml);
        repair(&mut whole);
        let operations =
            whole["paths"].as_object().unwrap().iter().flat_map(|(path, item)| operations(path, item));
        let operations = operations.collect();
        let root = Map::from_iter([("components".to_owned(), whole["components"].clone())]);
        Some(Description { root, operations })
    }

    /// Finds what a call is called, literal segments before parameters.
    pub(super) fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let path = path.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |operation: &&Operation| {
            operation.name.starts_with(&format!("{method} "))
                && operation.segments.len() == segments.len()
                && operation
                    .segments
                    .iter()
                    .zip(&segments)
                    .all(|(there, sent)| there.starts_with('{') || there == sent)
        };
        let literal =
            |operation: &&Operation| operation.segments.iter().filter(|part| !part.starts_with('{')).count();
        self.operations.iter().filter(fits).max_by_key(literal)
    }

    fn validator(&self, schema: &Value) -> Validator {
        let mut root = self.root.clone();
        root.insert("allOf".to_owned(), json!([schema]));
        let options = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(false);
        options.build(&Value::Object(root)).unwrap()
    }

    pub(super) fn accepts(&self, schema: &Value, value: &Value) -> bool {
        self.validator(schema).is_valid(value)
    }

    pub(super) fn hold(&self, schema: &Value, value: &Value, context: &str) {
        let validator = self.validator(schema);
        let errors: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{context}\n{}\n{value:#}", errors.join("\n"));
    }
}

fn operations(path: &str, item: &Value) -> Vec<Operation> {
    let methods = ["get", "post", "put", "delete"];
    let json_schema = |body: &Value| body["content"]["application/json"].get("schema").cloned();
    methods
        .iter()
        .filter_map(|method| {
            let operation = item.get(*method)?;
            let responses = operation["responses"].as_object()?.iter();
            Some(Operation {
                name: format!("{} {path}", method.to_uppercase()),
                request: operation.get("requestBody").and_then(json_schema),
                responses: responses
                    .filter_map(|(status, body)| Some((status.clone(), json_schema(body)?)))
                    .collect(),
                segments: path.split('/').map(str::to_owned).collect(),
            })
        })
        .collect()
}

fn json_of(value: serde_norway::Value) -> Value {
    use serde_norway::Value as Yaml;
    match value {
        Yaml::Mapping(fields) => {
            let name = |key: Yaml| match key {
                Yaml::String(text) => text,
                Yaml::Number(number) => number.to_string(),
                Yaml::Bool(flag) => flag.to_string(),
                other => panic!("a key {other:?}"),
            };
            Value::Object(fields.into_iter().map(|(key, value)| (name(key), json_of(value))).collect())
        }
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(json_of).collect()),
        Yaml::Tagged(tagged) => json_of(tagged.value),
        other => serde_json::to_value(other).unwrap_or(Value::Null),
    }
}

/// Turns `nullable` into what it means; beside a reference it is meant as well, whatever OpenAPI says.
fn repair(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(repair),
        Value::Object(fields) => {
            // Examples are no schemas.
            fields.remove("example");
            fields.remove("examples");
            fields.values_mut().for_each(repair);
            if fields.get("nullable") == Some(&json!(true)) {
                fields.remove("nullable");
                let schema = Value::Object(std::mem::take(fields));
                *value = json!({ "anyOf": [schema, { "type": "null" }] });
            }
        }
        _ => {}
    }
}
