use domain::{SourceId, TenantId};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn id(number: u128) -> MergeId {
    MergeId::from_uuid(uuid::Uuid::from_u128(number))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn subject(number: u8) -> SubjectId {
    SubjectId::derive(SourceId::derive(TenantId::derive("acme"), "files", "acme"), &number.to_string())
}

fn person(number: u8) -> PersonId {
    PersonId::of_subject(subject(number))
}

fn entry(number: u128, moment: i64, change: Change) -> Entry {
    Entry { id: id(number), at: at(moment), by: "anna".to_owned(), why: "asked".to_owned(), change }
}

fn merge(number: u128, moment: i64) -> Entry {
    entry(number, moment, Change::Merge { from: person(1), into: person(2) })
}

fn undo(number: u128, moment: i64, of: u128) -> Entry {
    entry(number, moment, Change::Undo { of: id(of) })
}

fn active_numbers(entries: &[Entry], moment: i64) -> Vec<u128> {
    active(entries, at(moment)).iter().map(|entry| entry.id.uuid().as_u128()).collect()
}

fn spans(entries: &[Entry]) -> Vec<(i64, Option<i64>)> {
    let span = |join: &Join| (join.from.millis(), (!join.to.is_open()).then_some(join.to.millis()));
    Ledger::new(entries).joins().iter().map(span).collect()
}

#[test]
fn an_entry_counts_from_its_own_moment() {
    let entries = [merge(1, 10)];
    assert_eq!(active_numbers(&entries, 9), [0; 0]);
    assert_eq!(active_numbers(&entries, 10), [1]);
    assert_eq!(spans(&entries), [(10, None)]);
}

#[test]
fn a_merge_that_a_source_reports_twice_is_one_entry() {
    let source = SourceId::derive(TenantId::derive("acme"), "files", "acme");
    let told = |from, into, moment| Entry::merged_at_source(source, from, into, at(moment));
    let first = told("17", "18", 10).unwrap();
    let named = |id: &str| SubjectId::derive(source, &format!("contact_id:{id}"));
    assert_eq!(first.change, Change::SourceMerge { from: named("17"), into: named("18") });
    // Another way of telling may state another moment.
    let again = told("17", "18", 12).unwrap();
    assert_eq!(first.id, again.id);
    assert_ne!(first.id, told("18", "17", 10).unwrap().id);
    let undo = entry(2, 20, Change::Undo { of: first.id });
    for entries in [[first.clone(), again.clone(), undo.clone()], [again, undo, first]] {
        assert_eq!(spans(&entries), [(10, Some(20))]);
    }
    assert!(told("undefined", "18", 10).is_err());
    assert!(told("17", "", 10).is_err());
}

#[test]
fn an_undo_ends_it_and_can_be_undone() {
    let entries = [merge(1, 10), undo(2, 20, 1), undo(3, 30, 2), undo(4, 40, 3)];
    assert_eq!(active_numbers(&entries, 15), [1]);
    assert_eq!(active_numbers(&entries, 25), [2]);
    assert_eq!(active_numbers(&entries, 35), [1, 3]);
    assert_eq!(active_numbers(&entries, 45), [2, 4]);
    assert_eq!(spans(&entries), [(10, Some(20)), (30, Some(40))]);
}

#[test]
fn two_undos_of_one_merge_must_both_be_undone() {
    let entries = [merge(1, 10), undo(2, 20, 1), undo(3, 25, 1), undo(4, 30, 2)];
    assert_eq!(spans(&entries), [(10, Some(20))]);
    let both: Vec<_> = entries.into_iter().chain([undo(5, 35, 3)]).collect();
    assert_eq!(spans(&both), [(10, Some(20)), (35, None)]);
}

#[test]
fn a_merge_undone_in_the_same_moment_never_was() {
    assert_eq!(spans(&[merge(1, 10), undo(2, 10, 1)]), []);
}

#[test]
fn what_cannot_come_about_counts_for_nothing() {
    assert_eq!(spans(&[merge(1, 10), undo(2, 5, 1)]), [(10, None)], "an undo before what it undoes");
    assert_eq!(spans(&[merge(1, 10), undo(2, 20, 99)]), [(10, None)], "an undo of nothing");
    let circle = [merge(1, 10), undo(2, 20, 3), undo(3, 20, 2)];
    assert_eq!(spans(&circle), [(10, None)]);
    assert_eq!(active_numbers(&[undo(2, 20, 2)], 30).len(), 1, "an undo of itself undoes nothing");
}

#[test]
fn the_same_entry_twice_is_one_entry() {
    assert_eq!(spans(&[merge(1, 10), merge(1, 10)]), [(10, None)]);
    // Should one id come with two contents, the outcome is fixed whatever the order.
    let two = [merge(1, 10), merge(1, 20)];
    let reversed = [merge(1, 20), merge(1, 10)];
    assert_eq!(spans(&two), spans(&reversed));
}

#[test]
fn entries_are_found_by_the_people_they_speak_of() {
    let merged = Change::SourceMerge { from: subject(1), into: subject(2) };
    assert_eq!(merged.people(), [person(1), person(2)]);
    assert_eq!(Change::Detach { subject: subject(3) }.people(), [person(3)]);
    assert_eq!(Change::Undo { of: id(1) }.people(), []);
}

#[test]
fn entries_survive_being_written_down() {
    for change in [
        Change::Merge { from: person(1), into: person(2) },
        Change::SourceMerge { from: subject(1), into: subject(2) },
        Change::Detach { subject: subject(1) },
        Change::Undo { of: id(7) },
    ] {
        let written = serde_json::to_string(&entry(1, 10, change)).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&written).unwrap(), entry(1, 10, change));
    }
    let written = serde_json::to_value(entry(1, 10, Change::Undo { of: id(7) })).unwrap();
    assert_eq!(written["change"]["change"], "undo");
}

