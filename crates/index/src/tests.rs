//! Tests of the whole crate.

mod contract;
mod corpora;
mod crash;
mod folder;
mod reach;
mod same;
mod server;
pub(crate) mod support;
