use domain::record::Channel;
use domain::{Author, HandOff, Language, Outcome, Silence};
use identity::{Assurance, Purpose};
use proptest::prelude::*;

use super::*;
use crate::human::{Label, Reply};
use crate::judge::{Judgement, Overlap, Side};
use crate::resolution::{End, Lasting, Obstacle, Resolution, Sign};
use crate::stats::Counted;
use crate::turns::{Comparison, HumanRecord, LaterReply, Timings, Versions};

pub(crate) fn settings() -> Settings {
    Settings {
        lookups: Lookups::None,
        small_group: 5,
        unknown_limit: 0.2,
        added_content: 0.6,
        statistics: stats::Settings { seed: 1, rounds: 100 },
        judge: Judge {
            name: "overlap".to_owned(),
            threshold: 0.5,
            error: Some(JudgeError {
                sensitivity: Counted { right: 90, of: 100 },
                specificity: Counted { right: 90, of: 100 },
            }),
            measured_on: "made-up counts".to_owned(),
        },
        run: vec![Setting { name: "mask".to_owned(), value: "strict".to_owned() }],
    }
}

pub(crate) const CONFIRMED: Resolution =
    Resolution { end: End::Confirmed(Sign::CustomerSaid), lasting: Lasting::Yes };

pub(crate) fn case(number: usize, label: Option<Label>, resolution: Resolution) -> Case {
    let at = Timestamp::from_millis(1_735_689_600_000).plus_millis(number as i64 * 3_600_000);
    let reply = |label| Reply { position: 1, at, author: Author::Agent, label, asks: false, guessed: false };
    Case {
        conversation: format!("c{number:03}"),
        channel: Channel::Messenger,
        topic: Some(if number.is_multiple_of(2) { "billing" } else { "battery" }.to_owned()),
        language: Language::ENGLISH,
        created_at: at,
        weight: 1.0,
        human: label.map(reply).into_iter().collect(),
        resolution,
    }
}

pub(crate) fn judgement(same: bool) -> Judgement {
    let side = |text| Side { text, language: Language::ENGLISH };
    Overlap::default().judge(
        side("hold the button"),
        &[],
        side(if same { "hold the button" } else { "pay" }),
        &[],
        None,
    )
}

pub(crate) fn turn(case: &Case, mask: Mask, outcome: Outcome, same: Option<bool>) -> ReplayedTurn {
    ReplayedTurn {
        conversation: case.conversation.clone(),
        position: 0,
        at: case.created_at,
        channel: case.channel,
        topic: case.topic.clone(),
        language: case.language,
        weight: case.weight,
        mask,
        purpose: Purpose::Auto,
        assurance: Assurance::Claimed,
        is_headline: true,
        question: "How do I reset the lock?".to_owned(),
        outcome,
        confidence: 0.7,
        draft: None,
        ranked: Vec::new(),
        for_agent: Vec::new(),
        human: case.human.first().map(|reply| HumanRecord {
            position: reply.position,
            author: reply.author,
            label: reply.label,
            text: "Hold the button.".to_owned(),
            cites: Vec::new(),
        }),
        later: Vec::new(),
        judgement: same.map(judgement),
        leaks: Leaks::default(),
        versions: Versions { articles: 10, unknown: 1 },
        timings: Timings::default(),
    }
}

fn run(cases: &[Case], turns: &[ReplayedTurn], settings: Settings) -> Summary {
    let input = Input {
        name: "test",
        is_sample: false,
        made_at: Timestamp::from_millis(1_740_000_000_000),
        cases,
        turns,
        against: None,
        sources: &BTreeMap::new(),
    };
    summarise(&input, settings)
}

/// Summarises one conversation as `change` makes it; unchanged it is answered, same, confirmed and lasting.
fn automated(change: impl Fn(&mut Case, &mut ReplayedTurn)) -> f64 {
    let mut case = case(1, Some(Label::Answered), CONFIRMED);
    let mut turn = turn(&case, Mask::Strict, Outcome::Answer, Some(true));
    change(&mut case, &mut turn);
    let summary = run(&[case], &[turn], settings());
    summary.main().unwrap().automated.reached_human.map_or(-1.0, |one| one.value)
}

fn is(value: f64, expected: f64) -> bool {
    (value - expected).abs() < 1e-9
}

