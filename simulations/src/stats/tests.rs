use proptest::prelude::*;

use super::*;

fn names(n: usize) -> Vec<String> {
    (0..n).map(|number| format!("c{number:04}")).collect()
}

fn few() -> Settings {
    Settings { seed: 7, rounds: 200 }
}

#[test]
fn wilson_is_the_textbook_interval() {
    // 81 of 263: a worked example of Newcombe (1998), 0.2553 to 0.3662.
    let (low, high) = wilson(81.0, 263.0);
    assert!((low - 0.2553).abs() < 5e-4 && (high - 0.3662).abs() < 5e-4, "{low} {high}");
    assert_eq!(wilson(0.0, 0.0), (0.0, 1.0));
    let (low, high) = wilson(0.0, 20.0);
    assert!(low.abs() < 1e-12 && (0.1..0.2).contains(&high));
}

#[test]
fn nothing_seen_is_not_surely_nothing() {
    let names = names(20);
    let votes: Vec<_> = names.iter().map(|group| Vote { group, weight: 1.0, yes: false }).collect();
    let estimate = share(&votes, Settings::default()).unwrap();
    assert!(estimate.value.abs() < 1e-12 && estimate.high > 0.1);
    assert!(share(&[], Settings::default()).is_none());
    assert!(share(&[Vote { group: "a", weight: 0.0, yes: true }], Settings::default()).is_none());
}

#[test]
fn turns_of_one_conversation_are_no_independent_proof() {
    let names = names(200);
    let alone: Vec<_> =
        names.iter().enumerate().map(|(at, group)| Vote { group, weight: 1.0, yes: at % 2 == 0 }).collect();
    let together: Vec<_> = (0..200)
        .map(|at| Vote { group: names[at / 20].as_str(), weight: 1.0, yes: (at / 20) % 2 == 0 })
        .collect();
    let (alone, together) =
        (share(&alone, Settings::default()).unwrap(), share(&together, Settings::default()).unwrap());
    assert!((alone.value - together.value).abs() < 1e-9);
    assert!(together.margin() > 2.0 * alone.margin(), "{alone:?} {together:?}");
    assert_eq!(together.groups, 10);
}

#[test]
fn weights_count() {
    let votes = [Vote { group: "a", weight: 3.0, yes: true }, Vote { group: "b", weight: 1.0, yes: false }];
    assert!((share(&votes, few()).unwrap().value - 0.75).abs() < 1e-9);
}

/// How often an interval at 95 % holds the truth, over many made-up samples.
fn coverage(truth: f64, n: usize, interval: impl Fn(&[bool]) -> Estimate) -> f64 {
    let mut random = Random::new(99);
    const SAMPLES: usize = 300;
    let held = (0..SAMPLES)
        .filter(|_| {
            let sample: Vec<bool> = (0..n).map(|_| random.unit() < truth).collect();
            let estimate = interval(&sample);
            estimate.low <= truth && truth <= estimate.high
        })
        .count();
    held as f64 / SAMPLES as f64
}

#[test]
fn intervals_hold_the_truth_about_as_often_as_they_say() {
    for (truth, n) in [(0.5, 60), (0.2, 60), (0.05, 80)] {
        let names = names(n);
        let held = coverage(truth, n, |sample| {
            let votes: Vec<_> = sample
                .iter()
                .zip(&names)
                .map(|(yes, group)| Vote { group, weight: 1.0, yes: *yes })
                .collect();
            share(&votes, few()).unwrap()
        });
        assert!(held >= 0.93, "{truth} of {n}: {held}");
    }
}

#[test]
fn the_interval_of_a_judged_share_holds_what_people_would_have_said() {
    let error = JudgeError {
        sensitivity: Counted { right: 80, of: 100 },
        specificity: Counted { right: 70, of: 100 },
    };
    let (truth, n) = (0.4, 150);
    let names = names(n);
    let mut random = Random::new(5);
    let mut verdicts = Vec::new();
    let held = coverage(truth, n, |sample| {
        let units: Vec<_> = sample
            .iter()
            .zip(&names)
            .map(|(right, group)| {
                let same = Random::new(group.len() as u64 + verdicts.len() as u64).unit();
                let _ = same;
                Judged { group, weight: 1.0, open: true, same: *right }
            })
            .collect();
        judged_share(&units, Some(&error), few()).unwrap()
    });
    assert!(held >= 0.93);
    // With verdicts that err as stated, the plain interval misses the truth and the widened one does not.
    for _ in 0..60 {
        let units: Vec<_> = names
            .iter()
            .map(|group| {
                let right = random.unit() < truth;
                let same = if right { random.unit() < 0.8 } else { random.unit() > 0.7 };
                Judged { group, weight: 1.0, open: true, same }
            })
            .collect();
        let widened = judged_share(&units, Some(&error), few()).unwrap();
        let plain = judged_share(&units, None, few()).unwrap();
        verdicts.push((widened.low <= truth && truth <= widened.high, plain.margin() < widened.margin()));
    }
    assert!(verdicts.iter().filter(|one| one.0).count() >= 56, "{verdicts:?}");
    assert!(verdicts.iter().all(|one| one.1));
}

#[test]
fn a_judge_like_a_coin_tells_nothing_beyond_what_was_answered() {
    let names = names(50);
    let coin = JudgeError {
        sensitivity: Counted { right: 50, of: 100 },
        specificity: Counted { right: 50, of: 100 },
    };
    let units: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(at, group)| Judged { group, weight: 1.0, open: at < 25, same: at < 10 })
        .collect();
    let estimate = judged_share(&units, Some(&coin), few()).unwrap();
    assert!((estimate.value - 0.2).abs() < 1e-9);
    assert!(estimate.low.abs() < 1e-9 && estimate.high >= 0.5, "{estimate:?}");
}

