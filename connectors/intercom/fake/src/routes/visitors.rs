//! Visitors.

use serde_json::Value;

use crate::error::ApiError;
use crate::gate::{Call, text_of};
use crate::render;
use crate::state::NewContact;

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user_id = call.query("user_id").ok_or_else(|| ApiError::absent("user_id"))?.to_owned();
    let visitor = call.workspace.visitor(&user_id)?.clone();
    Ok(render::visitor(call.workspace, &visitor))
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let key =
        call.text("id").or_else(|| call.text("user_id")).ok_or_else(|| ApiError::absent("id or user_id"))?;
    let name = call.text("name");
    let visitor = call.workspace.visitor(&key)?;
    visitor.name = name.or_else(|| visitor.name.take());
    let visitor = visitor.clone();
    Ok(render::visitor(call.workspace, &visitor))
}

pub(crate) fn convert(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let kind = call.required("type")?;
    let named = |what: &str, names: [&str; 2]| {
        let found = names.iter().find_map(|name| text_of(&call.body[what][*name]));
        found.ok_or_else(|| ApiError::absent(what))
    };
    let visitor = named("visitor", ["user_id", "id"])?;
    let id = if kind == "lead" {
        call.workspace.visitor_to_lead(&visitor)?
    } else {
        named("user", ["user_id", "id"])?;
        let user = &call.body["user"];
        let (external_id, email) = (text_of(&user["user_id"]), text_of(&user["email"]));
        call.workspace
            .visitor_to_user(&visitor, NewContact { external_id, email, ..NewContact::default() })?
    };
    Ok(render::contact(call.workspace, call.workspace.reachable(&id)?))
}
