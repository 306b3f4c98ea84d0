//! Whether one passage says nothing that another does not say as well.
//!
//! Passages that share most of their words need not be copies: of 277 pairs in help centres and manuals that share four
//! fifths of the word triples of the shorter one, about 200 differ in a number, a plan, a device, or a sentence that
//! each has alone. So there is no threshold. A copy may differ in case, punctuation, marks of emphasis, line breaks and
//! a few words that say nothing; every sentence of it stands in the other passage, in the same order, and what its title
//! and headings name is named by both. Whatever else differs (a number, a sign, a negation, a date, a name, one
//! telling word) keeps both, so that what contradicts each other stays to be seen.
//!
//! Reading a passage and comparing two take time in proportion to their length.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

/// Words that may be there or not, in English and German.
const LIGHT: [&str; 23] = [
    "a", "an", "the", "and", "then", "also", "please", "der", "die", "das", "den", "dem", "des", "ein",
    "eine", "einen", "einem", "einer", "eines", "und", "dann", "auch", "bitte",
];
/// Signs that shape a text and say nothing.
const SHAPE: &str = "*_`#|.,;:!()[]{}\"'„“”‚‘’«»‹›…/\\•·→–—-−>&\u{ad}\u{200b}\u{feff}";
/// Signs that count in front of a number only.
const BEFORE_NUMBERS: &str = "-–—−>";

/// A passage, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The telling words of each sentence that has some, in order.
    sentences: Vec<Vec<String>>,
    /// All of them.
    words: HashSet<String>,
    /// The telling words of the title and the headings above.
    place: HashSet<String>,
}

impl Said {
    /// Reads a passage of Markdown with the title of its document and the headings above it.
    #[must_use]
    pub fn read(title: &str, headings: &[String], markdown: &str) -> Self {
        let sentences: Vec<Vec<String>> =
            sentences(markdown).iter().map(|one| telling(one)).filter(|words| !words.is_empty()).collect();
        let words = sentences.iter().flatten().cloned().collect();
        let place = std::iter::once(title).chain(headings.iter().map(String::as_str));
        Self { words, place: place.flat_map(telling).collect(), sentences }
    }

    /// Reports whether `other` says something, and nothing that is not said here as well.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        let named = |one: &Self, by: &Self| {
            one.place.iter().all(|word| by.place.contains(word) || by.words.contains(word))
        };
        let mut rest = self.sentences.iter();
        !other.sentences.is_empty()
            && other.sentences.len() <= self.sentences.len()
            && named(self, other)
            && named(other, self)
            && other.sentences.iter().all(|wanted| rest.any(|one| one == wanted))
    }
}

/// Returns the sentences of a text; headings, entries of lists and rows of tables stand alone.
fn sentences(markdown: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in markdown.lines().map(str::trim) {
        let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_step = numbered.len() < line.len() && numbered.starts_with(['.', ')']);
        let starts = line.is_empty() || is_step || line.starts_with(['#', '|', '-', '*', '+', '>', '•']);
        if starts {
            paragraphs.push(String::new());
        }
        if let Some(last) = paragraphs.last_mut() {
            last.push_str(line);
            last.push(' ');
        }
        // What follows a heading is no part of it.
        if line.starts_with('#') {
            paragraphs.push(String::new());
        }
    }
    paragraphs.iter().flat_map(|one| one.unicode_sentences()).map(str::to_owned).collect()
}

/// Returns what of a sentence says something, in order, in small letters.
fn telling(sentence: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_first = true;
    for (at, part) in sentence.split_word_bound_indices() {
        let rest = sentence[at + part.len()..].trim_start();
        if !part.chars().any(char::is_alphanumeric) {
            words.extend(signs(part, rest));
            continue;
        }
        // A single capital is a name, as of a key or a plan, unless it begins the sentence.
        let is_name = !is_first && part.chars().count() == 1 && part.chars().all(char::is_uppercase);
        is_first = false;
        let word = part.to_lowercase();
        if is_name || !LIGHT.contains(&word.as_str()) {
            words.push(word);
        }
    }
    words
}

