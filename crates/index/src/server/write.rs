//! Writing to the collection.
//!
//! Every call waits until the server has made the change, not only taken note of it: the row of the outbox goes
//! away once [`apply`](Inner::apply) returns, and what was only noted can be lost with the node that noted it. Calls
//! are ordered by the leader of a shard (`medium`), since a later one may take back what an earlier one did.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{TenantId, Timestamp};
use prost::Message as _;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::{
    DeletePoints, Filter, PointId, PointStruct, PointsIdsList, PointsSelector, SetPayloadPoints,
    UpsertPoints, Vector, WriteOrdering, WriteOrderingType,
};
use serde_json::json;

use super::keys::Whose;
use super::tenant::{Record, Slot, TENANT};
use super::{Inner, wire};
use crate::analyser::Analyser;
use crate::changes::{check, fitted_length};
use crate::error::Error;
use crate::payload::{self, DENSE, LEXICAL};
use crate::query::Op;

/// Changes of one sort in a row, made by as few calls as they fit in.
enum Batch {
    Upsert(Vec<PointStruct>),
    Remove(Vec<PointId>),
    Close(Timestamp, Vec<PointId>),
}

/// How large a call may be.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    points: usize,
    bytes: usize,
}

impl Inner {
    /// Makes `ops` in their order in the part of the tenant that counts.
    pub(super) async fn apply(&self, tenant: TenantId, ops: Vec<Op>) -> Result<(), Error> {
        check(&ops, self.manifest.dimensions)?;
        let known = match self.record(tenant).await? {
            Some(record) => record,
            None => {
                let record = Record::new(Slot { tenant, second: false });
                self.write_record(&record).await?;
                record
            }
        };
        let mut record = known;
        self.fit(&mut record, &ops).await?;
        if record != known {
            self.write_record(&record).await?;
        }
        self.make(record, ops).await
    }

    /// Fits the average length to the first batch that is large enough.
    pub(super) async fn fit(&self, record: &mut Record, ops: &[Op]) -> Result<(), Error> {
        if record.fitted {
            return Ok(());
        }
        let present = self.count_where(record.slot.tenant, wire::all_of(record.slot)).await?;
        if let Some(average_length) = fitted_length(ops, present)? {
            *record = Record { average_length, fitted: true, ..*record };
        }
        Ok(())
    }

    /// Makes `ops` in a part of the collection.
    pub(super) async fn make(&self, record: Record, ops: Vec<Op>) -> Result<(), Error> {
        let limits = self.limits().await?;
        let bounds = Bounds { points: limits.points, bytes: self.config.batch_bytes };
        // Cutting texts into words takes the processor for a while.
        let batches = tokio::task::spawn_blocking(move || batches(record, ops, bounds))
            .await
            .map_err(|error| Error::Engine(error.to_string()))??;
        let slot = record.slot;
        let (name, tenant) = (self.name(), slot.tenant);
        for batch in batches {
            match batch {
                Batch::Upsert(points) => self.upsert(&name, tenant, points).await?,
                Batch::Remove(ids) => {
                    let ids = PointsSelectorOneOf::Points(PointsIdsList { ids });
                    self.delete(&name, tenant, ids).await?;
                }
                Batch::Close(valid_to, ids) => self.close(&name, slot, valid_to, ids).await?,
            }
        }
        self.part(tenant).statistics.forget();
        Ok(())
    }

    pub(super) async fn upsert(
        &self,
        name: &str,
        tenant: TenantId,
        points: Vec<PointStruct>,
    ) -> Result<(), Error> {
        let request = UpsertPoints {
            collection_name: name.to_owned(),
            wait: Some(true),
            points,
            ordering: Some(ordered()),
            timeout: Some(self.server_timeout()),
            ..UpsertPoints::default()
        };
        let response = self.writing(self.caller.upsert_points(tenant, request).await)?;
        self.writing(self.caller.done("writing points", &response))
    }

    /// Deletes everything in some parts of the collection.
    pub(super) async fn clear(&self, name: &str, slots: &[Slot]) -> Result<(), Error> {
        for slot in slots {
            self.delete(name, slot.tenant, PointsSelectorOneOf::Filter(wire::all_of(*slot))).await?;
        }
        Ok(())
    }

    pub(super) async fn delete(
        &self,
        name: &str,
        whose: impl Into<Whose>,
        points: PointsSelectorOneOf,
    ) -> Result<(), Error> {
        let request = DeletePoints {
            collection_name: name.to_owned(),
            wait: Some(true),
            points: Some(PointsSelector { points_selector_one_of: Some(points) }),
            ordering: Some(ordered()),
            timeout: Some(self.server_timeout()),
            ..DeletePoints::default()
        };
        let response = self.writing(self.caller.delete_points(whose, request).await)?;
        self.writing(self.caller.done("deleting points", &response))
    }

