//! The connector for Google Drive: Google Docs with all their tabs, and the text of other files.
//!
//! It reads folders, shared drives and single documents as one user of Google, and says of each document who may
//! see it by rules that the configuration states. It never writes to Drive, and knows nothing of what becomes of
//! a record. Everything it must remember between calls is in the cursor.
//!
//! Start reading at `source`, then `audience` and `markdown`; the calls are in `client` and `auth`. [`push`]
//! keeps channels by which Drive says that something has changed, [`install`] obtains the consent of a user.

mod audience;
mod auth;
mod client;
pub mod install;
mod markdown;
pub mod push;
mod source;
mod wire;

pub use audience::{Outcome, Place, Restricted, Rule, Shared};
pub use auth::Auth;
pub use client::{Connection, Limits, Reach};
pub use source::{Config as SourceConfig, Count, Drive, Root};

use connector::{Error, Source};

/// What to read, from where.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach Google, and as whom.
    pub connection: Connection,
    /// What to read, and who may see it.
    pub source: SourceConfig,
}

/// Builds the source; nothing is read before its first call.
///
/// # Errors
/// Fails when the key, the address, a rule or a limit is impossible.
pub fn build(config: Config) -> Result<Box<dyn Source>, Error> {
    Ok(Box::new(Drive::new(config)?))
}
