//! The index can always be brought level with the store by doing what the outbox says.

use std::collections::BTreeMap;

use domain::record::{ExternalId, RecordKind};
use domain::{ChunkId, Timestamp};
use proptest::prelude::*;
use store::{OutboxOp, OutboxRow, PageWrite};

use crate::db::{Db, Place, at, contract, run};
use crate::samples::{article, page};

contract!(
    rows_come_in_order_and_go_when_done,
    a_chunk_has_one_row_with_the_newest_need,
    what_is_queued_again_while_being_done_stays,
    a_reset_queues_everything,
    the_position_is_the_highest_number_done,
);

async fn rows_come_in_order_and_go_when_done(db: Db) {
    let documents = (0..10).map(|n| article(db.source, &format!("a{n}"), "Text.", at(0)));
    db.save(page(documents.collect()), at(0)).await;
    assert_eq!(db.store.outbox_len(db.tenant).await.unwrap(), 10);
    let first = db.store.pending_outbox(db.tenant, 4).await.unwrap();
    let seqs: Vec<i64> = first.iter().map(|row| row.seq).collect();
    assert!(seqs.is_sorted() && seqs.len() == 4);
    assert_eq!(first[0].chunk.as_ref().unwrap().search_text, "a0 Text.");
    db.store.outbox_done(db.tenant, &seqs).await.unwrap();
    let rest = db.store.pending_outbox(db.tenant, 100).await.unwrap();
    assert_eq!(rest.len(), 6);
    assert!(rest[0].seq > seqs[3]);
    db.store.outbox_done(db.tenant, &[]).await.unwrap();
    assert_eq!(db.store.outbox_len(db.tenant).await.unwrap(), 6);
}

async fn a_chunk_has_one_row_with_the_newest_need(db: Db) {
    let save = async |text: &str, from| {
        db.save(page(vec![article(db.source, "a1", text, at(from))]), at(from)).await
    };
    save("Old.", 0).await;
    // Closed before it was indexed: the whole chunk has to be written, with its end.
    save("New.", 10).await;
    let rows = db.store.pending_outbox(db.tenant, 100).await.unwrap();
    let ops: Vec<_> = rows.iter().map(|row| (row.op, row.chunk.as_ref().unwrap().valid_to)).collect();
    assert_eq!(ops, [(OutboxOp::Upsert, at(10)), (OutboxOp::Upsert, Timestamp::OPEN)]);
    let deletions = vec![ExternalId { kind: RecordKind::Document, id: "a1".to_owned() }];
    db.save(PageWrite { deletions, ..PageWrite::default() }, at(20)).await;
    let rows = db.store.pending_outbox(db.tenant, 100).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.op).collect::<Vec<_>>(), [OutboxOp::Remove; 2]);
    save("Old.", 0).await;
    let ops: Vec<OutboxOp> = db.drain().await.iter().map(|row| row.op).collect();
    assert_eq!(ops.iter().filter(|op| **op == OutboxOp::Upsert).count(), 1, "{ops:?}");
}

async fn what_is_queued_again_while_being_done_stays(db: Db) {
    db.save(page(vec![article(db.source, "a1", "Old.", at(0))]), at(0)).await;
    let rows = db.store.pending_outbox(db.tenant, 100).await.unwrap();
    db.save(page(vec![article(db.source, "a1", "New.", at(10))]), at(10)).await;
    db.store.outbox_done(db.tenant, &[rows[0].seq]).await.unwrap();
    let rest = db.drain().await;
    let closed = rest.iter().find(|row| row.chunk_id == rows[0].chunk_id).expect("still to be closed");
    assert_eq!(closed.chunk.as_ref().unwrap().valid_to, at(10));
}

async fn a_reset_queues_everything(db: Db) {
    let documents = (0..5).map(|n| article(db.source, &format!("a{n}"), "Text.\n\nMore.", at(0)));
    db.save(page(documents.collect()), at(0)).await;
    let before = db.drain().await;
    assert_eq!(db.store.reset_outbox(db.tenant).await.unwrap(), 10);
    let after = db.drain().await;
    assert_eq!(after.len(), 10);
    assert!(after[0].seq > before[9].seq, "numbers never come again");
    assert!(after.iter().all(|row| row.op == OutboxOp::Upsert && row.chunk.is_some()));
    // Numbering goes on behind the reset.
    db.save(page(vec![article(db.source, "b", "Text.", at(0))]), at(0)).await;
    assert!(db.drain().await[0].seq > after[9].seq);
}

