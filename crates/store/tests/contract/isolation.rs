//! What belongs to another tenant does not exist.

use domain::record::{ExternalId, RawCustomer, RecordKind};
use domain::{ChunkId, SubjectId, TenantId, Timestamp, TraceId};
use identity::Identifier;
use identity::identifier::Kind;
use identity::ledger::Entry;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::{Detail, Error, PageWrite, Range, Store};
use uuid::Uuid;

use crate::db::{Db, Place, at, contract, run};
use crate::people::talk;
use crate::samples::{agent, article, conversation, page};

contract!(another_tenant_sees_nothing, a_stranger_is_not_found);

/// Fills the tenant of the test with one of everything.
async fn fill(db: &Db) -> ChunkId {
    let new = article(db.source, "a1", "Text.", at(0));
    let id = new.chunks[0].id;
    let write = PageWrite {
        documents: vec![new],
        conversations: vec![conversation(db.source, "c1", None, at(0))],
        details: vec![Detail {
            hash: 1,
            needed: 3,
            shown_from: None,
            shared_from: Timestamp::OPEN,
            told: Vec::new(),
        }],
        hashes: vec![(ExternalId { kind: RecordKind::Document, id: "a1".to_owned() }, [1; 32])],
        ..PageWrite::default()
    };
    db.save(write, at(0)).await;
    db.store.put_trace(db.tenant, trace(), at(0), &serde_json::json!({ "kept": 1 })).await.unwrap();
    id
}

fn trace() -> TraceId {
    TraceId::from_uuid(Uuid::from_u128(1))
}

fn not_found<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::NotFound { .. })), "{result:?}");
}

async fn another_tenant_sees_nothing(db: Db) {
    let chunk = fill(&db).await;
    let other = Db { tenant: db.store.ensure_tenant("globex", at(0)).await.unwrap(), ..db.clone() };
    let (store, tenant) = (&other.store, other.tenant);
    let loaded = store.load_chunks(&agent(&other, at(0)), &[chunk]).await.unwrap();
    assert_eq!((loaded.chunks.len(), loaded.gone.as_slice()), (0, [chunk].as_slice()));
    assert_eq!(store.load_chunks_unscoped_for_maintenance(tenant, &[chunk]).await.unwrap(), []);
    assert_eq!(store.chunk_states(tenant, None, 10).await.unwrap(), []);
    assert_eq!(store.pending_outbox(tenant, 10).await.unwrap(), []);
    assert_eq!(store.reset_outbox(tenant).await.unwrap(), 0);
    assert_eq!(store.list_conversations(tenant, Range::ALL, None, 10).await.unwrap(), []);
    assert_eq!(store.list_sources(tenant).await.unwrap(), []);
    assert_eq!(store.counts(tenant).await.unwrap(), store::Counts::default());
    assert!(store.details(tenant, &[1]).await.unwrap().is_empty());
    assert!(store.content_hashes(tenant, db.source).await.unwrap().is_empty());
    let id = domain::ConversationId::derive(db.source, "c1");
    not_found(&store.conversation(tenant, id).await);
    not_found(&store.trace(tenant, trace()).await);
    not_found(&store.cursor(tenant, db.source).await);
    not_found(&store.save_page(tenant, db.source, PageWrite::default(), at(0)).await);
    // Numbers of another tenant's outbox mean nothing.
    let seqs: Vec<i64> = (0..10).collect();
    store.outbox_done(tenant, &seqs).await.unwrap();
    assert_eq!(store.outbox_len(db.tenant).await.unwrap(), 1);
    // And the owner still has everything.
    assert_eq!(store.conversation(db.tenant, id).await.unwrap().turns.len(), 2);
    assert_eq!(store.trace(db.tenant, trace()).await.unwrap(), (at(0), serde_json::json!({ "kept": 1 })));
    assert_eq!(store.list_tenants().await.unwrap().len(), 2);
}

async fn a_stranger_is_not_found(db: Db) {
    let stranger = TenantId::derive("nobody");
    not_found(&db.store.outbox_position(stranger).await);
    not_found(&db.store.reset_outbox(stranger).await);
    not_found(&db.store.put_trace(stranger, trace(), at(0), &serde_json::Value::Null).await);
    not_found(&db.store.ensure_source(stranger, ("files", "/"), "Files", at(0)).await);
}

