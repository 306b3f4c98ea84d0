//! Documents looked at by their own ids, when no list shows them.

use connector::Error;
use domain::record::{ExternalId, Record};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::position::Position;
use super::round::Candidate;
use super::tree::Tree;
use super::{Drive, Found};
use crate::wire::File;

/// How many are looked at at once.
const AT_ONCE: usize = 4;

impl Drive {
    /// Returns each that is there and chosen as a record, and a deletion for each that is not. Where each lies is asked
    /// folder by folder, so no list is relied on. What cannot be read for the moment is asked for again by the rounds
    /// that follow.
    pub(super) async fn look_at(
        &self,
        position: &mut Position,
        ids: &[ExternalId],
    ) -> Result<Vec<Record>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let tree = self.tree().await?;
        let tree = &*tree;
        let ids: Vec<String> = ids.iter().map(|id| id.id.clone()).collect();
        let looked = stream::iter(ids).map(|id| async move { self.candidate(tree, &id).await });
        let looked: Vec<Option<Candidate>> = looked.buffered(AT_ONCE).try_collect().await?;
        let mut found = Found::default();
        self.take(position, looked.into_iter().flatten().collect(), &mut found).await?;
        Ok(found.records)
    }

    /// Finds out where a file lies; nothing when what Google says of it cannot be read.
    async fn candidate(&self, tree: &Tree, id: &str) -> Result<Option<Candidate>, Error> {
        match self.file_value(id).await {
            Ok(value) => match File::read(value) {
                Some(file) => Ok(Some(self.place(tree, file).await?)),
                None => Ok(None),
            },
            Err(failure) if failure.is_gone() => Ok(Some(Candidate { id: id.to_owned(), file: None })),
            Err(failure) => Err(failure.into()),
        }
    }
}
