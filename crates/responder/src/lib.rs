//! From a customer's turn to a decision: answer, ask, hand off, or stay silent.
//!
//! `Turn → Question → Evidence → Draft → Decision`, each its own type. This crate searches and calls models
//! through others; it writes nothing, reads no clock and touches no channel. The last step, [`decide`], is a
//! pure function. Start reading at [`respond`].

pub mod asks;
pub mod checks;
mod clarify;
pub mod conflict;
pub mod decide;
pub mod extract;
#[cfg(test)]
mod fixture;
pub mod lookups;
mod negation;
mod passage;
pub mod respond;
pub mod sentences;
pub mod triage;
pub mod understand;
mod visible;
pub mod voice;
pub mod write;

pub use lookups::{LookedUp, Lookups};
pub use respond::{Answering, Config, Error, Responder, Response};
pub use understand::{Incoming, Understood};
pub use voice::{FormOfAddress, Voice};
pub use write::{Drafting, Writer, Writers};
