//! Whether things are there, asked about by their own ids.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalogue::{Entry, Kind};
use crate::client::{Client, Failure, Place};
use crate::wire::{id, number, text};

/// What is there for us, and what is not; what could not be found out is neither.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Presence {
    /// Entries by their ids, with the ids or keys of their spaces.
    pub(crate) there: BTreeMap<String, (Entry, String)>,
    pub(crate) absent: Vec<String>,
}

impl Client {
    /// Asks for pages and blog posts by their ids. On Cloud a list of ids tells what is there; what it leaves out is
    /// asked for one by one, since a list may be empty by a fault, and that of one kind may be while another is whole.
    /// Data Center is asked for each.
    pub(crate) async fn presence(&self, ids: &[String], kinds: &[Kind]) -> Result<Presence, Failure> {
        let mut there = BTreeMap::new();
        let mut rest = ids.to_vec();
        if !self.is_cloud {
            let mut absent = Vec::new();
            for one in rest {
                let path = ["rest", "api", "content", one.as_str()];
                match self.get(Place::Path(&path, &[("expand", "version,space")])).await {
                    Ok(item) => match self.current(&item) {
                        Some((entry, _, _)) if !kinds.contains(&entry.kind) => absent.push(one),
                        Some((entry, space, _)) => drop(there.insert(entry.id.clone(), (entry, space))),
                        None if item["status"].as_str().is_some_and(|status| status != "current") => {
                            absent.push(one);
                        }
                        None => {}
                    },
                    Err(failure) if failure.is_gone() || failure.is_forbidden() => absent.push(one),
                    Err(failure) => return Err(failure),
                }
            }
            return Ok(Presence { there, absent });
        }
        for kind in kinds {
            if !rest.is_empty() {
                let found = self.by_ids(&rest, *kind, false).await?;
                there.extend(found.into_iter().map(|found| placed(found, *kind)));
                rest.retain(|id| !there.contains_key(id));
            }
        }
        there.extend(self.each_alone(&rest, kinds).await?);
        rest.retain(|id| !there.contains_key(id));
        Ok(Presence { there, absent: rest })
    }

    async fn each_alone(
        &self,
        ids: &[String],
        kinds: &[Kind],
    ) -> Result<BTreeMap<String, (Entry, String)>, Failure> {
        let mut there = BTreeMap::new();
        for id in ids {
            for kind in kinds {
                if let Some(found) = self.one(id, *kind, false).await? {
                    there.extend([placed(found, *kind)]);
                    break;
                }
            }
        }
        Ok(there)
    }

    /// Returns those of some attachments that are there. A search tells it, asked twice; those it does not know are
    /// asked for one by one. Where the key may not ask that, the search is all there is.
    pub(crate) async fn present_files(&self, ids: &[String]) -> Result<BTreeMap<String, Entry>, Failure> {
        let mut found = BTreeMap::new();
        for ids in ids.chunks(super::AT_ONCE) {
            for _ in 0..2 {
                let files = self.files(&format!("id in ({})", ids.join(","))).await?;
                found.extend(files.into_iter().map(|file| (file.id.clone(), file)));
                if ids.iter().all(|id| found.contains_key(id)) {
                    break;
                }
            }
        }
        let rest: Vec<String> = ids.iter().filter(|id| !found.contains_key(*id)).cloned().collect();
        found.extend(self.files_alone(&rest).await?);
        Ok(found)
    }

    async fn files_alone(&self, ids: &[String]) -> Result<BTreeMap<String, Entry>, Failure> {
        let mut found = BTreeMap::new();
        for one in ids {
            let asked = if self.is_cloud {
                self.get(Place::Path(&["api", "v2", "attachments", one], &[])).await
            } else {
                let expand = [("expand", super::ABOUT_FILES)];
                self.get(Place::Path(&["rest", "api", "content", one], &expand)).await
            };
            match asked {
                Ok(item) => found.extend(self.file_of(&item).map(|file| (file.id.clone(), file))),
                Err(failure) if failure.is_gone() => {}
                Err(failure) if failure.is_refused() || failure.is_refused_key() => break,
                Err(failure) => return Err(failure),
            }
        }
        Ok(found)
    }

    /// Reads an attachment as version 2 or Data Center shows it.
    fn file_of(&self, item: &Value) -> Option<Entry> {
        let (entry, _, _) = self.current(item)?;
        let page = id(&item["pageId"]).or_else(|| id(&item["blogPostId"]));
        let media_type = text(&item["mediaType"]).unwrap_or(entry.media_type);
        let size = number(&item["fileSize"]).or(entry.size);
        let container = page.or(entry.container);
        Some(Entry { kind: Kind::Attachment, container, media_type, size, ..entry })
    }

    /// Returns the key of a space, by its id on Cloud; nothing when it is not there for us. Data Center names spaces by
    /// their keys.
    pub(crate) async fn key_of_space(&self, space: &str) -> Result<Option<String>, Failure> {
        if !self.is_cloud {
            return Ok(Some(space.to_owned()));
        }
        match self.get(Place::Path(&["api", "v2", "spaces", space], &[])).await {
            Ok(item) => Ok(text(&item["key"]).filter(|_| id(&item["id"]).is_some())),
            Err(failure) if failure.is_refused() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

fn placed((entry, space, _): (Entry, String, Option<String>), kind: Kind) -> (String, (Entry, String)) {
    (entry.id.clone(), (Entry { kind, ..entry }, space))
}
