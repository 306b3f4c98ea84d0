use domain::{MergeId, SourceId, TenantId};

use super::*;
use crate::ledger::Change;

mod worlds;

fn subject(number: u8) -> SubjectId {
    SubjectId::derive(SourceId::derive(TenantId::derive("acme"), "files", "acme"), &number.to_string())
}

fn person(number: u8) -> PersonId {
    PersonId::of_subject(subject(number))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn identifier(key: &str) -> Identifier {
    key.parse().unwrap()
}

/// A contact that was seen at `moment` under these names, with these identifiers, as `user_id:…` or lead.
fn contact(number: u8, role: Role, moment: i64, keys: &[&str], names: &[&str]) -> SubjectFacts {
    SubjectFacts {
        subject: subject(number),
        named_by: NamedBy::Identifier(Kind::ContactId),
        role,
        identifiers: keys.iter().map(|key| (identifier(key), at(moment))).collect(),
        names: names.iter().map(|&name| name.to_owned()).collect(),
        first_seen: at(moment),
        last_seen: at(moment),
        companies: BTreeSet::new(),
    }
}

fn user(number: u8, moment: i64, keys: &[&str], names: &[&str]) -> SubjectFacts {
    contact(number, Role::User, moment, keys, names)
}

fn lead(number: u8, moment: i64, keys: &[&str], names: &[&str]) -> SubjectFacts {
    contact(number, Role::Lead, moment, keys, names)
}

fn named_by(kind: Kind, facts: SubjectFacts) -> SubjectFacts {
    SubjectFacts { named_by: NamedBy::Identifier(kind), ..facts }
}

fn entry(number: u128, moment: i64, change: Change) -> Entry {
    let id = MergeId::from_uuid(uuid(number));
    Entry { id, at: at(moment), by: "anna".to_owned(), why: "asked".to_owned(), change }
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

/// The newest people as sets of numbers.
fn people(group: &[SubjectFacts], entries: &[Entry]) -> BTreeSet<BTreeSet<u8>> {
    people_at(&People::link(group, entries), Timestamp::OPEN)
}

fn people_at(people: &People, moment: Timestamp) -> BTreeSet<BTreeSet<u8>> {
    groups_at(people.links(), moment)
}

fn accounts_at(people: &People, moment: Timestamp) -> BTreeSet<BTreeSet<u8>> {
    groups_at(people.accounts(), moment)
}

fn groups_at(links: &[Link], moment: Timestamp) -> BTreeSet<BTreeSet<u8>> {
    let number = |wanted: SubjectId| (0..100).find(|number| subject(*number) == wanted).unwrap();
    let holding = links.iter().filter(|link| link.holds_at(moment));
    let mut by_person: BTreeMap<PersonId, BTreeSet<u8>> = BTreeMap::new();
    for link in holding {
        by_person.entry(link.person).or_default().insert(number(link.subject));
    }
    by_person.into_values().collect()
}

fn sets<const N: usize>(sets: [&[u8]; N]) -> BTreeSet<BTreeSet<u8>> {
    sets.into_iter().map(|set| set.iter().copied().collect()).collect()
}

const GLOBAL: &str = "contact_id:5ba682d23d7cf92bef87bfd4";

#[test]
fn the_same_user_id_is_the_same_person_from_when_it_is_known_of_both() {
    let group = [
        user(1, 10, &["user_id:u1"], &[]),
        user(2, 20, &["user_id:u1"], &[]),
        user(3, 5, &["user_id:u3"], &[]),
    ];
    let people = People::link(&group, &[]);
    assert_eq!(people_at(&people, at(19)), sets([&[1], &[3]]), "the second is not there yet");
    assert_eq!(people_at(&people, at(20)), sets([&[1, 2], &[3]]));
    assert_eq!(people.person_at(subject(2), at(20)), Some(person(1)), "named after the oldest");
    assert_eq!(people.subjects_at(person(1), at(20)), [subject(1), subject(2)].into());
    assert_eq!(people.person_at(subject(2), at(19)), None);
}

#[test]
fn a_link_never_reaches_back_before_it_was_known() {
    let mut late = user(2, 10, &[], &[]);
    late.identifiers.insert(identifier("user_id:u1"), at(50));
    let people = People::link(&[user(1, 5, &["user_id:u1"], &[]), late], &[]);
    assert_eq!(people_at(&people, at(49)), sets([&[1], &[2]]));
    assert_eq!(people_at(&people, at(50)), sets([&[1, 2]]));
    let of_second: Vec<_> = people.links().iter().filter(|link| link.subject == subject(2)).collect();
    assert_eq!(of_second.len(), 2);
    assert_eq!((of_second[0].person, of_second[0].by, of_second[0].to), (person(2), By::Itself, at(50)));
    assert_eq!(
        (of_second[1].person, of_second[1].by, of_second[1].to),
        (person(1), By::UserId, Timestamp::OPEN)
    );
}

#[test]
fn two_groups_that_meet_later_were_two_people_before() {
    let mut bridge = user(1, 1, &[], &[]);
    bridge.identifiers.insert(identifier("user_id:u1"), at(90));
    let group = [bridge, user(2, 10, &["user_id:u1"], &[]), user(3, 20, &["user_id:u1"], &[])];
    let people = People::link(&group, &[]);
    assert_eq!(people_at(&people, at(50)), sets([&[1], &[2, 3]]));
    assert_eq!(people.person_at(subject(3), at(50)), Some(person(2)));
    assert_eq!(people.person_at(subject(3), at(90)), Some(person(1)), "the older id stays");
}

#[test]
fn contact_ids_of_two_help_desks_are_not_mistaken_for_each_other() {
    let both = |key: &str| people(&[lead(1, 1, &[key], &[]), lead(2, 2, &[key], &[])], &[]);
    assert_eq!(both("contact_id:17"), sets([&[1], &[2]]));
    assert_eq!(both(GLOBAL), sets([&[1, 2]]));
}

#[test]
fn an_address_of_one_user_brings_the_leads_that_carry_it() {
    let group = [
        user(1, 10, &["user_id:u1", "email:anna@shop.de"], &["Anna Schmidt"]),
        lead(2, 5, &["email:anna@shop.de"], &["Anna"]),
        lead(3, 20, &["email:anna@shop.de", "email:anna@home.org"], &[]),
        lead(4, 30, &["email:anna@home.org"], &[]),
    ];
    let found = People::link(&group, &[]);
    assert_eq!(people_at(&found, Timestamp::OPEN), sets([&[1, 2, 3], &[4]]));
    assert_eq!(found.persons()[&person(2)].role, Role::User, "a lead that became a user");
    assert_eq!(found.persons()[&person(2)].first_seen, at(5));
    assert_eq!(found.accounts().iter().filter(|link| link.to.is_open()).count(), 4, "all claims");
}

#[test]
fn leads_with_one_address_are_one_person_and_telephone_numbers_prove_nothing() {
    let found = people(
        &[
            lead(1, 1, &["email:anna@shop.de"], &[]),
            lead(2, 2, &["email:anna@shop.de", "phone:+49301234567"], &[]),
            lead(3, 3, &["phone:+49301234567"], &[]),
        ],
        &[],
    );
    assert_eq!(found, sets([&[1, 2], &[3]]));
}

#[test]
fn an_address_of_two_users_is_quarantined() {
    let group = [
        user(1, 1, &["user_id:u1", "email:home@shop.de"], &[]),
        user(2, 2, &["user_id:u2", "email:home@shop.de"], &[]),
        lead(3, 3, &["email:home@shop.de"], &[]),
        named_by(Kind::Email, lead(4, 4, &["email:home@shop.de"], &[])),
    ];
    let found = People::link(&group, &[]);
    assert_eq!(people_at(&found, Timestamp::OPEN), sets([&[1], &[2], &[3]]));
    assert_eq!(found.quarantined().get(&identifier("email:home@shop.de")), Some(&Quarantine::SeveralUsers));
    assert_eq!(found.apart(), &[(subject(4), Apart::NamedByShared)].into(), "either may have written it");
}

#[test]
fn a_user_id_wins_over_an_address() {
    let group = [
        user(1, 1, &["user_id:u1", "email:anna@shop.de"], &[]),
        user(2, 2, &["user_id:u1", "email:anna@home.org"], &[]),
        user(3, 3, &["user_id:u3", "email:anna@shop.de"], &[]),
    ];
    assert_eq!(people(&group, &[]), sets([&[1, 2], &[3]]));
}

#[test]
fn an_address_under_two_full_names_is_quarantined() {
    let with = |name: &str| {
        people(
            &[
                user(1, 1, &["user_id:u1", "email:home@shop.de"], &["Anna Schmidt"]),
                lead(2, 2, &["email:home@shop.de"], &[name]),
            ],
            &[],
        )
    };
    assert_eq!(with("Bob Miller"), sets([&[1], &[2]]));
    assert_eq!(with("Schmidt, A."), sets([&[1, 2]]));
    assert_eq!(with("Bob"), sets([&[1, 2]]), "no full name");
    assert_eq!(with("undefined"), sets([&[1, 2]]));
}

#[test]
fn nobody_bridges_two_users_by_typing_both_addresses() {
    let users = [
        user(1, 1, &["user_id:u1", "email:anna@shop.de"], &[]),
        user(2, 2, &["user_id:u2", "email:bob@shop.de"], &[]),
    ];
    let direct = lead(3, 3, &["email:anna@shop.de", "email:bob@shop.de"], &[]);
    assert_eq!(people(&[users[0].clone(), users[1].clone(), direct], &[]), sets([&[1], &[2], &[3]]));
    let chain = [
        lead(4, 4, &["email:anna@shop.de", "email:c@home.org"], &[]),
        lead(5, 5, &["email:c@home.org", "email:d@home.org"], &[]),
        lead(6, 6, &["email:d@home.org", "email:bob@shop.de"], &[]),
    ];
    let all: Vec<_> = users.into_iter().chain(chain).collect();
    assert_eq!(people(&all, &[]), sets([&[1, 4], &[2, 6], &[5]]));
}

#[test]
fn a_lead_with_the_user_id_of_a_user_is_that_user() {
    let group = [
        user(1, 1, &["email:anna@shop.de"], &[]),
        lead(2, 2, &["user_id:u1", "email:anna@shop.de"], &[]),
        user(3, 3, &["user_id:u1"], &[]),
    ];
    assert_eq!(people(&group, &[]), sets([&[1], &[2, 3]]), "its address would bridge two users");
}

#[test]
fn kin_speaks_with_one_voice() {
    let group = [
        user(1, 1, &["user_id:u1", "email:anna@shop.de"], &[]),
        user(2, 2, &["user_id:u2", "email:bob@shop.de"], &[]),
        lead(3, 3, &[GLOBAL, "email:anna@shop.de"], &[]),
        lead(4, 4, &[GLOBAL, "email:bob@shop.de"], &[]),
    ];
    assert_eq!(
        people(&group, &[]),
        sets([&[1], &[2], &[3, 4]]),
        "one lead that carries addresses of two users"
    );
}

#[test]
fn a_shared_user_id_stops_matching_and_its_conversations_stay_apart() {
    let anna = || user(1, 1, &["user_id:u1", "email:anna.schmidt@shop.de"], &["Anna Schmidt"]);
    let group = |name: &str, email: &str| {
        [
            anna(),
            user(2, 2, &["user_id:u1", email], &[name]),
            named_by(Kind::UserId, user(3, 3, &["user_id:u1"], &[])),
        ]
    };
    let found = People::link(&group("Bob Miller", "email:bob@home.org"), &[]);
    assert_eq!(people_at(&found, Timestamp::OPEN), sets([&[1], &[2]]));
    assert_eq!(found.quarantined().get(&identifier("user_id:u1")), Some(&Quarantine::SharedId));
    assert_eq!(found.apart(), &[(subject(3), Apart::NamedByShared)].into());
    assert_eq!(people_at(&found, at(2)), sets([&[1], &[2]]), "it never was one person's");
    // A new name or a new address alone is not enough.
    assert_eq!(people(&group("Bob Miller", "email:anna.schmidt@home.org"), &[]), sets([&[1, 2, 3]]));
    assert_eq!(people(&group("Anna Meyer", "email:ameyer@home.org"), &[]), sets([&[1, 2, 3]]));
}

#[test]
fn one_subject_seen_as_several_people_is_nobody() {
    let names = ["Anna Schmidt", "Bob Miller"];
    let emails = ["user_id:u1", "email:anna.schmidt@shop.de", "email:bob@home.org"];
    for kind in [Kind::ContactId, Kind::UserId] {
        let found = People::link(&[named_by(kind, user(1, 1, &emails, &names))], &[]);
        assert_eq!(found.apart(), &[(subject(1), Apart::SeveralPeople)].into());
        assert_eq!(found.links(), []);
        assert!(found.persons().is_empty());
    }
    let mailbox = named_by(Kind::Email, lead(1, 1, &["email:home@shop.de"], &names));
    assert_eq!(People::link(&[mailbox], &[]).apart(), &[(subject(1), Apart::SeveralPeople)].into());
}

#[test]
fn others_find_each_other_past_one_that_stays_apart() {
    let mixed = lead(1, 1, &["email:anna@shop.de", "email:bob@home.org"], &["Anna", "Bob"]);
    let others = [lead(2, 2, &["email:anna@shop.de"], &[]), lead(3, 3, &["email:anna@shop.de"], &[])];
    let group: Vec<_> = [mixed].into_iter().chain(others).collect();
    let found = People::link(&group, &[]);
    assert_eq!(found.apart(), &[(subject(1), Apart::SeveralPeople)].into());
    assert_eq!(people_at(&found, Timestamp::OPEN), sets([&[2, 3]]));
}

#[test]
fn an_address_is_a_users_from_when_its_carrier_was_one() {
    let mut second = lead(2, 5, &["email:c@home.org", "email:anna@shop.de"], &[]);
    second.identifiers.insert(identifier("user_id:u1"), at(50));
    let group = [
        user(1, 1, &["user_id:u1", "email:anna@shop.de"], &[]),
        second,
        lead(3, 10, &["email:c@home.org"], &[]),
    ];
    let found = People::link(&group, &[]);
    assert_eq!(people_at(&found, at(49)), sets([&[1], &[2], &[3]]));
    assert_eq!(people_at(&found, at(50)), sets([&[1, 2, 3]]));
}

#[test]
fn a_contact_whose_user_id_was_overwritten_speaks_for_neither_account() {
    let group = [
        user(1, 1, &["user_id:u1", "user_id:u2"], &[]),
        user(2, 2, &["user_id:u1"], &[]),
        user(3, 3, &["user_id:u2"], &[]),
    ];
    assert_eq!(people(&group, &[]), sets([&[1], &[2], &[3]]));
    let of_two_sources = [
        user(1, 1, &[GLOBAL, "user_id:u1"], &[]),
        user(4, 1, &[GLOBAL, "user_id:u2"], &[]),
        user(2, 2, &["user_id:u1"], &[]),
        user(3, 3, &["user_id:u2"], &[]),
    ];
    assert_eq!(people(&of_two_sources, &[]), sets([&[1, 4], &[2], &[3]]), "the contact id wins");
}

#[test]
fn an_address_counts_from_when_it_was_one_persons() {
    // Two users share an address at 10 and turn out to be one account at 50; the lead writes at 20.
    let mut second = user(2, 10, &["email:anna@shop.de"], &[]);
    second.identifiers.insert(identifier("user_id:u1"), at(50));
    let group = [
        user(1, 5, &["user_id:u1", "email:anna@shop.de"], &[]),
        second,
        lead(3, 20, &["email:anna@shop.de"], &[]),
    ];
    let found = People::link(&group, &[]);
    assert_eq!(people_at(&found, at(49)), sets([&[1], &[2], &[3]]), "then it was quarantined");
    assert_eq!(people_at(&found, at(50)), sets([&[1, 2, 3]]));
}

#[test]
fn a_merge_counts_from_its_moment_until_it_is_undone() {
    let group = [
        user(1, 1, &["user_id:u1"], &[]),
        user(2, 2, &["user_id:u2"], &[]),
        user(3, 3, &["user_id:u2"], &[]),
    ];
    let merge = entry(1, 10, Change::Merge { from: person(1), into: person(3) });
    let undo = entry(2, 20, Change::Undo { of: merge.id });
    let redo = entry(3, 30, Change::Undo { of: undo.id });
    let found = People::link(&group, &[redo, merge.clone(), undo]);
    assert_eq!(people_at(&found, at(9)), sets([&[1], &[2, 3]]));
    assert_eq!(people_at(&found, at(10)), sets([&[1, 2, 3]]), "whoever belongs to the third comes along");
    assert_eq!(people_at(&found, at(20)), sets([&[1], &[2, 3]]));
    assert_eq!(people_at(&found, at(30)), sets([&[1, 2, 3]]));
    assert_eq!(people(&group, &[merge]), sets([&[1, 2, 3]]));
    assert_eq!(
        found.accounts().iter().filter(|link| link.person == person(1)).count(),
        1,
        "a merge proves nothing"
    );
}

#[test]
fn nobody_is_joined_through_somebody_not_seen_yet() {
    let group = [
        user(1, 1, &["user_id:u1"], &[]),
        user(2, 50, &["user_id:u2"], &[]),
        user(3, 2, &["user_id:u3"], &[]),
    ];
    let merges = [
        entry(1, 10, Change::Merge { from: person(2), into: person(1) }),
        entry(2, 10, Change::Merge { from: person(2), into: person(3) }),
    ];
    let found = People::link(&group, &merges);
    assert_eq!(people_at(&found, at(49)), sets([&[1], &[3]]));
    assert_eq!(people_at(&found, at(50)), sets([&[1, 2, 3]]));
}

#[test]
fn telephone_numbers_and_short_contact_ids_are_no_bonds() {
    let keys = ["contact_id:17", "user_id:u1", "email:anna@shop.de", "phone:+49301234567"];
    let bonds: Vec<String> = user(1, 1, &keys, &[]).bonds().map(ToString::to_string).collect();
    assert_eq!(bonds, ["user_id:u1", "email:anna@shop.de"]);
}

#[test]
fn a_merge_at_the_source_is_followed() {
    let group = [lead(1, 1, &[], &[]), user(2, 2, &["user_id:u2"], &[])];
    let merged = entry(1, 10, Change::SourceMerge { from: subject(1), into: subject(2) });
    let found = People::link(&group, std::slice::from_ref(&merged));
    assert_eq!(people_at(&found, at(10)), sets([&[1, 2]]));
    assert_eq!(found.links().last().map(|link| link.to), Some(Timestamp::OPEN));
    assert!(found.links().iter().any(|link| link.by == By::SourceMerge));
    let undone = [merged.clone(), entry(2, 20, Change::Undo { of: merged.id })];
    assert_eq!(people(&group, &undone), sets([&[1], &[2]]));
}

#[test]
fn neither_an_address_nor_a_merge_makes_an_account() {
    let group = [
        user(1, 1, &["user_id:u1", "email:anna@shop.de"], &[]),
        lead(2, 2, &["email:anna@shop.de"], &[]),
        lead(3, 3, &[], &[]),
        lead(4, 4, &[], &[]),
        user(5, 5, &["user_id:u1"], &[]),
    ];
    let entries = [
        entry(1, 10, Change::SourceMerge { from: subject(3), into: subject(1) }),
        entry(2, 10, Change::Merge { from: person(4), into: person(1) }),
    ];
    let found = People::link(&group, &entries);
    assert_eq!(people_at(&found, at(10)), sets([&[1, 2, 3, 4, 5]]));
    assert_eq!(accounts_at(&found, at(10)), sets([&[1, 5], &[2], &[3], &[4]]));
    assert_eq!(accounts_at(&found, at(4)), sets([&[1], &[2], &[3], &[4]]));
}

#[test]
fn what_is_detached_no_longer_matches_and_never_did() {
    let group = [
        user(1, 1, &["user_id:u1"], &[]),
        user(2, 2, &["user_id:u1"], &[]),
        user(3, 3, &["user_id:u1"], &[]),
    ];
    let detach = entry(1, 50, Change::Detach { subject: subject(1) });
    let found = People::link(&group, std::slice::from_ref(&detach));
    assert_eq!(people_at(&found, at(10)), sets([&[1], &[2, 3]]));
    let undo = entry(2, 60, Change::Undo { of: detach.id });
    assert_eq!(people(&group, &[detach, undo]), sets([&[1, 2, 3]]));
}

#[test]
fn merges_of_what_is_unknown_or_apart_do_nothing() {
    let names = ["Anna Schmidt", "Bob Miller"];
    let mixed = user(1, 1, &["email:anna.schmidt@shop.de", "email:bob@home.org"], &names);
    let merges = [
        entry(1, 10, Change::Merge { from: person(1), into: person(2) }),
        entry(2, 10, Change::Merge { from: person(2), into: person(77) }),
        entry(3, 10, Change::Merge { from: person(2), into: person(2) }),
    ];
    assert_eq!(people(&[mixed, user(2, 2, &[], &[])], &merges), sets([&[2]]));
}

#[test]
fn thousands_of_leads_with_one_address_are_linked_in_no_time() {
    let one = |number: u32| SubjectFacts {
        subject: SubjectId::derive(
            SourceId::derive(TenantId::derive("acme"), "files", "acme"),
            &number.to_string(),
        ),
        ..lead(0, i64::from(number), &["email:asdf@asdf.com"], &["Anna"])
    };
    let group: Vec<_> = (0..5_000).map(one).collect();
    assert_eq!(People::link(&group, &[]).persons().len(), 1);
}

#[test]
fn roles_and_sightings_add_up() {
    let mut facts = lead(1, 20, &["email:anna@shop.de"], &["Anna"]);
    facts.absorb(user(1, 30, &["email:anna@shop.de", "user_id:u1"], &[]));
    facts.absorb(contact(1, Role::Visitor, 10, &[], &["Anna Schmidt"]));
    assert_eq!(facts.role, Role::User);
    assert_eq!((facts.first_seen, facts.last_seen), (at(10), at(30)));
    assert_eq!(facts.identifiers[&identifier("email:anna@shop.de")], at(20));
    assert_eq!(facts.names.len(), 2);
}
