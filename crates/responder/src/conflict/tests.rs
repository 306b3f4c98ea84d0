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

/// Compares every passage of a half with every other; returns precision and recall, and prints what is wrong.
fn measure(half: &str) -> (f64, f64) {
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
    let (mut right, mut wrong) = (BTreeSet::new(), 0);
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
                println!("wrong: {} | {} | {best:?}", passages[at].1.title, passages[beside].1.title);
            }
        }
    }
    for (at, (pair, one)) in passages.iter().enumerate() {
        if let Some((number, differ)) = pair
            && !right.contains(number)
        {
            println!("missed {differ}: {} :: {}", one.title, one.text);
            all[at].facts.iter().for_each(|fact| println!("    {:?} {:?}", fact.value, fact.topic));
        }
    }
    let precision = right.len() as f64 / (right.len() + wrong) as f64;
    let recall = right.len() as f64 / pairs.len() as f64;
    println!("{half}: precision {precision:.3}, recall {recall:.3}");
    (precision, recall)
}

#[test]
fn the_tuning_half_is_told_apart() {
    let (precision, recall) = measure("tuning");
    assert!(precision >= 0.9 && recall >= 0.8, "precision {precision:.3}, recall {recall:.3}");
}
