//! Whole-system tests: the real parts on a temporary data folder, with a scripted model and a fixed clock.

#![expect(clippy::unwrap_used, reason = "a failing test should panic")]

mod applies;
mod bad_input;
mod crash;
mod duplicates;
mod flow;
mod full_disk;
mod harness;
mod large;
mod laundering;
mod leaks;
mod live;
mod models;
mod odd;
mod on_server;
mod priors;
mod privacy;
mod proof;
mod reranked;
mod sample_answers;
mod sources;
mod tenants;
mod together;
mod votes;
mod walls;
mod withdrawn;