/// Returns the signs of a run that say something, before `rest`.
fn signs<'a>(part: &'a str, rest: &str) -> impl Iterator<Item = String> + use<'a> {
    let before_number = rest.starts_with(char::is_numeric);
    let says = move |sign: &char| {
        let shapes = sign.is_whitespace() || SHAPE.contains(*sign);
        !shapes || (before_number && BEFORE_NUMBERS.contains(*sign))
    };
    // However a line is drawn, it is the same one.
    part.chars().filter(says).map(|sign| if "–—−".contains(sign) { "-".to_owned() } else { sign.to_string() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str) -> Said {
        Said::read("Returns", &["Bikes".to_owned()], text)
    }

    fn folds(kept: &str, dropped: &str) -> bool {
        said(kept).holds(&said(dropped))
    }

    const PASSAGE: &str = "You can return the bike within 30 days. Please send it back in its box.\n\n1. Open the app.\n2. Choose **Return**.";

    #[test]
    fn a_copy_in_another_shape_is_the_same() {
        for copy in [
            "You can return a bike within 30 days.\nSend it back in its box.\n\n1. Open app\n2. Choose Return",
            "you can return the bike within 30 days! Then send it\nback in its box.\n1. Open the *app*.\n2. Choose \"Return\".",
        ] {
            assert!(folds(PASSAGE, copy) && folds(copy, PASSAGE), "{copy}");
        }
    }

    #[test]
    fn the_one_that_says_more_is_kept() {
        let more =
            format!("Ask us before the 1st of May.\n\n{PASSAGE}\n\nBatteries never come back by mail.");
        assert!(folds(&more, PASSAGE));
        assert!(!folds(PASSAGE, &more));
    }

    #[test]
    fn what_differs_in_one_telling_thing_is_no_copy() {
        for (from, to) in [
            ("30 days", "14 days"),
            ("30 days", "30 weeks"),
            ("30", "-30"),
            ("You can return", "You cannot return"),
            ("You can return", "You can not return"),
            ("You can return", "Never: you can return"),
            ("bike", "trailer"),
            ("bike", "old bike"),
            ("app", "App A"),
            ("Open", "Close"),
            ("1. Open", "3. Open"),
            ("in its box", "in its box by 1 May"),
            ("in its box", "in its box (Berlin)"),
            ("box.", "box?"),
            ("30 days", "30 % of days"),
        ] {
            let other = PASSAGE.replacen(from, to, 1);
            assert_ne!(other, PASSAGE);
            assert!(!folds(PASSAGE, &other) && !folds(&other, PASSAGE), "{to}");
        }
    }

    #[test]
    fn another_order_is_no_copy() {
        let turned = "1. Open the app.\n2. Choose **Return**.\n\nYou can return the bike within 30 days. Send it back in its box.";
        assert!(!folds(PASSAGE, turned));
    }

    #[test]
    fn what_stands_under_another_name_is_no_copy() {
        let of = |title: &str, body: &str| Said::read(title, &[], body);
        let body = "Hold the button for ten seconds.";
        assert!(!of("Reset of the X2", body).holds(&of("Reset of the X3", body)));
        assert!(!of("Reset", body).holds(&of("Reset of the X3", body)));
        assert!(!of("Reset of the X3", body).holds(&of("Reset", body)), "nor may a rule for all be lost");
        let named = "Hold the button of the X3 for ten seconds.";
        assert!(of("Button of the X3", named).holds(&of("The button", named)), "both speak of it");
    }

    #[test]
    fn whoever_says_nothing_is_nobodys_copy() {
        assert!(!folds(PASSAGE, "") && !folds(PASSAGE, " — **…** ") && !folds("", ""));
    }

    /// Words that say something, as they may stand in a sentence.
    fn word() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "battery", "not", "never", "May", "Berlin", "before", "kein", "zwei", "X200"
            ])
            .prop_map(str::to_owned),
            (0..1_000_u32).prop_map(|number| number.to_string()),
            "q[b-z]{3,7}",
        ]
    }

    fn text() -> impl Strategy<Value = Vec<Vec<String>>> {
        prop::collection::vec(prop::collection::vec(word(), 3..9), 1..6)
    }

    fn written(sentences: &[Vec<String>], end: &str) -> String {
        sentences.iter().map(|words| words.join(" ") + end).collect::<Vec<_>>().join("\n\n")
    }

    proptest! {
        #[test]
        fn every_text_is_a_copy_of_itself_in_any_case_and_shape(text in text()) {
            let plain = written(&text, ".");
            prop_assert!(folds(&plain, &plain));
            prop_assert!(folds(&plain, &plain.to_uppercase().replace(' ', "  ")));
            prop_assert!(folds(&plain, &written(&text, " …")));
        }

        #[test]
        fn what_holds_each_other_says_the_same(one in text(), other in text()) {
            let (one, other) = (said(&written(&one, ".")), said(&written(&other, ".")));
            if one.holds(&other) && other.holds(&one) {
                prop_assert_eq!(one.sentences, other.sentences);
            }
        }

        #[test]
        fn no_telling_word_may_come_go_or_change(text in text(), new in word(), at in any::<(prop::sample::Index, prop::sample::Index)>()) {
            let sentence = at.0.index(text.len());
            let place = at.1.index(text[sentence].len());
            let plain = written(&text, ".");
            let (mut more, mut less, mut other) = (text.clone(), text.clone(), text.clone());
            more[sentence].insert(place, new.clone());
            less[sentence].remove(place);
            other[sentence][place] = format!("{new}x");
            for changed in [more, less, other] {
                // Where another sentence says just this, nothing is lost.
                let says = |text: &[Vec<String>]| text.iter().map(|words| telling(&words.join(" "))).collect::<Vec<_>>();
                let (before, after) = (says(&text), says(&changed));
                if !before.contains(&after[sentence]) {
                    prop_assert!(!folds(&plain, &written(&changed, ".")));
                }
                if !after.contains(&before[sentence]) {
                    prop_assert!(!folds(&written(&changed, "."), &plain));
                }
            }
        }

        #[test]
        fn a_part_is_held_by_the_whole(text in text(), from in any::<prop::sample::Index>()) {
            let from = from.index(text.len());
            prop_assert!(folds(&written(&text, "."), &written(&text[from..], ".")));
        }
    }
}
