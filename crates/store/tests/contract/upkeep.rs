//! Opening, copying and checking a database.

use sqlx::{Connection as _, PgConnection, SqliteConnection};
use store::{Backend, Error, PageWrite, Store};

use crate::db::{Db, Place, at, contract, run};
use crate::samples::{agent, article, conversation, page};

contract!(
    opening_again_finds_everything,
    data_of_a_newer_program_is_refused,
    newer_data_that_this_program_understands_is_opened,
    the_schema_of_both_databases_is_the_same,
    a_sound_database_has_no_findings,
);

/// Runs a statement past the store.
pub(crate) async fn raw(db: &Db, sql: &'static str) {
    if db.store.backend() == Backend::Postgres {
        let mut connection = PgConnection::connect(&db.url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let mut connection = SqliteConnection::connect(&db.url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// Runs a statement past the store that may well be refused.
pub(crate) async fn try_raw(db: &Db, sql: &'static str) -> Result<(), sqlx::Error> {
    if db.store.backend() == Backend::Postgres {
        let mut connection = PgConnection::connect(&db.url).await?;
        sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
    } else {
        let mut connection = SqliteConnection::connect(&db.url).await?;
        sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
    }
}

/// Memory is gone when it is closed, so there is nothing to open again.
pub(crate) fn is_memory(db: &Db) -> bool {
    db.url == "sqlite::memory:"
}

async fn opening_again_finds_everything(db: Db) {
    db.save(page(vec![article(db.source, "a1", "Text.", at(0))]), at(0)).await;
    if is_memory(&db) {
        return;
    }
    db.store.close().await;
    let again = Db { store: Store::open(&db.url).await.unwrap(), ..db };
    assert_eq!(again.store.ensure_tenant("acme", at(9)).await.unwrap(), again.tenant);
    assert_eq!(again.store.list_tenants().await.unwrap()[0].created_at, at(0));
    assert_eq!(again.seen_by(&agent(&again, at(0))).await, ["Text."]);
    again.store.close().await;
}

async fn data_of_a_newer_program_is_refused(db: Db) {
    if is_memory(&db) {
        return;
    }
    raw(&db, "INSERT INTO _migrations (version, name, understood_from) VALUES (9999, 'later', 9999)").await;
    let error = Store::open(&db.url).await.unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 9999, .. }), "{error:?}");
    assert!(error.to_string().contains("use the newer program that wrote it"), "{error}");
}

async fn newer_data_that_this_program_understands_is_opened(db: Db) {
    if is_memory(&db) {
        return;
    }
    raw(&db, "INSERT INTO _migrations (version, name, understood_from) VALUES (9999, 'later', 1)").await;
    Store::open(&db.url).await.unwrap().close().await;
}

async fn the_schema_of_both_databases_is_the_same(db: Db) {
    if db.store.backend() != Backend::Postgres {
        return;
    }
    let mut postgres = PgConnection::connect(&db.url).await.unwrap();
    let there: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT table_name::TEXT, column_name::TEXT, (is_nullable = 'NO')::INT::BIGINT
         FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
    )
    .fetch_all(&mut postgres)
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("store.sqlite").display());
    Store::open(&url).await.unwrap().close().await;
    let mut sqlite = SqliteConnection::connect(&url).await.unwrap();
    let mut here: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT t.name, c.name, c.\"notnull\" FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(&mut sqlite)
    .await
    .unwrap();
    here.sort();
    let mut there = there;
    there.sort();
    assert_eq!(here, there);
}

async fn a_sound_database_has_no_findings(db: Db) {
    db.save(page(vec![article(db.source, "a1", "Text.", at(0))]), at(0)).await;
    assert_eq!(db.store.check_integrity().await.unwrap(), Vec::<String>::new());
    if is_memory(&db) {
        return;
    }
    let conversations = vec![conversation(db.source, "c1", None, at(0))];
    db.save(PageWrite { conversations, ..PageWrite::default() }, at(0)).await;
    raw(&db, "DELETE FROM chunks; DELETE FROM conversations; DELETE FROM versions").await;
    let found = db.store.check_integrity().await.unwrap();
    let expected = [
        "1 outbox rows are about a chunk that does not exist",
        "1 conversations are gone and left turns or readers behind",
        "1 documents have no version that is valid now",
    ];
    assert_eq!(found, expected);
    let error = db.store.pending_outbox(db.tenant, 10).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[test]
fn a_copy_is_made_while_the_database_is_in_use() {
    run(Place::File, copy);
    run(Place::Memory, copy);
}

async fn copy(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it's a copy.sqlite");
    db.save(page(vec![article(db.source, "a1", "Text.", at(0))]), at(0)).await;
    let writing = async {
        for number in 0..20 {
            db.save(page(vec![article(db.source, &format!("b{number}"), "More.", at(0))]), at(0)).await;
        }
    };
    let (copied, ()) = tokio::join!(db.store.backup_to(&path), writing);
    copied.unwrap();
    let url = format!("sqlite:{}", path.display());
    let restored = Db { store: Store::open(&url).await.unwrap(), ..db.clone() };
    assert!(restored.seen_by(&agent(&db, at(0))).await.contains(&"Text.".to_owned()));
    assert_eq!(restored.store.check_integrity().await.unwrap(), Vec::<String>::new());
    restored.store.close().await;
    let refused = db.store.backup_to(&path).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
    // Reading connections that made a copy still cannot write, and writing goes on.
    db.save(page(vec![article(db.source, "a2", "Text.", at(0))]), at(0)).await;
    db.store.close().await;
}

#[test]
fn postgres_is_copied_by_its_own_tools() {
    run(Place::Postgres, async |db| {
        let refused = db.store.backup_to(std::path::Path::new("/nowhere/copy")).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    });
}

#[tokio::test]
async fn what_cannot_be_opened_says_where() {
    for (url, shown) in [
        ("sqlite:/nowhere/at/all.sqlite", "/nowhere/at/all.sqlite"),
        ("postgres://somebody:hunter2@127.0.0.1:1/db", "postgres://127.0.0.1:1/db"),
    ] {
        let error = Store::open(url).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert!(error.to_string().contains(shown), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    let error = Store::open("mysql://root@localhost/db").await.unwrap_err();
    assert!(error.to_string().starts_with("`mysql` is no kind of database"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_as_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    std::fs::write(&path, "this is a text and no database\n".repeat(200)).unwrap();
    let error = Store::open(&format!("sqlite:{}", path.display())).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
}
