//! A round: articles, companies, contacts, conversations, tickets, page by page.

use connector::{Cursor, Error, Page, Problem};
use domain::record::Record;
use reqwest::Method;
use serde_json::json;

use super::catalogue::{self, Entry, Kind};
use super::position::{OVERLAP, Position, Step};
use super::talks;
use super::walk::{Field, Walk};
use super::{Found, Workspace, closed, item};
use crate::map::people;
use crate::wire::{Contact, Next};

/// How often the list of contacts is read that gave fewer than it counts.
const READINGS: u8 = 2;
/// A day that may have 25 hours, and one more to be sure, in seconds.
const LONG_DAY: i64 = 26 * 3_600;

/// What a step makes of the round: the next step, or its end.
pub(super) type Onward = Option<Step>;

impl Workspace {
    /// Returns the page after a position.
    pub(super) async fn page(&self, mut position: Position) -> Result<Page, Error> {
        let mut step = position.round.take().unwrap_or_else(Position::first);
        let mut found = Found::default();
        loop {
            match self.step(step, &mut position, &mut found).await? {
                Some(next) if found.is_empty() => step = next,
                next => {
                    position.round = next;
                    let more = position.round.is_some();
                    let next: Cursor = position.cursor();
                    return Ok(Page { records: found.records, problems: found.problems, next, more });
                }
            }
        }
    }

    async fn step(&self, step: Step, position: &mut Position, found: &mut Found) -> Result<Onward, Error> {
        match step {
            Step::Contents { kind, after, read } => self.contents((kind, read), after, position, found).await,
            Step::Contacts { after, read, tries } => {
                let listed = Listed { after, read, tries };
                match position.contacts.since {
                    None => self.contacts(listed, position, found).await,
                    Some(since) => self.changed_contacts(since, listed, position, found).await,
                }
            }
            Step::Again { after } => self.again(after, position, found).await,
            Step::Conversations(walk) => self.conversations(walk, position, found).await,
            Step::Tickets(walk) => self.tickets(walk, position, found).await,
        }
    }

    async fn contents(
        &self,
        (kind, read): (Kind, u64),
        after: Option<String>,
        position: &mut Position,
        found: &mut Found,
    ) -> Result<Onward, Error> {
        let onward = kind.next().map_or(Step::Contacts { after: None, read: 0, tries: 0 }, |kind| {
            Step::Contents { kind, after: None, read: 0 }
        });
        let entries = match self.catalogue(kind, after.is_some()).await? {
            Ok(entries) => entries,
            Err(problem) => {
                found.problems.push(problem);
                return Ok(Some(onward));
            }
        };
        let sums = catalogue::sums(&entries);
        let has_changed = |entry: &&Entry| position.contents.get(&entry.bucket) != sums.get(&entry.bucket);
        let rest = entries.iter().filter(|entry| after.as_ref().is_none_or(|after| entry.key > *after));
        let mut changed = rest.filter(has_changed);
        let mut last = None;
        for entry in changed.by_ref().take(self.config.page_records) {
            last = Some(entry.key.clone());
            found.take(entry.item.clone());
        }
        if changed.next().is_some() {
            let read = read + self.config.page_records as u64;
            return Ok(Some(Step::Contents { kind, after: last, read }));
        }
        let prefix = format!("{}/", kind.name());
        position.contents.retain(|bucket, _| !bucket.starts_with(&prefix));
        position.contents.extend(sums);
        Ok(Some(onward))
    }

