use proptest::prelude::*;

use super::*;

fn listed(entries: &[(u32, f32)]) -> Vec<Listed<u32>> {
    entries.iter().map(|&(key, score)| Listed { key, score }).collect()
}

fn keys(fused: &[Fused<u32>]) -> Vec<u32> {
    fused.iter().map(|one| one.key).collect()
}

#[test]
fn a_known_language_leans_on_meaning_and_a_foreign_one_on_words() {
    assert!((dense_weight(Tongue::Known, 5) - 0.75).abs() < 1e-6);
    assert!((dense_weight(Tongue::Foreign, 5) - 0.45).abs() < 1e-6);
    assert!((dense_weight(Tongue::Known, 88) - 0.494).abs() < 1e-3);
    assert!((dense_weight(Tongue::Foreign, 100_000) - 0.2).abs() < 1e-6);
}

#[test]
fn words_count_less_the_less_of_the_question_they_cover() {
    let dense = listed(&[(1, 0.6), (2, 0.3)]);
    let lexical = listed(&[(2, 4.0), (1, 0.0)]);
    let covered = fuse(Lists { dense: &dense, lexical: &lexical, query_idf: 4.0 }, 0.6);
    let barely = fuse(Lists { dense: &dense, lexical: &lexical, query_idf: 64.0 }, 0.6);
    assert_eq!(keys(&covered), [2, 1]);
    assert_eq!(keys(&barely), [1, 2]);
    assert!((covered[0].score - (0.6 * 0.3 + 0.4)).abs() < 1e-6);
    assert!((barely[1].score - (0.6 * 0.3 + 0.4 * 0.25)).abs() < 1e-6);
}

#[test]
fn what_meaning_did_not_find_gets_the_worst_cosine() {
    let dense = listed(&[(1, 0.6), (2, 0.4)]);
    let lexical = listed(&[(3, 2.0)]);
    let fused = fuse(Lists { dense: &dense, lexical: &lexical, query_idf: 2.0 }, 0.5);
    assert_eq!(fused[0], Fused { key: 3, score: 0.7, cosine: None, bm25: Some(2.0) });
}

#[test]
fn one_list_or_none_will_do() {
    let some = listed(&[(1, 0.6), (2, 0.9)]);
    assert_eq!(keys(&fuse(Lists { dense: &some, lexical: &[], query_idf: 0.0 }, 0.5)), [2, 1]);
    assert_eq!(keys(&fuse(Lists { dense: &[], lexical: &some, query_idf: 3.0 }, 0.5)), [2, 1]);
    assert!(fuse(Lists::<u32> { dense: &[], lexical: &[], query_idf: 0.0 }, 0.5).is_empty());
}

#[test]
fn a_title_helps_and_never_harms() {
    let both =
        with_titles(&listed(&[(1, 0.5), (2, 0.5), (3, 0.4)]), &listed(&[(1, 0.9), (2, 0.1), (4, 0.6)]));
    assert_eq!(both.iter().map(|one| one.key).collect::<Vec<_>>(), [1, 2, 4, 3]);
    assert!((both[0].score - 0.7).abs() < 1e-6);
    assert!((both[1].score - 0.5).abs() < 1e-6);
}

fn list() -> impl Strategy<Value = Vec<Listed<u32>>> {
    prop::collection::vec((0u32..40, 0f32..1.0), 0..60)
        .prop_map(|entries| entries.into_iter().map(|(key, score)| Listed { key, score }).collect())
}

proptest! {
    #[test]
    fn order_of_input_plays_no_part(dense in list(), lexical in list(), idf in 0f32..50.0, weight in 0f32..1.0) {
        let forward = fuse(Lists { dense: &dense, lexical: &lexical, query_idf: idf }, weight);
        let (mut dense, mut lexical) = (dense, lexical);
        dense.reverse();
        lexical.reverse();
        prop_assert_eq!(forward, fuse(Lists { dense: &dense, lexical: &lexical, query_idf: idf }, weight));
    }

    #[test]
    fn each_key_comes_once_best_first(dense in list(), lexical in list(), idf in 0f32..50.0, weight in 0f32..1.0) {
        let fused = fuse(Lists { dense: &dense, lexical: &lexical, query_idf: idf }, weight);
        for pair in fused.windows(2) {
            prop_assert!(
                pair[0].score > pair[1].score || (pair[0].score == pair[1].score && pair[0].key < pair[1].key)
            );
        }
        let mut found = keys(&fused);
        found.sort_unstable();
        let mut given: Vec<u32> = dense.iter().chain(&lexical).map(|one| one.key).collect();
        given.sort_unstable();
        given.dedup();
        prop_assert_eq!(found, given);
    }

    #[test]
    fn scaling_bm25_and_idf_together_changes_nothing(
        dense in list(), lexical in list(), idf in 1f32..50.0, scale in 0.1f32..10.0,
    ) {
        let scaled: Vec<_> = lexical.iter().map(|one| Listed { key: one.key, score: one.score * scale }).collect();
        let plain = fuse(Lists { dense: &dense, lexical: &lexical, query_idf: idf }, 0.5);
        let by_key: HashMap<u32, f32> = fuse(Lists { dense: &dense, lexical: &scaled, query_idf: idf * scale }, 0.5)
            .into_iter().map(|one| (one.key, one.score)).collect();
        for one in plain {
            prop_assert!((by_key[&one.key] - one.score).abs() < 1e-4);
        }
    }

    #[test]
    fn broken_scores_never_win(dense in list(), key in 0u32..40) {
        let mut dense = dense;
        dense.push(Listed { key: 99, score: f32::NAN });
        let lexical = [Listed { key, score: f32::INFINITY }];
        let fused = fuse(Lists { dense: &dense, lexical: &lexical, query_idf: f32::NAN }, 0.5);
        prop_assert!(fused.iter().all(|one| one.score.is_finite() && one.key != 99));
    }

    #[test]
    fn more_words_never_raise_the_dense_weight(terms in 0usize..500) {
        for tongue in [Tongue::Known, Tongue::Foreign] {
            prop_assert!(dense_weight(tongue, terms + 1) <= dense_weight(tongue, terms));
        }
    }
}
