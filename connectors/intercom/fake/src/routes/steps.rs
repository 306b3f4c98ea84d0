//! Closing, snoozing, opening, assigning, and bringing people in.

use serde_json::Value;

use super::conversations::shown;
use super::replies::named_contact;
use crate::error::ApiError;
use crate::gate::Call;
use crate::state::Assignee;

pub(crate) fn parts(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    call.workspace.find_conversation(&id)?;
    let (step, admin) = (call.required("message_type")?, call.required("admin_id")?);
    let body = call.body["body"].as_str();
    match step.as_str() {
        "close" => {
            kind(call, &["admin"])?;
            call.workspace.close(&id, &admin, body)?;
        }
        "snoozed" => {
            let until =
                call.body["snoozed_until"].as_i64().ok_or_else(|| ApiError::absent("snoozed_until"))?;
            call.workspace.snooze(&id, &admin, until)?;
        }
        "open" => call.workspace.open(&id, &admin)?,
        "assignment" => {
            let team = kind(call, &["admin", "team"])? == "team";
            let assignee = match (call.required("assignee_id")?, team) {
                (nobody, false) if nobody == "0" => Assignee::NoAdmin,
                (nobody, true) if nobody == "0" => Assignee::NoTeam,
                (id, false) => Assignee::Admin(id),
                (id, true) => Assignee::Team(id),
            };
            call.workspace.assign(&id, &admin, &assignee, body)?;
        }
        _ => return Err(ApiError::invalid("message_type must be close, snoozed, open or assignment")),
    }
    shown(call, &id)
}

fn kind(call: &Call<'_>, allowed: &[&str]) -> Result<String, ApiError> {
    let kind = call.required("type")?;
    if allowed.contains(&kind.as_str()) { Ok(kind) } else { Err(ApiError::invalid("type is not valid")) }
}

pub(crate) fn attach(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    call.workspace.find_conversation(&id)?;
    let contact = named_contact(call, &call.body["customer"])?.id.clone();
    let admin = call.text("admin_id").unwrap_or_else(|| call.owner.to_owned());
    call.workspace.participate(&id, &admin, &contact, true)?;
    shown(call, &id)
}

pub(crate) fn detach(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (id, contact) = (call.path("id").to_owned(), call.path("contact").to_owned());
    let admin = call.required("admin_id")?;
    call.workspace.participate(&id, &admin, &contact, false)?;
    shown(call, &id)
}