#[test]
fn only_a_same_answer_that_needed_nothing_more_and_lasted_counts() {
    let later = |label, covered| LaterReply { position: 3, label, covered };
    assert!(is(automated(|_, _| {}), 1.0));
    assert!(is(automated(|_, turn| turn.judgement = Some(judgement(false))), 0.0));
    assert!(is(automated(|_, turn| turn.outcome = Outcome::HandOff(HandOff::LowConfidence)), 0.0));
    assert!(is(automated(|_, turn| turn.outcome = Outcome::Ask), 0.0));
    assert!(is(automated(|case, _| case.human[0].label = Label::DidSomething), 0.0));
    assert!(is(automated(|case, _| case.human[0].label = Label::LookedUp), 0.0));
    assert!(is(automated(|_, turn| turn.later = vec![later(Label::Answered, 0.2)]), 0.0));
    assert!(is(automated(|_, turn| turn.later = vec![later(Label::Answered, 0.9)]), 1.0));
    assert!(is(automated(|_, turn| turn.later = vec![later(Label::Acknowledged, 0.0)]), 1.0));
    assert!(is(automated(|case, _| case.resolution.end = End::Assumed), 0.0));
    assert!(is(automated(|case, _| case.resolution.lasting = Lasting::Returned), 0.0));
    assert!(is(automated(|case, _| case.resolution.lasting = Lasting::TooRecent), -1.0));
}

#[test]
fn lookups_count_only_where_an_action_is_configured() {
    let case = case(1, Some(Label::LookedUp), CONFIRMED);
    let turns = [turn(&case, Mask::Strict, Outcome::Answer, Some(true))];
    let with = |lookups| run(std::slice::from_ref(&case), &turns, Settings { lookups, ..settings() });
    assert!(is(with(Lookups::None).ceiling.share.reached_human.unwrap().value, 0.0));
    assert!(is(with(Lookups::Configured).ceiling.share.reached_human.unwrap().value, 1.0));
    assert!(is(with(Lookups::Configured).main().unwrap().automated.eligible.unwrap().value, 1.0));
}

#[test]
fn silence_stands_beside_the_headline() {
    let assumed = Resolution { end: End::Assumed, lasting: Lasting::Yes };
    let case = case(1, Some(Label::Answered), assumed);
    let summary = run(
        std::slice::from_ref(&case),
        &[turn(&case, Mask::Strict, Outcome::Answer, Some(true))],
        settings(),
    );
    let main = summary.main().unwrap();
    assert!(is(main.automated.inbound.unwrap().value, 0.0));
    assert!(is(main.automated_assumed.inbound.unwrap().value, 1.0));
}

#[test]
fn one_wrong_answer_makes_the_conversation_different() {
    let case = case(1, Some(Label::Answered), CONFIRMED);
    let right = turn(&case, Mask::Strict, Outcome::Answer, Some(true));
    let mut wrong = turn(&case, Mask::Strict, Outcome::Answer, Some(false));
    wrong.position = 1;
    let mut held = turn(&case, Mask::Strict, Outcome::Ask, None);
    held.position = 2;
    let summary = run(std::slice::from_ref(&case), &[held.clone(), wrong, right.clone()], settings());
    assert!(is(summary.main().unwrap().different.unwrap().value, 1.0));
    let summary = run(&[case], &[held, right], settings());
    assert!(is(summary.main().unwrap().same.unwrap().value, 1.0));
}

#[test]
fn the_three_denominators() {
    let outbound = Resolution { end: End::Never(Obstacle::Outbound), lasting: Lasting::Yes };
    let cases = [
        case(1, Some(Label::Answered), CONFIRMED),
        case(2, None, CONFIRMED),
        case(3, Some(Label::Answered), CONFIRMED),
        case(4, Some(Label::Answered), outbound),
        Case { weight: 0.0, ..case(5, Some(Label::Answered), CONFIRMED) },
    ];
    let silent = Outcome::Silent(Silence::Off);
    let turns = [
        turn(&cases[0], Mask::Strict, Outcome::Answer, Some(true)),
        turn(&cases[1], Mask::Strict, Outcome::Answer, None),
        turn(&cases[2], Mask::Strict, silent, None),
        turn(&cases[3], Mask::Strict, Outcome::Answer, Some(true)),
        turn(&cases[4], Mask::Strict, Outcome::Answer, Some(true)),
    ];
    let summary = run(&cases, &turns, settings());
    let counts = &summary.denominators;
    assert_eq!((counts.replayed, counts.without_weight, counts.outbound), (4, 1, 1));
    assert_eq!((counts.inbound, counts.reached_human, counts.eligible), (3, 2, 1));
    assert_eq!(counts.not_eligible[0].name, "off");
    let automated = summary.main().unwrap().automated;
    assert!(is(automated.inbound.unwrap().value, 0.333333));
    assert!(is(automated.reached_human.unwrap().value, 0.5));
    assert!(is(automated.eligible.unwrap().value, 1.0));
    assert_eq!(summary.unanswered.conversations, 1);
    assert!(is(summary.unanswered.answered.unwrap().value, 1.0));
}

