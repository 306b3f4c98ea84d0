//! A company that leaves: nothing of it stays, nothing of others goes, and whoever still works for it is refused.

use std::collections::{BTreeSet, HashSet};

use domain::text::hash;
use domain::{JobId, KeyId, Timestamp, TraceId};
use store::access::ApiKey;
use store::embeddings::SweptTo;
use store::removal::Place;
use store::{Detail, Error, Left, NewAudit, NewJob, PageWrite};
use uuid::Uuid;

use crate::db::{Db, at, contract};
use crate::samples::{article, conversation, page};
use crate::upkeep::{is_memory, raw};

contract!(
    a_removed_tenant_is_in_no_table_and_others_are_as_they_were,
    what_is_left_is_found_in_whatever_table_it_is,
    while_it_is_removed_nobody_writes_for_it_and_it_is_in_no_list,
    broken_off_at_any_point_the_removal_goes_on,
    many_rows_go_in_pieces,
    a_name_can_be_used_again_and_is_newer_than_its_removal,
    vectors_go_with_the_last_text_they_are_of,
    of_a_stranger_nothing_can_be_removed,
);

/// A row for each source in every table that names a tenant; the id of the source stands for every other id.
const ONE_OF_EVERYTHING: &str = "
    INSERT INTO items (tenant, source, kind, external_id, hash, read_at) SELECT tenant, id, 'document', 'x', id, 1 FROM sources;
    INSERT INTO conversations (tenant, id, source, external_id, channel, language, created_at, tags, status, weight)
        SELECT tenant, id, id, 'c', 'messenger', 'en', 1, '[]', 'solved', 1.0 FROM sources;
    INSERT INTO conversation_readers (tenant, conversation, position, subject) SELECT tenant, id, 0, id FROM sources;
    INSERT INTO turns (tenant, conversation, position, author, at, text, cites) SELECT tenant, id, 0, 'customer', 1, 't', '[]' FROM sources;
    INSERT INTO documents (tenant, id, source, kind, external_id) SELECT tenant, id, id, 'article', 'x' FROM sources;
    INSERT INTO versions (tenant, id, document, origin, title, language, audience, valid_from, valid_to, version_known, markdown)
        SELECT tenant, id, id, id, 't', 'en', 'public', 1, 2, 1, 'm' FROM sources;
    INSERT INTO made_from (tenant, version, subject) SELECT tenant, id, id FROM sources;
    INSERT INTO chunks (tenant, id, document, version, position, kind, audience, language, valid_from, valid_to, heading_path, search_text, body, leads_to)
        SELECT tenant, id, id, id, 0, 'article', 'public', 'en', 1, 2, '[]', 'words', 'words', '[]' FROM sources;
    INSERT INTO learned_slots (tenant, chunk, text, slots) SELECT tenant, id, 't', '[]' FROM sources;
    INSERT INTO details (tenant, hash, needed, shared_from, told) SELECT tenant, 7, 3, 1, id FROM sources;
    INSERT INTO index_outbox (tenant, seq, op, chunk) SELECT tenant, 1, 'upsert', id FROM sources;
    INSERT INTO subjects (tenant, id, source, external_id, named_by, own_person) SELECT tenant, id, id, 'u', 'user_id', id FROM sources;
    INSERT INTO observations (tenant, subject, at, conversation, role) SELECT tenant, id, 1, id, 'user' FROM sources;
    INSERT INTO observed_names (tenant, subject, at, conversation, name) SELECT tenant, id, 1, id, 'n' FROM sources;
    INSERT INTO observed_identifiers (tenant, subject, at, conversation, kind, value) SELECT tenant, id, 1, id, 'email', 'v' FROM sources;
    INSERT INTO observed_rejections (tenant, subject, at, conversation, kind, why) SELECT tenant, id, 1, id, 'email', 'w' FROM sources;
    INSERT INTO observed_companies (tenant, subject, at, conversation, company) SELECT tenant, id, 1, id, id FROM sources;
    INSERT INTO quarantined (tenant, kind, value, why) SELECT tenant, 'email', 'v', 'w' FROM sources;
    INSERT INTO ledger (tenant, id, at, entry) SELECT tenant, id, 1, '{}' FROM sources;
    INSERT INTO ledger_people (tenant, person, entry) SELECT tenant, id, id FROM sources;
    INSERT INTO links (tenant, subject, person, valid_from, valid_to, made_by) SELECT tenant, id, id, 1, 2, '{}' FROM sources;
    INSERT INTO accounts (tenant, subject, account, valid_from, valid_to) SELECT tenant, id, id, 1, 2 FROM sources;
    INSERT INTO companies (tenant, id, external_id, name) SELECT tenant, id, 'x', 'n' FROM sources;
    INSERT INTO memberships (tenant, subject, company, valid_from, valid_to) SELECT tenant, id, id, 1, 2 FROM sources;
    INSERT INTO jobs (id, tenant, kind, args, state, due_at, run_at, token, leased_until, attempts, max_attempts)
        SELECT id, tenant, 'k', '{}', 'ready', 1, 1, 0, 0, 0, 3 FROM sources;
    INSERT INTO traces (tenant, id, at, body) SELECT tenant, id, 1, '{}' FROM sources;
    INSERT INTO channel_accounts (channel, account, app, tenant, source, teammate, secret, added_at, polled_to)
        SELECT 'memory', account, 'a', tenant, id, 't', id, 1, 1 FROM sources;
    INSERT INTO deliveries (tenant, channel, account, delivery_id, topic, at, received_at) SELECT tenant, 'memory', account, 'd', 't', 1, 1 FROM sources;
    INSERT INTO live_conversations (tenant, conversation, source, external_id, channel, account, seen_to, automatic_count)
        SELECT tenant, id, id, 'c', 'memory', account, 1, 0 FROM sources;
    INSERT INTO message_assurance (tenant, conversation, part, assurance, limits, at, frozen_at) SELECT tenant, id, 'p', 'claimed', '[]', 1, 1 FROM sources;
    INSERT INTO outgoing (tenant, id, conversation, kind, state, mark, trace, covers, created_at, changed_at)
        SELECT tenant, id, id, 'note', 'sent', 'm', id, '[]', 1, 1 FROM sources;
    INSERT INTO outgoing_parts (tenant, conversation, part, outgoing) SELECT tenant, id, 'p', id FROM sources;
    INSERT INTO outcomes (tenant, id, conversation, topic, outcome, standing, at) SELECT tenant, id, id, '', 'draft', 1, 1 FROM sources;
    INSERT INTO outcome_parts (tenant, conversation, part, outcome) SELECT tenant, id, 'p', id FROM sources;
    INSERT INTO collisions (tenant, conversation, part, human_part, at) SELECT tenant, id, 'p', 'h', 1 FROM sources;
    INSERT INTO switches (tenant, seq, kind, topic, value, changed_by, at) SELECT tenant, 1, 'stop', '', 'on', 'anna', 1 FROM sources;
    INSERT INTO api_keys (tenant, id, hash, name, role, scopes, created_at) SELECT tenant, id, id, 'n', 'agent', '[]', 1 FROM sources;
    INSERT INTO install_steps (hash, tenant, app, expires_at) SELECT id, tenant, 'a', 1 FROM sources;
    INSERT INTO tombstones (tenant, hash, at) SELECT tenant, id, 1 FROM sources;
    INSERT INTO audit (tenant, seq, at, actor, action, detail) SELECT tenant, 1, 1, 'anna', 'person.show', '' FROM sources;
    INSERT INTO messenger_secrets (tenant, id, platform, secret, added_at) SELECT tenant, id, 'web', id, 1 FROM sources;
    INSERT INTO messenger_enforcement (tenant, affirmed_at) SELECT tenant, 1 FROM sources;
    INSERT INTO step_ups (tenant, id, hash, conversation, subject, person, by_mail, parts, made_at, expires_at)
        SELECT tenant, id, id, id, id, id, 0, '[]', 1, 1 FROM sources;
    INSERT INTO looked_up (tenant, conversation, at) SELECT tenant, id, 1 FROM sources;
    INSERT INTO spending (tenant, month, model, calls, tokens_in, tokens_out, cost_micros) SELECT tenant, '2025-07', 'm', 1, 1, 1, 1 FROM sources;
    INSERT INTO feedback (tenant, outgoing, said_by, conversation, kind, drafted_at, at) SELECT tenant, id, '', id, 'used', 1, 1 FROM sources;
    INSERT INTO feedback_documents (tenant, outgoing, document, conversation) SELECT tenant, id, id, id FROM sources;
    INSERT INTO connections (tenant, name, kind, added_at) SELECT tenant, 'wiki', 'confluence', 1 FROM sources;
