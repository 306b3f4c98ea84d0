//! A changed document closes its known version and opens another; a past question never sees a later text.

use domain::{ChunkId, DocumentId, Kind, Timestamp};
use proptest::prelude::*;
use store::OutboxOp;

use crate::db::{Db, Place, at, contract, run};
use crate::samples::{anybody, article, document, page};

contract!(
    a_new_version_closes_the_known_one,
    a_text_that_claims_the_past_counts_from_now,
    a_text_that_returns_is_a_version_of_its_own,
    a_history_is_replaced,
    a_learned_answer_with_newer_turns_follows_the_known_one,
    one_document_twice_on_a_page_is_two_states,
);

async fn a_new_version_closes_the_known_one(db: Db) {
    let (old, new) = (article(db.source, "a1", "Old.", at(0)), article(db.source, "a1", "New.", at(100)));
    db.save(page(vec![old.clone()]), at(10)).await;
    db.drain().await;
    let saved = db.save(page(vec![new.clone()]), at(110)).await;
    assert_eq!((saved.documents_changed, saved.chunks_added, saved.chunks_closed), (1, 1, 1));
    let rows = db.drain().await;
    let ops: Vec<(OutboxOp, ChunkId)> = rows.iter().map(|row| (row.op, row.chunk_id)).collect();
    assert_eq!(ops, [(OutboxOp::Validity, old.chunks[0].id), (OutboxOp::Upsert, new.chunks[0].id)]);
    assert_eq!(rows[0].chunk.as_ref().unwrap().valid_to, at(100));

    assert_eq!(db.seen_by(&anybody(&db, at(99))).await, ["Old."]);
    assert_eq!(db.seen_by(&anybody(&db, at(100))).await, ["New."]);
    let states = db.store.article_states(db.tenant).await.unwrap();
    assert_eq!((states.len(), states[0].known_from), (1, at(0)));
}

async fn a_text_that_claims_the_past_counts_from_now(db: Db) {
    db.save(page(vec![article(db.source, "a1", "Old.", at(50))]), at(60)).await;
    db.save(page(vec![article(db.source, "a1", "New.", at(20))]), at(110)).await;
    assert_eq!(db.seen_by(&anybody(&db, at(30))).await, Vec::<String>::new());
    assert_eq!(db.seen_by(&anybody(&db, at(109))).await, ["Old."]);
    assert_eq!(db.seen_by(&anybody(&db, at(110))).await, ["New."]);
}

async fn a_text_that_returns_is_a_version_of_its_own(db: Db) {
    for (text, from) in [("A.", 0), ("B.", 100), ("A.", 200)] {
        db.save(page(vec![article(db.source, "a1", text, at(from))]), at(from)).await;
    }
    for (moment, text) in [(50, "A."), (150, "B."), (250, "A.")] {
        assert_eq!(db.seen_by(&anybody(&db, at(moment))).await, [text], "at {moment}");
    }
    let again = db.save(page(vec![article(db.source, "a1", "A.", at(200))]), at(300)).await;
    assert_eq!(again.documents_unchanged, 1);
    assert_eq!(db.store.counts(db.tenant).await.unwrap().versions, 3);
    // Queued under the ids under which they are stored.
    for row in db.drain().await {
        assert_eq!(row.chunk.unwrap().id, row.chunk_id);
    }
}

async fn a_history_is_replaced(db: Db) {
    let id = DocumentId::derive(db.source, "history", "c1");
    let history = |text: &str| {
        let mut new = document(Kind::History, id, db.source, ("c1", text, at(0)));
        for chunk in &mut new.chunks {
            chunk.valid_from = at(i64::from(chunk.position) * 100);
        }
        new
    };
    db.save(page(vec![history("Hello.\n\nHi.")]), at(1000)).await;
    db.drain().await;
    let saved = db.save(page(vec![history("Hello.\n\nHi.\n\nBye.")]), at(2000)).await;
    assert_eq!((saved.chunks_removed, saved.chunks_added, saved.chunks_closed), (2, 3, 0));
    assert_eq!(db.seen_by(&anybody(&db, at(99))).await, ["Hello."]);
    assert_eq!(db.seen_by(&anybody(&db, at(150))).await, ["Hello.", "Hi."]);
    assert_eq!(db.seen_by(&anybody(&db, at(200))).await, ["Bye.", "Hello.", "Hi."]);
    let removed = db.drain().await.iter().filter(|row| row.op == OutboxOp::Remove).count();
    assert_eq!(removed, 2);
}

async fn a_learned_answer_with_newer_turns_follows_the_known_one(db: Db) {
    let id = DocumentId::derive(db.source, "learned", "c1");
    let learned = |text: &str, from| document(Kind::LearnedAnswer, id, db.source, ("c1", text, at(from)));
    let reader = |moment| crate::samples::agent(&db, at(moment));
    db.save(page(vec![learned("Restart it.", 0)]), at(10)).await;
    db.save(page(vec![learned("Replace it.", 100)]), at(110)).await;
    assert_eq!(db.seen_by(&reader(50)).await, ["Restart it."]);
    assert_eq!(db.seen_by(&reader(100)).await, ["Replace it."]);
    // Masked better, from the same turns: nobody sees the earlier form any more, whatever the moment.
    db.save(page(vec![learned("Replace […].", 100)]), at(200)).await;
    assert_eq!(db.seen_by(&reader(150)).await, ["Replace […]."]);
}

async fn one_document_twice_on_a_page_is_two_states(db: Db) {
    let states =
        vec![article(db.source, "a1", "First.", at(0)), article(db.source, "a1", "Second.", at(100))];
    let saved = db.save(page(states), at(200)).await;
    assert_eq!((saved.documents_new, saved.documents_changed), (1, 1));
    assert_eq!(db.seen_by(&anybody(&db, at(50))).await, ["First."]);
    assert_eq!(db.seen_by(&anybody(&db, at(150))).await, ["Second."]);
}

/// One reading of an article: how much later, what text, and how long ago the source says it was written.
fn readings() -> impl Strategy<Value = Vec<(i64, u8, i64)>> {
    prop::collection::vec((1..100_i64, 0..4_u8, -20..300_i64), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a source claims: at each moment at most one text counts, from the last reading on it is the
    /// text read last, and at a moment between two readings no text that was read for the first time later
    /// counts unless the source dates it after the text known until then.
    #[test]
    fn at_each_moment_at_most_one_text_counts(readings in readings()) {
        run(Place::Memory, async |db| {
            let mut now = 0;
            let mut last = (String::new(), i64::MIN);
            for (later, text, age) in readings {
                now += later;
                let text = format!("Text {text}.");
                let claimed = now - age;
                db.save(page(vec![article(db.source, "a1", &text, at(claimed))]), at(now)).await;
                if text != last.0 {
                    last = (text, claimed.max(last.1));
                }
                let live = db.seen_by(&anybody(&db, at(now.max(last.1)).plus_millis(20))).await;
                assert_eq!(live, [last.0.clone()]);
            }
            let moments: Vec<Timestamp> = (-320..=now + 40).step_by(7).map(at).collect();
            for moment in moments {
                let seen = db.seen_by(&anybody(&db, moment)).await;
                assert!(seen.len() <= 1, "{seen:?} at {moment}");
            }
        });
    }
}
