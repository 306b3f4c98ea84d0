//! The reach of a scope as a filter, in no engine's words: each backend writes it in its own.
//!
//! It says exactly what [`Reach::allows`] says, condition by condition; a test holds the two together on
//! random chunks and scopes.

use domain::{Applicability, Audience, ChunkId, Kind, Timestamp};
use identity::Reach;

use crate::payload;

/// What a chunk has to be to be let through.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Filter {
    /// All of these hold.
    pub(crate) must: Vec<Condition>,
    /// None of these holds.
    pub(crate) must_not: Vec<Condition>,
}

/// One condition on a chunk.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    /// The word in this field is one of these.
    Any(&'static str, Vec<String>),
    /// The moment in this field is this one or an earlier one.
    UpTo(&'static str, Timestamp),
    /// The moment in this field is a later one.
    After(&'static str, Timestamp),
    /// The chunk is one of these.
    Chunks(Vec<ChunkId>),
    /// At least one of these filters lets it through.
    Either(Vec<Filter>),
}

impl Filter {
    /// Returns the filter that lets through what is within reach.
    pub(crate) fn within(reach: &Reach) -> Self {
        let mut filter = Self::default();
        filter.must.push(Condition::Any(payload::AUDIENCE, audiences(reach)));
        if reach.articles_at == reach.conversations_at {
            filter.must.extend(valid_at(reach.articles_at));
        } else {
            let is_article = || one(payload::KIND, Kind::Article.name());
            let mut articles = Self { must: valid_at(reach.articles_at).into(), ..Self::default() };
            articles.must.push(is_article());
            let conversations =
                Self { must: valid_at(reach.conversations_at).into(), must_not: vec![is_article()] };
            filter.must.push(Condition::Either(vec![articles, conversations]));
        }
        if let Some(conversation) = reach.without {
            filter.must_not.push(one(payload::CONVERSATION, &conversation.uuid().to_string()));
        }
        filter
    }

    /// Narrows it to some kinds; no kinds mean all.
    pub(crate) fn of_kinds(&mut self, kinds: &[Kind]) {
        if !kinds.is_empty() {
            let names = kinds.iter().map(|kind| kind.name().to_owned()).collect();
            self.must.push(Condition::Any(payload::KIND, names));
        }
    }

    /// Narrows it to what holds for `customer`, as [`Applicability::holds_for`] says.
    pub(crate) fn holding_for(&mut self, customer: &Applicability) {
        for (name, value) in payload::parts(customer) {
            let mut allowed = vec![payload::FOR_ALL.to_owned()];
            allowed.extend(value.map(payload::only_for));
            self.must.push(Condition::Any(name, allowed));
        }
    }
}

/// Returns the words of all audiences within reach.
fn audiences(reach: &Reach) -> Vec<String> {
    // The kind matters to internal chunks alone.
    let word = |audience| payload::audience(audience, Kind::Article);
    let mut words = vec![word(Audience::Public)];
    if reach.internal {
        words.push(payload::INTERNAL.to_owned());
    }
    if reach.internal || reach.learned {
        words.push(payload::INTERNAL_LEARNED.to_owned());
    }
    words.extend(reach.companies.iter().map(|company| word(Audience::Company(*company))));
    words.extend(reach.subjects.iter().map(|subject| word(Audience::Person(*subject))));
    words
}

fn valid_at(moment: Timestamp) -> [Condition; 2] {
    [Condition::UpTo(payload::VALID_FROM, moment), Condition::After(payload::VALID_TO, moment)]
}

fn one(name: &'static str, value: &str) -> Condition {
    Condition::Any(name, vec![value.to_owned()])
}

/// Returns a moment as filters compare it: milliseconds up to the year 9999 are whole numbers below 2^53, so
/// nothing is rounded.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn comparable(moment: Timestamp) -> f64 {
    moment.millis() as f64
}
