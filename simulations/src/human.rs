//! What kind of reply a person wrote, and whether text alone could have done the same.
//!
//! Labels come from rules in English and German (`rules`); for other languages only form counts (length,
//! links, steps), and such labels are marked as guesses. The rules lean to one side: what reads like an action
//! or a look into somebody's data is not called an answer. But they only read: a fact about the customer that
//! comes without "I checked" passes for an answer, and then the ceiling is too high.

use domain::record::Channel;
use domain::{Author, Conversation, Language, Timestamp, Turn};
use serde::{Deserialize, Serialize};

use crate::judge::{self, Side, links};
use crate::turns::{HumanRecord, LaterReply};
use crate::words::Content;

mod rules;

pub(crate) use rules::without_quotes;

/// What a person did in a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Told something that holds for anybody, or asked back.
    Answered,
    /// Looked something up about this customer.
    LookedUp,
    /// Changed something for this customer.
    DidSomething,
    /// Passed it on.
    Escalated,
    /// Thanked, greeted, promised to be back: nothing that was needed.
    Acknowledged,
}

impl Label {
    /// Every label, in the order of reports.
    pub const ALL: [Self; 5] =
        [Self::Answered, Self::LookedUp, Self::DidSomething, Self::Escalated, Self::Acknowledged];

    /// Returns the name as reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::LookedUp => "looked_up",
            Self::DidSomething => "did_something",
            Self::Escalated => "escalated",
            Self::Acknowledged => "acknowledged",
        }
    }

    /// Reports whether the customer needed what was written.
    #[must_use]
    pub fn is_content(self) -> bool {
        self != Self::Acknowledged
    }

    /// Reports whether an automatic reply could have done the same.
    #[must_use]
    pub fn can_automate(self, lookups: Lookups) -> bool {
        match self {
            Self::Answered | Self::Acknowledged => true,
            Self::LookedUp => lookups == Lookups::Configured,
            Self::DidSomething | Self::Escalated => false,
        }
    }
}

/// Whether the product can look things up about a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookups {
    /// There is no action for it; a reply that needed a look into the data cannot count.
    #[default]
    None,
    /// An action is configured.
    Configured,
}

/// One reply of a person, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Its position.
    pub position: u32,
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: Author,
    /// What kind of reply it is.
    pub label: Label,
    /// Whether it only asks the customer for something.
    pub asks: bool,
    /// Whether the label is a guess by form, since there are no rules for the language.
    pub guessed: bool,
}

/// A label and how it came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labelled {
    /// The label.
    pub label: Label,
    /// Whether the text only asks the customer for something.
    pub asks: bool,
    /// Whether there were no rules for the language.
    pub guessed: bool,
}

/// In a language without rules, a reply of at most this many content words and without link or steps says
/// nothing of its own.
const NOTHING_SAID: usize = 3;

/// Labels what a person wrote; `cites` are articles that the source says were cited.
#[must_use]
pub fn label(text: &str, language: Language, cites: &[String]) -> Labelled {
    let own = rules::without_quotes(text);
    let known = match language.code() {
        "en" => Some(rules::english()),
        "de" => Some(rules::german()),
        // Nobody could tell: short texts mostly, and both rule sets are harmless on foreign words.
        "und" => Some(rules::either()),
        _ => None,
    };
    let informs = !cites.is_empty() || links::find(&own).next().is_some() || rules::has_steps(&own);
    let Some(rules) = known else {
        let words = Content::read(&own, language).weights.len();
        let says_nothing = !informs && words <= NOTHING_SAID && !own.ends_with('?');
        let label = if says_nothing { Label::Acknowledged } else { Label::Answered };
        return Labelled { label, asks: label == Label::Answered && rules::only_asks(&own), guessed: true };
    };
    let found = rules.read(&own);
    let label = if found.did {
        Label::DidSomething
    } else if found.looked_up {
        Label::LookedUp
    } else if found.escalated {
        Label::Escalated
    } else if !informs && rules.is_courtesy(&own, language) {
        Label::Acknowledged
    } else {
        Label::Answered
    };
    Labelled { label, asks: label == Label::Answered && !informs && rules::only_asks(&own), guessed: false }
}

