//! Replies of teammates and contacts.

use serde_json::{Value, json};

use super::conversations::shown;
use crate::error::ApiError;
use crate::gate::Call;
use crate::state::{Contact, Reply, ReplyKind, Role};

/// How many attachments of one kind a reply may have.
const ATTACHMENTS: usize = 10;

pub(crate) fn reply(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = match call.path("id") {
        "last" => last(call)?,
        id => id.to_owned(),
    };
    call.workspace.find_conversation(&id)?;
    match call.required("type")?.as_str() {
        "admin" => by_admin(call, &id)?,
        "user" => by_contact(call, &id)?,
        _ => return Err(ApiError::invalid("type must be admin or user")),
    }
    shown(call, &id)
}

/// `last` is the newest conversation of the contact who writes.
fn last(call: &Call<'_>) -> Result<String, ApiError> {
    let contact = author(call)?.id.clone();
    let theirs =
        call.workspace.conversations.values().filter(|conversation| conversation.contacts.contains(&contact));
    let newest = theirs.max_by_key(|conversation| conversation.updated_at);
    newest.map(|conversation| conversation.id.clone()).ok_or_else(|| ApiError::missing("Resource"))
}

fn by_admin(call: &mut Call<'_>, id: &str) -> Result<(), ApiError> {
    let kind = match call.required("message_type")?.as_str() {
        "comment" => ReplyKind::Comment,
        "note" => ReplyKind::Note,
        "quick_reply" => ReplyKind::QuickReply,
        _ => return Err(ApiError::invalid("message_type must be comment, note or quick_reply")),
    };
    let admin = call.required("admin_id")?;
    let body = body(call)?;
    let options = call.body["reply_options"].as_array().cloned().unwrap_or_default();
    match kind {
        ReplyKind::QuickReply if options.is_empty() => return Err(ApiError::absent("reply_options")),
        ReplyKind::Comment | ReplyKind::Note if body.is_none() => return Err(ApiError::absent("body")),
        _ => {}
    }
    let skip_notifications = match &call.body["skip_notifications"] {
        Value::Null => false,
        Value::Bool(skip) => *skip,
        _ => return Err(ApiError::invalid("skip_notifications must be true or false")),
    };
    let reply = Reply { kind, body, attachments: attachments(call)?, options, skip_notifications };
    call.workspace.reply(id, &admin, reply)?;
    Ok(())
}

fn by_contact(call: &mut Call<'_>, id: &str) -> Result<(), ApiError> {
    if call.required("message_type")? != "comment" {
        return Err(ApiError::invalid("message_type must be comment"));
    }
    let body = body(call)?.ok_or_else(|| ApiError::absent("body"))?;
    let contact = author(call)?.id.clone();
    call.workspace.contact_reply(id, &contact, &body)?;
    Ok(())
}

fn body(call: &Call<'_>) -> Result<Option<String>, ApiError> {
    match &call.body["body"] {
        Value::Null => Ok(None),
        Value::String(body) => Ok(Some(body.clone())),
        _ => Err(ApiError::invalid("body must be text")),
    }
}

/// Finds the contact that a body names, in the order in which Intercom looks.
fn author<'a>(call: &'a Call<'_>) -> Result<&'a Contact, ApiError> {
    named_contact(call, call.body)
}

pub(super) fn named_contact<'a>(call: &'a Call<'_>, names: &Value) -> Result<&'a Contact, ApiError> {
    if let Some(id) = names["intercom_user_id"].as_str() {
        return call.workspace.reachable(id);
    }
    let user_id = names["user_id"].as_str();
    let email = names["email"].as_str();
    if user_id.is_none() && email.is_none() {
        return Err(ApiError::absent("intercom_user_id, user_id or email"));
    }
    let is_it = |contact: &&Contact| match user_id {
        Some(_) => contact.external_id.as_deref() == user_id,
        None => contact.email.as_deref() == email,
    };
    let mut found: Vec<&Contact> = call.workspace.contacts.values().filter(is_it).collect();
    found.sort_by_key(|contact| contact.role == Role::Lead);
    found.first().copied().ok_or_else(ApiError::no_contact)
}

fn attachments(call: &Call<'_>) -> Result<Vec<Value>, ApiError> {
    let list = |name: &str| match &call.body[name] {
        Value::Null => Ok(Vec::new()),
        Value::Array(list) if list.len() <= ATTACHMENTS => Ok(list.clone()),
        Value::Array(_) => Err(ApiError::invalid(format!("{name} holds at most {ATTACHMENTS}"))),
        _ => Err(ApiError::invalid(format!("{name} must be a list"))),
    };
    let files = list("attachment_files")?.into_iter().map(|file| {
        let name = file["name"].as_str().unwrap_or_default().to_owned();
        (name.clone(), format!("https://attachments.example.test/{name}"), file["content_type"].clone())
    });
    let urls = list("attachment_urls")?.into_iter().map(|url| {
        let url = url.as_str().unwrap_or_default().to_owned();
        (url.rsplit('/').next().unwrap_or_default().to_owned(), url, json!("application/octet-stream"))
    });
    Ok(files
        .chain(urls)
        .map(|(name, url, content_type)| {
            json!({ "type": "upload", "name": name, "url": url, "content_type": content_type, "filesize": 1 })
        })
        .collect())
}
