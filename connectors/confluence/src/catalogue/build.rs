//! A full sweep: everything that lies in the chosen spaces.
//!
//! Lists say what is there, searches say more about it. Each is held against the other: a list that skipped
//! something does not make it gone, and what the search does not know yet is asked for one by one.

use std::collections::{BTreeMap, BTreeSet};

use connector::extract;
use connector::{Error, Problem};

use super::{Above, Catalogue, Entry, Kind};
use crate::client::{Client, Failure};
use crate::config::Config;
use crate::wire::literal;

/// What lies deeper under folders than this is unknown.
const DEEPEST: usize = 64;
/// Things that a search knows and no list shows are asked for one by one up to so many.
const MOST_DOUBTFUL: usize = 50;

impl Catalogue {
    /// Looks at everything. We are proven before and after: a key that dies in between shows less.
    pub(crate) async fn sweep(client: &Client, config: &Config) -> Result<Self, Error> {
        client.prove().await?;
        let mut catalogue = Self::default();
        let (spaces, unseen) = client.spaces(config).await?;
        catalogue.unseen = unseen;
        for space in spaces {
            for kind in kinds(config) {
                let (entries, problems) = client.contents(&space, kind).await?;
                catalogue.problems.extend(problems);
                for entry in entries {
                    let entry = Entry { kind, space: space.key.clone(), ..entry };
                    catalogue.entries.insert(entry.id.clone(), entry);
                }
            }
            catalogue.spaces.insert(space.key.clone(), space);
        }
        if config.publishes() {
            for space in catalogue.spaces.values() {
                catalogue.access.insert(space.key.clone(), client.access(space).await?);
            }
        }
        catalogue.hold_against_search(client, config).await?;
        catalogue.place(client).await?;
        if let Some(attachments) = config.attachments {
            for key in catalogue.spaces.keys().cloned().collect::<Vec<_>>() {
                let files = client.files(&format!("space = {} and type = attachment", literal(&key))).await?;
                catalogue.take_files(files, attachments.max_bytes);
            }
        }
        if config.comments {
            for key in catalogue.spaces.keys().cloned().collect::<Vec<_>>() {
                let found = client.comments(&format!("space = {} and type = comment", literal(&key))).await?;
                catalogue.take_comments(found);
            }
        }
        client.prove().await?;
        Ok(catalogue)
    }

    async fn hold_against_search(&mut self, client: &Client, config: &Config) -> Result<(), Failure> {
        let types: Vec<&str> = kinds(config).into_iter().map(Kind::name).collect();
        let mut about: BTreeMap<String, Entry> = BTreeMap::new();
        for key in self.spaces.keys() {
            let cql = format!("space = {} and type in ({})", literal(key), types.join(","));
            about.extend(client.found(&cql).await?.into_iter().map(|entry| (entry.id.clone(), entry)));
        }
        for kind in kinds(config) {
            let unlisted =
                about.values().filter(|entry| entry.kind == kind && !self.entries.contains_key(&entry.id));
            let unlisted: Vec<String> = unlisted.map(|entry| entry.id.clone()).collect();
            if unlisted.is_empty() {
                continue;
            }
            let mut found = client.by_ids(&unlisted, kind, false).await?;
            let confirmed: BTreeSet<String> = found.iter().map(|(entry, _, _)| entry.id.clone()).collect();
            let doubtful: Vec<&String> = unlisted.iter().filter(|id| !confirmed.contains(*id)).collect();
            if client.is_cloud && doubtful.len() > MOST_DOUBTFUL {
                // The search may be late, or the list broken. While nobody can tell, nothing is gone.
                let what = format!("the search knows {} that the lists do not show", doubtful.len());
                self.unseen.push(Problem::skipped(kind.v2(), what));
            } else if client.is_cloud {
                for id in doubtful {
                    found.extend(client.one(id, kind, false).await?);
                }
            }
            for (entry, space, _) in found {
                let space = self.spaces.values().find(|known| known.id == space || known.key == space);
                if let Some(space) = space {
                    let entry = Entry { kind, space: space.key.clone(), ..entry };
                    self.entries.insert(entry.id.clone(), entry);
                }
            }
        }
        let mut alone = Vec::new();
        for entry in self.entries.values_mut() {
            if let Some(about) = about.remove(&entry.id) {
                entry.learn(about);
            }
            if entry.restricted.is_none() || !entry.has_labels {
                alone.push(entry.id.clone());
            }
        }
        for id in alone {
            self.ask_alone(client, &id).await?;
        }
        Ok(())
    }

