//! A past conversation: what customers could read of it, and how it ended.

use domain::live::{BegunBy, PartKind, State};
use domain::record::{RawConversation, RawTurn};
use domain::{Author, Status};

use super::{live, moment};
use crate::html;
use crate::wire::Conversation;

/// Intercom returns at most so many parts, the newest.
pub(crate) const MOST_PARTS: usize = 500;

/// Makes the record of a conversation; notes, events and what was redacted are no turns.
///
/// # Errors
/// Says what is missing.
pub(crate) fn record(conversation: &Conversation) -> Result<RawConversation, &'static str> {
    let external_id = conversation.id.clone().ok_or("has no `id`")?;
    let created_at = conversation.created_at.ok_or("has no `created_at`")?;
    let parts = live::parts(conversation, created_at);
    let cut_until = cut_until(conversation, &parts);
    let turns = turns(parts);
    let mut readers = live::customers(conversation).into_iter();
    let source = conversation.source.as_ref();
    Ok(RawConversation {
        external_id,
        channel: live::channel(source),
        language: None,
        created_at: moment(created_at),
        customer: readers.next().unwrap_or_default(),
        others: readers.collect(),
        subject: source.and_then(|source| source.subject.as_deref()).map(html::plain),
        topic: topic(conversation),
        tags: conversation.tags.iter().filter_map(|tag| tag.name.clone()).collect(),
        status: status(conversation),
        solution_turn: None,
        rating: live::rating(conversation),
        weight: weight(conversation, &turns),
        turns,
        cut_until,
    })
}

/// Returns the turns of what customers could read.
pub(crate) fn turns(parts: Vec<domain::live::Part>) -> Vec<RawTurn> {
    let readable = parts.into_iter().filter(|part| part.kind == PartKind::Message && !part.text.is_empty());
    readable
        .map(|part| RawTurn {
            author: part.author,
            author_id: part.author_id,
            at: part.at,
            cites: cites(&part.text),
            text: part.text,
        })
        .collect()
}

/// Reports how many parts are missing, where Intercom says how many there are.
pub(crate) fn missing(conversation: &Conversation) -> u64 {
    let shown = conversation.parts().len() as u64;
    conversation.parts_in_all().unwrap_or(shown).saturating_sub(shown)
}

/// Returns until when parts were left out because there are too many for one answer. The first message stands
/// apart from them and is always there.
fn cut_until(conversation: &Conversation, parts: &[domain::live::Part]) -> Option<domain::Timestamp> {
    let is_cut = conversation.parts().len() >= MOST_PARTS && missing(conversation) > 0;
    parts.iter().skip(1).map(|part| part.at).min().filter(|_| is_cut)
}

fn topic(conversation: &Conversation) -> Option<String> {
    let names: Vec<&str> = conversation.topics.iter().filter_map(|topic| topic.name.as_deref()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Closing says nothing about solving: agents and timers close too. A customer's word to Fin does.
fn status(conversation: &Conversation) -> Status {
    let word = conversation.ai_agent.as_ref().and_then(|agent| agent.resolution_state.as_deref());
    match (live::state(conversation), word) {
        (State::Open | State::Snoozed, _) => Status::Unsolved,
        (State::Closed, Some("confirmed_resolution")) => Status::Solved,
        (State::Closed, Some("negative_feedback" | "abandoned")) => Status::Unsolved,
        (State::Closed, _) => Status::Unknown,
    }
}

/// What the company began, and what no customer ever wrote in, must not enter a rate.
fn weight(conversation: &Conversation, turns: &[RawTurn]) -> f64 {
    let outbound = matches!(live::begun_by(conversation.source.as_ref()), BegunBy::Agent | BegunBy::Campaign);
    let heard = turns.iter().any(|turn| turn.author == Author::Customer);
    if outbound || !heard { 0.0 } else { 1.0 }
}

/// Finds links to articles of a help centre, named as the articles themselves are.
fn cites(text: &str) -> Vec<String> {
    let mut cited: Vec<String> = Vec::new();
    for (at, _) in text.match_indices("/articles/") {
        let before = &text[..at];
        let start = before.rfind(|c: char| c.is_whitespace() || c == '(').map_or(0, |space| space + 1);
        let rest = &text[at + "/articles/".len()..];
        let id = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())];
        let locale = before[start..].rsplit('/').next().unwrap_or_default();
        let is_link = before[start..].starts_with("http") && (2..=7).contains(&locale.len());
        if is_link && !id.is_empty() {
            cited.push(format!("{id}:{locale}"));
        }
    }
    cited.dedup();
    cited
}

#[cfg(test)]
mod tests;
