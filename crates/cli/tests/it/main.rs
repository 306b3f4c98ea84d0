//! What the binary says and with which code it ends, on a folder of its own and a model server in this process.

#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

mod bench;

mod identity;
mod ingest;
mod serve;
mod sources;
mod tenants;
