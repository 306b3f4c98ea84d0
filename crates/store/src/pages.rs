//! Writing one page of a source: everything it says, what follows from it, and where to read on, in one
//! transaction.

use std::collections::{BTreeSet, HashMap};

use domain::record::{ExternalId, RecordKind};
use domain::{
    Chunk, Conversation, ConversationId, Document, DocumentId, SourceId, SubjectId, TenantId, Timestamp,
};
use identity::ledger::Entry;

use crate::details::{Detail, Slots};
use crate::error::Error;
use crate::jobs::NewJob;
use crate::people::{Company, Membership, Sighting};
use crate::sql::{fixed, params};
use crate::tx::Tx;
use crate::{Store, conversations, details, jobs, outbox, people, tombstones, versions};

/// A document with the chunks it was cut into.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDocument {
    /// The document in its newest state.
    pub document: Document,
    /// Its chunks, in order.
    pub chunks: Vec<Chunk>,
    /// For a learned answer: the texts of its chunks without covers.
    pub slots: Vec<Slots>,
}

/// What one page of a source changes. Texts must be free of NUL characters and external ids at most 1,024
/// bytes long: the caller cleans, the store refuses.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PageWrite {
    /// Documents, new or possibly changed. The same document twice: both states count, in this order.
    pub documents: Vec<NewDocument>,
    /// Conversations, whole; a known one is replaced.
    pub conversations: Vec<Conversation>,
    /// Who was seen with what. Those of a conversation come with the conversation: replacing it forgets what
    /// was seen in it before, except of its own customer where nothing new is said of that one.
    pub sightings: Vec<Sighting>,
    /// Companies, new or renamed.
    pub companies: Vec<Company>,
    /// Who belongs to which company.
    pub memberships: Vec<Membership>,
    /// What the source did to identities, such as a merge: entries of the ledger.
    pub ledger: Vec<Entry>,
    /// Rare details, replacing what is known of them.
    pub details: Vec<Detail>,
    /// Derived documents that their conversation no longer gives.
    pub withdrawn: Vec<DocumentId>,
    /// Things that are gone at the source; they go with everything derived from them.
    pub deletions: Vec<ExternalId>,
    /// Hashes of the things as they were read, for [`Store::content_hashes`].
    pub hashes: Vec<(ExternalId, [u8; 32])>,
    /// Subjects that are gone at the source since a moment: what is known of them from before it goes.
    pub gone: Vec<(SubjectId, Timestamp)>,
    /// Keyed hashes of what must not come back when it is from before a moment.
    pub tombstones: Vec<([u8; 32], Timestamp)>,
    /// Work that follows.
    pub jobs: Vec<NewJob>,
    /// Where to read on; `None` leaves the cursor as it is.
    pub cursor: Option<String>,
    /// Whether this page ends a full listing of the source.
    pub full_listing: bool,
}

/// What a page changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Saved {
    /// Documents that were not known.
    pub documents_new: u64,
    /// Documents with a new version.
    pub documents_changed: u64,
    /// Documents whose newest version was known.
    pub documents_unchanged: u64,
    /// Documents that are gone.
    pub documents_removed: u64,
    /// Conversations that were not known.
    pub conversations_new: u64,
    /// Known conversations that were written again.
    pub conversations_replaced: u64,
    /// Conversations that are gone.
    pub conversations_removed: u64,
    /// Chunks that were added.
    pub chunks_added: u64,
    /// Chunks whose validity ended.
    pub chunks_closed: u64,
    /// Chunks that are gone.
    pub chunks_removed: u64,
    /// Subjects of which something else is known now; who they are was decided again.
    pub subjects_touched: BTreeSet<SubjectId>,
}

