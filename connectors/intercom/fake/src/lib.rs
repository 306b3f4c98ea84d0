//! A stateful stand-in for Intercom, for tests.
//!
//! It is an independent reading of the protocol: it knows none of our other crates, so a mistake of the
//! connector is not made here a second time. It keeps the state of workspaces, answers calls in the shapes of
//! the official description of 2.15, sends signed notifications, and goes wrong on demand. It must never know
//! what our product wants; where Intercom is odd, it is odd.
//!
//! Start with [`Fake`]; [`Workspace`] is what a test scripts and reads.

mod calls;
mod clock;
mod error;
mod fake;
mod faults;
mod gate;
mod html;
mod limits;
mod log;
mod pages;
mod render;
mod routes;
mod search;
mod server;
mod shared;
mod state;
mod version;
mod webhooks;
mod wire;

pub use calls::Calls;
pub use clock::Clock;
pub use error::ApiError;
pub use fake::{Deliver, Fake, Options};
pub use faults::Fault;
pub use log::Request;
pub use state::{
    Admin, AppliedTag, Article, Assignee, Author, Company, Contact, Conversation, InternalArticle, Merge,
    Merged, MergedAuthors, NewContact, Note, NotifiedParts, Opening, Part, Quirks, Rating, Reply, ReplyKind,
    Role, Shape, Source, State, Statistics, Tag, Team, Ticket, TicketPart, TicketState, Translation, Visitor,
    Workspace,
};
pub use version::Version;
pub use webhooks::{Attempt, Notification, Outcome, signature};
