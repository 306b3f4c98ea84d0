//! Some documents and what they lie under, without looking at everything.

use std::collections::BTreeSet;

use connector::Error;

use super::{Above, Catalogue, Entry, Kind};
use crate::calls::Space;
use crate::client::{Client, Failure};
use crate::config::Config;

/// How many things are asked for by id at once.
const AT_ONCE: usize = 100;

/// What is known to be there before anything is looked at.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Pages and blog posts, with the ids or keys of their spaces.
    pub(crate) pages: Vec<(Entry, String)>,
    /// Attachments.
    pub(crate) files: Vec<Entry>,
}

impl Catalogue {
    /// Looks at some documents by their ids. What is not there, or not in a chosen space, is left out.
    pub(crate) async fn some(
        client: &Client,
        config: &Config,
        ids: &BTreeSet<String>,
    ) -> Result<Self, Error> {
        Self::around(client, config, ids, Known::default()).await
    }

    /// Looks at some documents, of which some are known to be there whatever lists say.
    pub(crate) async fn around(
        client: &Client,
        config: &Config,
        ids: &BTreeSet<String>,
        known: Known,
    ) -> Result<Self, Error> {
        let mut catalogue = Self::default();
        let (spaces, unseen) = client.spaces(config).await?;
        catalogue.unseen = unseen;
        catalogue.spaces = spaces.into_iter().map(|space| (space.key.clone(), space)).collect();
        let (files, mut pages): (BTreeSet<String>, BTreeSet<String>) =
            ids.iter().cloned().partition(|id| id.starts_with("att"));
        let mut found_files: Vec<Entry> = Vec::new();
        if config.attachments.is_some() {
            for ids in chunks(&files) {
                found_files.extend(client.files(&format!("id in ({ids})")).await?);
            }
            let is_found = |file: &Entry| found_files.iter().any(|found| found.id == file.id);
            let unfound: Vec<Entry> = known.files.into_iter().filter(|file| !is_found(file)).collect();
            found_files.extend(unfound);
            pages.extend(found_files.iter().filter_map(|file| file.container.clone()));
        }
        catalogue.take_pages(client, config, &pages, known.pages).await?;
        let above: BTreeSet<String> =
            catalogue.entries.values().flat_map(|entry| entry.ancestors.clone()).collect();
        let above: BTreeSet<String> =
            above.into_iter().filter(|id| !catalogue.entries.contains_key(id)).collect();
        catalogue.take_above(client, &above).await?;
        if config.strict_spaces && config.publishes() {
            catalogue.ask_access(client).await?;
        }
        if let Some(attachments) = config.attachments {
            catalogue.take_files(found_files, attachments.max_bytes);
        }
        if config.comments {
            for ids in chunks(&pages) {
                let found = client.comments(&format!("container in ({ids}) and type = comment")).await?;
                catalogue.take_comments(found);
            }
        }
        Ok(catalogue)
    }

    async fn take_pages(
        &mut self,
        client: &Client,
        config: &Config,
        pages: &BTreeSet<String>,
        known: Vec<(Entry, String)>,
    ) -> Result<(), Failure> {
        let mut about = Vec::new();
        for ids in chunks(pages) {
            about.extend(client.found(&format!("id in ({ids})")).await?);
        }
        // What the search says may be old, or about something that is gone: the truth is asked for by id.
        let ids: Vec<String> = pages.iter().cloned().collect();
        for kind in super::build::kinds(config) {
            for (entry, space, _) in client.by_ids(&ids, kind, false).await? {
                if client.is_cloud || entry.kind == kind {
                    self.take(Entry { kind, ..entry }, &space);
                }
            }
        }
        for (entry, space) in known {
            if !self.entries.contains_key(&entry.id) {
                self.take(entry, &space);
            }
        }
        for about in about {
            if let Some(entry) = self.entries.get_mut(&about.id) {
                let has_ancestors = about.has_ancestors;
                let ancestors = about.ancestors.clone();
                entry.learn(about);
                // Only the direct parent is told by id; the rest is the search's.
                if has_ancestors && entry.parent.as_ref().is_none_or(|(id, _)| ancestors.last() == Some(id)) {
                    entry.ancestors = ancestors;
                }
            }
        }
        let ids: Vec<String> = self.entries.keys().cloned().collect();
        for id in ids {
            let entry = &self.entries[&id];
            if entry.restricted.is_none() || !entry.has_labels {
                self.ask_alone(client, &id).await?;
            }
            let entry = &self.entries[&id];
            if let Some((parent, kind)) = entry.parent.clone()
                && entry.ancestors.last() != Some(&parent)
            {
                let path = self.climb(client, parent, kind).await?;
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.ancestors = path;
                }
            }
        }
        Ok(())
    }

    /// Takes an entry when it lies in a chosen space.
    fn take(&mut self, entry: Entry, space: &str) {
        let is_it = |known: &&Space| known.id == space || known.key == space;
        if let Some(space) = self.spaces.values().find(is_it) {
            let entry = Entry { space: space.key.clone(), ..entry };
            self.entries.insert(entry.id.clone(), entry);
        }
    }

    /// Goes up from a page that the search does not place yet.
    async fn climb(&mut self, client: &Client, parent: String, kind: String) -> Result<Vec<String>, Failure> {
        let mut path = Vec::new();
        let mut next = Some((parent, kind));
        while let Some((id, kind)) = next {
            if path.contains(&id) || path.len() > 64 {
                break;
            }
            path.push(id.clone());
            next = if kind == "page" {
                let found = client.by_ids(std::slice::from_ref(&id), Kind::Page, false).await?;
                found.into_iter().next().and_then(|(entry, _, _)| entry.parent)
            } else {
                match client.holder(&id, &kind).await? {
                    Some((title, parent)) => {
                        let restricted = client.restriction(&id).await?;
                        self.above.insert(id, Above { title, restricted });
                        parent
                    }
                    None => None,
                }
            };
        }
        path.reverse();
        Ok(path)
    }

    /// Learns about what lies above, which decides about everything below.
    async fn take_above(&mut self, client: &Client, above: &BTreeSet<String>) -> Result<(), Failure> {
        for ids in chunks(above) {
            for entry in client.found(&format!("id in ({ids})")).await? {
                // Kept as an entry, so that it is decided about like any other; it is not handed over.
                if self.spaces.contains_key(&entry.space) && entry.kind == Kind::Page {
                    self.entries.insert(entry.id.clone(), entry);
                }
            }
        }
        for id in above {
            if self.entries.contains_key(id) {
                if self.entries[id].restricted.is_none() {
                    self.ask_alone(client, id).await?;
                }
            } else if !self.above.contains_key(id) {
                let restricted = client.restriction(id).await?;
                self.above.insert(id.clone(), Above { restricted, ..Above::default() });
            }
        }
        Ok(())
    }
}

fn chunks(ids: &BTreeSet<String>) -> Vec<String> {
    let ids: Vec<&str> =
        ids.iter().map(String::as_str).filter(|id| id.bytes().all(|b| b.is_ascii_alphanumeric())).collect();
    ids.chunks(AT_ONCE).map(|ids| ids.join(",")).collect()
}