async fn the_position_is_the_highest_number_done(db: Db) {
    assert_eq!(db.store.outbox_position(db.tenant).await.unwrap(), 0);
    db.save(page(vec![article(db.source, "a1", "One.\n\nTwo.", at(0))]), at(0)).await;
    let seqs: Vec<i64> =
        db.store.pending_outbox(db.tenant, 100).await.unwrap().iter().map(|row| row.seq).collect();
    db.store.outbox_done(db.tenant, &seqs[1..]).await.unwrap();
    assert_eq!(db.store.outbox_position(db.tenant).await.unwrap(), seqs[1]);
    db.store.outbox_done(db.tenant, &seqs[..1]).await.unwrap();
    assert_eq!(db.store.outbox_position(db.tenant).await.unwrap(), seqs[1]);
}

#[derive(Debug, Clone)]
enum Step {
    Save {
        article: u8,
        text: u8,
        from: i64,
    },
    Delete {
        article: u8,
    },
    /// The index does up to so many rows; when it crashes before it reports, they come again.
    Index {
        limit: u32,
        crash: bool,
    },
    Rebuild,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_u8, 0..4_u8, -50..50_i64).prop_map(|(article, text, from)| Step::Save { article, text, from }),
        1 => (0..3_u8).prop_map(|article| Step::Delete { article }),
        3 => (1..6_u32, any::<bool>()).prop_map(|(limit, crash)| Step::Index { limit, crash }),
        1 => Just(Step::Rebuild),
    ];
    prop::collection::vec(step, 1..25)
}

/// What an index remembers of a chunk.
type Index = BTreeMap<ChunkId, (Timestamp, Timestamp)>;

fn apply(index: &mut Index, row: &OutboxRow) {
    match (row.op, &row.chunk) {
        (OutboxOp::Upsert, Some(chunk)) => {
            index.insert(row.chunk_id, (chunk.valid_from, chunk.valid_to));
        }
        (OutboxOp::Validity, Some(chunk)) => {
            *index.get_mut(&row.chunk_id).expect("the validity of an indexed chunk") =
                (chunk.valid_from, chunk.valid_to);
        }
        (OutboxOp::Remove, None) => {
            index.remove(&row.chunk_id);
        }
        _ => panic!("{row:?}"),
    }
}

async fn step(db: &Db, index: &mut Index, now: i64, step: Step) {
    match step {
        Step::Save { article: number, text, from } => {
            let text = ["One.", "One.\n\nTwo.", "Two.", "Three."][usize::from(text)];
            let new = article(db.source, &format!("a{number}"), text, at(now + from));
            db.save(page(vec![new]), at(now)).await;
        }
        Step::Delete { article } => {
            let deletions = vec![ExternalId { kind: RecordKind::Document, id: format!("a{article}") }];
            db.save(PageWrite { deletions, ..PageWrite::default() }, at(now)).await;
        }
        Step::Index { limit, crash } => {
            let rows = db.store.pending_outbox(db.tenant, limit).await.unwrap();
            rows.iter().for_each(|row| apply(index, row));
            if !crash {
                let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
                db.store.outbox_done(db.tenant, &seqs).await.unwrap();
            }
        }
        Step::Rebuild => {
            index.clear();
            db.store.reset_outbox(db.tenant).await.unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn doing_what_the_outbox_says_makes_the_index_level(steps in steps()) {
        run(Place::Memory, async |db| {
            let mut index = Index::new();
            for (now, next) in (0..).step_by(10).zip(steps) {
                step(&db, &mut index, now, next).await;
            }
            db.drain().await.iter().for_each(|row| apply(&mut index, row));
            let states = db.store.chunk_states(db.tenant, None, 10_000).await.unwrap();
            let stored: Index =
                states.iter().map(|state| (state.id, (state.valid_from, state.valid_to))).collect();
            assert_eq!(index, stored);
        });
    }
}
