//! Conversations and tickets: found by a walk, loaded whole, checked for missing parts.

use connector::{Error, Problem};
use domain::record::{ExternalId, Record, RecordKind};
use domain::text::{hash, hex};
use futures::StreamExt as _;
use serde_json::Value;

use super::position::{Position, Step, Track};
use super::round::Onward;
use super::walk::{Gap, Stepped, Walk};
use super::{Found, Workspace, closed, item};
use crate::client::{Failure, Private};
use crate::map::conversation::{self, MOST_PARTS};
use crate::map::{live, ticket};
use crate::wire::{Conversation, Ticket};

/// Where a problem with the names of teams lies.
const TEAMS: &str = "teams";
/// Conversations that are loaded at a time.
const AT_ONCE: usize = 6;
/// How often, in all, a conversation is loaded of which parts are missing.
const LOADINGS: u8 = 3;

/// A conversation that was asked for.
struct Loaded {
    id: String,
    outcome: Result<Conversation, Problem>,
    gone: bool,
}

impl Workspace {
    /// Loads again what had parts missing in earlier rounds.
    pub(super) async fn again(
        &self,
        after: Option<String>,
        position: &mut Position,
        found: &mut Found,
    ) -> Result<Onward, Error> {
        let waiting = position.again.keys().filter(|id| after.as_ref().is_none_or(|after| *id > after));
        let ids: Vec<String> = waiting.take(self.config.page_records).cloned().collect();
        let Some(last) = ids.last().cloned() else {
            return Ok(Some(Step::Conversations(Self::walk_of(&position.conversations))));
        };
        let private = self.client.private_inboxes().await?;
        for loaded in self.load_all(ids).await? {
            hand_over(loaded, &private, position, found);
        }
        Ok(Some(Step::Again { after: Some(last) }))
    }

    pub(super) async fn conversations(
        &self,
        mut walk: Walk,
        position: &mut Position,
        found: &mut Found,
    ) -> Result<Onward, Error> {
        let per_page = self.config.page_records;
        let stepped = match walk.step(&self.client, "conversations", per_page).await {
            Ok(stepped) => stepped,
            Err(failure) => {
                found.problems.push(closed("conversations", failure, false)?);
                return Ok(Some(Step::Tickets(Self::walk_of(&position.tickets))));
            }
        };
        let Stepped { items, short, done } = stepped;
        let private = self.client.private_inboxes().await?;
        let mut ids = Vec::new();
        for value in items {
            let listed: Conversation = match item("conversations", value) {
                Ok(listed) => listed,
                Err(problem) => {
                    found.problems.push(problem);
                    continue;
                }
            };
            let Some(id) = listed.id.clone() else {
                found.problems.push(Problem::skipped("conversations", "is a conversation without `id`"));
                continue;
            };
            let changed = listed.updated_at.or(listed.created_at).unwrap_or(0);
            let fresh = position.conversations.take(&id, changed, state_of(&listed), position.started);
            if !fresh && !walk.is_in_gap() {
                continue;
            }
            if private.hold(listed.team_assignee_id.as_deref()) {
                leave_out(id, &private, found);
            } else {
                ids.push(id);
            }
        }
        for loaded in self.load_all(ids).await? {
            hand_over(loaded, &private, position, found);
        }
        if let Some(problem) = note_gap(&mut position.conversations, &walk, short, done) {
            found.problems.push(problem);
        }
        if !done {
            return Ok(Some(Step::Conversations(walk)));
        }
        if let Some(next) = next_walk(&mut position.conversations, &walk, position.started) {
            return Ok(Some(Step::Conversations(next)));
        }
        Ok(Some(Step::Tickets(Self::walk_of(&position.tickets))))
    }

    pub(super) async fn tickets(
        &self,
        mut walk: Walk,
        position: &mut Position,
        found: &mut Found,
    ) -> Result<Onward, Error> {
        let stepped = match walk.step(&self.client, "tickets", self.config.page_records).await {
            Ok(stepped) => stepped,
            Err(failure) => {
                found.problems.push(closed("tickets", failure, true)?);
                return Ok(None);
            }
        };
        let private = self.client.private_inboxes().await?;
        for value in stepped.items {
            match item::<Ticket>("tickets", value) {
                Ok(ticket) if private.hold(ticket.team_assignee_id.as_deref()) => {
                    leave_out(ticket::external_id(&ticket.id.unwrap_or_default()), &private, found);
                }
                Ok(ticket) if ticket::is_of_customer(&ticket) => {
                    take_ticket(&ticket, walk.is_in_gap(), position, found);
                }
                Ok(_) => {}
                Err(problem) => found.problems.push(problem),
            }
        }
        if let Some(problem) = note_gap(&mut position.tickets, &walk, stepped.short, stepped.done) {
            found.problems.push(problem);
        }
        if !stepped.done {
            return Ok(Some(Step::Tickets(walk)));
        }
        Ok(next_walk(&mut position.tickets, &walk, position.started).map(Step::Tickets))
    }

    /// Loads conversations, some at a time, in the order of `ids`.
    async fn load_all(&self, ids: Vec<String>) -> Result<Vec<Loaded>, Error> {
        let mut calls = futures::stream::iter(ids).map(|id| self.load_one(id)).buffered(AT_ONCE);
        let mut loaded = Vec::new();
        while let Some(one) = calls.next().await {
            loaded.push(one?);
        }
        Ok(loaded)
    }