";

/// Tables that belong to no tenant.
const OF_NOBODY: [&str; 3] = ["_migrations", "embeddings", "removals"];

/// Returns another tenant of the same database, with a source of its own.
async fn neighbour(db: &Db) -> Db {
    let tenant = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    let source = db.store.ensure_source(tenant, ("files", "/other"), "Files", at(0)).await.unwrap();
    Db { tenant, source, ..db.clone() }
}

/// Stores some of what a tenant can have.
async fn fill(db: &Db, text: &str) {
    let detail =
        |hash| Detail { hash, needed: 3, shown_from: None, shared_from: Timestamp::OPEN, told: Vec::new() };
    let write = PageWrite {
        documents: vec![article(db.source, "a1", text, at(0))],
        conversations: vec![conversation(db.source, "c1", None, at(0))],
        details: [i64::MIN, -1, 0, 1, i64::MAX].map(detail).to_vec(),
        tombstones: vec![([7; 32], at(0))],
        cursor: Some("17".to_owned()),
        ..PageWrite::default()
    };
    db.save(write, at(0)).await;
    let trace = TraceId::from_uuid(Uuid::from_u128(1));
    db.store.put_trace(db.tenant, trace, at(0), &serde_json::json!({})).await.unwrap();
    let noted =
        NewAudit { at: at(0), actor: "anna", action: "person.show", about: None, detail: String::new() };
    db.store.note(db.tenant, &noted).await.unwrap();
}

