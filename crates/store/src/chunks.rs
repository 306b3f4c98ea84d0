//! Reading chunks: for an answer only within a scope, for the machinery by tenant.

use std::collections::HashMap;
use std::ops::Range;

use domain::{
    Access, Applicability, Audience, Chunk, ChunkId, CompanyId, DocumentId, Kind, Language, Place, SourceId,
    SubjectId, TenantId, Timestamp,
};
use identity::Scope;
use uuid::Uuid;

use crate::Store;
use crate::details;
use crate::error::Error;
use crate::sql::{Id as _, Row, fixed, from_json, params};
use crate::tx::Tx;

/// A chunk as a scope may see it, with what is shown of its document.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedChunk {
    /// The chunk; covered places of a learned answer are open where the scope may know what stands there.
    pub chunk: Chunk,
    /// The covers that are left in the body, in bytes. A sentence that touches one must not be quoted.
    pub covers: Vec<Range<usize>>,
    /// Title of its document.
    pub title: String,
    /// Where a person can read its document.
    pub url: Option<String>,
    /// The source's own id of its document.
    pub external_id: String,
    /// Where its document came from.
    pub source: SourceId,
    /// Whether the source told since when its text stands there; otherwise that is when we read it.
    pub version_known: bool,
}

/// What was asked for, sorted by whether the scope may see it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    /// What may be seen, in the order asked for.
    pub chunks: Vec<LoadedChunk>,
    /// What the scope does not allow: the index should not have found it.
    pub refused: Vec<ChunkId>,
    /// What does not exist, or belongs to another tenant.
    pub gone: Vec<ChunkId>,
}

/// A chunk without its texts and its document, to rank what a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkHead {
    /// The chunk.
    pub id: ChunkId,
    /// The document it belongs to.
    pub document: DocumentId,
    /// Position within the version, from 0.
    pub position: u32,
    /// For which customers it is true.
    pub applicability: Applicability,
    /// Its language.
    pub language: Language,
    /// Whether there is something to quote; a title alone has nothing.
    pub has_body: bool,
    /// Ids that this entry led to.
    pub leads_to: Vec<String>,
}

/// Heads of what was asked for, as far as the scope may see it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heads {
    /// What may be seen, in no order.
    pub chunks: Vec<ChunkHead>,
    /// How many the scope does not allow: the index should not have found them.
    pub refused: usize,
}

/// A chunk without its texts, to compare an index with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkState {
    /// The chunk.
    pub id: ChunkId,
    /// The document it belongs to.
    pub document: DocumentId,
    /// What its document is made of.
    pub kind: Kind,
    /// Who may see it.
    pub audience: Audience,
    /// From when it counts.
    pub valid_from: Timestamp,
    /// Until when it counts.
    pub valid_to: Timestamp,
}

/// Since when an article is known, to count what cannot be placed in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArticleState {
    /// The article.
    pub id: DocumentId,
    /// When it was first written, where the source says.
    pub created_at: Option<Timestamp>,
    /// From when the oldest stored version counts.
    pub known_from: Timestamp,
    /// Whether the source told since when that version counts.
    pub version_known: bool,
}

macro_rules! chunk_columns {
    () => {
        "c.id, c.document, c.version, c.position, c.kind, c.audience, c.audience_id, c.applicability, \
         c.language, c.conversation, c.valid_from, c.valid_to, c.heading_path, c.anchor, c.search_text, \
         c.body, c.leads_to"
    };
}

impl Store {
    /// Loads what a search found, as far as `scope` allows: the second check, on what is stored now.
    pub async fn load_chunks(&self, scope: &Scope, ids: &[ChunkId]) -> Result<Loaded, Error> {
        let tenant = scope.tenant();
        let mut tx = self.pools.read(tenant).await?;
        let sql = concat!(
            "SELECT ",
            chunk_columns!(),
            ", v.title, v.url, d.external_id, d.source, v.version_known FROM chunks c
             JOIN versions v ON v.tenant = c.tenant AND v.id = c.version
             JOIN documents d ON d.tenant = c.tenant AND d.id = c.document
             WHERE c.tenant = $1 AND c.id"
        );
        let mut found = HashMap::new();
        for mut row in tx.rows_in((sql, ""), &fixed![tenant], ids.iter().copied()).await? {
            let chunk = chunk(&mut row)?;
            let loaded = LoadedChunk {
                chunk,
                covers: Vec::new(),
                title: row.text()?,
                url: row.maybe_text()?,
                external_id: row.text()?,
                source: row.id()?,
                version_known: row.bool()?,
            };
            found.insert(loaded.chunk.id, loaded);
        }
        let reach = scope.reach();
        let mut loaded = Loaded::default();
        for id in ids {
            match found.remove(id) {
                None => loaded.gone.push(*id),
                Some(one) if !self.may_load(&reach, &one.chunk.access()) => loaded.refused.push(*id),
                Some(one) => loaded.chunks.push(one),
            }
        }
        details::fill(&mut tx, scope, &mut loaded.chunks).await?;
        Ok(loaded)
    }

