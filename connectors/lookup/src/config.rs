//! What is configured of an endpoint.

use std::collections::BTreeMap;

use domain::Part;
use serde::Deserialize;

/// An endpoint and what is taken of its answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How it is called.
    #[serde(default)]
    pub method: Method,
    /// Its address; path and query may hold `{user_id}` and `{contact_id}`.
    pub url: String,
    /// What is sent as a JSON object with [`Method::Post`]; values may hold the same.
    #[serde(default)]
    pub body: BTreeMap<String, String>,
    /// What is taken of the answer as facts, in this order.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// What is taken of the answer as the customer's side, as JSON pointers; it may be no fact.
    #[serde(default)]
    pub customer: BTreeMap<Part, String>,
    /// What of the answer has to repeat an id.
    #[serde(default)]
    pub same: Option<Same>,
    /// How long it may take, connecting included, in milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u32,
    /// How long an answer may be, in bytes.
    #[serde(default = "max_bytes")]
    pub max_bytes: u32,
}

/// How an endpoint is called. Either way it only reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// With everything in the address.
    #[default]
    Get,
    /// With a JSON object.
    Post,
}

/// A field of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Where it stands, as a JSON pointer such as `/plan/name`.
    pub at: String,
    /// What it is called.
    pub label: String,
    /// What it is called in other languages, by code.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// An id that the answer has to repeat.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Same {
    /// Where it stands, as a JSON pointer.
    pub at: String,
    /// Which one: `user_id` or `contact_id`.
    pub id: String,
}

fn timeout_ms() -> u32 {
    3_000
}

fn max_bytes() -> u32 {
    65_536
}

impl Field {
    /// Returns what the field is called in a language, by its code.
    #[must_use]
    pub fn label_in(&self, language: &str) -> &str {
        self.labels.get(language).unwrap_or(&self.label)
    }
}
