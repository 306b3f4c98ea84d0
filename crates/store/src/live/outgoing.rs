//! What we write outside: the outbox of a conversation.
//!
//! `queued → sending → sent`, with `unknown` where nobody can say whether it arrived. What is `refused`,
//! `superseded` or `given_up` was not written, or counts as not written, and frees its parts. The text stays
//! only while the row is open: until then it may have to be sent, or be looked for in the conversation after
//! an unclear delivery; afterwards the channel holds it and the trace says what it was made of.

use std::fmt;

use domain::{ConversationId, OutgoingId, TenantId, Timestamp, TraceId};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::Error;
use crate::sql::{Row, params, to_json, to_word};
use crate::tx::Tx;

/// Who is to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingKind {
    /// Teammates alone.
    Note,
    /// Everybody in the conversation.
    Reply,
}

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingState {
    /// Nothing has left us.
    Queued,
    /// It may have left us.
    Sending,
    /// It is there.
    Sent,
    /// The conversation had changed; nothing was written.
    Refused,
    /// It may be there or not.
    Unknown,
    /// Something newer takes its place; it was not written.
    Superseded,
    /// Nobody tries any more.
    GivenUp,
}

/// Something to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct NewOutgoing {
    /// Its id.
    pub id: OutgoingId,
    /// Where.
    pub conversation: ConversationId,
    /// Who is to read it.
    pub kind: OutgoingKind,
    /// What finds it again in the conversation; the same for the same parts.
    pub mark: String,
    /// The record of the decision behind it.
    pub trace: TraceId,
    /// The messages it answers.
    pub covers: Vec<String>,
    /// The text.
    pub text: String,
}

impl fmt::Debug for NewOutgoing {
    /// Writes the length of the text alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewOutgoing({}, {:?}, {} bytes)", self.id, self.kind, self.text.len())
    }
}

/// Something that was written, or was to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id.
    pub id: OutgoingId,
    /// Where.
    pub conversation: ConversationId,
    /// Who is to read it.
    pub kind: OutgoingKind,
    /// How far it got.
    pub state: OutgoingState,
    /// What finds it again.
    pub mark: String,
    /// The record of the decision behind it.
    pub trace: TraceId,
    /// The messages it answers.
    pub covers: Vec<String>,
    /// The text, as long as it is open.
    pub text: Option<String>,
    /// The channel's id of its part, once it is there.
    pub part: Option<String>,
    /// Why it is refused, unknown, superseded or given up.
    pub why: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its state last changed.
    pub changed_at: Timestamp,
}

impl fmt::Debug for Outgoing {
    /// Writes no text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, kind, state, part, why, .. } = self;
        write!(f, "Outgoing({id}, {kind:?}, {state:?}, part {part:?}, why {why:?})")
    }
}

/// How something ends that was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settled {
    /// The conversation had changed.
    Refused,
    /// Something newer takes its place.
    Superseded,
    /// Nobody tries any more.
    GivenUp,
}

macro_rules! columns {
    () => {
        "SELECT id, conversation, kind, state, mark, trace, covers, text, part, why, created_at, changed_at
         FROM outgoing"
    };
}

