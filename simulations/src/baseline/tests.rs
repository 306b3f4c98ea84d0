use proptest::prelude::*;

use super::*;

fn candidate(number: usize, ours: (bool, bool), baseline: (Option<f64>, bool)) -> Candidate {
    Candidate {
        conversation: format!("c{number:03}"),
        position: 0,
        weight: 1.0,
        ours_answered: ours.0,
        ours_same: ours.1,
        baseline_confidence: baseline.0,
        baseline_same: baseline.1,
    }
}

fn settings() -> Settings {
    Settings { seed: 3, rounds: 300 }
}

#[test]
fn both_hold_the_same_share_and_the_baseline_keeps_its_surest() {
    let candidates: Vec<_> = (0..40)
        .map(|at| candidate(at, (at % 2 == 0, at % 4 == 0), (Some(at as f64 / 40.0), at >= 30)))
        .collect();
    let against = compare("nearest", &candidates, settings()).unwrap();
    assert!((against.held - 0.5).abs() < 1e-9 && (against.baseline_held - 0.5).abs() < 1e-9);
    assert!((against.baseline_threshold.unwrap() - 0.5).abs() < 1e-9);
    assert!((against.ours.value - 0.25).abs() < 1e-9);
    assert!((against.baseline.value - 0.25).abs() < 1e-9, "the ten right ones are among the surest");
    assert!((against.ours_right.unwrap().value - 0.5).abs() < 1e-9);
    assert!(against.difference.low < 0.0 && against.difference.high > 0.0);
}

#[test]
fn a_clear_gain_has_an_interval_above_zero() {
    let candidates: Vec<_> =
        (0..200).map(|at| candidate(at, (true, at % 3 != 0), (Some(0.5), at % 3 == 0))).collect();
    let against = compare("nearest", &candidates, settings()).unwrap();
    assert!(against.difference.low > 0.15, "{:?}", against.difference);
}

#[test]
fn what_the_baseline_cannot_answer_stays_held() {
    let candidates: Vec<_> =
        (0..10).map(|at| candidate(at, (true, true), ((at < 4).then_some(0.9), true))).collect();
    let against = compare("nearest", &candidates, settings()).unwrap();
    assert!((against.baseline_held - 0.6).abs() < 1e-9);
    assert!((against.baseline.value - 0.4).abs() < 1e-9);
    assert!(compare("nearest", &[], settings()).is_none());
}

proptest! {
    #[test]
    fn order_and_rows_without_weight_do_not_matter(
        rows in proptest::collection::vec((any::<bool>(), any::<bool>(), proptest::option::of(0u8..4), any::<bool>()), 1..40),
    ) {
        let candidates: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| candidate(at, (row.0, row.1), (row.2.map(f64::from), row.3)))
            .collect();
        let mut turned = candidates.clone();
        turned.reverse();
        turned.push(Candidate { weight: 0.0, ..candidate(999, (true, true), (Some(9.0), true)) });
        prop_assert_eq!(compare("n", &candidates, settings()), compare("n", &turned, settings()));
    }
}
