//! What is known of subjects is the sum of their sightings, and who they are follows from it, now and then.

use std::collections::{BTreeMap, BTreeSet};

use domain::record::{ExternalId, RawCustomer, RecordKind, Role};
use domain::{CompanyId, ConversationId, MergeId, PersonId, SubjectId, Timestamp};
use identity::identifier::Kind;
use identity::ledger::{Change, Entry};
use identity::{Customer, Identifier, People, SubjectFacts};
use proptest::prelude::*;
use store::{Company, Membership, PageWrite, Sighting};
use uuid::Uuid;

use crate::db::{Db, Place, at, contract, run};
use crate::samples::conversation;

contract!(
    facts_are_the_sum_of_sightings,
    people_are_linked_and_found,
    a_shared_identifier_is_quarantined,
    a_deleted_conversation_takes_its_sightings_along,
    a_replaced_conversation_forgets_what_was_seen_in_it,
    a_merge_and_its_undo_count_from_their_moments,
    companies_are_those_of_the_moment,
    a_deleted_company_has_no_members,
);

fn customer(user_id: Option<&str>, email: Option<&str>, name: &str) -> RawCustomer {
    RawCustomer {
        account_id: user_id.map(str::to_owned),
        email: email.map(str::to_owned),
        name: Some(name.to_owned()),
        ..RawCustomer::default()
    }
}

/// Returns the sighting of a customer in a conversation.
pub(crate) fn sighting(db: &Db, raw: &RawCustomer, talk: &str, moment: Timestamp) -> Sighting {
    let customer = Customer::read(raw, talk);
    let subject = customer.subject.subject(db.source);
    Sighting {
        external_id: customer.subject.to_string(),
        conversation: Some(ConversationId::derive(db.source, talk)),
        facts: SubjectFacts::seen(subject, &customer, BTreeSet::new(), moment),
        rejected: customer.rejected,
        names_all_companies: false,
    }
}

fn identifier(kind: Kind, value: &str) -> Identifier {
    Identifier::parse(kind, value).unwrap()
}

/// Saves a conversation with those who were seen in it.
pub(crate) async fn talk(
    db: &Db,
    name: &str,
    customers: &[RawCustomer],
    moment: Timestamp,
) -> Vec<SubjectId> {
    let sightings: Vec<Sighting> = customers.iter().map(|raw| sighting(db, raw, name, moment)).collect();
    let subjects: Vec<SubjectId> = sightings.iter().map(|sighting| sighting.facts.subject).collect();
    let conversations = vec![conversation(db.source, name, subjects.first().copied(), moment)];
    db.save(PageWrite { conversations, sightings, ..PageWrite::default() }, moment).await;
    subjects
}

async fn delete_talk(db: &Db, name: &str) {
    let deletions = vec![ExternalId { kind: RecordKind::Conversation, id: name.to_owned() }];
    db.save(PageWrite { deletions, ..PageWrite::default() }, at(1000)).await;
}

async fn facts_are_the_sum_of_sightings(db: Db) {
    let early = customer(Some("u1"), None, "Anna");
    let late = customer(Some("u1"), Some("Anna@Shop.test.de"), "Anna Berg");
    let subject = talk(&db, "c2", std::slice::from_ref(&late), at(20)).await[0];
    assert_eq!(talk(&db, "c1", std::slice::from_ref(&early), at(10)).await, [subject]);
    let mut expected = sighting(&db, &early, "c1", at(10)).facts;
    expected.absorb(sighting(&db, &late, "c2", at(20)).facts);
    let facts = db.store.facts(db.tenant, &[subject]).await.unwrap();
    assert_eq!(facts, [expected.clone()]);
    assert_eq!(facts[0].identifiers[&identifier(Kind::Email, "anna@shop.test.de")], at(20));
    assert_eq!(db.store.all_subjects(db.tenant).await.unwrap().facts, [expected]);
    let subjects = db.store.list_subjects(db.tenant, None, 10).await.unwrap();
    assert_eq!((subjects.len(), subjects[0].external_id.as_str()), (1, "user_id:u1"));
    assert!(db.store.list_subjects(db.tenant, Some(subject), 10).await.unwrap().is_empty());
}

async fn people_are_linked_and_found(db: Db) {
    let lead = talk(&db, "c1", &[customer(None, Some("anna@shop.test.de"), "Anna Berg")], at(10)).await[0];
    let user =
        talk(&db, "c2", &[customer(Some("u1"), Some("anna@shop.test.de"), "Anna Berg")], at(50)).await[0];
    assert_ne!(lead, user);
    let person = db.store.person_of(db.tenant, lead, at(60)).await.unwrap().unwrap();
    assert_eq!(person, PersonId::of_subject(lead));
    assert_eq!(db.store.subjects_of(db.tenant, person, at(60)).await.unwrap(), BTreeSet::from([lead, user]));
    assert_eq!(db.store.subjects_of(db.tenant, person, at(49)).await.unwrap(), BTreeSet::from([lead]));
    assert_eq!(db.store.person_of(db.tenant, user, at(49)).await.unwrap(), None, "not seen yet");
    let people = db.store.people_of(db.tenant, &[lead, user], at(60)).await.unwrap();
    assert_eq!(people, BTreeMap::from([(lead, person), (user, person)]));
    let found =
        db.store.find_subjects(db.tenant, &identifier(Kind::Email, "anna@shop.test.de")).await.unwrap();
    assert_eq!((found.subjects, found.quarantined), (BTreeSet::from([lead, user]), None));
    let nobody = db.store.find_subjects(db.tenant, &identifier(Kind::UserId, "u2")).await.unwrap();
    assert!(nobody.subjects.is_empty());
    assert_eq!(db.store.list_links(db.tenant).await.unwrap().len(), 2);
}

