use serde::Deserialize;
use serde_json::{Map, Value};

use super::conversation::{Part, Reference};
use super::loose;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ticket {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    /// `Customer`, `Back-office` or `Tracker`.
    #[serde(deserialize_with = "loose::text")]
    pub(crate) category: Option<String>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) ticket_attributes: Option<Map<String, Value>>,
    /// An object, or in places the bare word of its category.
    pub(crate) ticket_state: Value,
    #[serde(deserialize_with = "loose::somebody")]
    pub(crate) team_assignee_id: Option<String>,
    #[serde(deserialize_with = "loose::items")]
    pub(crate) contacts: Vec<Reference>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) created_at: Option<i64>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) updated_at: Option<i64>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) ticket_parts: Option<TicketParts>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TicketParts {
    #[serde(deserialize_with = "loose::items")]
    pub(crate) ticket_parts: Vec<Part>,
    #[serde(deserialize_with = "loose::count")]
    pub(crate) total_count: Option<u64>,
}

impl Ticket {
    pub(crate) fn is_resolved(&self) -> bool {
        let word = self.ticket_state.get("category").unwrap_or(&self.ticket_state);
        word.as_str() == Some("resolved")
    }
}
