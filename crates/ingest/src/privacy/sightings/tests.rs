use proptest::prelude::*;

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn listener(company: i64, domain: i64) -> Listener {
    Listener { company, domain: 1_000 + domain }
}

#[derive(Debug, Clone)]
enum Fact {
    Told(i64, Listener),
    Shown(i64),
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        12 => (1..60i64, 1..6i64, 1..6i64).prop_map(|(t, c, d)| Fact::Told(t, listener(c, d))),
        1 => (1..60i64).prop_map(Fact::Shown),
    ]
}

fn apply(facts: &[Fact], needed: u8) -> Sightings {
    let mut sightings = Sightings::new(needed);
    for fact in facts {
        match fact {
            Fact::Told(t, listener) => {
                sightings.tell(at(*t), *listener);
            }
            Fact::Shown(t) => {
                sightings.show(at(*t));
            }
        }
    }
    sightings
}

/// The rule by brute force: the first moment at which some `needed` listeners share nothing pairwise.
fn by_definition(facts: &[Fact], needed: usize) -> Option<Timestamp> {
    let shown = facts.iter().filter_map(|fact| match fact {
        Fact::Shown(t) => Some(at(*t)),
        Fact::Told(..) => None,
    });
    let mut told: Vec<(i64, Listener)> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Told(t, listener) => Some((*t, *listener)),
            Fact::Shown(_) => None,
        })
        .collect();
    told.sort_unstable();
    let enough = (1..=told.len()).find(|n| unrelated(&told[..*n], &mut Vec::new()) >= needed);
    shown.chain(enough.map(|n| at(told[n - 1].0))).min()
}

fn unrelated(told: &[(i64, Listener)], chosen: &mut Vec<Listener>) -> usize {
    let Some(((_, first), rest)) = told.split_first() else { return chosen.len() };
    let without = unrelated(rest, chosen);
    if chosen.iter().any(|other| other.company == first.company || other.domain == first.domain) {
        return without;
    }
    chosen.push(*first);
    let with = unrelated(rest, chosen);
    chosen.pop();
    with.max(without)
}

proptest! {
    #[test]
    fn the_order_of_facts_makes_no_difference(
        facts in prop::collection::vec(fact(), 0..9),
        shuffled in Just(()).prop_perturb(|(), mut rng| rng.random::<u64>()),
        needed in 1..4u8,
    ) {
        let mut other = facts.clone();
        let mut state = shuffled | 1;
        for i in (1..other.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            other.swap(i, (state >> 33) as usize % (i + 1));
        }
        let expected = by_definition(&facts, usize::from(needed));
        prop_assert_eq!(apply(&facts, needed).shared_from(), expected);
        prop_assert_eq!(apply(&other, needed).shared_from(), expected);
        let (left, right) = other.split_at(other.len() / 2);
        let mut merged = apply(right, needed);
        merged.merge(&apply(left, needed));
        prop_assert_eq!(merged.shared_from(), expected);
        let stored = Sightings::from_stored(needed, merged.shown_from(), merged.told());
        prop_assert_eq!(stored.shared_from(), expected);
    }
}

fn contact<'a>(person: &'a str, companies: &'a [domain::CompanyId], email: &'a str) -> Contact<'a> {
    Contact { role: Role::User, person, companies, email: Some(email) }
}

fn count(contacts: &[Contact<'_>]) -> usize {
    let key = TenantKey::new(b"0123456789abcdef");
    let listeners: Vec<(i64, Listener)> =
        contacts.iter().filter_map(|contact| Listener::of(&key, contact)).map(|who| (0, who)).collect();
    let most = unrelated(&listeners, &mut Vec::new());
    let mut matching = Matching::default();
    listeners.iter().for_each(|(_, who)| matching.add(*who));
    assert_eq!(matching.size(), most);
    most
}

#[test]
fn leads_and_relatives_count_as_nobody_or_one() {
    let tenant = domain::TenantId::derive("t");
    let company = [domain::CompanyId::derive(tenant, "a")];
    let both = [company[0], domain::CompanyId::derive(tenant, "b")];
    let lead = Contact { role: Role::Lead, ..contact("1", &[], "a@one.example") };
    assert_eq!(count(&[lead]), 0);
    assert_eq!(count(&[contact("1", &both, "x@gmail.com")]), 0);
    assert_eq!(count(&[contact("1", &[], "a@one.example"), contact("2", &[], "b@one.example")]), 1);
    assert_eq!(count(&[contact("1", &company, "a@gmail.com"), contact("2", &company, "b@web.de")]), 1);
    // The company's own domain relates a colleague whom nobody entered as a member.
    assert_eq!(count(&[contact("1", &company, "a@one.example"), contact("2", &[], "b@One.Example")]), 1);
    assert_eq!(count(&[contact("1", &[], "a@gmail.com"), contact("2", &[], "b@gmail.com")]), 2);
    assert_eq!(count(&[contact("1", &[], "a@gmail.com"), contact("1", &[], "b@gmail.com")]), 1);
}
