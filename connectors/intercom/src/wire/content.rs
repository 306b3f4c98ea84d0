use serde::Deserialize;
use serde_json::{Map, Value};

use super::loose;

/// An article of a help centre. What stands at the top is the default language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Article {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) default_locale: Option<String>,
    /// By locale, beside the key `type`.
    #[serde(deserialize_with = "loose::object")]
    pub(crate) translated_content: Option<Map<String, Value>>,
    /// `everyone` or `restricted`, since 2.16.
    #[serde(deserialize_with = "loose::text")]
    pub(crate) help_center_audience: Option<String>,
    #[serde(flatten)]
    pub(crate) content: ArticleContent,
}

/// An article in one language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ArticleContent {
    #[serde(deserialize_with = "loose::text")]
    pub(crate) title: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) body: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) state: Option<String>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) created_at: Option<i64>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) updated_at: Option<i64>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) url: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InternalArticle {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) title: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) body: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) locale: Option<String>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) created_at: Option<i64>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) updated_at: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HelpCenter {
    /// Absent where nothing is said, which is not the same as off.
    pub(crate) website_turned_on: Value,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tag {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) name: Option<String>,
}
