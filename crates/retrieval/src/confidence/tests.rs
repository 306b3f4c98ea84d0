use proptest::prelude::*;

use super::*;

const NOWHERE: &[u32] = &[];

fn found(scores: &[f32]) -> Vec<Fused<usize>> {
    scores.iter().enumerate().map(|(key, &score)| Fused { key, score, cosine: None, bm25: None }).collect()
}

fn alone(scores: &[f32], terms: usize) -> Features {
    Features::measure(&found(scores), terms, |_| NOWHERE).unwrap()
}

#[test]
fn nothing_found_has_no_features() {
    assert_eq!(Features::measure(&found(&[]), 5, |_| NOWHERE), None);
}

#[test]
fn without_targets_the_mass_is_the_best_score() {
    let features = alone(&[0.8, 0.6, 0.3], 4);
    assert!((features.mass - 0.8).abs() < 1e-6);
    assert!((features.gap - 0.5).abs() < 1e-6);
}

#[test]
fn the_gap_looks_at_the_twenty_first() {
    let scores: Vec<f32> = (0..30u8).map(|at| 0.9 - f32::from(at) * 0.01).collect();
    assert!((alone(&scores, 4).gap - 0.2).abs() < 1e-5);
}

#[test]
fn entries_that_agree_weigh_more_than_entries_that_do_not() {
    let scores = found(&[0.6, 0.6, 0.6]);
    let agree = Features::measure(&scores, 4, |_| &[7u32]).unwrap();
    let targets = [[1u32], [2], [3]];
    let differ = Features::measure(&scores, 4, |key| &targets[*key]).unwrap();
    assert!((f64::from(agree.mass) - (0.6 + 0.1 * 3f64.ln())).abs() < 1e-6);
    assert!((differ.mass - 0.6).abs() < 1e-6);
}

#[test]
fn a_close_match_is_likely_and_a_vague_one_is_not() {
    let close = alone(&[0.9, 0.5, 0.4], 6).probability();
    let vague = alone(&[0.35, 0.34, 0.33], 2).probability();
    assert!(close > 0.8 && vague < 0.1, "{close} {vague}");
}

proptest! {
    #[test]
    fn it_is_a_probability(mass in -2f32..3.0, gap in 0f32..1.5, terms in 0usize..5_000) {
        let p = Features { mass, gap, terms, examples: None }.probability();
        prop_assert!((0.0..=1.0).contains(&p));
    }

    #[test]
    fn it_rises_with_each_feature(mass in 0f32..1.0, gap in 0f32..0.6, terms in 0usize..20, more in 0f32..0.5) {
        let of = |mass, gap, terms| Features { mass, gap, terms, examples: None }.probability();
        let p = of(mass, gap, terms);
        prop_assert!(of(mass + more, gap, terms) >= p);
        prop_assert!(of(mass, gap + more, terms) >= p);
        prop_assert!(of(mass, gap, terms + 1) >= p);
    }

    #[test]
    fn targets_never_lower_the_mass(scores in prop::collection::vec(0f32..1.0, 1..80), target in 0u32..3) {
        let mut scores = scores;
        scores.sort_by(|a, b| b.total_cmp(a));
        let targets = [target];
        let led = Features::measure(&found(&scores), 4, |_| targets.as_slice()).unwrap();
        prop_assert!(led.mass >= alone(&scores, 4).mass - 1e-6);
    }
}
