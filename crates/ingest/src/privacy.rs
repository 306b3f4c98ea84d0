//! Learned answers: what a past conversation teaches, without anything personal.
//!
//! Everything here is a pure function of its arguments. Start reading at [`learn::Rules`].

mod apart;
mod cues;
pub mod details;
mod free_mail;
pub mod keyed;
pub mod known;
pub mod learn;
mod links;
pub mod mask;
mod patterns;
mod runs;
pub mod sightings;
mod spelled;
mod tokens;
mod ui_words;
mod words;

pub use details::Seen;
pub use keyed::{DetailHash, TenantKey};
pub use known::Known;
pub use learn::{Ending, LearnedAnswer, Observed, Rules};
pub use mask::{Mark, Masked, Reason, quotable};
pub use sightings::{COMPANIES, Contact, Listener, PEOPLE, Sightings};

#[cfg(test)]
mod tests;
