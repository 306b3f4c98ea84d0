//! What the identity report needs to know of each conversation.

use std::collections::BTreeMap;

use domain::{ConversationId, TenantId};
use identity::report::ConversationFacts;
use identity::{Assurance, Rejected, identifier};

use crate::Store;
use crate::error::Error;
use crate::sql::{from_word, params};

impl Store {
    /// Returns, of each stored or live conversation, whose it is, how sure anybody ever was of its customer, and
    /// what was stated in it that identifies nobody.
    pub async fn conversation_facts(&self, tenant: TenantId) -> Result<Vec<ConversationFacts>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let mut found: BTreeMap<ConversationId, ConversationFacts> = BTreeMap::new();
        // Whoever is identified has at least claimed to be that one; more is only what was frozen live.
        let sql = "SELECT c.id, c.subject_id, (SELECT COUNT(*) FROM observed_identifiers i
                 WHERE i.tenant = c.tenant AND i.subject = c.subject_id)
             FROM conversations c WHERE c.tenant = $1";
        for mut row in tx.rows(sql, params![tenant]).await? {
            let (conversation, subject) = (row.id()?, row.maybe_id()?);
            let assurance = if row.int()? > 0 { Assurance::Claimed } else { Assurance::Anonymous };
            let facts = ConversationFacts { conversation, subject, assurance, rejected: Vec::new() };
            found.insert(conversation, facts);
        }
        let sql = "SELECT conversation, subject, assurance FROM message_assurance
             WHERE tenant = $1 ORDER BY at";
        for mut row in tx.rows(sql, params![tenant]).await? {
            let (conversation, subject, assurance) =
                (row.id()?, row.maybe_id()?, from_word::<Assurance>(&row.text()?)?);
            let facts = found.entry(conversation).or_insert_with(|| ConversationFacts {
                conversation,
                subject,
                assurance: Assurance::Anonymous,
                rejected: Vec::new(),
            });
            facts.subject = facts.subject.or(subject);
            facts.assurance = facts.assurance.max(assurance);
        }
        let sql = "SELECT DISTINCT r.conversation, r.subject, r.kind, r.why FROM observed_rejections r
             WHERE r.tenant = $1 AND LENGTH(r.conversation) > 0";
        for mut row in tx.rows(sql, params![tenant]).await? {
            let (conversation, _): (ConversationId, domain::SubjectId) = (row.id()?, row.id()?);
            let (kind, why) = (row.text()?, row.text()?);
            let kind = identifier::Kind::from_name(&kind)
                .ok_or_else(|| Error::damaged(format!("`{kind}` is no kind of identifier")))?;
            if let Some(facts) = found.get_mut(&conversation) {
                facts.rejected.push((kind, from_word::<Rejected>(&why)?));
            }
        }
        Ok(found.into_values().collect())
    }
}
