//! The fields that can be searched for, by the tables of the official description.

use serde_json::Value;

use super::Field;
use crate::state::{Contact, Conversation, State, Ticket};

pub(crate) fn contact_field(contact: &Contact, name: &str) -> Option<Field> {
    let text = |text: &Option<String>| Field::Text(text.clone());
    Some(match name {
        "id" => Field::Text(Some(contact.id.clone())),
        "role" => Field::Text(Some(contact.role.word().to_owned())),
        "name" => text(&contact.name),
        "email" => text(&contact.email),
        "email_domain" => {
            let domain = contact.email.as_deref().and_then(|email| email.split_once('@'));
            Field::Text(domain.map(|(_, domain)| domain.to_owned()))
        }
        "phone" => text(&contact.phone),
        "external_id" => text(&contact.external_id),
        "owner_id" => Field::Number(contact.owner_id),
        "created_at" => Field::Date(Some(contact.created_at)),
        "updated_at" => Field::Date(Some(contact.updated_at)),
        "signed_up_at" => Field::Date(contact.signed_up_at),
        "last_seen_at" => Field::Date(contact.last_seen_at),
        "last_contacted_at" => Field::Date(contact.last_contacted_at),
        "last_replied_at" => Field::Date(contact.last_replied_at),
        "language_override" => text(&contact.language_override),
        "unsubscribed_from_emails" => Field::Flag(contact.unsubscribed_from_emails),
        "tag_id" => Field::Tags(contact.tags.clone()),
        "segment_id" => Field::Several(Vec::new()),
        other => {
            return other
                .strip_prefix("custom_attributes.")
                .map(|name| custom(contact.custom_attributes.get(name)));
        }
    })
}

pub(crate) fn conversation_field(conversation: &Conversation, name: &str) -> Option<Field> {
    let text = |text: &str| Field::Text(Some(text.to_owned()));
    let source = &conversation.source;
    let counts = &conversation.statistics;
    Some(match name {
        "id" => text(&conversation.id),
        "created_at" => Field::Date(Some(conversation.created_at)),
        "updated_at" => Field::Date(Some(conversation.updated_at)),
        "source.type" => text(&source.kind),
        "source.id" => text(&source.id),
        "source.delivered_as" => text(&source.delivered_as),
        "source.subject" => text(&source.subject),
        "source.body" => Field::Words(crate::html::plain(&source.body)),
        "source.author.id" => text(&source.author.id),
        "source.author.type" => text(&source.author.kind),
        "source.author.name" => Field::Text(source.author.name.clone()),
        "source.author.email" => text(&source.author.email),
        "source.url" => Field::Text(source.url.clone()),
        "contact_ids" => Field::Several(conversation.contacts.clone()),
        "teammate_ids" => Field::Several(conversation.teammates()),
        "admin_assignee_id" => Field::Number(number(conversation.admin_assignee.as_deref())),
        "team_assignee_id" => Field::Number(number(conversation.team_assignee.as_deref())),
        "open" => Field::Flag(conversation.state != State::Closed),
        "read" => Field::Flag(conversation.read),
        "state" => text(conversation.state.word()),
        "waiting_since" => Field::Date(conversation.waiting_since),
        "snoozed_until" => Field::Date(conversation.snoozed_until),
        "tag_ids" => Field::Several(conversation.tags.iter().map(|tag| tag.id.clone()).collect()),
        "priority" => text(if conversation.priority { "priority" } else { "not_priority" }),
        "statistics.first_contact_reply_at" => Field::Date(counts.first_contact_reply_at),
        "statistics.first_assignment_at" => Field::Date(counts.first_assignment_at),
        "statistics.first_admin_reply_at" => Field::Date(counts.first_admin_reply_at),
        "statistics.first_close_at" => Field::Date(counts.first_close_at),
        "statistics.last_assignment_at" => Field::Date(counts.last_assignment_at),
        "statistics.last_contact_reply_at" => Field::Date(counts.last_contact_reply_at),
        "statistics.last_admin_reply_at" => Field::Date(counts.last_admin_reply_at),
        "statistics.last_close_at" => Field::Date(counts.last_close_at),
        "statistics.last_closed_by_id" => Field::Text(counts.last_closed_by_id.clone()),
        "statistics.count_reopens" => Field::Number(Some(i64::from(counts.count_reopens))),
        "statistics.count_assignments" => Field::Number(Some(i64::from(counts.count_assignments))),
        "statistics.count_conversation_parts" => Field::Number(i64::try_from(conversation.parts.len()).ok()),
        "conversation_rating.score" => {
            Field::Number(conversation.rating.as_ref().map(|rating| i64::from(rating.rating)))
        }
        "conversation_rating.remark" => {
            Field::Text(conversation.rating.as_ref().map(|rating| rating.remark.clone()))
        }
        "ai_agent_participated" => Field::Flag(conversation.ai_agent.is_some()),
        other => {
            return other
                .strip_prefix("ai_agent.")
                .map(|name| custom(conversation.ai_agent.as_ref().and_then(|agent| agent.get(name))));
        }
    })
}

pub(crate) fn ticket_field(ticket: &Ticket, name: &str) -> Option<Field> {
    let attribute = |name: &str| custom(ticket.attributes.get(name));
    Some(match name {
        "id" => Field::Text(Some(ticket.id.clone())),
        "created_at" => Field::Date(Some(ticket.created_at)),
        "updated_at" => Field::Date(Some(ticket.updated_at)),
        "title" => attribute("_default_title_"),
        "description" => attribute("_default_description_"),
        "category" => Field::Text(Some(
            match ticket.category.as_str() {
                "Customer" => "request",
                "Back-office" => "task",
                _ => "tracker",
            }
            .to_owned(),
        )),
        "contact_ids" => Field::Several(ticket.contacts.clone()),
        "admin_assignee_id" => Field::Text(ticket.admin_assignee.clone()),
        "team_assignee_id" => Field::Text(ticket.team_assignee.clone()),
        "open" => Field::Flag(ticket.state != crate::state::TicketState::Resolved),
        "state" => Field::Text(Some(ticket.state.word().to_owned())),
        other => return other.strip_prefix("ticket_attribute.").map(attribute),
    })
}

fn custom(value: Option<&Value>) -> Field {
    match value {
        Some(Value::Bool(flag)) => Field::Flag(*flag),
        Some(Value::Number(number)) => Field::Number(number.as_i64()),
        Some(Value::String(text)) => Field::Text(Some(text.clone())),
        Some(other) if !other.is_null() => Field::Text(Some(other.to_string())),
        _ => Field::Unset,
    }
}

fn number(id: Option<&str>) -> Option<i64> {
    id.and_then(|id| id.parse().ok())
}
