//! Contacts, visitors and companies.

use serde_json::{Value, json};

use super::{known, tag_by_id};
use crate::state::{Company, Contact, Note, Visitor, Workspace};

/// Ten of a list, and where to find the rest.
fn addressable(contact: &str, what: &str, kind: &str, ids: &[String]) -> Value {
    let url = format!("/contacts/{contact}/{what}");
    let data: Vec<Value> = ids
        .iter()
        .take(10)
        .map(|id| json!({ "type": kind, "id": id, "url": format!("/{what}/{id}") }))
        .collect();
    json!({ "type": "list", "data": data, "url": url, "total_count": ids.len(), "has_more": ids.len() > 10 })
}

pub(crate) fn contact(workspace: &Workspace, contact: &Contact) -> Value {
    let id = &contact.id;
    let notes: Vec<String> = contact.notes.iter().map(|note| note.id.clone()).collect();
    let email = contact.email.clone().unwrap_or_default();
    let domain = email.split_once('@').map(|(_, domain)| domain.to_owned());
    let mut fields = json!({
        "type": "contact",
        "id": id,
        "workspace_id": workspace.id_code,
        "external_id": contact.external_id,
        "role": contact.role.word(),
        "email": email,
        "phone": contact.phone,
        "name": contact.name,
        "avatar": null,
        "owner_id": contact.owner_id,
        "social_profiles": { "type": "list", "data": [] },
        "has_hard_bounced": false,
        "marked_email_as_spam": false,
        "unsubscribed_from_emails": contact.unsubscribed_from_emails,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
        "signed_up_at": contact.signed_up_at,
        "last_seen_at": contact.last_seen_at,
        "last_replied_at": contact.last_replied_at,
        "last_contacted_at": contact.last_contacted_at,
        "last_email_opened_at": null,
        "last_email_clicked_at": null,
        "language_override": contact.language_override,
        "browser": null,
        "browser_version": null,
        "browser_language": null,
        "os": null,
        "location": { "type": "location", "country": null, "region": null, "city": null },
        "custom_attributes": contact.custom_attributes,
        "tags": addressable(id, "tags", "tag", &contact.tags),
        "notes": addressable(id, "notes", "note", &notes),
        "companies": addressable(id, "companies", "company", &contact.companies),
        "opted_out_subscription_types": addressable(id, "subscriptions", "subscription", &[]),
        "opted_in_subscription_types": addressable(id, "subscriptions", "subscription", &[]),
        "referrer": null,
        "enabled_push_messaging": null,
    });
    if let Some(domain) = domain {
        fields["email_domain"] = json!(domain);
    }
    fields
}

pub(crate) fn contact_reference(workspace: &Workspace, id: &str) -> Value {
    let external_id = workspace.contacts.get(id).and_then(|contact| contact.external_id.clone());
    json!({ "type": "contact", "id": id, "external_id": external_id })
}

pub(crate) fn contact_tag(workspace: &Workspace, id: &str, tag: &str) -> Value {
    let shown = workspace.contacts.get(id).map(|found| contact(workspace, found));
    json!({ "type": "contact_tag", "created_at": workspace.now(), "tag": tag_by_id(workspace, tag), "contact": shown })
}

pub(crate) fn note(workspace: &Workspace, contact: &str, note: &Note) -> Value {
    let author = note.admin.as_deref().and_then(|id| workspace.admin(id).ok()).map(super::admin);
    json!({
        "type": "note",
        "id": note.id,
        "created_at": note.created_at,
        "contact": { "type": "contact", "id": contact },
        "author": author,
        "body": note.body,
    })
}

pub(crate) fn company(workspace: &Workspace, company: &Company) -> Value {
    let members =
        workspace.contacts.values().filter(|contact| contact.companies.contains(&company.id)).count();
    let plan = company
        .plan
        .as_ref()
        .map_or_else(|| json!({}), |name| json!({ "type": "plan", "id": "1", "name": name }));
    known(json!({
        "type": "company",
        "company_id": company.company_id,
        "id": company.id,
        "app_id": workspace.id_code,
        "name": company.name,
        "remote_created_at": company.created_at,
        "created_at": company.created_at,
        "updated_at": company.updated_at,
        "monthly_spend": 0,
        "session_count": 0,
        "user_count": members,
        "tags": { "type": "tag.list", "tags": [] },
        "segments": { "type": "segment.list", "segments": [] },
        "plan": plan,
        "custom_attributes": company.custom_attributes,
    }))
}

pub(crate) fn visitor(workspace: &Workspace, visitor: &Visitor) -> Value {
    json!({
        "type": "visitor",
        "id": visitor.id,
        "user_id": visitor.user_id,
        "anonymous": true,
        "email": "",
        "phone": null,
        "name": visitor.name,
        "pseudonym": null,
        "avatar": { "type": "avatar", "image_url": null },
        "app_id": workspace.id_code,
        "companies": { "type": "company.list", "companies": [] },
        "location_data": {},
        "created_at": visitor.created_at,
        "remote_created_at": visitor.created_at,
        "signed_up_at": visitor.created_at,
        "updated_at": visitor.created_at,
        "session_count": 0,
        "social_profiles": { "type": "social_profile.list", "social_profiles": [] },
        "owner_id": null,
        "unsubscribed_from_emails": false,
        "marked_email_as_spam": false,
        "has_hard_bounced": false,
        "tags": { "type": "tag.list", "tags": [] },
        "segments": { "type": "segment.list", "segments": [] },
        "custom_attributes": {},
        "referrer": null,
        "do_not_track": null,
    })
}
