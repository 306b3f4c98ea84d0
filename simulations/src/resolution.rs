//! How a real conversation ended, and whether that lasted.
//!
//! - **Confirmed**: the customer says so, it is marked as solved, or it was rated 4 or better.
//! - **Assumed**: a person had the last word and the customer stayed silent for [`Settings::silence_days`].
//! - **Never**: closed for inactivity, still open or marked unsolved, rated 2 or worse, begun by a message that
//!   the company sent out. These win over every sign of success.
//! - **Durable**: within [`Settings::return_days`] after the last message, neither the same person nor somebody
//!   of the same company came back with the same need, by any channel. Same need = the topic is equal, or the
//!   words of the two openings are alike. Conversations that end too close to the end of the data are too
//!   recent to know.

use std::collections::BTreeMap;

use domain::record::Channel;
use domain::{Author, CompanyId, Conversation, Language, PersonId, Status, Timestamp};
use serde::{Deserialize, Serialize};

use crate::words::Content;

mod phrases;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "end", content = "because", rename_all = "snake_case")]
pub enum End {
    /// Somebody said that it was solved.
    Confirmed(Sign),
    /// Nobody said anything more.
    Assumed,
    /// It must not count as solved.
    Never(Obstacle),
    /// Nobody replied, the customer had the last word, or it is too early to tell.
    Unknown,
}

/// What confirms a resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The customer wrote so.
    CustomerSaid,
    /// It is marked as solved.
    MarkedSolved,
    /// It was rated 4 or better.
    Rating,
}

/// What keeps a conversation from counting as solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The company wrote first, in a campaign.
    Outbound,
    /// It is open, or marked as unsolved.
    Open,
    /// It was rated 2 or worse.
    Rating,
    /// A machine closed it because nobody wrote.
    Inactivity,
}

/// Whether a resolution lasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasting {
    /// Nobody came back with the same need.
    Yes,
    /// Somebody came back with the same need.
    Returned,
    /// The data ends too soon after it.
    TooRecent,
}

/// How a conversation ended and whether that lasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resolution {
    /// How it ended.
    #[serde(flatten)]
    pub end: End,
    /// Whether it lasted.
    pub lasting: Lasting,
}

impl Resolution {
    /// Reports whether it is confirmed and durable: what the headline counts.
    #[must_use]
    pub fn is_confirmed(self) -> bool {
        matches!(self.end, End::Confirmed(_)) && self.lasting == Lasting::Yes
    }

    /// Reports whether it is confirmed or assumed, and durable: what stands beside the headline.
    #[must_use]
    pub fn is_assumed(self) -> bool {
        matches!(self.end, End::Confirmed(_) | End::Assumed) && self.lasting == Lasting::Yes
    }

    /// Reports whether the company wrote first.
    #[must_use]
    pub fn is_outbound(self) -> bool {
        self.end == End::Never(Obstacle::Outbound)
    }
}

/// The rules' numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// How long a customer must stay silent before a resolution is assumed.
    pub silence_days: u32,
    /// How long nobody may come back with the same need.
    pub return_days: u32,
    /// From this similarity on (0 to 1), two openings are about the same need.
    pub same_need: f64,
    /// Whether an equal topic alone makes the need the same.
    pub topics: Topics,
}

/// Whether an equal topic alone makes the need the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topics {
    /// It does.
    #[default]
    Decide,
    /// The source's topics are too broad for that; only the words count.
    Ignored,
}

impl Default for Settings {
    fn default() -> Self {
        Self { silence_days: 3, return_days: 14, same_need: 0.35, topics: Topics::Decide }
    }
}

/// A conversation with the people it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// The person who wrote in, where known.
    pub person: Option<PersonId>,
    /// The companies this person provably belongs to.
    pub companies: &'a [CompanyId],
}

/// Finds out how each of `cases` ended, in their order. All conversations that are known should be given, also
/// those that are not replayed: they show who came back. `data_ends` is the last moment the data covers.
#[must_use]
pub fn resolve(cases: &[Case<'_>], data_ends: Timestamp, settings: &Settings) -> Vec<Resolution> {
    let needs: Vec<Need> = cases.iter().map(Need::read).collect();
    let mut by_owner: BTreeMap<Owner, Vec<usize>> = BTreeMap::new();
    for (number, case) in cases.iter().enumerate() {
        for owner in Owner::of(case) {
            by_owner.entry(owner).or_default().push(number);
        }
    }
    cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            let others = Owner::of(case).flat_map(|owner| by_owner[&owner].iter().copied());
            let returned = others
                .filter(|other| *other != number)
                .any(|other| is_return(&needs[number], &needs[other], settings));
            let last_day = needs[number].ended.plus_millis(i64::from(settings.return_days) * DAY);
            let lasting = if returned {
                Lasting::Returned
            } else if last_day > data_ends {
                Lasting::TooRecent
            } else {
                Lasting::Yes
            };
            Resolution { end: end(case.conversation, data_ends, settings), lasting }
        })
        .collect()
}

/// Returns how one conversation ended, whatever came after it.
#[must_use]
pub fn end(conversation: &Conversation, data_ends: Timestamp, settings: &Settings) -> End {
    if let Some(obstacle) = obstacle(conversation) {
        return End::Never(obstacle);
    }
    if let Some(sign) = sign(conversation) {
        return End::Confirmed(sign);
    }
    let spoken = conversation.turns.iter().rfind(|turn| turn.author != Author::Bot);
    match spoken {
        Some(last) if last.author != Author::Customer => {
            let silent_until = last.at.plus_millis(i64::from(settings.silence_days) * DAY);
            if silent_until <= data_ends { End::Assumed } else { End::Unknown }
        }
        Some(last) if phrases::is_thanks(&last.text) && has_reply_before(conversation, last.position) => {
            End::Assumed
        }
        _ => End::Unknown,
    }
}

