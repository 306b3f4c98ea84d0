//! The reach of a scope as a filter of the engine.
//!
//! It says exactly what [`Reach::allows`] says, condition by condition; a test holds the two together on
//! random chunks and scopes.

use domain::{Applicability, Audience, Kind, Timestamp};
use identity::Reach;
use qdrant_edge::external::ordered_float::OrderedFloat;
use qdrant_edge::{Condition, FieldCondition, Filter, JsonPath, Match, Range};

use crate::error::Error;
use crate::payload;

/// Returns the filter that lets through what is within reach.
pub(crate) fn within(reach: &Reach) -> Result<Filter, Error> {
    let mut must = vec![any(payload::AUDIENCE, audiences(reach))?];
    if reach.articles_at == reach.conversations_at {
        must.extend(valid_at(reach.articles_at)?);
    } else {
        let is_article = one(payload::KIND, Kind::Article.name())?;
        let mut articles = all(valid_at(reach.articles_at)?.into());
        articles.must.get_or_insert_default().push(is_article.clone());
        let mut conversations = all(valid_at(reach.conversations_at)?.into());
        conversations.must_not = Some(vec![is_article]);
        must.push(either(vec![Condition::Filter(articles), Condition::Filter(conversations)]));
    }
    let mut filter = all(must);
    if let Some(conversation) = reach.without {
        filter.must_not = Some(vec![one(payload::CONVERSATION, &conversation.uuid().to_string())?]);
    }
    Ok(filter)
}

/// Narrows `filter` to some kinds; no kinds mean all.
pub(crate) fn of_kinds(filter: &mut Filter, kinds: &[Kind]) -> Result<(), Error> {
    if !kinds.is_empty() {
        let names = kinds.iter().map(|kind| kind.name().to_owned()).collect();
        filter.must.get_or_insert_default().push(any(payload::KIND, names)?);
    }
    Ok(())
}

/// Narrows `filter` to what holds for `customer`, as [`Applicability::holds_for`] says.
pub(crate) fn holding_for(filter: &mut Filter, customer: &Applicability) -> Result<(), Error> {
    for (name, value) in payload::parts(customer) {
        let mut allowed = vec![payload::FOR_ALL.to_owned()];
        allowed.extend(value.map(payload::only_for));
        filter.must.get_or_insert_default().push(any(name, allowed)?);
    }
    Ok(())
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

fn valid_at(moment: Timestamp) -> Result<[Condition; 2], Error> {
    // Milliseconds up to the year 9999 are whole numbers below 2^53, so nothing is rounded.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let at = OrderedFloat(moment.millis() as f64);
    let nothing = Range { lt: None, gt: None, gte: None, lte: None };
    let begun = Range { lte: Some(at), ..nothing };
    let not_ended = Range { gt: Some(at), ..nothing };
    Ok([
        Condition::Field(FieldCondition::new_range(path(payload::VALID_FROM)?, begun)),
        Condition::Field(FieldCondition::new_range(path(payload::VALID_TO)?, not_ended)),
    ])
}

fn all(conditions: Vec<Condition>) -> Filter {
    Filter { must: Some(conditions), ..Filter::new() }
}

fn either(conditions: Vec<Condition>) -> Condition {
    Condition::Filter(Filter { should: Some(conditions), ..Filter::new() })
}

fn one(name: &str, value: &str) -> Result<Condition, Error> {
    Ok(Condition::Field(FieldCondition::new_match(path(name)?, Match::from(value.to_owned()))))
}

fn any(name: &str, values: Vec<String>) -> Result<Condition, Error> {
    Ok(Condition::Field(FieldCondition::new_match(path(name)?, Match::from(values))))
}

/// Returns a name of the payload as the engine wants it.
pub(crate) fn path(name: &str) -> Result<JsonPath, Error> {
    JsonPath::try_from(name).map_err(|()| Error::Engine(format!("`{name}` is no name of a field")))
}
