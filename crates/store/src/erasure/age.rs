//! What goes because it is old.

use std::collections::HashMap;

use super::*;
use crate::sql::fixed;

impl Store {
    /// Returns the conversations in which nothing was written at or after `before`.
    pub async fn conversations_before(
        &self,
        tenant: TenantId,
        before: Timestamp,
    ) -> Result<Vec<ConversationId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT c.id FROM conversations c WHERE c.tenant = $1 AND c.created_at < $2 AND NOT EXISTS
             (SELECT 1 FROM turns t WHERE t.tenant = c.tenant AND t.conversation = c.id AND t.at >= $2)
             ORDER BY c.id";
        tx.rows(sql, params![tenant, before]).await?.into_iter().map(|mut row| row.id()).collect()
    }

    /// Removes conversations with all that was made of them. Who is left with nothing goes too.
    pub async fn expire_conversations(
        &self,
        tenant: TenantId,
        conversations: &[ConversationId],
        tombstones: &[([u8; 32], Timestamp)],
        audit: &NewAudit<'_>,
    ) -> Result<u64, Error> {
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        let mut texts: Vec<[u8; 32]> = Vec::new();
        let sql = "SELECT search_text FROM chunks WHERE tenant = $1 AND conversation";
        for mut row in tx.rows_in((sql, ""), &fixed![tenant], conversations.iter().copied()).await? {
            texts.push(domain::text::hash(&[row.text()?.as_bytes()]));
        }
        tx.execute_in(("DELETE FROM embeddings WHERE text_hash", ""), &[], &texts).await?;
        let touched = people::forget(&mut tx, tenant, conversations, &HashMap::new()).await?;
        let (mut queue, mut saved) = (Queue::default(), Saved::default());
        let writer = versions::Writer { tenant, now: audit.at };
        writer.remove_conversations(&mut tx, conversations, &mut queue, &mut saved).await?;
        tombstones::bury(&mut tx, tenant, tombstones).await?;
        people::derive_memberships(&mut tx, tenant, &touched).await?;
        people::drop_unseen(&mut tx, tenant, &touched).await?;
        people::relink(&mut tx, tenant, &touched).await?;
        queue.write(&mut tx, tenant).await?;
        note(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(saved.conversations_removed)
    }

    /// Removes what was decided and written in live conversations that have not changed since `before`, and
    /// all traces from before it. What is still on its way out stays.
    pub async fn expire_traces(&self, tenant: TenantId, before: Timestamp) -> Result<u64, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "SELECT l.conversation FROM live_conversations l
             WHERE l.tenant = $1 AND l.seen_to < $2 AND NOT EXISTS
                 (SELECT 1 FROM outgoing o WHERE o.tenant = l.tenant AND o.conversation = l.conversation
                      AND (o.changed_at >= $2 OR o.state IN ('queued', 'sending', 'unknown')))";
        let old = ids::<ConversationId>(tx.rows(sql, params![tenant, before]).await?)?;
        let mut gone = 0;
        for sql in [
            "DELETE FROM message_assurance WHERE tenant = $1 AND conversation",
            // What hangs on it goes with it.
            "DELETE FROM live_conversations WHERE tenant = $1 AND conversation",
        ] {
            gone += tx.execute_in((sql, ""), &fixed![tenant], old.iter().copied()).await?;
        }
        // A trace is needed as long as something written of it may have to be looked for.
        let sql = "DELETE FROM traces WHERE tenant = $1 AND at < $2 AND NOT EXISTS
             (SELECT 1 FROM outgoing o WHERE o.tenant = traces.tenant AND o.trace = traces.id)";
        gone += tx.execute(sql, params![tenant, before]).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Removes the record of notifications that came in before `before`.
    pub async fn expire_deliveries(&self, tenant: TenantId, before: Timestamp) -> Result<u64, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "DELETE FROM deliveries WHERE tenant = $1 AND received_at < $2";
        let gone = tx.execute(sql, params![tenant, before]).await?;
        tx.commit().await?;
        Ok(gone)
    }
}
