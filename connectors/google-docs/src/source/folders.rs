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
        let folders = tree.folders.iter().map(|(id, folder)| (id.as_str(), &folder.file));
        let singles = tree.roots.singles.iter().map(|(id, file)| (id.as_str(), file));
        let all: Vec<(&str, &File)> = folders.chain(singles).collect();
        let prints = stream::iter(all.into_iter().map(|(id, file)| self.print(tree, id, file)));
        let prints: BTreeMap<String, String> = prints.buffered(AT_ONCE).try_collect().await?;
        Ok(position::sums(&prints))
    }

    async fn print(&self, tree: &Tree, id: &str, file: &File) -> Result<(String, String), Error> {
        let lineage = self.inside(tree, id, file).await?;
        let depends = self.rules.depend_on_sharing(&lineage);
        let access = if depends { self.access(file).await? } else { Access::Known(BTreeSet::new()) };
        let outcome = self.rules.decide(&lineage, &access).outcome;
        let print = format!("{outcome:?} {access:?} {}", lineage.is_limited);
        Ok((id.to_owned(), hex(&hash(&[print.as_bytes()])[..6])))
    }

    /// Returns where a document lies that is in this folder, or the one that was chosen by itself.
    async fn inside(&self, tree: &Tree, id: &str, file: &File) -> Result<Lineage, Error> {
        let probe = match tree.folders.contains_key(id) {
            false => file.clone(),
            true => File {
                parents: vec![id.to_owned()],
                drive_id: tree.folders[id].drive().map(str::to_owned),
                ..File::default()
            },
        };
        Ok(self.lineage(tree, &probe).await?.unwrap_or_default())
    }
}
