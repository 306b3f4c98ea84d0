//! Contacts.

use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::gate::Call;
use crate::pages::{Cursor, numbered};
use crate::render;
use crate::search::{Days, Dialect, Query, contact_field};
use crate::state::{Contact, Merge, Merged, NewContact, Role};
use crate::version::Version;

const PER_PAGE: usize = 50;
const MOST: usize = 150;

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let cursor = Cursor::parse(call.query_number("per_page")?, call.query("starting_after"), PER_PAGE, MOST)?;
    let contacts = call.workspace.contacts.values().filter(|contact| !contact.archived).collect();
    Ok(page(call, &cursor, contacts))
}

pub(crate) fn search(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let query = Query::parse(call.body)?;
    let pagination = &call.body["pagination"];
    let after = pagination["starting_after"].as_str();
    let cursor = Cursor::parse(pagination["per_page"].as_i64(), after, PER_PAGE, MOST)?;
    let dialect = Dialect::Contacts(Days::of(&call.workspace.timezone)?);
    let now = call.workspace.now();
    let known = |contact: &&Contact| !contact.archived && contact.searchable_from <= now;
    let found = query.choose(&dialect, call.workspace.contacts.values().filter(known), contact_field)?;
    Ok(page(call, &cursor, found))
}

fn page(call: &Call<'_>, cursor: &Cursor, contacts: Vec<&Contact>) -> Value {
    let page = cursor.cut(contacts, |contact| (contact.created_at, &contact.id));
    let data: Vec<Value> =
        page.items.iter().map(|contact| render::contact(call.workspace, contact)).collect();
    json!({ "type": "list", "data": data, "total_count": page.total, "pages": page.pages })
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id");
    let contact = call.workspace.reachable(id).map_err(|_| absent(call, |merge| merge.from == id))?;
    Ok(render::contact(call.workspace, contact))
}

/// Says that a contact is not there, or that it was merged into another and where that one is.
fn absent(call: &Call<'_>, is_it: impl Fn(&Merge) -> bool) -> ApiError {
    let told = call.version == Version::V2_16 || call.workspace.quirks.merged == Merged::Gone;
    let merge = call.workspace.merges.iter().find(|merge| told && is_it(merge));
    let Some(canonical) = merge.and_then(|merge| call.workspace.survivor(&merge.from)) else {
        return ApiError::no_contact();
    };
    let message = "This contact has been merged. See the 'Link' header for the canonical contact.";
    let link = Some(format!("</contacts/{canonical}>; rel=\"canonical\""));
    ApiError { link, ..ApiError::new(410, "contact_merged", message) }
}

/// Users only; a lead's made-up id leads nowhere.
pub(crate) fn by_external_id(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let wanted = Some(call.path("id"));
    let is_it = |contact: &&Contact| contact.role == Role::User && contact.external_id.as_deref() == wanted;
    let found = call.workspace.contacts.values().find(is_it);
    let merged = |merge: &Merge| merge.external_id.as_deref() == wanted;
    let contact = found.ok_or_else(|| absent(call, merged))?;
    Ok(render::contact(call.workspace, contact))
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let fields = fields(call)?.clone();
    let text = |name: &str| {
        fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let (external_id, email) = (text("external_id"), text("email"));
    let role = match text("role") {
        Some(word) => Role::of(&word)?,
        None if external_id.is_none() && email.is_none() => {
            return Err(ApiError::absent("email, external_id or role"));
        }
        None => Role::User,
    };
    let new = NewContact { external_id, email, phone: text("phone"), name: text("name") };
    if role == Role::User && new.external_id.is_none() && new.email.is_none() {
        return Err(ApiError::absent("email or external_id"));
    }
    let id = call.workspace.add_contact(role, new)?;
    // The rest is set without a notification of its own.
    let told = call.workspace.events.len();
    let rest: Map<String, Value> = fields
        .into_iter()
        .filter(|(name, _)| !["role", "external_id", "email", "phone", "name"].contains(&name.as_str()))
        .collect();
    call.workspace.update_contact(&id, &rest)?;
    call.workspace.events.truncate(told);
    Ok(render::contact(call.workspace, call.workspace.reachable(&id)?))
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let fields = fields(call)?.clone();
    let id = call.path("id").to_owned();
    call.workspace.update_contact(&id, &fields)?;
    get(call)
}

/// Checks the types that the official description gives to fields.
fn fields<'a>(call: &Call<'a>) -> Result<&'a Map<String, Value>, ApiError> {
    let fields = call.body.as_object().ok_or_else(|| ApiError::absent("body"))?;
    let never_null = ["role", "external_id", "email"];
    for (name, value) in fields {
        let fits = match name.as_str() {
            "role" | "external_id" | "email" | "phone" | "name" | "avatar" => value.is_string(),
            "signed_up_at" | "last_seen_at" => value.is_i64(),
            "owner_id" => value.is_i64() || value.is_string(),
            "unsubscribed_from_emails" => value.is_boolean(),
            "custom_attributes" => value.is_object(),
            _ => true,
        };
        if !fits && (!value.is_null() || never_null.contains(&name.as_str())) {
            return Err(ApiError::invalid(format!("{name} has the wrong type")));
        }
    }
    Ok(fields)
}

