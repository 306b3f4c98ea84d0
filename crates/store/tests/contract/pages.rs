//! A page is saved whole or not at all, and what it says is found again.

use std::collections::HashMap;

use domain::record::{ExternalId, RecordKind};
use domain::{Audience, ChunkId, Kind, SubjectId};
use store::{ChunkHead, Error, PageWrite};

use crate::db::{Db, at, contract};
use crate::samples::{agent, anybody, article, conversation, document, made_of, only_for, page, verified};

contract!(
    what_is_saved_is_loaded,
    a_scope_sees_only_what_it_may,
    a_title_alone_has_no_body,
    an_unchanged_document_is_left_alone,
    hashes_and_cursor_come_with_the_page,
    a_page_that_fails_leaves_nothing,
    a_source_must_exist,
    unclean_values_are_refused,
    a_deleted_document_goes_with_everything,
    a_deleted_conversation_goes_with_what_was_made_of_it,
    a_withdrawn_document_goes,
    an_erased_person_goes_with_everything,
);

fn external(kind: RecordKind, id: &str) -> ExternalId {
    ExternalId { kind, id: id.to_owned() }
}

async fn what_is_saved_is_loaded(db: Db) {
    let new = article(db.source, "a1", "First.\n\nSecond.", at(-10));
    let saved = db.save(page(vec![new.clone()]), at(0)).await;
    assert_eq!((saved.documents_new, saved.chunks_added), (1, 2));

    let missing = ChunkId::derive(new.document.version, 99);
    let wanted = [new.chunks[1].id, missing, new.chunks[0].id];
    let loaded = db.store.load_chunks(&agent(&db, at(0)), &wanted).await.unwrap();
    assert_eq!(loaded.gone, [missing]);
    assert_eq!(loaded.refused, []);
    assert_eq!(loaded.chunks[0].chunk, new.chunks[1], "in the order asked for");
    assert_eq!(loaded.chunks[1].chunk, new.chunks[0]);
    assert_eq!(loaded.chunks[0].title, "About a1");
    assert_eq!(loaded.chunks[0].url.as_deref(), Some("https://help.test/a1"));
    assert_eq!(loaded.chunks[0].external_id, "a1");
    assert_eq!((loaded.chunks[0].source, loaded.chunks[0].version_known), (db.source, true));

    let heads = db.store.load_heads(&agent(&db, at(0)), &wanted).await.unwrap();
    let mut heads = heads.chunks;
    heads.sort_by_key(|head| head.position);
    let expected = new.chunks.iter().map(|chunk| ChunkHead {
        id: chunk.id,
        document: chunk.document,
        position: chunk.position,
        applicability: chunk.applicability.clone(),
        language: chunk.language,
        has_body: true,
        leads_to: chunk.leads_to.clone(),
    });
    assert_eq!(heads, expected.collect::<Vec<_>>());

    let counts = db.store.counts(db.tenant).await.unwrap();
    assert_eq!((counts.articles, counts.versions, counts.chunks, counts.outbox), (1, 1, 2, 2));
    let states = db.store.article_states(db.tenant).await.unwrap();
    assert_eq!((states.len(), states[0].known_from, states[0].version_known), (1, at(-10), true));
}

async fn a_scope_sees_only_what_it_may(db: Db) {
    let (anna, bert) = (SubjectId::derive(db.source, "anna"), SubjectId::derive(db.source, "bert"));
    let documents = vec![
        article(db.source, "public", "for all", at(0)),
        only_for(article(db.source, "internal", "for agents", at(0)), Audience::Internal),
        only_for(article(db.source, "anna", "for Anna", at(0)), Audience::Person(anna)),
        only_for(article(db.source, "bert", "for Bert", at(0)), Audience::Person(bert)),
        article(db.source, "later", "from tomorrow on", at(1000)),
    ];
    let ids: Vec<ChunkId> = documents.iter().map(|new| new.chunks[0].id).collect();
    db.save(page(documents), at(0)).await;
    assert_eq!(db.seen_by(&anybody(&db, at(0))).await, ["for all"]);
    assert_eq!(db.seen_by(&agent(&db, at(0))).await, ["for agents", "for all"]);
    assert_eq!(db.seen_by(&verified(&db, &[anna], at(0))).await, ["for Anna", "for all"]);
    assert_eq!(db.seen_by(&anybody(&db, at(1000))).await, ["for all", "from tomorrow on"]);
    let loaded = db.store.load_chunks(&verified(&db, &[anna], at(0)), &ids).await.unwrap();
    assert_eq!(loaded.refused, [ids[1], ids[3], ids[4]]);
    let heads = db.store.load_heads(&verified(&db, &[anna], at(0)), &ids).await.unwrap();
    let mut seen: Vec<ChunkId> = heads.chunks.iter().map(|head| head.id).collect();
    seen.sort_unstable();
    let mut expected = vec![ids[0], ids[2]];
    expected.sort_unstable();
    assert_eq!((seen, heads.refused), (expected, 3));
    let all = db.store.load_chunks_unscoped_for_maintenance(db.tenant, &ids).await.unwrap();
    assert_eq!(all.len(), ids.len());
}

