//! A tenant's part of the collection.
//!
//! Every point carries the key of its part: the tenant and one of two slots. One of them counts; a rebuild fills
//! the other, and the point that says which one counts (the tenant's record) is then written anew, which is one
//! step. The same chunk has another point in each slot, so one can be filled while the other is searched.

use domain::{ChunkId, TenantId};
use qdrant_client::qdrant::{GetPoints, PointId, PointStruct};
use serde_json::json;
use uuid::Uuid;

use super::Inner;
use super::keys::Division;
use super::wire;
use crate::analyser;
use crate::error::Error;
use crate::payload;

/// The field of a chunk that names its part of the collection.
pub(super) const TENANT: &str = "tenant";
/// The field of a record that names its tenant.
pub(super) const RECORD: &str = "record";

/// Tells points of the second slot from those of the first.
const MARK: u128 = 1 << 63;

/// One of the two parts that a tenant can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) tenant: TenantId,
    pub(super) second: bool,
}

impl Slot {
    /// Returns the other part of the same tenant.
    pub(super) fn other(self) -> Self {
        Self { second: !self.second, ..self }
    }

    /// Returns what the points of this part carry in [`TENANT`].
    pub(super) fn key(self) -> String {
        format!("{}:{}", self.tenant.uuid().simple(), u8::from(self.second))
    }

    fn marked(self, uuid: Uuid) -> Uuid {
        Uuid::from_u128(uuid.as_u128() ^ if self.second { MARK } else { 0 })
    }

    /// Returns the point of a chunk in this part.
    pub(super) fn point(self, chunk: ChunkId) -> PointId {
        wire::point_id(self.marked(chunk.uuid()))
    }

    /// Returns the first point after that of a chunk; nothing when there can be none.
    pub(super) fn point_after(self, chunk: ChunkId) -> Option<PointId> {
        let next = self.marked(chunk.uuid()).as_u128().checked_add(1)?;
        Some(wire::point_id(Uuid::from_u128(next)))
    }

    /// Returns the chunk of a point in this part.
    pub(super) fn chunk(self, point: &PointId) -> Option<ChunkId> {
        wire::uuid(point).map(|uuid| ChunkId::from_uuid(self.marked(uuid)))
    }
}

/// What is known of a tenant's part beside its points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Record {
    /// The part that counts.
    pub(super) slot: Slot,
    /// The average length that its lexical vectors were made with.
    pub(super) average_length: f64,
    /// Whether it was fitted to real texts.
    pub(super) fitted: bool,
}

impl Record {
    pub(super) fn new(slot: Slot) -> Self {
        Self { slot, average_length: analyser::USUAL_LENGTH, fitted: false }
    }

    fn point(&self) -> PointStruct {
        let tenant = self.slot.tenant;
        let fields = json!({
            RECORD: tenant.uuid().simple().to_string(),
            "slot": i64::from(self.slot.second),
            "average_length": self.average_length,
            "fitted": self.fitted,
            "analyser": analyser::VERSION,
        });
        PointStruct {
            id: Some(wire::point_id(tenant.uuid())),
            payload: wire::payload(&fields),
            vectors: Some(wire::no_vectors()),
        }
    }

    pub(super) fn read(tenant: TenantId, of: &wire::Payload) -> Result<Self, Error> {
        let fields = wire::fields(of);
        let read = || {
            Some(Self {
                slot: Slot { tenant, second: fields.get("slot")?.as_i64()? == 1 },
                average_length: fields.get("average_length")?.as_f64()?,
                fitted: fields.get("fitted")?.as_bool()?,
            })
        };
        let reason = || "its record in the collection cannot be read".to_owned();
        read().ok_or_else(|| Error::Broken { tenant, reason: reason() })
    }
}

/// Reads the tenant of a record.
pub(super) fn tenant_of(fields: &wire::Payload) -> Option<TenantId> {
    let fields = wire::fields(fields);
    Uuid::try_parse(fields.get(RECORD)?.as_str()?).ok().map(TenantId::from_uuid)
}

impl Inner {
    /// Reads the record of a tenant; `None` when it has none.
    pub(super) async fn record(&self, tenant: TenantId) -> Result<Option<Record>, Error> {
        let request = GetPoints {
            collection_name: self.name(),
            ids: vec![wire::point_id(tenant.uuid())],
            with_payload: Some(true.into()),
            with_vectors: Some(false.into()),
            timeout: Some(self.server_timeout()),
            ..GetPoints::default()
        };
        let found = self.caller.get_points(tenant, request).await?.result.into_iter().next();
        // Another process may have made a collection with shard keys since we looked. All shards are asked where
        // none is named, so nothing is missed; but naming one spares the others.
        if found.as_ref().is_some_and(|point| point.shard_key.is_some()) {
            self.caller.set_division(Some(Division::Keys));
        }
        found.map(|point| Record::read(tenant, &point.payload)).transpose()
    }

    /// Makes this the record of its tenant, all at once.
    pub(super) async fn write_record(&self, record: &Record) -> Result<(), Error> {
        self.upsert(&self.name(), record.slot.tenant, vec![record.point()]).await
    }
}

/// Reads what a point says of its chunk, which says nothing of the vector.
pub(super) fn state(point: &PointId, fields: &wire::Payload, slot: Slot) -> Option<crate::query::PointState> {
    payload::state(slot.chunk(point)?, &wire::fields(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_has_another_point_in_each_slot_and_is_found_by_either() {
        let tenant = TenantId::derive("acme");
        let first = Slot { tenant, second: false };
        let chunk = ChunkId::from_uuid(Uuid::from_u128(u128::MAX));
        assert_ne!(first.point(chunk), first.other().point(chunk));
        assert_ne!(first.key(), first.other().key());
        for slot in [first, first.other()] {
            assert_eq!(slot.chunk(&slot.point(chunk)), Some(chunk));
        }
        assert_eq!(first.point_after(chunk), None, "there is nothing after the last");
        assert!(first.other().point_after(chunk).is_some());
    }
}
