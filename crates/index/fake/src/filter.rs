//! Whether a point passes a filter.

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::{Condition, FieldCondition, Filter, Range, Value};
use tonic::Status;

use crate::part::{Key, Payload};

/// Reports whether a point with this id and payload passes.
pub(crate) fn passes(filter: &Filter, key: Key, payload: &Payload) -> Result<bool, Status> {
    if filter.min_should.is_some() {
        return Err(Status::unimplemented("the stand-in knows no `min_should`"));
    }
    for condition in &filter.must {
        if !holds(condition, key, payload)? {
            return Ok(false);
        }
    }
    for condition in &filter.must_not {
        if holds(condition, key, payload)? {
            return Ok(false);
        }
    }
    for condition in &filter.should {
        if holds(condition, key, payload)? {
            return Ok(true);
        }
    }
    Ok(filter.should.is_empty())
}

fn holds(condition: &Condition, key: Key, payload: &Payload) -> Result<bool, Status> {
    match &condition.condition_one_of {
        Some(ConditionOneOf::Field(field)) => matches(field, payload),
        Some(ConditionOneOf::IsEmpty(empty)) => Ok(!payload.get(&empty.key).is_some_and(is_something)),
        Some(ConditionOneOf::HasId(ids)) => {
            for id in &ids.has_id {
                if Key::of(id)? == key {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Some(ConditionOneOf::Filter(filter)) => passes(filter, key, payload),
        other => Err(Status::unimplemented(format!("the stand-in does not know the condition {other:?}"))),
    }
}

fn is_something(value: &Value) -> bool {
    !matches!(value.kind, None | Some(Kind::NullValue(_)))
}

fn matches(field: &FieldCondition, payload: &Payload) -> Result<bool, Status> {
    let Some(kind) = payload.get(&field.key).and_then(|value| value.kind.as_ref()) else {
        return Ok(false);
    };
    if let Some(range) = &field.range {
        return Ok(number(kind).is_some_and(|number| within(range, number)));
    }
    let text = match kind {
        Kind::StringValue(text) => Some(text),
        _ => None,
    };
    match field.r#match.as_ref().and_then(|one| one.match_value.as_ref()) {
        Some(MatchValue::Keyword(word)) => Ok(text == Some(word)),
        Some(MatchValue::Keywords(words)) => Ok(text.is_some_and(|text| words.strings.contains(text))),
        other => Err(Status::unimplemented(format!("the stand-in does not know the match {other:?}"))),
    }
}

#[expect(clippy::cast_precision_loss, reason = "the real one compares so too")]
fn number(kind: &Kind) -> Option<f64> {
    match kind {
        Kind::IntegerValue(whole) => Some(*whole as f64),
        Kind::DoubleValue(number) => Some(*number),
        _ => None,
    }
}

fn within(range: &Range, number: f64) -> bool {
    range.lt.is_none_or(|bound| number < bound)
        && range.gt.is_none_or(|bound| number > bound)
        && range.lte.is_none_or(|bound| number <= bound)
        && range.gte.is_none_or(|bound| number >= bound)
}

/// Returns the word that a field must hold for anything to pass, where the filter says so.
pub(crate) fn required<'a>(filter: &'a Filter, name: &str) -> Option<&'a str> {
    filter.must.iter().find_map(|condition| match &condition.condition_one_of {
        Some(ConditionOneOf::Field(field)) if field.key == name => {
            match field.r#match.as_ref()?.match_value.as_ref()? {
                MatchValue::Keyword(word) => Some(word.as_str()),
                _ => None,
            }
        }
        _ => None,
    })
}
