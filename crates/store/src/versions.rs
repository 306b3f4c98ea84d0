//! Documents, their versions and chunks, as a page writes them.

use std::collections::{HashMap, HashSet};

use domain::{
    Applicability, Audience, Chunk, ChunkId, Document, DocumentId, Kind, SubjectId, TenantId, Timestamp,
    VersionId,
};
use uuid::Uuid;

use crate::details;
use crate::error::Error;
use crate::outbox::{OutboxOp, Queue};
use crate::pages::{NewDocument, Saved};
use crate::sql::{Param, fixed, params, to_json};
use crate::tx::Tx;

mod remove;

/// Writes documents of one tenant at one moment.
pub(crate) struct Writer {
    pub(crate) tenant: TenantId,
    pub(crate) now: Timestamp,
}

/// The newest version of a stored document.
struct Newest {
    id: VersionId,
    origin: VersionId,
    valid_from: Timestamp,
}

/// What happens to the known version of a document when another one comes.
enum Known {
    Closed(VersionId, Timestamp),
    Replaced(VersionId),
}

/// The columns of an audience: kind and, where there is one, id.
pub(crate) fn audience_columns(audience: Audience) -> (&'static str, Option<Uuid>) {
    let id = match audience {
        Audience::Public | Audience::Internal => None,
        Audience::Company(id) => Some(id.uuid()),
        Audience::Person(id) => Some(id.uuid()),
    };
    (audience.kind(), id)
}

/// Applicability as a column: null for what is true for all, which is nearly everything.
pub(crate) fn applicability_column(applicability: &Applicability) -> Option<String> {
    (applicability != &Applicability::default()).then(|| to_json(applicability))
}

