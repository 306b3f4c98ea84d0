//! What became of drafts, and what people say of them.
//!
//! A draft has at most one entry of what its conversation shows, and one of each key that says something. Of what the
//! conversation shows the nearest message counts: a later one takes the place of an earlier one only when it is
//! nearer to the draft, so the same look again changes nothing. Of what a key says the last word counts.

use domain::feedback::{Compared, Kind, Rating};
use domain::{ConversationId, DocumentId, KeyId, OutgoingId, TenantId, Timestamp};

use crate::Store;
use crate::error::Error;
use crate::sql::{Row, params, to_word};
use crate::tx::Tx;

/// Who says what became of a draft.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// The conversation: this message was sent with the draft at hand.
    Sent {
        /// The channel's id of the message.
        part: String,
        /// The draft and the message, held against each other.
        compared: Compared,
    },
    /// Somebody, by the key of the API.
    By {
        /// The key.
        key: KeyId,
        /// Whether the draft was thrown away.
        discarded: bool,
        /// What it was worth.
        rating: Option<Rating>,
        /// Why, without personal data.
        comment: Option<String>,
    },
}

/// An entry about a draft.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFeedback {
    /// The draft.
    pub outgoing: OutgoingId,
    /// Who says what.
    pub said: Said,
    /// The documents that it cites, in the order of their numbers, from 1.
    pub cited: Vec<DocumentId>,
}

/// A stored entry about a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The draft.
    pub outgoing: OutgoingId,
    /// The key that says so; none for what the conversation shows.
    pub said_by: Option<KeyId>,
    /// What became of it.
    pub kind: Kind,
    /// The share of the longer text that was changed, of a thousand.
    pub changed_permille: Option<u32>,
    /// How many words were compared.
    pub words: Option<Words>,
    /// The channel's id of what was sent.
    pub part: Option<String>,
    /// What it was worth.
    pub rating: Option<Rating>,
    /// Why, without personal data.
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// How many words were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// Those of the draft.
    pub drafted: u32,
    /// Those that were sent.
    pub sent: u32,
    /// Those that stand in both, in this order.
    pub kept: u32,
}

/// How drafts fared that cite a document as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fared {
    /// The document.
    pub document: DocumentId,
    /// Its kind.
    pub kind: domain::Kind,
    /// The source's own id of it.
    pub external_id: String,
    /// Its title.
    pub title: String,
    /// Where a person can read it.
    pub url: Option<String>,
    /// Since when it stands so.
    pub since: Timestamp,
    /// Drafts that cite it and of which something is known.
    pub drafts: u64,
    /// Those that somebody threw away or called bad.
    pub refused: u64,
    /// Those, besides, of which people did not send what they take from it.
    pub rewritten: u64,
    /// When something was last said of one of them.
    pub newest_at: Timestamp,
}

/// A source was dropped when less than half of what a draft takes from it was sent.
const DROPPED_BELOW: u32 = 500;

impl Store {
    /// Keeps what became of a draft. Reports whether anything is new.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such draft, [`Error::Conflict`] when it was never written.
    pub async fn put_feedback(
        &self,
        tenant: TenantId,
        new: &NewFeedback,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut tx = self.pools.write(tenant).await?;
        let sql = "SELECT conversation, state, created_at FROM outgoing WHERE tenant = $1 AND id = $2";
        let row = tx.find(sql, params![tenant, new.outgoing]).await?;
        let mut row = row.ok_or_else(|| Error::not_found("draft", new.outgoing))?;
        let (conversation, state, drafted_at): (ConversationId, String, Timestamp) =
            (row.id()?, row.text()?, row.time()?);
        if state != "sent" {
            return Err(Error::Conflict { what: format!("draft `{}` was never written", new.outgoing) });
        }
        let is_new = match &new.said {
            Said::Sent { part, compared } => {
                let sql =
                    "INSERT INTO feedback (tenant, outgoing, said_by, conversation, kind, changed_permille,
                         words_drafted, words_sent, words_kept, part, drafted_at, at)
                     VALUES ($1, $2, '', $3, $4, $5, $6, $7, $8, $9, $10, $11)
                     ON CONFLICT (tenant, outgoing, said_by) DO UPDATE SET kind = excluded.kind,
                         changed_permille = excluded.changed_permille, words_drafted = excluded.words_drafted,
                         words_sent = excluded.words_sent, words_kept = excluded.words_kept,
                         part = excluded.part, at = excluded.at
                     WHERE excluded.changed_permille < feedback.changed_permille";
                let row = params![
                    tenant,
                    new.outgoing,
                    conversation,
                    to_word(&compared.kind()),
                    compared.changed_permille(),
                    count(compared.drafted),
                    count(compared.sent),
                    count(compared.kept),
                    part,
                    drafted_at,
                    now,
                ];
                tx.execute(sql, row).await? > 0
            }
            Said::By { key, discarded, rating, comment } => {
                let sql = "INSERT INTO feedback
                         (tenant, outgoing, said_by, conversation, kind, rating, comment, drafted_at, at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                     ON CONFLICT (tenant, outgoing, said_by) DO UPDATE SET kind = excluded.kind,
                         rating = excluded.rating, comment = excluded.comment, at = excluded.at";
                let kind = if *discarded { Kind::Discarded } else { Kind::Rated };
                let rating = rating.map(|rating| if rating == Rating::Good { 1_i64 } else { -1 });
                let (kind, key) = (to_word(&kind), key.to_string());
                let row =
                    params![tenant, new.outgoing, key, conversation, kind, rating, comment, drafted_at, now];
                tx.execute(sql, row).await? > 0
            }
        };
        if is_new {
            cite(&mut tx, tenant, (new, conversation)).await?;
        }
        tx.commit().await?;
        Ok(is_new)
    }

