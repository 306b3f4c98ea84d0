//! What we have to remember of a conversation that its channel does not.

use std::collections::BTreeSet;

use domain::{ConversationId, SourceId, TenantId, Timestamp, TraceId};

use crate::Store;
use crate::error::Error;
use crate::sql::{Row, fixed, params};

/// A conversation that is looked at for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLive {
    /// Its id.
    pub conversation: ConversationId,
    /// The source it is known under.
    pub source: SourceId,
    /// The channel's id of it.
    pub external_id: String,
    /// The channel's kind.
    pub channel: String,
    /// The account it belongs to.
    pub account: String,
    /// The inbox in which it lies now.
    pub inbox: Option<String>,
}

/// What is remembered of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveState {
    /// Its id.
    pub conversation: ConversationId,
    /// The channel's id of it.
    pub external_id: String,
    /// The channel's kind.
    pub channel: String,
    /// The account it belongs to.
    pub account: String,
    /// Its state outside, by its last change there, that was last worked through.
    pub seen_to: Timestamp,
    /// Since when a collision keeps automatic replies away.
    pub paused_at: Option<Timestamp>,
    /// Since when a wish for a human keeps everything away.
    pub hands_off_at: Option<Timestamp>,
    /// Automatic replies so far.
    pub automatic_count: u32,
    /// The inbox in which it lay when it was last looked at.
    pub inbox: Option<String>,
}

/// A person of the company wrote at the same time as we did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The conversation.
    pub conversation: ConversationId,
    /// The channel's id of our part.
    pub part: String,
    /// The channel's id of theirs.
    pub human_part: String,
}

/// Most inboxes that are asked for at a time.
pub const MOST_INBOXES: usize = 50;

macro_rules! columns {
    () => {
        "SELECT conversation, external_id, channel, account, seen_to, paused_at, hands_off_at, automatic_count,
             inbox
         FROM live_conversations"
    };
}

