//! What the folders are like: which rule holds for what lies in each, and with whom it is shared.
//!
//! A change of rights on a folder or a shared drive makes no entry for what lies below. So each folder has a
//! fingerprint of what its documents get from it, and when that changes, its documents are handed over again.

use std::collections::{BTreeMap, BTreeSet};

use connector::Error;
use domain::text::{hash, hex};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::position::{Position, group};
use super::tree::Tree;
use super::{Drive, position};
use crate::audience::{Access, Lineage};
use crate::wire::File;

/// How many folders are asked about at once.
const AT_ONCE: usize = 8;
/// Most folders of one group that are asked about for a document in one of them; of more, all are doubted.
const MOST_TOGETHER: usize = 32;

impl Drive {
    /// Returns what each group of folders is like.
    pub(super) async fn folder_sums(&self, tree: &Tree) -> Result<BTreeMap<u16, String>, Error> {
        let folders = tree.folders.values().map(|folder| folder.file.clone());
        let all: Vec<File> = folders.chain(tree.roots.singles.values().cloned()).collect();
        let prints = stream::iter(all).map(|file| self.print(tree, file));
        let prints: BTreeMap<String, String> = prints.buffered(AT_ONCE).try_collect().await?;
        Ok(position::sums(&prints))
    }

    /// Notes that folders are other than when they were looked at last, while documents of theirs are handed over. They
    /// may be what they were again by the next look, and a shared drive's members may even change without a word in
    /// any log; then nothing would show that these documents were handed over as they were in between.
    pub(super) async fn doubt_folders(&self, position: &mut Position, files: &[File]) -> Result<(), Error> {
        if files.is_empty() {
            return Ok(());
        }
        let tree = self.tree().await?;
        let holds = |file: &File| match tree.roots.singles.get(&file.id) {
            Some(_) => Some(file.id.clone()),
            None => file.parent().map(str::to_owned),
        };
        let groups: BTreeSet<u16> = files.iter().filter_map(holds).map(|id| group(&id)).collect();
        let all = tree.folders.values().map(|folder| &folder.file).chain(tree.roots.singles.values());
        let mut together: BTreeMap<u16, Vec<File>> = BTreeMap::new();
        for file in all.filter(|file| groups.contains(&group(&file.id))) {
            together.entry(group(&file.id)).or_default().push(file.clone());
        }
        for group in groups {
            let some = together.remove(&group).unwrap_or_default();
            let is_cheap = some.len() <= MOST_TOGETHER || !self.rules.mind_sharing();
            let is_same = is_cheap && {
                let prints = stream::iter(some).map(|file| self.print(&tree, file));
                let prints: BTreeMap<String, String> = prints.buffered(AT_ONCE).try_collect().await?;
                position::sums(&prints).get(&group) == position.folders.get(&group)
            };
            if !is_same {
                position.doubt(group);
            }
        }
        Ok(())
    }

    async fn print(&self, tree: &Tree, file: File) -> Result<(String, String), Error> {
        let lineage = self.inside(tree, &file).await?;
        let depends = self.rules.depend_on_sharing(&lineage);
        let access = if depends { self.access(&file).await? } else { Access::Known(BTreeSet::new()) };
        // A document may be shared by itself, so that another rule decides about it than about the folder: what counts
        // is which rules fit here at all, and not which one of them would decide.
        let fitting = self.rules.fitting(&lineage);
        let print = format!("{fitting:?} {access:?} {}", lineage.is_limited);
        Ok((file.id, hex(&hash(&[print.as_bytes()])[..6])))
    }

    /// Returns where a document lies that is in this folder, or the one that was chosen by itself.
    async fn inside(&self, tree: &Tree, file: &File) -> Result<Lineage, Error> {
        let probe = match tree.folders.get(&file.id) {
            None => file.clone(),
            Some(folder) => File {
                parents: vec![file.id.clone()],
                drive_id: folder.drive().map(str::to_owned),
                ..File::default()
            },
        };
        Ok(self.lineage(tree, &probe).await?.unwrap_or_default())
    }
}
