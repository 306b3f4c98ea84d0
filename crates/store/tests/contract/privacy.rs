//! Every table says what it holds of a person, and whoever is erased is gone from all of them.

use std::collections::BTreeSet;

use domain::record::RawCustomer;
use domain::{Audience, CompanyId, PersonId, SubjectId, Timestamp};
use identity::Rejected;
use identity::identifier::Kind;
use store::{Erasure, NewAudit, PageWrite, Sighting};

use crate::db::{Db, at, contract};
use crate::people::{sighting, talk};
use crate::samples::{article, conversation, made_of, only_for};

contract!(
    every_table_and_column_is_declared,
    an_erased_person_is_in_no_table,
    an_erasure_leaves_others_alone,
    everything_that_is_held_is_handed_out,
    the_audit_is_only_ever_added_to,
    the_later_moment_of_a_tombstone_counts,
    companies_follow_from_all_sightings_in_any_order,
    who_is_gone_takes_along_what_was_before_that,
    placeholders_are_counted_where_they_were_stated,
    a_redacted_conversation_keeps_no_text,
);

fn user(id: &str, name: &str) -> RawCustomer {
    RawCustomer {
        account_id: Some(id.to_owned()),
        email: Some(format!("{id}@firm.test.de")),
        name: Some(name.to_owned()),
        ..RawCustomer::default()
    }
}

fn audit(moment: Timestamp) -> NewAudit<'static> {
    NewAudit { at: moment, actor: "anna", action: "person.erase", about: None, detail: String::new() }
}

/// Stores two people with a conversation and its history each; returns them.
async fn two(db: &Db) -> [SubjectId; 2] {
    let mut subjects = Vec::new();
    for (id, name) in [("u1", "Anna Berg"), ("u2", "Bob Stein")] {
        let talk = format!("talk-{id}");
        let seen = sighting(db, &user(id, name), &talk, at(10));
        let subject = seen.facts.subject;
        let conversation = conversation(db.source, &talk, Some(subject), at(10));
        let history = article(db.source, &format!("history-{id}"), &format!("Secret of {id}."), at(10));
        let history = made_of(only_for(history, Audience::Person(subject)), &conversation);
        let page = PageWrite {
            documents: vec![history],
            conversations: vec![conversation],
            sightings: vec![seen],
            ..PageWrite::default()
        };
        db.save(page, at(10)).await;
        subjects.push(subject);
    }
    subjects.try_into().unwrap()
}

async fn every_table_and_column_is_declared(db: Db) {
    assert_eq!(db.store.undeclared().await.unwrap(), Vec::<String>::new());
    let names: BTreeSet<&str> = store::holdings::declared().iter().map(|one| one.table).collect();
    assert!(names.contains("turns") && names.contains("audit"), "{names:?}");
    if crate::upkeep::is_memory(&db) {
        return;
    }
    crate::upkeep::raw(&db, "CREATE TABLE stray (tenant BIGINT, note TEXT)").await;
    crate::upkeep::raw(&db, "ALTER TABLE turns ADD COLUMN mood TEXT").await;
    let missing = db.store.undeclared().await.unwrap();
    for place in ["`stray.tenant`", "`stray.note`", "`turns.mood`"] {
        assert!(missing.iter().any(|one| one.starts_with(place)), "{place}: {missing:?}");
    }
    assert_eq!(missing.len(), 3);
}