async fn a_shared_identifier_is_quarantined(db: Db) {
    let email = Some("post@shop.test.de");
    for (number, name) in [("u1", "Anna Berg"), ("u2", "Bert Thal")] {
        talk(&db, number, &[customer(Some(number), email, name)], at(10)).await;
    }
    let key = identifier(Kind::Email, "post@shop.test.de");
    let found = db.store.find_subjects(db.tenant, &key).await.unwrap();
    assert_eq!(found.subjects.len(), 2);
    assert!(found.quarantined.is_some());
    delete_talk(&db, "u2").await;
    let found = db.store.find_subjects(db.tenant, &key).await.unwrap();
    assert_eq!((found.subjects.len(), found.quarantined), (1, None));
}

async fn a_deleted_conversation_takes_its_sightings_along(db: Db) {
    let a = talk(&db, "c1", &[customer(None, Some("anna@shop.test.de"), "Anna Berg")], at(10)).await[0];
    let b = talk(&db, "c2", &[customer(Some("u1"), None, "Anna Berg")], at(20)).await[0];
    // The one place where both identifiers were seen together.
    talk(&db, "c3", &[customer(Some("u1"), Some("anna@shop.test.de"), "Anna Berg")], at(30)).await;
    let person = async |subject| db.store.person_of(db.tenant, subject, at(2000)).await.unwrap();
    assert_eq!(person(a).await, person(b).await);
    delete_talk(&db, "c3").await;
    assert_ne!(person(a).await, person(b).await);
    assert!(person(a).await.is_some() && person(b).await.is_some());
    delete_talk(&db, "c1").await;
    assert_eq!(person(a).await, None);
    assert!(db.store.facts(db.tenant, &[a]).await.unwrap().is_empty());
    assert_eq!(db.store.counts(db.tenant).await.unwrap().subjects, 1);
}

async fn a_replaced_conversation_forgets_what_was_seen_in_it(db: Db) {
    let subject =
        talk(&db, "c1", &[customer(Some("u1"), Some("typo@shop.test.de"), "Anna")], at(10)).await[0];
    talk(&db, "c1", &[customer(Some("u1"), Some("anna@shop.test.de"), "Anna")], at(10)).await;
    let facts = db.store.facts(db.tenant, &[subject]).await.unwrap();
    let emails: Vec<&str> = facts[0]
        .identifiers
        .keys()
        .filter(|identifier| identifier.kind() == Kind::Email)
        .map(Identifier::value)
        .collect();
    assert_eq!(emails, ["anna@shop.test.de"]);
}

fn entry(number: u128, moment: i64, change: Change) -> Entry {
    let (by, why) = ("lea".to_owned(), "same phone".to_owned());
    Entry { id: MergeId::from_uuid(Uuid::from_u128(number)), at: at(moment), by, why, change }
}

async fn a_merge_and_its_undo_count_from_their_moments(db: Db) {
    let a = talk(&db, "c1", &[customer(Some("u1"), None, "Anna Berg")], at(0)).await[0];
    let b = talk(&db, "c2", &[customer(Some("u2"), None, "Anna Berg")], at(10)).await[0];
    let merge = entry(1, 100, Change::Merge { from: PersonId::of_subject(b), into: PersonId::of_subject(a) });
    let undo = entry(2, 200, Change::Undo { of: merge.id });
    db.store.append_ledger(db.tenant, std::slice::from_ref(&merge)).await.unwrap();
    let together = async |moment| {
        let people = db.store.people_of(db.tenant, &[a, b], at(moment)).await.unwrap();
        people[&a] == people[&b]
    };
    assert!(!together(99).await && together(100).await && together(500).await);
    db.store.append_ledger(db.tenant, &[undo.clone(), merge.clone()]).await.unwrap();
    assert!(!together(99).await && together(199).await && !together(200).await);
    assert_eq!(db.store.ledger(db.tenant).await.unwrap(), [merge, undo]);
}

