//! What can go wrong, by what the caller can do about it.

use std::path::PathBuf;

use domain::{TenantId, Timestamp};

/// The command that makes an index anew from the store.
pub(crate) const REBUILD_COMMAND: &str = "backstory index rebuild";

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
    #[error("the {place} was made with {made}, but {wanted} is wanted; run `{REBUILD_COMMAND}`")]
    Mismatch {
        /// Where the index is.
        place: String,
        /// How it was made.
        made: String,
        /// What the caller wants.
        wanted: String,
    },
    /// The index was written by a newer release: use that one.
    #[error(
        "the {place} has schema {schema}, but this release knows up to {known}; use the release \
         that wrote it, or run `{REBUILD_COMMAND}` to make the index anew with this one"
    )]
    Newer {
        /// Where the index is.
        place: String,
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
    /// The server is older than what we need: bring it up to date.
    #[error(
        "the Qdrant server at `{url}` is version {version}, but {needed} or later is needed; update the server"
    )]
    TooOld {
        /// Where it is.
        url: String,
        /// What it says it is.
        version: String,
        /// The oldest version that will do.
        needed: String,
    },
    /// The server did not do what it was asked; what kind of trouble it is says what to do.
    #[error("{operation} in collection `{collection}` of `{url}` failed: {reason}; {}", .trouble.next())]
    Server {
        /// What was asked of it.
        operation: &'static str,
        /// Of which collection.
        collection: String,
        /// Where it is.
        url: String,
        /// What kind of trouble it is.
        trouble: Trouble,
        /// What it said.
        reason: String,
    },
    /// The server answers, but the last change was not made; what it said then.
    #[error("the index can be read, but not written: {0}")]
    Writing(String),
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
        matches!(self, Self::Broken { .. } | Self::Server { trouble: Trouble::Gone, .. })
    }

    /// Reports whether it can be better in a moment, without anybody doing anything here.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let Self::Server { trouble, .. } = self else { return matches!(self, Self::Writing(_)) };
        !matches!(trouble, Trouble::Gone | Trouble::NoCluster | Trouble::Refused)
    }
}

/// What kind of trouble a server is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody is there, or the connection broke.
    Unreachable,
    /// It did not answer in time.
    Slow,
    /// It does not take our key.
    Key,
    /// The collection is not there.
    Gone,
    /// Its disk is full.
    Full,
    /// A limit that its operator has set forbids it.
    Limit,
    /// It took note of a change, and has not made it.
    Unfinished,
    /// It is no cluster, and what was asked for is done by a cluster alone.
    NoCluster,
    /// It refused for a reason of its own.
    Refused,
}

impl Trouble {
    fn next(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "check that the server runs and can be reached from here; this goes on by itself once it answers"
            }
            Self::Slow => "look at the load of the server, or raise `index.timeout_secs`",
            Self::Key => "check `index.api_key`",
            Self::Gone => "whoever serves makes it anew by itself; otherwise run `backstory index rebuild`",
            Self::Full => "make room on the disk of the server; what waits is indexed by itself afterwards",
            Self::Limit => "raise the limit of the collection's strict mode",
            Self::Unfinished => {
                "it is asked for again with the next change; look at the replicas if this stays"
            }
            Self::NoCluster => {
                "`index.large_tenants` needs a cluster: start the server in distributed mode, on one node or more \
                 (`QDRANT__CLUSTER__ENABLED=true`), or leave the list empty"
            }
            Self::Refused => "look at the log of the server",
        }
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
