//! Vectors that were computed before, by model and text.
//!
//! The cache belongs to no tenant: a vector follows from the model and the text alone, and is only found by
//! whoever has the text.

use std::collections::HashMap;

use crate::Store;
use crate::error::Error;
use crate::sql::{fixed, params};

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

    /// Keeps vectors that `model` gave; what is there already stays.
    pub async fn put_embeddings(&self, model: &str, vectors: Vec<([u8; 32], Vec<f32>)>) -> Result<(), Error> {
        let mut tx = self.pools.write(None).await?;
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
