//! Examples side by side, chosen by a fixed rule.

use domain::text::shorten;

use super::super::{Texts, csv::title, words};
use super::figure::{day, whole};
use crate::summary::Summary;
use crate::turns::{Comparison, ReplayedTurn};

/// How much of a text is shown.
const MOST_CHARACTERS: usize = 1_400;
/// How many examples of each outcome.
const SAME: usize = 3;
const DIFFERENT: usize = 3;
const HELD: usize = 3;

pub(super) struct Example {
    pub(super) class: &'static str,
    pub(super) verdict: String,
    pub(super) conversation: String,
    pub(super) day: String,
    pub(super) confidence: String,
    pub(super) question: String,
    pub(super) draft: Option<String>,
    pub(super) sources: Vec<String>,
    pub(super) human: Option<String>,
    pub(super) label: Option<String>,
    pub(super) agreement: Option<String>,
}

/// Returns a few turns before the human reply under the main mask: of each outcome those at equal distances in
/// the order of the conversations' ids, so that nobody picked them.
pub(super) fn choose(summary: &Summary, turns: &[ReplayedTurn], texts: Texts) -> Vec<Example> {
    let mut usable: Vec<&ReplayedTurn> = turns
        .iter()
        .filter(|turn| Some(turn.mask) == summary.main_mask && turn.is_headline && turn.weight > 0.0)
        .filter(|turn| turn.human.is_some())
        .collect();
    usable.sort_by(|one, two| (&one.conversation, one.position).cmp(&(&two.conversation, two.position)));
    [(Comparison::Same, SAME), (Comparison::Different, DIFFERENT), (Comparison::Held, HELD)]
        .into_iter()
        .flat_map(|(outcome, most)| {
            let of: Vec<_> = usable.iter().filter(|turn| turn.comparison() == outcome).collect();
            let shown = most.min(of.len());
            (0..shown).map(move |at| *of[at * of.len() / shown]).collect::<Vec<_>>()
        })
        .map(|turn| example(turn, texts))
        .collect()
}

fn example(turn: &ReplayedTurn, texts: Texts) -> Example {
    let show = |text: &str| match texts {
        Texts::Shown => shorten(text, MOST_CHARACTERS),
        Texts::Hidden => texts.show(text),
    };
    let (class, verdict) = match turn.comparison() {
        Comparison::Same => ("same", "Same".to_owned()),
        Comparison::Different => ("different", "Different".to_owned()),
        Comparison::Held | Comparison::Unjudged => {
            let reason = turn.held_because().map_or_else(String::new, |name| words::reason(name).title);
            ("held", format!("Held back: {reason}"))
        }
    };
    let sources = turn.draft.as_ref().map_or(&[][..], |draft| &draft.sources);
    Example {
        class,
        verdict,
        conversation: turn.conversation.clone(),
        day: day(turn.at),
        confidence: whole(turn.confidence),
        question: show(&turn.question),
        draft: turn.draft.as_ref().map(|draft| show(&draft.text)),
        sources: sources.iter().map(|source| title(source, texts)).collect(),
        human: turn.human.as_ref().map(|human| show(&human.text)),
        label: turn.human.as_ref().map(|human| words::label(human.label.name()).title),
        agreement: turn.judgement.as_ref().map(|one| {
            let source = if one.same_source { ", same page cited" } else { "" };
            format!("agreement {}{source}", whole(one.score))
        }),
    }
}
