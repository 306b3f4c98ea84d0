//! A person's data in all tables at once: found, handed out, erased, each by the list in [`crate::holdings`].

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ChunkId, ConversationId, DocumentId, MergeId, PersonId, SubjectId, TenantId, Timestamp, TraceId,
    VersionId,
};
use identity::Identifier;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::audit::{NewAudit, note};
use crate::error::Error;
use crate::holdings::{Holds, Key, Of, TABLES};
use crate::outbox::Queue;
use crate::pages::Saved;
use crate::sql::{Id, Param, Row, params};
use crate::tx::Tx;
use crate::{Store, outbox, people, tombstones, versions};

mod age;
mod mentions;
mod reach;

pub use mentions::Mention;
use reach::Reach;

/// How many rows of a person a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The table.
    pub table: &'static str,
    /// How many.
    pub rows: u64,
}

/// Who is to be erased, by whom, and what is to keep them away.
#[derive(Debug, Clone)]
pub struct Erasure<'a> {
    /// The identities of the person.
    pub subjects: &'a BTreeSet<SubjectId>,
    /// What must not come back: keyed hashes, with the moment up to which it stays away.
    pub tombstones: &'a [([u8; 32], Timestamp)],
    /// What is noted of it.
    pub audit: NewAudit<'a>,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// What there was, table by table.
    pub before: Vec<Found>,
    /// What is left of it; nothing, or the erasure has failed.
    pub after: Vec<Found>,
    /// The conversations that went.
    pub conversations: Vec<ConversationId>,
    /// The chunks that the index has still to give up.
    pub chunks: Vec<ChunkId>,
}

impl Store {
    /// Counts what every table holds of a person.
    pub async fn held_of(
        &self,
        tenant: TenantId,
        subjects: &BTreeSet<SubjectId>,
    ) -> Result<Vec<Found>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let reach = Reach::of(&mut tx, tenant, subjects).await?;
        count(&mut tx, &reach).await
    }

    /// Returns everything that every table holds of a person, as JSON by table.
    pub async fn export_of(
        &self,
        tenant: TenantId,
        subjects: &BTreeSet<SubjectId>,
    ) -> Result<BTreeMap<&'static str, Vec<Value>>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let reach = Reach::of(&mut tx, tenant, subjects).await?;
        let mut all = BTreeMap::new();
        for holding in TABLES {
            let Of::People { key, select, .. } = holding.of else { continue };
            let rows = reach.rows(&mut tx, key, select).await?;
            let rows =
                rows.into_iter().map(|row| json(row, holding.columns)).collect::<Result<Vec<_>, _>>()?;
            if !rows.is_empty() {
                all.insert(holding.table, rows);
            }
        }
        Ok(all)
    }

    /// Returns the conversations of a person.
    pub async fn conversations_of(
        &self,
        tenant: TenantId,
        subjects: &BTreeSet<SubjectId>,
    ) -> Result<Vec<ConversationId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        Ok(Reach::of(&mut tx, tenant, subjects).await?.conversations.into_iter().collect())
    }

    /// Erases a person from every table, all of it or nothing. The chunks are removed from the index by its
    /// outbox.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such tenant.
    pub async fn erase(&self, tenant: TenantId, erasure: &Erasure<'_>) -> Result<Done, Error> {
        let now = erasure.audit.at;
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        let reach = Reach::of(&mut tx, tenant, erasure.subjects).await?;
        let before = count(&mut tx, &reach).await?;
        let around = people::neighbours(&mut tx, tenant, erasure.subjects).await?;
        let mut touched = people::forget(&mut tx, tenant, &reach.list(), &Default::default()).await?;
        touched.extend(around);
        let mut queue = Queue::default();
        let documents: Vec<DocumentId> = reach.documents.iter().copied().collect();
        let writer = versions::Writer { tenant, now };
        writer.remove(&mut tx, &documents, &mut queue, &mut Saved::default()).await?;
        for holding in TABLES {
            if let Of::People { key, delete, .. } = holding.of {
                reach.delete(&mut tx, key, delete).await?;
            }
        }
        tombstones::bury(&mut tx, tenant, erasure.tombstones).await?;
        people::derive_memberships(&mut tx, tenant, &touched).await?;
        people::drop_unseen(&mut tx, tenant, &touched).await?;
        people::drop_unused_quarantine(&mut tx, tenant).await?;
        people::relink(&mut tx, tenant, &touched).await?;
        queue.write(&mut tx, tenant).await?;
        note(&mut tx, tenant, &erasure.audit).await?;
        let after = count(&mut tx, &reach).await?;
        tx.commit().await?;
        Ok(Done { before, after, conversations: reach.list(), chunks: reach.chunks.into_iter().collect() })
    }

    /// Returns the identifiers and names under which identities were seen.
    pub async fn known_as(
        &self,
        tenant: TenantId,
        subjects: &BTreeSet<SubjectId>,
    ) -> Result<(BTreeSet<Identifier>, BTreeSet<String>), Error> {
        let ids: Vec<SubjectId> = subjects.iter().copied().collect();
        let (mut identifiers, mut names) = (BTreeSet::new(), BTreeSet::new());
        for facts in self.facts(tenant, &ids).await? {
            identifiers.extend(facts.identifiers.into_keys());
            names.extend(facts.names);
        }
        Ok((identifiers, names))
    }
}

async fn count(tx: &mut Tx, reach: &Reach) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    for holding in TABLES {
        let Of::People { key, count, .. } = holding.of else { continue };
        let mut rows = 0;
        for mut row in reach.rows(tx, key, count).await? {
            rows += row.count::<u64>()?;
        }
        if rows > 0 {
            found.push(Found { table: holding.table, rows });
        }
    }
    Ok(found)
}

/// Writes a row as JSON; its first column is there for the sake of the statement.
fn json(mut row: Row, columns: &[(&'static str, Holds)]) -> Result<Value, Error> {
    row.text()?;
    let mut object = Map::new();
    for (name, holds) in columns {
        let value = match holds {
            Holds::Id => row.take::<Option<Vec<u8>>>()?.filter(|id| !id.is_empty()).map(|id| hex(&id).into()),
            Holds::Bytes => {
                row.take::<Option<Vec<u8>>>()?.map(|bytes| format!("{} bytes", bytes.len()).into())
            }
            Holds::Int => row.take::<Option<i64>>()?.map(Value::from),
            Holds::Real => row.take::<Option<f64>>()?.map(Value::from),
            Holds::Text => row.maybe_text()?.map(|text| {
                serde_json::from_str(&text).ok().filter(is_structure).unwrap_or(Value::from(text))
            }),
        };
        if let Some(value) = value
            && *name != "tenant"
        {
            object.insert((*name).to_owned(), value);
        }
    }
    Ok(Value::Object(object))
}

/// Reports whether a text that reads as JSON is meant as JSON: a message may well be a number.
fn is_structure(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn hex(id: &[u8]) -> String {
    uuid::Uuid::from_slice(id).map_or_else(|_| format!("{} bytes", id.len()), |id| id.to_string())
}

fn ids<T: Id + Ord>(rows: Vec<Row>) -> Result<BTreeSet<T>, Error> {
    rows.into_iter().map(|mut row| row.id()).collect()
}