    /// Asks for the labels and restrictions of one page.
    pub(super) async fn ask_alone(&mut self, client: &Client, id: &str) -> Result<(), Failure> {
        let Some(entry) = self.entries.get(id) else { return Ok(()) };
        let labels = if entry.has_labels { None } else { Some(client.labels(entry).await?) };
        let restricted = match entry.restricted {
            None => client.restriction(id).await?,
            known => known,
        };
        if let Some(entry) = self.entries.get_mut(id) {
            entry.restricted = restricted;
            if let Some(labels) = labels {
                entry.labels = labels;
                entry.has_labels = true;
            }
        }
        Ok(())
    }

    /// Finds out what every page lies under, by its parents where those are told, and looks into folders.
    async fn place(&mut self, client: &Client) -> Result<(), Failure> {
        let mut holders: BTreeMap<String, Option<(String, String)>> = BTreeMap::new();
        let mut placed = Vec::new();
        for entry in self.entries.values() {
            if entry.parent.is_none() {
                continue;
            }
            let mut path = Vec::new();
            let mut parent = entry.parent.clone();
            while let Some((id, kind)) = parent {
                if path.contains(&id) || path.len() > DEEPEST {
                    break;
                }
                path.push(id.clone());
                parent = match self.entries.get(&id) {
                    Some(above) => above.parent.clone(),
                    None => match holders.get(&id) {
                        Some(parent) => parent.clone(),
                        None => {
                            let (above, parent) = look_above(client, &id, &kind).await?;
                            self.above.insert(id.clone(), above);
                            holders.insert(id, parent.clone());
                            parent
                        }
                    },
                };
            }
            path.reverse();
            placed.push((entry.id.clone(), path));
        }
        for (id, path) in placed {
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.ancestors = path;
            }
        }
        // Where whole paths are told instead, everything on them has to be known as well.
        let unknown: BTreeSet<String> = self
            .entries
            .values()
            .flat_map(|entry| &entry.ancestors)
            .filter(|id| !self.entries.contains_key(*id) && !self.above.contains_key(*id))
            .cloned()
            .collect();
        for id in unknown {
            let restricted = client.restriction(&id).await?;
            self.above.insert(id, Above { restricted, ..Above::default() });
        }
        Ok(())
    }

    /// Takes attachments that can be read and hang on a page that is read.
    pub(super) fn take_files(&mut self, files: Vec<Entry>, most: u64) {
        for file in files {
            let is_ours = file.container.as_ref().is_some_and(|page| self.entries.contains_key(page));
            if !is_ours || !extract::is_readable(&file.media_type, &file.title) {
                continue;
            }
            match file.size {
                Some(size) if size > most => {
                    let what = format!("has {size} bytes; files of more than {most} are not read");
                    self.problems.push(Problem::skipped(&file.id, what));
                }
                _ => {
                    self.entries.insert(file.id.clone(), file);
                }
            }
        }
    }

    pub(super) fn take_comments(&mut self, found: Vec<crate::calls::Comment>) {
        for comment in found {
            if self.entries.contains_key(&comment.page) {
                let of_page = self.comments.entry(comment.page.clone()).or_default();
                if of_page.iter().all(|known| known.id != comment.id) {
                    of_page.push(comment);
                }
            }
        }
        for comments in self.comments.values_mut() {
            comments.sort_by(|a, b| (a.id.len(), &a.id).cmp(&(b.id.len(), &b.id)));
        }
    }
}

impl Entry {
    /// Takes over what a search says, and keeps what the list says.
    pub(super) fn learn(&mut self, about: Entry) {
        if !self.has_labels && about.has_labels {
            self.labels = about.labels;
            self.has_labels = true;
        }
        self.restricted = self.restricted.or(about.restricted);
        self.created = self.created.or(about.created);
        if !self.has_ancestors && self.parent.is_none() && about.has_ancestors {
            self.ancestors = about.ancestors;
        }
        self.titles.extend(about.titles);
    }
}

async fn look_above(
    client: &Client,
    id: &str,
    kind: &str,
) -> Result<(Above, Option<(String, String)>), Failure> {
    // A page above that is not among ours is hidden from us, or not current; nothing is known of what is above it.
    if kind == "page" || !client.is_cloud {
        return Ok((Above::default(), None));
    }
    let Some((title, parent)) = client.holder(id, kind).await? else { return Ok((Above::default(), None)) };
    let restricted = client.restriction(id).await?;
    Ok((Above { title, restricted }, parent))
}

pub(super) fn kinds(config: &Config) -> Vec<Kind> {
    if config.blog_posts { vec![Kind::Page, Kind::BlogPost] } else { vec![Kind::Page] }
}
