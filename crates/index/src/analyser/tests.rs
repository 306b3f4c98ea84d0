use domain::Language;

use super::*;
use crate::tests::support::chunk;

const FRENCH: &str = "fr";

fn document(text: &str, language: Language) -> SparseVector {
    let chunk = Chunk { language, ..chunk("a", text) };
    Analyser::new(USUAL_LENGTH).document(&chunk).unwrap()
}

fn question(text: &str, language: Language, present: &[Language]) -> Vec<u32> {
    let present: Vec<_> = present.iter().map(|language| (*language, 10)).collect();
    Analyser::new(USUAL_LENGTH).question(text, language, &present).unwrap().terms()
}

/// Whole words are what these tests are about; pieces of words have tests of their own.
fn is_word(term: u32) -> bool {
    (weight(term) - 1.0).abs() < f32::EPSILON
}

fn matches(terms: &[u32], document: &SparseVector) -> usize {
    terms.iter().filter(|term| is_word(**term) && document.indices.contains(term)).count()
}

#[test]
fn a_german_question_finds_german_inflections() {
    let text = document("Die Batterien lassen sich nicht laden", Language::GERMAN);
    let terms = question("Wie lade ich meine Batterie?", Language::GERMAN, &[Language::GERMAN]);
    assert_eq!(matches(&terms, &text), 2);
}

#[test]
fn a_word_that_languages_share_finds_texts_of_both() {
    let english = document("Pairing fails with error E42 on your batteries", Language::ENGLISH);
    let german = document("Fehler E42 beim Koppeln der Batterien", Language::GERMAN);
    let both = [Language::GERMAN, Language::ENGLISH];
    for language in [Language::ENGLISH, Language::GERMAN, Language::UNKNOWN] {
        let terms = question("E42", language, &both);
        assert_eq!(matches(&terms, &english), 1);
        assert_eq!(matches(&terms, &german), 1);
    }
    // "batteries" becomes "batteri" in English: without cutting it in English too, nothing would be found.
    let terms = question("batteries E42", Language::GERMAN, &both);
    assert_eq!(matches(&terms, &english), 2);
}

#[test]
fn a_stop_word_of_the_questions_language_finds_nothing_in_another() {
    let english = document("how plants die in winter", Language::ENGLISH);
    let both = [Language::GERMAN, Language::ENGLISH];
    assert_eq!(matches(&question("die Pflanze", Language::GERMAN, &both), &english), 0);
    assert_eq!(matches(&question("die", Language::ENGLISH, &both), &english), 1);
}

#[test]
fn the_same_text_in_other_code_points_is_the_same() {
    let composed = document("Gerät fährt nicht über ½ Meile", Language::GERMAN);
    let decomposed = document("Gera\u{308}t fa\u{308}hrt nicht u\u{308}ber ½ Meile", Language::GERMAN);
    assert_eq!(composed, decomposed);
    let terms = question("GERÄT", Language::GERMAN, &[Language::GERMAN]);
    assert_eq!(matches(&terms, &composed), 1);
}

#[test]
fn every_language_code_can_be_cut() {
    for code in KNOWN.into_iter().chain(["und", "nb", "nn", "ko", "th", "pl", "cs", "fil", "ta", "hy", "zz"])
    {
        let language = Language::from_tag(code);
        assert!(!document("backstory 42", language).indices.is_empty(), "{code}");
        assert!(!question("backstory 42", language, &[language]).is_empty(), "{code}");
    }
}

#[test]
fn scripts_without_blanks_are_cut_into_pairs() {
    let texts = [
        "本日の日付は2024年です。電池を充電してください。",
        "这是一段德语文本。电池无法充电。",
        "배터리가 충전되지 않습니다",
        "แบตเตอรี่ชาร์จไม่ได้",
    ];
    for (text, word) in texts.into_iter().zip(["電池", "电池", "배터리", "แบต"]) {
        for language in ["ja", "zh", "ko", "th", "und", "en"].map(Language::from_tag) {
            let terms = question(word, Language::UNKNOWN, &[language]);
            let words = terms.iter().filter(|term| is_word(**term)).count();
            assert_eq!(matches(&terms, &document(text, language)), words, "{word} {language}");
            assert!(!terms.is_empty());
        }
    }
    assert_eq!(prepared("Modell漢字A"), "Modell 漢字 A");
    assert_eq!(prepared("語"), " 語 ");
    assert_eq!(prepared("日本語"), " 日本 本語 ");
}

#[test]
fn odd_texts_give_vectors_or_nothing() {
    for text in ["", " ", "\0\0", "🚲🔋", "!?…", "the of and", "\u{202e}דחוף\u{202c}", "a\u{0}b"] {
        let vector = document(text, Language::ENGLISH);
        assert_eq!(vector.indices.len(), vector.values.len());
        assert!(vector.values.iter().all(|weight| weight.is_finite() && *weight > 0.0));
        question(text, Language::UNKNOWN, &[Language::ENGLISH, Language::from_tag(FRENCH)]);
    }
    assert!(document("the of and", Language::ENGLISH).indices.is_empty());
}

#[test]
fn a_question_is_cut_for_the_most_frequent_languages_and_its_own() {
    let many: Vec<_> = ["en", "de", "fr", "es", "it", "nl", "da"].map(Language::from_tag).into();
    let present: Vec<_> = many.iter().map(|language| (*language, 1)).collect();
    let analyser = Analyser::new(USUAL_LENGTH);
    let cut = analyser.question("batteries", Language::from_tag("da"), &present).unwrap();
    assert_eq!(cut.words[0].len(), MOST_LANGUAGES);
    let danish = document("batteries", Language::from_tag("da"));
    assert_eq!(matches(&cut.terms(), &danish), 1);
}

#[test]
fn lengths_are_counted_without_stop_words() {
    let texts = [chunk("a", "the battery battery is flat"), chunk("b", "one charger")];
    assert_eq!(average_length(texts.iter()).unwrap(), Some(2.5));
    assert_eq!(average_length(std::iter::empty()).unwrap(), None);
    // An average text with every word once weighs each about 1.
    let even = Analyser::new(3.0).document(&chunk("a", "battery charger light")).unwrap();
    let words = even.indices.iter().zip(&even.values).filter(|(term, _)| is_word(**term));
    assert_eq!(words.filter(|(_, weight)| (*weight - 1.0).abs() < 1e-6).count(), 3, "{even:?}");
}
