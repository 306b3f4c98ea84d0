//! The listing: the ids of everything that pulling from the beginning would hand over.

use connector::{Error, Problem};
use domain::record::{ExternalId, RecordKind};
use serde_json::Value;

use super::catalogue::{Entry, Kind};
use super::walk::{Field, Walk};
use super::{Workspace, closed};
use crate::map::ticket;
use crate::wire::{Conversation, Ticket, loose};

/// Lists of ids need no bodies and come in the largest pages that Intercom gives.
const PER_PAGE: usize = 150;

/// All ids in ascending order, and what could not be looked into.
#[derive(Debug)]
pub(super) struct Everything {
    ids: Vec<ExternalId>,
    pub(super) unseen: Vec<Problem>,
}

impl Everything {
    /// Returns at most `count` ids after `after`, and whether more follow.
    pub(super) fn after(&self, after: Option<&ExternalId>, count: usize) -> (Vec<ExternalId>, bool) {
        let start = after.map_or(0, |after| self.ids.partition_point(|id| id <= after));
        let rest = &self.ids[start..];
        (rest.iter().take(count).cloned().collect(), rest.len() > count)
    }
}

impl Workspace {
    pub(super) async fn everything(&self) -> Result<Everything, Error> {
        let mut all = Everything { ids: Vec::new(), unseen: Vec::new() };
        for kind in Kind::ALL {
            match self.catalogue(kind, false).await? {
                Ok(entries) => {
                    all.ids.extend(entries.iter().filter_map(Entry::id));
                    // A thing that cannot be read is there; only a list that is short hides others.
                    let short = entries.iter().filter_map(|entry| entry.item.as_ref().err());
                    all.unseen.extend(short.filter(|problem| problem.place.starts_with("list of ")).cloned());
                }
                Err(problem) => all.unseen.push(problem),
            }
        }
        let private = self.client.private_inboxes().await?;
        let read = |team: &Option<String>| !private.hold(team.as_deref());
        self.walk("conversations", &mut all, |value| {
            let conversation: Conversation = loose::as_object(value.clone())?;
            conversation.id.filter(|_| read(&conversation.team_assignee_id))
        })
        .await?;
        self.walk("tickets", &mut all, |value| {
            let ticket: Ticket = loose::as_object(value.clone())?;
            let is_listed = ticket::is_of_customer(&ticket) && read(&ticket.team_assignee_id);
            ticket.id.as_deref().filter(|_| is_listed).map(ticket::external_id)
        })
        .await?;
        all.ids.sort();
        all.ids.dedup();
        Ok(all)
    }

    async fn walk(
        &self,
        what: &str,
        all: &mut Everything,
        name: impl Fn(&Value) -> Option<String>,
    ) -> Result<(), Error> {
        let mut walk = Walk::new(Field::CreatedAt, 0);
        loop {
            let stepped = match walk.step(&self.client, what, PER_PAGE).await {
                Ok(stepped) => stepped,
                Err(failure) => {
                    all.unseen.push(closed(what, failure, what == "tickets")?);
                    return Ok(());
                }
            };
            let ids = stepped.items.iter().filter_map(&name);
            all.ids.extend(ids.map(|id| ExternalId { kind: RecordKind::Conversation, id }));
            all.unseen.extend(stepped.short.map(|(_, problem)| problem));
            if stepped.done {
                return Ok(());
            }
        }
    }
}