#[test]
fn the_difference_between_masks_is_the_leakage() {
    let cases: Vec<_> = (0..40).map(|at| case(at, Some(Label::Answered), CONFIRMED)).collect();
    let turns: Vec<_> = cases
        .iter()
        .enumerate()
        .flat_map(|(at, case)| {
            [(Mask::None, at < 30), (Mask::Strict, at < 10), (Mask::Current, at < 20)]
                .map(|(mask, same)| turn(case, mask, Outcome::Answer, Some(same)))
        })
        .collect();
    let summary = run(&cases, &turns, settings());
    assert_eq!(summary.main_mask, Some(Mask::Strict));
    let masks: Vec<_> = summary.masks.iter().map(|one| one.mask).collect();
    assert_eq!(masks, [Mask::Strict, Mask::Current, Mask::None]);
    assert!(is(summary.leakage[0].same.value, 0.25) && is(summary.leakage[1].same.value, 0.5));
    assert!(summary.leakage[1].same.low > 0.25);
}

#[test]
fn without_the_strict_mask_nothing_is_time_correct() {
    let case = case(1, Some(Label::Answered), CONFIRMED);
    let summary = run(
        std::slice::from_ref(&case),
        &[turn(&case, Mask::Current, Outcome::Answer, Some(true))],
        settings(),
    );
    assert!(!summary.time.is_time_correct && summary.leakage.is_empty());
}

#[test]
fn past_a_fifth_of_unknown_versions_nothing_is_time_correct() {
    let case = case(1, Some(Label::Answered), CONFIRMED);
    let with = |unknown| {
        let mut turn = turn(&case, Mask::Strict, Outcome::Answer, Some(true));
        turn.versions = Versions { articles: 10, unknown };
        run(std::slice::from_ref(&case), &[turn], settings()).time
    };
    assert!(with(2).is_time_correct);
    assert!(!with(3).is_time_correct);
    assert!(is(with(3).unknown, 0.3));
}

#[test]
fn leaks_count_where_they_must_not_be() {
    let case = case(1, Some(Label::Answered), CONFIRMED);
    let with = |mask, leaks| {
        let mut turn = turn(&case, mask, Outcome::Answer, Some(true));
        turn.leaks = leaks;
        run(std::slice::from_ref(&case), &[turn], settings()).leaks()
    };
    let own = Leaks { own_conversation: 2, ..Leaks::default() };
    let other = Leaks { other_person: 1, ..Leaks::default() };
    assert_eq!(with(Mask::Strict, own), 2);
    assert_eq!(with(Mask::None, own), 0, "expected without a mask");
    assert_eq!(with(Mask::None, other), 1);
}

#[test]
fn small_topics_cannot_be_seen_or_subtracted() {
    let named = |number: usize, topic: &str| Case {
        topic: Some(topic.to_owned()),
        ..case(number, Some(Label::Answered), CONFIRMED)
    };
    let summary = |sizes: &[(&str, usize)]| {
        let cases: Vec<_> = sizes
            .iter()
            .flat_map(|(topic, size)| std::iter::repeat_n(*topic, *size))
            .enumerate()
            .map(|(number, topic)| named(number, topic))
            .collect();
        let turns: Vec<_> =
            cases.iter().map(|one| turn(one, Mask::Strict, Outcome::Answer, Some(true))).collect();
        let topics = run(&cases, &turns, settings()).topics;
        topics.into_iter().map(|one| (one.name, one.conversations, one.merged)).collect::<Vec<_>>()
    };
    let topic = |name: &str, size, merged| (name.to_owned(), size, merged);
    assert_eq!(summary(&[("a", 9), ("b", 6)]), [topic("a", 9, 1), topic("b", 6, 1)]);
    assert_eq!(summary(&[("a", 9), ("b", 3), ("c", 2)]), [topic("a", 9, 1), topic("other", 5, 2)]);
    assert_eq!(summary(&[("a", 9), ("b", 6), ("c", 1)]), [topic("a", 9, 1), topic("other", 7, 2)]);
    assert_eq!(summary(&[("a", 2), ("b", 1)]), []);
}

#[test]
fn the_curve_gives_coverage_for_precision() {
    let cases: Vec<_> = (0..100).map(|at| case(at, Some(Label::Answered), CONFIRMED)).collect();
    let turns: Vec<_> = cases
        .iter()
        .enumerate()
        .map(|(at, case)| {
            let outcome = if at < 50 { Outcome::Answer } else { Outcome::HandOff(HandOff::LowConfidence) };
            let mut turn = turn(case, Mask::Strict, outcome, Some(at < 60));
            turn.confidence = 1.0 - at as f64 / 100.0;
            turn
        })
        .collect();
    let confidence = run(&cases, &turns, settings()).confidence;
    assert!(confidence.curve.windows(2).all(|pair| pair[0].coverage < pair[1].coverage));
    let (first, last) = (confidence.curve[0], confidence.curve[confidence.curve.len() - 1]);
    assert!(is(first.precision.value, 1.0) && is(last.coverage, 1.0) && is(last.precision.value, 0.6));
    assert!(is(confidence.auroc.unwrap(), 1.0));
}

