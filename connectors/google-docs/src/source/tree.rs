//! What lies below the chosen roots: the folders alone, or everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use connector::{Error, Problem};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Drive, Root, WARM};
use crate::client::{Failure, Reach};
use crate::wire::{self, FILE_FIELDS, FOLDER, File};

/// How many folders are asked about in one call; their ids have to fit into its address.
const FOLDERS_PER_CALL: usize = 40;
/// How often a list is begun anew whose page was refused in the middle.
const BEGINNINGS: u8 = 3;
/// When to come back when a part could not be looked into.
const SOON: Duration = Duration::from_secs(60);

/// A folder that is read.
#[derive(Clone, PartialEq)]
pub(super) struct Folder {
    pub(super) file: File,
    /// The shared drive in whose list and log it is, or the user's own when there is none. A folder in the drive of
    /// others, to which this user does not belong, is in the user's own.
    pub(super) corpus: Option<String>,
    /// Whether it is a shared drive, and not a folder in one.
    pub(super) is_drive: bool,
}

impl Folder {
    /// Returns the shared drive it is or lies in.
    pub(super) fn drive(&self) -> Option<&str> {
        if self.is_drive { Some(&self.file.id) } else { self.file.drive_id.as_deref() }
    }
}

/// What the roots are.
#[derive(Clone, Default)]
pub(super) struct Roots {
    pub(super) folders: BTreeMap<String, Folder>,
    /// Documents that were chosen by themselves.
    pub(super) singles: BTreeMap<String, File>,
    /// The shared drives that roots lie in, and whether this user belongs to them.
    drives: BTreeMap<String, bool>,
    /// Roots that are not there, and why.
    pub(super) gone: BTreeMap<String, String>,
}

impl Roots {
    /// Fails when there is no root left at all.
    pub(super) fn any_present(&self) -> Result<(), Error> {
        if !self.folders.is_empty() || !self.singles.is_empty() {
            return Ok(());
        }
        let (id, why) = self.gone.iter().next().map_or(("", ""), |(id, why)| (id.as_str(), why.as_str()));
        let what = format!("nothing of what was chosen is there, such as `{id}`: {why}");
        Err(Error::NotFound { what })
    }

    /// Returns whose logs of changes matter: those of shared drives, then the user's own. The user's comes last
    /// because what leaves a shared drive for a folder of the user has to be there in the end.
    pub(super) fn logs(&self) -> Vec<Option<String>> {
        let drives = self.folders.values().map(|folder| folder.corpus.as_deref());
        let singles = self.singles.values().map(|file| file.drive_id.as_deref());
        let singles = singles.map(|drive| drive.filter(|drive| self.drives.get(*drive) == Some(&true)));
        let all: BTreeSet<Option<&str>> = drives.chain(singles).collect();
        all.into_iter().rev().map(|drive| drive.map(str::to_owned)).collect()
    }
}

/// What lies below the roots.
#[derive(Clone, Default)]
pub(super) struct Tree {
    pub(super) roots: Roots,
    /// Folders by id, the roots among them.
    pub(super) folders: BTreeMap<String, Folder>,
    /// Everything else by id, when it was asked for.
    pub(super) files: BTreeMap<String, File>,
    /// Parts that could not be looked into.
    pub(super) unseen: Vec<Problem>,
}

impl Tree {
    /// Fails when a part could not be looked into.
    pub(super) fn whole(&self) -> Result<(), Error> {
        match self.unseen.first() {
            None => Ok(()),
            Some(problem) => {
                let what = format!("a part cannot be looked into for the moment ({problem})");
                Err(Error::RetryLater { what, after: Some(SOON) })
            }
        }
    }

    /// Joins two readings. What one of them left out counts as there; what both have is as in the later one.
    fn join(mut self, later: Self) -> Self {
        self.folders.extend(later.folders);
        self.files.extend(later.files);
        self.unseen.extend(later.unseen);
        for (id, why) in &later.roots.gone {
            if !self.roots.gone.contains_key(id) {
                self.unseen.push(Problem::skipped(id.as_str(), format!("left while it was read: {why}")));
            }
        }
        self.roots = later.roots;
        self
    }
}

/// What is asked for below a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Below {
    Folders,
    Everything,
    /// Also what is in the trash.
    TrashToo,
}