    /// Loads what ranks what a search found, as far as `scope` allows: a fraction of the work of loading all texts,
    /// few of which are kept.
    pub async fn load_heads(&self, scope: &Scope, ids: &[ChunkId]) -> Result<Heads, Error> {
        let tenant = scope.tenant();
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT id, document, position, applicability, language,
                 CAST(octet_length(body) AS BIGINT), leads_to,
                 kind, audience, audience_id, conversation, valid_from, valid_to
             FROM chunks WHERE tenant = $1 AND id";
        let reach = scope.reach();
        let mut heads = Heads::default();
        for mut row in tx.rows_in((sql, ""), &fixed![tenant], ids.iter().copied()).await? {
            let head = ChunkHead {
                id: row.id()?,
                document: row.id()?,
                position: row.count()?,
                applicability: applicability(&mut row)?,
                language: Language::from_tag(&row.text()?),
                has_body: row.int()? > 0,
                leads_to: row.json()?,
            };
            let access = Access {
                kind: row.word()?,
                audience: audience(&mut row)?,
                conversation: row.maybe_id()?,
                valid_from: row.time()?,
                valid_to: row.time()?,
            };
            if self.may_load(&reach, &access) {
                heads.chunks.push(head);
            } else {
                heads.refused += 1;
            }
        }
        Ok(heads)
    }

    /// Loads chunks whoever may see them. For checks of the machinery itself, such as planted leaks; an
    /// answer must never come through here.
    pub async fn load_chunks_unscoped_for_maintenance(
        &self,
        tenant: TenantId,
        ids: &[ChunkId],
    ) -> Result<Vec<Chunk>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let mut found = by_id(&mut tx, tenant, ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// Returns up to `limit` chunks without texts, in the order of their ids, behind `after`.
    pub async fn chunk_states(
        &self,
        tenant: TenantId,
        after: Option<ChunkId>,
        limit: u32,
    ) -> Result<Vec<ChunkState>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let after = after.unwrap_or(ChunkId::from_uuid(Uuid::nil()));
        let sql = "SELECT id, document, kind, audience, audience_id, valid_from, valid_to FROM chunks
             WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
        tx.rows(sql, params![tenant, after, limit])
            .await?
            .into_iter()
            .map(|mut row| {
                Ok(ChunkState {
                    id: row.id()?,
                    document: row.id()?,
                    kind: row.word()?,
                    audience: audience(&mut row)?,
                    valid_from: row.time()?,
                    valid_to: row.time()?,
                })
            })
            .collect()
    }

    /// Returns since when each article is known.
    pub async fn article_states(&self, tenant: TenantId) -> Result<Vec<ArticleState>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT v.document, v.created_at, v.valid_from, v.version_known
             FROM versions v JOIN documents d ON d.tenant = v.tenant AND d.id = v.document
             WHERE v.tenant = $1 AND d.kind = 'article' ORDER BY v.document, v.valid_from, v.valid_to";
        let mut states: Vec<ArticleState> = Vec::new();
        for mut row in tx.rows(sql, params![tenant]).await? {
            let state = ArticleState {
                id: row.id()?,
                created_at: row.maybe_time()?,
                known_from: row.time()?,
                version_known: row.bool()?,
            };
            if states.last().is_none_or(|last| last.id != state.id) {
                states.push(state);
            }
        }
        Ok(states)
    }
}

/// Loads chunks of a tenant by id.
pub(crate) async fn by_id(
    tx: &mut Tx,
    tenant: TenantId,
    ids: impl Iterator<Item = ChunkId>,
) -> Result<HashMap<ChunkId, Chunk>, Error> {
    let sql = concat!("SELECT ", chunk_columns!(), " FROM chunks c WHERE c.tenant = $1 AND c.id");
    let rows = tx.rows_in((sql, ""), &fixed![tenant], ids).await?;
    rows.into_iter()
        .map(|mut row| {
            let chunk = chunk(&mut row)?;
            Ok((chunk.id, chunk))
        })
        .collect()
}

/// Reads the columns of `chunk_columns!`.
fn chunk(row: &mut Row) -> Result<Chunk, Error> {
    Ok(Chunk {
        id: row.id()?,
        document: row.id()?,
        version: row.id()?,
        position: row.count()?,
        kind: row.word()?,
        audience: audience(row)?,
        applicability: applicability(row)?,
        language: Language::from_tag(&row.text()?),
        conversation: row.maybe_id()?,
        valid_from: row.time()?,
        valid_to: row.time()?,
        place: Place { heading_path: row.json()?, anchor: row.maybe_text()? },
        search_text: row.text()?,
        body: row.text()?,
        leads_to: row.json()?,
    })
}

fn audience(row: &mut Row) -> Result<Audience, Error> {
    let (kind, id) = (row.text()?, row.maybe_id::<SubjectId>()?);
    match (kind.as_str(), id) {
        ("public", None) => Ok(Audience::Public),
        ("internal", None) => Ok(Audience::Internal),
        ("company", Some(id)) => Ok(Audience::Company(CompanyId::wrap(id.bare()))),
        ("person", Some(id)) => Ok(Audience::Person(id)),
        _ => Err(Error::damaged(format!("`{kind}` is no audience"))),
    }
}

fn applicability(row: &mut Row) -> Result<Applicability, Error> {
    row.maybe_text()?.map_or_else(|| Ok(Applicability::default()), |text| from_json(&text))
}
