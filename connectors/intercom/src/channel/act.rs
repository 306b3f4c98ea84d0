//! Doing something that is no message. What is so already is not done again, so that nothing is logged twice.

use connector::Error;
use connector::channel::Action;
use domain::Timestamp;
use domain::live::{Assignee, State};
use reqwest::Method;
use serde_json::{Value, json};

use super::load;
use crate::client::Client;
use crate::map::live;
use crate::wire::{Tag, loose};

pub(super) async fn act(client: &Client, teammate: &str, id: &str, action: &Action) -> Result<(), Error> {
    match action {
        Action::Tag { name } => tag(client, teammate, id, name).await,
        Action::Assign { to } => assign(client, teammate, id, to.as_ref()).await,
        Action::Close => {
            let (conversation, _) = load::bare(client, id).await?;
            if live::state(&conversation) == State::Closed {
                return Ok(());
            }
            part(client, id, json!({"message_type": "close", "type": "admin", "admin_id": teammate})).await
        }
        Action::Snooze { until } => snooze(client, teammate, id, *until).await,
        Action::Attribute { name, value } => {
            let body = json!({"custom_attributes": {name: value}});
            client.put(&["conversations", id], &body).await?;
            Ok(())
        }
        Action::Merge { from, into } => merge(client, from, into).await,
    }
}

async fn part(client: &Client, id: &str, body: Value) -> Result<(), Error> {
    client.post(&["conversations", id, "parts"], &body).await?;
    Ok(())
}

async fn tag(client: &Client, teammate: &str, id: &str, name: &str) -> Result<(), Error> {
    let tags = client.list(Method::GET, &["tags"], &[], None).await?;
    let known = tags.items.into_iter().filter_map(loose::as_object::<Tag>);
    let found = known.into_iter().find(|tag| tag.name.as_deref() == Some(name)).and_then(|tag| tag.id);
    let tag = match found {
        Some(tag) => tag,
        None => {
            let made: Option<Tag> = loose::as_object(client.post(&["tags"], &json!({"name": name})).await?);
            made.and_then(|tag| tag.id).ok_or_else(|| Error::Malformed {
                what: "the answer of Intercom to `POST /tags` names no tag".to_owned(),
            })?
        }
    };
    client.post(&["conversations", id, "tags"], &json!({"id": tag, "admin_id": teammate})).await?;
    Ok(())
}

async fn assign(client: &Client, teammate: &str, id: &str, to: Option<&Assignee>) -> Result<(), Error> {
    let (conversation, _) = load::bare(client, id).await?;
    let (kind, assignee) = match to {
        Some(Assignee::Agent(agent)) => ("admin", agent.as_str()),
        Some(Assignee::Team(team)) => ("team", team.as_str()),
        None => ("admin", "0"),
    };
    let (agent, team) = (conversation.admin_assignee_id.as_deref(), conversation.team_assignee_id.as_deref());
    let is_so = match to {
        Some(Assignee::Agent(wanted)) => agent == Some(wanted),
        // A team is to answer only when no teammate is.
        Some(Assignee::Team(wanted)) => team == Some(wanted) && agent.is_none(),
        None => agent.is_none() && team.is_none(),
    };
    if is_so {
        return Ok(());
    }
    let body =
        json!({"message_type": "assignment", "type": kind, "admin_id": teammate, "assignee_id": assignee});
    part(client, id, body).await
}

async fn snooze(client: &Client, teammate: &str, id: &str, until: Timestamp) -> Result<(), Error> {
    let until = until.millis() / 1_000;
    let (conversation, _) = load::bare(client, id).await?;
    if live::state(&conversation) == State::Snoozed && conversation.snoozed_until == Some(until) {
        return Ok(());
    }
    part(client, id, json!({"message_type": "snoozed", "admin_id": teammate, "snoozed_until": until})).await
}

/// Merges a lead into a user. A lead that is gone while the user is there was merged before.
async fn merge(client: &Client, from: &str, into: &str) -> Result<(), Error> {
    match client.post(&["contacts", "merge"], &json!({"from": from, "into": into})).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_gone() => {
            let lead = client.get(&["contacts", from], &[]).await;
            if lead.is_err_and(|failure| failure.is_gone()) {
                client.get(&["contacts", into], &[]).await?;
                return Ok(());
            }
            Err(failure.into())
        }
        Err(failure) => Err(failure.into()),
    }
}