async fn rows(db: &Db) -> Vec<Left> {
    db.store.leftovers(db.tenant).await.unwrap()
}

async fn begin(db: &Db) {
    db.store.begin_removal(db.tenant, at(50), "anna").await.unwrap();
}

/// Goes on with a removal to its end, and returns how many rows went in each piece.
async fn go_on(db: &Db) -> Vec<(&'static str, u64)> {
    let (mut place, mut pieces) = (Place::default(), Vec::new());
    while let Some(found) = db.store.remove_some(db.tenant, &mut place).await.unwrap() {
        pieces.push((found.table, found.rows));
    }
    db.store.end_removal(db.tenant, at(60)).await.unwrap();
    pieces
}

async fn a_removed_tenant_is_in_no_table_and_others_are_as_they_were(db: Db) {
    let other = neighbour(&db).await;
    if is_memory(&db) {
        fill(&db, "Own words.").await;
        fill(&other, "Own words.").await;
    } else {
        raw(&db, ONE_OF_EVERYTHING).await;
        let declared = store::holdings::declared();
        let tables: BTreeSet<&str> = declared.iter().map(|one| one.table).collect();
        let filled = rows(&db).await;
        let mut filled: BTreeSet<&str> = filled.iter().map(|left| left.place.as_str()).collect();
        filled.extend(OF_NOBODY);
        assert_eq!(filled, tables, "a table is missing in the script above");
    }
    let theirs = rows(&other).await;
    begin(&db).await;
    let pieces = go_on(&db).await;
    assert!(pieces.iter().any(|(table, _)| *table == "turns"), "{pieces:?}");
    assert_eq!(rows(&db).await, []);
    assert_eq!(rows(&other).await, theirs);
    let removals = db.store.list_removals().await.unwrap();
    assert_eq!(removals.len(), 1);
    let entry = &removals[0];
    assert_eq!((entry.tenant, entry.removed_by.as_str()), (db.tenant, "anna"));
    assert_eq!((entry.began_at, entry.ended_at), (at(50), Some(at(60))));
    assert_eq!(db.store.list_all_tenants().await.unwrap().len(), 1);
    assert_eq!(
        db.store.check_integrity().await.unwrap().len(),
        usize::from(!is_memory(&db)),
        "the script's own"
    );
}

async fn what_is_left_is_found_in_whatever_table_it_is(db: Db) {
    fill(&db, "Own words.").await;
    begin(&db).await;
    assert!(rows(&db).await.iter().any(|left| left.place == "chunks"), "what is there is found");
    go_on(&db).await;
    assert_eq!(rows(&db).await, []);
    if is_memory(&db) {
        return;
    }
    raw(&db, "CREATE TABLE \"a stray\" AS SELECT id AS tenant, 'secret' AS note FROM removals").await;
    assert_eq!(rows(&db).await, [Left { place: "a stray".to_owned(), count: 1 }]);
}

