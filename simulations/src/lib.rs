//! Offline replay of past conversations: judging, statistics and the report.
//!
//! A replay asks the responder of live traffic what it would have done at a past moment and records one
//! [`turns::ReplayedTurn`] per question and mask. This crate then compares drafts with what people wrote
//! ([`judge`]), finds out how the real conversation ended ([`human`], [`resolution`]), turns everything into
//! figures with honest margins ([`stats`], [`baseline`], [`summary`]) and writes them down for people and
//! machines ([`report`]). It never answers, searches or sends anything itself, reads no clock, and touches no
//! network. Start reading at [`summary`].

pub mod baseline;
pub mod console;
pub mod eval;
pub mod human;
pub mod judge;
pub mod reading;
pub mod replay;
pub mod report;
pub mod resolution;
pub mod run;
pub mod stats;
pub mod summary;
pub mod told;
pub mod turns;
mod words;
