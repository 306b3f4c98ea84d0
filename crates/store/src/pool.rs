//! The two databases behind one small face: open, begin to read, begin to write.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use domain::TenantId;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::error::Error;
use crate::tenants;
use crate::tx::Tx;

/// Which database holds the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// A file, or memory in tests.
    Sqlite,
    /// A server.
    Postgres,
}

const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(60);
const READERS: u32 = 4;
const CONNECTIONS: u32 = 10;
/// Distinct statement texts that a connection keeps prepared.
const STATEMENTS: usize = 256;
/// Rows that SQLite's thread reads ahead of whoever asked: all of what a question finds, so that the two do not wake
/// each other for every few rows.
const ROWS_AHEAD: usize = 512;
/// How much of the file readers look at in memory, in bytes, instead of copying each page: a question reads hundreds of
/// pages from all over it.
const MAPPED: &str = "1073741824";

#[derive(Debug, Clone)]
pub(crate) enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

impl Pools {
    pub(crate) async fn open(url: &str) -> Result<Self, Error> {
        if let Some(place) = url.strip_prefix("sqlite:") {
            return if place == ":memory:" || place == "//:memory:" {
                Self::open_memory().await
            } else {
                let path = PathBuf::from(place.strip_prefix("//").unwrap_or(place));
                let shown = path.display().to_string();
                Self::open_file(path, BUSY_TIMEOUT).await.map_err(|source| unavailable(shown, source))
            };
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Self::open_server(url).await;
        }
        let scheme = url.split(':').next().unwrap_or_default();
        Err(Error::Invalid {
            what: format!(
                "`{scheme}` is no kind of database; known are `sqlite:PATH`, `sqlite::memory:` and `postgres://…`"
            ),
        })
    }

    /// Memory lives as long as its one connection, so that connection is never closed for idleness.
    async fn open_memory() -> Result<Self, Error> {
        // By name and not by `in_memory`: that would also keep a copy of the database in memory only.
        let options = SqliteConnectOptions::new().filename(":memory:").foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .acquire_slow_threshold(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await?;
        Ok(Self::Sqlite { writer: pool.clone(), readers: pool })
    }

    pub(crate) async fn open_file(path: PathBuf, busy_timeout: Duration) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(busy_timeout)
            .foreign_keys(true)
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "MEMORY")
            .statement_cache_capacity(STATEMENTS)
            .row_buffer_size(ROWS_AHEAD)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .acquire_slow_threshold(ACQUIRE_TIMEOUT);
        let writer = pool.clone().max_connections(1).connect_with(options.clone()).await?;
        let reading =
            options.pragma("query_only", "ON").pragma("cache_size", "-16384").pragma("mmap_size", MAPPED);
        let readers = pool.max_connections(READERS).connect_lazy_with(reading);
        Ok(Self::Sqlite { writer, readers })
    }

    async fn open_server(url: &str) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|source| unavailable("postgres".to_owned(), source))?
            .statement_cache_capacity(STATEMENTS)
            .application_name("backstory")
            // Statements can be long and tell what is stored; whoever calls logs what fails.
            .disable_statement_logging();
        let database = options.get_database().unwrap_or_default().to_owned();
        let place = format!("postgres://{}:{}/{database}", options.get_host(), options.get_port());
        // The pool would try again and again for a minute where nobody answers.
        match PgConnection::connect_with(&options).await {
            Ok(connection) => connection.close().await?,
            Err(source) => return Err(unavailable(place, source)),
        }
        PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .acquire_slow_threshold(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await
            .map(Self::Postgres)
            .map_err(|source| unavailable(place, source))
    }

    pub(crate) fn backend(&self) -> Backend {
        match self {
            Self::Sqlite { .. } => Backend::Sqlite,
            Self::Postgres(_) => Backend::Postgres,
        }
    }

    /// Begins a transaction that may write. The tenant is handed to Postgres, where row-level security can
    /// ask for it; `None` is for tables that belong to no tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such tenant, or it is being removed: whatever still runs for it ends
    /// here, and leaves nothing behind.
    pub(crate) async fn write(&self, tenant: impl Into<Option<TenantId>>) -> Result<Tx, Error> {
        let tenant = tenant.into();
        let mut tx = self.write_unasked(tenant).await?;
        if let Some(tenant) = tenant {
            tenants::hold(&mut tx, tenant).await?;
        }
        Ok(tx)
    }

    /// As [`Pools::write`], whether or not there is such a tenant: for making and removing one.
    pub(crate) async fn write_unasked(&self, tenant: impl Into<Option<TenantId>>) -> Result<Tx, Error> {
        match self {
            Self::Sqlite { writer, .. } => Ok(Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => Tx::of_tenant(pool.begin().await?, tenant.into()).await,
        }
    }

    /// Begins a transaction that sees one state of the data throughout and writes nothing.
    pub(crate) async fn read(&self, tenant: impl Into<Option<TenantId>>) -> Result<Tx, Error> {
        match self {
            Self::Sqlite { readers, .. } => Ok(Tx::Sqlite(readers.begin().await?)),
            Self::Postgres(pool) => {
                let tx = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
                Tx::of_tenant(tx, tenant.into()).await
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Keeps a refusal that says more than "cannot be opened", and names the place otherwise.
fn unavailable(place: String, source: sqlx::Error) -> Error {
    match Error::from(source) {
        Error::Unavailable { source, .. } | Error::Database { source } => {
            Error::Unavailable { place, source }
        }
        other => other,
    }
}
