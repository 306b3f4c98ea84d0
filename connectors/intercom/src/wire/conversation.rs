use serde::Deserialize;

use super::content::Tag;
use super::loose;

/// A conversation, from a list or whole.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Conversation {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) created_at: Option<i64>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) updated_at: Option<i64>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) snoozed_until: Option<i64>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) state: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    pub(crate) open: bool,
    #[serde(deserialize_with = "loose::somebody")]
    pub(crate) admin_assignee_id: Option<String>,
    #[serde(deserialize_with = "loose::somebody")]
    pub(crate) team_assignee_id: Option<String>,
    #[serde(deserialize_with = "loose::items")]
    pub(crate) tags: Vec<Tag>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) custom_attributes: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(deserialize_with = "loose::items")]
    pub(crate) topics: Vec<Tag>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) conversation_rating: Option<Rating>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) source: Option<Source>,
    #[serde(deserialize_with = "loose::items")]
    pub(crate) contacts: Vec<Reference>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) statistics: Option<Statistics>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) conversation_parts: Option<Parts>,
    #[serde(deserialize_with = "loose::items")]
    pub(crate) linked_objects: Vec<Linked>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) ticket: Option<super::Ticket>,
    #[serde(deserialize_with = "loose::flag")]
    pub(crate) ai_agent_participated: bool,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) ai_agent: Option<AiAgent>,
}

impl Conversation {
    /// Returns how many parts Intercom says there are; the first message is none of them.
    pub(crate) fn parts_in_all(&self) -> Option<u64> {
        let counted = self.statistics.as_ref().and_then(|statistics| statistics.count_conversation_parts);
        let listed = self.conversation_parts.as_ref().and_then(|parts| parts.total_count);
        counted.into_iter().chain(listed).max()
    }

    pub(crate) fn parts(&self) -> &[Part] {
        self.conversation_parts.as_ref().map_or(&[], |parts| parts.conversation_parts.as_slice())
    }
}

/// The parts of a conversation: at most the newest 500.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parts {
    #[serde(deserialize_with = "loose::items")]
    pub(crate) conversation_parts: Vec<Part>,
    #[serde(deserialize_with = "loose::count")]
    pub(crate) total_count: Option<u64>,
}

/// The first message, which is no part.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Source {
    #[serde(rename = "type", deserialize_with = "loose::text")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) delivered_as: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) subject: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) body: Option<String>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) author: Option<Author>,
    #[serde(deserialize_with = "loose::items")]
    pub(crate) attachments: Vec<Attachment>,
    #[serde(deserialize_with = "loose::flag")]
    pub(crate) redacted: bool,
    #[serde(deserialize_with = "loose::stated")]
    pub(crate) email_message_metadata: Option<Option<Mail>>,
}

/// A message, a note or an event; also of a ticket.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Part {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) part_type: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) body: Option<String>,
    #[serde(deserialize_with = "loose::seconds")]
    pub(crate) created_at: Option<i64>,
    #[serde(deserialize_with = "loose::object")]
    pub(crate) author: Option<Author>,
    #[serde(deserialize_with = "loose::items")]
    pub(crate) attachments: Vec<Attachment>,
    #[serde(deserialize_with = "loose::flag")]
    pub(crate) redacted: bool,
    #[serde(deserialize_with = "loose::stated")]
    pub(crate) email_message_metadata: Option<Option<Mail>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Author {
    #[serde(rename = "type", deserialize_with = "loose::text")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) email: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    pub(crate) from_ai_agent: bool,
    #[serde(deserialize_with = "loose::flag")]
    pub(crate) is_ai_answer: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Attachment {
    #[serde(deserialize_with = "loose::text")]
    pub(crate) name: Option<String>,
}

/// What is known of a message that went by mail.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Mail {
    #[serde(deserialize_with = "loose::items")]
    pub(crate) email_address_headers: Vec<Header>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Header {
    #[serde(rename = "type", deserialize_with = "loose::text")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    pub(crate) email_address: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub(crate) external_id: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rating {
    #[serde(deserialize_with = "loose::count")]
    pub(crate) rating: Option<u64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Statistics {
    #[serde(deserialize_with = "loose::count")]
    pub(crate) count_conversation_parts: Option<u64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Linked {
    #[serde(rename = "type", deserialize_with = "loose::text")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AiAgent {
    #[serde(deserialize_with = "loose::text")]
    pub(crate) resolution_state: Option<String>,
}
