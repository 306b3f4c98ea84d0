//! Things looked at by their own ids, when no list shows them.

use std::collections::{BTreeMap, BTreeSet};

use connector::Error;
use domain::record::{ExternalId, Record};

use super::{Site, document};
use crate::calls::Presence;
use crate::catalogue::{Catalogue, Entry, Known};
use crate::position::Position;

impl Site {
    /// Returns each that is there as a record, and a deletion for each that is not there for us, lies in no chosen
    /// space or is left out. We are proven before and after, as for a sweep. What is handed over here is so again by
    /// the next sweep: it may be like what the last one saw by then, and a text may be missing for the moment.
    pub(super) async fn look_at(
        &self,
        position: &mut Position,
        ids: &[ExternalId],
    ) -> Result<Vec<Record>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.client.prove().await?;
        let (files, mut pages): (Vec<String>, Vec<String>) =
            ids.iter().map(|id| id.id.clone()).partition(|id| id.starts_with("att"));
        let wants_files = self.config.attachments.is_some();
        let found = if wants_files { self.client.present_files(&files).await? } else { BTreeMap::new() };
        // A file is there as long as its page is.
        pages.extend(found.values().filter_map(|file| file.container.clone()));
        pages.sort();
        pages.dedup();
        let kinds = Catalogue::kinds(&self.config);
        let Presence { there, absent } = self.client.presence(&pages, &kinds).await?;
        let mut absent: BTreeSet<String> = absent.into_iter().collect();
        let is_there = |id: &String| {
            let page = found.get(id).and_then(|file| file.container.as_ref());
            page.is_some_and(|page| !absent.contains(page))
        };
        let (there_too, gone): (Vec<String>, Vec<String>) = files.into_iter().partition(is_there);
        absent.extend(gone);
        let present: BTreeSet<String> = there.keys().chain(&there_too).cloned().collect();
        let mut records = Vec::new();
        if !present.is_empty() {
            let known =
                Known { pages: there.values().cloned().collect(), files: found.values().cloned().collect() };
            let catalogue = Catalogue::around(&self.client, &self.config, &present, known).await?;
            // Only what was asked about: pages of files were looked at as well.
            let entries: Vec<&Entry> = ids
                .iter()
                .filter(|id| present.contains(&id.id))
                .filter_map(|id| catalogue.entries.get(&id.id))
                .collect();
            let rendered = self.render(&catalogue, &entries).await?;
            entries.iter().for_each(|entry| position.touch(&entry.id));
            records.extend(rendered.documents.into_iter().map(Record::Document));
            absent.extend(rendered.left_out);
            let unplaced = there.iter().filter(|(id, _)| !catalogue.entries.contains_key(*id));
            absent.extend(self.elsewhere(unplaced.map(|(id, (_, space))| (id, space)).collect()).await?);
            // Files on a page that is read are read too, unless they are too large or of another kind by now.
            for id in there_too.iter().filter(|id| !catalogue.entries.contains_key(*id)) {
                let page = found.get(id).and_then(|file| file.container.as_ref());
                if page.is_some_and(|page| catalogue.entries.contains_key(page) || absent.contains(page)) {
                    absent.insert(id.clone());
                }
            }
        }
        self.client.prove().await?;
        let gone = ids.iter().filter(|id| absent.contains(&id.id));
        records.extend(gone.map(|id| Record::Deleted(document(&id.id))));
        Ok(records)
    }

    /// Returns those that lie in a space that is not chosen. A space that no list shows decides nothing.
    async fn elsewhere(&self, unplaced: Vec<(&String, &String)>) -> Result<Vec<String>, Error> {
        let mut keys: BTreeMap<&String, Option<String>> = BTreeMap::new();
        let mut elsewhere = Vec::new();
        for (id, space) in unplaced {
            if !keys.contains_key(space) {
                keys.insert(space, self.client.key_of_space(space).await?);
            }
            if keys.get(space).and_then(Option::as_deref).is_some_and(|key| !self.config.chooses(key)) {
                elsewhere.push(id.clone());
            }
        }
        Ok(elsewhere)
    }
}