impl Writer {
    /// Saves documents; those that stand in the list several times are saved one state after the other.
    pub(crate) async fn save(
        &self,
        tx: &mut Tx,
        documents: Vec<NewDocument>,
        queue: &mut Queue,
        saved: &mut Saved,
    ) -> Result<(), Error> {
        let mut rest = documents;
        while !rest.is_empty() {
            let mut seen = HashSet::new();
            let (wave, later): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|new| seen.insert(new.document.id));
            self.save_distinct(tx, wave, queue, saved).await?;
            rest = later;
        }
        Ok(())
    }

    async fn save_distinct(
        &self,
        tx: &mut Tx,
        documents: Vec<NewDocument>,
        queue: &mut Queue,
        saved: &mut Saved,
    ) -> Result<(), Error> {
        let newest = self.newest(tx, documents.iter().map(|new| new.document.id)).await?;
        let (mut writes, mut superseded) = (Vec::new(), Vec::new());
        for mut new in documents {
            match newest.get(&new.document.id) {
                None => saved.documents_new += 1,
                Some(known) if known.origin == new.document.version => {
                    saved.documents_unchanged += 1;
                    continue;
                }
                Some(known) => {
                    saved.documents_changed += 1;
                    superseded.push(self.succeed(known, &mut new));
                }
            }
            writes.push((new.document.version, new));
        }
        self.supersede(tx, superseded, queue, saved).await?;
        self.rename_returned(tx, &mut writes).await?;
        for (_, new) in &writes {
            for chunk in &new.chunks {
                queue.push(OutboxOp::Upsert, chunk.id);
            }
            saved.chunks_added += new.chunks.len() as u64;
        }
        self.insert(tx, writes).await
    }

    async fn newest(
        &self,
        tx: &mut Tx,
        documents: impl Iterator<Item = DocumentId>,
    ) -> Result<HashMap<DocumentId, Newest>, Error> {
        let sql = "SELECT document, id, origin, valid_from FROM versions
             WHERE tenant = $1 AND valid_to = $2 AND document";
        let rows = tx.rows_in((sql, ""), &fixed![self.tenant, Timestamp::OPEN], documents).await?;
        rows.into_iter()
            .map(|mut row| {
                let document = row.id()?;
                Ok((document, Newest { id: row.id()?, origin: row.id()?, valid_from: row.time()? }))
            })
            .collect()
    }

    /// Decides when the known version ends and from when the new one counts.
    fn succeed(&self, known: &Newest, new: &mut NewDocument) -> Known {
        let document = &mut new.document;
        if document.valid_from <= known.valid_from {
            if document.kind != Kind::Article {
                return Known::Replaced(known.id);
            }
            // The source claims a past moment for a text that it did not show then.
            document.valid_from = self.now.max(known.valid_from);
            document.version_known = false;
        }
        let from = document.valid_from;
        for chunk in &mut new.chunks {
            chunk.valid_from = chunk.valid_from.max(from);
            chunk.valid_to = chunk.valid_to.max(chunk.valid_from);
        }
        Known::Closed(known.id, from)
    }

    async fn supersede(
        &self,
        tx: &mut Tx,
        superseded: Vec<Known>,
        queue: &mut Queue,
        saved: &mut Saved,
    ) -> Result<(), Error> {
        let (mut closed, mut replaced) = (HashMap::new(), Vec::new());
        for known in superseded {
            match known {
                Known::Closed(version, at) => drop(closed.insert(version, at)),
                Known::Replaced(version) => replaced.push(version),
            }
        }
        let sql = "SELECT id FROM chunks WHERE tenant = $1 AND version";
        for mut row in tx.rows_in((sql, ""), &fixed![self.tenant], closed.keys().copied()).await? {
            queue.push(OutboxOp::Validity, row.id()?);
            saved.chunks_closed += 1;
        }
        for (version, at) in closed {
            let ends = params![self.tenant, version, at];
            // An interval never ends before it begins.
            let sql = "UPDATE chunks SET valid_to = CASE WHEN valid_from > $3 THEN valid_from ELSE $3 END
                 WHERE tenant = $1 AND version = $2 AND valid_to > $3";
            tx.execute(sql, ends.clone()).await?;
            tx.execute("UPDATE versions SET valid_to = $3 WHERE tenant = $1 AND id = $2", ends).await?;
        }
        for mut row in tx.rows_in((sql, ""), &fixed![self.tenant], replaced.iter().copied()).await? {
            queue.push(OutboxOp::Remove, row.id()?);
            saved.chunks_removed += 1;
        }
        let sql = "DELETE FROM versions WHERE tenant = $1 AND id";
        tx.execute_in((sql, ""), &fixed![self.tenant], replaced).await?;
        Ok(())
    }

    /// Gives a version whose text was there before, and was another in between, an id of its own: the
    /// earlier interval stays as it was.
    async fn rename_returned(
        &self,
        tx: &mut Tx,
        writes: &mut [(VersionId, NewDocument)],
    ) -> Result<(), Error> {
        let sql = "SELECT origin FROM versions WHERE tenant = $1 AND document";
        let documents = writes.iter().map(|(_, new)| new.document.id);
        let mut times: HashMap<VersionId, u64> = HashMap::new();
        for mut row in tx.rows_in((sql, ""), &fixed![self.tenant], documents).await? {
            *times.entry(row.id()?).or_default() += 1;
        }
        for (origin, new) in writes.iter_mut() {
            let Some(times) = times.get(origin) else { continue };
            let mut name = origin.uuid().as_bytes().to_vec();
            name.extend_from_slice(&new.document.valid_from.millis().to_be_bytes());
            // It may return more than once at one moment.
            name.extend_from_slice(&times.to_be_bytes());
            let version = VersionId::derive(new.document.id, &name);
            new.document.version = version;
            for chunk in &mut new.chunks {
                let renamed = ChunkId::derive(version, chunk.position);
                for slot in new.slots.iter_mut().filter(|slot| slot.chunk == chunk.id) {
                    slot.chunk = renamed;
                }
                chunk.version = version;
                chunk.id = renamed;
            }
        }
        Ok(())
    }

    async fn insert(&self, tx: &mut Tx, writes: Vec<(VersionId, NewDocument)>) -> Result<(), Error> {
        let tenant = self.tenant;
        let documents = writes.iter().map(|(_, new)| {
            let Document { id, source, kind, external_id, conversation, .. } = &new.document;
            params![tenant, *id, *source, kind.name(), external_id, *conversation]
        });
        tx.insert(
            "documents (tenant, id, source, kind, external_id, conversation)",
            documents,
            "ON CONFLICT (tenant, id) DO NOTHING",
        )
        .await?;
        let made_from: Vec<_> = writes
            .iter()
            .flat_map(|(_, new)| {
                let subjects: HashSet<SubjectId> = new.document.made_from.iter().copied().collect();
                subjects.into_iter().map(|subject| params![tenant, new.document.version, subject])
            })
            .collect();
        let (mut versions, mut chunks, mut slots) = (Vec::new(), Vec::new(), Vec::new());
        for (origin, new) in writes {
            versions.push(version_row(tenant, origin, new.document));
            chunks.extend(new.chunks.into_iter().map(|chunk| chunk_row(tenant, chunk)));
            slots.extend(new.slots.into_iter().map(|slots| details::row(tenant, slots)));
        }
        tx.insert(
            "versions (tenant, id, document, origin, title, url, language, audience, audience_id,
                 applicability, created_at, valid_from, valid_to, version_known, markdown)",
            versions,
            "",
        )
        .await?;
        tx.insert("made_from (tenant, version, subject)", made_from, "").await?;
        tx.insert(
            "chunks (tenant, id, document, version, position, kind, audience, audience_id, applicability,
                 language, conversation, valid_from, valid_to, heading_path, anchor, search_text, body,
                 leads_to)",
            chunks,
            "",
        )
        .await?;
        let columns = "learned_slots (tenant, chunk, text, slots)";
        tx.insert(columns, slots, "").await?;
        Ok(())
    }
}

fn version_row(tenant: TenantId, origin: VersionId, document: Document) -> Vec<Param> {
    let (audience, audience_id) = audience_columns(document.audience);
    params![
        tenant,
        document.version,
        document.id,
        origin,
        document.title,
        document.url,
        document.language.code(),
        audience,
        audience_id,
        applicability_column(&document.applicability),
        document.created_at,
        document.valid_from,
        document.valid_to,
        document.version_known,
        document.markdown,
    ]
}

fn chunk_row(tenant: TenantId, chunk: Chunk) -> Vec<Param> {
    let (audience, audience_id) = audience_columns(chunk.audience);
    params![
        tenant,
        chunk.id,
        chunk.document,
        chunk.version,
        chunk.position,
        chunk.kind.name(),
        audience,
        audience_id,
        applicability_column(&chunk.applicability),
        chunk.language.code(),
        chunk.conversation,
        chunk.valid_from,
        chunk.valid_to,
        to_json(&chunk.place.heading_path),
        chunk.place.anchor,
        chunk.search_text,
        chunk.body,
        to_json(&chunk.leads_to),
    ]
}
