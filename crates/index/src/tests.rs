//! Tests of the whole crate.

mod contract;
mod crash;
mod folder;
mod reach;
pub(crate) mod support;
