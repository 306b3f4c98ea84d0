//! What a customer's newest messages ask for, by rules.
//!
//! What the customer wrote is parted from quoted history, signature and greetings ([`domain::message`]), told from
//! courtesies and machines, and made a question that stands alone: a follow-up gets the earlier messages it leans on.

mod attached;
mod automatic;
mod courtesy;
mod leaning;
pub mod model;
mod pending;
mod spoken;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use domain::decision::Unseen;
use domain::message;
use domain::{Applicability, Author, HandOff, Language, Outcome, Question, Silence, Turn};
use regex::Regex;

use crate::asks::asks;
use pending::Pending;

/// A conversation up to and including the customer's newest message.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Subject line.
    pub subject: Option<String>,
    /// Everything written so far, oldest first; the last turn is the customer's.
    pub turns: Vec<Turn>,
    /// The language the source states; unknown where it states none.
    pub language: Language,
    /// How to greet the person; only where it is known who writes.
    pub first_name: Option<String>,
    /// What is known of the customer's side: brand, plan, region, version.
    pub customer: Applicability,
    /// Names of the files and pictures that came with the newest messages.
    pub attached: Vec<String>,
}

/// What is known of a turn before anything is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Understood {
    /// Something is asked.
    Asks(Box<Asked>),
    /// Nothing has to be searched.
    Settled(Outcome),
}

/// What is asked, in texts that stand alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// All of it in one text.
    pub question: Question,
    /// The single questions of a message that asks several things; none where it asks one.
    pub single: Vec<Question>,
    /// Whether earlier messages were needed to understand it.
    pub leans: bool,
    /// What came along or is pointed to, which nobody here looks at.
    pub unseen: Option<Unseen>,
}

/// Most characters of a question: what models and ranking can use.
const QUESTION_CHARS: usize = 4_000;
/// Most characters of what a single question of a message leans on.
const BEFORE_CHARS: usize = 200;

static HUMAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b((speak|talk|chat|connect me|put me through|transfer me)( \w+){0,3} (to|with) (a |an |some )?(real |actual |live )?(human|person|agent|someone|somebody|representative|employee)|(real|actual|live) (human|person|agent)( please)?|(want|need) a human|no (bot|robot)s?|(mit|zu) (einem|einer|nem) (echten |richtigen )?(menschen?|mitarbeiter(in)?|person|berater(in)?)\b|(echten|richtigen) (menschen|mitarbeiter)|kein(en)? (bot|roboter))")
        .expect("the pattern is checked by the tests")
});

/// Decides whether anything is asked and, if so, makes it a question that stands alone.
#[must_use]
pub fn understand(incoming: &Incoming) -> Understood {
    let subject = incoming.subject.as_deref().map(bare_subject).filter(|subject| !subject.is_empty());
    let newest_from = newest_from(&incoming.turns);
    let newest: Vec<message::Parts> = newest_messages(&incoming.turns)
        .map(|turn| message::take_apart(incoming.subject.as_deref(), &turn.text))
        .collect();
    let text = newest.iter().map(|parts| parts.own.as_str()).collect::<Vec<_>>().join("\n").trim().to_owned();
    let is_first = !incoming.turns.iter().any(|turn| matches!(turn.author, Author::Agent | Author::Bot));
    if newest.iter().any(|parts| parts.is_forwarded) {
        return Understood::Settled(Outcome::HandOff(HandOff::Forwarded));
    }
    if automatic::is_automatic(subject.filter(|_| is_first), &text) {
        return Understood::Settled(Outcome::Silent(Silence::Automatic));
    }
    if HUMAN.is_match(&text) {
        return Understood::Settled(Outcome::HandOff(HandOff::AskedForHuman));
    }
    let pending = Pending::of(&incoming.turns);
    let courtesy = courtesy::judge(&text);
    let is_answer = courtesy.is_some_and(|courtesy| !is_first && pending.is_answered_by(courtesy));
    if courtesy.is_some() && !is_answer {
        if !incoming.attached.is_empty() {
            return Understood::Settled(Outcome::HandOff(HandOff::Attachment));
        }
        if !(is_first && subject.is_some()) {
            return Understood::Settled(Outcome::Silent(Silence::NothingAsked));
        }
    }
    let own = if courtesy.is_some() && !is_answer { "" } else { courtesy::without(&text) };
    let earlier = &incoming.turns[..newest_from];
    let leans = !is_first && (is_answer || leaning::leans(own));
    let context = if is_first {
        subject.map(str::to_owned)
    } else if leans {
        leaned_on(earlier, subject, own, &pending)
    } else {
        None
    };
    let full = match &context {
        Some(context) if !own.starts_with(context.as_str()) => format!("{context}\n{own}"),
        _ => own.to_owned(),
    };
    let full: String = full.trim().chars().take(QUESTION_CHARS).collect();
    if full.is_empty() {
        return Understood::Settled(Outcome::Silent(Silence::NothingAsked));
    }
    let own: String = own.chars().take(QUESTION_CHARS).collect();
    let single = single(&own, context.as_deref());
    let before = leaning::context(earlier);
    let language = spoken::spoken(&own, &[&full, before.as_deref().unwrap_or_default()], incoming.language);
    let own_words = own_words(subject, &incoming.turns);
    let question =
        |text| Question { text, language, customer: incoming.customer.clone(), own_words: own_words.clone() };
    Understood::Asks(Box::new(Asked {
        question: question(full),
        single: single.into_iter().map(question).collect(),
        leans,
        unseen: attached::unseen(&incoming.attached, &own),
    }))
}

