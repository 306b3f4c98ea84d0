//! The shards of a collection: those that all points share, or those of each shard key.

use qdrant_client::qdrant::shard_key::Key;
use qdrant_client::qdrant::{CreateCollection, ShardKey, ShardKeySelector, ShardingMethod};
use tonic::Status;

use crate::part::Points;
use crate::state::{Collection, invalid};

/// The name of the shards of a collection without shard keys.
pub(crate) const UNNAMED: &str = "";

fn word(key: &ShardKey) -> String {
    match &key.key {
        Some(Key::Keyword(word)) => word.clone(),
        Some(Key::Number(number)) => number.to_string(),
        None => UNNAMED.to_owned(),
    }
}

/// Returns the shard key of which `name` are the shards, where they have one.
pub(crate) fn key(name: &str) -> Option<ShardKey> {
    (name != UNNAMED).then(|| name.to_owned().into())
}

fn bad(what: impl std::fmt::Display) -> Status {
    Status::invalid_argument(format!("Bad request: {what}"))
}

/// Says that there are shard keys in a cluster alone.
pub(crate) fn no_cluster() -> Status {
    bad("Distributed mode disabled")
}

impl Collection {
    pub(crate) fn new(made: CreateCollection) -> Self {
        let mut collection = Self { made, ..Self::default() };
        if !collection.has_keys() {
            collection.shards.insert(UNNAMED.to_owned(), Points::default());
        }
        collection
    }

    fn has_keys(&self) -> bool {
        self.made.sharding_method() == ShardingMethod::Custom
    }

    /// Returns the shards that a call reads: all of them where it names none.
    pub(crate) fn reads(
        &self,
        selector: Option<&ShardKeySelector>,
    ) -> Result<impl Iterator<Item = (&str, &Points)>, Status> {
        let named = selector.map(|selector| self.named(selector)).transpose()?;
        let shards = self.shards.iter().map(|(name, points)| (name.as_str(), points));
        Ok(shards.filter(move |(name, _)| {
            named.as_ref().is_none_or(|named| named.iter().any(|one| one.as_str() == *name))
        }))
    }

    /// Returns the names of the shards that a call writes.
    pub(crate) fn writes(&self, selector: Option<&ShardKeySelector>) -> Result<Vec<String>, Status> {
        match selector {
            Some(selector) => self.named(selector),
            None if self.has_keys() => Err(invalid("Shard key not specified")),
            None => Ok(vec![UNNAMED.to_owned()]),
        }
    }

    fn named(&self, selector: &ShardKeySelector) -> Result<Vec<String>, Status> {
        let keys: Vec<String> = selector.shard_keys.iter().map(word).collect();
        let missing = keys.iter().find(|key| !self.shards.contains_key(*key));
        match (missing, selector.fallback.as_ref().map(word)) {
            (None, _) => Ok(keys),
            (Some(missing), None) => Err(invalid(format!("Shard key \"{missing}\" not found"))),
            (Some(_), Some(fallback)) if self.shards.contains_key(&fallback) => Ok(vec![fallback]),
            (Some(target), Some(fallback)) => Err(Status::not_found(format!(
                "Not found: Neither target shard key \"{target}\" nor fallback shard key \"{fallback}\" exist"
            ))),
        }
    }

    /// Makes shards for a key; they have the indexes that the collection has.
    pub(crate) fn add_key(&mut self, key: &ShardKey) -> Result<(), Status> {
        let (key, name) = (word(key), &self.made.collection_name);
        if !self.has_keys() {
            return Err(bad("Shard Key cannot be created with Auto sharding method"));
        }
        if self.shards.contains_key(&key) {
            return Err(bad(format!("Sharding key \"{key}\" already exists for collection {name}")));
        }
        let mut points = Points::default();
        if let Some(field) = &self.tenant {
            points.part_by(field)?;
        }
        self.shards.insert(key, points);
        Ok(())
    }

    /// Takes away the shards of a key with all that is in them.
    pub(crate) fn drop_key(&mut self, key: &ShardKey) -> Result<(), Status> {
        let (key, name) = (word(key), &self.made.collection_name);
        match self.shards.remove(&key) {
            Some(_) => Ok(()),
            None => Err(bad(format!("Sharding key \"{key}\" does not exist for collection {name}"))),
        }
    }
}