/// Returns what people wrote in a conversation, in order.
#[must_use]
pub fn replies(conversation: &Conversation) -> Vec<Reply> {
    conversation
        .turns
        .iter()
        .filter(|turn| is_reply(turn, conversation))
        .map(|turn| {
            let Labelled { label, asks, guessed } =
                label(&turn.text, language_of(turn, conversation), &turn.cites);
            Reply { position: turn.position, at: turn.at, author: turn.author, label, asks, guessed }
        })
        .collect()
}

/// Returns the reply that a draft for the customer's message at `position` is compared with: the first
/// messages in a row that people wrote after it and that say something; where none does, the first at all.
#[must_use]
pub fn reply_to(conversation: &Conversation, position: u32) -> Option<HumanRecord> {
    let later: Vec<&Turn> = conversation.turns.iter().filter(|turn| turn.position > position).collect();
    let labelled = |turn: &Turn| label(&turn.text, language_of(turn, conversation), &turn.cites);
    let is_content = |turn: &&&Turn| is_reply(turn, conversation) && labelled(turn).label.is_content();
    let Some(first) = later.iter().find(is_content) else {
        let turn = later.iter().find(|turn| is_reply(turn, conversation))?;
        return Some(record(&[*turn], labelled(turn).label));
    };
    let in_a_row: Vec<&Turn> = later
        .iter()
        .skip_while(|turn| turn.position < first.position)
        .take_while(|turn| turn.author != Author::Customer)
        .filter(|turn| is_reply(turn, conversation))
        .copied()
        .collect();
    // What needs most decides: one action among answers is out of reach for text.
    let needs_most = in_a_row.iter().map(|turn| labelled(turn).label).max_by_key(|label| match label {
        Label::Acknowledged => 0,
        Label::Answered => 1,
        Label::LookedUp => 2,
        Label::Escalated => 3,
        Label::DidSomething => 4,
    });
    Some(record(&in_a_row, needs_most.unwrap_or(Label::Answered)))
}

/// Returns the replies that people wrote after the one that `draft` is compared with, and how much of each
/// the draft had already said.
#[must_use]
pub fn later_replies(conversation: &Conversation, position: u32, draft: Side<'_>) -> Vec<LaterReply> {
    let Some(compared) = reply_to(conversation, position) else {
        return Vec::new();
    };
    let next_customer = conversation
        .turns
        .iter()
        .find(|turn| turn.position > compared.position && turn.author == Author::Customer)
        .map_or(u32::MAX, |turn| turn.position);
    conversation
        .turns
        .iter()
        .filter(|turn| turn.position > next_customer && is_reply(turn, conversation))
        .map(|turn| {
            let language = language_of(turn, conversation);
            let label = label(&turn.text, language, &turn.cites).label;
            let own = rules::without_quotes(&turn.text);
            LaterReply {
                position: turn.position,
                label,
                covered: judge::coverage(draft, Side { text: &own, language }),
            }
        })
        .collect()
}

fn record(turns: &[&Turn], label: Label) -> HumanRecord {
    let text: Vec<&str> = turns.iter().map(|turn| turn.text.as_str()).collect();
    HumanRecord {
        position: turns[0].position,
        author: turns[0].author,
        label,
        text: text.join("\n\n"),
        cites: turns.iter().flat_map(|turn| turn.cites.clone()).collect(),
    }
}

/// Reports whether a turn is a reply of a person: an agent's, and in a forum that of any helper who is not
/// merely affected as well.
fn is_reply(turn: &Turn, conversation: &Conversation) -> bool {
    match turn.author {
        Author::Agent => true,
        Author::Other => {
            conversation.channel == Channel::Forum
                && (conversation.solution_turn == Some(turn.position)
                    || !turn.cites.is_empty()
                    || !rules::is_affected_too(&turn.text))
        }
        Author::Customer | Author::Bot => false,
    }
}

fn language_of(turn: &Turn, conversation: &Conversation) -> Language {
    if conversation.language.is_known() {
        conversation.language
    } else {
        domain::language::detect(&turn.text)
    }
}

#[cfg(test)]
mod tests;
