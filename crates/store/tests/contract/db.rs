//! A database of its own for each test, gone when the test is over.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::{SourceId, TenantId, Timestamp};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::Store;

/// The moment at which every test begins.
pub(crate) const NOW: i64 = 1_750_000_000_000;

/// Returns the moment `millis` after the beginning of the test.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(NOW + millis)
}

/// What a test works on.
#[derive(Clone)]
pub(crate) struct Db {
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) tenant: TenantId,
    pub(crate) source: SourceId,
}

/// Where a contract is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Memory,
    File,
    Postgres,
}

/// Makes a test of each of these functions for each kind of database.
macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(#[test] fn $name() { crate::db::run(crate::db::Place::Memory, super::$name); })+
        }
        mod file {
            $(#[test] fn $name() { crate::db::run(crate::db::Place::File, super::$name); })+
        }
        mod postgres {
            $(#[test] fn $name() { crate::db::run(crate::db::Place::Postgres, super::$name); })+
        }
    };
}
pub(crate) use contract;

/// Runs a test on a fresh database with the tenant `acme` and one source.
pub(crate) fn run<F: Future<Output = ()>>(place: Place, test: impl FnOnce(Db) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match place {
        Place::Memory => runtime.block_on(async { test(open("sqlite::memory:").await).await }),
        Place::File => {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}", folder.path().join("store.sqlite").display());
            runtime.block_on(async { test(open(&url).await).await });
        }
        Place::Postgres => {
            let Some(server) = runtime.block_on(server()) else {
                return;
            };
            let name = runtime.block_on(create(&server));
            let url = format!("{server}/{name}");
            let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(async {
                    let db = open(&url).await;
                    let store = db.store.clone();
                    test(db).await;
                    store.close().await;
                });
            }));
            runtime.block_on(remove(&server, &name));
            if let Err(panic) = outcome {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

async fn open(url: &str) -> Db {
    let store = Store::open(url).await.unwrap();
    let tenant = store.ensure_tenant("acme", at(0)).await.unwrap();
    let source = store.ensure_source(tenant, ("files", "/data"), "Files", at(0)).await.unwrap();
    Db { store, url: url.to_owned(), tenant, source }
}

/// Returns the address of a server that answers, without a database, such as `postgres://root@127.0.0.1:5432`.
async fn server() -> Option<String> {
    let configured = variable("BACKSTORY_TEST_POSTGRES");
    let candidates = match &configured {
        Some(url) => vec![url.trim_end_matches('/').to_owned()],
        None => ["postgres", "root"].map(|user| format!("postgres://{user}@127.0.0.1:5432")).to_vec(),
    };
    for candidate in &candidates {
        if PgConnection::connect(&format!("{candidate}/postgres")).await.is_ok() {
            return Some(candidate.clone());
        }
    }
    let required = variable("BACKSTORY_REQUIRE_POSTGRES").is_some_and(|value| value == "1");
    assert!(!required && configured.is_none(), "no Postgres answers at {candidates:?}");
    skip(&candidates);
    None
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests has to see that a part did not run")]
fn skip(candidates: &[String]) {
    eprintln!("skipped: no Postgres answers at {candidates:?}");
}

#[expect(clippy::disallowed_methods, reason = "where the test database is depends on the machine")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

async fn create(server: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("backstory_test_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    for sql in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    name
}

async fn remove(server: &str, name: &str) {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    let sql = format!("DROP DATABASE {name} WITH (FORCE)");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
}
