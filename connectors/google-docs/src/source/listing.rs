//! The listing: the ids of everything that pulling from the beginning would hand over.

use std::collections::BTreeMap;

use connector::{Error, Problem};
use domain::record::ExternalId;

use super::tree::Tree;
use super::{Drive, named};
use crate::audience::{Access, Lineage, Outcome};
use crate::wire::File;

/// All ids in ascending order, and what could not be looked into.
#[derive(Debug)]
pub(super) struct Everything {
    ids: Vec<ExternalId>,
    pub(super) unseen: Vec<Problem>,
}

/// What lies below one root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The root's id.
    pub root: String,
    /// What it is called.
    pub name: String,
    /// Documents that are read.
    pub documents: u64,
    /// Files that are not: of other kinds, too large, closed, or left out by a rule.
    pub others: u64,
}

impl Everything {
    /// Returns at most `count` ids after `after`, and whether more follow.
    pub(super) fn after(&self, after: Option<&ExternalId>, count: usize) -> (Vec<ExternalId>, bool) {
        let start = after.map_or(0, |after| self.ids.partition_point(|id| id <= after));
        let rest = &self.ids[start..];
        (rest.iter().take(count).cloned().collect(), rest.len() > count)
    }
}

impl Drive {
    pub(super) async fn everything(&self) -> Result<Everything, Error> {
        let tree = self.scan_all().await?;
        let mut ids = Vec::new();
        for (id, file) in &tree.files {
            if self.is_read(&tree, file).await?.is_some() {
                ids.push(named(id));
            }
        }
        Ok(Everything { ids, unseen: tree.unseen })
    }

    /// Counts what lies below each root, by Drive's own lists.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn counts(&self) -> Result<Vec<Count>, Error> {
        let tree = self.scan_all().await?;
        tree.whole()?;
        let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
        let roots = tree.roots.folders.iter().map(|(id, folder)| (id, &folder.file));
        for (id, file) in roots.chain(&tree.roots.singles) {
            let count = Count { root: id.clone(), name: file.name.clone(), documents: 0, others: 0 };
            counts.insert(id, count);
        }
        for (id, file) in &tree.files {
            let lineage = self.is_read(&tree, file).await?;
            let place = match &lineage {
                Some(lineage) => Some(lineage.clone()),
                None => self.lineage(&tree, file).await?,
            };
            let folders = place.iter().flat_map(|place| &place.folders).map(|(folder, _)| folder.as_str());
            let root = [id.as_str()].into_iter().chain(folders).find(|id| counts.contains_key(id));
            if let Some(count) = root.and_then(|root| counts.get_mut(root)) {
                *(if lineage.is_some() { &mut count.documents } else { &mut count.others }) += 1;
            }
        }
        Ok(counts.into_values().collect())
    }

    /// Returns where a file lies when it is read, as far as that shows without reading it.
    async fn is_read(&self, tree: &Tree, file: &File) -> Result<Option<Lineage>, Error> {
        if self.obstacle(file).is_some() {
            return Ok(None);
        }
        let Some(lineage) = self.lineage(tree, file).await? else { return Ok(None) };
        let depends = self.rules.may_leave_out_by_sharing(&lineage);
        let access = if depends { self.access(file).await? } else { Access::Known(Default::default()) };
        let is_left_out = self.rules.decide(&lineage, &access).outcome == Outcome::LeaveOut;
        Ok((!is_left_out).then_some(lineage))
    }
}