impl Store {
    /// Puts something into the outbox of its conversation.
    ///
    /// # Errors
    /// [`Error::Conflict`] when one of its parts is covered already, or something else is on its way.
    pub async fn queue_outgoing(
        &self,
        tenant: TenantId,
        new: &NewOutgoing,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "INSERT INTO outgoing
                 (tenant, id, conversation, kind, state, mark, trace, covers, text, created_at, changed_at)
             VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $8, $9, $9)";
        let row = params![
            tenant,
            new.id,
            new.conversation,
            to_word(&new.kind),
            &new.mark,
            new.trace,
            to_json(&new.covers),
            &new.text,
            now,
        ];
        tx.execute(sql, row).await?;
        let parts = new.covers.iter().map(|part| params![tenant, new.conversation, part, new.id]);
        tx.insert("outgoing_parts (tenant, conversation, part, outgoing)", parts, "").await?;
        tx.commit().await
    }

    /// Returns what is on its way into a conversation: queued, sending, or sent with nobody knowing.
    pub async fn open_outgoing(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Option<Outgoing>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            columns!(),
            " WHERE tenant = $1 AND conversation = $2 AND state IN ('queued', 'sending', 'unknown')"
        );
        tx.find(sql, params![tenant, conversation]).await?.map(read).transpose()
    }

    /// Returns everything that was written into a conversation or was to be, oldest first.
    pub async fn list_outgoing(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Vec<Outgoing>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(columns!(), " WHERE tenant = $1 AND conversation = $2 ORDER BY created_at, id");
        tx.rows(sql, params![tenant, conversation]).await?.into_iter().map(read).collect()
    }

    /// Returns something that was written or was to be.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has nothing of this id.
    pub async fn outgoing(&self, tenant: TenantId, id: OutgoingId) -> Result<Outgoing, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(columns!(), " WHERE tenant = $1 AND id = $2");
        let row = tx.find(sql, params![tenant, id]).await?;
        read(row.ok_or_else(|| Error::not_found("draft", id))?)
    }

    /// Notes that something leaves us now.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is not queued: somebody else has sent it or withdrawn it.
    pub async fn begin_sending(&self, tenant: TenantId, id: OutgoingId, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE outgoing SET state = 'sending', changed_at = $3
             WHERE tenant = $1 AND id = $2 AND state = 'queued'";
        touched(tx.execute(sql, params![tenant, id, now]).await?, id)?;
        tx.commit().await
    }

    /// Notes that nobody can say whether something arrived.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it was not being sent.
    pub async fn unclear(
        &self,
        tenant: TenantId,
        id: OutgoingId,
        what: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "UPDATE outgoing SET state = 'unknown', why = $3, changed_at = $4
             WHERE tenant = $1 AND id = $2 AND state IN ('sending', 'unknown')";
        let what = domain::text::shorten(what, 200);
        touched(tx.execute(sql, params![tenant, id, what, now]).await?, id)?;
        tx.commit().await
    }

    /// Ends something that was not written: its parts are free again and its text is gone.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is not open.
    pub async fn withdraw(
        &self,
        tenant: TenantId,
        id: OutgoingId,
        (how, why): (Settled, &str),
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let state = match how {
            Settled::Refused => OutgoingState::Refused,
            Settled::Superseded => OutgoingState::Superseded,
            Settled::GivenUp => OutgoingState::GivenUp,
        };
        let sql = "UPDATE outgoing SET state = $3, why = $4, text = NULL, changed_at = $5
             WHERE tenant = $1 AND id = $2 AND state IN ('queued', 'sending', 'unknown')";
        touched(tx.execute(sql, params![tenant, id, to_word(&state), why, now]).await?, id)?;
        let sql = "DELETE FROM outgoing_parts WHERE tenant = $1 AND outgoing = $2";
        tx.execute(sql, params![tenant, id]).await?;
        tx.commit().await
    }
}

/// Notes within the caller's transaction that something arrived as `part`.
pub(super) async fn sent(
    tx: &mut Tx,
    tenant: TenantId,
    (id, part): (OutgoingId, &str),
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE outgoing SET state = 'sent', part = $3, why = NULL, text = NULL, changed_at = $4
         WHERE tenant = $1 AND id = $2 AND state IN ('sending', 'unknown')";
    touched(tx.execute(sql, params![tenant, id, part, now]).await?, id)?;
    let sql = "UPDATE live_conversations SET automatic_count = automatic_count + 1
         WHERE tenant = $1 AND conversation =
             (SELECT conversation FROM outgoing WHERE tenant = $1 AND id = $2 AND kind = 'reply')";
    tx.execute(sql, params![tenant, id]).await?;
    Ok(())
}

fn touched(rows: u64, id: OutgoingId) -> Result<(), Error> {
    if rows == 0 {
        return Err(Error::Conflict { what: format!("`{id}` is no longer in the state it was in") });
    }
    Ok(())
}

fn read(mut row: Row) -> Result<Outgoing, Error> {
    Ok(Outgoing {
        id: row.id()?,
        conversation: row.id()?,
        kind: row.word()?,
        state: row.word()?,
        mark: row.text()?,
        trace: row.id()?,
        covers: row.json()?,
        text: row.maybe_text()?,
        part: row.maybe_text()?,
        why: row.maybe_text()?,
        created_at: row.time()?,
        changed_at: row.time()?,
    })
}