impl Store {
    /// Saves a page of `source`: all of it or nothing.
    ///
    /// A document whose version is the newest known is left alone. Another version closes the known one at
    /// its own `valid_from`. Where that is no later than the known version's: an article's known version is
    /// closed at `now`, from when the new one counts, so that a past question never sees a later text; a
    /// history or learned answer is replaced, since its chunks carry the times of their turns.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such source, [`Error::Invalid`] for unclean values.
    #[tracing::instrument(name = "store.page", skip_all, fields(tenant.id = %tenant, source.id = %source))]
    pub async fn save_page(
        &self,
        tenant: TenantId,
        source: SourceId,
        page: PageWrite,
        now: Timestamp,
    ) -> Result<Saved, Error> {
        check(&page)?;
        let mut saved = Saved::default();
        let mut queue = outbox::Queue::default();
        let mut tx = self.pools.write(tenant).await?;
        // Takes the tenant's row in Postgres, so that pages of one tenant follow one another.
        outbox::lock(&mut tx, tenant).await?;
        finish_source(&mut tx, (tenant, source), &page, now).await?;
        let talks = (page.conversations, page.sightings.as_slice());
        conversations::save(&mut tx, (tenant, source), talks, &mut saved).await?;
        people::observe(&mut tx, (tenant, source), &page.sightings).await?;
        people::add_companies(&mut tx, tenant, &page.companies).await?;
        people::add_memberships(&mut tx, tenant, &page.memberships).await?;
        saved.subjects_touched.extend(page.sightings.iter().map(|sighting| sighting.facts.subject));
        saved.subjects_touched.extend(page.memberships.iter().map(|membership| membership.subject));
        saved.subjects_touched.extend(people::append(&mut tx, tenant, &page.ledger).await?);
        let writer = versions::Writer { tenant, now };
        writer.save(&mut tx, page.documents, &mut queue, &mut saved).await?;
        writer.remove(&mut tx, &page.withdrawn, &mut queue, &mut saved).await?;
        details::upsert(&mut tx, tenant, &page.details).await?;
        write_hashes(&mut tx, (tenant, source), page.hashes, now).await?;
        delete(&mut tx, (source, page.deletions), &writer, &mut queue, &mut saved).await?;
        for (subject, at) in &page.gone {
            writer.erase_subjects(&mut tx, (&[*subject], *at), &mut queue, &mut saved).await?;
        }
        tombstones::bury(&mut tx, tenant, &page.tombstones).await?;
        people::derive_memberships(&mut tx, tenant, &saved.subjects_touched).await?;
        people::drop_unseen(&mut tx, tenant, &saved.subjects_touched).await?;
        people::relink(&mut tx, tenant, &saved.subjects_touched).await?;
        queue.write(&mut tx, tenant).await?;
        jobs::insert(&mut tx, tenant, page.jobs).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Takes away every text of a conversation, and all that was made of it, because its source has taken away
    /// one of its parts: which one that was is not known here. Who wrote in it stays known. It is whole again
    /// once the source hands it over again, which it is asked for since its hash is forgotten.
    pub async fn redact_conversation(
        &self,
        tenant: TenantId,
        source: SourceId,
        external_id: &str,
        now: Timestamp,
    ) -> Result<Saved, Error> {
        let id = ConversationId::derive(source, external_id);
        let mut saved = Saved::default();
        let mut queue = outbox::Queue::default();
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        let sql = "SELECT id FROM documents WHERE tenant = $1 AND conversation = $2";
        let rows = tx.rows(sql, params![tenant, id]).await?;
        let documents: Vec<DocumentId> =
            rows.into_iter().map(|mut row| row.id()).collect::<Result<_, _>>()?;
        let sql = "SELECT search_text FROM chunks WHERE tenant = $1 AND document";
        let mut hashes = Vec::new();
        for mut row in tx.rows_in((sql, ""), &fixed![tenant], documents.iter().copied()).await? {
            hashes.push(domain::text::hash(&[row.text()?.as_bytes()]));
        }
        tx.execute_in(("DELETE FROM embeddings WHERE text_hash", ""), &[], &hashes).await?;
        let writer = versions::Writer { tenant, now };
        writer.remove(&mut tx, &documents, &mut queue, &mut saved).await?;
        for sql in [
            "DELETE FROM turns WHERE tenant = $1 AND conversation = $2",
            "UPDATE conversations SET subject = NULL WHERE tenant = $1 AND id = $2",
            // Whoever commented on a draft may have quoted from it.
            "UPDATE feedback SET comment = NULL WHERE tenant = $1 AND conversation = $2",
        ] {
            tx.execute(sql, params![tenant, id]).await?;
        }
        let sql = "DELETE FROM items WHERE tenant = $1 AND source = $2 AND kind = $3 AND external_id = $4";
        let kind = RecordKind::Conversation.name();
        tx.execute(sql, params![tenant, source, kind, external_id]).await?;
        queue.write(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Returns the hash of every thing that is stored of a source, as it was last read.
    pub async fn content_hashes(
        &self,
        tenant: TenantId,
        source: SourceId,
    ) -> Result<HashMap<ExternalId, [u8; 32]>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT kind, external_id, hash FROM items WHERE tenant = $1 AND source = $2";
        tx.rows(sql, params![tenant, source])
            .await?
            .into_iter()
            .map(|mut row| Ok((ExternalId { kind: row.word()?, id: row.text()? }, row.hash()?)))
            .collect()
    }
}

/// An index entry of Postgres has room for about 2,700 bytes.
const LONGEST_KEY: usize = 1024;

fn check(page: &PageWrite) -> Result<(), Error> {
    let documents = page.documents.iter().map(|new| &new.document.external_id);
    let conversations = page.conversations.iter().map(|conversation| &conversation.external_id);
    let hashes = page.hashes.iter().map(|(external, _)| &external.id);
    for new in &page.documents {
        details::check(&new.chunks, &new.slots)?;
    }
    match documents.chain(conversations).chain(hashes).find(|id| id.len() > LONGEST_KEY) {
        None => Ok(()),
        Some(id) => {
            let start = domain::text::shorten(id, 40);
            Err(Error::Invalid {
                what: format!("the external id `{start}` is longer than {LONGEST_KEY} bytes"),
            })
        }
    }
}

async fn finish_source(
    tx: &mut Tx,
    (tenant, source): (TenantId, SourceId),
    page: &PageWrite,
    now: Timestamp,
) -> Result<(), Error> {
    let listed = page.full_listing.then_some(now);
    let touched = tx
        .execute(
            "UPDATE sources SET cursor = COALESCE($3, cursor),
                 last_full_listing = COALESCE($4, last_full_listing)
             WHERE tenant = $1 AND id = $2",
            params![tenant, source, &page.cursor, listed],
        )
        .await?;
    if touched == 0 {
        return Err(Error::not_found("source", source));
    }
    Ok(())
}

async fn write_hashes(
    tx: &mut Tx,
    (tenant, source): (TenantId, SourceId),
    hashes: Vec<(ExternalId, [u8; 32])>,
    now: Timestamp,
) -> Result<(), Error> {
    // The last of several states counts; a statement must not touch one row twice.
    let newest: HashMap<ExternalId, [u8; 32]> = hashes.into_iter().collect();
    let rows = newest
        .into_iter()
        .map(|(external, hash)| params![tenant, source, external.kind.name(), external.id, &hash, now]);
    tx.insert(
        "items (tenant, source, kind, external_id, hash, read_at)",
        rows,
        "ON CONFLICT (tenant, source, kind, external_id)
         DO UPDATE SET hash = excluded.hash, read_at = excluded.read_at",
    )
    .await?;
    Ok(())
}

/// Removes what is gone at the source, with all that was derived from it.
async fn delete(
    tx: &mut Tx,
    (source, deletions): (SourceId, Vec<ExternalId>),
    writer: &versions::Writer,
    queue: &mut outbox::Queue,
    saved: &mut Saved,
) -> Result<(), Error> {
    let tenant = writer.tenant;
    let mut by_kind: HashMap<RecordKind, Vec<String>> = HashMap::new();
    for external in deletions {
        by_kind.entry(external.kind).or_default().push(external.id);
    }
    for (kind, ids) in by_kind {
        let fixed = fixed![tenant, source, kind.name()];
        let sql = "DELETE FROM items WHERE tenant = $1 AND source = $2 AND kind = $3 AND external_id";
        tx.execute_in((sql, ""), &fixed, ids.iter()).await?;
        let fixed = fixed![tenant, source];
        match kind {
            RecordKind::Document => {
                let sql = "SELECT id FROM documents
                     WHERE tenant = $1 AND source = $2 AND conversation IS NULL AND external_id";
                let rows = tx.rows_in((sql, ""), &fixed, ids.iter()).await?;
                let documents: Vec<DocumentId> =
                    rows.into_iter().map(|mut row| row.id()).collect::<Result<_, _>>()?;
                writer.remove(tx, &documents, queue, saved).await?;
            }
            RecordKind::Conversation => {
                let sql = "SELECT id FROM conversations WHERE tenant = $1 AND source = $2 AND external_id";
                let rows = tx.rows_in((sql, ""), &fixed, ids.iter()).await?;
                let gone = rows.into_iter().map(|mut row| row.id()).collect::<Result<Vec<_>, _>>()?;
                writer.remove_conversations(tx, &gone, queue, saved).await?;
            }
            RecordKind::Person => {
                let subjects: Vec<SubjectId> =
                    ids.iter().flat_map(|id| people::subjects_named(source, id)).collect();
                writer.erase_subjects(tx, (&subjects, Timestamp::OPEN), queue, saved).await?;
            }
            RecordKind::Company => people::remove_companies(tx, tenant, &ids).await?,
        }
    }
    Ok(())
}