/// Reports whether somebody asks for a person.
pub(crate) fn asks_for_human(text: &str) -> bool {
    HUMAN.is_match(text)
}

/// Returns the position behind the last message of the company.
fn newest_from(turns: &[Turn]) -> usize {
    turns
        .iter()
        .rposition(|turn| matches!(turn.author, Author::Agent | Author::Bot))
        .map_or(0, |position| position + 1)
}

/// Returns the customer's messages since anybody of the company last wrote.
fn newest_messages(turns: &[Turn]) -> impl Iterator<Item = &Turn> {
    turns[newest_from(turns)..].iter().filter(|turn| turn.author == Author::Customer)
}

/// Returns what the customer wrote, newest last; of a long conversation the newest.
fn own_words(subject: Option<&str>, turns: &[Turn]) -> String {
    let mut left = QUESTION_CHARS;
    let mut words: Vec<String> = Vec::new();
    for turn in turns.iter().rev().filter(|turn| turn.author == Author::Customer) {
        let own: String = message::take_apart(None, &turn.text).own.chars().take(left).collect();
        left -= own.chars().count();
        words.push(own);
    }
    words.extend(subject.map(str::to_owned));
    words.reverse();
    words.join("\n")
}

/// Returns what a follow-up leans on: the subject, the customer's earlier messages, and the question that it answers.
fn leaned_on(earlier: &[Turn], subject: Option<&str>, own: &str, pending: &Pending) -> Option<String> {
    let answered = pending.question().filter(|_| !own.contains(['?', '？']));
    let before = leaning::context(earlier);
    let parts: Vec<&str> = [subject, before.as_deref(), answered].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// Returns the single questions of a message, each with what it leans on: what is told before the first of them, or the
/// question before it.
fn single(own: &str, context: Option<&str>) -> Vec<String> {
    let asks = asks(own);
    let told = asks.first().and_then(|first| own.find(first)).map_or("", |at| own[..at].trim());
    let told =
        (told.contains(char::is_alphanumeric) && courtesy::judge(told).is_none()).then_some(told).or(context);
    let told = told.map(|told| domain::text::shorten(told, BEFORE_CHARS));
    let mut standing: Option<&str> = None;
    let mut single = Vec::with_capacity(asks.len());
    for ask in asks {
        let before = if leaning::points(ask) { standing.or(told.as_deref()) } else { None };
        single.push(before.map_or_else(|| ask.to_owned(), |before| format!("{before}\n{ask}")));
        if !leaning::points(ask) {
            standing = Some(ask);
        }
    }
    single
}

fn bare_subject(subject: &str) -> &str {
    let mut bare = subject.trim();
    loop {
        let Some((head, rest)) = bare.split_once(':') else { return bare };
        if !["re", "aw", "antw", "sv", "r"].contains(&head.trim().to_lowercase().as_str()) {
            return bare;
        }
        bare = rest.trim();
    }
}
