//! Our changes as updates of the engine.

use domain::{Chunk, Timestamp};
use qdrant_edge::{
    Condition, Filter, PayloadOps, PointId, PointOperations, PointStructPersisted, SetPayloadOp,
    UpdateOperation, VectorPersisted, VectorStructPersisted,
};
use serde_json::{Map, Value, json};

use super::engine::{self, BATCH};
use crate::analyser::Analyser;
use crate::error::Error;
use crate::payload::{self, DENSE, LEXICAL};
use crate::query::Op;

/// Changes of one sort in a row, made as one update of the engine.
#[derive(Default)]
pub(super) enum Pending {
    #[default]
    Nothing,
    Upsert(Vec<PointStructPersisted>),
    Remove(Vec<PointId>),
    Close(Timestamp, Vec<PointId>),
}

impl Pending {
    /// Adds a change; returns what has to be done before it, if anything.
    pub(super) fn push(&mut self, op: Op, analyser: &Analyser) -> Result<Option<UpdateOperation>, Error> {
        let mut next = match (op, &mut *self) {
            (Op::Upsert { chunk, dense }, Self::Upsert(points)) if points.len() < BATCH => {
                points.push(point(&chunk, dense, analyser)?);
                return Ok(None);
            }
            (Op::Remove(chunk), Self::Remove(points)) if points.len() < BATCH => {
                points.push(payload::point_id(chunk));
                return Ok(None);
            }
            (Op::Close { chunk, valid_to }, Self::Close(at, points))
                if points.len() < BATCH && *at == valid_to =>
            {
                points.push(payload::point_id(chunk));
                return Ok(None);
            }
            (Op::Upsert { chunk, dense }, _) => Self::Upsert(vec![point(&chunk, dense, analyser)?]),
            (Op::Remove(chunk), _) => Self::Remove(vec![payload::point_id(chunk)]),
            (Op::Close { chunk, valid_to }, _) => Self::Close(valid_to, vec![payload::point_id(chunk)]),
        };
        std::mem::swap(self, &mut next);
        Ok(next.take())
    }

    /// Returns the update that makes these changes.
    pub(super) fn take(&mut self) -> Option<UpdateOperation> {
        match std::mem::take(self) {
            Self::Nothing => None,
            Self::Upsert(points) => Some(engine::upsert(points)),
            Self::Remove(ids) => Some(UpdateOperation::PointOperation(PointOperations::DeletePoints { ids })),
            // By filter, because setting the payload of a point that is not there is an error.
            Self::Close(valid_to, ids) => {
                let mut fields = Map::new();
                fields.insert(payload::VALID_TO.to_owned(), json!(valid_to.millis()));
                Some(UpdateOperation::PayloadOperation(PayloadOps::SetPayload(SetPayloadOp {
                    payload: qdrant_edge::Payload(fields),
                    points: None,
                    filter: Some(Filter::new_must(Condition::HasId(ids.into_iter().collect()))),
                    key: None,
                })))
            }
        }
    }
}

fn point(chunk: &Chunk, dense: Vec<f32>, analyser: &Analyser) -> Result<PointStructPersisted, Error> {
    let mut vectors = engine::Named::new();
    vectors.insert(DENSE.to_owned(), VectorPersisted::Dense(dense));
    vectors.insert(LEXICAL.to_owned(), VectorPersisted::Sparse(analyser.document(chunk)?));
    let payload = match payload::of(chunk) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    Ok(PointStructPersisted {
        id: payload::point_id(chunk.id),
        vector: VectorStructPersisted::Named(vectors),
        payload: Some(qdrant_edge::Payload(payload)),
    })
}
