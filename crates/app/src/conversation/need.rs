//! What in a conversation still wants an outcome.

use std::collections::BTreeSet;

use domain::live::{LiveConversation, Part, PartKind};
use domain::{Author, Timestamp};
use store::live::Outcome;

/// The messages of customers without an outcome that stands.
#[derive(Debug)]
pub(crate) struct Need<'a> {
    /// Those that nobody has answered, oldest first: what a draft or reply would be about.
    pub(crate) open: Vec<&'a Part>,
    /// Those that somebody has answered meanwhile.
    pub(crate) answered: Vec<&'a Part>,
}

impl<'a> Need<'a> {
    pub(crate) fn of(live: &'a LiveConversation, outcomes: &[Outcome]) -> Self {
        let settled: BTreeSet<&str> = outcomes
            .iter()
            .filter(|outcome| outcome.standing)
            .flat_map(|outcome| outcome.parts.iter().map(String::as_str))
            .collect();
        let unanswered: BTreeSet<&str> = live.unanswered().map(|part| part.id.as_str()).collect();
        let (open, answered) = live
            .parts
            .iter()
            .filter(|part| is_customers(part) && !settled.contains(part.id.as_str()))
            .partition(|part| unanswered.contains(part.id.as_str()));
        Self { open, answered }
    }

    /// Returns when the newest open message was written.
    pub(crate) fn newest_at(&self) -> Option<Timestamp> {
        self.open.iter().map(|part| part.at).max()
    }
}

pub(crate) fn is_customers(part: &Part) -> bool {
    part.kind == PartKind::Message && part.author == Author::Customer
}

/// Returns the newest message of a person of the company, which is not the teammate in whose name we write.
pub(crate) fn newest_human<'a>(live: &'a LiveConversation, teammate: &str) -> Option<&'a Part> {
    live.parts.iter().rev().find(|part| is_human(part, teammate))
}

/// Reports whether a person of the company wrote this to the customer.
pub(crate) fn is_human(part: &Part, teammate: &str) -> bool {
    part.kind == PartKind::Message
        && part.author == Author::Agent
        && part.author_id.as_deref() != Some(teammate)
}

pub(crate) fn ids(parts: &[&Part]) -> Vec<String> {
    parts.iter().map(|part| part.id.clone()).collect()
}