async fn an_erased_person_is_in_no_table(db: Db) {
    let [anna, _] = two(&db).await;
    db.drain().await;
    let subjects = BTreeSet::from([anna]);
    let erasure = Erasure { subjects: &subjects, tombstones: &[([7; 32], at(20))], audit: audit(at(20)) };
    let done = db.store.erase(db.tenant, &erasure).await.unwrap();
    let before: BTreeSet<&str> = done.before.iter().map(|found| found.table).collect();
    for table in ["conversations", "turns", "chunks", "subjects", "observed_names", "links"] {
        assert!(before.contains(table), "{table} is not among {before:?}");
    }
    assert_eq!(done.after, []);
    assert_eq!(db.store.held_of(db.tenant, &subjects).await.unwrap(), []);
    let removed = db.drain().await;
    assert_eq!(removed.iter().map(|row| row.chunk_id).collect::<Vec<_>>(), done.chunks);
    let named = ["u1@firm.test.de".to_owned(), "anna berg".to_owned()];
    assert_eq!(db.store.mentions(db.tenant, &named).await.unwrap(), []);
    assert_eq!(db.store.buried(db.tenant, &[[7; 32], [8; 32]]).await.unwrap().len(), 1);
    assert_eq!(db.store.list_audit(db.tenant, None).await.unwrap()[0].action, "person.erase");
}

async fn an_erasure_leaves_others_alone(db: Db) {
    let [anna, bob] = two(&db).await;
    let bobs = BTreeSet::from([bob]);
    let held = db.store.held_of(db.tenant, &bobs).await.unwrap();
    let subjects = BTreeSet::from([anna]);
    let erasure = Erasure { subjects: &subjects, tombstones: &[], audit: audit(at(20)) };
    db.store.erase(db.tenant, &erasure).await.unwrap();
    assert_eq!(db.store.held_of(db.tenant, &bobs).await.unwrap(), held);
    let found = db.store.mentions(db.tenant, &["bob stein".to_owned()]).await.unwrap();
    assert_eq!(found.iter().map(|one| one.place).collect::<Vec<_>>(), ["observed_names.name"]);
}

async fn everything_that_is_held_is_handed_out(db: Db) {
    let [anna, _] = two(&db).await;
    let subjects = BTreeSet::from([anna]);
    let all = db.store.export_of(db.tenant, &subjects).await.unwrap();
    for found in db.store.held_of(db.tenant, &subjects).await.unwrap() {
        assert_eq!(all[found.table].len() as u64, found.rows, "{}", found.table);
    }
    let text = serde_json::to_string(&all).unwrap();
    assert!(text.contains("Anna Berg") && text.contains("Secret of u1.") && text.contains("Hallo"), "{text}");
    assert!(!text.contains("Bob Stein") && !text.contains("Secret of u2."), "{text}");
}

async fn the_audit_is_only_ever_added_to(db: Db) {
    for moment in [at(1), at(2)] {
        db.store.note(db.tenant, &audit(moment)).await.unwrap();
    }
    // A second connection would see another memory.
    for sql in if crate::upkeep::is_memory(&db) {
        [].as_slice()
    } else {
        &["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"]
    } {
        assert!(crate::upkeep::try_raw(&db, sql).await.is_err(), "{sql}");
    }
    let all = db.store.list_audit(db.tenant, None).await.unwrap();
    assert_eq!(
        all.iter().map(|one| (one.seq, one.actor.as_str())).collect::<Vec<_>>(),
        [(1, "anna"), (2, "anna")]
    );
    let nobody = PersonId::of_subject(SubjectId::derive(db.source, "x"));
    assert_eq!(db.store.list_audit(db.tenant, Some(nobody)).await.unwrap(), []);
}

async fn the_later_moment_of_a_tombstone_counts(db: Db) {
    for moment in [at(5), at(9), at(7)] {
        db.save(PageWrite { tombstones: vec![([1; 32], moment)], ..PageWrite::default() }, at(10)).await;
    }
    assert_eq!(db.store.list_tombstones(db.tenant).await.unwrap(), [([1; 32], at(9))]);
}

fn contact(db: &Db, companies: &[&str], moment: Timestamp) -> Sighting {
    let mut seen = sighting(db, &user("u1", "Anna Berg"), "-", moment);
    seen.conversation = None;
    seen.names_all_companies = true;
    seen.facts.companies = companies.iter().map(|name| CompanyId::derive(db.tenant, name)).collect();
    seen
}

