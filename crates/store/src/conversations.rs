//! Conversations and their turns.

use std::collections::{HashMap, HashSet};

use domain::record::Role;
use domain::{Conversation, ConversationId, Language, SourceId, SubjectId, TenantId, Timestamp, Turn};

use crate::error::Error;
use crate::pages::Saved;
use crate::people::Sighting;
use crate::sql::{Param, Row, fixed, params, to_json, to_word};
use crate::tx::Tx;
use crate::{Store, people};

/// Which conversations a list shows: those that began from `since` on and before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first moment.
    pub since: Timestamp,
    /// The first moment that no longer counts.
    pub until: Timestamp,
}

impl Range {
    /// All conversations.
    pub const ALL: Self = Self { since: Timestamp::MIN, until: Timestamp::OPEN };
}

macro_rules! columns {
    () => {
        "SELECT id, external_id, channel, language, created_at, subject_id, subject, topic, tags, status, \
         solution_turn, rating, weight FROM conversations"
    };
}

impl Store {
    /// Returns a conversation with all its turns.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the tenant has no such conversation.
    pub async fn conversation(&self, tenant: TenantId, id: ConversationId) -> Result<Conversation, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(columns!(), " WHERE tenant = $1 AND id = $2");
        let rows = tx.rows(sql, params![tenant, id]).await?;
        let mut found = with_turns(&mut tx, tenant, rows).await?;
        found.pop().ok_or_else(|| Error::not_found("conversation", id))
    }

    /// Returns up to `limit` conversations with all their turns, oldest first, behind the one that `after`
    /// names by its beginning and id.
    pub async fn list_conversations(
        &self,
        tenant: TenantId,
        range: Range,
        after: Option<(Timestamp, ConversationId)>,
        limit: u32,
    ) -> Result<Vec<Conversation>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let (at, id) = after.unwrap_or((Timestamp::MIN, ConversationId::from_uuid(uuid::Uuid::nil())));
        let sql = concat!(
            columns!(),
            " WHERE tenant = $1 AND created_at >= $2 AND created_at < $3
                 AND (created_at > $4 OR (created_at = $4 AND id > $5))
             ORDER BY created_at, id LIMIT $6"
        );
        let rows = tx.rows(sql, params![tenant, range.since.max(at), range.until, at, id, limit]).await?;
        with_turns(&mut tx, tenant, rows).await
    }

    /// Returns who began these conversations, of those that are stored and in which the customer was never
    /// seen as a user.
    pub async fn begun_by_no_user(
        &self,
        tenant: TenantId,
        conversations: &[ConversationId],
    ) -> Result<HashMap<ConversationId, SubjectId>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT c.id, c.subject_id FROM conversations c
             WHERE c.tenant = $1 AND c.subject_id IS NOT NULL AND NOT EXISTS
                 (SELECT 1 FROM observations o WHERE o.tenant = c.tenant AND o.subject = c.subject_id
                      AND o.conversation = c.id AND o.role = $2)
             AND c.id";
        let user = fixed![tenant, to_word(&Role::User)];
        let rows = tx.rows_in((sql, ""), &user, conversations.iter().copied()).await?;
        rows.into_iter().map(|mut row| Ok((row.id()?, row.id()?))).collect()
    }

    /// Returns how many conversations a list would show in all.
    pub async fn count_conversations(&self, tenant: TenantId, range: Range) -> Result<u64, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT COUNT(*) FROM conversations
             WHERE tenant = $1 AND created_at >= $2 AND created_at < $3";
        tx.one(sql, params![tenant, range.since, range.until]).await?.count()
    }
}

async fn with_turns(tx: &mut Tx, tenant: TenantId, rows: Vec<Row>) -> Result<Vec<Conversation>, Error> {
    let mut conversations = rows.into_iter().map(conversation).collect::<Result<Vec<_>, _>>()?;
    let ids = || conversations.iter().map(|conversation| conversation.id);
    let mut turns: HashMap<ConversationId, Vec<Turn>> = HashMap::new();
    let sql = "SELECT conversation, position, author, author_id, at, text, cites FROM turns
         WHERE tenant = $1 AND conversation";
    let order = "ORDER BY conversation, position";
    for mut row in tx.rows_in((sql, order), &fixed![tenant], ids()).await? {
        turns.entry(row.id()?).or_default().push(turn(&mut row)?);
    }
    let mut readers: HashMap<ConversationId, Vec<SubjectId>> = HashMap::new();
    let sql = "SELECT conversation, subject FROM conversation_readers WHERE tenant = $1 AND conversation";
    for mut row in tx.rows_in((sql, order), &fixed![tenant], ids()).await? {
        readers.entry(row.id()?).or_default().push(row.id()?);
    }
    for conversation in &mut conversations {
        conversation.turns = turns.remove(&conversation.id).unwrap_or_default();
        conversation.readers = readers.remove(&conversation.id).unwrap_or_default();
    }
    Ok(conversations)
}