#[test]
fn a_difference_is_drawn_in_pairs() {
    let names = names(100);
    let pairs: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(at, group)| {
            let base = f64::from(u8::from(at % 2 == 0));
            Pair { group, weight: 1.0, ours: base, other: base }
        })
        .collect();
    let none = difference(&pairs, few()).unwrap();
    assert!(none.value.abs() < 1e-12 && none.margin() < 1e-12, "equal pairs differ by nothing: {none:?}");
    let better: Vec<_> = pairs.iter().map(|pair| Pair { ours: 1.0, ..*pair }).collect();
    let gain = difference(&better, few()).unwrap();
    assert!((gain.value - 0.5).abs() < 1e-9 && gain.low > 0.35 && gain.high < 0.65);
}

#[test]
fn rankings_are_the_textbook_ones() {
    assert!((auroc(&[(0.9, true, 1.0), (0.1, false, 1.0)]).unwrap() - 1.0).abs() < 1e-12);
    assert!((auroc(&[(0.5, true, 1.0), (0.5, false, 1.0)]).unwrap() - 0.5).abs() < 1e-12);
    let three = [(0.8, true, 1.0), (0.6, false, 1.0), (0.4, true, 1.0), (0.2, false, 1.0)];
    assert!((auroc(&three).unwrap() - 0.75).abs() < 1e-12);
    assert_eq!(auroc(&[(0.5, true, 1.0)]), None);
    assert!((spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 15.0]).unwrap() - 0.5).abs() < 1e-12);
    assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
}

#[test]
fn a_calibration_table_sets_stated_beside_true() {
    let scored =
        [(0.91, true, 1.0), (0.99, true, 1.0), (0.95, false, 2.0), (0.15, false, 1.0), (0.5, true, 0.0)];
    let bins = calibration(&scored);
    assert_eq!(bins.len(), 2);
    assert_eq!((bins[0].count, bins[1].count), (1, 3));
    assert!((bins[1].right - 0.5).abs() < 1e-9 && (bins[1].stated - 0.95).abs() < 1e-9, "{bins:?}");
    assert_eq!(calibration(&[(1.0, true, 1.0)])[0].count, 1);
}

#[test]
fn a_calibration_error_is_the_mean_miss_of_each_tenth() {
    // Ten bins of one: each misses by 0.1.
    let scored: Vec<_> =
        (0..10).map(|at| (if at < 5 { 0.1 } else { 0.9 } + f64::from(at) * 1e-9, at >= 5, 1.0)).collect();
    assert!((calibration_error(&scored).unwrap() - 0.1).abs() < 1e-6);
    // Equal ones stay together: half right at a half misses nothing.
    let equal: Vec<_> = (0..40).map(|at| (0.5, at % 2 == 0, 1.0)).collect();
    assert!(calibration_error(&equal).unwrap() < 1e-12);
    assert_eq!(calibration_error(&[(0.5, true, 0.0)]), None);
}

#[test]
fn chance_alone_makes_an_error_that_shrinks_with_what_is_seen() {
    let settings = Settings { seed: 7, rounds: 200 };
    let some =
        |count: i32| -> Vec<_> { (0..count).map(|at| (f64::from(at % 9) / 10.0, true, 1.0)).collect() };
    let (few, many) =
        (error_by_chance(&some(100), settings).unwrap(), error_by_chance(&some(2_500), settings).unwrap());
    assert!(few > 0.05 && many < 0.02, "{few} {many}");
    let mut turned = some(100);
    turned.reverse();
    assert!((error_by_chance(&turned, settings).unwrap() - few).abs() < 1e-12);
    assert!(error_by_chance(&[(0.0, false, 1.0), (1.0, true, 1.0)], settings).unwrap() < 1e-12);
    assert_eq!(error_by_chance(&[], settings), None);
}

proptest! {
    #[test]
    fn the_order_of_the_input_does_not_matter(
        votes in proptest::collection::vec((0usize..12, 0.1f64..5.0, any::<bool>()), 1..60),
        turn in 0usize..60,
    ) {
        let names = names(12);
        let votes: Vec<_> =
            votes.iter().map(|(at, weight, yes)| Vote { group: &names[*at], weight: *weight, yes: *yes }).collect();
        let mut turned = votes.clone();
        turned.rotate_left(turn % votes.len());
        turned.reverse();
        prop_assert_eq!(share(&votes, few()), share(&turned, few()));
        let judged: Vec<_> = votes.iter().map(|one| Judged { group: one.group, weight: one.weight, open: one.weight > 1.0, same: one.yes }).collect();
        let mut reversed = judged.clone();
        reversed.reverse();
        prop_assert_eq!(judged_share(&judged, None, few()), judged_share(&reversed, None, few()));
    }

    #[test]
    fn an_interval_holds_its_value_within_0_and_1(votes in proptest::collection::vec((0usize..12, 0.0f64..5.0, any::<bool>()), 1..60)) {
        let names = names(12);
        let votes: Vec<_> =
            votes.iter().map(|(at, weight, yes)| Vote { group: &names[*at], weight: *weight, yes: *yes }).collect();
        if let Some(estimate) = share(&votes, few()) {
            prop_assert!(0.0 <= estimate.low && estimate.low <= estimate.value);
            prop_assert!(estimate.value <= estimate.high && estimate.high <= 1.0);
        }
    }
}
