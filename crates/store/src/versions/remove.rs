//! Removing documents, conversations and people with everything that was made of them.

use std::collections::{BTreeSet, HashMap};

use domain::{ConversationId, DocumentId, SubjectId, Timestamp};

use super::Writer;
use crate::error::Error;
use crate::outbox::{OutboxOp, Queue};
use crate::pages::Saved;
use crate::sql::{Id, Row, fixed};
use crate::tx::Tx;
use crate::{conversations, people};

impl Writer {
    /// Removes documents with all their versions and chunks.
    pub(crate) async fn remove(
        &self,
        tx: &mut Tx,
        documents: &[DocumentId],
        queue: &mut Queue,
        saved: &mut Saved,
    ) -> Result<(), Error> {
        let sql = "SELECT id FROM chunks WHERE tenant = $1 AND document";
        let tenant = fixed![self.tenant];
        for mut row in tx.rows_in((sql, ""), &tenant, documents.iter().copied()).await? {
            queue.push(OutboxOp::Remove, row.id()?);
            saved.chunks_removed += 1;
        }
        let sql = "DELETE FROM documents WHERE tenant = $1 AND id";
        saved.documents_removed += tx.execute_in((sql, ""), &tenant, documents.iter().copied()).await?;
        Ok(())
    }

    /// Removes conversations with their turns, what was seen in them and the documents made of them.
    pub(crate) async fn remove_conversations(
        &self,
        tx: &mut Tx,
        gone: &[ConversationId],
        queue: &mut Queue,
        saved: &mut Saved,
    ) -> Result<(), Error> {
        let tenant = fixed![self.tenant];
        let all = || gone.iter().copied();
        let sql = "SELECT id FROM documents WHERE tenant = $1 AND conversation";
        let documents = ids(tx.rows_in((sql, ""), &tenant, all()).await?)?;
        self.remove(tx, &documents, queue, saved).await?;
        saved.subjects_touched.extend(people::forget(tx, self.tenant, gone, &HashMap::new()).await?);
        conversations::empty(tx, self.tenant, gone).await?;
        let sql = "DELETE FROM conversations WHERE tenant = $1 AND id";
        saved.conversations_removed += tx.execute_in((sql, ""), &tenant, all()).await?;
        Ok(())
    }

    /// Erases identities as far as they are from before a moment, that moment included: the conversations they
    /// wrote in, every document made from their words or kept for them, and what they were seen with. Who is
    /// left with nothing goes when the page's unseen subjects do.
    pub(crate) async fn erase_subjects(
        &self,
        tx: &mut Tx,
        (subjects, until): (&[SubjectId], Timestamp),
        queue: &mut Queue,
        saved: &mut Saved,
    ) -> Result<(), Error> {
        let tenant = fixed![self.tenant];
        let all = || subjects.iter().copied();
        let sql = "SELECT id FROM conversations WHERE tenant = $1 AND subject_id";
        let mut conversations: Vec<ConversationId> = ids(tx.rows_in((sql, ""), &tenant, all()).await?)?;
        let sql = "SELECT DISTINCT conversation FROM conversation_readers WHERE tenant = $1 AND subject";
        conversations.extend(ids::<ConversationId>(tx.rows_in((sql, ""), &tenant, all()).await?)?);
        // One that a lead began stays the lead's when the source hands it over as a user's, and goes with either.
        let sql = "SELECT DISTINCT conversation FROM observations
             WHERE tenant = $1 AND LENGTH(conversation) > 0 AND subject";
        conversations.extend(ids::<ConversationId>(tx.rows_in((sql, ""), &tenant, all()).await?)?);
        let sql = "SELECT id FROM conversations WHERE tenant = $1 AND created_at <= $2 AND id";
        let before = tx.rows_in((sql, ""), &fixed![self.tenant, until], conversations).await?;
        let mut conversations: Vec<ConversationId> = ids(before)?;
        conversations.sort_unstable();
        conversations.dedup();
        self.remove_conversations(tx, &conversations, queue, saved).await?;
        let sql = "SELECT DISTINCT v.document FROM made_from m
             JOIN versions v ON v.tenant = m.tenant AND v.id = m.version
             WHERE m.tenant = $1 AND m.subject";
        let mut documents: Vec<DocumentId> = ids(tx.rows_in((sql, ""), &tenant, all()).await?)?;
        let sql =
            "SELECT DISTINCT document FROM chunks WHERE tenant = $1 AND audience = 'person' AND audience_id";
        documents.extend(ids::<DocumentId>(tx.rows_in((sql, ""), &tenant, all()).await?)?);
        documents.sort_unstable();
        documents.dedup();
        self.remove(tx, &documents, queue, saved).await?;
        let erased: BTreeSet<SubjectId> = all().collect();
        saved.subjects_touched.extend(people::neighbours(tx, self.tenant, &erased).await?);
        let sql = "DELETE FROM observations WHERE tenant = $1 AND at <= $2 AND subject";
        tx.execute_in((sql, ""), &fixed![self.tenant, until], all()).await?;
        Ok(())
    }
}

fn ids<T: Id>(rows: Vec<Row>) -> Result<Vec<T>, Error> {
    rows.into_iter().map(|mut row| row.id()).collect()
}
