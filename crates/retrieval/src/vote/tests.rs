use proptest::prelude::*;

use super::*;

fn voter<'a>(score: f32, leads_to: &'a [&'a str]) -> Voter<'a, &'a str> {
    Voter { score, language: Language::Same, leads_to }
}

fn order<'a>(elected: &[Elected<&'a str>]) -> Vec<&'a str> {
    elected.iter().map(|one| one.target).collect()
}

#[test]
fn many_close_neighbours_beat_the_closest() {
    let voters = [voter(0.70, &["a"]), voter(0.69, &["b"]), voter(0.68, &["b"]), voter(0.2, &["c"])];
    let elected = vote(&voters, |_| None);
    assert_eq!(order(&elected), ["b", "a", "c"]);
    assert!((elected[0].total - 1.0).abs() < 1e-6);
}

#[test]
fn far_neighbours_do_not_outnumber_a_close_one() {
    let mut voters = vec![voter(0.9, &["near"])];
    voters.extend(std::iter::repeat_n(voter(0.5, &["far"]), 99));
    assert_eq!(vote(&voters, |_| None)[0].target, "near");
}

#[test]
fn another_language_votes_only_where_there_is_nobody_else() {
    let other = Voter { score: 0.8, language: Language::Other, leads_to: &["de-article"] };
    assert_eq!(order(&vote(&[other, voter(0.7, &["en-article"])], |_| None)), ["en-article", "de-article"]);
    assert_eq!(order(&vote(&[other], |_| None)), ["de-article"]);
}

#[test]
fn a_target_named_twice_by_one_entry_counts_once() {
    let elected = vote(&[voter(0.7, &["a", "a"]), voter(0.7, &["b"])], |_| None);
    assert!((elected[0].share - 0.5).abs() < 1e-6);
    assert_eq!(order(&elected), ["a", "b"]);
}

#[test]
fn the_name_decides_between_equals() {
    let elected = vote(&[voter(0.7, &["a", "b"])], |target| Some(if *target == "b" { 0.4 } else { 0.1 }));
    assert_eq!(order(&elected), ["b", "a"]);
    assert!((elected[0].total - 1.2).abs() < 1e-6);
}

#[test]
fn nobody_votes_for_nothing() {
    assert!(vote(&[voter(0.9, &[]), voter(f32::NAN, &["a"])], |_| None).is_empty());
}

#[test]
fn ids_that_are_words_have_a_name() {
    assert_eq!(words_of("SIZE_CUSTOMIZATION").as_deref(), Some("size customization"));
    assert_eq!(words_of("imap-2-pop3").as_deref(), Some("imap 2 pop3"));
    assert_eq!(words_of("98213"), None);
    assert_eq!(words_of("a1-b2"), None);
    assert_eq!(words_of(""), None);
}

proptest! {
    #[test]
    fn shares_sum_to_one_and_order_is_stable(entries in prop::collection::vec((0f32..1.0, 0u32..9), 1..150)) {
        let targets: Vec<[u32; 1]> = entries.iter().map(|&(_, target)| [target]).collect();
        let mut voters: Vec<Voter<'_, u32>> = entries
            .iter()
            .zip(&targets)
            .map(|(&(score, _), leads_to)| Voter { score, language: Language::Same, leads_to })
            .collect();
        let forward = vote(&voters, |_| None);
        voters.reverse();
        prop_assert_eq!(&forward, &vote(&voters, |_| None));
        prop_assert!((forward.iter().map(|one| one.share).sum::<f32>() - 1.0).abs() < 1e-4);
        prop_assert!((forward[0].total - 1.0).abs() < 1e-6);
    }

    #[test]
    fn adding_the_same_to_all_scores_changes_little(entries in prop::collection::vec((0f32..1.0, 0u32..9), 1..90), more in -0.5f32..0.5) {
        let targets: Vec<[u32; 1]> = entries.iter().map(|&(_, target)| [target]).collect();
        let voters = |by: f32| -> Vec<Voter<'_, u32>> {
            entries
                .iter()
                .zip(&targets)
                .map(|(&(score, _), leads_to)| Voter { score: score + by, language: Language::Same, leads_to })
                .collect()
        };
        let mut plain = vote(&voters(0.0), |_| None);
        let mut moved = vote(&voters(more), |_| None);
        plain.sort_by_key(|one| one.target);
        moved.sort_by_key(|one| one.target);
        for (a, b) in plain.iter().zip(&moved) {
            prop_assert!(a.target == b.target && (a.share - b.share).abs() < 1e-3);
        }
    }
}
