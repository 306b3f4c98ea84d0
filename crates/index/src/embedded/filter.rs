//! Filters in the words of the engine.

use qdrant_edge::external::ordered_float::OrderedFloat;
use qdrant_edge::{Condition as Edge, FieldCondition, Filter as EdgeFilter, JsonPath, Match, Range};

use crate::error::Error;
use crate::filter::{Condition, Filter, comparable};
use crate::payload;

/// Writes a filter as the engine wants it.
pub(super) fn written(filter: &Filter) -> Result<EdgeFilter, Error> {
    let all = |conditions: &[Condition]| -> Result<Option<Vec<Edge>>, Error> {
        let written = conditions.iter().map(condition).collect::<Result<Vec<_>, _>>()?;
        Ok((!written.is_empty()).then_some(written))
    };
    Ok(EdgeFilter { must: all(&filter.must)?, must_not: all(&filter.must_not)?, ..EdgeFilter::new() })
}

fn condition(condition: &Condition) -> Result<Edge, Error> {
    const NOTHING: Range<OrderedFloat<f64>> = Range { lt: None, gt: None, gte: None, lte: None };
    let range = |name, range| Ok(Edge::Field(FieldCondition::new_range(path(name)?, range)));
    match condition {
        Condition::Any(name, words) => {
            Ok(Edge::Field(FieldCondition::new_match(path(name)?, Match::from(words.clone()))))
        }
        Condition::UpTo(name, moment) => {
            range(name, Range { lte: Some(OrderedFloat(comparable(*moment))), ..NOTHING })
        }
        Condition::After(name, moment) => {
            range(name, Range { gt: Some(OrderedFloat(comparable(*moment))), ..NOTHING })
        }
        Condition::Chunks(chunks) => Ok(Edge::HasId(chunks.iter().copied().map(payload::point_id).collect())),
        Condition::Either(filters) => {
            let each = filters.iter().map(|one| written(one).map(Edge::Filter));
            let should = Some(each.collect::<Result<Vec<_>, _>>()?);
            Ok(Edge::Filter(EdgeFilter { should, ..EdgeFilter::new() }))
        }
    }
}

/// Returns a name of the payload as the engine wants it.
pub(super) fn path(name: &str) -> Result<JsonPath, Error> {
    JsonPath::try_from(name).map_err(|()| Error::Engine(format!("`{name}` is no name of a field")))
}
