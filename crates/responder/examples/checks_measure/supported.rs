//! The check of grounding, on pairs made by rule and on replies that people judged.

use std::path::Path;
use std::time::Instant;

use responder::checks::grounding::{Passage, Support};
use serde_json::json;

use crate::rows::{Anything, auroc, read, text};

/// True sentences of a manual and the same with one fact changed.
pub(crate) fn pairs(path: &Path) -> Result<(), Anything> {
    struct One {
        part: String,
        change: String,
        paraphrased: bool,
        is_true: bool,
        support: Support,
    }
    let started = Instant::now();
    let mut all = Vec::new();
    for row in read(path)? {
        let passage = Passage::read(text(&row, "title"), text(&row, "passage"));
        for (field, is_true) in [("true", true), ("changed", false)] {
            all.push(One {
                part: text(&row, "part").to_owned(),
                change: text(&row, "change").to_owned(),
                paraphrased: row["paraphrased"].as_bool().unwrap_or_default(),
                is_true,
                support: passage.support(text(&row, field)).unwrap_or_default(),
            });
        }
    }
    let micros = started.elapsed().as_micros() / (all.len().max(1) as u128);
    let report = |set: String, of: &dyn Fn(&One) -> bool| {
        let scores = |is_true: bool| -> Vec<f64> {
            let of = all.iter().filter(|one| of(one) && one.is_true == is_true);
            of.map(|one| f64::from(one.support.score())).collect()
        };
        let passes = |is_true: bool| {
            let of: Vec<&One> = all.iter().filter(|one| of(one) && one.is_true == is_true).collect();
            of.iter().filter(|one| one.support.is_enough()).count() as f64 / of.len().max(1) as f64
        };
        let round = |share: f64| (share * 1_000.0).round() / 1_000.0;
        let (high, low) = (scores(true), scores(false));
        println!(
            "{}",
            json!({
                "check": "grounding", "set": set, "pairs": high.len(), "auroc": auroc(&high, &low),
                "true_pass": round(passes(true)), "changed_pass": round(passes(false)),
            })
        );
    };
    for part in ["tune", "report"] {
        report(format!("device-manuals {part}"), &|one| one.part == part);
        for change in ["number", "negation", "device", "step"] {
            for paraphrased in [false, true] {
                let words = if paraphrased { "in other words" } else { "verbatim" };
                report(format!("{part} {change} {words}"), &|one| {
                    one.part == part && one.change == change && one.paraphrased == paraphrased
                });
            }
        }
    }
    println!("{}", json!({ "check": "grounding", "microseconds_per_sentence_with_its_passage": micros }));
    Ok(())
}

/// Replies of people and models, judged for faithfulness to their passages from 1 to 4.
pub(crate) fn ratings(data: &Path) -> Result<(), Anything> {
    let (mut high, mut low) = (Vec::new(), Vec::new());
    let (mut sentences, mut pass, mut contradicted) = (0.0, 0.0, 0.0);
    for row in read(&data.join("answer-ratings/ratings.jsonl.gz"))? {
        let passages: Vec<Passage> = row["passages"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one.as_str())
            .map(|one| Passage::read("", one))
            .collect();
        let faithful: Vec<f64> = row["human_scores"]["faithfulness"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_f64)
            .collect();
        if passages.is_empty() || faithful.is_empty() {
            continue;
        }
        let mean = faithful.iter().sum::<f64>() / faithful.len() as f64;
        let supports: Vec<Support> = responder::sentences::split(text(&row, "reply"))
            .iter()
            .filter_map(|sentence| {
                let supports = passages.iter().filter_map(|passage| passage.support(&sentence.text));
                supports.max_by(|a, b| a.score().total_cmp(&b.score()))
            })
            .collect();
        if supports.is_empty() {
            continue;
        }
        let count = supports.len() as f64;
        let covered = supports.iter().map(|one| f64::from(one.covered)).sum::<f64>() / count;
        if mean >= 3.0 {
            high.push(covered)
        } else {
            low.push(covered)
        }
        if mean >= 3.5 {
            sentences += count;
            pass += supports.iter().filter(|one| one.is_enough()).count() as f64;
            contradicted += supports.iter().filter(|one| one.is_contradicted()).count() as f64;
        }
    }
    println!(
        "{}",
        json!({
            "check": "grounding", "set": "answer-ratings", "faithful": high.len(), "not_faithful": low.len(),
            "auroc_of_mean_cover": auroc(&high, &low), "sentences_of_faithful": sentences,
            "of_these_pass": (pass / sentences * 1_000.0_f64).round() / 1_000.0,
            "of_these_contradicted": (contradicted / sentences * 1_000.0_f64).round() / 1_000.0,
        })
    );
    Ok(())
}
