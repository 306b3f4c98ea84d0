//! Every connector, one line each.

pub mod confluence;
pub(crate) mod consent;
pub mod google;
pub mod intercom;
pub mod outside;

use std::path::Path;

pub use connector::Explanation;
use connector::Source;
use domain::Timestamp;
pub use domain::record::RawAudience;

use crate::config::{DefaultAudience, FilesConfig};

/// Makes the source that reads a file or folder.
///
/// # Errors
/// Fails when there is nothing at `path`.
pub fn files(config: FilesConfig, path: &Path, now: Timestamp) -> anyhow::Result<Box<dyn Source>> {
    let default_audience = match config.default_audience {
        DefaultAudience::Internal => RawAudience::Internal,
        DefaultAudience::Public => RawAudience::Public,
    };
    let mut config = files::Config::new(path, now);
    config.default_audience = default_audience;
    Ok(files::build(config)?)
}
