//! Documents looked at by their own ids, when no list shows them.

use connector::Error;
use domain::record::{ExternalId, Record};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::content::Held;
use super::tree::Tree;
use super::{Drive, named};
use crate::wire::File;

/// How many are looked at at once.
const AT_ONCE: usize = 4;

impl Drive {
    /// Returns each that is there and chosen as a record, and a deletion for each that is not. Where each lies is asked
    /// folder by folder, so no list is relied on.
    pub(super) async fn look_at(&self, ids: &[ExternalId]) -> Result<Vec<Record>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let tree = self.tree().await?;
        let tree = &*tree;
        let ids: Vec<String> = ids.iter().map(|id| id.id.clone()).collect();
        let looked = stream::iter(ids).map(|id| async move { self.look_at_one(tree, &id).await });
        let looked: Vec<Option<Record>> = looked.buffered(AT_ONCE).try_collect().await?;
        Ok(looked.into_iter().flatten().collect())
    }

    async fn look_at_one(&self, tree: &Tree, id: &str) -> Result<Option<Record>, Error> {
        let file = match self.file_value(id).await {
            Ok(value) => File::read(value),
            Err(failure) if failure.is_gone() => return Ok(Some(Record::Deleted(named(id)))),
            Err(failure) => return Err(failure.into()),
        };
        let Some(file) = file else { return Ok(None) };
        match self.place(tree, file).await?.file {
            Some((file, lineage)) => {
                Ok(self.hand_over(&file, &lineage, Held::ByTheseRules).await?.into_parts(id).0)
            }
            None => Ok(Some(Record::Deleted(named(id)))),
        }
    }
}
