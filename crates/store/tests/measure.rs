//! Temporary measurement.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::allow_attributes,
    clippy::disallowed_methods,
    missing_docs
)]
#[path = "contract/db.rs"]
#[allow(dead_code, unused_macros, unused_imports)]
mod db;
#[path = "contract/samples.rs"]
#[allow(dead_code)]
mod samples;
use db::{Db, Place, at, run};
use domain::record::{ExternalId, RawCustomer, RecordKind};
use identity::{Customer, People, SubjectFacts};
use samples::*;
use std::time::Instant;
use store::*;

const TEXT: &str = "To reset the password of your account, open the settings, choose Security, and press Reset. A message with a link arrives within a few minutes. If nothing comes, look into the folder for unwanted mail, and check that the address of your account is the one you look at. ";

#[test]
fn file() {
    run(Place::File, measure)
}
#[test]
fn postgres() {
    run(Place::Postgres, measure)
}

async fn measure(db: Db) {
    let start = Instant::now();
    let mut made = 0.0;
    let mut relink = 0.0;
    for page_number in 0..20 {
        let begun = Instant::now();
        let mut write = PageWrite::default();
        for n in 0..500 {
            let number = page_number * 500 + n;
            let name = format!("c{number}");
            let raw = RawCustomer {
                account_id: Some(format!("u{}", number % 4000)),
                email: Some(format!("mail{}@shop.test.de", number % 4000)),
                name: Some("Anna Berg".into()),
                ..RawCustomer::default()
            };
            let customer = Customer::read(&raw, &name);
            let subject = customer.subject.subject(db.source);
            let mut talk = conversation(db.source, &name, Some(subject), at(number));
            for (i, turn) in talk.turns.iter_mut().enumerate() {
                turn.text = format!("{number} {i} {TEXT}");
            }
            let more: Vec<_> =
                (2..4).map(|i| domain::Turn { position: i, ..talk.turns[1].clone() }).collect();
            talk.turns.extend(more);
            write.sightings.push(Sighting {
                external_id: customer.subject.to_string(),
                conversation: Some(talk.id),
                facts: SubjectFacts::seen(subject, &customer, Default::default(), at(number)),
            });
            let text = format!("{number} {TEXT}\n\n{number} {TEXT}");
            let id = domain::DocumentId::derive(db.source, "history", &name);
            write.documents.push(made_of(
                document(domain::Kind::History, id, db.source, (&name, &text, at(number))),
                &talk,
            ));
            let id = domain::DocumentId::derive(db.source, "learned", &name);
            let mut learned = made_of(
                document(domain::Kind::LearnedAnswer, id, db.source, (&name, &text, at(number))),
                &talk,
            );
            let slots = (0..30)
                .map(|i| Slot {
                    start: i * 3,
                    end: i * 3 + 4,
                    needs: vec![
                        vec![i64::from(i) * 7 + number % 1000],
                        vec![i64::from(i) * 13 + number % 500],
                    ],
                })
                .collect();
            learned.slots = vec![Slots { chunk: learned.chunks[0].id, text: text.clone(), slots }];
            write.documents.push(learned);
            write.details.extend((0..50).map(|i| Detail {
                hash: (number * 50 + i).wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64),
                needed: 3,
                shown_from: None,
                shared_from: at(number),
                told: vec![Told { company: 1, domain: 2, at: at(0) }],
            }));
            write.hashes.push((ExternalId { kind: RecordKind::Conversation, id: name }, [7; 32]));
            write.conversations.push(talk);
        }
        made += begun.elapsed().as_secs_f64();
        let saved = db.save(write, at(0)).await;
        let begun = Instant::now();
        let touched: Vec<_> = saved.subjects_touched.iter().copied().collect();
        let group = db.store.closed_group(db.tenant, &touched).await.unwrap();
        let people = People::link(&group.facts, &group.entries);
        db.store.save_people(db.tenant, &group, &people).await.unwrap();
        relink += begun.elapsed().as_secs_f64();
    }
    let all = start.elapsed().as_secs_f64();
    eprintln!(
        "save 10000 conversations, 40000 turns, 40000 chunks, 500000 details: {:.1} s; relink {relink:.1} s; making {made:.1}",
        all - made - relink
    );
    let begun = Instant::now();
    assert_eq!(db.store.content_hashes(db.tenant, db.source).await.unwrap().len(), 10000);
    eprintln!("hashes {:?}", begun.elapsed());
    let begun = Instant::now();
    let mut ids = Vec::new();
    loop {
        let rows = db.store.pending_outbox(db.tenant, 512).await.unwrap();
        if rows.is_empty() {
            break;
        }
        ids.extend(rows.iter().map(|row| row.chunk_id));
        let vectors = rows
            .iter()
            .map(|row| {
                (
                    domain::text::hash(&[row.chunk.as_ref().unwrap().search_text.as_bytes()]),
                    vec![0.5_f32; 384],
                )
            })
            .collect();
        let hashes: Vec<_> = rows
            .iter()
            .map(|row| domain::text::hash(&[row.chunk.as_ref().unwrap().search_text.as_bytes()]))
            .collect();
        db.store.cached_embeddings("model", &hashes).await.unwrap();
        db.store.put_embeddings("model", vectors).await.unwrap();
        db.store.outbox_done(db.tenant, &rows.iter().map(|row| row.seq).collect::<Vec<_>>()).await.unwrap();
    }
    eprintln!("drain with cache {} {:?}", ids.len(), begun.elapsed());
    let begun = Instant::now();
    db.store.reset_outbox(db.tenant).await.unwrap();
    eprintln!("reset {:?}", begun.elapsed());
    let begun = Instant::now();
    let mut after = None;
    let mut n = 0;
    loop {
        let list = db.store.list_conversations(db.tenant, Range::ALL, after, 500).await.unwrap();
        let Some(last) = list.last() else { break };
        after = Some((last.created_at, last.id));
        n += list.iter().map(|c| c.turns.len()).sum::<usize>();
    }
    eprintln!("list all {n} turns {:?}", begun.elapsed());
    let scope = agent(&db, at(1_000_000));
    let mut times = Vec::new();
    for i in 0..300 {
        let some: Vec<_> = (0..30).map(|k| ids[(i * 131 + k * 977) % ids.len()]).collect();
        let begun = Instant::now();
        let loaded = db.store.load_chunks(&scope, &some).await.unwrap();
        times.push(begun.elapsed());
        assert!(loaded.gone.is_empty());
    }
    times.sort();
    eprintln!("load 30: p50 {:?} p99 {:?}", times[150], times[297]);
    let begun = Instant::now();
    eprintln!("counts {:?} {:?}", db.store.counts(db.tenant).await.unwrap().chunks, begun.elapsed());
    if let Some(path) = db.url.strip_prefix("sqlite:") {
        eprintln!("{} MB", std::fs::metadata(path).unwrap().len() / 1_000_000);
    }
}