    /// Reads on in the list of all contacts.
    async fn contacts(
        &self,
        listed: Listed,
        position: &mut Position,
        found: &mut Found,
    ) -> Result<Onward, Error> {
        let per_page = self.config.page_records.to_string();
        let mut query = vec![("per_page", per_page.as_str())];
        query.extend(listed.after.iter().map(|after| ("starting_after", after.as_str())));
        let list = match self.client.list(Method::GET, &["contacts"], &query, None).await {
            Ok(list) => list,
            Err(failure) => {
                found.problems.push(closed("contacts", failure, false)?);
                return Ok(Some(Step::Again { after: None }));
            }
        };
        let read = listed.read + list.items.len() as u64;
        let is_empty = list.items.is_empty();
        for value in list.items {
            self.contact(value, position, found);
        }
        let tries = listed.tries;
        match list.next {
            Next::After(after) if !is_empty && listed.after.as_ref() != Some(&after) => {
                Ok(Some(Step::Contacts { after: Some(after), read, tries }))
            }
            _ => {
                let total = list.total.unwrap_or(read);
                if read < total && tries + 1 < READINGS {
                    return Ok(Some(Step::Contacts { after: None, read: 0, tries: tries + 1 }));
                }
                if read < total {
                    let what = format!(
                        "lists {read} of the {total} that it counts; the others come with their next change"
                    );
                    found.problems.push(Problem::skipped("contacts", what));
                }
                position.contacts.finish(position.started);
                Ok(Some(Step::Again { after: None }))
            }
        }
    }

    /// Reads on in the contacts that have changed. The search matches whole days in the workspace's time
    /// zone, and `>` means from the next day on; so the day before the one that counts is named, with an hour
    /// to spare for the clocks' changing, and what is older is dropped by its full time.
    async fn changed_contacts(
        &self,
        since: i64,
        listed: Listed,
        position: &mut Position,
        found: &mut Found,
    ) -> Result<Onward, Error> {
        let day = since - OVERLAP - LONG_DAY;
        let mut pagination = json!({"per_page": self.config.page_records});
        if let Some(after) = &listed.after {
            pagination["starting_after"] = json!(after);
        }
        let filter = json!({"field": "updated_at", "operator": ">", "value": day.max(0).to_string()});
        let body = json!({"query": {"operator": "AND", "value": [filter]}, "pagination": pagination});
        let list = match self.client.list(Method::POST, &["contacts", "search"], &[], Some(&body)).await {
            Ok(list) => list,
            Err(failure) => {
                found.problems.push(closed("contacts", failure, false)?);
                return Ok(Some(Step::Again { after: None }));
            }
        };
        let read = listed.read + list.items.len() as u64;
        let is_empty = list.items.is_empty();
        for value in list.items {
            self.contact(value, position, found);
        }
        match list.next {
            Next::After(after) if !is_empty && listed.after.as_ref() != Some(&after) => {
                Ok(Some(Step::Contacts { after: Some(after), read, tries: listed.tries }))
            }
            _ => {
                position.contacts.finish(position.started);
                Ok(Some(Step::Again { after: None }))
            }
        }
    }

    /// Hands over a contact unless it was, as it is.
    fn contact(&self, value: serde_json::Value, position: &mut Position, found: &mut Found) {
        let contact: Contact = match item("contacts", value) {
            Ok(contact) => contact,
            Err(problem) => return found.problems.push(problem),
        };
        let id = contact.id.clone().unwrap_or_default();
        match people::seen(&contact) {
            Ok(event) => {
                let changed = event.at.millis() / 1_000;
                let fingerprint = talks::fingerprint(&format!("{event:?}"));
                if position.contacts.take(&id, changed, fingerprint, position.started) {
                    found.records.push(Record::Person(event));
                }
            }
            Err(what) => found.problems.push(Problem::skipped(format!("contacts/{id}"), what)),
        }
    }

    /// Returns the walk through the conversations or tickets of this round: a gap first, else all changes.
    pub(super) fn walk_of(track: &super::position::Track) -> Walk {
        if let Some(gap) = track.gaps.first() {
            return Walk::through(gap.clone());
        }
        match track.since {
            None => Walk::new(Field::CreatedAt, 0),
            Some(since) => Walk::new(Field::UpdatedAt, since - OVERLAP),
        }
    }
}

/// How far the list of contacts is.
struct Listed {
    after: Option<String>,
    read: u64,
    tries: u8,
}