#[test]
fn a_calibration_is_learned_from_the_earlier_half_alone() {
    // What is stated is twice what comes true.
    let cases: Vec<_> = (0..400).map(|at| case(at, Some(Label::Answered), CONFIRMED)).collect();
    let turned = |same: &dyn Fn(usize) -> bool| {
        let one = |(at, case): (usize, &_)| {
            let mut turn = turn(case, Mask::Strict, Outcome::Answer, Some(same(at)));
            turn.confidence = if at % 2 == 0 { 0.4 } else { 0.8 };
            turn
        };
        let turns: Vec<_> = cases.iter().enumerate().map(one).collect();
        run(&cases, &turns, settings()).confidence.calibrated.unwrap()
    };
    let calibrated = turned(&|at| if at % 2 == 0 { at % 10 == 0 } else { at % 10 < 4 });
    assert_eq!(calibrated.learned_from + calibrated.tried_on, 400);
    assert!(calibrated.error_before > 0.2 && calibrated.error < 0.05, "{calibrated:?}");
    // What comes true later does not change what was learned.
    let later = turned(&|at| {
        if at >= 200 {
            true
        } else if at % 2 == 0 {
            at % 10 == 0
        } else {
            at % 10 < 4
        }
    });
    assert_eq!(calibrated.steps, later.steps);
    assert!(later.error > 0.5);
}

#[test]
fn turns_with_help_stay_in_the_appendix() {
    let case = case(1, Some(Label::Answered), CONFIRMED);
    let first = turn(&case, Mask::Strict, Outcome::Ask, None);
    let mut helped = turn(&case, Mask::Strict, Outcome::Answer, Some(true));
    helped.position = 2;
    helped.is_headline = false;
    let summary = run(&[case], &[first, helped], settings());
    assert!(is(summary.main().unwrap().held.unwrap().value, 1.0));
    assert_eq!((summary.appendix.turns, summary.appendix.before_human), (2, 1));
    assert!(is(summary.appendix.same.unwrap().value, 0.5));
}

#[test]
fn nothing_replayed_gives_no_figures_and_no_panic() {
    let summary = run(&[], &[], settings());
    assert!(summary.main().is_none() && summary.topics.is_empty());
    assert_eq!(summary.denominators.replayed, 0);
}

#[test]
fn an_answer_that_nobody_can_compare_is_neither() {
    let turn = turn(&case(1, None, CONFIRMED), Mask::Strict, Outcome::Answer, None);
    assert_eq!(turn.comparison(), Comparison::Unjudged);
}

proptest! {
    #[test]
    fn outcomes_add_up_and_the_order_does_not_matter(
        kinds in proptest::collection::vec((0u8..4, 0u8..5, 0.2f64..3.0), 1..30),
    ) {
        let cases: Vec<_> = kinds
            .iter()
            .enumerate()
            .map(|(at, (_, label, weight))| Case {
                weight: *weight,
                ..case(at, Some(Label::ALL[usize::from(*label)]), CONFIRMED)
            })
            .collect();
        let turns: Vec<_> = cases
            .iter()
            .zip(&kinds)
            .map(|(case, (kind, ..))| match kind {
                0 => turn(case, Mask::Strict, Outcome::Answer, Some(true)),
                1 => turn(case, Mask::Strict, Outcome::Answer, Some(false)),
                2 => turn(case, Mask::Strict, Outcome::HandOff(HandOff::NoEvidence), None),
                _ => turn(case, Mask::Strict, Outcome::Ask, None),
            })
            .collect();
        let summary = run(&cases, &turns, settings());
        let main = summary.main().unwrap();
        let [same, different, held] = [main.same, main.different, main.held].map(|one| one.unwrap().value);
        prop_assert!((same + different + held - 1.0).abs() < 1e-5);
        let over = |over: Over| over.reached_human.unwrap().value;
        prop_assert!(over(main.automated) <= over(main.automated_assumed));
        prop_assert!(over(main.automated_assumed) <= same + 1e-9);
        prop_assert!(over(main.automated_assumed) <= over(summary.ceiling.share) + 1e-9);
        let (mut cases, mut turns) = (cases, turns);
        cases.reverse();
        turns.reverse();
        prop_assert_eq!(summary, run(&cases, &turns, settings()));
    }
}
