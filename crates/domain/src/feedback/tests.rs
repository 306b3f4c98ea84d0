use proptest::prelude::*;

use super::*;

const DRAFT: &str = "Hi Jona,\n\nHold the power button for twelve seconds until the display turns blue. [1] \
                     Your settings stay as they are. [2]";

#[test]
fn what_was_sent_as_it_stood_is_used() {
    for sent in [
        "Hold the power button for twelve seconds until the display turns blue. Your settings stay as they are.",
        DRAFT,
        "Hello Mr Adler,\n\nHold the power button for twelve seconds until the display turns blue. Your settings stay \
         as they are.\n\nBest regards,\nKim\nCustomer Care",
        "Hi! Hold the power button for twelve seconds, until the display turns blue; your settings stay as they are.",
    ] {
        let compared = compare(DRAFT, sent);
        assert_eq!((compared.distance, compared.kind()), (0, Kind::Used), "{sent}: {compared:?}");
        assert_eq!(compared.changed_permille(), 0);
    }
}

#[test]
fn a_fifth_may_be_changed() {
    let draft = "one two three four five six seven eight nine ten";
    let kind = |sent: &str| compare(draft, sent).kind();
    assert_eq!(kind("one two three four five six seven eight 9 10"), Kind::Used);
    assert_eq!(kind("one two three four five six seven 8 9 10"), Kind::Edited);
    assert_eq!(kind("one two three four five six seven eight nine ten eleven twelve"), Kind::Used);
    assert_eq!(kind("one two three four five six seven eight nine ten eleven twelve thirteen"), Kind::Edited);
    assert_eq!(kind("one two three four 5 6 7 8 9 10"), Kind::Ignored);
}

#[test]
fn a_part_of_a_draft_is_an_edit_and_own_words_are_none() {
    let compared = compare(DRAFT, "Your settings stay as they are.");
    assert_eq!(compared.kind(), Kind::Edited);
    assert!(compared.is_taken_over());
    for sent in [
        "I have refunded you for the display and sent a new one; it arrives on Tuesday with the post.",
        "On it!",
        "",
    ] {
        let compared = compare(DRAFT, sent);
        assert_eq!((compared.kind(), compared.is_taken_over()), (Kind::Ignored, false), "{sent}");
    }
}

#[test]
fn it_is_known_which_sources_were_dropped() {
    let compared = compare(DRAFT, "Hold the power button for twelve seconds until the display turns blue.");
    let shares: Vec<(usize, u32)> =
        compared.sources.iter().map(|(source, share)| (*source, share.permille())).collect();
    assert_eq!(shares, [(1, 1_000), (2, 0)]);
}

#[test]
fn an_address_is_one_word() {
    let (words, sources) = words("See https://help.test/a-1?x=y, please. [12]");
    assert_eq!(words, ["see", "https://help.test/a-1?x=y", "please"]);
    assert_eq!(sources, [Some(12); 3]);
}

#[test]
fn long_texts_are_compared_in_bounds() {
    let long = |word: &str| format!("{word} ").repeat(50_000);
    let compared = compare(&long("a"), &long("b"));
    assert_eq!((compared.distance, compared.kind()), (50_000, Kind::Ignored));
    assert_eq!(compare(&long("a"), &long("a")).distance, 0);
}

fn text() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-f]{1,2}", 1..60)
}

/// A text whose words no other text here has.
fn fresh(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("fresh{number}")).collect()
}

proptest! {
    #[test]
    fn the_same_text_is_unchanged(words in text()) {
        let text = words.join(" ");
        let compared = compare(&text, &text);
        prop_assert_eq!((compared.distance, compared.changed(), compared.kept), (0, 0.0, words.len()));
        prop_assert_eq!(compared.kind(), Kind::Used);
    }

    #[test]
    fn the_share_is_a_share_and_the_same_both_ways(one in text(), other in text()) {
        let (one, other) = (one.join(" "), other.join(" "));
        let (there, back) = (compare(&one, &other), compare(&other, &one));
        prop_assert_eq!(there.distance, back.distance);
        prop_assert!((0.0..=1.0).contains(&there.changed()) && there.changed_permille() <= 1_000);
        prop_assert!(there.distance >= there.drafted.abs_diff(there.sent));
        prop_assert!(there.kept <= there.drafted.min(there.sent));
        prop_assert_eq!(there.kept == there.drafted && there.drafted == there.sent, there.distance == 0);
    }

    #[test]
    fn more_changes_are_never_less_changed(words in text(), order in any::<prop::sample::Index>()) {
        let (draft, mut sent, mut before) = (words.join(" "), words.clone(), 0.0);
        let first = order.index(words.len());
        for (step, new) in fresh(words.len()).into_iter().enumerate() {
            sent[(first + step) % words.len()] = new;
            let compared = compare(&draft, &sent.join(" "));
            prop_assert_eq!(compared.distance, step + 1, "as many as were replaced");
            prop_assert!(compared.changed() >= before);
            before = compared.changed();
        }
        prop_assert_eq!(before, 1.0);
    }

    #[test]
    fn additions_are_counted_as_they_come(words in text()) {
        let (draft, mut before) = (words.join(" "), 0.0);
        for count in 1..20 {
            let sent = words.iter().cloned().chain(fresh(count)).collect::<Vec<_>>().join(" ");
            let compared = compare(&draft, &sent);
            prop_assert_eq!(compared.distance, count);
            prop_assert!(compared.changed() > before);
            before = compared.changed();
        }
    }

    #[test]
    fn any_text_can_be_compared(one in ".{0,400}", other in ".{0,400}") {
        let compared = compare(&one, &other);
        prop_assert!((0.0..=1.0).contains(&compared.changed()));
    }
}
