//! Turns chosen to be read by eye: figures say how often, reading says why.

use domain::Timestamp;

use crate::human::Label;
use crate::told::Told;
use crate::turns::{Comparison, ReplayedTurn};

/// A question with all that was made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What it is called: the conversation, or who asks.
    pub name: String,
    /// What to look at, where somebody says so.
    pub about: Option<String>,
    /// When it was asked, for past questions.
    pub at: Option<Timestamp>,
    /// How the replay came out, for past questions.
    pub came_out: Option<CameOut>,
    /// The question.
    pub question: String,
    /// What a person answered, for past questions.
    pub human: Option<(Label, String)>,
    /// What each drafter made of it.
    pub told: Vec<Told>,
}

/// How a replayed turn came out, by the judge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameOut {
    /// Against what the person wrote.
    pub comparison: Comparison,
    /// How far the two agree, where both wrote something.
    pub agreement: Option<f64>,
    /// Whether both cite the same page.
    pub same_source: bool,
}

impl Reading {
    /// Puts together what is known of a replayed turn.
    #[must_use]
    pub fn of(turn: &ReplayedTurn, told: Vec<Told>) -> Self {
        Self {
            name: turn.conversation.clone(),
            about: None,
            at: Some(turn.at),
            came_out: Some(CameOut {
                comparison: turn.comparison(),
                agreement: turn.judgement.map(|judgement| judgement.score),
                same_source: turn.judgement.is_some_and(|judgement| judgement.same_source),
            }),
            question: turn.question.clone(),
            human: turn.human.as_ref().map(|human| (human.label, human.text.clone())),
            told,
        }
    }
}

/// Reports whether a turn may be chosen: it counts, nobody had replied yet, and somebody did.
#[must_use]
pub fn is_readable(turn: &ReplayedTurn) -> bool {
    turn.is_headline && turn.weight > 0.0 && turn.human.is_some()
}

/// Chooses at most `most` turns: of every outcome about as many, each outcome's at equal distances in the order of
/// their reasons and conversations, so that nobody picked them and the same replay gives the same ones. Returned in the
/// order of the conversations.
#[must_use]
pub fn choose<'a>(turns: impl IntoIterator<Item = &'a ReplayedTurn>, most: usize) -> Vec<&'a ReplayedTurn> {
    let mut groups: [Vec<&ReplayedTurn>; 3] = Default::default();
    for turn in turns.into_iter().filter(|turn| is_readable(turn)) {
        let group = match turn.comparison() {
            Comparison::Same => 0,
            Comparison::Different | Comparison::Unjudged => 1,
            Comparison::Held => 2,
        };
        groups[group].push(turn);
    }
    let mut shares = [0; 3];
    let mut left = most.min(groups.iter().map(Vec::len).sum());
    while left > 0 {
        for (share, group) in shares.iter_mut().zip(&groups) {
            if *share < group.len() && left > 0 {
                *share += 1;
                left -= 1;
            }
        }
    }
    let mut chosen = Vec::new();
    for (mut group, share) in groups.into_iter().zip(shares) {
        group.sort_by_key(|turn| (turn.held_because(), &turn.conversation, turn.position));
        chosen.extend((0..share).map(|at| group[at * group.len() / share]));
    }
    chosen.sort_by_key(|turn| (&turn.conversation, turn.position));
    chosen
}

#[cfg(test)]
mod tests {
    use domain::{HandOff, Outcome};
    use identity::Mask;

    use super::*;
    use crate::summary::tests::{CONFIRMED, case, turn};

    /// Returns turns of 60 conversations: four answered alike, eight otherwise, the others held.
    fn turns() -> Vec<ReplayedTurn> {
        (0..60)
            .map(|at| {
                let case = case(at, Some(Label::Answered), CONFIRMED);
                match at {
                    0..4 => turn(&case, Mask::Strict, Outcome::Answer, Some(true)),
                    4..12 => turn(&case, Mask::Strict, Outcome::Answer, Some(false)),
                    12..20 => turn(&case, Mask::Strict, Outcome::HandOff(HandOff::CheckFailed), Some(false)),
                    _ => turn(&case, Mask::Strict, Outcome::HandOff(HandOff::LowConfidence), None),
                }
            })
            .collect()
    }

    fn names(turns: &[ReplayedTurn], most: usize) -> Vec<String> {
        choose(turns, most).iter().map(|turn| turn.conversation.clone()).collect()
    }

    #[test]
    fn every_outcome_and_reason_has_its_share() {
        let turns = turns();
        let chosen = choose(&turns, 24);
        let count = |wanted: Comparison| chosen.iter().filter(|turn| turn.comparison() == wanted).count();
        // There are four and eight of the others; what they lack is filled with what was held.
        assert_eq!(
            (count(Comparison::Same), count(Comparison::Different), count(Comparison::Held)),
            (4, 8, 12)
        );
        let checks = chosen.iter().filter(|turn| turn.held_because() == Some("check_failed")).count();
        assert!((1..=3).contains(&checks), "reasons by their frequency: {checks}");
        assert_eq!(choose(&turns, 1_000).len(), 60);
        assert!(choose(&turns, 0).is_empty());
    }

    #[test]
    fn the_same_replay_gives_the_same_turns_in_any_order() {
        let mut turns = turns();
        let before = names(&turns, 20);
        turns.reverse();
        assert_eq!(names(&turns, 20), before);
        assert_eq!(
            before.len(),
            before.iter().collect::<std::collections::BTreeSet<_>>().len(),
            "none twice"
        );
    }

    #[test]
    fn later_turns_and_such_as_count_in_no_rate_are_not_chosen() {
        let mut turns = turns();
        turns[0].is_headline = false;
        turns[1].weight = 0.0;
        turns[2].human = None;
        assert_eq!(choose(&turns, 1_000).len(), 57);
    }
}
