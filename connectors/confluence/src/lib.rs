//! The connector for Confluence, Cloud and Data Center: pages, blog posts, comments and attachments.
//!
//! A round compares what is there with what was handed over: a full sweep over ids, versions, places, labels
//! and restrictions now and then, and a search for what was modified in between. Who may see a document is
//! decided by the ordered [`Rule`]s of the configuration and capped by restrictions; what is not known is
//! internal. This crate stores nothing and knows nothing of what becomes of a record.
//!
//! Start reading at `source`, then `catalogue` and `rules`; `storage` turns bodies into Markdown,
//! and [`install`] obtains the consent of a user.

mod access;
mod calls;
mod catalogue;
mod client;
mod config;
mod counts;
mod explain;
pub mod install;
mod position;
mod render;
mod rules;
mod source;
mod storage;
mod wire;

use connector::{Error, Source};

pub use config::{Attachments, Auth, Config, Hosting, Restricted};
pub use counts::{Counts, counts};
pub use rules::{Gives, Match, Rule};

/// Builds the source; nothing is read before its first call.
///
/// # Errors
/// Fails when an address, a secret or a limit is impossible.
pub fn build(config: Config) -> Result<Box<dyn Source>, Error> {
    Ok(Box::new(source::Site::new(config)?))
}