    async fn close(
        &self,
        name: &str,
        slot: Slot,
        valid_to: Timestamp,
        ids: Vec<PointId>,
    ) -> Result<(), Error> {
        // By filter, because setting the payload of a point that is not there may be an error.
        let mut filter: Filter = wire::all_of(slot);
        filter.must.push(wire::with_ids(ids));
        let request = SetPayloadPoints {
            collection_name: name.to_owned(),
            wait: Some(true),
            payload: wire::payload(&json!({ payload::VALID_TO: valid_to.millis() })),
            points_selector: Some(PointsSelector {
                points_selector_one_of: Some(PointsSelectorOneOf::Filter(filter)),
            }),
            ordering: Some(ordered()),
            timeout: Some(self.server_timeout()),
            ..SetPayloadPoints::default()
        };
        let response = self.writing(self.caller.set_payload(slot.tenant, request).await)?;
        self.writing(self.caller.done("changing points", &response))
    }

    /// Remembers whether the last write went through.
    fn writing<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        let failed = outcome.as_ref().err().map(ToString::to_string);
        *self.last_write.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = failed;
        outcome
    }
}

fn ordered() -> WriteOrdering {
    WriteOrdering { r#type: WriteOrderingType::Medium.into() }
}

/// Puts changes of one sort in a row together, as far as they may go in one call.
fn batches(record: Record, ops: Vec<Op>, bounds: Bounds) -> Result<Vec<Batch>, Error> {
    let analyser = Arc::new(Analyser::new(record.average_length));
    let slot = record.slot;
    let (mut batches, mut bytes) = (Vec::new(), 0);
    for op in ops {
        match (op, batches.last_mut()) {
            (Op::Upsert { chunk, dense }, last) => {
                let point = point(slot, &chunk, dense, &analyser)?;
                let size = point.encoded_len();
                match last {
                    Some(Batch::Upsert(points))
                        if points.len() < bounds.points && bytes + size <= bounds.bytes =>
                    {
                        points.push(point);
                        bytes += size;
                    }
                    _ => {
                        batches.push(Batch::Upsert(vec![point]));
                        bytes = size;
                    }
                }
            }
            (Op::Remove(chunk), Some(Batch::Remove(ids))) if ids.len() < bounds.points => {
                ids.push(slot.point(chunk));
            }
            (Op::Remove(chunk), _) => batches.push(Batch::Remove(vec![slot.point(chunk)])),
            (Op::Close { chunk, valid_to }, Some(Batch::Close(at, ids)))
                if ids.len() < bounds.points && *at == valid_to =>
            {
                ids.push(slot.point(chunk));
            }
            (Op::Close { chunk, valid_to }, _) => {
                batches.push(Batch::Close(valid_to, vec![slot.point(chunk)]));
            }
        }
    }
    Ok(batches)
}

fn point(
    slot: Slot,
    chunk: &domain::Chunk,
    dense: Vec<f32>,
    analyser: &Analyser,
) -> Result<PointStruct, Error> {
    let words = analyser.document(chunk)?;
    let vectors = HashMap::from([
        (DENSE.to_owned(), Vector::new_dense(dense)),
        (LEXICAL.to_owned(), Vector::new_sparse(words.indices, words.values)),
    ]);
    let mut fields = wire::payload(&payload::of(chunk));
    fields.insert(TENANT.to_owned(), wire::value(&slot.key().into()));
    Ok(PointStruct { id: Some(slot.point(chunk.id)), payload: fields, vectors: Some(wire::vectors(vectors)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::support::{at, chunk, id, tenant, upsert};

    fn sizes(ops: Vec<Op>, bounds: Bounds) -> Vec<(char, usize)> {
        let record = Record::new(Slot { tenant: tenant(), second: false });
        let size = |batch: &Batch| match batch {
            Batch::Upsert(points) => ('u', points.len()),
            Batch::Remove(ids) => ('r', ids.len()),
            Batch::Close(_, ids) => ('c', ids.len()),
        };
        batches(record, ops, bounds).unwrap().iter().map(size).collect()
    }

    #[test]
    fn calls_are_bounded_in_points_and_bytes_and_keep_the_order() {
        let many = |n| (0..n).map(|n| upsert(&chunk(&format!("k{n}"), "words")));
        let bounds = Bounds { points: 4, bytes: 1 << 20 };
        assert_eq!(sizes(many(10).collect(), bounds), [('u', 4), ('u', 4), ('u', 2)]);
        let close = |to| Op::Close { chunk: id("k1"), valid_to: at(to) };
        let mixed = many(2).chain([Op::Remove(id("k1")), close(1), close(1), close(2)]).chain(many(1));
        assert_eq!(
            sizes(mixed.collect(), bounds),
            [('u', 2), ('r', 1), ('c', 2), ('c', 1), ('u', 1)],
            "closing at another moment is another call"
        );
        // Each of these takes some hundred bytes, and one that is larger than the bound goes alone.
        let small = Bounds { points: 4, bytes: 1 };
        assert_eq!(sizes(many(3).collect(), small), [('u', 1), ('u', 1), ('u', 1)]);
    }
}
