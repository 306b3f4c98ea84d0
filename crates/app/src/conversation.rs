//! The conversation loop: from a customer's message to exactly one outcome.
//!
//! [`App::receive`](crate::App::receive) stores a call and queues one job per conversation;
//! [`App::work`](crate::App::work) takes jobs and runs one `step` for each. A step is
//! load → `triage` → `identify` → `gate` → respond → outbox row → `send` behind the fence → look again for a
//! collision → one outcome with its trace → what became of earlier drafts (`feedback`). [`App::reconcile`](crate::App::reconcile) finds what calls lost.
//!
//! What holds, whatever crashes in between, is written down in `docs/live.md`. In short: nothing leaves us
//! without an outbox row; a row that may have left us is looked for before anything else is written; a
//! message of a customer has at most one standing outcome; nothing is sent into a conversation that is not
//! as it was when the answer was made. Start reading at `step`.

mod answer;
mod collide;
mod compose;
mod connect;
mod desk;
mod feedback;
mod gate;
mod identify;
mod label;
mod need;
mod offer;
mod office;
mod poll;
mod receive;
mod record;
mod refusal;
mod send;
mod shown;
mod step;
mod tend;
mod triage;
mod work;

pub use connect::{Connect, channel_secret_owner};
pub use connector::channel::{Call, Refusal};
pub use office::OfficeHours;
pub use poll::Reconciled;
pub use receive::{Received, Refused};
pub(crate) use refusal::refusal;
pub(crate) use tend::rest;
pub use work::Worked;
pub(crate) use work::wait;

/// The kind of the jobs that look at a conversation.
pub const JOB: &str = "conversation";
/// The kind of the jobs that read an account anew.
pub const READ: &str = "read";
