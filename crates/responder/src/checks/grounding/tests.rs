use proptest::prelude::*;

use super::*;

const RETURNS: &str = "You may return any bike within 30 days of delivery. Refunds are paid within two weeks to the card that \
    you paid with. Opened locks cannot be returned. Press the reset button for five seconds, and then open the left cover.";

fn support(sentence: &str) -> Support {
    Passage::read("Returns", RETURNS).support(sentence).unwrap()
}

#[test]
fn other_words_for_the_same_are_supported() {
    for sentence in [
        "Any bike may be returned within 30 days of delivery.",
        "We pay the refund to your card within 14 days.",
        "Refunds go to the card you paid with, within two weeks.",
        "It is not possible to return opened locks: they cannot be returned.",
        "Push the reset button for 5 seconds and then open the left cover.",
        "1. Press the reset button for five seconds.",
    ] {
        let support = support(sentence);
        assert!(support.is_enough(), "{sentence}: {support:?}");
    }
}

#[test]
fn a_changed_fact_is_seen() {
    for sentence in [
        "Any bike may be returned within 60 days of delivery.",
        "Refunds are paid within three weeks to the card that you paid with.",
        "Opened locks can be returned.",
        "You may not return any bike within 30 days of delivery.",
        "Press the reset button for fifteen seconds, and then open the left cover.",
        "Press the reset button for five seconds, and then open the right cover.",
        "Open the left cover, and then press the reset button for five seconds.",
        "The warranty covers five years of theft and rust.",
    ] {
        let support = support(sentence);
        assert!(!support.is_enough(), "{sentence}: {support:?}");
    }
}

#[test]
fn dates_are_the_same_however_they_are_written() {
    let passage = Passage::read("Summer", "The workshop is closed until 31 August 2025.");
    assert!(passage.support("The workshop stays closed until 31.08.2025.").unwrap().is_enough());
    assert!(!passage.support("The workshop stays closed until 30.08.2025.").unwrap().is_enough());
}

#[test]
fn german_is_read_too() {
    let passage =
        Passage::read("Akku", "Der Akku darf nicht unter 5 °C geladen werden. Er lädt in vier Stunden.");
    assert!(passage.support("Unter 5 °C darf der Akku nicht geladen werden.").unwrap().is_enough());
    assert!(!passage.support("Unter 5 °C darf der Akku geladen werden.").unwrap().is_enough());
    assert!(!passage.support("Der Akku lädt in sechs Stunden.").unwrap().is_enough());
}

#[test]
fn a_sentence_that_says_nothing_needs_no_support() {
    assert_eq!(Passage::read("", RETURNS).support("So, there you are!"), None);
}

proptest! {
    #[test]
    fn what_stands_there_is_supported(words in prop::collection::vec("[a-z]{1,9}|[0-9]{1,4}|not|>|then", 1..40), from in 0usize..40, length in 1usize..20) {
        let passage = words.join(" ");
        let from = from % words.len();
        let sentence = words[from..(from + length).min(words.len())].join(" ");
        let support = Passage::read("", &passage).support(&sentence);
        prop_assert!(support.is_none_or(|support| support.is_enough()), "{sentence}: {support:?}");
    }

    #[test]
    fn anything_can_be_read(title in ".{0,40}", text in ".{0,300}", sentence in ".{0,120}") {
        let support = Passage::read(&title, &text).support(&sentence).unwrap_or_default();
        prop_assert!((0.0..=1.0).contains(&support.covered) && support.score().is_finite());
    }
}
