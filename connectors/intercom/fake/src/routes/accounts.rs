//! Who the token is, and who works here.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::gate::Call;
use crate::render;

pub(crate) fn me(call: &mut Call<'_>) -> Result<Value, ApiError> {
    Ok(render::me(call.workspace, call.workspace.admin(call.owner)?))
}

pub(crate) fn admins(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let admins: Vec<Value> = call.workspace.admins.iter().map(render::admin).collect();
    Ok(json!({ "type": "admin.list", "admins": admins }))
}

pub(crate) fn admin(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.workspace.admin(call.path("id")).map(render::admin)
}

pub(crate) fn teams(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let teams: Vec<Value> =
        call.workspace.teams.iter().map(|team| render::team(call.workspace, team)).collect();
    Ok(json!({ "type": "team.list", "teams": teams }))
}

pub(crate) fn team(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let found = call.workspace.teams.iter().find(|team| team.id == call.path("id"));
    let team = found.ok_or_else(|| ApiError::new(404, "team_not_found", "Team not found"))?;
    Ok(render::team(call.workspace, team))
}

/// Nothing here defines attributes beforehand.
pub(crate) fn data_attributes(_: &mut Call<'_>) -> Result<Value, ApiError> {
    Ok(json!({ "type": "list", "data": [] }))
}
