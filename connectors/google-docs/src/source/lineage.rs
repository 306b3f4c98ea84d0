//! Where a document lies: the folders above it, looked up in the tree or asked for one by one.

use std::collections::BTreeSet;

use connector::Error;

use super::Drive;
use super::tree::Tree;
use crate::audience::{Access, Lineage};
use crate::client::Failure;
use crate::wire::{self, File, PERMISSION_FIELDS, Permission};

/// Most folders above another that are followed; Drive allows about a hundred.
const DEEPEST: usize = 120;

impl Drive {
    /// Returns where a file lies when it belongs to what was chosen.
    ///
    /// A tree may lack a folder that is new or that a list left out, so what it does not know is asked for before
    /// anything is called outside.
    pub(super) async fn lineage(&self, tree: &Tree, file: &File) -> Result<Option<Lineage>, Error> {
        let mut lineage = Lineage {
            id: file.id.clone(),
            is_limited: file.inherited_permissions_disabled,
            folders: Vec::new(),
            drive: file.drive_id.clone(),
        };
        let mut is_chosen = tree.roots.singles.contains_key(&file.id);
        let mut seen = BTreeSet::new();
        let mut above = file.parent().map(str::to_owned);
        while let Some(id) = above.take() {
            if !seen.insert(id.clone()) || seen.len() > DEEPEST {
                break;
            }
            if let Some(folder) = tree.folders.get(&id) {
                is_chosen = true;
                lineage.drive = lineage.drive.or_else(|| folder.drive().map(str::to_owned));
                lineage.folders.push((id.clone(), folder.file.inherited_permissions_disabled));
                above = folder.file.parent().map(str::to_owned);
                // What lies above the roots matters when rules name folders that are not below them.
                let is_root = tree.roots.folders.contains_key(&id);
                let minds = self.rules.folders().any(|named| !tree.folders.contains_key(named));
                if is_root && !minds && above.as_ref().is_some_and(|id| !tree.folders.contains_key(id)) {
                    break;
                }
                continue;
            }
            let minds = self.rules.folders().next().is_some();
            if is_chosen && !minds {
                break;
            }
            let Some(folder) = self.climb(&id).await? else { break };
            lineage.folders.push((id, folder.inherited_permissions_disabled));
            above = folder.parent().map(str::to_owned);
        }
        Ok(is_chosen.then_some(lineage))
    }

    /// Returns a folder that the tree does not know; none when it is hidden.
    async fn climb(&self, id: &str) -> Result<Option<File>, Error> {
        let kept = self.warm().climbed.get(id).cloned();
        if let Some(folder) = kept {
            return Ok(folder);
        }
        let folder = match self.file_value(id).await {
            Ok(value) => File::read(value).filter(|file| !file.trashed),
            Err(failure) if failure.is_closed() => None,
            Err(failure) => return Err(failure.into()),
        };
        self.warm().climbed.insert(id.to_owned(), folder.clone());
        Ok(folder)
    }

    /// Finds out with whom a file or folder is shared, among those that rules name.
    pub(super) async fn access(&self, file: &File) -> Result<Access, Error> {
        if let Some(permissions) = &file.permissions {
            return Ok(self.rules.access(permissions));
        }
        match self.permissions(&file.id).await {
            Ok(permissions) => Ok(self.rules.access(&permissions)),
            // Readers may not see it; what is hidden is unknown, and unknown means internal.
            Err(failure) if failure.is_closed() || failure.is_unusable() => Ok(Access::Unknown),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn permissions(&self, id: &str) -> Result<Vec<Permission>, Failure> {
        let mut all = Vec::new();
        let mut tokens = BTreeSet::new();
        let mut token: Option<String> = None;
        loop {
            let mut query =
                vec![("supportsAllDrives", "true"), ("pageSize", "100"), ("fields", PERMISSION_FIELDS)];
            query.extend(token.as_deref().map(|token| ("pageToken", token)));
            let page = self.client.drive(&["files", id, "permissions"], &query).await?;
            let broken = |how| Failure::unreadable("GET /files/…/permissions", how);
            let items = page["permissions"].as_array().ok_or_else(|| broken("has no list"))?;
            for item in items {
                let permission = serde_json::from_value(item.clone());
                all.push(permission.map_err(|_| broken("has an entry that cannot be read"))?);
            }
            match wire::text(&page, "nextPageToken") {
                None => return Ok(all),
                Some(next) if !tokens.insert(next.to_owned()) => {
                    return Err(broken("repeats a page without end"));
                }
                Some(next) => token = Some(next.to_owned()),
            }
        }
    }
}
