//! What a conversation is about and how it should be dealt with: topic, language, urgency, sentiment, spam, and
//! whether a person is needed.
//!
//! Everything here is a pure function of texts. The topic is learned from conversations to which the tenant gave
//! one ([`learn`]); the rest are rules in English and German (`rules.rs`). Whoever asks applies what comes out; here
//! nothing is written. It is a module and no crate of its own, since it needs less than this crate does: no edge is
//! left to forbid.

use domain::Language;
use serde::{Deserialize, Serialize};

pub mod learn;
mod rules;
mod words;

pub use learn::{Example, Topics};

/// How soon somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// It says itself that there is no hurry.
    Low,
    /// Nothing speaks for hurry.
    #[default]
    Normal,
    /// It cannot wait.
    High,
}

impl Urgency {
    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// How the customer sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// Angry or disappointed.
    Negative,
    /// Neither.
    #[default]
    Neutral,
    /// Pleased.
    Positive,
}

impl Sentiment {
    /// Returns the word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }
}

/// What is made out of the customer's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The topic, where one was learned and is likely enough.
    pub topic: Option<String>,
    /// How likely the likeliest topic is, 0 to 1; 0 where none was learned.
    pub topic_confidence: f32,
    /// The language of the words; unknown when they are too few.
    pub language: Language,
    /// How soon somebody should look.
    pub urgency: Urgency,
    /// How the customer sounds.
    pub sentiment: Sentiment,
    /// Whether it is an advertisement or a fraud, and nobody's question.
    pub is_spam: bool,
    /// Whether a machine must not answer it alone: somebody asks for a person, threatens to leave or to sue, or
    /// makes use of a right.
    pub needs_human: bool,
}

/// Judges what a customer wrote: `subject` and `text`, the newest messages without quoted history. A topic less
/// likely than `least` (0 to 1) is left open.
#[must_use]
pub fn judge(topics: Option<&Topics>, subject: Option<&str>, text: &str, least: f32) -> Judgement {
    let full = match subject {
        Some(subject) if !text.starts_with(subject) => format!("{subject}\n{text}"),
        _ => text.to_owned(),
    };
    let likeliest = topics.and_then(|topics| topics.likeliest(&full));
    let is_spam = rules::is_spam(&full);
    Judgement {
        topic: likeliest.filter(|(_, share)| *share >= least && !is_spam).map(|(topic, _)| topic.to_owned()),
        topic_confidence: likeliest.map_or(0.0, |(_, share)| share),
        language: domain::language::detect(&full),
        urgency: rules::urgency(&full),
        sentiment: rules::sentiment(&full),
        is_spam,
        needs_human: !is_spam && rules::needs_human(&full),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_is_not_likely_enough_is_left_open() {
        let example = |topic: &str, text: &str| Example { topic: topic.to_owned(), text: text.to_owned() };
        let mut examples = Vec::new();
        for number in 0..20 {
            examples.push(example("billing", &format!("the invoice number {number} has the wrong amount")));
            examples.push(example("login", &format!("user {number} cannot log in with the password")));
        }
        let topics = Topics::learn(&examples).unwrap();
        let sure = judge(Some(&topics), Some("Invoice"), "the amount of the invoice is wrong", 0.7);
        assert_eq!(sure.topic.as_deref(), Some("billing"));
        let unsure = judge(Some(&topics), None, "where is my parcel", 0.9);
        assert_eq!((unsure.topic, unsure.language), (None, Language::ENGLISH));
        let spam = "Buy cheap backlinks now! SEO services, first page on Google, guaranteed traffic for the invoice amount";
        assert!(judge(Some(&topics), None, spam, 0.0).topic.is_none());
        assert_eq!(judge(None, None, "Hello", 0.0).topic_confidence, 0.0);
    }
}
