//! Whether what was found is true for the customer who asks. Pure.
//!
//! A text may hold for one brand, plan, region or version alone. What is known of the customer counts, and so does
//! what the question speaks of: who asks what another plan costs wants to read of that plan. Where nothing is known, a
//! text for some is no evidence; where a single thing would tell which of the best answers is true, that is said.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use domain::{Applicability, Part, Question};
use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

/// An answer is one of the best when it scores at least this share of the best one.
const NEAR_BEST: f32 = 0.9;
/// A line of no more words that holds a value speaks of it: it says what was asked for.
const REPLY_WORDS: usize = 5;
/// How many words a word for plan may stand from the name of one.
const BESIDE: usize = 2;

/// What stands beside the name of a plan. Plans are often called by usual words ("free", "basic", "team").
static PLAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "^(plan|plans|tier|tiers|edition|package|subscription|subscriptions|licen[cs]e|account|tarif|tarife|paket|abo|abonnement|konto|lizenz|offre|forfait|piano)$",
    )
    .expect("the pattern is checked by the tests")
});

/// Whether a text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// For this customer, or for all.
    Holds,
    /// Nobody knows: this one thing is not known of the customer.
    Depends(Part),
    /// Nobody knows, for more than one reason.
    Unknown,
    /// For others.
    Not,
}

/// What is known of the side of whoever asks, as far as it matters for what was found.
#[derive(Debug)]
pub(crate) struct Side<'a> {
    customer: &'a Applicability,
    spoken_of: [BTreeSet<&'a str>; Part::ALL.len()],
}

impl<'a> Side<'a> {
    /// Reads what a question says of the values for which texts that were found hold.
    pub(crate) fn read(question: &'a Question, found: impl Iterator<Item = &'a Applicability>) -> Self {
        let mut values: [BTreeSet<&str>; Part::ALL.len()] = Default::default();
        for one in found.filter(|one| **one != Applicability::default()) {
            for (part, values) in Part::ALL.into_iter().zip(&mut values) {
                values.extend(one.part(part));
            }
        }
        if values.iter().any(|values| !values.is_empty()) {
            // What the company asked or said names nothing of the customer's.
            let own = if question.own_words.is_empty() { &question.text } else { &question.own_words };
            let lines = words_of_lines(own);
            for (part, values) in Part::ALL.into_iter().zip(&mut values) {
                // What was said last counts.
                let spoken_of = lines.iter().rev().find_map(|line| {
                    let named = values.iter().copied().filter(|value| speaks_of(line, part, value));
                    Some(named.collect()).filter(|named: &BTreeSet<&str>| !named.is_empty())
                });
                *values = spoken_of.unwrap_or_default();
            }
        }
        Self { customer: &question.customer, spoken_of: values }
    }

    /// Says whether a text with this applicability holds.
    pub(crate) fn fit(&self, of: &Applicability) -> Fit {
        let mut fit = Fit::Holds;
        for (part, spoken_of) in Part::ALL.into_iter().zip(&self.spoken_of) {
            let Some(value) = of.part(part) else { continue };
            let known = self.customer.part(part);
            if spoken_of.contains(value) || known.is_some_and(|known| is_same(known, value)) {
                continue;
            }
            if known.is_some() || !spoken_of.is_empty() {
                return Fit::Not;
            }
            fit = if fit == Fit::Holds { Fit::Depends(part) } else { Fit::Unknown };
        }
        fit
    }
}

/// An answer with its score, what it holds for, and whether it does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) score: f32,
    pub(crate) of: &'a Applicability,
    pub(crate) fit: Fit,
}

/// Returns the one thing on which it depends which of the best answers is true, with what it may be; nothing where the
/// best hold anyway, or more than one thing is unknown. `answers` are best first.
pub(crate) fn missing(answers: &[Answer<'_>]) -> Option<(Part, Vec<String>)> {
    let possible = || answers.iter().filter(|one| one.fit != Fit::Not);
    let best = possible().next()?.score;
    let mut missing: Option<Part> = None;
    let mut values: BTreeSet<&str> = BTreeSet::new();
    for one in possible().take_while(|one| one.score >= best * NEAR_BEST) {
        match one.fit {
            Fit::Depends(part) if missing.is_none_or(|known| known == part) => {
                missing = Some(part);
                values.extend(one.of.part(part));
            }
            Fit::Depends(_) | Fit::Unknown => return None,
            Fit::Holds | Fit::Not => {}
        }
    }
    missing.map(|part| (part, values.into_iter().map(str::to_owned).collect()))
}

/// Reports whether two names are the same; an attribute may write them otherwise than an article.
fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn words_of_lines(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.to_lowercase().unicode_words().map(str::to_owned).collect()).collect()
}

