//! Vectors that were computed before, by model and text.
//!
//! The cache belongs to no tenant: a vector follows from the model and the text alone, and is only found by
//! whoever has the text.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{ChunkId, TenantId};

use crate::Store;
use crate::error::Error;
use crate::sql::{fixed, params};

/// What a text is known by among a few million others: the beginning of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextMark(u64);

impl TextMark {
    fn of(hash: &[u8; 32]) -> Self {
        Self(hash.first_chunk().map_or(0, |beginning| u64::from_le_bytes(*beginning)))
    }
}

/// How far a sweep of the cache has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SweptTo {
    model: String,
    hash: Vec<u8>,
}

impl Store {
    /// Returns the vectors that `model` (its checksum) gave for texts with these hashes before.
    pub async fn cached_embeddings(
        &self,
        model: &str,
        hashes: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Vec<f32>>, Error> {
        let mut tx = self.pools.read(None).await?;
        let sql = "SELECT text_hash, vector FROM embeddings WHERE model = $1 AND text_hash";
        let rows = tx.rows_in((sql, ""), &fixed![model], hashes).await?;
        rows.into_iter().map(|mut row| Ok((row.hash()?, unpack(&row.bytes()?)?))).collect()
    }

    /// Keeps vectors that `model` gave for texts of a tenant; what is there already stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such tenant any more: nothing of its texts may stay behind.
    pub async fn put_embeddings(
        &self,
        tenant: TenantId,
        model: &str,
        vectors: Vec<([u8; 32], Vec<f32>)>,
    ) -> Result<(), Error> {
        let mut tx = self.pools.write(tenant).await?;
        let rows = vectors.iter().map(|(hash, vector)| params![model, hash, pack(vector)]);
        tx.insert("embeddings (model, text_hash, vector)", rows, "ON CONFLICT DO NOTHING").await?;
        tx.commit().await
    }

    /// Forgets the vectors of texts, whatever model gave them: a vector can tell what its text said.
    pub async fn erase_embeddings(&self, hashes: &[[u8; 32]]) -> Result<u64, Error> {
        let mut tx = self.pools.write(None).await?;
        let erased = tx.execute_in(("DELETE FROM embeddings WHERE text_hash", ""), &[], hashes).await?;
        tx.commit().await?;
        Ok(erased)
    }

    /// Returns the texts of up to `limit` chunks of a tenant after `after`, for [`Store::sweep_embeddings`], each
    /// with its chunk. An empty page is the end.
    pub async fn texts_in_use(
        &self,
        tenant: TenantId,
        after: Option<ChunkId>,
        limit: u32,
    ) -> Result<Vec<(ChunkId, TextMark)>, Error> {
        let mut tx = self.pools.read(tenant).await?;
        let sql = "SELECT id, search_text FROM chunks WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
        let after = after.map(|chunk| chunk.uuid().as_bytes().to_vec()).unwrap_or_default();
        let rows = tx.rows(sql, params![tenant, after, limit]).await?;
        rows.into_iter()
            .map(|mut row| {
                let chunk = row.id()?;
                Ok((chunk, TextMark::of(&domain::text::hash(&[row.text()?.as_bytes()]))))
            })
            .collect()
    }

    /// Looks at up to `limit` vectors after `place`, forgets those whose texts are not `in_use`, and returns how
    /// many these were; `None` at the end.
    pub async fn sweep_embeddings(
        &self,
        place: &mut SweptTo,
        in_use: &HashSet<TextMark>,
        limit: u32,
    ) -> Result<Option<u64>, Error> {
        let mut tx = self.pools.write(None).await?;
        let sql = "SELECT model, text_hash FROM embeddings WHERE (model, text_hash) > ($1, $2)
             ORDER BY model, text_hash LIMIT $3";
        let page = tx.rows(sql, params![&place.model, place.hash.clone(), limit]).await?;
        let mut unused: BTreeMap<String, Vec<[u8; 32]>> = BTreeMap::new();
        let mut last = None;
        for mut row in page {
            let (model, hash) = (row.text()?, row.hash()?);
            if !in_use.contains(&TextMark::of(&hash)) {
                unused.entry(model.clone()).or_default().push(hash);
            }
            last = Some(SweptTo { model, hash: hash.to_vec() });
        }
        let Some(last) = last else { return Ok(None) };
        let mut gone = 0;
        for (model, hashes) in &unused {
            let sql = "DELETE FROM embeddings WHERE model = $1 AND text_hash";
            gone += tx.execute_in((sql, ""), &fixed![model], hashes).await?;
        }
        tx.commit().await?;
        *place = last;
        Ok(Some(gone))
    }
}

fn pack(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn unpack(bytes: &[u8]) -> Result<Vec<f32>, Error> {
    let (values, []) = bytes.as_chunks::<4>() else {
        return Err(Error::damaged("a cached embedding is cut off"));
    };
    Ok(values.iter().map(|value| f32::from_le_bytes(*value)).collect())
}
