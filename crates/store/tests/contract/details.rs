//! A covered place is opened only from the moment on at which what it needs was shared.

use domain::{ChunkId, DocumentId, Kind, Timestamp};
use store::{Detail, Error, LoadedChunk, NewDocument, PageWrite, Slot, Slots, Told};

use crate::db::{Db, at, contract};
use crate::samples::{agent, article, document, page};

contract!(
    details_come_back,
    many_details_at_once,
    a_place_is_opened_once_it_is_shared,
    a_place_opens_when_of_every_list_one_is_shared,
    an_unshared_detail_is_covered_at_every_moment,
    places_that_are_not_on_the_text_are_refused,
    places_follow_a_text_that_returns,
);

fn detail(hash: i64, shared_from: Timestamp) -> Detail {
    Detail { hash, needed: 3, shown_from: None, shared_from, told: Vec::new() }
}

async fn details_come_back(db: Db) {
    let told = |company, millis| Told { company, domain: -company, at: at(millis) };
    let one = Detail {
        needed: 20,
        shown_from: Some(at(4)),
        told: vec![told(i64::MAX, 5), told(i64::MIN + 1, 9)],
        ..detail(i64::MIN, at(4))
    };
    let first = [detail(i64::MIN, Timestamp::OPEN), detail(2, at(3))];
    db.store.upsert_details(db.tenant, &first).await.unwrap();
    let details = vec![detail(i64::MIN, at(99)), one.clone()];
    db.save(PageWrite { details, ..PageWrite::default() }, at(10)).await;
    let found = db.store.details(db.tenant, &[i64::MIN, 3]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[&i64::MIN], one);
    let list = async |after, limit| db.store.list_details(db.tenant, after, limit).await.unwrap();
    assert_eq!(list(None, 10).await, [one.clone(), detail(2, at(3))]);
    assert_eq!(list(None, 1).await, [one]);
    assert_eq!(list(Some(i64::MIN), 10).await, [detail(2, at(3))]);
}

async fn many_details_at_once(db: Db) {
    let details: Vec<Detail> = (0..3000).map(|hash| detail(hash * 7919, at(hash))).collect();
    db.store.upsert_details(db.tenant, &details).await.unwrap();
    let hashes: Vec<i64> = (0..25_000).map(|hash| hash * 7919).collect();
    let found = db.store.details(db.tenant, &hashes).await.unwrap();
    assert_eq!(found.len(), 3000);
    assert!(details.iter().all(|detail| found[&detail.hash] == *detail));
}

/// A learned answer "Type zebra and F5." that needs detail 1 for `zebra` and detail 2 for `F5`.
fn learned(db: &Db) -> NewDocument {
    let id = DocumentId::derive(db.source, "learned", "c1");
    let mut new = document(Kind::LearnedAnswer, id, db.source, ("c1", "Type […] and […].", at(0)));
    let slot = |start, end, hash| Slot { start, end, needs: vec![vec![hash]] };
    new.slots = vec![Slots {
        chunk: new.chunks[0].id,
        text: "Type zebra and F5.".to_owned(),
        slots: vec![slot(15, 17, 2), slot(5, 10, 1)],
    }];
    new
}

async fn load(db: &Db, id: ChunkId, moment: i64) -> LoadedChunk {
    let loaded = db.store.load_chunks(&agent(db, at(moment)), &[id]).await.unwrap();
    loaded.chunks.into_iter().next().unwrap()
}

async fn a_place_is_opened_once_it_is_shared(db: Db) {
    let new = learned(&db);
    let id = new.chunks[0].id;
    let write = PageWrite { details: vec![detail(1, at(100)), detail(2, at(50))], ..page(vec![new.clone()]) };
    db.save(write, at(0)).await;
    for (moment, body, covers) in [
        (0, "Type […] and […].", 2),
        (49, "Type […] and […].", 2),
        (50, "Type […] and F5.", 1),
        (99, "Type […] and F5.", 1),
        (100, "Type zebra and F5.", 0),
    ] {
        let one = load(&db, id, moment).await;
        assert_eq!(one.chunk.body, body, "at {moment}");
        assert_eq!(one.covers.len(), covers, "at {moment}");
        assert!(one.covers.iter().all(|cover| &one.chunk.body[cover.clone()] == store::COVER));
        assert_eq!(one.chunk.search_text, new.chunks[0].search_text, "what is searched stays covered");
    }
    // The index and whoever reads without a scope get the covered form whatever is shared.
    let rows = db.drain().await;
    assert_eq!(rows[0].chunk.as_ref().unwrap().body, "Type […] and […].");
    let all = db.store.load_chunks_unscoped_for_maintenance(db.tenant, &[id]).await.unwrap();
    assert_eq!(all[0].body, "Type […] and […].");
}