/// Reports whether a line names a value, and means it.
fn speaks_of(line: &[String], part: Part, value: &str) -> bool {
    let value = value.to_lowercase();
    let value: Vec<&str> = value.unicode_words().collect();
    if value.is_empty() || line.len() < value.len() {
        return false;
    }
    let places = line.windows(value.len()).enumerate().filter(|(_, window)| *window == value.as_slice());
    let mut places = places.map(|(at, _)| at);
    if line.len() <= REPLY_WORDS || part != Part::Plan {
        return places.next().is_some();
    }
    places.any(|at| {
        let around = at.saturating_sub(BESIDE)..(at + value.len() + BESIDE).min(line.len());
        line[around].iter().any(|word| PLAN.is_match(word))
    })
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;

    fn plan(name: &str) -> Applicability {
        Applicability { plan: Some(name.to_owned()), ..Applicability::default() }
    }

    fn region(name: &str) -> Applicability {
        Applicability { region: Some(name.to_owned()), ..Applicability::default() }
    }

    fn fits(question: &Question, all: &[Applicability]) -> Vec<Fit> {
        let side = Side::read(question, all.iter());
        all.iter().map(|one| side.fit(one)).collect()
    }

    #[test]
    fn what_nobody_knows_depends_and_what_is_known_decides() {
        let all = [
            Applicability::default(),
            plan("Plus"),
            plan("Basic"),
            Applicability { region: Some("EU".to_owned()), ..plan("Plus") },
        ];
        let nobody = Question::new("How long may I return it?", Language::ENGLISH);
        let depends = Fit::Depends(Part::Plan);
        assert_eq!(fits(&nobody, &all), [Fit::Holds, depends, depends, Fit::Unknown]);
        let plus = Question { customer: plan("plus"), ..nobody };
        assert_eq!(fits(&plus, &all), [Fit::Holds, Fit::Holds, Fit::Not, Fit::Depends(Part::Region)]);
    }

    #[test]
    fn a_question_may_speak_of_a_plan_that_is_not_the_customers() {
        let all = [plan("Plus"), plan("Basic")];
        let ask = |text| Question { customer: plan("Basic"), ..Question::new(text, Language::ENGLISH) };
        assert_eq!(fits(&ask("What does the Plus plan cost?"), &all), [Fit::Holds, Fit::Holds]);
        let other = Question::new("What does the plan \"Plus\" cost me a month?", Language::ENGLISH);
        assert_eq!(fits(&other, &all), [Fit::Holds, Fit::Not]);
    }

    #[test]
    fn a_usual_word_names_no_plan_and_a_short_reply_does() {
        let all = [plan("free"), plan("team")];
        let depends = Fit::Depends(Part::Plan);
        let usual = Question::new("Is the delivery of the new battery free of charge?", Language::ENGLISH);
        assert_eq!(fits(&usual, &all), [depends, depends]);
        let reply = Question::new("How many people may I invite to it?\nthe team one", Language::ENGLISH);
        assert_eq!(fits(&reply, &all), [Fit::Not, Fit::Holds]);
    }

    #[test]
    fn what_the_customer_said_last_counts_and_what_the_company_said_does_not() {
        let all = [plan("Basic"), plan("Plus")];
        let text = "How long may I return it?\nWhich plan is this about: Basic or Plus?\nPlus".to_owned();
        let question = |own: &str| Question {
            own_words: own.to_owned(),
            ..Question::new(text.clone(), Language::ENGLISH)
        };
        assert_eq!(fits(&question("How long may I return it?\nPlus"), &all), [Fit::Not, Fit::Holds]);
        let changed = question("We have the Plus plan, all of us.\nNo, the Basic plan, sorry.");
        assert_eq!(fits(&changed, &all), [Fit::Holds, Fit::Not]);
    }

    #[test]
    fn versions_and_regions_are_named_whole() {
        let version =
            |text: &str| Applicability { product_version: Some(text.to_owned()), ..Default::default() };
        let all = [version("2.1"), version("2.10"), region("Austria")];
        let ask =
            Question::new("Since 2.10 it does not sync any more in my office in Austria", Language::ENGLISH);
        assert_eq!(fits(&ask, &all), [Fit::Not, Fit::Holds, Fit::Holds]);
    }

    #[test]
    fn one_thing_that_separates_the_best_is_missing() {
        let (general, plus, basic, eu) =
            (Applicability::default(), plan("Plus"), plan("Basic"), region("EU"));
        let depends = |of, score| Answer { score, of, fit: Fit::Depends(Part::Plan) };
        let holds = |score| Answer { score, of: &general, fit: Fit::Holds };
        let plans = Some((Part::Plan, vec!["Basic".to_owned(), "Plus".to_owned()]));
        assert_eq!(missing(&[depends(&plus, 0.8), depends(&basic, 0.79), holds(0.4)]), plans);
        assert_eq!(missing(&[holds(0.8), depends(&plus, 0.75)]), Some((Part::Plan, vec!["Plus".to_owned()])));
        assert_eq!(missing(&[holds(0.8), depends(&plus, 0.5)]), None, "it is answered for all");
        let by_region = Answer { score: 0.79, of: &eu, fit: Fit::Depends(Part::Region) };
        assert_eq!(missing(&[depends(&plus, 0.8), by_region]), None, "two things are missing");
        let others = Answer { fit: Fit::Not, ..depends(&basic, 0.9) };
        assert_eq!(missing(&[others, holds(0.5)]), None);
        assert_eq!(missing(&[]), None);
    }
}