pub(crate) fn merge(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let text = |name: &str| call.body[name].as_str().map(str::to_owned).ok_or_else(|| ApiError::absent(name));
    let (from, into) = (text("from")?, text("into")?);
    if call.version == Version::V2_16 && call.body["skip_duplicate_validation"] != json!(true) {
        let (lead, user) = (call.workspace.reachable(&from)?, call.workspace.reachable(&into)?);
        let shared = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        if !shared(&lead.email, &user.email) && !shared(&lead.phone, &user.phone) {
            let message = "contacts must share an email or a phone to be merged";
            return Err(ApiError::new(400, "invalid_merge", message));
        }
    }
    call.workspace.merge(&from, &into)?;
    Ok(render::contact(call.workspace, call.workspace.reachable(&into)?))
}

pub(crate) fn merge_history(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id");
    call.workspace.reachable(id)?;
    let entries: Vec<Value> = call
        .workspace
        .merges
        .iter()
        .filter(|merge| merge.into == id)
        .map(|merge| json!({ "source_contact_id": merge.from, "source_contact_role": "lead", "merged_at": merge.at }))
        .collect();
    Ok(json!({ "type": "list", "data": entries, "total_count": entries.len() }))
}

pub(crate) fn archive(call: &mut Call<'_>) -> Result<Value, ApiError> {
    archived(call, true)
}

pub(crate) fn unarchive(call: &mut Call<'_>) -> Result<Value, ApiError> {
    archived(call, false)
}

fn archived(call: &mut Call<'_>, archived: bool) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    call.workspace.archive_contact(&id, archived)?;
    let mut shown = render::contact_reference(call.workspace, &id);
    shown["archived"] = json!(archived);
    Ok(shown)
}

/// Blocking archives, and closes what the contact had begun.
pub(crate) fn block(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    call.workspace.archive_contact(&id, true)?;
    let theirs: Vec<String> = call
        .workspace
        .conversations
        .values()
        .filter(|conversation| conversation.contacts.contains(&id))
        .map(|conversation| conversation.id.clone())
        .collect();
    let owner = call.owner.to_owned();
    for conversation in theirs {
        call.workspace.close(&conversation, &owner, None)?;
    }
    let mut shown = render::contact_reference(call.workspace, &id);
    shown["blocked"] = json!(true);
    Ok(shown)
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    let gone = call.workspace.delete_contact(&id)?;
    Ok(json!({ "type": "contact", "id": gone.id, "external_id": gone.external_id, "deleted": true }))
}

pub(crate) fn notes(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id");
    let contact = call.workspace.reachable(id)?;
    let page = numbered(
        contact.notes.iter().collect(),
        call.query_number("page")?,
        call.query_number("per_page")?,
        50,
    );
    let data: Vec<Value> = page.items.iter().map(|note| render::note(call.workspace, id, note)).collect();
    Ok(json!({ "type": "list", "data": data, "total_count": page.total, "pages": page.pages }))
}

pub(crate) fn add_note(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (id, body) = (call.path("id").to_owned(), call.required("body")?);
    let admin = call.text("admin_id");
    let note = call.workspace.add_note(&id, &body, admin.as_deref())?;
    Ok(render::note(call.workspace, &id, &note))
}
