//! What can go wrong, by what the caller can do about it.

use std::path::PathBuf;

use domain::{TenantId, Timestamp};

/// The command that makes an index anew from the store.
pub(crate) const REBUILD_COMMAND: &str = "backstory ingest --rebuild-index";

/// Why the index did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else has the folder open: wait, or stop the other.
    #[error(
        "the index in `{folder}` is in use by {}{}; stop that process or choose another data folder",
        named(*.pid), begun(*.since)
    )]
    InUse {
        /// The folder of the index.
        folder: PathBuf,
        /// The process that holds it, where it could be read.
        pid: Option<u32>,
        /// Since when it holds it, where that could be read.
        since: Option<Timestamp>,
    },
    /// The index was made in another way than is configured now: rebuild it, or configure as it was.
    #[error("the index in `{folder}` was made with {made}, but {wanted} is wanted; run `{REBUILD_COMMAND}`")]
    Mismatch {
        /// The folder of the index.
        folder: PathBuf,
        /// How it was made.
        made: String,
        /// What the caller wants.
        wanted: String,
    },
    /// The index was written by a newer release: use that one.
    #[error(
        "the index in `{folder}` has schema {schema}, but this release knows up to {known}; use the release \
         that wrote it, or run `{REBUILD_COMMAND}` to make the index anew with this one"
    )]
    Newer {
        /// The folder of the index.
        folder: PathBuf,
        /// The schema it has.
        schema: u64,
        /// The newest schema this release knows.
        known: u64,
    },
    /// The caller handed in something that no index can take: do not repeat it.
    #[error("{0}")]
    Invalid(String),
    /// The disk has too little room left: make room and repeat. Nothing was changed.
    #[error(
        "the disk of `{folder}` has {free_mb} MB left, but the index needs {needed_mb} MB; \
         make room and run the same command again"
    )]
    Full {
        /// The folder of the index.
        folder: PathBuf,
        /// What is left.
        free_mb: u64,
        /// What must be left.
        needed_mb: u64,
    },
    /// What the index holds of this tenant cannot be trusted any more: rebuild the tenant.
    #[error("the index of tenant `{tenant}` is broken ({reason}); run `{REBUILD_COMMAND}`")]
    Broken {
        /// The tenant.
        tenant: TenantId,
        /// What happened.
        reason: String,
    },
    /// A file or folder of the index could not be read or written.
    #[error("cannot {action} `{path}`{}", what_to_do(.source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The engine refused; repeating may help, rebuilding certainly does.
    #[error("the vector engine failed: {0}")]
    Engine(String),
}

impl Error {
    /// Returns a function that wraps what the file system says about `path`.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// Reports whether only a rebuild of the tenant helps.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken { .. })
    }
}

fn what_to_do(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => "; make room and run the same command again",
        _ => "",
    }
}

fn named(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

fn begun(since: Option<Timestamp>) -> String {
    since.map_or_else(String::new, |since| format!(" since {since}"))
}