    /// Loads a conversation, once more when parts are missing that Intercom could show.
    async fn load_one(&self, id: String) -> Result<Loaded, Failure> {
        let mut outcome = self.fetch(&id).await;
        if let Ok(Ok(first)) = &outcome
            && conversation::missing(first) > 0
            && first.parts().len() < MOST_PARTS
        {
            outcome = self.fetch(&id).await;
        }
        match outcome {
            Ok(outcome) => Ok(Loaded { id, outcome, gone: false }),
            Err(failure) if failure.is_gone() => {
                let outcome = Err(Problem::skipped(format!("conversations/{id}"), "is gone"));
                Ok(Loaded { id, outcome, gone: true })
            }
            Err(failure) if failure.is_unreadable() || failure.is_refused() => {
                let outcome = Err(Problem::skipped(format!("conversations/{id}"), failure.what()));
                Ok(Loaded { id, outcome, gone: false })
            }
            Err(failure) => Err(failure),
        }
    }

    async fn fetch(&self, id: &str) -> Result<Result<Conversation, Problem>, Failure> {
        let answer: Value = self.client.get(&["conversations", id], &[("display_as", "plaintext")]).await?;
        Ok(item(&format!("conversations/{id}"), answer))
    }
}

/// Hands over a conversation, and what is wrong with it.
fn hand_over(loaded: Loaded, private: &Private, position: &mut Position, found: &mut Found) {
    let Loaded { id, outcome, gone } = loaded;
    let tries = position.again.remove(&id).unwrap_or(0) + 1;
    if gone {
        found.records.push(Record::Deleted(ExternalId { kind: RecordKind::Conversation, id }));
        return;
    }
    let place = format!("conversations/{id}");
    let conversation = match outcome {
        Ok(conversation) => conversation,
        Err(problem) => return found.problems.push(problem),
    };
    if private.hold(conversation.team_assignee_id.as_deref()) {
        return leave_out(id, private, found);
    }
    match conversation::record(&conversation) {
        Ok(record) => found.records.push(Record::Conversation(Box::new(record))),
        Err(what) => return found.problems.push(Problem::skipped(place, what)),
    }
    let (missing, shown) = (conversation::missing(&conversation), conversation.parts().len());
    if missing == 0 {
        return;
    }
    let what = if shown >= MOST_PARTS {
        format!("has {missing} parts more than the {shown} newest, which are all that Intercom shows")
    } else if tries < LOADINGS {
        position.again.insert(id, tries);
        format!("shows {shown} parts and counts {missing} more; asked for again in the next round")
    } else {
        format!("shows {shown} parts and counts {missing} more; asked for {tries} times")
    };
    found.problems.push(Problem::kept(place, what));
}

/// Leaves out what lies in an inbox that is not read, also where it lay in another before.
fn leave_out(id: String, private: &Private, found: &mut Found) {
    found.records.push(Record::Deleted(ExternalId { kind: RecordKind::Conversation, id }));
    if let Private::All(why) = private
        && !found.problems.iter().any(|problem| problem.place == TEAMS)
    {
        let what = format!(
            "their names cannot be read ({why}), so what lies in a team's inbox is left out; give the token the right to read teammates, or set `intercom.private_inboxes = []`"
        );
        found.problems.push(Problem::skipped(TEAMS, what));
    }
}

fn take_ticket(ticket: &Ticket, in_gap: bool, position: &mut Position, found: &mut Found) {
    let id = ticket.id.clone().unwrap_or_default();
    let place = format!("tickets/{id}");
    let changed = ticket.updated_at.or(ticket.created_at).unwrap_or(0);
    match ticket::record(ticket) {
        Ok(record) => {
            let fresh =
                position.tickets.take(&id, changed, fingerprint(&format!("{record:?}")), position.started);
            if !fresh && !in_gap {
                return;
            }
            found.records.push(Record::Conversation(Box::new(record)));
            let missing = ticket::missing(ticket);
            if missing > 0 {
                let what = format!("has {missing} parts more than Intercom shows");
                found.problems.push(Problem::kept(place, what));
            }
        }
        Err(what) => found.problems.push(Problem::skipped(place, what)),
    }
}

/// Remembers a stretch that was not listed whole, and forgets the one that has been read again.
fn note_gap(track: &mut Track, walk: &Walk, short: Option<(Gap, Problem)>, done: bool) -> Option<Problem> {
    if done && walk.is_in_gap() && !track.gaps.is_empty() {
        track.gaps.remove(0);
    }
    let (gap, problem) = short?;
    if gap.is_open() {
        track.gaps.push(gap);
    }
    Some(problem)
}

/// Returns what is walked through after a walk: further gaps, then the changes; then the round is over.
fn next_walk(track: &mut Track, walk: &Walk, started: i64) -> Option<Walk> {
    if !walk.is_in_gap() {
        track.finish(started);
        return None;
    }
    // A gap that is still one stands at the end of the list and waits for the next round.
    match track.gaps.first() {
        Some(next) if !walk.is_before(next) => Some(Walk::through(next.clone())),
        _ => Some(Walk::new(super::walk::Field::UpdatedAt, track.since? - super::position::OVERLAP)),
    }
}

/// Returns what tells two states of a listed conversation apart, without what differs in every answer.
fn state_of(listed: &Conversation) -> String {
    let tags: Vec<_> = listed.tags.iter().map(|tag| &tag.name).collect();
    let state = (
        listed.updated_at,
        listed.parts_in_all(),
        live::state(listed),
        live::assignee(listed),
        live::rating(listed),
        tags,
        listed.ai_agent.as_ref().map(|agent| &agent.resolution_state),
        listed.contacts.len(),
    );
    fingerprint(&format!("{state:?}"))
}

/// Returns a short hash of a text.
pub(super) fn fingerprint(text: &str) -> String {
    hex(&hash(&[text.as_bytes()])[..6])
}
