use proptest::prelude::*;

use super::*;
use crate::id::TenantId;

fn source(name: &str) -> SourceId {
    SourceId::derive(TenantId::derive("acme"), "files", name)
}

fn signs(name: &str) -> Signs {
    Signs { source: source(name), kind: Kind::Article, age: Some(Age::Year), title: true, heading: false }
}

/// So many drafts that cite a document of a source, with how many of them are right.
fn drafts(name: &str, of: usize, right: usize) -> Vec<Seen> {
    (0..of).map(|at| Seen { cited: vec![signs(name)], right: at < right, weight: 1.0 }).collect()
}

fn of_source(priors: &Priors, name: &str) -> Option<Prior> {
    let sign = Sign::Source { id: source(name), kind: Kind::Article };
    priors.all().iter().find(|one| one.sign == sign).copied()
}

fn learned(parts: &[Vec<Seen>]) -> Priors {
    Priors::learn(&parts.concat()).unwrap()
}

#[test]
fn what_proves_right_more_often_rises_and_what_less_often_sinks() {
    let priors = learned(&[drafts("wiki", 100, 80), drafts("forum", 100, 20)]);
    let (wiki, forum) = (of_source(&priors, "wiki").unwrap(), of_source(&priors, "forum").unwrap());
    // (80 + 25) / (20 + 25) and the other way round, since half of all drafts are right.
    assert!((wiki.factor - 2.0).abs() < 1e-9, "held at the most: {wiki:?}");
    assert!((forum.factor - 0.5).abs() < 1e-9, "{forum:?}");
    assert_eq!((wiki.drafts, wiki.right), (100, 0.8));
    assert!(priors.added(&signs("wiki")) > 0.069 && priors.added(&signs("wiki")) < 0.07);
    assert!(priors.added(&signs("forum")) < -0.069);
    let few = learned(&[drafts("wiki", 30, 20), drafts("forum", 30, 10)]);
    // (20 + 25) / (10 + 25)
    assert!((of_source(&few, "wiki").unwrap().factor - 45.0 / 35.0).abs() < 1e-6);
}

#[test]
fn what_all_drafts_have_tells_nothing() {
    let priors = learned(&[drafts("wiki", 100, 80)]);
    assert!(priors.all().iter().all(|one| (one.factor - 1.0).abs() < 1e-9), "{priors:?}");
    assert!(priors.added(&signs("wiki")).abs() < 1e-9);
}

#[test]
fn a_group_of_few_stays_as_it_is() {
    let priors = learned(&[drafts("wiki", 100, 50), drafts("forum", LEAST - 1, 0)]);
    assert_eq!(of_source(&priors, "forum"), None);
    let priors = learned(&[drafts("wiki", 100, 50), drafts("forum", LEAST, 0)]);
    assert!(of_source(&priors, "forum").unwrap().factor < 1.0);
}

#[test]
fn one_kind_alone_teaches_nothing() {
    assert_eq!(Priors::learn(&drafts("wiki", 100, 100)), None);
    assert_eq!(Priors::learn(&drafts("wiki", 100, 0)), None);
    assert_eq!(Priors::learn(&drafts("wiki", LEAST - 1, 3)), None);
    assert_eq!(Priors::learn(&[]), None);
    let weightless = Seen { cited: vec![signs("wiki")], right: true, weight: 0.0 };
    assert_eq!(Priors::learn(&[drafts("wiki", 100, 0), vec![weightless]].concat()), None);
}

#[test]
fn a_draft_counts_once_however_many_documents_it_cites() {
    let several = |mut drafts: Vec<Seen>| {
        drafts.iter_mut().for_each(|one| one.cited = vec![one.cited[0]; 4]);
        drafts
    };
    let once = learned(&[drafts("wiki", 40, 30), drafts("forum", 40, 10)]);
    assert_eq!(once, learned(&[several(drafts("wiki", 40, 30)), drafts("forum", 40, 10)]));
}

#[test]
fn only_what_weighs_differently_is_counted_differently() {
    let heavier = |drafts: Vec<Seen>, weight: f64| -> Vec<Seen> {
        drafts.into_iter().map(|one| Seen { weight, ..one }).collect()
    };
    let plain = learned(&[drafts("wiki", 40, 30), drafts("forum", 40, 10)]);
    let all = learned(&[heavier(drafts("wiki", 40, 30), 7.0), heavier(drafts("forum", 40, 10), 7.0)]);
    assert_eq!(plain, all, "no more is known where all drafts weigh more");
    let one = learned(&[heavier(drafts("wiki", 40, 30), 7.0), drafts("forum", 40, 10)]);
    assert_ne!(plain, one);
}