fn conversation(mut row: Row) -> Result<Conversation, Error> {
    Ok(Conversation {
        id: row.id()?,
        external_id: row.text()?,
        channel: row.word()?,
        language: Language::from_tag(&row.text()?),
        created_at: row.time()?,
        subject_id: row.maybe_id()?,
        readers: Vec::new(),
        subject: row.maybe_text()?,
        topic: row.maybe_text()?,
        tags: row.json()?,
        status: row.word()?,
        solution_turn: row.maybe_count()?,
        rating: row.maybe_count()?,
        weight: row.take()?,
        turns: Vec::new(),
    })
}

fn turn(row: &mut Row) -> Result<Turn, Error> {
    Ok(Turn {
        position: row.count()?,
        author: row.word()?,
        author_id: row.maybe_text()?,
        at: row.time()?,
        text: row.text()?,
        cites: row.json()?,
    })
}

/// Writes conversations; of one that stands in the list several times, the last state. What was seen in a known
/// one is forgotten, except of its customer where `sightings` say nothing of it.
pub(crate) async fn save(
    tx: &mut Tx,
    (tenant, source): (TenantId, SourceId),
    (conversations, sightings): (Vec<Conversation>, &[Sighting]),
    saved: &mut Saved,
) -> Result<(), Error> {
    let newest: HashMap<ConversationId, Conversation> =
        conversations.into_iter().map(|conversation| (conversation.id, conversation)).collect();
    let sql = "SELECT id FROM conversations WHERE tenant = $1 AND id";
    let known = tx.rows_in((sql, ""), &fixed![tenant], newest.keys().copied()).await?;
    let known = known.into_iter().map(|mut row| row.id()).collect::<Result<Vec<ConversationId>, _>>()?;
    saved.conversations_replaced += known.len() as u64;
    saved.conversations_new += (newest.len() - known.len()) as u64;
    let seen: HashSet<(Option<ConversationId>, SubjectId)> =
        sightings.iter().map(|one| (one.conversation, one.facts.subject)).collect();
    let kept: HashMap<ConversationId, SubjectId> = known
        .iter()
        .filter_map(|id| Some((*id, newest[id].subject_id?)))
        .filter(|(id, subject)| !seen.contains(&(Some(*id), *subject)))
        .collect();
    saved.subjects_touched.extend(people::forget(tx, tenant, &known, &kept).await?);
    empty(tx, tenant, &known).await?;
    let (mut rows, mut readers, mut turns) = (Vec::new(), Vec::new(), Vec::new());
    for conversation in newest.into_values() {
        let Conversation { id, readers: who, turns: said, .. } = &conversation;
        let reader_row = |(position, reader): (u32, &SubjectId)| params![tenant, *id, position, *reader];
        readers.extend((0..).zip(who).map(reader_row));
        turns.extend(said.iter().map(|turn| turn_row(tenant, *id, turn)));
        rows.push(conversation_row((tenant, source), conversation));
    }
    tx.insert(
        "conversations (tenant, id, source, external_id, channel, language, created_at, subject_id, subject,
             topic, tags, status, solution_turn, rating, weight)",
        rows,
        "ON CONFLICT (tenant, id) DO UPDATE SET channel = excluded.channel, language = excluded.language,
             created_at = excluded.created_at, subject_id = excluded.subject_id, subject = excluded.subject,
             topic = excluded.topic, tags = excluded.tags, status = excluded.status,
             solution_turn = excluded.solution_turn, rating = excluded.rating, weight = excluded.weight",
    )
    .await?;
    tx.insert("conversation_readers (tenant, conversation, position, subject)", readers, "").await?;
    let columns = "turns (tenant, conversation, position, author, author_id, at, text, cites)";
    tx.insert(columns, turns, "").await?;
    Ok(())
}

/// Removes the turns and readers of conversations.
pub(crate) async fn empty(
    tx: &mut Tx,
    tenant: TenantId,
    conversations: &[ConversationId],
) -> Result<(), Error> {
    for sql in [
        "DELETE FROM turns WHERE tenant = $1 AND conversation",
        "DELETE FROM conversation_readers WHERE tenant = $1 AND conversation",
    ] {
        tx.execute_in((sql, ""), &fixed![tenant], conversations.iter().copied()).await?;
    }
    Ok(())
}

fn conversation_row((tenant, source): (TenantId, SourceId), conversation: Conversation) -> Vec<Param> {
    params![
        tenant,
        conversation.id,
        source,
        conversation.external_id,
        to_word(&conversation.channel),
        conversation.language.code(),
        conversation.created_at,
        conversation.subject_id,
        conversation.subject,
        conversation.topic,
        to_json(&conversation.tags),
        to_word(&conversation.status),
        conversation.solution_turn,
        conversation.rating,
        conversation.weight,
    ]
}

fn turn_row(tenant: TenantId, conversation: ConversationId, turn: &Turn) -> Vec<Param> {
    params![
        tenant,
        conversation,
        turn.position,
        turn.author.name(),
        &turn.author_id,
        turn.at,
        &turn.text,
        to_json(&turn.cites),
    ]
}
