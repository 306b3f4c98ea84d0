//! How the server is reached, and how its collection is made.

use std::fmt;
use std::time::Duration;

use domain::TenantId;
use serde::Deserialize;

use super::keys;
use crate::error::Error;

/// A key that never shows in a log line, an error or a debug print.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself, for the one place that sends it; nothing where it is empty.
    pub(super) fn reveal(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.clone())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Whether what is sent may be read on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// The address must begin with `https://`, unless the server is on this machine.
    #[default]
    Required,
    /// `http://` is taken for every address, as within a network that only we use.
    Optional,
}

/// How vectors are made smaller for the first look; the whole ones are always kept and have the last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantisation {
    /// Not at all.
    #[default]
    None,
    /// One byte a number, held in memory.
    Scalar,
    /// One bit a number, held in memory; for models of many dimensions.
    Binary,
}

/// A Qdrant server, and how our collection there is made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The gRPC address, such as `https://qdrant.example.com:6334`.
    pub url: String,
    /// The key that the server asks for; empty for none.
    #[serde(default)]
    pub api_key: Secret,
    /// Whether the address must be one of TLS.
    #[serde(default)]
    pub tls: Tls,
    /// After how many seconds a call counts as failed, and the server gives it up too.
    #[serde(default = "usual::timeout_secs")]
    pub timeout_secs: u32,
    /// The name by which everything is asked: an alias of the collection that counts, which is called the same
    /// with a number behind.
    #[serde(default = "usual::collection")]
    pub collection: String,
    /// Among how many shards a new collection is divided; nothing for as many as the server has nodes. With large
    /// tenants, among how many the points of each shard key are; nothing for one.
    #[serde(default)]
    pub shards: Option<u32>,
    /// The names of tenants that get shards of their own in a new collection; all others share some. Where none is
    /// named, shards are divided by the ids of points.
    #[serde(default)]
    pub large_tenants: Vec<String>,
    /// On how many nodes each shard of a new collection lies.
    #[serde(default = "usual::one")]
    pub replication_factor: u32,
    /// On how many of those a change must be made before it counts as made.
    #[serde(default = "usual::one")]
    pub write_consistency: u32,
    /// Whether vectors of a new collection are read from the disk instead of being held in memory.
    #[serde(default)]
    pub on_disk: bool,
    /// How vectors of a new collection are made smaller.
    #[serde(default)]
    pub quantisation: Quantisation,
    /// Most bytes of one call that writes.
    #[serde(default = "usual::batch_bytes")]
    pub batch_bytes: usize,
    /// Most points of one call that writes.
    #[serde(default = "usual::batch_points")]
    pub batch_points: usize,
}

mod usual {
    pub(super) fn timeout_secs() -> u32 {
        10
    }

    pub(super) fn collection() -> String {
        "backstory".to_owned()
    }

    pub(super) fn one() -> u32 {
        1
    }

    pub(super) fn batch_bytes() -> usize {
        4 * 1024 * 1024
    }

    pub(super) fn batch_points() -> usize {
        256
    }
}

impl Config {
    /// Returns the usual settings for a server at `url`.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            api_key: Secret::default(),
            tls: Tls::default(),
            timeout_secs: usual::timeout_secs(),
            collection: usual::collection(),
            shards: None,
            large_tenants: Vec::new(),
            replication_factor: usual::one(),
            write_consistency: usual::one(),
            on_disk: false,
            quantisation: Quantisation::default(),
            batch_bytes: usual::batch_bytes(),
            batch_points: usual::batch_points(),
        }
    }

    /// Checks what a type alone cannot say.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the key, the value and what is allowed.
    pub fn check(&self) -> Result<(), Error> {
        let (url, name) = (&self.url, &self.collection);
        let host = url.split_once("://").map_or("", |(_, rest)| rest);
        let is_here = ["localhost", "127.", "[::1]"].iter().any(|here| host.starts_with(here));
        let is_sealed = url.starts_with("https://");
        let is_open = url.starts_with("http://") && (is_here || self.tls == Tls::Optional);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let rules = [
            (
                "url",
                url.clone(),
                (is_sealed || is_open) && !host.is_empty(),
                "an address that begins with https:// (or http:// on this machine, or with `tls = \"optional\"`)",
            ),
            (
                "collection",
                name.clone(),
                !name.is_empty() && name.len() <= 200 && name.chars().all(is_name),
                "letters, digits, `-` and `_`",
            ),
            (
                "timeout_secs",
                self.timeout_secs.to_string(),
                (1..=600).contains(&self.timeout_secs),
                "1 to 600",
            ),
            (
                "shards",
                format!("{:?}", self.shards),
                self.shards.is_none_or(|n| (1..=1_000).contains(&n)),
                "1 to 1000",
            ),
            (
                "large_tenants",
                format!("{:?}", self.large_tenants),
                self.large_tenants.iter().all(|name| !name.trim().is_empty()),
                "names of tenants",
            ),
            (
                "replication_factor",
                self.replication_factor.to_string(),
                (1..=100).contains(&self.replication_factor),
                "1 to 100",
            ),
            (
                "write_consistency",
                self.write_consistency.to_string(),
                (1..=self.replication_factor).contains(&self.write_consistency),
                "1 to the `replication_factor`",
            ),
            (
                "batch_bytes",
                self.batch_bytes.to_string(),
                (65_536..=32 * 1024 * 1024).contains(&self.batch_bytes),
                "65536 to 33554432",
            ),
            (
                "batch_points",
                self.batch_points.to_string(),
                (1..=10_000).contains(&self.batch_points),
                "1 to 10000",
            ),
        ];
        match rules.into_iter().find(|(_, _, holds, _)| !holds) {
            Some((key, value, _, allowed)) => {
                Err(Error::Invalid(format!("`index.{key}` is `{value}`; allowed is {allowed}")))
            }
            None => Ok(()),
        }
    }

    /// Returns the shard keys of a new collection. The shared one comes last, so that a collection which has it has
    /// all.
    pub(super) fn shard_keys(&self) -> impl Iterator<Item = String> {
        let own = self.large_tenants.iter().map(|name| keys::own(TenantId::derive(name)));
        own.chain([keys::SHARED.to_owned()])
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_secs.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_nowhere() {
        let config = Config { api_key: Secret::new("hush-12345"), ..Config::at("https://q:6334") };
        assert!(!format!("{config:?}").contains("hush"));
        assert_eq!(config.api_key.reveal().as_deref(), Some("hush-12345"));
        assert_eq!(Secret::default().reveal(), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_key() {
        let good = Config::at("https://qdrant.example.com:6334");
        good.check().unwrap();
        Config::at("http://127.0.0.1:6334").check().unwrap();
        Config { tls: Tls::Optional, ..Config::at("http://qdrant:6334") }.check().unwrap();
        let bad = [
            ("url", Config::at("http://qdrant:6334")),
            ("url", Config::at("qdrant:6334")),
            ("collection", Config { collection: "a/b".into(), ..good.clone() }),
            ("timeout_secs", Config { timeout_secs: 0, ..good.clone() }),
            ("shards", Config { shards: Some(0), ..good.clone() }),
            ("large_tenants", Config { large_tenants: vec!["acme".into(), " ".into()], ..good.clone() }),
            ("write_consistency", Config { write_consistency: 2, ..good.clone() }),
            ("batch_points", Config { batch_points: 0, ..good.clone() }),
            ("batch_bytes", Config { batch_bytes: 1, ..good }),
        ];
        for (key, config) in bad {
            let error = config.check().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`index.{key}` is ")), "{error}");
        }
    }
}
