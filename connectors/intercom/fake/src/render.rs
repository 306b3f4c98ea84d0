//! State to JSON in the shapes of the official description of 2.15.

mod account;
mod contact;
mod conversation;
mod knowledge;
mod ticket;

use serde_json::{Map, Value, json};

pub(crate) use account::{admin, me, team};
pub(crate) use contact::{company, contact, contact_reference, contact_tag, note, visitor};
pub(crate) use conversation::{
    applied_tag, conversation, conversation_item, notified_conversation, part_limit, plain_conversation,
};
pub(crate) use knowledge::{article, article_item, internal_article};
pub(crate) use ticket::{ticket, ticket_part, ticket_state, ticket_type};

use crate::state::{Author, Tag, Workspace};

pub(crate) fn tag(tag: &Tag) -> Value {
    json!({ "type": "tag", "id": tag.id, "name": tag.name })
}

pub(crate) fn tag_by_id(workspace: &Workspace, id: &str) -> Value {
    workspace.tag_by_id(id).map_or(Value::Null, tag)
}

fn author(author: &Author) -> Value {
    json!({
        "type": author.kind,
        "id": author.id,
        "name": author.name,
        "email": author.email,
        "from_ai_agent": author.from_ai_agent,
        "is_ai_answer": author.is_ai_answer,
    })
}

/// Numbers that Intercom keeps as text in some places and as numbers in others.
fn number(id: &str) -> Value {
    id.parse::<i64>().map_or(Value::Null, Value::from)
}

/// Leaves out what is not known; for fields that the description does not let be null.
fn known(fields: Value) -> Value {
    match fields {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
        }
        other => other,
    }
}
