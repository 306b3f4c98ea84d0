//! Asks a company's own system for facts about one account.
//!
//! It knows one endpoint and nothing of conversations, readers or answers; whoever calls [`Endpoint::ask`] has made
//! sure that the account has proven who it is. Start reading at [`Config`].

mod config;
mod endpoint;
mod fact;
mod template;

pub use config::{Config, Field, Method, Same};
pub use endpoint::Endpoint;
pub use fact::{Account, Answer, Fact};
