//! Conversations: whole, as items of lists, and as notifications carry them.

use serde_json::{Value, json};

use super::{author, company, contact_reference, known, number, tag_by_id};
use crate::html;
use crate::state::{AppliedTag, Conversation, NotifiedParts, Part, Statistics, Workspace};

/// Returns how many parts a conversation shows at most; older ones are left out.
pub(crate) const fn part_limit() -> usize {
    500
}

pub(crate) fn applied_tag(workspace: &Workspace, applied: &AppliedTag) -> Value {
    let mut tag = tag_by_id(workspace, &applied.id);
    tag["applied_at"] = json!(applied.at);
    tag["applied_by"] = json!({ "type": "admin", "id": applied.by });
    tag
}

/// A conversation as lists show it: without its parts.
pub(crate) fn conversation_item(workspace: &Workspace, conversation: &Conversation) -> Value {
    let contacts: Vec<Value> =
        conversation.contacts.iter().map(|id| contact_reference(workspace, id)).collect();
    let tags: Vec<Value> = conversation.tags.iter().map(|tag| applied_tag(workspace, tag)).collect();
    let teammates: Vec<Value> =
        conversation.teammates().iter().map(|id| json!({ "type": "admin", "id": id })).collect();
    let first_reply = conversation.statistics.first_contact_reply_at;
    let linked: Vec<Value> =
        conversation.tickets.iter().filter_map(|id| linked_ticket(workspace, id)).collect();
    let source = &conversation.source;
    let mut fields = json!({
        "type": "conversation",
        "id": conversation.id,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "waiting_since": conversation.waiting_since,
        "snoozed_until": conversation.snoozed_until,
        "source": {
            "type": source.kind,
            "id": source.id,
            "delivered_as": source.delivered_as,
            "subject": source.subject,
            "body": source.body,
            "author": author(&source.author),
            "attachments": source.attachments,
            "url": source.url,
            "redacted": source.redacted,
        },
        "contacts": { "type": "contact.list", "contacts": contacts },
        "first_contact_reply": first_reply.map(|at| json!({ "created_at": at, "type": source.kind, "url": null })),
        "admin_assignee_id": conversation.admin_assignee.as_deref().map(number),
        "team_assignee_id": conversation.team_assignee.as_deref().map(number),
        "open": conversation.state != crate::state::State::Closed,
        "state": conversation.state.word(),
        "read": conversation.read,
        "tags": { "type": "tag.list", "tags": tags },
        "priority": if conversation.priority { "priority" } else { "not_priority" },
        "sla_applied": null,
        "statistics": statistics(&conversation.statistics, conversation.parts.len()),
        "conversation_rating": rating(workspace, conversation),
        "teammates": { "type": "admin.list", "teammates": teammates },
        "title": conversation.title,
        "custom_attributes": conversation.custom_attributes,
        "linked_objects": { "type": "list", "data": linked, "total_count": linked.len(), "has_more": false },
        "ai_agent": conversation.ai_agent,
        "ai_agent_participated": conversation.ai_agent.is_some(),
    });
    if let Some(found) = conversation.company.as_ref().and_then(|id| workspace.companies.get(id)) {
        fields["company"] = company(workspace, found);
    }
    fields
}

/// A conversation whole, as far as Intercom shows it.
pub(crate) fn conversation(workspace: &Workspace, conversation: &Conversation) -> Value {
    let cut = conversation.parts.len().saturating_sub(part_limit());
    let mut fields = conversation_item(workspace, conversation);
    fields["conversation_parts"] = parts(conversation.parts[cut..].iter(), conversation.parts.len());
    fields
}

/// A conversation as a notification carries it: bodies are plain text since 2.15.
pub(crate) fn notified_conversation(
    workspace: &Workspace,
    conversation: &Conversation,
    ids: &[String],
) -> Value {
    let all = workspace.quirks.notified_parts == NotifiedParts::All;
    let shown: Vec<&Part> = conversation.parts.iter().filter(|part| all || ids.contains(&part.id)).collect();
    let mut fields = conversation_item(workspace, conversation);
    fields["conversation_parts"] = parts(shown.iter().copied(), shown.len());
    plain_conversation(fields)
}

/// Turns the bodies of a shown conversation into plain text.
pub(crate) fn plain_conversation(mut shown: Value) -> Value {
    let plain = |body: &mut Value| {
        if let Some(text) = body.as_str() {
            *body = Value::from(html::plain(text));
        }
    };
    plain(&mut shown["source"]["body"]);
    if let Some(parts) = shown["conversation_parts"]["conversation_parts"].as_array_mut() {
        parts.iter_mut().for_each(|part| plain(&mut part["body"]));
    }
    shown
}

fn parts<'a>(shown: impl Iterator<Item = &'a Part>, total: usize) -> Value {
    let list: Vec<Value> = shown.map(part).collect();
    json!({ "type": "conversation_part.list", "conversation_parts": list, "total_count": total })
}

fn part(part: &Part) -> Value {
    let assigned_to = part.assigned_to.as_ref().map(|(kind, id)| json!({ "type": kind, "id": id }));
    let metadata = match part.quick_reply_options.is_empty() {
        true => json!({}),
        false => json!({ "quick_reply_options": part.quick_reply_options }),
    };
    json!({
        "type": "conversation_part",
        "id": part.id,
        "part_type": part.part_type,
        "body": part.body,
        "created_at": part.created_at,
        "updated_at": part.created_at,
        "notified_at": part.created_at,
        "assigned_to": assigned_to,
        "author": author(&part.author),
        "attachments": part.attachments,
        "external_id": null,
        "redacted": part.redacted,
        "metadata": metadata,
        "email_message_metadata": part.email_message_metadata,
        "state": part.state.word(),
        "tags": [],
        "event_details": part.event_details,
        "app_package_code": null,
    })
}

fn statistics(counts: &Statistics, parts: usize) -> Value {
    known(json!({
        "type": "conversation_statistics",
        "first_contact_reply_at": counts.first_contact_reply_at,
        "first_assignment_at": counts.first_assignment_at,
        "first_admin_reply_at": counts.first_admin_reply_at,
        "first_close_at": counts.first_close_at,
        "last_assignment_at": counts.last_assignment_at,
        "last_contact_reply_at": counts.last_contact_reply_at,
        "last_admin_reply_at": counts.last_admin_reply_at,
        "last_close_at": counts.last_close_at,
        "last_closed_by_id": counts.last_closed_by_id,
        "count_reopens": counts.count_reopens,
        "count_assignments": counts.count_assignments,
        "count_conversation_parts": parts,
    }))
}

fn rating(workspace: &Workspace, conversation: &Conversation) -> Option<Value> {
    let rating = conversation.rating.as_ref()?;
    Some(json!({
        "rating": rating.rating,
        "remark": rating.remark,
        "created_at": rating.at,
        "updated_at": rating.at,
        "contact": conversation.contacts.first().map(|id| contact_reference(workspace, id)),
        "teammate": { "type": "admin", "id": conversation.admin_assignee },
    }))
}

fn linked_ticket(workspace: &Workspace, id: &str) -> Option<Value> {
    let ticket = workspace.tickets.get(id)?;
    Some(json!({ "type": "ticket", "id": ticket.id, "category": ticket.category }))
}
