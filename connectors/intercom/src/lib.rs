//! The connector for Intercom: articles, contacts, companies, conversations and tickets in, replies out.
//!
//! One [`Client`] stands for a workspace and its budget of calls; [`source()`] makes the source that imports
//! it, [`channel()`] the channel that answers there, and both share the budget with live traffic first.
//! [`install`] connects a workspace in the first place. Requests are written for version 2.15 of the API;
//! answers are read so loosely that 2.16 does as well. This crate stores nothing, and knows nothing of what
//! becomes of a record or who decides about a reply.
//!
//! Start reading at `client`, then `source` and `channel`; what the wire means is in `map`.

mod channel;
mod client;
mod html;
pub mod install;
mod map;
mod probe;
mod source;
mod wire;

pub use channel::{Config as ChannelConfig, carries, find_delivered};
pub use client::{Client, Connection, Region};
pub use source::{Config as SourceConfig, Progress, progress};

use connector::{Channel, Error, Probe, Source};

/// What to read, from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The workspace.
    pub connection: Connection,
    /// What to read of it.
    pub source: SourceConfig,
}

/// Builds a source with a budget of its own, for where no channel answers beside it. Nothing is read before
/// its first call.
///
/// # Errors
/// Fails when the address, the token or a limit is impossible.
pub fn build(config: Config) -> Result<Box<dyn Source>, Error> {
    source(&Client::new(&config.connection)?, config.source)
}

/// Builds the source of a workspace.
///
/// # Errors
/// Fails when a limit is impossible.
pub fn source(client: &Client, config: SourceConfig) -> Result<Box<dyn Source>, Error> {
    Ok(Box::new(source::Workspace::new(client, config)?))
}

/// Builds the channel of a workspace; its calls go before those of the source.
#[must_use]
pub fn channel(client: &Client, config: ChannelConfig) -> Box<dyn Channel> {
    Box::new(channel::Inbox::new(client, config))
}

/// Builds the probe of a workspace.
#[must_use]
pub fn probe(client: &Client) -> Box<dyn Probe> {
    Box::new(probe::Setting::new(client))
}
