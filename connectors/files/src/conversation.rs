//! Past conversations: from a line of JSON to a conversation whose messages are in order.

use std::str::FromStr as _;

use domain::record::{Channel, RawConversation, RawCustomer, RawTurn, Role};
use domain::{Author, Status, Timestamp};
use serde_json::Value;

use crate::article::{check_id, parse_language};
use crate::loose;
use crate::row::{Customer, Row, Turn};
use crate::text::Notes;

/// How far ahead of the present a time may be: clocks differ, and so do time zones written wrongly.
const AHEAD_MS: i64 = 24 * 60 * 60 * 1_000;

/// Why a conversation is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// What is wrong.
    pub(crate) what: String,
    /// When it will no longer be wrong by itself.
    pub(crate) until: Option<Timestamp>,
}

impl From<String> for Refused {
    fn from(what: String) -> Self {
        Self { what, until: None }
    }
}

impl From<&str> for Refused {
    fn from(what: &str) -> Self {
        what.to_owned().into()
    }
}

/// What is allowed in a conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The present.
    pub(crate) now: Timestamp,
    /// The largest number of messages.
    pub(crate) max_turns: usize,
}

/// Makes the conversation of a line.
///
/// # Errors
/// Says why it is left out.
pub(crate) fn build(row: Row, limits: Limits, notes: &mut Notes) -> Result<RawConversation, Refused> {
    let external_id =
        loose::word(row.conversation_id).ok_or("is a conversation without `conversation_id`")?;
    let rows = row.turns.unwrap_or_default();
    if rows.is_empty() {
        return Err("is a conversation without messages".into());
    }
    if rows.len() > limits.max_turns {
        let (count, most) = (rows.len(), limits.max_turns);
        return Err(format!("has {count} messages; at most {most} are read (`max_turns`)").into());
    }
    let times = times(&row.created_at, &rows, limits.now)?;
    let created_at = times.created_at;
    let turns = rows.into_iter().zip(times.turns).map(|(row, at)| turn(row, at, notes)).collect();
    let (turns, solution_turn) = in_order(turns, solution(&row.solution_turn, notes), notes);
    let mut clean = |value| loose::word(value).map(|text| notes.clean(text));
    let conversation = RawConversation {
        cut_until: None,
        external_id: check_id(clean(external_id.into()).unwrap_or_default())?,
        channel: channel(row.channel),
        language: loose::word(row.language).as_deref().and_then(parse_language),
        created_at,
        subject: clean(row.subject),
        topic: clean(loose::words(row.topic).join(", ").into()),
        tags: loose::words(row.tags).into_iter().filter_map(|tag| clean(tag.into())).collect(),
        status: status(row.status),
        solution_turn,
        rating: rating(&row.rating, notes),
        weight: weight(&row.weight, &row.in_random_sample, notes),
        customer: row.customer.map(|row| customer(row, notes)).unwrap_or_default(),
        others: row.others.into_iter().flatten().flatten().map(|row| customer(row, notes)).collect(),
        turns,
    };
    Ok(conversation)
}

/// When a conversation began and when each message was written.
struct Times {
    created_at: Timestamp,
    turns: Vec<Timestamp>,
}

/// Finds the times: a message without one was written a millisecond after the message before it, and a
/// conversation without one began with its first message that has one.
fn times(created_at: &Value, rows: &[Turn], now: Timestamp) -> Result<Times, Refused> {
    let stated =
        rows.iter().enumerate().map(|(position, row)| time(&format!("turns[{position}].at"), &row.at, now));
    let stated: Vec<Option<Timestamp>> = stated.collect::<Result<_, _>>()?;
    let created_at = time("created_at", created_at, now)?
        .or_else(|| stated.iter().flatten().next().copied())
        .ok_or("says nowhere when it was: neither `created_at` nor any `at`")?;
    let mut before = created_at.plus_millis(-1);
    let fill = |stated: Option<Timestamp>| {
        before = stated.unwrap_or_else(|| before.plus_millis(1));
        before
    };
    Ok(Times { created_at, turns: stated.into_iter().map(fill).collect() })
}

/// Reads a time. A wrong one leaves the conversation out, because what was known when hangs on it.
fn time(field: &str, stated: &Value, now: Timestamp) -> Result<Option<Timestamp>, Refused> {
    let text = match stated {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text,
        _ => return Err(format!("has a `{field}` that is not a time such as `2025-03-01T12:00:00Z`").into()),
    };
    let at = Timestamp::from_str(text)
        .map_err(|_| format!("has a `{field}` that is not a time such as `2025-03-01T12:00:00Z`"))?;
    let until = at.plus_millis(-AHEAD_MS);
    if until > now {
        let what = format!("has a `{field}` more than a day in the future; left out until then");
        return Err(Refused { what, until: Some(until) });
    }
    Ok(Some(at))
}

