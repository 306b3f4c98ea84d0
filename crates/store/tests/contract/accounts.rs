//! Which subjects are one account, beside which are one person: now, then, and after an upgrade.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::record::{ExternalId, RawCustomer, RecordKind, Role};
use domain::{ConversationId, MergeId, PersonId, SubjectId};
use identity::ledger::{Change, Entry};
use store::{PageWrite, Store};
use uuid::Uuid;

use crate::db::{Db, at, contract};
use crate::people::{sighting, talk};
use crate::samples::conversation;
use crate::upkeep::{is_memory, raw};

contract!(
    an_account_is_less_than_a_person,
    a_merge_at_the_source_waits_for_those_it_joins,
    a_merge_told_twice_is_undone_once,
    an_undo_may_come_first,
    the_earlier_report_of_a_merge_counts,
    a_name_is_that_of_a_user_as_of_the_moment,
    older_data_gets_its_accounts,
    an_erased_subject_leaves_no_account,
    a_conversation_that_changes_hands_keeps_who_began_it,
);

fn user(user_id: &str, email: &str, name: &str) -> RawCustomer {
    RawCustomer { account_id: Some(user_id.to_owned()), ..lead(email, name) }
}

fn lead(email: &str, name: &str) -> RawCustomer {
    RawCustomer { email: Some(email.to_owned()), name: Some(name.to_owned()), ..RawCustomer::default() }
}

pub(crate) fn contact(id: &str, role: Role) -> RawCustomer {
    RawCustomer { contact_id: Some(id.to_owned()), role: Some(role), ..RawCustomer::default() }
}

fn merged(db: &Db, from: &str, into: &str, moment: i64) -> Entry {
    Entry::merged_at_source(db.source, from, into, at(moment)).unwrap()
}

fn undo(of: MergeId, moment: i64) -> Entry {
    let (by, why) = ("lea".to_owned(), "two people".to_owned());
    let id = MergeId::from_uuid(Uuid::from_u128(moment as u128));
    Entry { id, at: at(moment), by, why, change: Change::Undo { of } }
}

/// Saves entries as a page of a source does.
async fn told(db: &Db, ledger: Vec<Entry>) {
    db.save(PageWrite { ledger, ..PageWrite::default() }, at(1000)).await;
}

async fn are_one_person(db: &Db, one: SubjectId, other: SubjectId, moment: i64) -> bool {
    let people = db.store.people_of(db.tenant, &[one, other], at(moment)).await.unwrap();
    people.len() == 2 && people[&one] == people[&other]
}

async fn are_one_account(db: &Db, one: SubjectId, other: SubjectId, moment: i64) -> bool {
    let accounts = db.store.accounts_of(db.tenant, &[one, other], at(moment)).await.unwrap();
    accounts.len() == 2 && accounts[&one] == accounts[&other]
}

async fn an_account_is_less_than_a_person(db: Db) {
    let email = "anna@shop.test.de";
    let anna = talk(&db, "c1", &[user("u1", email, "Anna Berg")], at(10)).await[0];
    let typed = talk(&db, "c2", &[lead(email, "Anna")], at(20)).await[0];
    let again = RawCustomer { contact_id: Some("7".to_owned()), ..user("u1", email, "Anna") };
    let app = talk(&db, "c3", &[again], at(30)).await[0];
    let person = db.store.person_of(db.tenant, anna, at(40)).await.unwrap().unwrap();
    let of_person = db.store.subjects_of(db.tenant, person, at(40)).await.unwrap();
    assert_eq!(of_person, BTreeSet::from([anna, typed, app]));
    let account = PersonId::of_subject(anna);
    let accounts = db.store.accounts_of(db.tenant, &[anna, typed, app], at(40)).await.unwrap();
    let alone = PersonId::of_subject(typed);
    assert_eq!(accounts, BTreeMap::from([(anna, account), (typed, alone), (app, account)]));
    let own = db.store.subjects_of_account(db.tenant, account, at(40)).await.unwrap();
    assert_eq!(own, BTreeSet::from([anna, app]));
    let own_then = db.store.subjects_of_account(db.tenant, account, at(29)).await.unwrap();
    assert_eq!(own_then, BTreeSet::from([anna]), "the other was not there yet");
    assert!(db.store.accounts_of(db.tenant, &[anna], at(9)).await.unwrap().is_empty());
    let users = db.store.users_among(db.tenant, &of_person, at(40)).await.unwrap();
    assert_eq!(users, BTreeSet::from([anna, app]));
    let other = db.store.ensure_tenant("globex", at(0)).await.unwrap();
    assert!(db.store.accounts_of(other, &[anna], at(40)).await.unwrap().is_empty());
    assert!(db.store.subjects_of_account(other, account, at(40)).await.unwrap().is_empty());
}

