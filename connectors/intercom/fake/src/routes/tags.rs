//! Tags, and what carries them.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::gate::{Call, text_of};
use crate::render;
use crate::state::Tag;

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let data: Vec<Value> = call.workspace.tags.iter().map(render::tag).collect();
    Ok(json!({ "type": "list", "data": data }))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.workspace.tag_by_id(call.path("id")).map(render::tag)
}

/// Makes or renames a tag; with a list of users it tags or untags them as well.
pub(crate) fn save(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let name = call.body["name"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    let name = name.ok_or_else(|| ApiError::invalid("invalid tag parameters"))?;
    let id = match call.text("id") {
        None => call.workspace.tag(&name),
        Some(id) => {
            let known = call.workspace.tags.iter_mut().find(|tag| tag.id == id);
            known.ok_or_else(|| ApiError::missing("Resource"))?.name = name;
            id
        }
    };
    for user in call.body["users"].as_array().into_iter().flatten() {
        let contact = text_of(&user["id"]).ok_or_else(|| ApiError::invalid("invalid tag parameters"))?;
        let on = user["untag"] != json!(true);
        call.workspace.tag_contact(&contact, &id, on)?;
    }
    Ok(render::tag_by_id(call.workspace, &id))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    call.workspace.tag_by_id(&id)?;
    call.workspace.tags.retain(|tag: &Tag| tag.id != id);
    for contact in call.workspace.contacts.values_mut() {
        contact.tags.retain(|tag| *tag != id);
    }
    for conversation in call.workspace.conversations.values_mut() {
        conversation.tags.retain(|tag| tag.id != id);
    }
    Ok(Value::Null)
}

pub(crate) fn of_contact(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let contact = call.workspace.reachable(call.path("id"))?;
    let data: Vec<Value> = contact.tags.iter().map(|id| render::tag_by_id(call.workspace, id)).collect();
    Ok(json!({ "type": "list", "data": data }))
}

pub(crate) fn tag_contact(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (contact, tag) = (call.path("id").to_owned(), call.required("id")?);
    call.workspace.tag_contact(&contact, &tag, true)?;
    Ok(render::tag_by_id(call.workspace, &tag))
}

pub(crate) fn untag_contact(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (contact, tag) = (call.path("id").to_owned(), call.path("tag").to_owned());
    call.workspace.tag_contact(&contact, &tag, false)?;
    Ok(render::tag_by_id(call.workspace, &tag))
}

pub(crate) fn tag_conversation(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (id, tag, admin) = (call.path("id").to_owned(), call.required("id")?, call.required("admin_id")?);
    if call.workspace.conversation(&id).is_none() {
        return Err(no_conversation());
    }
    call.workspace.tag_conversation(&id, &tag, &admin)?;
    let tags = &call.workspace.find_conversation(&id)?.tags;
    let applied = tags.iter().find(|applied| applied.id == tag).cloned();
    let applied = applied.ok_or_else(|| ApiError::missing("Resource"))?;
    Ok(render::applied_tag(call.workspace, &applied))
}

/// A DELETE with a body, which names the teammate.
pub(crate) fn untag_conversation(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (id, tag, admin) =
        (call.path("id").to_owned(), call.path("tag").to_owned(), call.required("admin_id")?);
    if call.workspace.conversation(&id).is_none() {
        return Err(no_conversation());
    }
    call.workspace.untag_conversation(&id, &tag, &admin)?;
    Ok(render::tag_by_id(call.workspace, &tag))
}

fn no_conversation() -> ApiError {
    ApiError::new(404, "not_found", "Conversation not found")
}
