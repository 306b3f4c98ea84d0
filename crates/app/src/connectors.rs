//! Every connector, one line each.

pub mod intercom;

use std::path::Path;

use connector::Source;
use domain::Timestamp;
use domain::record::RawAudience;

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