async fn a_merge_at_the_source_waits_for_those_it_joins(db: Db) {
    let merge = merged(&db, "17", "18", 50);
    told(&db, vec![merge.clone()]).await;
    let into = talk(&db, "c1", &[contact("18", Role::User)], at(10)).await[0];
    let from = talk(&db, "c2", &[contact("17", Role::Lead)], at(20)).await[0];
    assert_eq!(merge.change, Change::SourceMerge { from, into });
    assert!(!are_one_person(&db, from, into, 49).await, "the past stays as it was");
    assert!(are_one_person(&db, from, into, 50).await);
    assert!(!are_one_account(&db, from, into, 50).await, "an event is no proof");
    assert_eq!(db.store.ledger(db.tenant).await.unwrap(), [merge]);
}

async fn a_merge_told_twice_is_undone_once(db: Db) {
    let from = talk(&db, "c1", &[contact("17", Role::Lead)], at(10)).await[0];
    let into = talk(&db, "c2", &[contact("18", Role::User)], at(10)).await[0];
    let merge = merged(&db, "17", "18", 50);
    told(&db, vec![merge.clone(), merge.clone()]).await;
    told(&db, vec![merge.clone()]).await;
    assert!(are_one_person(&db, from, into, 100).await);
    db.store.append_ledger(db.tenant, &[undo(merge.id, 100)]).await.unwrap();
    assert!(are_one_person(&db, from, into, 99).await && !are_one_person(&db, from, into, 100).await);
    // A source tells of it again, in its own time.
    told(&db, vec![merged(&db, "17", "18", 120)]).await;
    assert!(!are_one_person(&db, from, into, 130).await);
    assert_eq!(db.store.ledger(db.tenant).await.unwrap().len(), 2);
}

async fn an_undo_may_come_first(db: Db) {
    let from = talk(&db, "c1", &[contact("17", Role::Lead)], at(10)).await[0];
    let into = talk(&db, "c2", &[contact("18", Role::User)], at(10)).await[0];
    let merge = merged(&db, "17", "18", 50);
    db.store.append_ledger(db.tenant, &[undo(merge.id, 100)]).await.unwrap();
    told(&db, vec![merge]).await;
    assert!(are_one_person(&db, from, into, 99).await && !are_one_person(&db, from, into, 100).await);
}

async fn the_earlier_report_of_a_merge_counts(db: Db) {
    let from = talk(&db, "c1", &[contact("17", Role::Lead)], at(10)).await[0];
    let into = talk(&db, "c2", &[contact("18", Role::User)], at(10)).await[0];
    for moment in [60, 50, 70] {
        told(&db, vec![merged(&db, "17", "18", moment)]).await;
    }
    assert!(!are_one_person(&db, from, into, 49).await && are_one_person(&db, from, into, 50).await);
    assert_eq!(db.store.ledger(db.tenant).await.unwrap(), [merged(&db, "17", "18", 50)]);
}

async fn a_name_is_that_of_a_user_as_of_the_moment(db: Db) {
    let id = Some("7".to_owned());
    let one = |raw: RawCustomer| RawCustomer { contact_id: id.clone(), ..raw };
    let email = "anna@shop.test.de";
    let subject = talk(&db, "c1", &[one(lead(email, "Aaron Liar"))], at(10)).await[0];
    talk(&db, "c2", &[one(user("u1", email, "Zoe Berg"))], at(20)).await;
    talk(&db, "c3", &[one(user("u1", email, "Anna Berg"))], at(30)).await;
    talk(&db, "c4", &[one(lead(email, "Zz Liar"))], at(40)).await;
    let own = BTreeSet::from([subject]);
    let name = async |moment| db.store.user_name(db.tenant, &own, at(moment)).await.unwrap();
    assert_eq!(name(19).await, None, "what a lead calls itself is only its word");
    assert_eq!(name(20).await.as_deref(), Some("Zoe Berg"));
    assert_eq!(name(50).await.as_deref(), Some("Anna Berg"));
    assert!(db.store.users_among(db.tenant, &own, at(19)).await.unwrap().is_empty());
    assert_eq!(db.store.users_among(db.tenant, &own, at(20)).await.unwrap(), own);
    assert_eq!(db.store.user_name(db.tenant, &BTreeSet::new(), at(50)).await.unwrap(), None);
}