async fn companies_follow_from_all_sightings_in_any_order(db: Db) {
    let seen =
        [contact(&db, &["a", "b"], at(10)), contact(&db, &["b"], at(20)), contact(&db, &["a"], at(30))];
    let [a, b] = ["a", "b"].map(|name| CompanyId::derive(db.tenant, name));
    let subject = seen[0].facts.subject;
    let mut expected = None;
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        for one in order {
            let page = PageWrite { sightings: vec![seen[one].clone()], ..PageWrite::default() };
            db.save(page, at(40)).await;
        }
        let memberships = db.store.list_memberships(db.tenant).await.unwrap();
        let mut told: Vec<_> = memberships.iter().map(|one| (one.company, one.from, one.to)).collect();
        told.sort();
        let mut right = vec![(a, at(10), at(20)), (a, at(30), Timestamp::OPEN), (b, at(10), at(30))];
        right.sort();
        assert_eq!(told, right);
        assert_eq!(*expected.get_or_insert_with(|| told.clone()), told);
        db.save(PageWrite { gone: vec![(subject, at(99))], ..PageWrite::default() }, at(99)).await;
        assert_eq!(db.store.list_memberships(db.tenant).await.unwrap(), []);
    }
}

async fn who_is_gone_takes_along_what_was_before_that(db: Db) {
    let anna = talk(&db, "before", &[user("u1", "Anna Berg")], at(10)).await[0];
    talk(&db, "after", &[user("u1", "Anna Berg")], at(30)).await;
    db.save(PageWrite { gone: vec![(anna, at(20))], ..PageWrite::default() }, at(40)).await;
    let left = db.store.list_conversations(db.tenant, store::Range::ALL, None, 9).await.unwrap();
    assert_eq!(left.iter().map(|one| one.external_id.as_str()).collect::<Vec<_>>(), ["after"]);
    let facts = db.store.facts(db.tenant, &[anna]).await.unwrap();
    assert_eq!(facts[0].first_seen, at(30));
    db.save(PageWrite { gone: vec![(anna, at(30))], ..PageWrite::default() }, at(40)).await;
    assert!(db.store.facts(db.tenant, &[anna]).await.unwrap().is_empty());
}

async fn placeholders_are_counted_where_they_were_stated(db: Db) {
    let nobody = RawCustomer { account_id: Some("undefined".to_owned()), ..RawCustomer::default() };
    talk(&db, "c1", &[nobody], at(10)).await;
    talk(&db, "c2", &[user("u1", "Anna Berg")], at(10)).await;
    let facts = db.store.conversation_facts(db.tenant).await.unwrap();
    let rejected: Vec<_> = facts.iter().flat_map(|one| one.rejected.clone()).collect();
    assert_eq!(rejected, [(Kind::UserId, Rejected::Placeholder)]);
    let claimed = facts.iter().filter(|one| one.assurance == identity::Assurance::Claimed).count();
    assert_eq!((facts.len(), claimed), (2, 1));
}

async fn a_redacted_conversation_keeps_no_text(db: Db) {
    let [anna, _] = two(&db).await;
    db.drain().await;
    let saved = db.store.redact_conversation(db.tenant, db.source, "talk-u1", at(20)).await.unwrap();
    assert_eq!((saved.documents_removed, saved.chunks_removed), (1, 1));
    assert_eq!(db.drain().await.len(), 1);
    let id = conversation(db.source, "talk-u1", Some(anna), at(10)).id;
    let left = db.store.conversation(db.tenant, id).await.unwrap();
    assert_eq!((left.turns.len(), left.subject, left.subject_id), (0, None, Some(anna)));
    let texts = ["secret of u1".to_owned(), "hallo".to_owned()];
    let found = db.store.mentions(db.tenant, &texts).await.unwrap();
    assert_eq!(
        found.iter().map(|one| (one.place, one.rows)).collect::<Vec<_>>(),
        [("turns.text", 1)],
        "Bob's"
    );
}
