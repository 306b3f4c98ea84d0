//! What can go wrong, sorted by what the caller can do.

use sqlx::error::ErrorKind;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else holds the database; the same call may succeed in a moment.
    #[error("the database is busy; try again, or stop the other program that writes to it")]
    Busy {
        /// The driver's error.
        source: sqlx::Error,
    },
    /// There is no room left.
    #[error(
        "the disk that holds the database takes no more data: it is full, or a limit is reached; \
         free some space and run the same command again"
    )]
    Full {
        /// The driver's error.
        source: sqlx::Error,
    },
    /// The data was written by a newer program.
    #[error(
        "the data has schema version {found} and this program knows versions up to {known}; \
         use the newer program that wrote it, or restore a backup from before"
    )]
    NewerSchema {
        /// The version found.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The tenant holds no such thing; that of another tenant counts as absent.
    #[error("{what} does not exist")]
    NotFound {
        /// What was looked for, with its id in backticks.
        what: String,
    },
    /// The call contradicts what is stored: a lease that was lost, a name that is taken.
    #[error("{what}")]
    Conflict {
        /// What contradicts what.
        what: String,
    },
    /// A value that no database may get; the caller has to clean it.
    #[error("{what}")]
    Invalid {
        /// What is wrong with which value.
        what: String,
    },
    /// The database cannot be reached or opened.
    #[error(
        "the database at `{place}` cannot be opened; check that it exists, that it may be written and that it runs"
    )]
    Unavailable {
        /// The place without any password.
        place: String,
        /// The driver's error.
        source: sqlx::Error,
    },
    /// A stored value cannot be read.
    #[error("the database is damaged: {what}; restore a backup")]
    Damaged {
        /// What cannot be read.
        what: String,
    },
    /// Anything else that the database refuses.
    #[error("the database refused a statement")]
    Database {
        /// The driver's error.
        source: sqlx::Error,
    },
}

impl Error {
    pub(crate) fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        Self::NotFound { what: format!("{what} `{id}`") }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    /// Reports whether the same call may succeed later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Full { .. } | Self::Unavailable { .. })
    }
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        match &source {
            sqlx::Error::PoolTimedOut => Self::Busy { source },
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed => {
                Self::Unavailable { place: "the configured address".to_owned(), source }
            }
            sqlx::Error::Database(refusal) => match class(refusal.as_ref()) {
                Class::Busy => Self::Busy { source },
                Class::Full => Self::Full { source },
                Class::Gone => Self::Unavailable { place: "the configured address".to_owned(), source },
                Class::Damaged => Self::damaged(refusal.message()),
                Class::Conflict => Self::Conflict { what: "the row exists already".to_owned() },
                Class::Dangling => Self::NotFound { what: "the thing that a row belongs to".to_owned() },
                Class::Other => Self::Database { source },
            },
            _ => Self::Database { source },
        }
    }
}

enum Class {
    Busy,
    Full,
    Gone,
    Damaged,
    Conflict,
    Dangling,
    Other,
}

/// Extended codes of SQLite for files that cannot become longer: `IOERR_WRITE`, which is what a quota or a limit
/// of the process gives, and `IOERR_SHMSIZE`, which is how a full disk shows in the file beside the log.
const CANNOT_GROW: [u32; 2] = [778, 4874];

/// Sorts a refusal by SQLite's primary result code or the SQLSTATE; the names of constraints are no help,
/// since SQLite does not give them.
fn class(refusal: &dyn sqlx::error::DatabaseError) -> Class {
    match refusal.kind() {
        ErrorKind::UniqueViolation => return Class::Conflict,
        ErrorKind::ForeignKeyViolation => return Class::Dangling,
        _ => {}
    }
    let code = refusal.code().unwrap_or_default();
    if refusal.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        let code = code.parse::<u32>().unwrap_or(0);
        if CANNOT_GROW.contains(&code) {
            return Class::Full;
        }
        // The lowest byte of an extended code is the primary one.
        return match code & 0xff {
            5 | 6 => Class::Busy,
            13 => Class::Full,
            8 | 14 => Class::Gone,
            11 | 26 => Class::Damaged,
            _ => Class::Other,
        };
    }
    match code.as_ref() {
        "55P03" | "40001" | "40P01" | "53300" | "57014" => Class::Busy,
        "53100" | "53200" => Class::Full,
        "57P01" | "57P02" | "57P03" => Class::Gone,
        "XX001" | "XX002" => Class::Damaged,
        code if code.starts_with("08") || code.starts_with("28") || code == "3D000" => Class::Gone,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::pool::Pools;
    use crate::sql::params;

    #[tokio::test]
    async fn no_room_is_told_apart() {
        let pools = Pools::open("sqlite::memory:").await.unwrap();
        let mut tx = pools.write(None).await.unwrap();
        tx.script("CREATE TABLE t (x TEXT); PRAGMA max_page_count = 10").await.unwrap();
        let page = "x".repeat(4096);
        let mut written = Ok(0);
        for _ in 0..20 {
            written = tx.execute("INSERT INTO t (x) VALUES ($1)", params![&page]).await;
            if written.is_err() {
                break;
            }
        }
        let error = written.unwrap_err();
        assert!(matches!(error, Error::Full { .. }), "{error:?}");
        assert!(error.to_string().contains("free some space") && error.is_temporary());
    }

    #[tokio::test]
    async fn a_database_that_another_program_writes_to_is_busy_and_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Pools::open_file(folder.path().join("store.sqlite"), Duration::from_millis(1));
        let (one, other) = (open().await.unwrap(), open().await.unwrap());
        let mut writing = one.write(None).await.unwrap();
        writing.script("CREATE TABLE t (x TEXT)").await.unwrap();
        let Err(error) = other.write(None).await else { panic!("two programs write at once") };
        assert!(matches!(error, Error::Busy { .. }), "{error:?}");
        let sql = "SELECT COUNT(*) FROM sqlite_master";
        let mut reading = other.read(None).await.unwrap();
        assert_eq!(reading.one(sql, params![]).await.unwrap().int().unwrap(), 0);
        writing.commit().await.unwrap();
        // One state throughout, the next one afterwards.
        assert_eq!(reading.one(sql, params![]).await.unwrap().int().unwrap(), 0);
        let mut reading = other.read(None).await.unwrap();
        assert_eq!(reading.one(sql, params![]).await.unwrap().int().unwrap(), 1);
    }

    #[tokio::test]
    async fn who_only_reads_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let pools =
            Pools::open_file(folder.path().join("store.sqlite"), Duration::from_millis(1)).await.unwrap();
        let mut tx = pools.read(None).await.unwrap();
        tx.script("CREATE TABLE t (x TEXT)").await.unwrap_err();
    }
}
