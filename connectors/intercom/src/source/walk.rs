//! Going through a search by windows of time.
//!
//! Intercom's lists may shift while they are read, and nothing in a long list tells whether it was read
//! whole. So the time is cut into windows that hold few things; each says how many it holds, is read again
//! when fewer came, and what is still missing after that is named and asked for again in the next round.

use std::collections::BTreeSet;

use connector::Problem;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::{Client, Failure};
use crate::wire::{List, Next, loose};

/// Windows are halved until they hold no more than so many things.
const MOST_IN_WINDOW: u64 = 500;
/// How often a window is read that gave fewer things than it said.
const READINGS: u8 = 3;
/// How often, in later rounds, a gap is read again.
const ROUNDS: u8 = 3;
/// The first window when not everything fits into one: 48 days.
const FIRST_SPAN: i64 = 1 << 22;
const LONGEST_SPAN: i64 = 1 << 31;
/// Nothing is dated after the year 2100; a walk that gets there ends.
const FAR: i64 = 4_102_444_800;

/// By which time things are walked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Field {
    CreatedAt,
    UpdatedAt,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }
}

/// A stretch of time that was not listed whole; both ends in seconds and inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gap {
    field: Field,
    from: i64,
    to: Option<i64>,
    rounds: u8,
}

/// How far a walk is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Walk {
    pub(super) field: Field,
    /// The window, both ends in seconds and inside; open when there is no end.
    pub(super) from: i64,
    to: Option<i64>,
    span: i64,
    /// A place in the list of the window.
    after: Option<String>,
    /// What the window has given.
    got: BTreeSet<String>,
    readings: u8,
    /// The gap that this walk is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gap: Option<Gap>,
    /// How many things were met, and how many there are.
    pub(super) read: u64,
    pub(super) total: Option<u64>,
}

/// What a step of a walk gave.
#[derive(Debug, Default)]
pub(super) struct Stepped {
    pub(super) items: Vec<Value>,
    pub(super) short: Option<(Gap, Problem)>,
    pub(super) done: bool,
}

impl Walk {
    /// Returns the walk through everything from a moment on.
    pub(super) fn new(field: Field, from: i64) -> Self {
        Self {
            field,
            from: from.max(0),
            to: None,
            span: FIRST_SPAN,
            after: None,
            got: BTreeSet::new(),
            readings: 1,
            gap: None,
            read: 0,
            total: None,
        }
    }

    /// Returns the walk through a gap.
    pub(super) fn through(gap: Gap) -> Self {
        let walk = Self::new(gap.field, gap.from);
        Self { to: gap.to, gap: Some(gap), ..walk }
    }

    /// Reads on: some things, or the next window that holds any.
    pub(super) async fn step(
        &mut self,
        client: &Client,
        what: &str,
        per_page: usize,
    ) -> Result<Stepped, Failure> {
        loop {
            let body = self.question(per_page);
            let page = client.list(Method::POST, &[what, "search"], &[], Some(&body)).await?;
            if self.is_fresh() {
                self.total = self.total.or(page.total);
                if page.total.is_some_and(|total| total > MOST_IN_WINDOW) && self.narrow() {
                    continue;
                }
            }
            let stepped = self.take(page, what);
            if stepped.done || stepped.short.is_some() || !stepped.items.is_empty() {
                return Ok(stepped);
            }
        }
    }

    /// Asks one second wider at both ends: the same operator includes the end in one search and not in
    /// another.
    fn question(&self, per_page: usize) -> Value {
        let filter = |operator: &str, value: i64| json!({"field": self.field.name(), "operator": operator, "value": value.to_string()});
        let mut filters = vec![filter(">", (self.from - 1).max(0))];
        filters.extend(self.to.map(|to| filter("<", to + 1)));
        let mut pagination = json!({"per_page": per_page});
        if let Some(after) = &self.after {
            pagination["starting_after"] = json!(after);
        }
        json!({"query": {"operator": "AND", "value": filters}, "pagination": pagination})
    }

