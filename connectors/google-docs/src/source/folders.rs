//! What the folders are like: which rule holds for what lies in each, and with whom it is shared.
//!
//! A change of rights on a folder or a shared drive makes no entry for what lies below. So each folder has a
//! fingerprint of what its documents get from it, and when that changes, its documents are handed over again.

use std::collections::{BTreeMap, BTreeSet};

use connector::Error;
use domain::text::{hash, hex};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::tree::Tree;
use super::{Drive, position};
use crate::audience::{Access, Lineage};
use crate::wire::File;

/// How many folders are asked about at once.
const AT_ONCE: usize = 8;

impl Drive {
    /// Returns what each group of folders is like.
    pub(super) async fn folder_sums(&self, tree: &Tree) -> Result<BTreeMap<u16, String>, Error> {
        let folders = tree.folders.values().map(|folder| folder.file.clone());
        let all: Vec<File> = folders.chain(tree.roots.singles.values().cloned()).collect();
        let prints = stream::iter(all).map(|file| self.print(tree, file));
        let prints: BTreeMap<String, String> = prints.buffered(AT_ONCE).try_collect().await?;
        Ok(position::sums(&prints))
    }

    async fn print(&self, tree: &Tree, file: File) -> Result<(String, String), Error> {
        let lineage = self.inside(tree, &file).await?;
        let depends = self.rules.depend_on_sharing(&lineage);
        let access = if depends { self.access(&file).await? } else { Access::Known(BTreeSet::new()) };
        let outcome = self.rules.decide(&lineage, &access).outcome;
        let print = format!("{outcome:?} {access:?} {}", lineage.is_limited);
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