impl Drive {
    /// Returns the tree of folders, as it was a short while ago at most.
    pub(super) async fn tree(&self) -> Result<Arc<Tree>, Error> {
        let kept = self.warm().tree.clone();
        if let Some((_, tree)) = kept.filter(|(since, _)| since.elapsed() < WARM) {
            return Ok(tree);
        }
        let tree = Arc::new(self.scan(Below::Folders).await?);
        tree.whole()?;
        self.warm().tree = Some((Instant::now(), Arc::clone(&tree)));
        Ok(tree)
    }

    /// Reads the folders once more and joins them with a first reading.
    pub(super) async fn tree_again(&self, first: &Tree) -> Result<Arc<Tree>, Error> {
        let tree = Arc::new(first.clone().join(self.scan(Below::Folders).await?));
        tree.whole()?;
        self.warm().tree = Some((Instant::now(), Arc::clone(&tree)));
        Ok(tree)
    }

    /// Reads everything, twice: a list that lacks a page now and then must not look like documents that are gone.
    pub(super) async fn scan_all(&self) -> Result<Tree, Error> {
        let first = self.scan(Below::Everything).await?;
        Ok(first.join(self.scan(Below::Everything).await?))
    }

    async fn scan(&self, below: Below) -> Result<Tree, Error> {
        let roots = self.roots().await?;
        roots.any_present()?;
        let mut tree = Tree { folders: roots.folders.clone(), roots, ..Tree::default() };
        let mut open: Vec<(Option<String>, String)> =
            (tree.folders.iter()).map(|(id, folder)| (folder.corpus.clone(), id.clone())).collect();
        while !open.is_empty() {
            open.sort();
            let mut next = Vec::new();
            for group in open.chunk_by(|(drive, _), (other, _)| drive == other) {
                for some in group.chunks(FOLDERS_PER_CALL) {
                    let ids: Vec<&str> = some.iter().map(|(_, id)| id.as_str()).collect();
                    let found = match self.children(some[0].0.as_deref(), &ids, below).await {
                        Ok((found, problems)) => {
                            tree.unseen.extend(problems);
                            found
                        }
                        Err(failure) if failure.is_closed() => {
                            tree.unseen.push(Problem::skipped(ids[0], failure.what()));
                            continue;
                        }
                        Err(failure) => return Err(failure.into()),
                    };
                    for file in found {
                        if !file.is_folder() {
                            tree.files.insert(file.id.clone(), file);
                        } else if !tree.folders.contains_key(&file.id) {
                            let corpus = some[0].0.clone();
                            next.push((corpus.clone(), file.id.clone()));
                            tree.folders.insert(file.id.clone(), Folder { file, corpus, is_drive: false });
                        }
                    }
                }
            }
            open = next;
        }
        let singles = tree.roots.singles.clone();
        tree.files.extend(singles);
        Ok(tree)
    }

    /// Looks the roots up.
    pub(super) async fn roots(&self) -> Result<Roots, Error> {
        let mut roots = Roots::default();
        for root in &self.config.roots {
            let id = root.id().trim();
            let is_drive = matches!(root, Root::Drive(_));
            let answer = if is_drive { self.drive_value(id).await } else { self.file_value(id).await };
            let value = match answer {
                Ok(value) => value,
                Err(failure) if failure.is_gone() => {
                    roots.gone.insert(id.to_owned(), failure.what().to_owned());
                    continue;
                }
                Err(failure) => return Err(failure.into()),
            };
            let file = File::read(value).ok_or_else(|| Error::Malformed {
                what: format!("what Google says of `{id}` cannot be read"),
            })?;
            if file.trashed {
                roots.gone.insert(id.to_owned(), "it is in the trash".to_owned());
                continue;
            }
            let drive = if is_drive { Some(file.id.clone()) } else { file.drive_id.clone() };
            let corpus = match drive {
                Some(drive) if is_drive || self.belongs(&mut roots, &drive).await? => Some(drive),
                _ => None,
            };
            if is_drive || file.is_folder() {
                roots.folders.insert(file.id.clone(), Folder { file, corpus, is_drive });
            } else {
                roots.singles.insert(file.id.clone(), file);
            }
        }
        Ok(roots)
    }

