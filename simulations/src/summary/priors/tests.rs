use domain::priors::{Age, Prior, Signs};
use domain::{HandOff, Kind, Outcome, TenantId};

use super::super::tests::{CONFIRMED, case, judgement, settings, turn};
use super::super::{Input, Summary, summarise};
use super::*;
use crate::human::Label;
use crate::turns::{Case, ReplayedTurn};

fn source(name: &str) -> SourceId {
    SourceId::derive(TenantId::derive("acme"), "files", name)
}

/// A document of a source; what is cited stands in the wiki or the forum.
fn document(from: &str, score: f64, cited: bool) -> Weighed {
    let signs = Signs {
        source: source(from),
        kind: Kind::Article,
        age: Some(if from == "wiki" { Age::Older } else { Age::Month }),
        title: true,
        heading: false,
    };
    Weighed { signs, score, cited, named: false }
}

/// 400 conversations. The answer stands in the wiki; the forum is found a little sooner every second time, and a draft
/// follows it then and is wrong.
fn replayed() -> (Vec<Case>, Vec<ReplayedTurn>) {
    let cases: Vec<Case> = (0..400).map(|at| case(at, Some(Label::Answered), CONFIRMED)).collect();
    let one = |(at, case): (usize, &Case)| {
        let right = at % 2 == 0;
        let mut turn = turn(case, Mask::Strict, Outcome::Answer, Some(right));
        let (wiki, forum) = if right { (0.52, 0.50) } else { (0.50, 0.52) };
        turn.ranked = vec![document("wiki", wiki, right), document("forum", forum, !right)];
        turn.ranked[0].named = at % 4 == 1;
        turn
    };
    let turns = cases.iter().enumerate().map(one).collect();
    (cases, turns)
}

fn summary(cases: &[Case], turns: &[ReplayedTurn]) -> Summary {
    let sources = BTreeMap::from([(source("wiki"), "confluence".to_owned())]);
    let input = Input {
        name: "test",
        is_sample: false,
        made_at: Timestamp::from_millis(1_740_000_000_000),
        cases,
        turns,
        against: None,
        sources: &sources,
    };
    summarise(&input, settings())
}

fn of(learned: &Learned, sign: Sign) -> Option<Prior> {
    learned.factors.all().iter().find(|one| one.sign == sign).copied()
}

fn of_source(learned: &Learned, name: &str) -> Prior {
    of(learned, Sign::Source { id: source(name), kind: Kind::Article }).unwrap()
}

#[test]
fn what_proves_right_is_learned_from_the_earlier_half_and_tried_on_the_later() {
    let (cases, turns) = replayed();
    let learned = summary(&cases, &turns).priors.unwrap();
    assert_eq!((learned.learned_from, learned.tried_on), (200, 200));
    let (wiki, forum) = (of_source(&learned, "wiki"), of_source(&learned, "forum"));
    assert_eq!((wiki.drafts, wiki.right, wiki.factor), (100, 1.0, 2.0));
    assert_eq!((forum.drafts, forum.right, forum.factor), (100, 0.0, 0.5));
    assert_eq!(of(&learned, Sign::Age(Age::Older)).unwrap().factor, 2.0);
    // All drafts have these, right ones and wrong ones.
    assert!((of(&learned, Sign::Title(true)).unwrap().factor - 1.0).abs() < 1e-9);
    assert_eq!(of(&learned, Sign::Title(false)), None);
    // What was cited rightly stays first, what was cited wrongly falls behind, what people pointed to comes first.
    let Tried { right, wrong, named } = learned.tried;
    assert_eq!(right, Some(Placed { drafts: 100, before: 1.0, after: 1.0 }));
    assert_eq!(wrong, Some(Placed { drafts: 100, before: 1.0, after: 0.5 }));
    assert_eq!(named, Some(Placed { drafts: 50, before: 0.5, after: 1.0 }));
    assert_eq!(learned.sources.into_iter().collect::<Vec<_>>(), [(source("wiki"), "confluence".to_owned())]);
}

#[test]
fn what_comes_true_later_changes_nothing_that_was_learned() {
    let (cases, mut turns) = replayed();
    let before = summary(&cases, &turns).priors.unwrap();
    for turn in &mut turns[200..] {
        let is_same = turn.judgement.as_ref().unwrap().same;
        turn.judgement = Some(judgement(!is_same));
    }
    let after = summary(&cases, &turns).priors.unwrap();
    assert_eq!(before.factors, after.factors);
    assert_ne!(before.tried, after.tried);
}

#[test]
fn only_the_strict_mask_teaches() {
    let (cases, mut turns) = replayed();
    turns.iter_mut().for_each(|turn| turn.mask = Mask::Current);
    assert_eq!(summary(&cases, &turns).priors, None);
    // Beside the strict one others change nothing.
    let (_, strict) = replayed();
    let alone = summary(&cases, &strict).priors;
    assert_eq!(summary(&cases, &[turns, strict].concat()).priors, alone);
}

#[test]
fn few_drafts_or_none_that_cite_what_was_found_teach_nothing() {
    let (cases, mut turns) = replayed();
    assert_eq!(summary(&cases[..80], &turns[..80]).priors, None);
    turns.iter_mut().flat_map(|turn| &mut turn.ranked).for_each(|document| document.cited = false);
    assert_eq!(summary(&cases, &turns).priors, None);
}

#[test]
fn what_a_rule_held_back_does_not_count_and_what_a_threshold_did_does() {
    let (cases, mut turns) = replayed();
    let all = summary(&cases, &turns).priors;
    turns.iter_mut().for_each(|turn| turn.outcome = Outcome::HandOff(HandOff::LowConfidence));
    assert_eq!(summary(&cases, &turns).priors, all);
    turns.iter_mut().for_each(|turn| turn.outcome = Outcome::HandOff(HandOff::CheckFailed));
    assert_eq!(summary(&cases, &turns).priors, None);
}

#[test]
fn a_report_with_priors_reads_back_and_names_no_text() {
    let (cases, turns) = replayed();
    let summary = summary(&cases, &turns);
    let text = crate::report::json(&summary).unwrap();
    assert_eq!(serde_json::from_str::<Summary>(&text).unwrap(), summary);
    let page = crate::report::html(&summary, &turns, crate::report::Texts::Hidden).unwrap();
    assert!(page.contains("retrieval.priors") && page.contains("confluence"), "the page tells of it");
}
