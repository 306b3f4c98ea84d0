//! Single rules, properties, and the tuning half of the planted set with every passage against every other.

use std::collections::BTreeSet;

use domain::Applicability;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

fn claims(title: &str, text: &str) -> Claims {
    Claims::read(Passage { title, headings: &[], text, applicability: &Applicability::default() })
}

fn found(one: (&str, &str), other: (&str, &str)) -> Vec<(Differs, String, String)> {
    let compared = compare(&claims(one.0, one.1), &claims(other.0, other.1), &Weights::default());
    compared
        .contradictions
        .into_iter()
        .map(|found| (found.differs, found.one.value, found.other.value))
        .collect()
}

#[derive(Debug, Clone, Deserialize)]
struct Planted {
    title: String,
    text: String,
    #[serde(flatten)]
    applicability: Applicability,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Row {
    Pair { differ: String, one: Planted, other: Planted },
    Fine(Planted),
}

/// Returns each passage, with the number of its pair where it has one.
fn planted(half: &str) -> Vec<(Option<(usize, String)>, Planted)> {
    let path = format!("{}/planted/{half}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let rows = std::fs::read_to_string(path).unwrap();
    let mut passages = Vec::new();
    for (number, row) in rows.lines().enumerate() {
        match serde_json::from_str(row).unwrap() {
            Row::Pair { differ, one, other } => {
                passages.push((Some((number, differ.clone())), one));
                passages.push((Some((number, differ)), other));
            }
            Row::Fine(one) => passages.push((None, one)),
        }
    }
    passages
}

/// Compares every passage of a half with every other; returns precision and recall, and what is wrong.
fn measure(half: &str) -> (f64, f64, Vec<String>) {
    let passages = planted(half);
    let read = |one: &Planted| {
        Claims::read(Passage {
            title: &one.title,
            headings: &[],
            text: &one.text,
            applicability: &one.applicability,
        })
    };
    let all: Vec<Claims> = passages.iter().map(|(_, one)| read(one)).collect();
    let mut weights = Weights::default();
    all.iter().for_each(|claims| claims.weigh(&mut weights));
    let (mut right, mut wrong, mut told) = (BTreeSet::new(), 0, Vec::new());
    let pairs: BTreeSet<usize> = passages.iter().filter_map(|(pair, _)| Some(pair.as_ref()?.0)).collect();
    for (at, one) in all.iter().enumerate() {
        for (beside, other) in all.iter().enumerate().skip(at + 1) {
            let compared = compare(one, other, &weights);
            let Some(best) = compared.contradictions.first() else { continue };
            let number = |at: usize| passages[at].0.as_ref().map(|(number, _)| *number);
            if number(at).is_some() && number(at) == number(beside) {
                right.extend(number(at));
            } else {
                wrong += 1;
                let titles = (&passages[at].1.title, &passages[beside].1.title);
                told.push(format!("wrong: {titles:?} {best:?}"));
            }
        }
    }
    for (at, (pair, one)) in passages.iter().enumerate() {
        if let Some((number, differ)) = pair
            && !right.contains(number)
        {
            told.push(format!("missed {differ}: {one:?} {:#?}", all[at].facts));
        }
    }
    let precision = right.len() as f64 / (right.len() + wrong) as f64;
    let recall = right.len() as f64 / pairs.len() as f64;
    (precision, recall, told)
}

#[test]
fn the_tuning_half_is_told_apart() {
    for part in ["tuning", "tuning_more"] {
        let (precision, recall, told) = measure(part);
        assert!(precision >= 0.9 && recall >= 0.8, "precision {precision:.3}, recall {recall:.3}: {told:#?}");
    }
}

#[test]
fn every_kind_of_difference_is_seen() {
    for (one, other, differs) in [
        ("You can return it within 30 days.", "Returns are possible within 14 days.", Differs::Duration),
        ("The inspection costs 79 €.", "The inspection costs € 89.", Differs::Money),
        ("Der Versand ist kostenlos.", "Der Versand kostet 4,90 €.", Differs::Money),
        ("Members get 10 % discount.", "The discount for members is 15 percent.", Differs::Percent),
        ("Die Batterie hat 400 Wh.", "The battery has 0.5 kWh.", Differs::Measure),
        ("You can invite up to 4 members.", "Du kannst bis zu 6 Mitglieder einladen.", Differs::Count),
        ("The tour starts on 1 May.", "Die Tour beginnt am 8. Mai.", Differs::Date),
        ("The shop is open from 9 am to 5 pm.", "Der Laden ist von 10 bis 18 Uhr geöffnet.", Differs::Hours),
        ("The app requires iOS 15 or later.", "Die App braucht mindestens iOS 16.", Differs::Version),
        ("The motor is waterproof.", "Der Motor ist nicht wasserdicht.", Differs::YesNo),
        ("You can combine vouchers.", "It is forbidden to combine vouchers.", Differs::YesNo),
    ] {
        let found = found(("", one), ("", other));
        assert_eq!(found.iter().map(|found| found.0).collect::<Vec<_>>(), [differs], "{one} / {other}");
    }
}

#[test]
fn what_is_said_in_other_words_or_of_something_else_contradicts_nothing() {
    for (one, other) in [
        (("", "We answer within 24 hours."), ("", "You get an answer within one day.")),
        (("", "The handlebar is 72 cm wide."), ("", "Der Lenker ist 720 mm breit.")),
        (("", "You can return it within 30 days."), ("", "Delivery takes 14 days.")),
        (("", "A password needs at least 8 characters."), ("", "A password may have up to 64 characters.")),
        (("", "Delivery takes 3 to 5 working days."), ("", "Delivery takes one week.")),
        (("", "Delivery takes 3 to 5 days."), ("", "Delivery takes four days.")),
        (("Falco 2", "The range is 60 km."), ("Falco 3", "The range is 90 km.")),
        (("Prices 2024", "The tour costs 20 €."), ("Prices 2025", "The tour costs 25 €.")),
        (("", "Shipping to Austria costs 5 €."), ("", "Shipping to Denmark costs 9 €.")),
        (("", "The cover costs 8 € a month."), ("", "The cover costs 90 € a year.")),
        (
            ("", "On Saturdays the shop is open from 10 to 14:00."),
            ("", "On Monday the shop is open from 9 to 18:00."),
        ),
        (("", "You need not bring a helmet."), ("", "You may bring a helmet.")),
        (("", "The tour starts on 1 May."), ("", "The tour ends on 8 May.")),
    ] {
        assert_eq!(found(one, other), [], "{one:?} / {other:?}");
    }
}

#[test]
fn what_holds_for_others_contradicts_nothing() {
    let text = |days: u32| format!("You can return it within {days} days.");
    let plan = |plan: &str| Applicability { plan: Some(plan.to_owned()), ..Applicability::default() };
    let read = |days: u32, applicability: &Applicability| {
        Claims::read(Passage { title: "Returns", headings: &[], text: &text(days), applicability })
    };
    let compared =
        |one: &Claims, other: &Claims| compare(one, other, &Weights::default()).contradictions.len();
    let (basic, plus) = (plan("basic"), plan("plus"));
    assert_eq!(compared(&read(14, &basic), &read(30, &basic)), 1);
    assert_eq!(compared(&read(14, &basic), &read(30, &plus)), 0);
    assert_eq!(compared(&read(14, &Applicability::default()), &read(30, &plus)), 0);
}

#[test]
fn one_statement_among_many_is_held_against_its_like() {
    let one = "Standard delivery takes 5 days. Returns are possible within 30 days. The deposit is 50 €.";
    let other = "The deposit is 50 €. You can return everything within 14 days. Delivery takes 5 days.";
    assert_eq!(
        found(("Orders", one), ("Orders", other)),
        [(Differs::Duration, "30 days".into(), "14 days".into())]
    );
}

/// Sentences of the planted set, and others with odd signs.
fn sentence() -> impl Strategy<Value = String> {
    let all: Vec<String> = planted("tuning").into_iter().map(|(_, one)| one.text).collect();
    prop_oneof![
        8 => proptest::sample::select(all),
        1 => "[a-zäöü0-9 .,:%€-]{0,60}",
    ]
}

/// A contradiction without saying which side came first.
type Sideless = (Differs, BTreeSet<(String, String)>, String);

fn without_sides(compared: &Compared) -> BTreeSet<Sideless> {
    let of = |said: &Said| (said.value.clone(), said.sentence.clone());
    let flat = |found: &Contradiction| {
        (found.differs, BTreeSet::from([of(&found.one), of(&found.other)]), format!("{:.6}", found.sure))
    };
    compared.contradictions.iter().map(flat).collect()
}

/// Returns a number as logs and serial numbers hold them.
fn figure() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{1,3}", "[0-9]{8,22}", "4294967295", "[0-9]{9,10}[:.][0-9]{2}", "-[0-9]{1,12}"]
}

fn link() -> impl Strategy<Value = &'static str> {
    let links = [
        "",
        " ",
        " to ",
        "-",
        ":",
        ".",
        ",",
        " am ",
        " pm",
        " Uhr bis ",
        " % ",
        " days ",
        " of May ",
        " version ",
    ];
    prop::sample::select(links.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_of_any_size_are_read(parts in prop::collection::vec((figure(), figure(), link()), 1..6)) {
        let text: String = parts.iter().map(|(one, other, link)| format!("{one}{link}{other} {one} ")).collect();
        let read = claims("Opening hours", &text);
        let usual = claims("Opening hours", "Open from 9:00 to 17:00 for 3 days");
        let weights = Weights::default();
        let (there, back) = (compare(&read, &usual, &weights), compare(&usual, &read, &weights));
        prop_assert_eq!(without_sides(&there), without_sides(&back));
    }

    #[test]
    fn the_order_of_two_passages_changes_nothing(one in sentence(), other in sentence()) {
        let (one, other) = (claims("On a bike", &one), claims("Bikes", &other));
        let weights = Weights::default();
        let (there, back) = (compare(&one, &other, &weights), compare(&other, &one, &weights));
        prop_assert_eq!(without_sides(&there), without_sides(&back));
        prop_assert_eq!(there.agreements.len(), back.agreements.len());
    }

    #[test]
    fn a_passage_never_contradicts_itself(one in sentence(), other in sentence()) {
        let text = format!("{one} {other}");
        let read = claims("On a bike", &text);
        prop_assert_eq!(compare(&read, &read, &Weights::default()).contradictions, []);
    }

    #[test]
    fn case_and_punctuation_change_nothing(one in sentence(), other in sentence(), upper: bool) {
        let weights = Weights::default();
        let plain = compare(&claims("On a bike", &one), &claims("Bikes", &other), &weights);
        let cased = if upper { one.to_uppercase() } else { one.to_lowercase() };
        let ended = cased.trim_end_matches('.').to_owned() + "!";
        let again = compare(&claims("ON A BIKE", &ended), &claims("bikes.", &other), &weights);
        let sure = |compared: &Compared| -> Vec<(Differs, String)> {
            compared.contradictions.iter().map(|found| (found.differs, format!("{:.6}", found.sure))).collect()
        };
        prop_assert_eq!(sure(&plain), sure(&again), "{}", ended);
    }
}
