//! `turns.csv`: one line per replayed turn and mask.

use std::io::Write;

use anyhow::Context as _;

use super::{Texts, named_topics};
use crate::judge::Source;
use crate::summary::Summary;
use crate::turns::{Comparison, ReplayedTurn};

const HEADER: [&str; 31] = [
    "conversation",
    "position",
    "at",
    "channel",
    "topic",
    "language",
    "weight",
    "mask",
    "purpose",
    "assurance",
    "before_human",
    "outcome",
    "decision",
    "reason",
    "confidence",
    "human_label",
    "score",
    "same_source",
    "cosine",
    "covered",
    "focused",
    "order",
    "leaks_own_conversation",
    "leaks_not_yet_known",
    "leaks_other_person",
    "articles",
    "articles_of_unknown_age",
    "question",
    "draft",
    "draft_sources",
    "human_reply",
];

/// Writes all turns, ordered by conversation, position and mask. Texts are hidden unless shown by choice; cells
/// that a spreadsheet would run as a formula begin with an apostrophe.
///
/// # Errors
/// Fails when `out` does.
pub fn write_turns(
    out: impl Write,
    turns: &[ReplayedTurn],
    summary: &Summary,
    texts: Texts,
) -> anyhow::Result<()> {
    let topics = named_topics(summary);
    let mut sorted: Vec<&ReplayedTurn> = turns.iter().collect();
    sorted.sort_by(|one, two| {
        (&one.conversation, one.position, one.mask).cmp(&(&two.conversation, two.position, two.mask))
    });
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEADER).context("could not write `turns.csv`")?;
    for turn in sorted {
        let topic = turn.topic.as_deref().map(str::trim).unwrap_or_default();
        let topic = if texts == Texts::Shown || topics.contains(topic) { topic } else { "" };
        let cells = row(turn, topic, texts).map(neutralised);
        writer.write_record(cells).context("could not write `turns.csv`")?;
    }
    writer.flush().context("could not write `turns.csv`")
}

fn row(turn: &ReplayedTurn, topic: &str, texts: Texts) -> [String; HEADER.len()] {
    let judgement = turn.judgement.as_ref();
    let part =
        |part: fn(&crate::judge::Judgement) -> f64| judgement.map_or(String::new(), |one| number(part(one)));
    let sources = turn.draft.as_ref().map_or(&[][..], |draft| &draft.sources);
    [
        turn.conversation.clone(),
        turn.position.to_string(),
        turn.at.to_string(),
        name(&turn.channel),
        topic.to_owned(),
        turn.language.to_string(),
        number(turn.weight),
        turn.mask.name().to_owned(),
        name(&turn.purpose),
        turn.assurance.name().to_owned(),
        turn.is_headline.to_string(),
        outcome(turn.comparison()).to_owned(),
        turn.outcome.name().to_owned(),
        turn.held_because().unwrap_or_default().to_owned(),
        number(turn.confidence),
        turn.human.as_ref().map_or("", |human| human.label.name()).to_owned(),
        part(|one| one.score),
        judgement.map_or(String::new(), |one| one.same_source.to_string()),
        judgement.and_then(|one| one.cosine).map_or(String::new(), |cosine| number(cosine.max(0.0))),
        part(|one| one.covered),
        part(|one| one.focused),
        part(|one| one.order),
        turn.leaks.own_conversation.to_string(),
        turn.leaks.not_yet_known.to_string(),
        turn.leaks.other_person.to_string(),
        turn.versions.articles.to_string(),
        turn.versions.unknown.to_string(),
        texts.show(&turn.question),
        turn.draft.as_ref().map_or(String::new(), |draft| texts.show(&draft.text)),
        sources.iter().map(|source| title(source, texts)).collect::<Vec<_>>().join("; "),
        turn.human.as_ref().map_or(String::new(), |human| texts.show(&human.text)),
    ]
}

/// Returns the title of a source as far as it may be shown.
pub(super) fn title(source: &Source, texts: Texts) -> String {
    let title = if source.title.is_empty() { source.external_id.as_str() } else { source.title.as_str() };
    if source.public || texts == Texts::Shown { title.to_owned() } else { "[title hidden]".to_owned() }
}

/// Returns the word for an outcome in files for machines.
fn outcome(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Same => "same",
        Comparison::Different => "different",
        Comparison::Held => "held",
        Comparison::Unjudged => "unjudged",
    }
}

/// Returns the name that an enumeration has in JSON.
fn name(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn number(value: f64) -> String {
    let rounded = (value * 1e4).round() / 1e4 + 0.0;
    rounded.to_string()
}

/// Puts an apostrophe before what a spreadsheet would take for a formula.
pub(super) fn neutralised(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}