async fn a_place_opens_when_of_every_list_one_is_shared(db: Db) {
    let mut new = learned(&db);
    let id = new.chunks[0].id;
    new.slots[0].slots = vec![
        Slot { start: 5, end: 10, needs: vec![vec![1, 2], vec![3]] },
        // Reaches into the next place: together they are one cover.
        Slot { start: 5, end: 15, needs: vec![vec![4]] },
        Slot { start: 11, end: 17, needs: vec![vec![4]] },
    ];
    let details = vec![detail(2, at(10)), detail(3, at(20)), detail(4, at(30))];
    db.save(PageWrite { details, ..page(vec![new]) }, at(0)).await;
    assert_eq!(load(&db, id, 25).await.chunk.body, "Type […].");
    let covers = load(&db, id, 25).await.covers;
    assert_eq!((covers.len(), covers[0].clone()), (1, 5..10));
    assert_eq!(load(&db, id, 30).await.chunk.body, "Type zebra and F5.");
    let opened = vec![detail(4, at(1)), detail(3, Timestamp::OPEN)];
    db.store.upsert_details(db.tenant, &opened).await.unwrap();
    assert_eq!(load(&db, id, 30).await.chunk.body, "Type […] and F5.", "one is a secret again");
}

async fn an_unshared_detail_is_covered_at_every_moment(db: Db) {
    let new = learned(&db);
    let id = new.chunks[0].id;
    let write = PageWrite { details: vec![detail(1, Timestamp::OPEN)], ..page(vec![new]) };
    db.save(write, at(0)).await;
    // One detail is known and a secret, the other was never seen.
    let end = Timestamp::OPEN.millis() - 1 - crate::db::NOW;
    assert_eq!(load(&db, id, end).await.chunk.body, "Type […] and […].");
    let reader = agent(&db, Timestamp::OPEN);
    let loaded = db.store.load_chunks(&reader, &[id]).await.unwrap();
    assert!(loaded.chunks.iter().all(|one| !one.chunk.body.contains("zebra")));
}

async fn places_that_are_not_on_the_text_are_refused(db: Db) {
    for (start, end) in [(0, 1000), (9, 8), (18, 19)] {
        let mut new = learned(&db);
        (new.slots[0].slots[0].start, new.slots[0].slots[0].end) = (start, end);
        let refused = db.store.save_page(db.tenant, db.source, page(vec![new]), at(0)).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{start}..{end}");
    }
    let mut not_learned = article(db.source, "a1", "Text.", at(0));
    not_learned.slots = learned(&db).slots;
    not_learned.slots[0].chunk = not_learned.chunks[0].id;
    let refused = db.store.save_page(db.tenant, db.source, page(vec![not_learned]), at(0)).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

async fn places_follow_a_text_that_returns(db: Db) {
    db.save(page(vec![learned(&db)]), at(0)).await;
    let mut other = learned(&db).document;
    other.version = domain::VersionId::derive(other.id, b"other");
    other.valid_from = at(10);
    db.save(page(vec![NewDocument { document: other, chunks: Vec::new(), slots: Vec::new() }]), at(10)).await;
    let mut again = learned(&db);
    again.document.valid_from = at(20);
    let write = PageWrite { details: vec![detail(1, at(0)), detail(2, at(0))], ..page(vec![again]) };
    db.save(write, at(20)).await;
    assert_eq!(db.seen_by(&agent(&db, at(20))).await, ["Type zebra and F5."]);
}
