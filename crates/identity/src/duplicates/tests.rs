use domain::record::Role;
use domain::{SourceId, SubjectId, TenantId, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::customer::NamedBy;

fn subject(number: u8) -> SubjectId {
    SubjectId::derive(SourceId::derive(TenantId::derive("acme"), "files", "acme"), &number.to_string())
}

fn lead(number: u8, keys: &[&str], name: &str) -> SubjectFacts {
    let seen = Timestamp::from_millis(i64::from(number));
    SubjectFacts {
        subject: subject(number),
        named_by: NamedBy::Identifier(Kind::ContactId),
        role: Role::Lead,
        identifiers: keys.iter().map(|key| (key.parse().unwrap(), seen)).collect(),
        names: [name.to_owned()].into(),
        first_seen: seen,
        last_seen: seen,
        companies: BTreeSet::new(),
    }
}

fn user(number: u8, keys: &[&str], name: &str) -> SubjectFacts {
    SubjectFacts { role: Role::User, ..lead(number, keys, name) }
}

fn reasons(facts: &[SubjectFacts]) -> Vec<Vec<Reason>> {
    let people = People::link(facts, &[]);
    find(facts, &people).into_iter().map(|pair| pair.reasons.into_iter().collect()).collect()
}

#[test]
fn a_name_alone_is_no_reason() {
    assert_eq!(reasons(&[lead(1, &[], "Anna Schmidt"), lead(2, &[], "Anna Schmidt")]), [[]; 0]);
}

#[test]
fn a_rare_thing_shared_is_proposed_with_its_reasons() {
    let phone = "phone:+49301234567";
    assert_eq!(
        reasons(&[lead(1, &[phone], "Anna Schmidt"), lead(2, &[phone], "Schmidt, Anna")]),
        [[Reason::SamePhone, Reason::SameName]]
    );
    assert_eq!(
        reasons(&[lead(1, &[phone], "Anna Schmidt"), lead(2, &[phone], "Schmitd, Anna")]),
        [[Reason::SamePhone, Reason::NearlySameName]]
    );
    assert_eq!(
        reasons(&[
            lead(1, &["email:anna.schmidt@shop.de"], "Anna"),
            lead(2, &["email:annaschmidt+x@home.org"], "Anna")
        ]),
        [[Reason::NearlySameEmail]]
    );
    assert_eq!(
        reasons(&[
            lead(1, &["email:anna85@shop.de"], "Anna Schmidt"),
            lead(2, &["email:as.85@home.org"], "Anna Schmidt")
        ]),
        [[Reason::SameDigits, Reason::SameName]]
    );
}

#[test]
fn what_speaks_against_weighs_too() {
    let phone = "phone:+49301234567";
    let found = |facts: &[SubjectFacts]| {
        let people = People::link(facts, &[]);
        find(facts, &people).first().map(|pair| pair.score)
    };
    let same = found(&[user(1, &[phone], "Anna Schmidt"), user(2, &[phone], "Anna Schmidt")]);
    let two_accounts = found(&[
        user(1, &[phone, "user_id:u1"], "Anna Schmidt"),
        user(2, &[phone, "user_id:u2"], "Anna Schmidt"),
    ]);
    assert!(same > two_accounts && two_accounts.is_some());
    assert_eq!(found(&[user(1, &[phone], "Anna Schmidt"), user(2, &[phone], "Bob Miller")]), None);
}

#[test]
fn an_address_of_two_users_is_proposed_and_not_merged() {
    let facts =
        [user(1, &["email:home@shop.de"], "Anna Schmidt"), user(2, &["email:home@shop.de"], "Anna Schmidt")];
    assert_eq!(reasons(&facts), [[Reason::SameEmail, Reason::SameName]]);
    assert_eq!(People::link(&facts, &[]).persons().len(), 2);
}

#[test]
fn a_number_of_half_the_town_says_nothing() {
    let office: Vec<_> =
        (1..=30).map(|number| lead(number, &["phone:+49301234567"], "Anna Schmidt")).collect();
    assert_eq!(reasons(&office), [[]; 0]);
}

proptest! {
    #[test]
    fn the_order_means_nothing_and_nobody_is_paired_with_oneself(
        facts in prop::collection::vec((prop::sample::subsequence(vec!["email:anna85@shop.de", "email:bob85@shop.de", "phone:+49301234567", "user_id:u1"], 0..4), prop::sample::select(vec!["Anna Schmidt", "Bob Miller"])), 0..6)
            .prop_map(|drawn| (1u8..).zip(drawn).map(|(number, (keys, name))| user(number, &keys, name)).collect::<Vec<_>>())
    ) {
        let people = People::link(&facts, &[]);
        let found = find(&facts, &people);
        let mut reversed = facts.clone();
        reversed.reverse();
        prop_assert_eq!(&found, &find(&reversed, &people));
        for pair in &found {
            prop_assert!(pair.one < pair.other);
            prop_assert!((WORTH_A_LOOK..1.0).contains(&pair.score));
            prop_assert!(!pair.reasons.is_empty());
        }
        let pairs: BTreeSet<_> = found.iter().map(|pair| (pair.one, pair.other)).collect();
        prop_assert_eq!(pairs.len(), found.len());
    }
}