fn turn(row: Turn, at: Timestamp, notes: &mut Notes) -> RawTurn {
    let mut clean = |text: String| notes.clean(text);
    RawTurn {
        author: author(row.author),
        author_id: loose::word(row.author_id).map(&mut clean),
        at,
        text: loose::text(row.text).map(&mut clean).unwrap_or_default(),
        cites: loose::words(row.cited_articles).into_iter().map(clean).collect(),
    }
}

/// Sorts messages by time, those of one time as they stood, and keeps the solution where it was.
fn in_order(
    turns: Vec<RawTurn>,
    solution: Option<usize>,
    notes: &mut Notes,
) -> (Vec<RawTurn>, Option<usize>) {
    let solution = solution.filter(|position| {
        *position < turns.len() || {
            notes.tell("`solution_turn` names no message; counted as not stated");
            false
        }
    });
    if turns.is_sorted_by_key(|turn| turn.at) {
        return (turns, solution);
    }
    notes.tell("has messages that are not in the order of their times; they were sorted");
    let mut numbered: Vec<_> = turns.into_iter().enumerate().collect();
    numbered.sort_by_key(|(_, turn)| turn.at);
    let solution = solution.and_then(|old| numbered.iter().position(|(number, _)| *number == old));
    (numbered.into_iter().map(|(_, turn)| turn).collect(), solution)
}

fn solution(stated: &Value, notes: &mut Notes) -> Option<usize> {
    if stated.is_null() {
        return None;
    }
    let position = match stated {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    if position.is_none() {
        notes.tell("`solution_turn` is not a position from 0; counted as not stated");
    }
    position.and_then(|position| usize::try_from(position).ok())
}

fn customer(row: Customer, notes: &mut Notes) -> RawCustomer {
    let mut key = |what, value| loose::word(value).and_then(|text| notes.key(what, text));
    let lead = key("lead_id", row.lead_id);
    let contact = key("contact_id", row.contact_id);
    let stated = loose::word(row.role).and_then(|role| match role.to_ascii_lowercase().as_str() {
        "visitor" => Some(Role::Visitor),
        "lead" => Some(Role::Lead),
        "user" => Some(Role::User),
        _ => None,
    });
    let role = stated.or_else(|| (lead.is_some() && contact.is_none()).then_some(Role::Lead));
    let mut companies: Vec<String> = Vec::new();
    for company in loose::words(row.companies).into_iter().chain(loose::word(row.company)) {
        if let Some(company) = key("company", company.into()).filter(|company| !companies.contains(company)) {
            companies.push(company);
        }
    }
    RawCustomer {
        contact_id: contact.or(lead),
        account_id: key("account_id", row.account_id),
        name: key("name", row.name),
        email: key("email", row.email),
        phone: key("phone", row.phone),
        role,
        companies,
    }
}

fn author(stated: Value) -> Author {
    match loose::word(stated).unwrap_or_default().to_ascii_lowercase().as_str() {
        "customer" => Author::Customer,
        "agent" => Author::Agent,
        "bot" => Author::Bot,
        _ => Author::Other,
    }
}

fn channel(stated: Value) -> Channel {
    match loose::word(stated).unwrap_or_default().to_ascii_lowercase().as_str() {
        "messenger" | "chat" => Channel::Messenger,
        "email" | "mail" => Channel::Email,
        "phone" => Channel::Phone,
        "forum" => Channel::Forum,
        _ => Channel::Other,
    }
}

fn status(stated: Value) -> Status {
    match loose::word(stated).unwrap_or_default().to_ascii_lowercase().as_str() {
        "solved" => Status::Solved,
        "unsolved" => Status::Unsolved,
        _ => Status::Unknown,
    }
}

fn rating(stated: &Value, notes: &mut Notes) -> Option<u8> {
    if stated.is_null() {
        return None;
    }
    let number = loose::number(stated);
    let rating = (1..=5u8).find(|rating| number == Some(f64::from(*rating)));
    if rating.is_none() {
        notes.tell("`rating` is none of 1 to 5; counted as not stated");
    }
    rating
}

fn weight(stated: &Value, in_random_sample: &Value, notes: &mut Notes) -> f64 {
    if *in_random_sample == Value::Bool(false) {
        return 0.0;
    }
    if stated.is_null() {
        return 1.0;
    }
    loose::number(stated).filter(|weight| *weight >= 0.0).unwrap_or_else(|| {
        // A weight that cannot be read must not enter a rate as if it were one.
        notes.tell("`weight` is not a number from 0; counted as 0");
        0.0
    })
}

#[cfg(test)]
mod tests;
