//! Whether two passages answer the same question differently, in what, and how surely.
//!
//! [`Claims::read`] takes a passage apart into statements with a value: amounts with units, limits, dates, opening
//! hours, versions, and clauses that say yes or no. [`compare`] holds the statements of two passages against
//! each other. Two statements speak of the same thing when they share what they are about, read from their
//! sentences, from the titles above and from the sentence before; words of English and German are brought together by
//! a small lexicon. Whatever names another plan, region, brand, device or year, speaks of something else.
//!
//! Everything here is a pure function. Neither case nor punctuation plays a part, and the order of the two passages
//! changes nothing. It reads English and German; of other languages only numbers with international units.

mod amounts;
mod facts;
mod judge;
mod lexicon;
mod polarity;
mod times;
mod tokens;
mod topic;
mod units;

use std::collections::BTreeSet;

use domain::{Applicability, Chunk};
use serde::Serialize;

pub(crate) use amounts::{Amount, amount};
use facts::Fact;
pub(crate) use polarity::{contrary, is_negation};
pub(crate) use times::date;
pub(crate) use tokens::{Token, tokens};
pub use topic::Weights;
pub(crate) use units::{Dimension, named, value};

/// Contradictions at least this sure are worth a person's look.
pub const WORTH_A_LOOK: f32 = 0.5;

/// A passage as it stands in a document.
#[derive(Debug, Clone, Copy)]
pub struct Passage<'a> {
    /// Title of its document.
    pub title: &'a str,
    /// The headings above it, outermost first.
    pub headings: &'a [String],
    /// The text as Markdown.
    pub text: &'a str,
    /// For which customers it is true.
    pub applicability: &'a Applicability,
}

impl<'a> Passage<'a> {
    /// Returns the passage that a chunk is.
    #[must_use]
    pub fn of(chunk: &'a Chunk, title: &'a str) -> Self {
        Self {
            title,
            headings: &chunk.place.heading_path,
            text: &chunk.body,
            applicability: &chunk.applicability,
        }
    }
}

/// What a passage states that another could contradict.
#[derive(Debug, Clone)]
pub struct Claims {
    facts: Vec<Fact>,
    applicability: Applicability,
}

impl Claims {
    /// Reads a passage.
    #[must_use]
    pub fn read(passage: Passage<'_>) -> Self {
        let mut titles = vec![passage.title];
        titles
            .extend(passage.headings.iter().map(String::as_str).filter(|heading| *heading != passage.title));
        Self { facts: facts::read(&titles, passage.text), applicability: passage.applicability.clone() }
    }

    /// Reports whether nothing is stated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Returns the sentences that state something, each once, in order.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        let mut seen = BTreeSet::new();
        self.facts.iter().map(|fact| fact.sentence.as_str()).filter(move |sentence| seen.insert(*sentence))
    }

    /// Lets the weights know what this passage is about.
    pub fn weigh(&self, weights: &mut Weights) {
        let about: BTreeSet<&String> =
            self.facts.iter().flat_map(|fact| fact.topic.about.iter().chain(&fact.context.about)).collect();
        weights.add(about.into_iter());
    }
}

/// In what two passages differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Differs {
    /// How long something takes or is valid.
    Duration,
    /// What something costs.
    Money,
    /// A share.
    Percent,
    /// A physical or technical measure.
    Measure,
    /// How many.
    Count,
    /// On which day.
    Date,
    /// When something is open.
    Hours,
    /// From which version on.
    Version,
    /// Whether something is so, or may be done.
    YesNo,
}

impl Differs {
    /// Returns it in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Money => "price",
            Self::Percent => "percentage",
            Self::Measure => "measure",
            Self::Count => "number",
            Self::Date => "date",
            Self::Hours => "opening hours",
            Self::Version => "version",
            Self::YesNo => "yes or no",
        }
    }
}

/// What one side says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Said {
    /// The value, such as `30 days`; `yes` or `no` where one denies what the other says.
    pub value: String,
    /// The sentence that says it.
    pub sentence: String,
    /// The value in a form that is the same in whatever words it was said.
    #[serde(skip)]
    pub key: String,
}

/// Two statements that cannot both be true.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contradiction {
    /// In what they differ.
    pub differs: Differs,
    /// What both are about, the most telling first.
    pub about: Vec<String>,
    /// What the first passage says.
    pub one: Said,
    /// What the second passage says.
    pub other: Said,
    /// How sure it is that they speak of the same thing, from 0 to 1.
    pub sure: f32,
}

/// What two passages say about the same things.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compared {
    /// Where they cannot both be true, the surest first.
    pub contradictions: Vec<Contradiction>,
    /// What both say alike: the sentence of the first and that of the second.
    pub agreements: Vec<(String, String)>,
}

/// Holds two passages against each other. What holds for other customers contradicts nothing.
#[must_use]
pub fn compare(one: &Claims, other: &Claims, weights: &Weights) -> Compared {
    if one.applicability != other.applicability {
        return Compared::default();
    }
    judge::judge(&one.facts, &other.facts, weights)
}

#[cfg(test)]
mod tests;
