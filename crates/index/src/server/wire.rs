//! Ours in the words of the protocol, and back.

use std::collections::HashMap;

use domain::ChunkId;
use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::vector_output::Vector as OneVector;
use qdrant_client::qdrant::vectors_output::VectorsOptions;
use qdrant_client::qdrant::{
    self as q, FieldCondition, HasIdCondition, IsEmptyCondition, Match, PointId, Range, RepeatedStrings,
    Value, VectorsOutput,
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::tenant::{Slot, TENANT};
use crate::filter::{Condition, Filter, comparable};
use crate::payload::{DENSE, LEXICAL};

pub(super) type Payload = HashMap<String, Value>;

/// Writes a filter, narrowed to one tenant's part of the collection.
pub(super) fn filter(of: &Filter, slot: Slot) -> q::Filter {
    let mut written = plain(of, slot);
    written.must.insert(0, keyword(TENANT, slot.key()));
    written
}

/// Returns the filter of everything in one tenant's part of the collection.
pub(super) fn all_of(slot: Slot) -> q::Filter {
    q::Filter { must: vec![keyword(TENANT, slot.key())], ..q::Filter::default() }
}

fn plain(of: &Filter, slot: Slot) -> q::Filter {
    let all = |conditions: &[Condition]| conditions.iter().map(|one| condition(one, slot)).collect();
    q::Filter { must: all(&of.must), must_not: all(&of.must_not), ..q::Filter::default() }
}

fn condition(of: &Condition, slot: Slot) -> q::Condition {
    match of {
        Condition::Any(name, words) => match words.as_slice() {
            [word] => keyword(name, word.clone()),
            _ => field(name, Some(MatchValue::Keywords(RepeatedStrings { strings: words.clone() })), None),
        },
        Condition::UpTo(name, moment) => {
            field(name, None, Some(Range { lte: Some(comparable(*moment)), ..Range::default() }))
        }
        Condition::After(name, moment) => {
            field(name, None, Some(Range { gt: Some(comparable(*moment)), ..Range::default() }))
        }
        Condition::Chunks(chunks) => with_ids(chunks.iter().map(|chunk| slot.point(*chunk)).collect()),
        Condition::Either(filters) => {
            let each = |one| wrapped(ConditionOneOf::Filter(plain(one, slot)));
            let should = filters.iter().map(each).collect();
            wrapped(ConditionOneOf::Filter(q::Filter { should, ..q::Filter::default() }))
        }
    }
}

fn wrapped(one: ConditionOneOf) -> q::Condition {
    q::Condition { condition_one_of: Some(one) }
}

fn field(name: &str, value: Option<MatchValue>, range: Option<Range>) -> q::Condition {
    wrapped(ConditionOneOf::Field(FieldCondition {
        key: name.to_owned(),
        r#match: value.map(|value| Match { match_value: Some(value) }),
        range,
        ..FieldCondition::default()
    }))
}

/// Returns the condition that a field holds a word.
pub(super) fn keyword(name: &str, word: String) -> q::Condition {
    field(name, Some(MatchValue::Keyword(word)), None)
}

/// Returns the condition that a field is not there.
pub(super) fn is_empty(name: &str) -> q::Condition {
    wrapped(ConditionOneOf::IsEmpty(IsEmptyCondition { key: name.to_owned() }))
}

/// Returns the condition that a point is one of these.
pub(super) fn with_ids(has_id: Vec<PointId>) -> q::Condition {
    wrapped(ConditionOneOf::HasId(HasIdCondition { has_id }))
}

pub(super) fn point_id(uuid: Uuid) -> PointId {
    PointId { point_id_options: Some(PointIdOptions::Uuid(uuid.to_string())) }
}

pub(super) fn uuid(point: &PointId) -> Option<Uuid> {
    match point.point_id_options.as_ref()? {
        PointIdOptions::Uuid(text) => Uuid::try_parse(text).ok(),
        PointIdOptions::Num(_) => None,
    }
}

/// Returns the chunk of a point that was found.
pub(super) fn chunk(point: Option<&PointId>, slot: Slot) -> Option<ChunkId> {
    slot.chunk(point?)
}

/// Writes what is kept beside the vectors: words and numbers, which is all we have.
pub(super) fn payload(of: &Json) -> Payload {
    let fields = of.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), self::value(value))).collect()
}

pub(super) fn value(of: &Json) -> Value {
    let kind = match of {
        Json::String(text) => Kind::StringValue(text.clone()),
        Json::Bool(truth) => Kind::BoolValue(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Kind::IntegerValue(whole),
            None => Kind::DoubleValue(number.as_f64().unwrap_or_default()),
        },
        Json::Null | Json::Array(_) | Json::Object(_) => Kind::NullValue(0),
    };
    Value { kind: Some(kind) }
}

/// Reads a text.
pub(super) fn text(of: &Value) -> Option<String> {
    match of.kind.as_ref()? {
        Kind::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

/// Reads what is kept beside the vectors; what we never write is left out.
pub(super) fn fields(of: &Payload) -> Map<String, Json> {
    let read = |value: &Value| match value.kind.as_ref()? {
        Kind::StringValue(text) => Some(Json::from(text.clone())),
        Kind::IntegerValue(whole) => Some(Json::from(*whole)),
        Kind::DoubleValue(number) => Some(Json::from(*number)),
        Kind::BoolValue(truth) => Some(Json::from(*truth)),
        Kind::NullValue(_) | Kind::StructValue(_) | Kind::ListValue(_) => None,
    };
    of.iter().filter_map(|(name, value)| Some((name.clone(), read(value)?))).collect()
}

/// Returns the vectors of a point that has none.
pub(super) fn no_vectors() -> q::Vectors {
    vectors(HashMap::new())
}

/// Returns vectors by their names.
pub(super) fn vectors(vectors: HashMap<String, q::Vector>) -> q::Vectors {
    let named = q::NamedVectors { vectors };
    q::Vectors { vectors_options: Some(q::vectors::VectorsOptions::Vectors(named)) }
}

fn named(vectors: Option<VectorsOutput>, name: &str) -> Option<OneVector> {
    match vectors?.vectors_options? {
        VectorsOptions::Vectors(mut named) => Some(named.vectors.remove(name)?.into_vector()),
        VectorsOptions::Vector(_) => None,
    }
}

/// Returns the dense one of a point's vectors.
pub(super) fn dense(vectors: Option<VectorsOutput>) -> Option<Vec<f32>> {
    match named(vectors, DENSE)? {
        OneVector::Dense(dense) => Some(dense.data),
        _ => None,
    }
}

/// Returns the weight of a term in a point's lexical vector.
pub(super) fn weight(vectors: Option<VectorsOutput>, term: u32) -> Option<f32> {
    match named(vectors, LEXICAL)? {
        OneVector::Sparse(sparse) => {
            let at = sparse.indices.iter().position(|index| *index == term)?;
            sparse.values.get(at).copied()
        }
        _ => None,
    }
}
