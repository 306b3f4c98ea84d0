//! What the stand-in holds, and what it was told to do wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use qdrant_client::qdrant::{CreateCollection, PayloadSchemaInfo};
use tonic::Status;

use crate::part::Points;
use crate::points::Change;

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) collections: BTreeMap<String, Collection>,
    pub(crate) aliases: BTreeMap<String, String>,
    pub(crate) key: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) slow: Option<Duration>,
    pub(crate) refusal: Option<String>,
    pub(crate) cut_after: Option<usize>,
    /// Whether it is one node without cluster mode.
    pub(crate) alone: bool,
    pub(crate) largest_write: (usize, usize),
}

#[derive(Debug, Default)]
pub(crate) struct Collection {
    pub(crate) made: CreateCollection,
    pub(crate) fields: BTreeMap<String, PayloadSchemaInfo>,
    /// The field that tells tenants apart.
    pub(crate) tenant: Option<String>,
    /// The points, by the names of their shards.
    pub(crate) shards: BTreeMap<String, Points>,
    /// What was taken note of and not made yet, with the shards it is for.
    pub(crate) noted: Vec<(u64, Vec<String>, Change)>,
    /// How many changes were taken; each is the version of what it changed.
    pub(crate) changes: u64,
}

impl State {
    /// Returns the real name of a collection.
    fn named<'a>(&'a self, name: &'a str) -> &'a str {
        self.aliases.get(name).map_or(name, String::as_str)
    }

    pub(crate) fn find(&self, name: &str) -> Result<&Collection, Status> {
        self.collections.get(self.named(name)).ok_or_else(|| not_found(name))
    }

    pub(crate) fn find_mut(&mut self, name: &str) -> Result<&mut Collection, Status> {
        let real = self.named(name).to_owned();
        self.collections.get_mut(&real).ok_or_else(|| not_found(name))
    }

    pub(crate) fn delete(&mut self, name: &str) -> bool {
        let real = self.named(name).to_owned();
        self.aliases.retain(|_, of| *of != real);
        self.collections.remove(&real).is_some()
    }

    pub(crate) fn lead_nowhere(&mut self, alias: &str) {
        let real = self.named(alias).to_owned();
        self.collections.remove(&real);
    }

    pub(crate) fn lose_unwaited(&mut self) {
        for collection in self.collections.values_mut() {
            collection.noted.clear();
        }
    }
}

fn not_found(name: &str) -> Status {
    Status::not_found(format!("Not found: Collection `{name}` doesn't exist!"))
}

pub(crate) fn invalid(what: impl std::fmt::Display) -> Status {
    Status::invalid_argument(format!("Wrong input: {what}"))
}

/// What strict mode answers.
pub(crate) fn exceeded(what: &str, given: usize, most: u64) -> Status {
    invalid(format!(
        "Limit exceeded {given} > {most} for \"{what}\". Help: Reduce the \"{what}\" parameter to or below {most}."
    ))
}