    /// Reports whether this user belongs to a shared drive, and does not merely see something in it.
    async fn belongs(&self, roots: &mut Roots, drive: &str) -> Result<bool, Error> {
        if let Some(known) = roots.drives.get(drive) {
            return Ok(*known);
        }
        let belongs = match self.drive_value(drive).await {
            Ok(_) => true,
            Err(failure) if failure.is_closed() => false,
            Err(failure) => return Err(failure.into()),
        };
        roots.drives.insert(drive.to_owned(), belongs);
        Ok(belongs)
    }

    /// Asks for a shared drive. The narrower access may list what lies in it, but not ask what it is called.
    async fn drive_value(&self, id: &str) -> Result<Value, Failure> {
        if self.reach == Reach::DocsAndFiles {
            return self.client.drive(&["drives", id], &[("fields", "id,name")]).await;
        }
        let query = [
            ("corpora", "drive"),
            ("driveId", id),
            ("pageSize", "1"),
            ("supportsAllDrives", "true"),
            ("includeItemsFromAllDrives", "true"),
            ("fields", "incompleteSearch"),
        ];
        self.client.drive(&["files"], &query).await?;
        Ok(json!({"id": id, "name": id}))
    }

    /// Asks for one file or folder.
    pub(super) async fn file_value(&self, id: &str) -> Result<Value, Failure> {
        self.client.drive(&["files", id], &[("supportsAllDrives", "true"), ("fields", FILE_FIELDS)]).await
    }

    /// Returns what lies directly in these folders of one drive, and what could not be read of it.
    pub(super) async fn children(
        &self,
        drive: Option<&str>,
        folders: &[&str],
        below: Below,
    ) -> Result<(Vec<File>, Vec<Problem>), Failure> {
        let quote = |id: &&str| format!("'{}' in parents", id.replace('\\', "\\\\").replace('\'', "\\'"));
        let parents = folders.iter().map(quote).collect::<Vec<_>>().join(" or ");
        let query = match below {
            Below::Folders => format!("({parents}) and mimeType = '{FOLDER}' and trashed = false"),
            Below::Everything => format!("({parents}) and trashed = false"),
            Below::TrashToo => format!("({parents})"),
        };
        let mut beginnings = 0;
        loop {
            beginnings += 1;
            match self.pages(drive, &query).await {
                // A page that is refused in the middle means that the list has to be begun anew.
                Err((failure, true)) if failure.is_closed() && beginnings < BEGINNINGS => {}
                Err((failure, _)) => return Err(failure),
                Ok(found) => return Ok(found),
            }
        }
    }

    /// Reads a list to its end; a failure says whether it came in the middle.
    async fn pages(
        &self,
        drive: Option<&str>,
        query: &str,
    ) -> Result<(Vec<File>, Vec<Problem>), (Failure, bool)> {
        let fields = format!("nextPageToken,incompleteSearch,files({FILE_FIELDS})");
        let mut files = Vec::new();
        let mut problems = Vec::new();
        let mut tokens: BTreeSet<String> = BTreeSet::new();
        let mut token: Option<String> = None;
        loop {
            let mut asked = vec![
                ("q", query),
                ("fields", fields.as_str()),
                ("pageSize", "1000"),
                ("spaces", "drive"),
                ("supportsAllDrives", "true"),
                ("includeItemsFromAllDrives", "true"),
                ("corpora", if drive.is_some() { "drive" } else { "user" }),
            ];
            asked.extend(drive.map(|drive| ("driveId", drive)));
            asked.extend(token.as_deref().map(|token| ("pageToken", token)));
            let is_middle = token.is_some();
            let page = self.client.drive(&["files"], &asked).await.map_err(|failure| (failure, is_middle))?;
            if page["incompleteSearch"] == true {
                problems
                    .push(Problem::skipped("list of files", "Google says that its search was not complete"));
            }
            let Some(items) = page["files"].as_array() else {
                return Err((Failure::unreadable("GET /files", "has no list"), is_middle));
            };
            for item in items {
                let id = wire::text(item, "id").unwrap_or("list of files").to_owned();
                match File::read(item.clone()) {
                    Some(file) => files.push(file),
                    None => problems.push(Problem::skipped(id, "an entry of the list cannot be read")),
                }
            }
            match wire::text(&page, "nextPageToken") {
                None => return Ok((files, problems)),
                Some(next) if !tokens.insert(next.to_owned()) => {
                    return Err((Failure::unreadable("GET /files", "repeats a page without end"), is_middle));
                }
                Some(next) => token = Some(next.to_owned()),
            }
        }
    }
}