async fn older_data_gets_its_accounts(db: Db) {
    if is_memory(&db) {
        return;
    }
    let email = "anna@shop.test.de";
    let anna = talk(&db, "c1", &[user("u1", email, "Anna Berg")], at(10)).await[0];
    let typed = talk(&db, "c2", &[lead(email, "Anna")], at(20)).await[0];
    let again = RawCustomer { contact_id: Some("7".to_owned()), ..user("u1", email, "Anna Berg") };
    let app = talk(&db, "c3", &[again], at(30)).await[0];
    let all = [anna, typed, app];
    let before = db.store.accounts_of(db.tenant, &all, at(40)).await.unwrap();
    let links = db.store.list_links(db.tenant).await.unwrap();
    db.store.close().await;
    // What came with later versions goes as well; they are applied again.
    let older =
        "DROP TABLE feedback_documents; DROP TABLE feedback; DROP TABLE outgoing_parts; DROP TABLE outgoing; DROP TABLE outcome_parts; DROP TABLE outcomes;
        DROP TABLE message_assurance; DROP TABLE collisions; DROP TABLE switches; DROP TABLE deliveries;
        DROP TABLE live_conversations; DROP TABLE channel_accounts; DROP TABLE accounts;
        DROP TABLE api_keys; DROP TABLE install_steps; DROP TABLE observed_rejections;
        DROP TABLE observed_companies; DROP TABLE tombstones; DROP TABLE audit;
        DROP TABLE messenger_secrets; DROP TABLE messenger_enforcement; DROP TABLE step_ups; DROP TABLE connections; DROP TABLE spending;
        DROP TABLE looked_up; DROP TABLE removals; ALTER TABLE tenants DROP COLUMN removing_at;
        DELETE FROM _migrations WHERE version >= 3";
    raw(&db, older).await;
    if db.url.starts_with("postgres") {
        raw(&db, "DROP FUNCTION audit_stays(); DROP FUNCTION audit_is_kept()").await;
    }
    let store = Store::open(&db.url).await.unwrap();
    assert_eq!(store.accounts_of(db.tenant, &all, at(40)).await.unwrap(), before);
    assert_eq!(store.list_links(db.tenant).await.unwrap(), links);
    store.close().await;
}

async fn an_erased_subject_leaves_no_account(db: Db) {
    let subject = talk(&db, "c1", &[contact("17", Role::User)], at(10)).await[0];
    let deletions = vec![ExternalId { kind: RecordKind::Person, id: "17".to_owned() }];
    db.save(PageWrite { deletions, ..PageWrite::default() }, at(20)).await;
    assert!(db.store.accounts_of(db.tenant, &[subject], at(30)).await.unwrap().is_empty());
}

async fn a_conversation_that_changes_hands_keeps_who_began_it(db: Db) {
    let from = talk(&db, "c1", &[contact("17", Role::Lead)], at(10)).await[0];
    let id = ConversationId::derive(db.source, "c1");
    let begun = async || db.store.begun_by_no_user(db.tenant, &[id]).await.unwrap();
    assert_eq!(begun().await, HashMap::from([(id, from)]));
    // The page names a user, and the conversation stays the lead's.
    let sightings = vec![sighting(&db, &contact("18", Role::User), "c1", at(10))];
    let into = sightings[0].facts.subject;
    let conversations = vec![conversation(db.source, "c1", Some(from), at(10))];
    db.save(PageWrite { conversations, sightings, ..PageWrite::default() }, at(20)).await;
    assert_eq!(begun().await, HashMap::from([(id, from)]));
    let people = db.store.people_of(db.tenant, &[from, into], at(30)).await.unwrap();
    assert_eq!(people.len(), 2, "both are known from it");
    talk(&db, "c2", &[contact("18", Role::User)], at(10)).await;
    let other = ConversationId::derive(db.source, "c2");
    assert!(db.store.begun_by_no_user(db.tenant, &[other]).await.unwrap().is_empty());
    // It goes with either.
    let deletions = vec![ExternalId { kind: RecordKind::Person, id: "18".to_owned() }];
    db.save(PageWrite { deletions, ..PageWrite::default() }, at(40)).await;
    assert!(db.store.conversation(db.tenant, id).await.is_err());
}
