//! Live conversations: who is connected, what came in, what was decided, what is on its way out.
//!
//! Three rules are kept by keys and not by good will. A delivery is stored once for its account. A part of a
//! conversation is covered by at most one thing that was written or is on its way ([`Outgoing`]), and by at
//! most one [`Outcome`]. And one thing at a time is on its way into a conversation. Whatever loses against
//! one of these is an [`Error::Conflict`](crate::Error::Conflict) or is left out, and nothing was written.
//!
//! Start reading at [`deliveries`](crate::live::NewDelivery), then [`Outgoing`].

mod accounts;
mod assurance;
mod conversations;
mod deliveries;
mod feedback;
mod outcomes;
mod outgoing;
mod switches;

pub use accounts::{ChannelAccount, Sealed};
pub use assurance::FrozenAssurance;
pub use conversations::{Collision, LiveState, MOST_INBOXES, NewLive};
pub use deliveries::{NewDelivery, Taken, Wake};
pub use feedback::{Fared, Feedback, NewFeedback, Said, Words};
pub use outcomes::{NewOutcome, Outcome};
pub use outgoing::{NewOutgoing, Outgoing, OutgoingKind, OutgoingState, Settled};
pub use switches::{Stop, Switch, SwitchKind, Switches};