#[test]
fn ages_are_of_the_moment_that_is_asked_at() {
    let at = |days: i64| Timestamp::from_millis(days * DAY);
    let ages = [0, 29, 30, 89, 90, 364, 365, 4_000].map(|days| Age::of(at(1_000), at(1_000 + days)));
    use Age::{Month, Older, Quarter, Year};
    assert_eq!(ages, [Month, Month, Quarter, Quarter, Year, Year, Older, Older]);
    assert_eq!(Age::of(at(1_000), at(10)), Month, "what came later is new");
}

#[test]
fn what_is_no_priors_cannot_be_read() {
    let priors = learned(&[drafts("wiki", 40, 30), drafts("forum", 40, 10)]);
    let text = serde_json::to_string(&priors).unwrap();
    assert_eq!(serde_json::from_str::<Priors>(&text).unwrap(), priors);
    let title = r#"{"sign":{"title":true},"drafts":40,"right":0.5,"factor":1.2}"#;
    assert!(serde_json::from_str::<Priors>(&format!("[{title}]")).is_ok());
    for wrong in [
        "[]".to_owned(),
        format!("[{title},{title}]"),
        format!("[{}]", title.replace("1.2", "2.5")),
        format!("[{}]", title.replace("1.2", "0.0")),
        format!("[{}]", title.replace("0.5", "1.5")),
        format!("[{}]", title.replace("title", "author")),
    ] {
        assert!(serde_json::from_str::<Priors>(&wrong).is_err(), "{wrong}");
    }
}

fn some_signs() -> impl Strategy<Value = Signs> {
    let age = prop::option::of(prop::sample::select(vec![Age::Month, Age::Quarter, Age::Year, Age::Older]));
    let kind = prop::sample::select(vec![Kind::Article, Kind::History, Kind::LearnedAnswer]);
    (0..3_u8, kind, age, any::<bool>(), any::<bool>()).prop_map(|(name, kind, age, title, heading)| Signs {
        source: source(&name.to_string()),
        kind,
        age,
        title,
        heading,
    })
}

fn some_drafts() -> impl Strategy<Value = Vec<Seen>> {
    let cited = prop::collection::vec(some_signs(), 0..3);
    let one = (cited, any::<bool>(), 0.1..9.0f64);
    let one = one.prop_map(|(cited, right, weight)| Seen { cited, right, weight });
    prop::collection::vec(one, 0..200)
}

proptest! {
    /// More evidence of the same kind moves a factor further from 1, and never beyond its bounds.
    #[test]
    fn more_of_the_same_moves_further(
        right in 0..200_u32, wrong in 0..200_u32, times in 2..9_u32, of_all in 0.02..0.98f64,
    ) {
        let of = |times: u32| factor(f64::from(right * times), f64::from(wrong * times), of_all);
        let (once, often) = (of(1), of(times));
        prop_assert!((0.5..=2.0).contains(&once) && (0.5..=2.0).contains(&often));
        prop_assert!(often.ln().abs() >= once.ln().abs() - 1e-9, "{once} and {often}");
        prop_assert!(once.ln() * often.ln() >= -1e-12, "to the same side");
    }

    /// One more right draft never lowers a factor, one more wrong draft never raises it.
    #[test]
    fn each_draft_moves_to_its_own_side(right in 0..200_u32, wrong in 0..200_u32, of_all in 0.02..0.98f64) {
        let of = |right: u32, wrong: u32| factor(f64::from(right), f64::from(wrong), of_all);
        prop_assert!(of(right + 1, wrong) >= of(right, wrong));
        prop_assert!(of(right, wrong + 1) <= of(right, wrong));
    }

    /// Whatever was seen, no document moves by more than 0.07, in whatever order it was seen, and the text says all.
    #[test]
    fn nothing_moves_far(seen in some_drafts(), asked in prop::collection::vec(some_signs(), 1..9)) {
        let Some(priors) = Priors::learn(&seen) else { return Ok(()) };
        for signs in &asked {
            prop_assert!((0.5..=2.0).contains(&priors.odds(signs)));
            prop_assert!(priors.added(signs).abs() < 0.07);
        }
        prop_assert!(priors.all().iter().all(|one| one.drafts >= LEAST));
        let text = serde_json::to_string(&priors).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Priors>(&text).unwrap(), &priors);
        let reversed: Vec<Seen> = seen.iter().rev().cloned().collect();
        let again = Priors::learn(&reversed).unwrap();
        for (one, other) in priors.all().iter().zip(again.all()) {
            prop_assert!(one.sign == other.sign && (one.factor - other.factor).abs() < 1e-5);
        }
    }
}
