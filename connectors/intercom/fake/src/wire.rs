//! The last touch before something leaves: a test's own values, odd forms, and the version.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::state::{Shape, Workspace};
use crate::version::Version;

/// Makes of a shown value what goes over the wire.
pub(crate) fn finish(workspace: &Workspace, version: Version, value: &mut Value) {
    version.adapt(value);
    if !workspace.patches.is_empty() {
        patch(&workspace.patches, value);
    }
    match workspace.quirks.shape {
        Shape::AsDescribed => {}
        Shape::WithUnknownFields => each_object(value, &|fields| {
            fields.insert("added_later".to_owned(), json!({ "type": "unheard_of", "list": [1, null] }));
        }),
        Shape::WithoutNulls => each_object(value, &|fields| fields.retain(|_, field| !field.is_null())),
    }
}

fn each_object(value: &mut Value, change: &dyn Fn(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| each_object(field, change));
            change(fields);
        }
        _ => {}
    }
}

/// Puts a test's values over every shown object with a certain id.
fn patch(patches: &BTreeMap<String, Value>, value: &mut Value) {
    each_object(value, &|fields| {
        let id = fields.get("id").and_then(Value::as_str).unwrap_or_default();
        if let Some(Value::Object(patch)) = patches.get(id) {
            fields.extend(patch.clone());
        }
    });
}