fn refused<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::NotFound { .. })), "{result:?}");
}

async fn while_it_is_removed_nobody_writes_for_it_and_it_is_in_no_list(db: Db) {
    let other = neighbour(&db).await;
    let (store, tenant) = (&db.store, db.tenant);
    let key = |number: u128, tenant| ApiKey {
        id: KeyId::from_uuid(Uuid::from_u128(number)),
        tenant,
        name: "desk".to_owned(),
        role: "agent".to_owned(),
        scopes: Vec::new(),
        inboxes: Vec::new(),
        created_at: at(0),
        revoked_at: None,
    };
    let job = |number: u128| NewJob {
        id: JobId::from_uuid(Uuid::from_u128(number)),
        kind: "conversation".to_owned(),
        group: Some("g".to_owned()),
        dedupe: None,
        args: serde_json::json!({}),
        run_at: at(0),
        max_attempts: 3,
    };
    store.put_key(&key(1, tenant), &[1; 32]).await.unwrap();
    store.put_key(&key(2, other.tenant), &[2; 32]).await.unwrap();
    store.enqueue(tenant, vec![job(1), job(2)]).await.unwrap();
    let held = store.claim(&["conversation"], at(1), 1_000).await.unwrap().unwrap();
    begin(&db).await;

    assert!(store.find_key(&[1; 32]).await.unwrap().is_none(), "nobody gets in");
    assert!(store.find_key(&[2; 32]).await.unwrap().is_some());
    assert!(store.claim(&["conversation"], at(5_000), 1_000).await.unwrap().is_none(), "nothing waits");
    refused(&store.complete(&held).await);
    refused(&store.extend(&held, at(2), 1_000).await);
    refused(&store.enqueue(tenant, vec![job(3)]).await);
    refused(&store.put_key(&key(3, tenant), &[3; 32]).await);
    refused(&store.ensure_source(tenant, ("files", "/data"), "Files", at(51)).await);
    let write = page(vec![article(db.source, "a9", "Late words.", at(51))]);
    refused(&store.save_page(tenant, db.source, write, at(51)).await);
    refused(&store.put_embeddings(tenant, "m", vec![([1; 32], vec![1.0])]).await);
    assert!(store.cached_embeddings("m", &[[1; 32]]).await.unwrap().is_empty());
    let names: Vec<String> = store.list_tenants().await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["globex"]);
    let all = store.list_all_tenants().await.unwrap();
    assert_eq!(all.iter().map(|one| one.removing_at).collect::<Vec<_>>(), [Some(at(50)), None]);
    let error = store.ensure_tenant("acme", at(52)).await.unwrap_err();
    assert!(error.to_string().contains("`backstory tenants remove acme` goes on"), "{error}");

    // Others go on.
    fill(&other, "Other words.").await;
    go_on(&db).await;
    assert_eq!(rows(&db).await, []);
    refused(&store.enqueue(tenant, vec![job(4)]).await);
}

async fn broken_off_at_any_point_the_removal_goes_on(db: Db) {
    let other = neighbour(&db).await;
    fill(&other, "Own words.").await;
    let theirs = rows(&other).await;
    let mut cut = 0;
    loop {
        let tenant = db.store.ensure_tenant("acme", at(0)).await.unwrap();
        db.store.ensure_source(tenant, ("files", "/data"), "Files", at(0)).await.unwrap();
        fill(&db, "Own words.").await;
        begin(&db).await;
        let (mut place, mut is_whole) = (Place::default(), false);
        for _ in 0..cut {
            is_whole |= db.store.remove_some(db.tenant, &mut place).await.unwrap().is_none();
        }
        // The next process knows nothing of the first, and marks it again.
        db.store.begin_removal(db.tenant, at(55), "bob").await.unwrap();
        let open = db.store.list_removals().await.unwrap();
        let open: Vec<_> = open.iter().filter(|one| one.ended_at.is_none()).collect();
        assert_eq!((open.len(), open[0].removed_by.as_str()), (1, "anna"), "the first mark stays");
        go_on(&db).await;
        assert_eq!((rows(&db).await, rows(&other).await), (Vec::new(), theirs.clone()), "cut after {cut}");
        if is_whole {
            break;
        }
        cut += 1;
    }
    assert!(cut > 5, "there was something to cut: {cut}");
    assert_eq!(db.store.list_removals().await.unwrap().len(), 1, "at one moment there is one entry");
}

