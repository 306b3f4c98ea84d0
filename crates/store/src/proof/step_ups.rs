//! Proofs that we ask for ourselves: a secret word that may be taken once, by whoever it was made for.

use domain::{ConversationId, PersonId, StepUpId, SubjectId, TenantId, Timestamp};

use crate::audit::{NewAudit, note};
use crate::error::Error;
use crate::sql::{Row, params, to_json};
use crate::{Store, outbox};

/// A request to a customer to prove who they are. It is *open* until it is taken or expires; once taken it
/// either counts as a proof for a while or for nothing ever again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepUp {
    /// Its id.
    pub id: StepUpId,
    /// The conversation it was asked for in.
    pub conversation: ConversationId,
    /// The identity that was asked.
    pub subject: SubjectId,
    /// The person to whom it belonged then.
    pub person: PersonId,
    /// Whether the conversation goes by mail, so that the answer is shown in the app.
    pub by_mail: bool,
    /// The channel's ids of the messages that wait for it.
    pub parts: Vec<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it may be taken.
    pub expires_at: Timestamp,
    /// When it was taken.
    pub taken_at: Option<Timestamp>,
    /// Until when the proof counts.
    pub proven_to: Option<Timestamp>,
}

/// A step-up to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStepUp {
    /// Its id.
    pub id: StepUpId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The identity that is asked.
    pub subject: SubjectId,
    /// The person to whom it belongs.
    pub person: PersonId,
    /// Whether the conversation goes by mail.
    pub by_mail: bool,
    /// The channel's ids of the messages that wait for it.
    pub parts: Vec<String>,
    /// Until when it may be taken.
    pub expires_at: Timestamp,
}

/// How a step-up that was taken ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Who was asked has proven to be that person, until this moment.
    Proven(Timestamp),
    /// Somebody else took it; it counts for nothing.
    Refused,
}

macro_rules! columns {
    () => {
        "id, conversation, subject, person, by_mail, parts, made_at, expires_at, taken_at, proven_to"
    };
}

impl Store {
    /// Stores a step-up under the hash of the word that takes it, and drops what is over by `now`. Nothing is
    /// stored while another one is open in the same conversation: one link at a time is enough to be mistaken.
    /// Returns whether it was stored.
    pub async fn put_step_up(
        &self,
        tenant: TenantId,
        (new, hash): (&NewStepUp, &[u8; 32]),
        (actor, now): (&str, Timestamp),
    ) -> Result<bool, Error> {
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        tx.execute(OVER, params![tenant, now]).await?;
        let sql =
            "SELECT COUNT(*) FROM step_ups WHERE tenant = $1 AND conversation = $2 AND taken_at IS NULL";
        if tx.one(sql, params![tenant, new.conversation]).await?.int()? > 0 {
            return Ok(false);
        }
        let sql = "INSERT INTO step_ups
             (tenant, id, hash, conversation, subject, person, by_mail, parts, made_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let row = params![
            tenant,
            new.id,
            hash,
            new.conversation,
            new.subject,
            new.person,
            new.by_mail,
            to_json(&new.parts),
            now,
            new.expires_at,
        ];
        tx.execute(sql, row).await?;
        let detail = format!("{} in {}", new.id, new.conversation);
        let (about, action) = (Some(new.person), "step_up.offer");
        note(&mut tx, tenant, &NewAudit { at: now, actor, action, about, detail }).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Returns the open step-up whose word has this hash, and leaves it open.
    pub async fn find_step_up(
        &self,
        tenant: TenantId,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<StepUp>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM step_ups WHERE tenant = $1 AND hash = $2 AND taken_at IS NULL AND expires_at > $3"
        );
        tx.find(sql, params![tenant, hash, now]).await?.map(read).transpose()
    }

    /// Takes the open step-up whose word has this hash, so that nobody can take it again; none when it was
    /// taken, is unknown to this tenant or has expired. Of several who take it at once, one gets it.
    pub async fn take_step_up(
        &self,
        tenant: TenantId,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<StepUp>, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = concat!(
            "UPDATE step_ups SET taken_at = $3
             WHERE tenant = $1 AND hash = $2 AND taken_at IS NULL AND expires_at > $3 RETURNING ",
            columns!()
        );
        let taken = tx.find(sql, params![tenant, hash, now]).await?.map(read).transpose()?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Notes how a step-up ended that was taken just now. Cut off before, it counts for nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it was not taken, or has ended already.
    pub async fn end_step_up(
        &self,
        tenant: TenantId,
        step_up: &StepUp,
        ended: Ended,
        (actor, at): (&str, Timestamp),
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        outbox::lock(&mut tx, tenant).await?;
        let action = match ended {
            Ended::Proven(to) => {
                let sql = "UPDATE step_ups SET proven_to = $3
                     WHERE tenant = $1 AND id = $2 AND taken_at IS NOT NULL AND proven_to IS NULL";
                if tx.execute(sql, params![tenant, step_up.id, to]).await? == 0 {
                    return Err(Error::Conflict {
                        what: format!("step-up `{}` has ended already", step_up.id),
                    });
                }
                "step_up.confirm"
            }
            Ended::Refused => "step_up.refuse",
        };
        let (about, detail) = (Some(step_up.person), format!("{} in {}", step_up.id, step_up.conversation));
        note(&mut tx, tenant, &NewAudit { at, actor, action, about, detail }).await?;
        tx.commit().await
    }

    /// Takes back an open step-up that was shown to nobody.
    pub async fn drop_step_up(&self, tenant: TenantId, id: StepUpId) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "DELETE FROM step_ups WHERE tenant = $1 AND id = $2 AND taken_at IS NULL";
        tx.execute(sql, params![tenant, id]).await?;
        tx.commit().await
    }

    /// Returns the proofs of a conversation, also those that count no more, newest first.
    pub async fn list_proofs(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Vec<StepUp>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM step_ups WHERE tenant = $1 AND conversation = $2 AND proven_to IS NOT NULL
             ORDER BY taken_at DESC, id DESC"
        );
        tx.rows(sql, params![tenant, conversation]).await?.into_iter().map(read).collect()
    }

    /// Drops the step-ups of a tenant that are over by `now`: not taken in time, or proofs that no longer
    /// count. What they verified stays frozen with the messages.
    pub async fn expire_step_ups(&self, tenant: TenantId, now: Timestamp) -> Result<u64, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let gone = tx.execute(OVER, params![tenant, now]).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// A taken step-up stays as long as a replay could be told from an unknown word: until its proof is over.
const OVER: &str = "DELETE FROM step_ups
     WHERE tenant = $1 AND expires_at <= $2 AND (proven_to IS NULL OR proven_to <= $2)";

fn read(mut row: Row) -> Result<StepUp, Error> {
    Ok(StepUp {
        id: row.id()?,
        conversation: row.id()?,
        subject: row.id()?,
        person: row.id()?,
        by_mail: row.bool()?,
        parts: row.json()?,
        made_at: row.time()?,
        expires_at: row.time()?,
        taken_at: row.maybe_time()?,
        proven_to: row.maybe_time()?,
    })
}
