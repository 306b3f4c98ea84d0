use serde::Deserialize;
use serde_json::Value;

use super::conversation::Reference;
use super::loose;

/// A user or lead.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Contact {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    /// Under `user_id` where a visitor is meant.
    #[serde(alias = "user_id", deserialize_with = "loose::id")]
    pub(crate) external_id: Option<String>,
    #[serde(rename = "type", deserialize_with = "loose::text")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) role: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) email: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) phone: Option<String>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) created_at: Option<i64>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) updated_at: Option<i64>,
    #[serde(deserialize_with = "loose::items")]
    pub(crate) companies: Vec<Reference>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) custom_attributes: Option<serde_json::Map<String, Value>>,
    /// The contact that vanished, in the notification of a merge.
    #[serde(deserialize_with = "loose::object")]
    pub(crate) merged_from: Option<Reference>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Company {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub(crate) company_id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) name: Option<String>,
}

/// The teammate to whom a token belongs, with the workspace.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Admin {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) app: Option<App>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct App {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id_code: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) region: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) timezone: Option<String>,
    pub(crate) identity_verification: Value,
}
