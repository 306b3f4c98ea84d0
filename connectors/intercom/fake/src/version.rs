//! The versions of the API that the stand-in speaks: 2.15, and where 2.16 differs in what readers trip over.

use serde_json::{Value, json};

use crate::error::ApiError;

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// What everything here is written in.
    V2_15,
    /// Zero for nobody, words for priorities, other types of ids.
    V2_16,
}

impl Version {
    pub(crate) fn of(header: Option<&str>) -> Result<Version, ApiError> {
        match header {
            None | Some("2.15") => Ok(Version::V2_15),
            Some("2.16") => Ok(Version::V2_16),
            Some(_) => {
                let message = "The requested version could not be found";
                Err(ApiError::new(400, "intercom_version_invalid", message))
            }
        }
    }

    /// Turns an answer of 2.15 into one of this version.
    pub(crate) fn adapt(self, value: &mut Value) {
        if self == Version::V2_16 {
            newer(value);
        }
    }
}

fn newer(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(newer),
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
            for (name, field) in fields.iter_mut() {
                match (kind.as_str(), name.as_str()) {
                    ("conversation", "admin_assignee_id" | "team_assignee_id") if field.is_null() => {
                        *field = json!(0)
                    }
                    ("conversation", "priority") => {
                        *field = json!(if *field == "priority" { "high" } else { "none" });
                    }
                    ("contact", "owner_id") if field.is_number() => *field = json!(field.to_string()),
                    ("ticket", "admin_assignee_id" | "team_assignee_id") => {
                        let number = field.as_str().and_then(|id| id.parse::<i64>().ok());
                        *field = json!(number.unwrap_or(0));
                    }
                    _ => newer(field),
                }
            }
        }
        _ => {}
    }
}
