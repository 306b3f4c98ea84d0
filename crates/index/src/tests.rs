//! Tests of the whole crate.

mod contract;
mod corpora;
mod crash;
mod folder;
mod reach;
mod same;
mod server;
mod shard_keys;
pub(crate) mod support;
