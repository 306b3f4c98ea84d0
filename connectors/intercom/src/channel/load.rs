//! Loading a conversation whole.

use std::collections::BTreeMap;

use connector::Error;
use domain::live::{LiveConversation, TicketState};
use domain::record::RawCustomer;
use futures::future::try_join_all;

use crate::client::{Client, Failure};
use crate::map::{live, people};
use crate::wire::{Contact, Conversation, Ticket, loose};

/// Readers that are looked up; a conversation with more of them is for nobody's personal evidence anyway.
const MOST_READERS: usize = 5;
const MOST_TICKETS: usize = 3;

/// Loads a conversation with what Intercom knows of its readers and tickets.
pub(super) async fn whole(client: &Client, id: &str) -> Result<LiveConversation, Error> {
    let conversation = conversation(client, id).await?;
    let mut readers = live::readers(&conversation);
    let unknown = readers.iter().take(MOST_READERS).map(|reader| contact(client, reader));
    let (known, noted): (Vec<RawCustomer>, Vec<BTreeMap<String, String>>) =
        try_join_all(unknown).await?.into_iter().unzip();
    let looked_up = known.len();
    readers.splice(..looked_up, known);
    let noted = if looked_up == readers.len() { common(noted) } else { BTreeMap::new() };
    let ticket = ticket(client, &conversation).await?;
    let private = match conversation.team_assignee_id.as_deref() {
        Some(team) => client.private_inboxes().await?.hold(Some(team)),
        None => false,
    };
    let live = live::conversation(&conversation, readers, ticket);
    live.map(|live| LiveConversation { is_private: private, noted, ..live })
        .map_err(|what| malformed(id, what))
}

/// Loads a conversation as it is, without asking for anything else.
pub(super) async fn bare(client: &Client, id: &str) -> Result<(Conversation, LiveConversation), Error> {
    let conversation = conversation(client, id).await?;
    let readers = live::readers(&conversation);
    let live = live::conversation(&conversation, readers, TicketState::None);
    Ok((conversation, live.map_err(|what| malformed(id, what))?))
}

async fn conversation(client: &Client, id: &str) -> Result<Conversation, Error> {
    let answer = client.get(&["conversations", id], &[("display_as", "plaintext")]).await?;
    loose::as_object(answer).ok_or_else(|| malformed(id, "is no object"))
}

fn malformed(id: &str, what: &str) -> Error {
    Error::Malformed { what: format!("conversation `{id}` {what}") }
}

/// Returns what is noted of all alike.
fn common(noted: Vec<BTreeMap<String, String>>) -> BTreeMap<String, String> {
    let alike = |mut all: BTreeMap<String, String>, one: BTreeMap<String, String>| {
        all.retain(|name, value| one.get(name) == Some(value));
        all
    };
    noted.into_iter().reduce(alike).unwrap_or_default()
}

/// Looks up a reader, with what is noted of it. One that was merged away answers with who stayed, or with nothing: then the little
/// that the conversation says is all there is.
async fn contact(
    client: &Client,
    reader: &RawCustomer,
) -> Result<(RawCustomer, BTreeMap<String, String>), Failure> {
    let as_said = || (reader.clone(), BTreeMap::new());
    let Some(id) = &reader.contact_id else { return Ok(as_said()) };
    let answer = match client.get(&["contacts", id], &[]).await {
        Err(failure) if failure.is_gone() => match &failure.moved_to {
            Some(stayed) => client.get(&["contacts", stayed], &[]).await,
            None => return Ok(as_said()),
        },
        answer => answer,
    };
    match answer {
        Ok(answer) => {
            let contact: Contact = loose::as_object(answer).unwrap_or_default();
            let known = people::customer(&contact);
            let customer = RawCustomer {
                contact_id: known.contact_id.or_else(|| reader.contact_id.clone()),
                account_id: known
                    .account_id
                    .or_else(|| reader.account_id.clone())
                    .filter(|_| people::is_own(known.role)),
                ..known
            };
            Ok((customer, live::texts(contact.custom_attributes.as_ref())))
        }
        Err(failure) if failure.is_gone() || failure.is_forbidden() => Ok(as_said()),
        Err(failure) => Err(failure),
    }
}

/// Says whether a ticket hangs on the conversation. One that cannot be looked at counts as open.
async fn ticket(client: &Client, conversation: &Conversation) -> Result<TicketState, Failure> {
    let mut states = Vec::new();
    states.extend(conversation.ticket.as_ref().map(Ticket::is_resolved));
    let linked = conversation.linked_objects.iter().filter(|object| object.kind.as_deref() == Some("ticket"));
    for id in linked.filter_map(|object| object.id.as_deref()).take(MOST_TICKETS) {
        match client.get(&["tickets", id], &[]).await {
            Ok(answer) => {
                states.push(loose::as_object::<Ticket>(answer).is_some_and(|ticket| ticket.is_resolved()));
            }
            Err(failure) if failure.is_gone() => {}
            Err(failure) if failure.is_forbidden() => states.push(false),
            Err(failure) => return Err(failure),
        }
    }
    Ok(match states.as_slice() {
        [] => TicketState::None,
        states if states.iter().all(|resolved| *resolved) => TicketState::Resolved,
        _ => TicketState::Open,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_of_all_alike_counts() {
        let noted = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let anna = noted(&[("plan", "Plus"), ("region", "EU")]);
        assert_eq!(common(vec![anna.clone()]), anna);
        assert_eq!(
            common(vec![anna, noted(&[("plan", "Basic"), ("region", "EU")])]),
            noted(&[("region", "EU")])
        );
        assert!(common(Vec::new()).is_empty());
    }
}