async fn a_title_alone_has_no_body(db: Db) {
    let mut new = article(db.source, "a1", "Text.", at(0));
    new.chunks[0].body = String::new();
    let id = new.chunks[0].id;
    db.save(page(vec![new]), at(0)).await;
    let heads = db.store.load_heads(&agent(&db, at(0)), &[id]).await.unwrap().chunks;
    assert_eq!(heads.iter().map(|head| head.has_body).collect::<Vec<_>>(), [false]);
}

async fn an_unchanged_document_is_left_alone(db: Db) {
    let new = article(db.source, "a1", "First.", at(0));
    db.save(page(vec![new.clone()]), at(0)).await;
    db.drain().await;
    let saved = db.save(page(vec![new]), at(500)).await;
    assert_eq!((saved.documents_unchanged, saved.documents_changed, saved.chunks_added), (1, 0, 0));
    assert_eq!(db.drain().await, []);
}

async fn hashes_and_cursor_come_with_the_page(db: Db) {
    assert_eq!(db.store.cursor(db.tenant, db.source).await.unwrap(), None);
    let write = |hash: u8, cursor: Option<&str>| PageWrite {
        hashes: vec![
            (external(RecordKind::Document, "a1"), [hash; 32]),
            (external(RecordKind::Conversation, "a1"), [9; 32]),
        ],
        cursor: cursor.map(str::to_owned),
        full_listing: cursor.is_none(),
        ..PageWrite::default()
    };
    db.save(write(1, Some("page 2")), at(0)).await;
    db.save(write(2, None), at(1)).await;
    assert_eq!(db.store.cursor(db.tenant, db.source).await.unwrap().as_deref(), Some("page 2"));
    let expected = HashMap::from([
        (external(RecordKind::Document, "a1"), [2; 32]),
        (external(RecordKind::Conversation, "a1"), [9; 32]),
    ]);
    assert_eq!(db.store.content_hashes(db.tenant, db.source).await.unwrap(), expected);
    let sources = db.store.list_sources(db.tenant).await.unwrap();
    assert_eq!((sources.len(), sources[0].last_full_listing), (1, Some(at(1))));
    assert_eq!(sources[0].name, "Files");

    let deletions = vec![external(RecordKind::Document, "a1")];
    db.save(PageWrite { deletions, ..PageWrite::default() }, at(2)).await;
    assert_eq!(db.store.content_hashes(db.tenant, db.source).await.unwrap().len(), 1);
}

async fn a_page_that_fails_leaves_nothing(db: Db) {
    let bad = article(db.source, "a2", "NUL \0 inside", at(0));
    let write = PageWrite {
        documents: vec![article(db.source, "a1", "Good.", at(0)), bad],
        conversations: vec![conversation(db.source, "c1", None, at(0))],
        cursor: Some("2".to_owned()),
        ..PageWrite::default()
    };
    let error = db.store.save_page(db.tenant, db.source, write, at(0)).await.unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }), "{error}");
    assert_eq!(db.store.counts(db.tenant).await.unwrap(), store::Counts::default());
    assert_eq!(db.store.cursor(db.tenant, db.source).await.unwrap(), None);
}