/// With row-level security forced and an ordinary role, everything still works: each call says in its
/// transaction for whom it is made.
#[test]
fn every_call_names_its_tenant_to_the_server() {
    run(Place::Postgres, under_row_level_security);
}

async fn under_row_level_security(db: Db) {
    fill(&db).await;
    let role = format!("backstory_test_role_{}", std::process::id());
    let mut admin = PgConnection::connect(&db.url).await.unwrap();
    let setup = format!(
        "CREATE ROLE {role} LOGIN;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
         DO $$ DECLARE name TEXT; BEGIN
             FOR name IN SELECT table_name FROM information_schema.columns
                 WHERE table_schema = 'public' AND column_name = 'tenant' AND table_name NOT IN ('jobs', 'channel_accounts')
                     LOOP
                 EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
                 EXECUTE format('CREATE POLICY own ON %I USING
                     (tenant = decode(current_setting(''backstory.tenant'', true), ''hex''))', name);
             END LOOP;
         END $$;"
    );
    sqlx::raw_sql(AssertSqlSafe(setup)).execute(&mut admin).await.unwrap();
    let (_, place) = db.url.split_once('@').unwrap();
    let url = format!("postgres://{role}@{place}");
    // The security holds: without a tenant there is nothing to see.
    let mut bare = PgConnection::connect(&url).await.unwrap();
    let seen: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM chunks").fetch_one(&mut bare).await.unwrap();
    assert_eq!(seen, 0);
    bare.close().await.unwrap();

    let limited = Db { store: Store::open(&url).await.unwrap(), ..db.clone() };
    everything(&limited).await;
    limited.store.close().await;
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut admin).await.unwrap();
}

/// Calls everything that belongs to a tenant.
async fn everything(db: &Db) {
    let (store, tenant) = (&db.store, db.tenant);
    assert_eq!(store.counts(tenant).await.unwrap().chunks, 1);
    db.save(page(vec![article(db.source, "a1", "New.", at(5))]), at(5)).await;
    assert_eq!(db.seen_by(&agent(db, at(5))).await, ["New."]);
    assert_eq!(db.drain().await.len(), 2);
    assert_eq!(store.reset_outbox(tenant).await.unwrap(), 2);
    assert_eq!(store.content_hashes(tenant, db.source).await.unwrap().len(), 1);
    assert_eq!(store.list_sources(tenant).await.unwrap().len(), 1);
    assert_eq!(store.article_states(tenant).await.unwrap().len(), 1);
    assert_eq!(store.list_conversations(tenant, Range::ALL, None, 10).await.unwrap().len(), 1);
    assert_eq!(store.details(tenant, &[1]).await.unwrap().len(), 1);
    store.put_embeddings(tenant, "m", vec![([1; 32], vec![1.0])]).await.unwrap();
    let subject = SubjectId::derive(db.source, "user_id:u1");
    assert!(store.facts(tenant, &[subject]).await.unwrap().is_empty());
    let email = Identifier::parse(Kind::Email, "anna@shop.test.de").unwrap();
    assert!(store.find_subjects(tenant, &email).await.unwrap().subjects.is_empty());
    store
        .append_ledger(tenant, &[Entry::merged_at_source(db.source, "17", "18", at(5)).unwrap()])
        .await
        .unwrap();
    assert_eq!(store.ledger(tenant).await.unwrap().len(), 1);
    let user = RawCustomer { account_id: Some("u2".to_owned()), ..RawCustomer::default() };
    let seen = talk(db, "c2", &[user], at(5)).await[0];
    assert_eq!(store.accounts_of(tenant, &[seen], at(5)).await.unwrap().len(), 1);
    assert!(store.trace(tenant, trace()).await.is_ok());
    assert!(store.fared(tenant, at(5)).await.unwrap().is_empty());
    assert!(
        store
            .list_feedback(tenant, domain::ConversationId::derive(db.source, "c2"))
            .await
            .unwrap()
            .is_empty()
    );
    let deletions = vec![ExternalId { kind: RecordKind::Conversation, id: "c1".to_owned() }];
    let saved = db.save(PageWrite { deletions, ..PageWrite::default() }, at(6)).await;
    assert_eq!(saved.conversations_removed, 1);
}
