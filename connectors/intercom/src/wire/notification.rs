use serde::Deserialize;
use serde_json::Value;

use super::loose;

/// What Intercom sends when something happened.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Notification {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub(crate) app_id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) topic: Option<String>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) created_at: Option<i64>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) data: Option<Data>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Data {
    pub(crate) item: Value,
}
