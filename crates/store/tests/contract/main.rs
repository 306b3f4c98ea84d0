//! The contract of the store, run on SQLite in memory, on a SQLite file and on Postgres.

#![expect(clippy::unwrap_used, reason = "a failing test should panic, in helpers too")]

mod db;
mod samples;

mod access;
mod accounts;
mod connections;
mod conversations;
mod details;
mod embeddings;
mod feedback;
mod isolation;
mod jobs;
mod live;
mod outbox;
mod pages;
mod people;
mod privacy;
mod proof;
mod removal;
mod spending;
mod upkeep;
mod versions;
