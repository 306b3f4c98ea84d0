//! Properties that hold in any small world.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

use super::*;

/// Identifiers of a small world in which much is shared.
const KEYS: [&str; 12] = [
    GLOBAL,
    "contact_id:17",
    "user_id:u1",
    "user_id:u2",
    "user_id:u3",
    "email:anna.schmidt@shop.de",
    "email:bob@home.org",
    "email:carla@shop.de",
    "email:d@home.org",
    "email:e@home.org",
    "phone:+49301234567",
    "phone:+49307654321",
];

fn worlds() -> impl Strategy<Value = Vec<SubjectFacts>> {
    let roles = prop::sample::select(vec![Role::Visitor, Role::Lead, Role::Lead, Role::User, Role::User]);
    let names = prop::sample::select(vec!["Anna Schmidt", "Bob Miller", "Anna", "Carla Weiss"]);
    let kinds = prop_oneof![
        4 => Just(NamedBy::Identifier(Kind::ContactId)),
        1 => Just(NamedBy::Identifier(Kind::UserId)),
        1 => Just(NamedBy::Identifier(Kind::Email)),
        1 => Just(NamedBy::Conversation),
    ];
    let one = (roles, kinds, btree_map(0..KEYS.len(), 0i64..60, 0..4), btree_set(names, 0..2), 0i64..60);
    vec(one, 1..8).prop_map(|world| {
        type Drawn = (Role, NamedBy, BTreeMap<usize, i64>, BTreeSet<&'static str>, i64);
        let facts = |(number, (role, named_by, keys, names, seen)): (u8, Drawn)| {
            let first = keys.values().copied().chain([seen]).min().unwrap_or_default();
            SubjectFacts {
                named_by,
                identifiers: keys
                    .into_iter()
                    .map(|(key, moment)| (identifier(KEYS[key]), at(moment)))
                    .collect(),
                names: names.into_iter().map(str::to_owned).collect(),
                first_seen: at(first),
                last_seen: at(seen),
                ..contact(number, role, 0, &[], &[])
            }
        };
        (0u8..).zip(world).map(facts).collect()
    })
}

fn ledgers() -> impl Strategy<Value = Vec<Entry>> {
    let change = prop_oneof![
        3 => (0u8..8, 0u8..8).prop_map(|(from, into)| Change::Merge { from: person(from), into: person(into) }),
        2 => (0u8..8, 0u8..8).prop_map(|(from, into)| Change::SourceMerge { from: subject(from), into: subject(into) }),
        1 => (0u8..8).prop_map(|number| Change::Detach { subject: subject(number) }),
        3 => (0u128..6).prop_map(|number| Change::Undo { of: MergeId::from_uuid(uuid(number)) }),
    ];
    vec((0i64..60, change), 0..6).prop_map(|changes| {
        changes
            .into_iter()
            .zip(0u128..)
            .map(|((moment, change), number)| entry(number, moment, change))
            .collect()
    })
}

/// What was known at `moment`; names and roles have no moment of their own.
fn known_at(world: &[SubjectFacts], moment: Timestamp) -> Vec<SubjectFacts> {
    let seen = world.iter().filter(|one| one.first_seen <= moment).cloned();
    seen.map(|mut one| {
        one.identifiers.retain(|_, since| *since <= moment);
        one
    })
    .collect()
}

/// The closed group around the first of `world`, and the rest.
fn split_closed(world: &[SubjectFacts], entries: &[Entry]) -> (Vec<SubjectFacts>, Vec<SubjectFacts>) {
    let mut inside: Vec<SubjectFacts> = vec![world[0].clone()];
    let mut outside: Vec<SubjectFacts> = world[1..].to_vec();
    loop {
        let near = |one: &SubjectFacts| {
            inside.iter().any(|known| {
                let shares = one.bonds().any(|bond| known.bonds().any(|other| other == bond));
                let own = [PersonId::of_subject(one.subject), PersonId::of_subject(known.subject)];
                shares || entries.iter().any(|entry| own.iter().all(|id| entry.change.people().contains(id)))
            })
        };
        let (joining, rest): (Vec<_>, Vec<_>) = outside.into_iter().partition(near);
        outside = rest;
        if joining.is_empty() {
            return (inside, outside);
        }
        inside.extend(joining);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_024))]

    #[test]
    fn the_same_events_in_any_order_end_in_the_same_people(
        (world, shuffled) in worlds().prop_flat_map(|world| {
            // Facts arrive in pieces: one piece for each identifier and name.
            let pieces: Vec<SubjectFacts> = world
                .iter()
                .flat_map(|one| {
                    let bare = SubjectFacts { identifiers: BTreeMap::new(), names: BTreeSet::new(), ..one.clone() };
                    let ids = one.identifiers.iter().map({
                        let bare = bare.clone();
                        move |(key, since)| SubjectFacts { identifiers: [(key.clone(), *since)].into(), ..bare.clone() }
                    });
                    let names = SubjectFacts { names: one.names.clone(), role: Role::Visitor, ..bare.clone() };
                    ids.chain([names, bare]).collect::<Vec<_>>()
                })
                .collect();
            (Just(world), Just(pieces).prop_shuffle())
        }),
        (entries, mixed) in ledgers().prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle())),
    ) {
        prop_assert_eq!(People::link(&world, &entries), People::link(&shuffled, &mixed));
    }

    #[test]
    fn a_closed_group_is_linked_as_among_everybody(world in worlds(), entries in ledgers()) {
        let all = People::link(&world, &entries);
        let (inside, outside) = split_closed(&world, &entries);
        let parts = [People::link(&inside, &entries), People::link(&outside, &entries)];
        let mut links: Vec<Link> = parts.iter().flat_map(|part| part.links().to_vec()).collect();
        links.sort_unstable_by_key(|link| (link.subject, link.from));
        prop_assert_eq!(all.links(), links);
        let quarantined: BTreeMap<_, _> = parts.iter().flat_map(|part| part.quarantined().clone()).collect();
        prop_assert_eq!(all.quarantined(), &quarantined);
        let apart: BTreeMap<_, _> = parts.iter().flat_map(|part| part.apart().clone()).collect();
        prop_assert_eq!(all.apart(), &apart);
    }

    #[test]
    fn nobody_was_one_person_before_it_was_known(world in worlds(), entries in ledgers(), moment in 0i64..60) {
        let moment = at(moment);
        // A match that was found to be wrong counts as never made, so detaching is left out.
        let entries: Vec<Entry> = entries.into_iter().filter(|entry| !matches!(entry.change, Change::Detach { .. })).collect();
        let by_then: Vec<Entry> = entries.iter().filter(|entry| entry.at <= moment).cloned().collect();
        let now = people_at(&People::link(&world, &entries), moment);
        let as_known = People::link(&known_at(&world, moment), &by_then);
        let then = people_at(&as_known, moment);
        // Who was apart then and is not now, since a doubt was cleared up, was nobody's and is at least its own.
        let apart: BTreeSet<u8> = (0..8).filter(|number| as_known.apart().contains_key(&subject(*number))).collect();
        for together in now {
            let together: BTreeSet<u8> = together.difference(&apart).copied().collect();
            let within = together.len() < 2 || then.iter().any(|set| together.is_subset(set));
            prop_assert!(within, "{:?} not within {:?}", together, then);
        }
    }

    #[test]
    fn without_the_ledger_no_person_has_two_accounts_of_users(world in worlds(), moment in 0i64..61) {
        let moment = at(moment);
        let people = People::link(&world, &[]);
        let account = |subject| people.accounts().iter().find(|link| link.subject == subject && link.holds_at(moment)).map(|link| link.person);
        for one in world.iter().filter(|one| one.role == Role::User) {
            for other in world.iter().filter(|other| other.role == Role::User) {
                let (a, b) = (people.person_at(one.subject, moment), people.person_at(other.subject, moment));
                prop_assert!(a.is_none() || a != b || account(one.subject) == account(other.subject));
            }
        }
    }

    #[test]
    fn different_user_ids_are_different_accounts(world in worlds()) {
        let people = People::link(&world, &[]);
        let account = |subject| people.accounts().iter().find(|link| link.subject == subject && link.to.is_open()).map(|link| link.person);
        let one_id = |facts: &SubjectFacts| facts.of_kind(Kind::UserId).count() == 1 && facts.of_kind(Kind::ContactId).count() == 0;
        for one in world.iter().filter(|one| one_id(one)) {
            for other in world.iter().filter(|other| one_id(other)) {
                let same = one.of_kind(Kind::UserId).eq(other.of_kind(Kind::UserId));
                let (a, b) = (account(one.subject), account(other.subject));
                prop_assert!(a.is_none() || a != b || same);
            }
        }
    }

    #[test]
    fn an_account_is_always_within_one_person(world in worlds(), entries in ledgers(), moment in 0i64..70) {
        let found = People::link(&world, &entries);
        let people = people_at(&found, at(moment));
        for account in accounts_at(&found, at(moment)) {
            prop_assert!(people.iter().any(|person| account.is_subset(person)), "{:?} in {:?}", account, people);
        }
    }

    #[test]
    fn no_merge_and_no_undo_changes_an_account(world in worlds(), entries in ledgers()) {
        // An undo may be of a detachment, which does part accounts.
        let joins = |entry: &&Entry| matches!(entry.change, Change::Merge { .. } | Change::SourceMerge { .. });
        let ids: BTreeSet<MergeId> = entries.iter().filter(joins).map(|entry| entry.id).collect();
        let of_joins = |entry: &Entry| match entry.change {
            Change::Undo { of } => ids.contains(&of),
            _ => ids.contains(&entry.id),
        };
        let merges: Vec<Entry> = entries.into_iter().filter(of_joins).collect();
        let (with, without) = (People::link(&world, &merges), People::link(&world, &[]));
        prop_assert_eq!(with.accounts(), without.accounts());
    }

    #[test]
    fn links_follow_each_other_and_name_the_oldest(world in worlds(), entries in ledgers()) {
        let people = People::link(&world, &entries);
        for one in &world {
            let links: Vec<&Link> = people.links().iter().filter(|link| link.subject == one.subject).collect();
            prop_assert_eq!(links.is_empty(), people.apart().contains_key(&one.subject));
            for (position, link) in links.iter().enumerate() {
                prop_assert!(link.from < link.to);
                prop_assert_eq!(link.from, if position == 0 { one.first_seen } else { links[position - 1].to });
                prop_assert_eq!(link.to.is_open(), position + 1 == links.len());
                let members = people.subjects_at(link.person, link.from);
                let oldest = world.iter().filter(|other| members.contains(&other.subject)).min_by_key(|other| (other.first_seen, other.subject));
                prop_assert_eq!(oldest.map(|oldest| PersonId::of_subject(oldest.subject)), Some(link.person));
            }
        }
    }

    #[test]
    fn undoing_everything_restores_the_people(world in worlds(), entries in ledgers()) {
        let merges: Vec<Entry> = entries.into_iter().filter(|entry| !matches!(entry.change, Change::Undo { .. })).collect();
        let undos = merges.iter().zip(100u128..).map(|(merge, number)| entry(number, 70, Change::Undo { of: merge.id }));
        let all: Vec<Entry> = merges.iter().cloned().chain(undos).collect();
        let before = People::link(&world, &[]);
        let after = People::link(&world, &all);
        prop_assert_eq!(after.persons(), before.persons());
        prop_assert_eq!(after.apart(), before.apart());
        // Yet at its moment the merge was true.
        let never = People::link(&world, &merges);
        let detached = merges.iter().any(|entry| matches!(entry.change, Change::Detach { .. }));
        prop_assert!(detached || people_at(&after, at(69)) == people_at(&never, at(69)));
    }

    #[test]
    fn absorbing_is_a_sum(pieces in vec((0i64..60, 0..KEYS.len(), 0usize..3), 1..6).prop_flat_map(|pieces| {
        let facts: Vec<SubjectFacts> = pieces
            .into_iter()
            .map(|(moment, key, role)| contact(1, [Role::Visitor, Role::Lead, Role::User][role], moment, &[KEYS[key]], &[]))
            .collect();
        (Just(facts.clone()), Just(facts).prop_shuffle())
    })) {
        let sum = |pieces: &[SubjectFacts]| {
            pieces.iter().cloned().chain(pieces.iter().cloned()).reduce(|mut sum, piece| {
                sum.absorb(piece);
                sum
            })
        };
        prop_assert_eq!(sum(&pieces.0), sum(&pieces.1));
        prop_assert_eq!(sum(&pieces.0).map(|sum| sum.role), pieces.0.iter().map(|piece| piece.role).max());
    }
}
