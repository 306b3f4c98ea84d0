//! How sure we were of the author of each message, frozen when it arrived.

use std::collections::BTreeMap;

use domain::record::Role;
use domain::{ConversationId, SubjectId, TenantId, Timestamp};
use identity::Assurance;

use crate::Store;
use crate::error::Error;
use crate::sql::{Row, from_word, params, to_json, to_word};

/// What was known of a message when it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenAssurance {
    /// The channel's id of the message.
    pub part: String,
    /// The identity that wrote it.
    pub subject: Option<SubjectId>,
    /// What its author was known as then.
    pub role: Option<Role>,
    /// How sure we were.
    pub assurance: Assurance,
    /// What limited it, by name.
    pub limits: Vec<String>,
    /// When it was written.
    pub at: Timestamp,
    /// When this was found.
    pub frozen_at: Timestamp,
}

impl Store {
    /// Freezes what is known of messages and returns what holds for all messages of the conversation, by
    /// part: of a message that is frozen already, what was found first.
    pub async fn freeze_assurance(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        messages: Vec<FrozenAssurance>,
    ) -> Result<BTreeMap<String, FrozenAssurance>, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let rows = messages.into_iter().map(|message| {
            params![
                tenant,
                conversation,
                message.part,
                message.subject,
                message.role.map(|role| to_word(&role)),
                message.assurance.name(),
                to_json(&message.limits),
                message.at,
                message.frozen_at,
            ]
        });
        let into = "message_assurance
             (tenant, conversation, part, subject, role, assurance, limits, at, frozen_at)";
        tx.insert(into, rows, "ON CONFLICT DO NOTHING").await?;
        let sql = "SELECT part, subject, role, assurance, limits, at, frozen_at FROM message_assurance
             WHERE tenant = $1 AND conversation = $2";
        let rows = tx.rows(sql, params![tenant, conversation]).await?;
        tx.commit().await?;
        rows.into_iter().map(|row| read(row).map(|frozen| (frozen.part.clone(), frozen))).collect()
    }

    /// Returns what was frozen of a conversation's messages, by part.
    pub async fn frozen_assurance(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<BTreeMap<String, FrozenAssurance>, Error> {
        self.freeze_assurance(tenant, conversation, Vec::new()).await
    }
}

fn read(mut row: Row) -> Result<FrozenAssurance, Error> {
    Ok(FrozenAssurance {
        part: row.text()?,
        subject: row.maybe_id()?,
        role: row.maybe_text()?.map(|role| from_word(&role)).transpose()?,
        assurance: row.word()?,
        limits: row.json()?,
        at: row.time()?,
        frozen_at: row.time()?,
    })
}
