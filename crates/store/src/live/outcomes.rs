//! What was done about each need of a customer: exactly one outcome for each of its messages.

use std::collections::BTreeMap;

use domain::{ConversationId, OutgoingId, TenantId, Timestamp, TraceId};

use super::outgoing;
use crate::Store;
use crate::error::Error;
use crate::sql::{Row, fixed, params};

/// What was done about a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOutcome {
    /// Its id, and that of its trace.
    pub id: TraceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The messages it is about.
    pub parts: Vec<String>,
    /// The topic that it counts for.
    pub topic: String,
    /// `answer`, `ask`, `hand_off` or `silent`.
    pub outcome: String,
    /// The reason of a hand-off or of silence.
    pub reason: Option<String>,
    /// Whether it stands for good. A silence that only lasts as long as its reason does not: the next
    /// outcome of one of its messages takes its place.
    pub standing: bool,
    /// What was written for it, and the channel's id of that part.
    pub sent: Option<(OutgoingId, String)>,
}

/// A stored outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its id, and that of its trace.
    pub id: TraceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The messages it is about.
    pub parts: Vec<String>,
    /// The topic that it counts for.
    pub topic: String,
    /// `answer`, `ask`, `hand_off` or `silent`.
    pub outcome: String,
    /// The reason of a hand-off or of silence.
    pub reason: Option<String>,
    /// Whether it stands for good.
    pub standing: bool,
    /// What was written for it.
    pub outgoing: Option<OutgoingId>,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Records an outcome with its trace, and what was written for it as sent, in one transaction.
    ///
    /// # Errors
    /// [`Error::Conflict`] when one of its messages has an outcome that stands, or what was written is not
    /// being sent.
    pub async fn record_outcome(
        &self,
        tenant: TenantId,
        new: &NewOutcome,
        trace: &serde_json::Value,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        if let Some((id, part)) = &new.sent {
            outgoing::sent(&mut tx, tenant, (*id, part), now).await?;
        }
        let before = fixed![tenant, new.conversation];
        for (sql, end) in [
            (
                "DELETE FROM traces WHERE tenant = $1 AND id IN
                     (SELECT o.id FROM outcomes o JOIN outcome_parts p ON p.tenant = o.tenant AND p.outcome = o.id
                      WHERE o.tenant = $1 AND o.standing = 0 AND p.conversation = $2 AND p.part",
                ")",
            ),
            (
                "DELETE FROM outcomes WHERE tenant = $1 AND standing = 0 AND id IN
                     (SELECT outcome FROM outcome_parts WHERE tenant = $1 AND conversation = $2 AND part",
                ")",
            ),
        ] {
            tx.execute_in((sql, end), &before, new.parts.iter()).await?;
        }
        let sql = "INSERT INTO outcomes
                 (tenant, id, conversation, topic, outcome, reason, standing, outgoing, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let row = params![
            tenant,
            new.id,
            new.conversation,
            &new.topic,
            &new.outcome,
            &new.reason,
            new.standing,
            new.sent.as_ref().map(|(id, _)| *id),
            now,
        ];
        tx.execute(sql, row).await?;
        let parts = new.parts.iter().map(|part| params![tenant, new.conversation, part, new.id]);
        tx.insert("outcome_parts (tenant, conversation, part, outcome)", parts, "").await?;
        let sql = "INSERT INTO traces (tenant, id, at, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, id) DO UPDATE SET at = excluded.at, body = excluded.body";
        tx.execute(sql, params![tenant, new.id, now, trace.to_string()]).await?;
        tx.commit().await
    }

    /// Returns the outcomes of a conversation, oldest first.
    pub async fn list_outcomes(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Vec<Outcome>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT outcome, part FROM outcome_parts WHERE tenant = $1 AND conversation = $2
             ORDER BY part";
        let mut parts: BTreeMap<TraceId, Vec<String>> = BTreeMap::new();
        for mut row in tx.rows(sql, params![tenant, conversation]).await? {
            parts.entry(row.id()?).or_default().push(row.text()?);
        }
        let sql = "SELECT id, conversation, topic, outcome, reason, standing, outgoing, at FROM outcomes
             WHERE tenant = $1 AND conversation = $2 ORDER BY at, id";
        let rows = tx.rows(sql, params![tenant, conversation]).await?;
        rows.into_iter().map(|row| read(row, &mut parts)).collect()
    }
}

fn read(mut row: Row, parts: &mut BTreeMap<TraceId, Vec<String>>) -> Result<Outcome, Error> {
    let id = row.id()?;
    Ok(Outcome {
        id,
        conversation: row.id()?,
        parts: parts.remove(&id).unwrap_or_default(),
        topic: row.text()?,
        outcome: row.text()?,
        reason: row.maybe_text()?,
        standing: row.bool()?,
        outgoing: row.maybe_id()?,
        at: row.time()?,
    })
}