impl Store {
    /// Returns what is remembered of a conversation, beginning to remember it where it is new; the inbox in which
    /// it lies is noted anew.
    pub async fn ensure_live(&self, tenant: TenantId, new: &NewLive) -> Result<LiveState, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "INSERT INTO live_conversations
                 (tenant, conversation, source, external_id, channel, account, seen_to, automatic_count, inbox)
             VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7)
             ON CONFLICT (tenant, conversation) DO UPDATE SET inbox = excluded.inbox";
        let NewLive { conversation, source, external_id, channel, account, inbox } = new;
        tx.execute(
            sql,
            params![tenant, *conversation, *source, external_id, channel, account, inbox.as_deref()],
        )
        .await?;
        let sql = concat!(columns!(), " WHERE tenant = $1 AND conversation = $2");
        let row = tx.one(sql, params![tenant, *conversation]).await?;
        tx.commit().await?;
        read(row)
    }

    /// Returns what is remembered of a conversation.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such live conversation.
    pub async fn live_state(&self, tenant: TenantId, id: ConversationId) -> Result<LiveState, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(columns!(), " WHERE tenant = $1 AND conversation = $2");
        let row = tx.find(sql, params![tenant, id]).await?;
        read(row.ok_or_else(|| Error::not_found("live conversation", id))?)
    }

    /// Returns the live conversations, those that last changed outside first.
    pub async fn list_live(&self, tenant: TenantId, limit: u32) -> Result<Vec<LiveState>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(columns!(), " WHERE tenant = $1 ORDER BY seen_to DESC, conversation LIMIT $2");
        tx.rows(sql, params![tenant, limit]).await?.into_iter().map(read).collect()
    }

    /// Returns the live conversations in some inboxes, at most fifty of them, those that last changed outside first.
    pub async fn list_live_in(
        &self,
        tenant: TenantId,
        inboxes: &[String],
        limit: u32,
    ) -> Result<Vec<LiveState>, Error> {
        if inboxes.len() > MOST_INBOXES {
            return Err(Error::Invalid { what: format!("more than {MOST_INBOXES} inboxes") });
        }
        let mut tx = self.pools.read(tenant).await?;
        let sql = (
            concat!(columns!(), " WHERE tenant = $1 AND inbox"),
            " ORDER BY seen_to DESC, conversation LIMIT $2",
        );
        tx.rows_in(sql, &fixed![tenant, limit], inboxes.iter().map(String::as_str))
            .await?
            .into_iter()
            .map(read)
            .collect()
    }

    /// Returns the live conversation about which a decision was, where there still is one.
    pub async fn live_of_trace(&self, tenant: TenantId, trace: TraceId) -> Result<Option<LiveState>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            columns!(),
            " WHERE tenant = $1 AND conversation IN
                 (SELECT conversation FROM outcomes WHERE tenant = $1 AND id = $2
                  UNION SELECT conversation FROM outgoing WHERE tenant = $1 AND trace = $2)"
        );
        tx.find(sql, params![tenant, trace]).await?.map(read).transpose()
    }

    /// Returns the conversations in which silence ends when its reason does, such as a stop.
    pub async fn list_waiting(&self, tenant: TenantId) -> Result<Vec<LiveState>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            columns!(),
            " WHERE tenant = $1 AND conversation IN
                 (SELECT o.conversation FROM outcomes o WHERE o.tenant = $1 AND o.standing = 0)
             ORDER BY conversation"
        );
        tx.rows(sql, params![tenant]).await?.into_iter().map(read).collect()
    }

    /// Notes which state of a conversation outside was worked through; it never goes backwards.
    pub async fn seen_live(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        to: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE live_conversations SET seen_to = $3
             WHERE tenant = $1 AND conversation = $2 AND seen_to < $3";
        tx.execute(sql, params![tenant, conversation, to]).await?;
        tx.commit().await
    }

    /// Notes a wish for a human: from `at` on nothing is written here any more. The first moment stays.
    pub async fn keep_hands_off(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE live_conversations SET hands_off_at = COALESCE(hands_off_at, $3)
             WHERE tenant = $1 AND conversation = $2";
        tx.execute(sql, params![tenant, conversation, at]).await?;
        tx.commit().await
    }

    /// Notes that facts which were looked up are about to be shown in a conversation. The first moment stays.
    pub async fn put_looked_up(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql =
            "INSERT INTO looked_up (tenant, conversation, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        tx.execute(sql, params![tenant, conversation, at]).await?;
        tx.commit().await
    }

    /// Returns those of some conversations in which facts were shown that were looked up.
    pub async fn looked_up(
        &self,
        tenant: TenantId,
        conversations: &[ConversationId],
    ) -> Result<BTreeSet<ConversationId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT conversation FROM looked_up WHERE tenant = $1 AND conversation";
        let rows = tx.rows_in((sql, ""), &fixed![tenant], conversations.iter().copied()).await?;
        rows.into_iter().map(|mut row| row.id()).collect()
    }

    /// Returns what was noted of how a conversation was sorted, as JSON; nothing when it never was.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such live conversation.
    pub async fn triage(&self, tenant: TenantId, id: ConversationId) -> Result<Option<String>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT triage FROM live_conversations WHERE tenant = $1 AND conversation = $2";
        let row = tx.find(sql, params![tenant, id]).await?;
        row.ok_or_else(|| Error::not_found("live conversation", id))?.maybe_text()
    }

    /// Notes how a conversation was sorted, as JSON without any text of the conversation.
    pub async fn put_triage(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        triage: &str,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE live_conversations SET triage = $3 WHERE tenant = $1 AND conversation = $2";
        tx.execute(sql, params![tenant, conversation, triage]).await?;
        tx.commit().await
    }

    /// Counts a collision, once for each part of ours, and keeps automatic replies away from `at` on.
    /// Reports whether it is a new one.
    pub async fn put_collision(
        &self,
        tenant: TenantId,
        collision: &Collision,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "INSERT INTO collisions (tenant, conversation, part, human_part, at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let Collision { conversation, part, human_part } = collision;
        let new = tx.execute(sql, params![tenant, *conversation, part, human_part, at]).await? > 0;
        let sql = "UPDATE live_conversations SET paused_at = COALESCE(paused_at, $3)
             WHERE tenant = $1 AND conversation = $2";
        tx.execute(sql, params![tenant, *conversation, at]).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Returns how many collisions there were.
    pub async fn count_collisions(&self, tenant: TenantId) -> Result<u64, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT COUNT(*) FROM collisions WHERE tenant = $1";
        tx.one(sql, params![tenant]).await?.count()
    }

    /// Forgets a conversation that is gone at its channel, with all that was decided and written in it.
    pub async fn forget_live(&self, tenant: TenantId, conversation: ConversationId) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let key = params![tenant, conversation];
        for sql in [
            "DELETE FROM traces WHERE tenant = $1 AND id IN
                 (SELECT id FROM outcomes WHERE tenant = $1 AND conversation = $2)",
            "DELETE FROM traces WHERE tenant = $1 AND id IN
                 (SELECT trace FROM outgoing WHERE tenant = $1 AND conversation = $2)",
            "DELETE FROM message_assurance WHERE tenant = $1 AND conversation = $2",
            "DELETE FROM step_ups WHERE tenant = $1 AND conversation = $2",
            // What hangs on it goes with it.
            "DELETE FROM live_conversations WHERE tenant = $1 AND conversation = $2",
        ] {
            tx.execute(sql, key.clone()).await?;
        }
        tx.commit().await
    }
}

fn read(mut row: Row) -> Result<LiveState, Error> {
    Ok(LiveState {
        conversation: row.id()?,
        external_id: row.text()?,
        channel: row.text()?,
        account: row.text()?,
        seen_to: row.time()?,
        paused_at: row.maybe_time()?,
        hands_off_at: row.maybe_time()?,
        automatic_count: row.count()?,
        inbox: row.take()?,
    })
}