async fn many_rows_go_in_pieces(db: Db) {
    let tombstones = (0..1_500_u32).map(|number| (hash(&[&number.to_be_bytes()]), at(0))).collect();
    let details = (0..600_i64).map(|number| Detail {
        hash: number.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed()),
        needed: 3,
        shown_from: None,
        shared_from: Timestamp::OPEN,
        told: Vec::new(),
    });
    let write = PageWrite { tombstones, details: details.collect(), ..PageWrite::default() };
    db.save(write, at(0)).await;
    begin(&db).await;
    let pieces = go_on(&db).await;
    let of = |table: &str| -> Vec<u64> {
        pieces.iter().filter(|(name, _)| *name == table).map(|(_, rows)| *rows).collect()
    };
    assert_eq!(of("tombstones"), [1_000, 500]);
    assert_eq!(of("details").iter().sum::<u64>(), 600);
    assert!(of("details").len() > 50, "a range at a time: {:?}", of("details"));
    assert_eq!(rows(&db).await, []);
}

async fn a_name_can_be_used_again_and_is_newer_than_its_removal(db: Db) {
    fill(&db, "Own words.").await;
    begin(&db).await;
    go_on(&db).await;
    // The clock went back meanwhile.
    assert_eq!(db.store.ensure_tenant("acme", at(10)).await.unwrap(), db.tenant);
    let made = &db.store.list_tenants().await.unwrap()[0];
    assert_eq!((made.created_at, made.removing_at), (at(61), None));
    assert_eq!(db.store.counts(db.tenant).await.unwrap(), store::Counts::default());
    assert_eq!(db.store.list_sources(db.tenant).await.unwrap(), []);
    assert_eq!(db.store.list_audit(db.tenant, None).await.unwrap(), []);
    assert_eq!(rows(&db).await, [Left { place: "tenants".to_owned(), count: 1 }]);
}

async fn vectors_go_with_the_last_text_they_are_of(db: Db) {
    let other = neighbour(&db).await;
    db.save(page(vec![article(db.source, "a1", "Shared.\n\nOwn.", at(0))]), at(0)).await;
    other.save(page(vec![article(other.source, "a1", "Shared.\n\nTheirs.", at(0))]), at(0)).await;
    // As the samples write what is searched.
    let key = |text: &str| hash(&[format!("a1 {text}").as_bytes()]);
    let [shared, own, theirs, nobodys] = ["Shared.", "Own.", "Theirs.", "Gone before."].map(key);
    for model in ["m1", "m2"] {
        let vectors = [shared, own, theirs, nobodys].map(|hash| (hash, vec![1.0])).to_vec();
        db.store.put_embeddings(db.tenant, model, vectors).await.unwrap();
    }
    begin(&db).await;
    go_on(&db).await;

    let (mut in_use, mut after) = (HashSet::new(), None);
    loop {
        let texts = other.store.texts_in_use(other.tenant, after, 1).await.unwrap();
        let Some((last, _)) = texts.last() else { break };
        after = Some(*last);
        in_use.extend(texts.into_iter().map(|(_, text)| text));
    }
    assert_eq!(in_use.len(), 2);
    let (mut gone, mut place) = (0, SweptTo::default());
    while let Some(some) = db.store.sweep_embeddings(&mut place, &in_use, 3).await.unwrap() {
        gone += some;
    }
    assert_eq!(gone, 4, "two texts of two models");
    for model in ["m1", "m2"] {
        let found = db.store.cached_embeddings(model, &[shared, own, theirs, nobodys]).await.unwrap();
        let found: BTreeSet<[u8; 32]> = found.into_keys().collect();
        assert_eq!(found, BTreeSet::from([shared, theirs]), "{model}");
    }
}

async fn of_a_stranger_nothing_can_be_removed(db: Db) {
    fill(&db, "Own words.").await;
    let before = rows(&db).await;
    let stranger = domain::TenantId::derive("nobody");
    refused(&db.store.begin_removal(stranger, at(50), "anna").await);
    assert_eq!(db.store.remove_some(stranger, &mut Place::default()).await.unwrap(), None);
    // Nor is a tenant itself, as long as nobody has marked it.
    db.store.end_removal(db.tenant, at(60)).await.unwrap();
    assert_eq!(rows(&db).await, before);
    assert_eq!(db.store.list_removals().await.unwrap(), []);
}