async fn companies_are_those_of_the_moment(db: Db) {
    let subject = talk(&db, "c1", &[customer(Some("u1"), None, "Anna")], at(0)).await[0];
    let company = |name| CompanyId::derive(db.tenant, name);
    let member = |name, from: i64, to| Membership { subject, company: company(name), from: at(from), to };
    let memberships = vec![
        member("old", 0, Timestamp::OPEN),
        member("old", 0, at(100)),
        member("new", 50, Timestamp::OPEN),
    ];
    let saved = db.save(PageWrite { memberships, ..PageWrite::default() }, at(100)).await;
    assert_eq!(saved.subjects_touched, BTreeSet::from([subject]));
    let own = BTreeSet::from([subject]);
    for (moment, expected) in [(49, vec!["old"]), (50, vec!["old", "new"]), (100, vec!["new"])] {
        let expected: BTreeSet<CompanyId> = expected.into_iter().map(company).collect();
        assert_eq!(db.store.companies_of(db.tenant, &own, at(moment)).await.unwrap(), expected, "{moment}");
    }
    assert_eq!(db.store.list_memberships(db.tenant).await.unwrap().len(), 2);
    let facts = db.store.facts(db.tenant, &[subject]).await.unwrap();
    assert_eq!(facts[0].companies, BTreeSet::from([company("old"), company("new")]));
}

async fn a_deleted_company_has_no_members(db: Db) {
    let subject = talk(&db, "c1", &[customer(Some("u1"), None, "Anna")], at(0)).await[0];
    let id = CompanyId::derive(db.tenant, "k1");
    let write = PageWrite {
        companies: vec![Company { id, external_id: "k1".to_owned(), name: "Kunde".to_owned() }],
        memberships: vec![Membership { subject, company: id, from: at(0), to: Timestamp::OPEN }],
        ..PageWrite::default()
    };
    db.save(write, at(0)).await;
    let deletions = vec![ExternalId { kind: RecordKind::Company, id: "k1".to_owned() }];
    db.save(PageWrite { deletions, ..PageWrite::default() }, at(1)).await;
    let own = BTreeSet::from([subject]);
    assert!(db.store.companies_of(db.tenant, &own, at(1)).await.unwrap().is_empty());
}

/// Something that changes who is who.
#[derive(Debug, Clone)]
enum Step {
    Talk { name: u8, user: Option<u8>, email: Option<u8>, role: Role },
    Delete { name: u8 },
    Merge { from: u8, into: u8 },
    Undo { of: u8 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let role = prop_oneof![Just(Role::Lead), Just(Role::User)];
    let of = prop::option::of::<std::ops::Range<u8>>;
    let step = prop_oneof![
        5 => (0..6_u8, of(0..3), of(0..3), role)
            .prop_map(|(name, user, email, role)| Step::Talk { name, user, email, role }),
        1 => (0..6_u8).prop_map(|name| Step::Delete { name }),
        1 => (0..3_u8, 0..3_u8).prop_map(|(from, into)| Step::Merge { from, into }),
        1 => (0..8_u8).prop_map(|of| Step::Undo { of }),
    ];
    prop::collection::vec(step, 1..14)
}

async fn step(db: &Db, now: i64, step: Step) {
    match step {
        Step::Talk { name, user, email, role } => {
            let raw = RawCustomer {
                account_id: user.map(|user| format!("user-{user}")),
                email: email.map(|email| format!("mail{email}@shop.test.de")),
                name: Some(["Anna Berg", "Bert Thal", "Cora Wald"][usize::from(name) % 3].to_owned()),
                role: Some(role),
                ..RawCustomer::default()
            };
            talk(db, &format!("c{name}"), &[raw], at(now)).await;
        }
        Step::Delete { name } => delete_talk(db, &format!("c{name}")).await,
        Step::Merge { from, into } => {
            let subject = |user: u8| SubjectId::derive(db.source, &format!("user_id:user-{user}"));
            let person = |user| PersonId::of_subject(subject(user));
            let change = Change::Merge { from: person(from), into: person(into) };
            db.store.append_ledger(db.tenant, &[entry(now as u128, now, change)]).await.unwrap();
        }
        Step::Undo { of } => {
            let ledger = db.store.ledger(db.tenant).await.unwrap();
            let Some(undone) = ledger.get(usize::from(of)) else { return };
            let undo = entry(now as u128, now, Change::Undo { of: undone.id });
            db.store.append_ledger(db.tenant, &[undo]).await.unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Linking only the closed group that a change touched gives the same links, subject by subject, as
    /// linking everybody.
    #[test]
    fn linking_what_was_touched_is_linking_everybody(steps in steps()) {
        run(Place::Memory, async |db| {
            for (now, next) in (1..).map(|number| number * 10).zip(steps) {
                step(&db, now, next).await;
            }
            let all = db.store.all_subjects(db.tenant).await.unwrap();
            let people = People::link(&all.facts, &all.entries);
            let mut expected = people.links().to_vec();
            expected.sort_by_key(|link| (link.subject, link.from));
            assert_eq!(db.store.list_links(db.tenant).await.unwrap(), expected);
            let subjects: Vec<SubjectId> = all.facts.iter().map(|one| one.subject).collect();
            for now in (0..16).map(|number| at(number * 10)) {
                let holding = people.accounts().iter().filter(|link| link.holds_at(now));
                let expected: BTreeMap<_, _> = holding.map(|link| (link.subject, link.person)).collect();
                let accounts = db.store.accounts_of(db.tenant, &subjects, now).await.unwrap();
                assert_eq!(accounts, expected);
            }
        });
    }
}