    /// Reports whether this walk goes through a gap of an earlier round.
    pub(super) fn is_in_gap(&self) -> bool {
        self.gap.is_some()
    }

    /// Reports whether `gap` was read in this round already and waits for the next one.
    pub(super) fn is_before(&self, gap: &Gap) -> bool {
        self.gap.as_ref().is_some_and(|own| gap.rounds > own.rounds)
    }

    /// Reports whether nothing of the window was read yet.
    fn is_fresh(&self) -> bool {
        self.after.is_none() && self.readings == 1
    }

    /// Makes the window shorter; false when it is a second already.
    fn narrow(&mut self) -> bool {
        if self.gap.is_some() || (self.to.is_some() && self.span == 0) || self.from > FAR {
            return false;
        }
        if self.to.is_some() {
            self.span /= 2;
        }
        self.to = Some(self.from + self.span);
        true
    }

    fn take(&mut self, page: List, what: &str) -> Stepped {
        let mut stepped = Stepped::default();
        let is_empty = page.items.is_empty();
        for item in page.items {
            let key = item.get("id").and_then(loose::as_id).unwrap_or_else(|| nameless(&item));
            let at = item.get(self.field.name()).and_then(loose::as_number);
            if self.got.insert(key) && at.is_none_or(|at| self.holds(at)) {
                stepped.items.push(item);
            }
        }
        self.read += stepped.items.len() as u64;
        match page.next {
            Next::After(after) if !is_empty && self.after.as_ref() != Some(&after) => {
                self.after = Some(after)
            }
            _ => self.end_reading(page.total, what, &mut stepped),
        }
        stepped
    }

    fn holds(&self, at: i64) -> bool {
        at >= self.from && self.to.is_none_or(|to| at <= to)
    }

    fn end_reading(&mut self, total: Option<u64>, what: &str, stepped: &mut Stepped) {
        let got = self.got.len() as u64;
        let total = total.unwrap_or(got);
        self.after = None;
        if got < total && self.readings < READINGS {
            self.readings += 1;
            return;
        }
        if got < total {
            let rounds = self.gap.as_ref().map_or(0, |gap| gap.rounds + 1);
            let gap = Gap { field: self.field, from: self.from, to: self.to, rounds };
            stepped.short = Some((gap, self.problem(got, total, what, rounds)));
        }
        stepped.done = !self.advance(got);
    }

    fn problem(&self, got: u64, total: u64, what: &str, rounds: u8) -> Problem {
        let end = self.to.map_or_else(|| "now".to_owned(), |to| crate::map::moment(to).to_string());
        let place = format!("{what} {} from {} to {end}", self.field.name(), crate::map::moment(self.from));
        let then = if rounds < ROUNDS { "asked for again in the next round" } else { "given up" };
        Problem::skipped(place, format!("lists {got} of the {total} that it counts; {then}"))
    }

    /// Goes to the next window; false when there is none.
    fn advance(&mut self, got: u64) -> bool {
        let Some(to) = self.to.filter(|_| self.gap.is_none()) else { return false };
        self.from = to + 1;
        if got < MOST_IN_WINDOW / 2 {
            self.span = (self.span * 2).clamp(1, LONGEST_SPAN);
        }
        let rest = self.total.unwrap_or(0).saturating_sub(self.read);
        self.to = (rest > MOST_IN_WINDOW && self.from < FAR).then(|| self.from + self.span);
        self.got.clear();
        self.readings = 1;
        true
    }
}

/// Tells things without an id apart, without keeping what they say.
fn nameless(item: &Value) -> String {
    format!("? {}", super::talks::fingerprint(&item.to_string()))
}

impl Gap {
    /// Reports whether asking again is still worth it.
    pub(super) fn is_open(&self) -> bool {
        self.rounds < ROUNDS
    }
}

#[cfg(test)]
mod tests;