    /// Returns what became of the drafts in a conversation, and what was said of them, oldest first.
    pub async fn list_feedback(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Vec<Feedback>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql =
            "SELECT outgoing, said_by, kind, changed_permille, words_drafted, words_sent, words_kept, part,
                 rating, comment, at FROM feedback
             WHERE tenant = $1 AND conversation = $2 ORDER BY at, outgoing, said_by";
        tx.rows(sql, params![tenant, conversation]).await?.into_iter().map(read).collect()
    }

    /// Returns how drafts fared that cite a document which agents may see, for each such document as it stands at
    /// `now`. What was drafted of an earlier version of it says nothing of this one.
    pub async fn fared(&self, tenant: TenantId, now: Timestamp) -> Result<Vec<Fared>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT d.document, x.kind, x.external_id, v.title, v.url, v.valid_from, COUNT(*),
                 SUM(f.refused),
                 SUM(CASE WHEN f.refused = 0 AND f.good = 0
                     AND (f.ignored = 1 OR (f.edited = 1 AND d.kept_permille < $3)) THEN 1 ELSE 0 END),
                 MAX(f.at)
             FROM feedback_documents d
             JOIN (SELECT outgoing,
                       MAX(CASE WHEN kind = 'discarded' OR rating = -1 THEN 1 ELSE 0 END) AS refused,
                       MAX(CASE WHEN rating = 1 THEN 1 ELSE 0 END) AS good,
                       MAX(CASE WHEN kind = 'ignored' THEN 1 ELSE 0 END) AS ignored,
                       MAX(CASE WHEN kind = 'edited' THEN 1 ELSE 0 END) AS edited,
                       MAX(drafted_at) AS drafted_at, MAX(at) AS at
                   FROM feedback WHERE tenant = $1 GROUP BY outgoing) f ON f.outgoing = d.outgoing
             JOIN documents x ON x.tenant = d.tenant AND x.id = d.document
             JOIN versions v ON v.tenant = d.tenant AND v.document = d.document
                 AND v.valid_from <= $2 AND v.valid_to > $2 AND v.audience IN ('public', 'internal')
             WHERE d.tenant = $1 AND f.drafted_at >= v.valid_from
             GROUP BY d.document, x.kind, x.external_id, v.title, v.url, v.valid_from
             ORDER BY d.document";
        let rows = tx.rows(sql, params![tenant, now, DROPPED_BELOW]).await?;
        rows.into_iter()
            .map(|mut row| {
                let document = row.id()?;
                let kind = row.text()?;
                Ok(Fared {
                    document,
                    kind: domain::Kind::from_name(&kind)
                        .ok_or_else(|| Error::damaged(format!("`{kind}` is no kind of document")))?,
                    external_id: row.text()?,
                    title: row.text()?,
                    url: row.maybe_text()?,
                    since: row.time()?,
                    drafts: row.count()?,
                    refused: row.count()?,
                    rewritten: row.count()?,
                    newest_at: row.time()?,
                })
            })
            .collect()
    }
}

/// Notes which documents a draft cites, and how much of each was sent where the conversation shows it.
async fn cite(
    tx: &mut Tx,
    tenant: TenantId,
    (new, conversation): (&NewFeedback, ConversationId),
) -> Result<(), Error> {
    let sql = "INSERT INTO feedback_documents (tenant, outgoing, document, conversation, kept_permille)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant, outgoing, document) DO UPDATE
             SET kept_permille = COALESCE(excluded.kept_permille, feedback_documents.kept_permille)";
    for (number, document) in (1..).zip(&new.cited) {
        let kept = match &new.said {
            Said::Sent { compared, .. } => compared.sources.get(&number).map(|share| share.permille()),
            Said::By { .. } => None,
        };
        tx.execute(sql, params![tenant, new.outgoing, *document, conversation, kept]).await?;
    }
    Ok(())
}

fn count(words: usize) -> u32 {
    u32::try_from(words).unwrap_or(u32::MAX)
}

fn read(mut row: Row) -> Result<Feedback, Error> {
    let outgoing = row.id()?;
    let said_by = row.text()?;
    let said_by = Some(said_by).filter(|key| !key.is_empty());
    let said_by = said_by.map(|key| key.parse()).transpose();
    Ok(Feedback {
        outgoing,
        said_by: said_by.map_err(|error: domain::id::ParseError| Error::damaged(error.to_string()))?,
        kind: row.word()?,
        changed_permille: row.maybe_count()?,
        words: match (row.maybe_count()?, row.maybe_count()?, row.maybe_count()?) {
            (Some(drafted), Some(sent), Some(kept)) => Some(Words { drafted, sent, kept }),
            _ => None,
        },
        part: row.maybe_text()?,
        rating: row.take::<Option<i64>>()?.map(|sign| if sign > 0 { Rating::Good } else { Rating::Bad }),
        comment: row.maybe_text()?,
        at: row.time()?,
    })
}