fn ledgers() -> impl Strategy<Value = Vec<Entry>> {
    let change = prop_oneof![
        2 => (0u8..4, 0u8..4).prop_map(|(from, into)| Change::Merge { from: person(from), into: person(into) }),
        1 => (0u8..4).prop_map(|number| Change::Detach { subject: subject(number) }),
        4 => (0u128..10).prop_map(|number| Change::Undo { of: id(number) }),
    ];
    vec((0i64..20, change), 0..10).prop_map(|changes| {
        changes
            .into_iter()
            .zip(0u128..)
            .map(|((moment, change), number)| entry(number, moment, change))
            .collect()
    })
}

proptest! {
    #[test]
    fn the_order_in_which_entries_arrive_means_nothing(
        (entries, mixed) in ledgers().prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle())),
        moment in 0i64..25,
    ) {
        prop_assert_eq!(active(&entries, at(moment)), active(&mixed, at(moment)));
        prop_assert_eq!(Ledger::new(&entries).joins(), Ledger::new(&mixed).joins());
        prop_assert_eq!(Ledger::new(&entries).detached(), Ledger::new(&mixed).detached());
    }

    #[test]
    fn later_entries_change_nothing_about_earlier_moments(entries in ledgers(), moment in 0i64..25) {
        let by_then: Vec<Entry> = entries.iter().filter(|entry| entry.at <= at(moment)).cloned().collect();
        prop_assert_eq!(active(&entries, at(moment)), active(&by_then, at(moment)));
    }

    #[test]
    fn an_undo_of_what_counts_restores_what_was_without_it(entries in ledgers(), which in 0usize..10) {
        let counting = active(&entries, at(100));
        prop_assume!(!counting.is_empty());
        let target = counting[which % counting.len()].clone();
        let undone: Vec<Entry> = entries.iter().cloned().chain([undo(50, 100, target.id.uuid().as_u128())]).collect();
        let restored: Vec<Entry> = undone.iter().cloned().chain([undo(51, 101, 50)]).collect();
        prop_assert!(!active(&undone, at(100)).contains(&&target));
        let without_undos = |entries: &[Entry], moment| -> Vec<MergeId> {
            active(entries, at(moment)).iter().map(|entry| entry.id).filter(|known| *known != id(51)).collect()
        };
        prop_assert_eq!(without_undos(&restored, 101), without_undos(&entries, 100));
        if !matches!(target.change, Change::Undo { .. }) {
            let never: Vec<Entry> = entries.iter().filter(|entry| entry.id != target.id).cloned().collect();
            prop_assert_eq!(Ledger::new(&undone).joins().into_iter().filter(|join| join.to.is_open()).collect::<Vec<_>>(),
                Ledger::new(&never).joins().into_iter().filter(|join| join.to.is_open()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn joins_hold_exactly_while_their_entry_counts(entries in ledgers(), moment in 0i64..25) {
        let ledger = Ledger::new(&entries);
        let joined: BTreeSet<MergeId> = ledger.joins().iter().filter(|join| join.from <= at(moment) && at(moment) < join.to).map(|join| join.entry).collect();
        let counting: BTreeSet<MergeId> = active(&entries, at(moment)).iter().filter(|entry| matches!(entry.change, Change::Merge { .. })).map(|entry| entry.id).collect();
        prop_assert_eq!(joined, counting);
    }
}