async fn a_source_must_exist(db: Db) {
    let elsewhere = domain::SourceId::derive(db.tenant, "files", "/elsewhere");
    let error = db.store.save_page(db.tenant, elsewhere, PageWrite::default(), at(0)).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

async fn unclean_values_are_refused(db: Db) {
    let long = "x".repeat(1025);
    let error =
        db.store.save_page(db.tenant, db.source, page(vec![article(db.source, &long, "", at(0))]), at(0));
    let error = error.await.unwrap_err().to_string();
    assert!(error.ends_with("is longer than 1024 bytes"), "{error}");
    // Everything else that is text goes in and comes out as it was.
    let odd = "\u{202e}עברית\u{7f} 👩‍👩‍👧 \u{feff} \\' \" $1 ?1";
    let new = article(db.source, odd, odd, at(0));
    db.save(page(vec![new.clone()]), at(0)).await;
    let loaded = db.store.load_chunks(&anybody(&db, at(0)), &[new.chunks[0].id]).await.unwrap();
    assert_eq!(loaded.chunks[0].chunk, new.chunks[0]);
    assert_eq!(loaded.chunks[0].external_id, odd);
}

async fn a_deleted_document_goes_with_everything(db: Db) {
    db.save(page(vec![article(db.source, "a1", "Old.\n\nText.", at(0))]), at(0)).await;
    let kept = article(db.source, "a2", "Kept.", at(0));
    db.save(page(vec![article(db.source, "a1", "New.", at(5)), kept]), at(5)).await;
    db.drain().await;
    let deletions = vec![external(RecordKind::Document, "a1"), external(RecordKind::Document, "unknown")];
    let saved = db.save(PageWrite { deletions, ..PageWrite::default() }, at(9)).await;
    assert_eq!((saved.documents_removed, saved.chunks_removed), (1, 3));
    let rows = db.drain().await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.op == store::OutboxOp::Remove && row.chunk.is_none()));
    let counts = db.store.counts(db.tenant).await.unwrap();
    assert_eq!((counts.articles, counts.versions, counts.chunks), (1, 1, 1));
    assert_eq!(db.store.check_integrity().await.unwrap(), Vec::<String>::new());
}

async fn a_deleted_conversation_goes_with_what_was_made_of_it(db: Db) {
    let anna = SubjectId::derive(db.source, "anna");
    let talk = conversation(db.source, "c1", Some(anna), at(0));
    let id = domain::DocumentId::derive(db.source, "history", "c1");
    let history = made_of(document(Kind::History, id, db.source, ("c1", "Hallo", at(0))), &talk);
    // An article that happens to have the same external id is another thing.
    let write = PageWrite {
        documents: vec![history, article(db.source, "c1", "Article.", at(0))],
        conversations: vec![talk.clone()],
        ..PageWrite::default()
    };
    db.save(write, at(0)).await;
    let deletions = vec![external(RecordKind::Conversation, "c1")];
    let saved = db.save(PageWrite { deletions, ..PageWrite::default() }, at(1)).await;
    assert_eq!((saved.conversations_removed, saved.documents_removed, saved.chunks_removed), (1, 1, 1));
    let counts = db.store.counts(db.tenant).await.unwrap();
    assert_eq!((counts.conversations, counts.turns, counts.histories, counts.articles), (0, 0, 0, 1));
    assert_eq!(db.store.check_integrity().await.unwrap(), Vec::<String>::new());
    let error = db.store.conversation(db.tenant, talk.id).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

async fn a_withdrawn_document_goes(db: Db) {
    let new = article(db.source, "a1", "Text.", at(0));
    let withdrawn = vec![new.document.id];
    db.save(page(vec![new]), at(0)).await;
    let saved = db.save(PageWrite { withdrawn, ..PageWrite::default() }, at(1)).await;
    assert_eq!((saved.documents_removed, saved.chunks_removed), (1, 1));
    // Never indexed, so taking it out is all that is left to do.
    assert_eq!(db.drain().await.iter().map(|row| row.op).collect::<Vec<_>>(), [store::OutboxOp::Remove]);
}

async fn an_erased_person_goes_with_everything(db: Db) {
    let anna = SubjectId::derive(db.source, "contact_id:anna");
    let bert = SubjectId::derive(db.source, "contact_id:bert");
    let talk = conversation(db.source, "c1", Some(anna), at(0));
    let other = conversation(db.source, "c2", Some(bert), at(0));
    let learned = |name: &str, of: &domain::Conversation| {
        let id = domain::DocumentId::derive(db.source, "learned", name);
        made_of(document(Kind::LearnedAnswer, id, db.source, (name, name, at(0))), of)
    };
    let private = only_for(article(db.source, "note", "About Anna.", at(0)), Audience::Person(anna));
    let write = PageWrite {
        documents: vec![learned("c1", &talk), learned("c2", &other), private],
        conversations: vec![talk, other],
        ..PageWrite::default()
    };
    db.save(write, at(0)).await;
    let deletions = vec![external(RecordKind::Person, "anna")];
    let saved = db.save(PageWrite { deletions, ..PageWrite::default() }, at(1)).await;
    assert_eq!((saved.conversations_removed, saved.documents_removed), (1, 2));
    assert_eq!(db.seen_by(&agent(&db, at(1))).await, ["c2"]);
    // By the name of the subject as well.
    let deletions = vec![external(RecordKind::Person, "contact_id:bert")];
    db.save(PageWrite { deletions, ..PageWrite::default() }, at(1)).await;
    assert_eq!(db.store.counts(db.tenant).await.unwrap().chunks, 0);
}
