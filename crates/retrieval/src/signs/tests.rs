use domain::priors::{Seen, Sign};
use domain::{Audience, DocumentId, Kind, Language, SourceId, TenantId};
use proptest::prelude::*;

use super::*;
use crate::gather::{fixture::article, gather};

const DAY: i64 = 86_400_000;

fn day(number: i64) -> Timestamp {
    Timestamp::from_millis(number * DAY)
}

fn source(name: &str) -> SourceId {
    SourceId::derive(TenantId::derive("test"), "files", name)
}

fn asked(text: &str) -> Asked {
    Asked::read(&Question::new(text, Language::ENGLISH), day(1_000))
}

/// A document of a source with a score.
fn of(from: &str, name: &str, score: f32) -> Candidate {
    let mut one = article(name, Audience::Public, &[&format!("{name} says so.")]);
    one.pieces[0].loaded.source = source(from);
    one.fused.score = score;
    one
}

/// Priors that hold of one source more, and of another less, than of all.
fn priors() -> Priors {
    let drafts = |from: &str, right: usize| -> Vec<Seen> {
        let signs = asked("anything").signs(&of(from, "a", 0.5).pieces[0]);
        (0..100).map(|at| Seen { cited: vec![signs], right: at < right, weight: 1.0 }).collect()
    };
    Priors::learn(&[drafts("wiki", 80), drafts("forum", 20)].concat()).unwrap()
}

fn names(candidates: &[Candidate]) -> Vec<&str> {
    candidates.iter().map(|one| one.pieces[0].loaded.external_id.as_str()).collect()
}

#[test]
fn a_prior_decides_among_near_equals_and_among_no_others() {
    let all = vec![of("forum", "a", 0.60), of("wiki", "b", 0.50), of("wiki", "c", 0.40)];
    let all = ordered(all, &asked("anything"), &priors());
    assert_eq!(names(&all), ["b", "a", "c"]);
    assert!(all.windows(2).all(|pair| pair[0].score() >= pair[1].score()));
    let far = vec![of("forum", "a", 0.60), of("wiki", "b", 0.45)];
    assert_eq!(names(&ordered(far, &asked("anything"), &priors())), ["a", "b"]);
}

#[test]
fn evidence_has_the_score_that_it_was_ranked_by_and_votes_keep_that_of_the_search() {
    let all = ordered(vec![of("wiki", "a", 0.5)], &asked("anything"), &priors());
    assert!((all[0].score() - 0.5693).abs() < 1e-3);
    assert!((all[0].fused.score - 0.5).abs() < 1e-9);
    let gathered = gather(all, 8);
    assert!((gathered.kept[0].score - 0.5693).abs() < 1e-3);
}

#[test]
fn what_no_prior_speaks_of_stays_as_it_was() {
    let all = vec![of("blog", "a", 0.6), of("blog", "b", 0.6), of("blog", "c", 0.5)];
    let before: Vec<f32> = all.iter().map(Candidate::score).collect();
    let mut sorted = all.clone();
    sorted.sort_by(|a, b| descending(a.score(), b.score()).then_with(|| a.fused.key.cmp(&b.fused.key)));
    // Every draft of these priors has the same age, title and headings, so that nothing but the source tells.
    let after = ordered(all, &asked("anything"), &priors());
    assert_eq!(names(&after), names(&sorted));
    assert!(after.iter().zip(before).all(|(one, before)| (one.score() - before).abs() < 1e-6));
}

#[test]
fn without_a_prior_a_score_is_that_of_the_search() {
    for score in [0.0, -0.0, 0.3, f32::MIN_POSITIVE] {
        assert_eq!(of("wiki", "a", score).score().to_bits(), score.to_bits());
    }
}

#[test]
fn title_and_headings_speak_of_a_question_in_other_forms_and_not_by_usual_words() {
    let mut piece = of("wiki", "a", 0.5).pieces.remove(0);
    piece.loaded.title = "Returning a bike".to_owned();
    piece.loaded.chunk.place.heading_path = vec!["Returning a bike".to_owned(), "Costs".to_owned()];
    let signs = |text: &str| {
        let signs = asked(text).signs(&piece);
        (signs.title, signs.heading)
    };
    assert_eq!(signs("How do I return my bikes? What are the returning costs?"), (true, true));
    assert_eq!(signs("Which bike?"), (true, false), "a title is no heading of its own");
    assert_eq!(signs("What does it cost me?"), (false, true));
    assert_eq!(signs("What about it and a lamp?"), (false, false));
    piece.loaded.title = "What to do after it".to_owned();
    assert!(!asked("What to do after 30 days?").signs(&piece).title);
    piece.loaded.title = "30 days".to_owned();
    assert!(asked("Within 30?").signs(&piece).title);
}

#[test]
fn age_is_of_the_moment_of_the_question_and_unknown_where_nobody_tells() {
    let mut piece = of("wiki", "a", 0.5).pieces.remove(0);
    piece.loaded.chunk.valid_from = day(980);
    assert_eq!(asked("anything").signs(&piece).age, Some(Age::Month));
    piece.loaded.chunk.valid_from = day(100);
    assert_eq!(asked("anything").signs(&piece).age, Some(Age::Older));
    piece.loaded.version_known = false;
    let signs = asked("anything").signs(&piece);
    assert_eq!(signs.age, None);
    assert!(signs.each().all(|sign| !matches!(sign, Sign::Age(_))));
    assert_eq!((signs.source, signs.kind), (source("wiki"), Kind::Article));
}

proptest! {
    /// Whatever is known, the same documents with the same pieces come out, none further than its prior carries it.
    #[test]
    fn nothing_comes_in_and_nothing_is_lost(
        scores in prop::collection::vec((0.0..1.0f32, 0..3_usize), 0..30),
    ) {
        let from = ["wiki", "forum", "blog"];
        let mut all: Vec<Candidate> =
            scores.iter().enumerate().map(|(at, (score, of_source))| of(from[*of_source], &at.to_string(), *score)).collect();
        all.sort_by(|a, b| descending(a.score(), b.score()).then_with(|| a.fused.key.cmp(&b.fused.key)));
        let after = ordered(all.clone(), &asked("anything"), &priors());
        let keys = |all: &[Candidate]| -> Vec<DocumentId> {
            let mut keys: Vec<DocumentId> = all.iter().map(|one| one.fused.key).collect();
            keys.sort_unstable();
            keys
        };
        prop_assert_eq!(keys(&all), keys(&after));
        prop_assert!(after.windows(2).all(|pair| pair[0].score() >= pair[1].score()));
        for (at, one) in after.iter().enumerate() {
            prop_assert!((one.score() - one.fused.score).abs() < 0.07);
            for other in &after[at + 1..] {
                prop_assert!(one.fused.score > other.fused.score - 0.14);
            }
        }
    }
}
