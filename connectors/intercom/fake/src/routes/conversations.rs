//! Conversations, except for what is written into them.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::gate::{Call, text_of};
use crate::pages::Cursor;
use crate::render;
use crate::search::{Dialect, Query, conversation_field};
use crate::state::Conversation;

const PER_PAGE: usize = 20;
const MOST: usize = 150;

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let cursor = Cursor::parse(call.query_number("per_page")?, call.query("starting_after"), PER_PAGE, MOST)?;
    Ok(page(call, &cursor, call.workspace.conversations.values().collect()))
}

pub(crate) fn search(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let query = Query::parse(call.body)?;
    let pagination = &call.body["pagination"];
    let after = pagination["starting_after"].as_str();
    let cursor = Cursor::parse(pagination["per_page"].as_i64(), after, PER_PAGE, MOST)?;
    let all = call.workspace.conversations.values();
    let found = query.choose(&Dialect::Conversations, all, conversation_field)?;
    Ok(page(call, &cursor, found))
}

fn page(call: &Call<'_>, cursor: &Cursor, conversations: Vec<&Conversation>) -> Value {
    let page = cursor.cut(conversations, |conversation| (conversation.updated_at, &conversation.id));
    let items: Vec<Value> = page
        .items
        .iter()
        .map(|conversation| render::conversation_item(call.workspace, conversation))
        .collect();
    json!({ "type": "conversation.list", "conversations": items, "total_count": page.total, "pages": page.pages })
}

/// Answers with a conversation whole, in plain text on request.
pub(super) fn shown(call: &Call<'_>, id: &str) -> Result<Value, ApiError> {
    let conversation = call.workspace.conversation(id).ok_or_else(|| ApiError::missing("Resource"))?;
    let shown = render::conversation(call.workspace, conversation);
    let plain = call.query("display_as") == Some("plaintext");
    Ok(if plain { render::plain_conversation(shown) } else { shown })
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id");
    if id.parse::<u64>().is_err() {
        return Err(ApiError::invalid("conversation id must be a number"));
    }
    shown(call, id)
}

/// Begins a conversation on behalf of a contact; the answer is the message.
pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let from = &call.body["from"];
    let kind = from["type"].as_str().unwrap_or_default();
    if !["user", "lead", "contact"].contains(&kind) {
        return Err(ApiError::invalid("from.type must be user, lead or contact"));
    }
    let contact = from["id"].as_str().ok_or_else(|| ApiError::absent("from.id"))?.to_owned();
    let body = call.required("body")?;
    let id = call.workspace.start(&contact, &body)?;
    let conversation = &call.workspace.conversations[&id];
    Ok(json!({
        "type": "user_message",
        "id": conversation.source.id,
        "created_at": conversation.created_at,
        "body": conversation.source.body,
        "message_type": "inapp",
        "conversation_id": id,
    }))
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    call.workspace.find_conversation(&id)?;
    let object = call.body.as_object().ok_or_else(|| ApiError::absent("body"))?;
    let title = object
        .get("title")
        .map(|title| title.as_str().ok_or_else(|| ApiError::invalid("title must be text")));
    let company = object.get("company_id").and_then(text_of);
    if company.as_ref().is_some_and(|company| !call.workspace.companies.contains_key(company)) {
        return Err(crate::state::company::no_company());
    }
    if let Some(title) = title.transpose()? {
        call.workspace.find_conversation(&id)?.title = Some(title.to_owned());
    }
    if let Some(company) = company {
        call.workspace.find_conversation(&id)?.company = Some(company);
        call.workspace.tell(&id, "conversation.company.updated", &[]);
    }
    match object.get("custom_attributes") {
        None => {}
        Some(Value::Object(fields)) => {
            let owner = call.owner.to_owned();
            call.workspace.set_attributes(&id, &owner, fields)?;
        }
        Some(_) => return Err(ApiError::invalid("custom_attributes must be an object")),
    }
    match object.get("read") {
        None => {}
        Some(Value::Bool(read)) => call.workspace.mark_read(&id, *read)?,
        Some(_) => return Err(ApiError::invalid("read must be true or false")),
    }
    call.workspace.touch(&id);
    shown(call, &id)
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    call.workspace.delete_conversation(&id)?;
    Ok(json!({ "id": id, "object": "conversation", "deleted": true }))
}

/// Only 2.16 tells which conversations were deleted.
pub(crate) fn deleted(call: &mut Call<'_>) -> Result<Value, ApiError> {
    if call.version == crate::version::Version::V2_15 {
        return Err(ApiError::invalid("conversation id must be a number"));
    }
    let gone: Vec<Value> = call
        .workspace
        .deleted_conversations
        .iter()
        .map(|id| json!({ "type": "conversation", "id": id, "deleted": true }))
        .collect();
    Ok(json!({ "type": "conversation.list", "conversations": gone, "total_count": gone.len() }))
}

pub(crate) fn redact(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.required("conversation_id")?;
    let what = match call.required("type")?.as_str() {
        "conversation_part" => call.required("conversation_part_id")?,
        "source" => call.required("source_id")?,
        _ => return Err(ApiError::invalid("type must be conversation_part or source")),
    };
    call.workspace.redact(&id, &what)?;
    shown(call, &id)
}
