use proptest::prelude::*;

use super::*;

const EN: Language = Language::ENGLISH;

fn side(text: &str) -> Side<'_> {
    Side { text, language: EN }
}

fn plain(draft: &str, reply: &str) -> Judgement {
    Overlap::default().judge(side(draft), &[], side(reply), &[], None)
}

fn source(url: &str) -> Source {
    Source { url: Some(url.to_owned()), external_id: "17".to_owned(), ..Source::default() }
}

#[test]
fn the_same_words_are_the_same() {
    let text = "Open Settings > Battery and hold the button for 10 seconds.";
    let judgement = plain(text, text);
    assert!(judgement.same);
    assert!((judgement.score - 1.0).abs() < 1e-9, "{judgement:?}");
}

#[test]
fn the_same_advice_in_other_words_is_the_same_and_other_advice_is_not() {
    let reply =
        "Hi Anna, please open the settings, choose the battery page and reset the lock there. Best regards";
    let same = plain("To reset the lock of the battery, open the battery page in the settings.", reply);
    let other = plain("Your invoice is under billing; download it as a PDF file.", reply);
    assert!(same.same, "{same:?}");
    assert!(!other.same, "{other:?}");
    assert!(other.score < 0.1);
}

#[test]
fn a_wrong_number_costs_more_than_a_wrong_word() {
    let reply = "Use port 993 with encryption for incoming messages and restart the program afterwards";
    let number = plain("The server listens on port 143 for incoming messages", reply);
    let word = plain("The server listens on port 993 for outgoing messages", reply);
    assert!(number.score < word.score, "{number:?} {word:?}");
}

#[test]
fn a_shared_source_is_enough_but_not_in_a_reading_list() {
    let cites = ["reset-lock".to_owned()];
    let judge = |sources: &[Source]| {
        Overlap::default().judge(
            side("Read the first page."),
            sources,
            side("See the article."),
            &cites,
            None,
        )
    };
    let right = source("https://help.example.org/en/kb/reset-lock");
    let wrong = source("https://help.example.org/en/kb/invoices");
    assert!(judge(std::slice::from_ref(&right)).same_source);
    assert!(judge(std::slice::from_ref(&right)).same);
    assert!(!judge(std::slice::from_ref(&wrong)).same_source);
    let list = [wrong.clone(), wrong.clone(), wrong, right];
    assert!(!judge(&list).same_source);
}

#[test]
fn what_an_earlier_conversation_led_to_and_links_in_the_text_are_sources() {
    let led = Source { leads_to: vec!["reset-lock".to_owned()], ..Source::default() };
    let by_link = |text: &str, sources: &[Source]| {
        let reply = side("It is all in https://help.example.org/de/kb/reset-lock#top.");
        Overlap::default().judge(side(text), sources, reply, &[], None).same_source
    };
    assert!(by_link("Have a look.", &[led]));
    assert!(by_link("Have a look: https://help.example.org/en/kb/reset-lock", &[]));
    assert!(!by_link("Have a look: https://help.example.org/en/kb/billing", &[]));
}

#[test]
fn a_cosine_moves_the_score_but_cannot_carry_it_alone() {
    let with = |cosine| {
        Overlap::default().judge(side("alpha beta"), &[], side("gamma delta"), &[], Some(cosine)).score
    };
    assert!(with(0.9) > with(0.2));
    assert!(with(1.0) < Overlap::default().threshold);
    assert!(with(-1.0).abs() < 1e-9);
}

#[test]
fn coverage_counts_what_the_draft_had_said() {
    let draft = side("Hold the button for ten seconds until the lamp turns green.");
    assert!(coverage(draft, side("Did the lamp turn green?")) > 0.9);
    assert!(coverage(draft, side("You also need to renew the licence.")) < 0.1);
    assert!((coverage(draft, side("Thank you!")) - 1.0).abs() < 1e-9);
}

#[test]
fn cosines_of_what_cannot_be_compared_are_none() {
    assert_eq!(cosine(&[1.0, 0.0], &[1.0]), None);
    assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), None);
    assert_eq!(cosine(&[], &[]), None);
    assert!((cosine(&[2.0, 0.0], &[3.0, 0.0]).unwrap() - 1.0).abs() < 1e-9);
}

proptest! {
    #[test]
    fn scores_stay_between_0_and_1_for_any_text(draft in ".{0,200}", reply in ".{0,200}", cosine in proptest::option::of(-1.0f64..1.0)) {
        let judgement = Overlap::default().judge(side(&draft), &[], side(&reply), &[], cosine);
        for part in [judgement.covered, judgement.focused, judgement.order, judgement.meaning, judgement.score] {
            prop_assert!((0.0..=1.0).contains(&part), "{judgement:?}");
        }
        prop_assert!((0.0..=1.0).contains(&coverage(side(&draft), side(&reply))));
    }

    #[test]
    fn without_sources_both_sides_weigh_alike(draft in "[a-z ]{0,80}", reply in "[a-z ]{0,80}") {
        let (there, back) = (plain(&draft, &reply), plain(&reply, &draft));
        prop_assert!((there.score - back.score).abs() < 1e-9);
        prop_assert!((there.covered - back.focused).abs() < 1e-9);
    }
}