fn obstacle(conversation: &Conversation) -> Option<Obstacle> {
    let tagged = |words: &[&str]| {
        conversation.tags.iter().any(|tag| {
            let tag = tag.to_lowercase();
            tag.split(|c: char| !c.is_alphanumeric()).any(|part| words.contains(&part))
        })
    };
    if tagged(&["outbound", "campaign", "newsletter", "broadcast"]) || company_wrote_first(conversation) {
        return Some(Obstacle::Outbound);
    }
    if conversation.status == Status::Unsolved {
        return Some(Obstacle::Open);
    }
    if conversation.rating.is_some_and(|rating| rating <= 2) {
        return Some(Obstacle::Rating);
    }
    let closed_by_machine =
        conversation.turns.iter().rev().take_while(|turn| turn.author != Author::Customer).any(|turn| {
            matches!(turn.author, Author::Bot | Author::Agent) && phrases::is_inactivity(&turn.text)
        });
    (tagged(&["inactivity", "inactive", "autoclosed", "inaktiv"]) || closed_by_machine)
        .then_some(Obstacle::Inactivity)
}

/// Reports whether the company began: in a chat a greeting in the same hour does not count as beginning.
fn company_wrote_first(conversation: &Conversation) -> bool {
    let Some(first) = conversation.turns.first().filter(|turn| turn.author != Author::Customer) else {
        return false;
    };
    let greeted =
        conversation.turns.iter().find(|turn| turn.author == Author::Customer).is_some_and(|turn| {
            conversation.channel != Channel::Email && turn.at <= first.at.plus_millis(HOUR)
        });
    !greeted
}

fn sign(conversation: &Conversation) -> Option<Sign> {
    let customer_said = conversation.turns.iter().any(|turn| {
        turn.author == Author::Customer
            && has_reply_before(conversation, turn.position)
            && is_last_word(conversation, turn.position)
            && phrases::is_confirmation(&turn.text)
    });
    if customer_said {
        Some(Sign::CustomerSaid)
    } else if conversation.status == Status::Solved || conversation.solution_turn.is_some() {
        Some(Sign::MarkedSolved)
    } else {
        conversation.rating.filter(|rating| *rating >= 4).map(|_| Sign::Rating)
    }
}

fn has_reply_before(conversation: &Conversation, position: u32) -> bool {
    conversation
        .turns
        .iter()
        .any(|turn| turn.position < position && matches!(turn.author, Author::Agent | Author::Other))
}

/// Reports whether the customer wrote nothing more that takes it back: "it works", then "it broke again".
fn is_last_word(conversation: &Conversation, position: u32) -> bool {
    !conversation.turns.iter().any(|turn| {
        turn.position > position
            && turn.author == Author::Customer
            && !phrases::is_confirmation(&turn.text)
            && !phrases::is_thanks(&turn.text)
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Person(PersonId),
    Company(CompanyId),
}

impl Owner {
    fn of(case: &Case<'_>) -> impl Iterator<Item = Self> {
        case.person.into_iter().map(Self::Person).chain(case.companies.iter().copied().map(Self::Company))
    }
}

/// What a conversation is about, and when.
struct Need {
    began: Timestamp,
    ended: Timestamp,
    topic: Option<String>,
    outbound: bool,
    words: Content,
}

impl Need {
    fn read(case: &Case<'_>) -> Self {
        let conversation = case.conversation;
        let opening = conversation.turns.iter().find(|turn| turn.author == Author::Customer);
        let subject = conversation.subject.as_deref().unwrap_or_default();
        let text = format!("{subject}\n{}", opening.map_or("", |turn| turn.text.as_str()));
        let language = if conversation.language.is_known() {
            conversation.language
        } else {
            domain::language::detect(&text)
        };
        let topic = conversation.topic.as_ref().map(|topic| topic.trim().to_lowercase());
        Self {
            began: conversation.created_at,
            ended: conversation.turns.iter().map(|turn| turn.at).max().unwrap_or(conversation.created_at),
            topic: topic.filter(|topic| !topic.is_empty()),
            outbound: company_wrote_first(conversation),
            words: opening_words(&text, language),
        }
    }
}

fn opening_words(text: &str, language: Language) -> Content {
    const OPENING: usize = 1_500;
    let head: String = text.chars().take(OPENING).collect();
    Content::read(&head, language)
}

/// Reports whether `other` is a return with the need of `one`.
fn is_return(one: &Need, other: &Need, settings: &Settings) -> bool {
    let until = one.ended.plus_millis(i64::from(settings.return_days) * DAY);
    let in_time = other.began > one.began && other.began <= until;
    let same_topic = settings.topics == Topics::Decide && one.topic.is_some() && one.topic == other.topic;
    in_time && !other.outbound && (same_topic || similarity(&one.words, &other.words) >= settings.same_need)
}

/// Returns how alike two openings are: the harmonic mean of what each has of the other.
fn similarity(one: &Content, other: &Content) -> f64 {
    let (there, back) = (one.share_in(other), other.share_in(one));
    if there + back > 0.0 { 2.0 * there * back / (there + back) } else { 0.0 }
}

#[cfg(test)]
mod tests;
