//! Teammates, teams and the workspace itself.

use serde_json::{Value, json};

use super::number;
use crate::state::{Admin, Team, Workspace};

pub(crate) fn admin(admin: &Admin) -> Value {
    json!({
        "type": "admin",
        "id": admin.id,
        "name": admin.name,
        "email": admin.email,
        "away_mode_enabled": false,
        "away_mode_reassign": false,
        "away_status_reason_id": null,
        "has_inbox_seat": true,
        "team_ids": admin.team_ids.iter().map(|id| number(id)).collect::<Vec<_>>(),
        "team_priority_level": {},
    })
}

pub(crate) fn team(workspace: &Workspace, team: &Team) -> Value {
    let members = workspace.admins.iter().filter(|admin| admin.team_ids.contains(&team.id));
    json!({
        "type": "team",
        "id": team.id,
        "name": team.name,
        "admin_ids": members.map(|admin| number(&admin.id)).collect::<Vec<_>>(),
        "assignment_limit": null,
        "distribution_method": "manual",
    })
}

pub(crate) fn me(workspace: &Workspace, owner: &Admin) -> Value {
    let mut me = admin(owner);
    me["email_verified"] = json!(true);
    me["avatar"] = json!({ "type": "avatar", "image_url": null });
    me["app"] = json!({
        "type": "app",
        "id_code": workspace.id_code,
        "name": workspace.name,
        "region": workspace.region,
        "timezone": workspace.timezone,
        "created_at": workspace.created_at,
        "secure": workspace.identity_verification,
        "identity_verification": workspace.identity_verification,
    });
    me
}
