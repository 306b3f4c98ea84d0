//! The connector for files: articles and past conversations in a folder.
//!
//! It reads Markdown, HTML and JSON Lines, plain or gzipped, and translates them into records; see the
//! README for the exact formats. It never writes, never reads the clock and knows nothing of what becomes of
//! a record. Everything that stands in a file is data and may be wrong: a bad line is a problem with a place,
//! never the end of the file.
//!
//! Start reading at `source`, then `reader`.

mod article;
mod catalogue;
mod conversation;
mod html;
mod lines;
mod loose;
mod position;
mod reader;
mod round;
mod row;
mod scan;
mod source;
mod text;

use std::path::PathBuf;

use connector::{Error, Source};
use domain::Timestamp;
use domain::record::RawAudience;

/// What to read, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// A folder, read with everything in it, or a single file.
    pub path: PathBuf,
    /// Who may see an article that does not say so itself.
    pub default_audience: RawAudience,
    /// The present: what claims to be written more than a day later is refused until then.
    pub now: Timestamp,
    /// The largest article, and the longest line of JSON Lines, that is read; larger ones are problems.
    pub max_record_bytes: u64,
    /// The largest number of messages in a conversation; longer ones are problems.
    pub max_turns: usize,
    /// The largest number of records and problems on a page.
    pub page_records: usize,
    /// The number of bytes after which a page ends; a page holds at least one record, however large.
    pub page_bytes: u64,
}

impl Config {
    /// Returns the usual configuration: articles are internal unless they say otherwise, an article or line
    /// may have 64 MiB, a conversation 100,000 messages, and a page 500 records or 8 MiB.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, now: Timestamp) -> Self {
        Self {
            path: path.into(),
            default_audience: RawAudience::Internal,
            now,
            max_record_bytes: 64 << 20,
            max_turns: 100_000,
            page_records: 500,
            page_bytes: 8 << 20,
        }
    }
}

/// Builds the source; nothing is read before its first call.
///
/// # Errors
/// Fails when a limit is 0.
pub fn build(config: Config) -> Result<Box<dyn Source>, Error> {
    let limits = [
        ("max_record_bytes", config.max_record_bytes == 0),
        ("max_turns", config.max_turns == 0),
        ("page_records", config.page_records == 0),
        ("page_bytes", config.page_bytes == 0),
    ];
    match limits.into_iter().find(|(_, is_zero)| *is_zero) {
        Some((key, _)) => {
            Err(Error::GiveUp { what: format!("`{key}` is 0; it must be at least 1"), source: None })
        }
        None => Ok(Box::new(source::Files::new(config))),
    }
}
